//! What there is: the table, the export, the chain's last link.

use function_core::Stamp;
use jiff::{SignedDuration, Timestamp};
use reconcile::{ExportManifest, manifest_key};
use serde::Deserialize as _;

use crate::FUNCTION;
use crate::chain::{Base, Link};
use crate::config::ExportType;
use crate::error::ExportError;
use crate::export::Export;
use crate::function::DynamodbExport;
use crate::moment::Moment;
use crate::order::{Checkpoint, ExportDetails, Order, Place};
use crate::plan::{Observation, Seen, Source};
use crate::select::TableName;

/// How far the clocks of the service and of whoever named the moment may differ.
const SKEW: SignedDuration = SignedDuration::from_hours(1);

/// What is to be looked at.
pub(crate) struct Question<'a> {
    pub(crate) table: &'a TableName,
    pub(crate) moment: Moment,
    /// When the run began.
    pub(crate) since: Timestamp,
    pub(crate) again: bool,
    pub(crate) checkpoint: Option<&'a Checkpoint>,
    /// The export, where the service told of it just now.
    pub(crate) answered: Option<Export>,
}

impl DynamodbExport {
    /// All that a plan needs. An export that was started goes on without its table, so that is not asked for then.
    pub(crate) async fn observe(&self, question: Question<'_>) -> Result<Observation, ExportError> {
        let Question {
            table,
            moment,
            since,
            again,
            checkpoint,
            answered,
        } = question;
        let export = match answered {
            Some(export) => Seen::Export(Box::new(export)),
            None => self.export_of(checkpoint).await?,
        };
        let order = checkpoint.map(|checkpoint| checkpoint.order.clone());
        let (source, last) = if export == Seen::None {
            (self.table(table).await?, self.last_link(&table.name).await?)
        } else {
            (Source::NotAsked, None)
        };
        Ok(Observation {
            table: table.name.clone(),
            moment,
            now: self.machine.clock().now(),
            since,
            again,
            order,
            export,
            source,
            last,
        })
    }

    /// What became of what was asked for.
    async fn export_of(&self, checkpoint: Option<&Checkpoint>) -> Result<Seen, ExportError> {
        let Some(checkpoint) = checkpoint else {
            return Ok(Seen::None);
        };
        let found = match &checkpoint.export_arn {
            Some(arn) => self.dynamodb.export(arn).await?,
            None => self.find(&checkpoint.order).await?,
        };
        Ok(match (found, &checkpoint.export_arn) {
            (Some(export), _) => Seen::Export(Box::new(export)),
            (None, Some(arn)) => Seen::Lost(arn.clone()),
            (None, None) => Seen::None,
        })
    }

    /// The export that was started with the order's token, by whomever. Where descriptions lack the token, each
    /// attempt is one of the exports of the same scope to the same place, in the order in which they began.
    pub(crate) async fn find(&self, order: &Order) -> Result<Option<Export>, ExportError> {
        let not_before = order.scope.end() - SKEW;
        let mut alike = Vec::new();
        for arn in self.dynamodb.exports(&order.table_arn).await? {
            // An export begins after the moment that it is as of, and its id begins with when that was.
            if began(&arn).is_some_and(|began| began < not_before.as_millisecond()) {
                continue;
            }
            match self.dynamodb.export(&arn).await? {
                Some(export) if export.token == order.client_token => return Ok(Some(export)),
                Some(export) if is_alike(&export, order, &self.destination.place) => {
                    alike.push(export);
                }
                _ => {}
            }
        }
        Ok(of_attempt(alike, order.attempt))
    }

    /// The table and how far back it can be exported; and that the bucket can be reached at all.
    async fn table(&self, table: &TableName) -> Result<Source, ExportError> {
        let Some(found) = self.dynamodb.table(&table.address).await? else {
            return Ok(Source::Unknown);
        };
        let Some(recovery) = self.dynamodb.recovery(&table.address).await? else {
            return Ok(Source::Unknown);
        };
        let folder = self.home.folder("verified").folder(FUNCTION);
        folder.read(&format!("{}/latest.json", table.name)).await?;
        Ok(Source::Known(found, recovery))
    }

