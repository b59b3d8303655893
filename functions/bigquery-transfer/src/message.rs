//! What a message of the topic is.

use function_core::{Event, PayloadError, VerifiedMessage};
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::request::Request;

/// The attribute that tells the kind of a message, and its value for the transfer service's own.
///
/// **Source**: BigQuery Data Transfer documentation, "Transfer run notifications".
const KIND: &str = "eventType";
const FINISHED: &str = "TRANSFER_RUN_FINISHED";

/// A message of the topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// An export is verified.
    Verified(Box<Announced>),
    /// A transfer run came to its end, well or not.
    Finished(Finished),
    /// A tick, or what a person asks for.
    Own(Request),
}

/// The "export verified" message, and what a person wants to know of it instead of having it carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Announced {
    pub(crate) message: VerifiedMessage,
    /// Only say what would be done.
    pub(crate) dry_run: bool,
    /// Only tell what is not in order.
    pub(crate) check: bool,
}

/// All keys of the message and of the wishes. A misspelt wish would otherwise be carried out for real.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Keys {
    #[serde(default)]
    dry_run: bool,
    #[serde(default)]
    check: bool,
    #[serde(rename = "function")]
    _function: IgnoredAny,
    #[serde(rename = "source")]
    _source: IgnoredAny,
    #[serde(rename = "run")]
    _run: IgnoredAny,
    #[serde(rename = "logicalDate")]
    _logical_date: IgnoredAny,
    #[serde(rename = "bucket")]
    _bucket: IgnoredAny,
    #[serde(rename = "prefix")]
    _prefix: IgnoredAny,
    #[serde(rename = "engine")]
    _engine: IgnoredAny,
    #[serde(rename = "tables")]
    _tables: IgnoredAny,
    #[serde(rename = "newestFile", default)]
    _newest_file: Option<IgnoredAny>,
}

/// A run that came to its end. Of the run's other fields none is read: `params` holds the key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finished {
    /// The run's resource name. The project in it may be a number.
    pub(crate) name: String,
    /// The time that its `data_path` was expanded for.
    #[serde(default)]
    pub(crate) run_time: Option<Timestamp>,
}

/// The keys that tell an "export verified" message and a run from everything else.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape {
    logical_date: Option<IgnoredAny>,
    tables: Option<IgnoredAny>,
    name: Option<String>,
    data_source_id: Option<IgnoredAny>,
}

impl Incoming {
    /// Reads the message in `event`.
    ///
    /// # Errors
    /// It is none of these kinds.
    pub(crate) fn of(event: &Event) -> Result<Self, PayloadError> {
        let shape: Shape = event.json()?;
        if shape.logical_date.is_some() && shape.tables.is_some() {
            let Keys { dry_run, check, .. } = event.json()?;
            return Ok(Self::Verified(Box::new(Announced {
                message: event.json()?,
                dry_run,
                check,
            })));
        }
        if is_marked_finished(event) || shape.is_run() {
            return Ok(Self::Finished(event.json()?));
        }
        Request::of(event).map(Self::Own)
    }
}

impl Shape {
    /// Whether it is a run without the attributes of its message, as in a file by hand.
    fn is_run(&self) -> bool {
        self.data_source_id.is_some()
            && self
                .name
                .as_deref()
                .is_some_and(|name| Ids::of(name).is_some())
    }
}

/// A push without its envelope carries attributes as headers, whose names have no case.
fn is_marked_finished(event: &Event) -> bool {
    let mut attributes = event.attributes.iter();
    attributes.any(|(name, value)| name.eq_ignore_ascii_case(KIND) && value == FINISHED)
}

/// What tells a run whatever its project is called: its config's id and its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ids<'a> {
    pub(crate) config: &'a str,
    pub(crate) run: &'a str,
}

impl<'a> Ids<'a> {
    /// The ids in a run's resource name: `projects/…/transferConfigs/{config}/runs/{run}`.
    pub(crate) fn of(name: &'a str) -> Option<Self> {
        let (rest, run) = name.rsplit_once("/runs/")?;
        let config = config_id(rest)?;
        (!run.is_empty() && !run.contains('/')).then_some(Self { config, run })
    }
}

