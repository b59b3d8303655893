//! What an event asks for.

use std::collections::{BTreeMap, BTreeSet};

use function_core::{Event, Trigger};
use serde::Deserialize;
use table_diff::{Class, Compare};

use crate::error::SyncError;

/// A comparison that somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRequest {
    /// What asked; the plan is named after it, so that a redelivery makes no second plan.
    pub trigger: Trigger,
    /// Only these tables of `TABLES`, as patterns of `schema.table`; empty means all.
    pub tables: Vec<String>,
    /// From the target to the source.
    pub reverse: bool,
    /// What is compared; `None` means as `COMPARE` says.
    pub compare: Option<Compare>,
}

impl DiffRequest {
    /// All tables, from the source to the target, as the settings say.
    pub fn new(trigger: Trigger) -> Self {
        Self {
            trigger,
            tables: Vec::new(),
            reverse: false,
            compare: None,
        }
    }
}

/// What an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    /// A plan.
    Diff(DiffRequest),
    /// Only how many rows differ.
    Count(DiffRequest),
    /// Only what would be compared.
    Inspect(DiffRequest),
    Apply(ApplyRequest),
    Undo(UndoRequest),
    /// What an undo would write.
    Preview {
        plan: String,
    },
}

/// A decision to undo, as an event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UndoRequest {
    pub(crate) plan: String,
    pub(crate) digest: String,
    pub(crate) confirm: BTreeSet<String>,
    pub(crate) by: Option<String>,
}

/// A decision, as an event tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ApplyRequest {
    pub(crate) plan: String,
    pub(crate) digest: String,
    pub(crate) classes: BTreeSet<Class>,
    /// Empty means all.
    pub(crate) tables: Vec<String>,
    pub(crate) except: BTreeMap<String, BTreeSet<u64>>,
    pub(crate) confirm: BTreeSet<String>,
    pub(crate) by: Option<String>,
}

/// The keys of an event; `{}` is a comparison of all tables.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct Keys {
    tables: Vec<String>,
    reverse: bool,
    compare: Option<Compare>,
    dry_run: bool,
    count_only: bool,
    apply: Option<String>,
    digest: Option<String>,
    classes: BTreeSet<Class>,
    except: BTreeMap<String, BTreeSet<u64>>,
    confirm: BTreeSet<String>,
    by: Option<String>,
    undo: Option<String>,
}

impl Request {
    /// Reads the request in `event`.
    ///
    /// # Errors
    /// The payload is not a request of known keys, or its keys do not go together.
    pub(crate) fn of(event: &Event) -> Result<Self, SyncError> {
        let mut keys: Keys = event.json()?;
        match (keys.apply.take(), keys.undo.take()) {
            (Some(_), Some(_)) => refuse("`apply` and `undo` are two events; send one of them"),
            (Some(plan), None) => keys.apply(plan),
            (None, Some(plan)) => keys.undo(plan),
            (None, None) => keys.diff(event),
        }
    }
}

impl Keys {
    fn diff(self, event: &Event) -> Result<Request, SyncError> {
        let is_decision = self.digest.is_some()
            || self.by.is_some()
            || !(self.classes.is_empty() && self.except.is_empty() && self.confirm.is_empty());
        if is_decision {
            return refuse(
                "`digest`, `classes`, `except`, `confirm` and `by` are of a decision; name its plan by `apply`",
            );
        }
        let trigger = Trigger {
            id: event.id.clone(),
            time: event.time,
        };
        let diff = DiffRequest {
            trigger,
            tables: self.tables,
            reverse: self.reverse,
            compare: self.compare,
        };
        Ok(match (self.dry_run, self.count_only) {
            (true, true) => {
                return refuse("`dryRun` reads no row and `countOnly` reads all; send one of them");
            }
            (true, false) => Request::Inspect(diff),
            (false, true) => Request::Count(diff),
            (false, false) => Request::Diff(diff),
        })
    }

    fn apply(self, plan: String) -> Result<Request, SyncError> {
        self.refuse_settings_of_a_diff()?;
        let Some(digest) = self.digest else {
            return refuse("`digest` is missing: the digest of the plan that was seen");
        };
        if self.classes.is_empty() {
            return refuse(
                "`classes` is missing: what is to be written, such as [\"insert\", \"update_new\"]",
            );
        }
        Ok(Request::Apply(ApplyRequest {
            plan,
            digest,
            classes: self.classes,
            tables: self.tables,
            except: self.except,
            confirm: self.confirm,
            by: self.by,
        }))
    }

