//! Messages to a topic: Pub/Sub, SNS or memory behind one narrow port.
//!
//! [`Topic::publish`] returns only when the service has acknowledged the message, so what was
//! published survives the publisher. A message may arrive twice: receivers tell by its content.
//!
//! ```text
//! let topic = Topic::open("projects/acme/topics/kintone-export", &env)?;
//! let id = topic.publish(Message::new(r#"{"app":12}"#).attribute("parent", &event.id)).await?;
//! ```
//!
//! | name | service | feature | right |
//! |---|---|---|---|
//! | `projects/PROJECT/topics/TOPIC` | Pub/Sub | `pubsub` | `roles/pubsub.publisher` on the topic |
//! | `arn:aws:sns:REGION:ACCOUNT:TOPIC` | SNS, standard topics | `sns` | `sns:Publish` on the topic; with a customer's key also `kms:GenerateDataKey` and `kms:Decrypt` |
//!
//! # Pub/Sub from AWS
//!
//! A Lambda function publishes to Pub/Sub without a key, by Workload Identity Federation. The variable
//! `GOOGLE_APPLICATION_CREDENTIALS` names a file beside the program, which holds no secret:
//!
//! ```json
//! {
//!   "type": "external_account",
//!   "audience": "//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER",
//!   "subject_token_type": "urn:ietf:params:aws:token-type:aws4_request",
//!   "token_url": "https://sts.googleapis.com/v1/token",
//!   "service_account_impersonation_url": "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/ACCOUNT:generateAccessToken",
//!   "credential_source": {
//!     "environment_id": "aws1",
//!     "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15"
//!   }
//! }
//! ```
//!
//! - `gcloud iam workload-identity-pools create-cred-config … --aws` writes it. It must not hold
//!   `imdsv2_session_token_url` (so no `--enable-imdsv2`): Google's client would ask the metadata
//!   server for that token before anything else, and Lambda has none.
//! - The region and the keys are those of the process's own variables, which Lambda sets:
//!   `AWS_REGION`, `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`. They come
//!   before `region_url` and `url`, which gcloud writes too and which are then not asked.
//! - Without `service_account_impersonation_url` the pool's principal itself needs
//!   `roles/pubsub.publisher`; with it, the principal needs `roles/iam.workloadIdentityUser` on
//!   that service account.
//!
//! **Source**: google-cloud-auth, `external_account_sources/aws_sourced.rs`; AIP-4117; Google Cloud
//! documentation, "Configure Workload Identity Federation with AWS or Azure VMs".

mod error;
mod kind;
mod memory;
mod message;
#[cfg(feature = "pubsub")]
mod pubsub;
#[cfg(feature = "sns")]
mod sns;
mod topic;

pub use error::TopicError;
pub use kind::Kind;
pub use memory::Memory;
pub use message::Message;
pub use topic::{Backend, Topic};