/// The id in a config's resource name: `projects/…/transferConfigs/{config}`.
pub(crate) fn config_id(name: &str) -> Option<&str> {
    let (_, config) = name.rsplit_once("/transferConfigs/")?;
    (!config.is_empty() && !config.contains('/')).then_some(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUN: &str = "projects/123/locations/asia-northeast1/transferConfigs/c-1/runs/r-1";

    fn event(payload: &str) -> Event {
        Event::new("m-1", Timestamp::UNIX_EPOCH, payload)
    }

    fn finished(attribute: &str) -> Event {
        let payload = format!(
            r#"{{"name": "{RUN}", "state": "FAILED", "params": {{"secret_access_key": "abc"}}}}"#
        );
        let mut event = event(&payload);
        let attributes = [(attribute.to_owned(), FINISHED.to_owned())];
        event.attributes.extend(attributes);
        event
    }

    #[test]
    fn a_finished_run_is_told_by_its_attribute_in_any_case() {
        for attribute in ["eventType", "eventtype"] {
            let expected = Incoming::Finished(Finished {
                name: RUN.to_owned(),
                run_time: None,
            });
            assert_eq!(Incoming::of(&finished(attribute)).unwrap(), expected);
        }
    }

    #[test]
    fn a_run_without_attributes_is_told_by_its_name() {
        let event = event(&format!(
            r#"{{"name": "{RUN}", "dataSourceId": "amazon_s3"}}"#
        ));
        assert!(matches!(
            Incoming::of(&event).unwrap(),
            Incoming::Finished(_)
        ));
    }

    #[test]
    fn nothing_of_the_params_is_kept_or_shown() {
        let incoming = Incoming::of(&finished("eventType")).unwrap();
        assert!(!format!("{incoming:?}").contains("abc"));
        // Nor where it can't be read: the words of the fault are of the message's shape.
        let mut broken = finished("eventType");
        broken.payload = br#"{"name": 1, "params": {"secret_access_key": "abc"}}"#.to_vec();
        let words = function_core::chain(&Incoming::of(&broken).unwrap_err());
        assert!(
            !words.contains("abc") && words.contains("invalid type"),
            "{words}"
        );
    }

    #[test]
    fn a_verified_export_may_come_with_a_persons_wish() {
        let payload = r#"{"function": "rds-snapshot-export", "source": "app-db", "run": "app-db-20261121", "logicalDate": "2026-11-21",
            "bucket": "exports", "prefix": "p", "engine": "mysql", "tables": [], "dryRun": true}"#;
        let Incoming::Verified(announced) = Incoming::of(&event(payload)).unwrap() else {
            panic!("{payload}")
        };
        assert!(announced.dry_run && !announced.check);
        assert_eq!(announced.message.source, "app-db");
        let misspelt = payload.replace("dryRun", "dryrun");
        let words = function_core::chain(&Incoming::of(&event(&misspelt)).unwrap_err());
        assert!(words.contains("unknown field `dryrun`"), "{words}");
    }

    #[test]
    fn nothing_is_a_tick_and_an_unknown_key_is_refused() {
        for payload in ["", "{}"] {
            let expected = Incoming::Own(Request::default());
            assert_eq!(Incoming::of(&event(payload)).unwrap(), expected);
        }
        let words = function_core::chain(&Incoming::of(&event(r#"{"app": 1}"#)).unwrap_err());
        assert!(words.contains("unknown field `app`"), "{words}");
    }

    #[test]
    fn ids_are_those_of_whole_names_only() {
        let ids = Ids::of(RUN).unwrap();
        assert_eq!((ids.config, ids.run), ("c-1", "r-1"));
        for name in [
            "",
            "runs/r-1",
            "projects/1/transferConfigs/c-1",
            "projects/1/transferConfigs//runs/",
            "a/transferConfigs/b/c/runs/d",
        ] {
            assert_eq!(Ids::of(name), None, "{name}");
        }
    }
}