    fn undo(self, plan: String) -> Result<Request, SyncError> {
        let is_part =
            !(self.tables.is_empty() && self.classes.is_empty() && self.except.is_empty());
        if is_part || self.reverse || self.count_only || self.compare.is_some() {
            return refuse(
                "`undo` brings back the whole plan; only `digest`, `confirm` and `by` go with it, or `dryRun`",
            );
        }
        if self.dry_run {
            return Ok(Request::Preview { plan });
        }
        let Some(digest) = self.digest else {
            return refuse(
                "`digest` is missing: that of the old rows, which `undo` with `dryRun` tells with what would be written",
            );
        };
        Ok(Request::Undo(UndoRequest {
            plan,
            digest,
            confirm: self.confirm,
            by: self.by,
        }))
    }

    fn refuse_settings_of_a_diff(&self) -> Result<(), SyncError> {
        if self.reverse || self.compare.is_some() || self.dry_run || self.count_only {
            return refuse(
                "`reverse`, `compare`, `dryRun` and `countOnly` are of a comparison; a plan knows its own",
            );
        }
        Ok(())
    }
}

fn refuse<T>(rule: &str) -> Result<T, SyncError> {
    Err(SyncError::Request {
        rule: rule.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    fn read(payload: &str) -> Result<Request, String> {
        let event = Event::new("e-1", Timestamp::UNIX_EPOCH, payload);
        Request::of(&event).map_err(|error| function_core::chain(&error))
    }

    #[test]
    fn nothing_asks_for_a_comparison_of_all() {
        for payload in ["", "{}"] {
            let Ok(Request::Diff(diff)) = read(payload) else {
                panic!("{payload}");
            };
            assert_eq!(diff.trigger.id, "e-1");
            assert!(diff.tables.is_empty() && !diff.reverse && diff.compare.is_none());
        }
    }

    #[test]
    fn a_decision_names_plan_digest_and_classes() {
        let request = read(
            r#"{"apply": "p", "digest": "sha256:00", "classes": ["insert", "update_new"], "except": {"public.item": [3]}, "by": "a@b"}"#,
        );
        let Ok(Request::Apply(apply)) = request else {
            panic!("{request:?}");
        };
        assert_eq!(
            apply.classes,
            BTreeSet::from([Class::Insert, Class::UpdateNew])
        );
        assert_eq!(apply.except["public.item"], BTreeSet::from([3]));
    }

    #[test]
    fn every_sample_is_understood() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
        let mut samples = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let payload = std::fs::read_to_string(&path).unwrap();
            read(&payload).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            samples += 1;
        }
        assert!(samples > 3);
    }

    #[test]
    fn keys_that_do_not_go_together_are_refused_with_what_is_right() {
        for (payload, words) in [
            (r#"{"apply": "p", "undo": "p"}"#, "two events"),
            (
                r#"{"apply": "p", "classes": ["insert"]}"#,
                "`digest` is missing",
            ),
            (r#"{"apply": "p", "digest": "d"}"#, "`classes` is missing"),
            (
                r#"{"apply": "p", "digest": "d", "classes": ["insert"], "reverse": true}"#,
                "of a comparison",
            ),
            (r#"{"undo": "p", "tables": ["a.b"]}"#, "the whole plan"),
            (
                r#"{"undo": "p", "dryRun": true, "reverse": true}"#,
                "the whole plan",
            ),
            (r#"{"undo": "p", "countOnly": true}"#, "the whole plan"),
            (
                r#"{"apply": "p", "digest": "d", "classes": ["insert"], "countOnly": true}"#,
                "of a comparison",
            ),
            (r#"{"dryRun": true, "countOnly": true}"#, "one of them"),
            (r#"{"undo": "p"}"#, "`digest` is missing"),
            (r#"{"classes": ["delete"]}"#, "of a decision"),
            (r#"{"tabels": ["a.b"]}"#, "tabels"),
            (r#"{"classes": ["remove"]}"#, "remove"),
        ] {
            let error = read(payload).unwrap_err();
            assert!(error.contains(words), "{payload}: {error}");
        }
    }
}
