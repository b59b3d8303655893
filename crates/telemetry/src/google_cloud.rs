//! Lines for Cloud Logging and Error Reporting.
//!
//! **Source**: Cloud Logging documentation, "Structured logging"; Error Reporting documentation,
//! "Format errors in logs".

use function_core::Env;
use serde_json::{Value, json};
use tracing::{Level, Metadata};

use crate::fields::Fields;
use crate::layer::{Line, json_line};

const ERROR_EVENT: &str =
    "type.googleapis.com/google.devtools.clouderrorreporting.v1beta1.ReportedErrorEvent";

/// What every line says about where it was written.
#[derive(Debug)]
pub(crate) struct GoogleCloud {
    project: Option<String>,
    service: Option<String>,
    version: Option<String>,
}

impl GoogleCloud {
    pub(crate) fn from_env(env: &Env) -> Self {
        let text = |name| env.get(name).map(str::to_owned);
        Self {
            project: text("GOOGLE_CLOUD_PROJECT"),
            service: text("K_SERVICE").or_else(|| text("CLOUD_RUN_JOB")),
            version: text("K_REVISION"),
        }
    }

    pub(crate) fn format(&self, mut line: Line) -> String {
        let metadata = line.metadata;
        let mut head = vec![
            ("severity", severity(*metadata.level()).into()),
            ("timestamp", line.time.to_string().into()),
            ("message", line.message.into()),
        ];
        self.add_trace(&mut head, &mut line.fields);
        if let Some(execution) = line.fields.take_text("execution_id") {
            head.push((
                "logging.googleapis.com/labels",
                json!({ "execution_id": execution }),
            ));
        }
        if *metadata.level() <= Level::WARN {
            head.push(("logging.googleapis.com/sourceLocation", location(metadata)));
        }
        if *metadata.level() == Level::ERROR {
            head.push(("@type", ERROR_EVENT.into()));
            if let Some(service) = &self.service {
                let context = json!({ "service": service, "version": self.version });
                head.push(("serviceContext", context));
            }
        }
        json_line(&head, &line.fields)
    }

    /// Only with its project does Cloud Logging find a trace; without, the fields stay as they are.
    fn add_trace(&self, head: &mut Vec<(&str, Value)>, fields: &mut Fields) {
        let Some(project) = &self.project else {
            return;
        };
        let Some(trace) = fields.take_text("trace") else {
            return;
        };
        let trace = format!("projects/{project}/traces/{trace}");
        head.push(("logging.googleapis.com/trace", trace.into()));
        for (field, name) in [
            ("span_id", "logging.googleapis.com/spanId"),
            ("trace_sampled", "logging.googleapis.com/trace_sampled"),
        ] {
            if let Some(value) = fields.0.remove(field) {
                head.push((name, value));
            }
        }
    }
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::ERROR => "ERROR",
        Level::WARN => "WARNING",
        Level::INFO => "INFO",
        Level::DEBUG | Level::TRACE => "DEBUG",
    }
}

fn location(metadata: &Metadata<'_>) -> Value {
    json!({
        "file": metadata.file(),
        "line": metadata.line().map(|line| line.to_string()),
        "function": metadata.target(),
    })
}