    /// The newest verified link, where a chain is to go on.
    pub(crate) async fn last_link(&self, table: &str) -> Result<Option<Link>, ExportError> {
        if self.rules.export_type == ExportType::Full {
            return Ok(None);
        }
        let manifest = self.machine.last_verified(table).await?;
        Ok(manifest.as_ref().and_then(link))
    }
}

/// What the function itself wrote into a manifest.
pub(crate) fn details(manifest: &ExportManifest) -> Option<ExportDetails> {
    ExportDetails::deserialize(&manifest.details.export.details).ok()
}

fn link(manifest: &ExportManifest) -> Option<Link> {
    let ExportDetails { order, .. } = details(manifest)?;
    let key = manifest_key(&Stamp::day(manifest.details.logical_date));
    let own = Base {
        manifest: key.clone(),
        export_time: order.scope.end(),
    };
    Some(Link {
        manifest: key,
        table_id: order.table_id,
        scope: order.scope,
        base: order.base.unwrap_or(own),
    })
}

/// Whether an export without a token may be of the order, or of another attempt at the same.
fn is_alike(export: &Export, order: &Order, place: &Place) -> bool {
    export.token.is_empty() && export.scope == Some(order.scope) && export.place == *place
}

/// The export of an attempt, which counts from 1, among those of all attempts. Ids begin with when an export began.
fn of_attempt(mut alike: Vec<Export>, attempt: u32) -> Option<Export> {
    alike.sort_by(|a, b| a.arn.cmp(&b.arn));
    let before = usize::try_from(attempt.saturating_sub(1)).ok()?;
    alike.into_iter().nth(before)
}

/// When an export began, in milliseconds since 1970, as its id tells: `01716790307109-5f9d6aaa`. `None` for ids of
/// another form; those are looked at.
fn began(arn: &str) -> Option<i64> {
    let (millis, _) = dynamodb_format::export_id(arn)?.split_once('-')?;
    let is_time = millis.len() == 14 && millis.bytes().all(|byte| byte.is_ascii_digit());
    is_time.then(|| millis.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{Scope, Status};

    fn place() -> Place {
        Place {
            bucket: "backups".to_owned(),
            prefix: "nightly".to_owned(),
        }
    }

    fn export(id: &str) -> Export {
        Export {
            arn: format!("arn:aws:dynamodb:ap-northeast-1:123456789012:table/orders/export/{id}"),
            status: Status::InProgress,
            token: String::new(),
            place: place(),
            scope: Some(Scope::Full {
                time: Timestamp::UNIX_EPOCH,
            }),
            started: None,
            ended: None,
            items: None,
            failure_code: String::new(),
            failure_message: String::new(),
        }
    }

    #[test]
    fn an_export_without_a_token_is_told_by_its_scope_and_place() {
        let order = Order {
            scope: Scope::Full {
                time: Timestamp::UNIX_EPOCH,
            },
            table_arn: String::new(),
            table_id: String::new(),
            keys: None,
            reason: String::new(),
            base: None,
            previous: None,
            attempt: 1,
            client_token: "t".to_owned(),
        };
        assert!(is_alike(&export("1-a"), &order, &place()));
        for other in [
            Export {
                token: "another".to_owned(),
                ..export("1-a")
            },
            Export {
                scope: None,
                ..export("1-a")
            },
            Export {
                place: Place {
                    prefix: String::new(),
                    ..place()
                },
                ..export("1-a")
            },
        ] {
            assert!(!is_alike(&other, &order, &place()), "{other:?}");
        }
    }

    #[test]
    fn attempts_are_told_apart_by_when_they_began() {
        let alike = vec![export("01716790307200-b"), export("01716790307109-a")];
        let second = of_attempt(alike.clone(), 2);
        assert_eq!(second, Some(export("01716790307200-b")));
        assert_eq!(of_attempt(alike, 3), None);
    }
}
