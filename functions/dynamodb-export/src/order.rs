//! What was asked of DynamoDB for a run, and how far it came.

use dynamodb_format::KeySchema;
use function_core::sha256_hex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::chain::Base;
use crate::export::Scope;

/// Characters of a client token. As long as a UUID at most, which every service takes.
const TOKEN: usize = 32;

/// One attempt at an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Order {
    #[serde(flatten)]
    pub(crate) scope: Scope,
    pub(crate) table_arn: String,
    pub(crate) table_id: String,
    /// The table's keys, which no export tells. Whoever restores needs them, also when the table is gone.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) keys: Option<KeySchema>,
    /// Why it is full or incremental, and what else a person should know.
    pub(crate) reason: String,
    /// Of an incremental export: the full one that its chain begins with.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) base: Option<Base>,
    /// Of an incremental export: the manifest of the link before, in the same folder.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) previous: Option<String>,
    /// From 1; a failed export is not started again, but another one is.
    pub(crate) attempt: u32,
    /// Stands for the export for eight hours: the same request with it starts nothing.
    pub(crate) client_token: String,
}

impl Order {
    /// The same in another attempt.
    pub(crate) fn attempt(self, number: u32, place: &Place) -> Self {
        let client_token = place.token(&self.table_arn, self.scope, number);
        Self {
            attempt: number,
            client_token,
            ..self
        }
    }
}

/// Where exports go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) bucket: String,
    /// Without slashes at its ends; empty for none.
    pub(crate) prefix: String,
}

impl Place {
    /// The client token: the same for the same table, moment, place, type and attempt, whoever asks and however often.
    fn token(&self, table_arn: &str, scope: Scope, attempt: u32) -> String {
        let Self { bucket, prefix } = self;
        let text = format!("{table_arn}\n{bucket}\n{prefix}\n{scope}\n{attempt}");
        sha256_hex(text.as_bytes()).chars().take(TOKEN).collect()
    }
}

/// What a run record keeps between ticks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Checkpoint {
    pub(crate) order: Order,
    /// Known once the service has answered.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) export_arn: Option<String>,
    /// How far the reading of data files came.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) proven: Option<Proven>,
}

/// The data files that were found right, from the first on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Proven {
    pub(crate) export_arn: String,
    /// The MD5 of the list of data files that the count is of.
    pub(crate) files_md5: String,
    /// `manifest`, where only doubtful files are read, or `full`.
    #[serde(default)]
    pub(crate) mode: String,
    pub(crate) files: usize,
}

impl Checkpoint {
    /// Before the service has answered.
    pub(crate) fn new(order: Order) -> Self {
        Self {
            order,
            export_arn: None,
            proven: None,
        }
    }

    /// What the record holds, if it is of this form. The order is the same again, and so is its token: what was
    /// started is found.
    pub(crate) fn of(value: Option<&Value>) -> Option<Self> {
        let value = value?;
        Self::deserialize(value)
            .inspect_err(|error| tracing::warn!(%error, "checkpoint not understood; planned again"))
            .ok()
    }

    pub(crate) fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// What a manifest tells beside what all exports tell: enough to restore from, and to go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExportDetails {
    pub(crate) export_arn: String,
    #[serde(flatten)]
    pub(crate) order: Order,
    /// Of an incremental export: which images its records hold.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub(crate) view: Option<String>,
    pub(crate) manifest_summary_key: String,
    pub(crate) manifest_files_key: String,
    /// `manifest` or `full`.
    pub(crate) verify: String,
    pub(crate) billed_size_bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order {
        Order {
            scope: Scope::Incremental {
                from: "2026-11-19T18:00:00Z".parse().unwrap(),
                to: "2026-11-20T18:00:00Z".parse().unwrap(),
            },
            table_arn: "arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders".to_owned(),
            keys: None,
            table_id: "t-1".to_owned(),
            reason: "goes on".to_owned(),
            base: None,
            previous: Some("20261120.manifest.json".to_owned()),
            attempt: 1,
            client_token: String::new(),
        }
    }

    fn place() -> Place {
        Place {
            bucket: "backups".to_owned(),
            prefix: String::new(),
        }
    }

    #[test]
    fn a_checkpoint_is_read_as_it_was_written() {
        let checkpoint = Checkpoint {
            order: order().attempt(2, &place()),
            export_arn: None,
            proven: None,
        };
        let json = checkpoint.to_json();
        assert_eq!(json["order"]["exportType"], "incremental");
        assert_eq!(Checkpoint::of(Some(&json)), Some(checkpoint));
        assert_eq!(Checkpoint::of(Some(&serde_json::json!({"other": 1}))), None);
    }

    #[test]
    fn a_token_is_the_same_for_the_same_and_another_for_all_else() {
        let token =
            |order: Order, attempt, place: &Place| order.attempt(attempt, place).client_token;
        let first = token(order(), 1, &place());
        assert_eq!(first, token(order(), 1, &place()));
        assert_eq!(first.len(), TOKEN);
        let elsewhere = Place {
            prefix: "nightly".to_owned(),
            ..place()
        };
        let full = Order {
            scope: Scope::Full {
                time: order().scope.end(),
            },
            ..order()
        };
        let other_table = Order {
            table_arn: order().table_arn + "2",
            ..order()
        };
        for other in [
            token(order(), 2, &place()),
            token(order(), 1, &elsewhere),
            token(full, 1, &place()),
            token(other_table, 1, &place()),
        ] {
            assert_ne!(first, other);
        }
    }
}
