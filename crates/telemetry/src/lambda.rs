//! Lines for `CloudWatch`: logs with the keys that Lambda's JSON log format has, `requestId` among
//! them, and gauges in the embedded metric format.
//!
//! **Source**: Lambda documentation, "Configuring JSON and plain text log formats"; `CloudWatch`
//! documentation, "Specification: Embedded metric format".

use function_core::Env;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::fields::Fields;
use crate::layer::{Line, json_line};

/// The namespace of all gauges.
const NAMESPACE: &str = "Tasuki";

/// What every gauge says about where it was measured.
#[derive(Debug)]
pub(crate) struct Lambda {
    function: String,
}

impl Lambda {
    pub(crate) fn from_env(env: &Env) -> Self {
        let function = env.get("AWS_LAMBDA_FUNCTION_NAME");
        Self {
            function: function.unwrap_or("unknown").to_owned(),
        }
    }

    /// Each number of `fields` as a metric; what is no number stays beside them, to be searched.
    ///
    /// A name that ends with `Age` is in seconds, all others are counts.
    pub(crate) fn gauges(&self, time: Timestamp, fields: &Fields) -> String {
        let metrics: Vec<_> = fields
            .0
            .iter()
            .filter(|(_, value)| value.is_number())
            .map(|(name, _)| json!({ "Name": name, "Unit": unit(name) }))
            .collect();
        let directive = json!({
            "Namespace": NAMESPACE,
            "Dimensions": [["FunctionName"]],
            "Metrics": metrics,
        });
        let head = [
            (
                "_aws",
                json!({
                    "Timestamp": time.as_millisecond(),
                    "CloudWatchMetrics": [directive],
                }),
            ),
            ("FunctionName", Value::from(self.function.as_str())),
        ];
        json_line(&head, fields)
    }
}

fn unit(name: &str) -> &'static str {
    if name.ends_with("Age") {
        "Seconds"
    } else {
        "Count"
    }
}

pub(crate) fn format(line: Line) -> String {
    let head = [
        ("timestamp", line.time.to_string().into()),
        ("level", line.metadata.level().as_str().into()),
        ("message", line.message.into()),
    ];
    json_line(&head, &line.fields)
}
