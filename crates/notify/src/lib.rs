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
//! | `NOTIFY_TOPIC` | a topic of Pub/Sub, `projects/PROJECT/topics/TOPIC`, or of SNS, `arn:aws:sns:REGION:ACCOUNT:TOPIC`; unset: none |
//! | `NOTIFY_WEBHOOK_FILE` or `NOTIFY_WEBHOOK` | the secret address of a chat's webhook (Slack, Google Chat); unset: none |
//! | `NOTIFY_LANGUAGE` | `en` or `ja`; default `en` |
//!
//! A topic of Pub/Sub gets JSON: `{function, source, run, state, since, whatHappened, whatToDo, text}`.
//! One of SNS gets the custom notification that Amazon Q Developer (once AWS Chatbot) shows in Slack
//! and Teams; its subscribers by e-mail get plain words. Both have the attributes `function` and
//! `state`. The webhook gets `{"text": "…"}`.
//!
//! Telling never fails a run: what could not be sent is logged as an error, without the address.

mod chatbot;
mod language;
mod notice;
mod notifier;
#[cfg(feature = "webhook")]
mod webhook;
#[cfg(not(feature = "webhook"))]
#[path = "webhook/absent.rs"]
mod webhook;

pub use language::Language;
pub use notice::Notice;
pub use notifier::Notifier;
