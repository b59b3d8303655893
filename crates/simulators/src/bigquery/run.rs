//! Transfer runs.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::fault::Fault;
use super::state::text;
use super::{Options, Pace};

/// A run of a config.
#[derive(Clone, Debug)]
pub(super) struct Run {
    pub(super) id: String,
    /// The id of its config.
    pub(super) config: String,
    pub(super) location: String,
    /// The time that its parameters are for.
    pub(super) time: Timestamp,
    pub(super) created: Timestamp,
    pub(super) started: Option<Timestamp>,
    pub(super) ended: Option<Timestamp>,
    pub(super) state: Phase,
    /// How often clients saw it.
    looks: u32,
    pub(super) faults: Vec<Fault>,
    /// What it took over from its config: parameters, dataset, topic.
    pub(super) fields: Map<String, Value>,
    /// The code and the message of its failure.
    pub(super) error: Option<(i32, String)>,
    pub(super) messages: Vec<Message>,
}

/// Where a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Pending,
    Running,
    Succeeded,
    Failed,
    Cancelled,
}

impl Phase {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Pending | Self::Running)
    }
}

/// A line of a run's log.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) time: Timestamp,
    pub(super) severity: &'static str,
    pub(super) text: String,
}

impl Run {
    pub(super) fn new(
        id: String,
        config: &str,
        location: &str,
        time: Timestamp,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            config: config.to_owned(),
            location: location.to_owned(),
            time,
            created: now,
            started: None,
            ended: None,
            state: Phase::Pending,
            looks: 0,
            faults: Vec::new(),
            fields: Map::new(),
            error: None,
            messages: Vec::new(),
        }
    }

    pub(super) fn name(&self, options: &Options) -> String {
        let (project, location, config) = (&options.project_number, &self.location, &self.config);
        format!(
            "projects/{project}/locations/{location}/transferConfigs/{config}/runs/{}",
            self.id
        )
    }

    /// A member that it took over and that is a text, or an empty one.
    pub(super) fn word(&self, key: &str) -> &str {
        self.fields
            .get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// A parameter that it took over and that is a text, or an empty one.
    pub(super) fn parameter(&self, id: &str) -> &str {
        let parameters = self.fields.get("params");
        parameters
            .and_then(|parameters| parameters[id].as_str())
            .unwrap_or_default()
    }

    /// Adds a line to its log.
    pub(super) fn log(&mut self, severity: &'static str, text: String, time: Timestamp) {
        self.messages.push(Message {
            time,
            severity,
            text,
        });
    }

    /// Counts a look of a client, after which it may be further.
    pub(super) fn look(&mut self) {
        self.looks += 1;
    }

    /// Goes on as far as its pace takes it by now; true when it is at its end only now.
    pub(super) fn advance(&mut self, usual: Pace, now: Timestamp) -> bool {
        if !self.state.is_open() {
            return false;
        }
        let paces = self.faults.iter().filter_map(|fault| match fault {
            Fault::Pace(pace) => Some(*pace),
            _ => None,
        });
        let (running, ended) = match paces.fold(usual, |_, pace| pace) {
            Pace::Looks(needed) => (self.looks > 0, self.looks > needed),
            Pace::Takes(time) => {
                let age = Duration::try_from(now.duration_since(self.created)).unwrap_or_default();
                (age >= time / 4, age >= time)
            }
        };
        if running || ended {
            self.start(now);
        }
        ended && self.finish(now)
    }

    fn start(&mut self, now: Timestamp) {
        self.state = Phase::Running;
        self.started.get_or_insert(now);
    }

    /// Ends now, unless it never does; true when it was not at its end before. What became of it is for others to say.
    pub(super) fn finish(&mut self, now: Timestamp) -> bool {
        if !self.state.is_open() || self.ended.is_some() || self.faults.contains(&Fault::Never) {
            return false;
        }
        self.start(now);
        self.ended = Some(now);
        true
    }

    /// The run as clients see it.
    pub(super) fn described(&self, options: &Options) -> Value {
        let mut run = json!({
            "name": self.name(options),
            "scheduleTime": text(self.created),
            "runTime": text(self.time),
        });
        let updated = self.ended.or(self.started).unwrap_or(self.created);
        if let Some(started) = self.started {
            run["startTime"] = text(started).into();
        }
        if let Some(ended) = self.ended {
            run["endTime"] = text(ended).into();
        }
        run["updateTime"] = text(updated).into();
        for (key, value) in &self.fields {
            run[key] = value.clone();
        }
        run["state"] = self.state.name().into();
        run["errorStatus"] = match &self.error {
            Some((code, message)) => json!({ "code": code, "message": message }),
            None => json!({}),
        };
        run
    }
}
