//! Tells a person, in words, that a run did not end verified.
//!
//! ```text
//! let notifier = Notifier::from_settings(&mut settings);
//! settings.finish()?;
//! notifier.tell(&Notice { function: "kintone-export".into(), source: "app 12".into(), … }).await;
//! ```
//!
//! | setting | what it is |
//! |---|---|
//! | `NOTIFY_TOPIC` | a Pub/Sub topic, `projects/PROJECT/topics/TOPIC`; unset: none |
//! | `NOTIFY_WEBHOOK_FILE` or `NOTIFY_WEBHOOK` | the secret address of a chat's webhook (Slack, Google Chat); unset: none |
//! | `NOTIFY_LANGUAGE` | `en` or `ja`; default `en` |
//!
//! The topic gets JSON: `{function, source, run, state, since, whatHappened, whatToDo, text}`, with
//! the attributes `function` and `state`. The webhook gets `{"text": "…"}`.
//!
//! Telling never fails a run: what could not be sent is logged as an error, without the address.

mod language;
mod notice;
mod notifier;
mod webhook;

pub use language::Language;
pub use notice::Notice;
pub use notifier::Notifier;
