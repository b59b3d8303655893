//! Messages that are refused for good: they are acknowledged, so nobody hears of them unless people are told.

use function_core::{Event, RunState, chain};
use notify::Notice;

use crate::error::TransferError;
use crate::function::BigqueryTransfer;

/// Whose message it was, as far as that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refused {
    source: Option<String>,
    label: String,
    run: String,
}

impl Refused {
    /// The "export verified" message of the run `run` of `source`.
    pub(crate) fn export(source: &str, date: jiff::civil::Date, run: &str) -> Self {
        Self {
            source: Some(source.to_owned()),
            label: format!("{source} of {date}"),
            run: run.to_owned(),
        }
    }

    /// A message that can't be read.
    pub(crate) fn unread(event: &Event) -> Self {
        Self {
            source: None,
            label: "a message".to_owned(),
            run: event.id.clone(),
        }
    }
}

impl BigqueryTransfer {
    /// Tells people that the message is not carried out, and why.
    pub(crate) async fn tell_refusal(&self, refused: Refused, error: &TransferError) {
        let days = self.days().await.unwrap_or_default();
        let source = refused.source.as_ref();
        let known = source.and_then(|source| days.sources.get(source));
        let notice = Notice {
            function: crate::FUNCTION.to_owned(),
            source: refused.label,
            run: refused.run,
            state: RunState::Failed,
            since: known.and_then(|known| known.verified),
            what_happened: format!("its message is refused: {}", chain(error)),
            what_to_do: match error {
                TransferError::Stale { .. } => {
                    "nothing, if the newer export is the right one; BigQuery keeps it"
                }
                _ => "repair that, then publish the message again; BigQuery keeps what it had until then",
            }
            .to_owned(),
        };
        self.notifier.tell(&notice).await;
    }
}
