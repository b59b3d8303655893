//! One way to reach AWS: region, credentials, endpoint, retries and timeouts from the environment.
//!
//! ```text
//! let rds = aws_sdk_rds::Client::new(&aws_client::config(&env, "RDS").await);
//! let tasks = rds.describe_export_tasks().send().await
//!     .map_err(|error| AwsError::of("DescribeExportTasks", &source, &error))?;
//! ```
//!
//! | variable | what it is |
//! |---|---|
//! | `AWS_REGION`, else `AWS_DEFAULT_REGION` | the region; unset: that of the profile |
//! | `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` | the credentials, which Lambda sets; unset: the SDK's default chain |
//! | `AWS_ENDPOINT_URL_{SERVICE}`, else `AWS_ENDPOINT_URL` | another server, such as an emulator |

mod codes;
mod config;
mod direct;
mod error;
mod http;
mod pages;

pub use aws_config::SdkConfig;
pub use codes::CREDENTIALS_REPAIR;
pub use config::{OBJECT_ATTEMPTS, config};
pub use direct::{Call, Direct};
pub use error::AwsError;
pub use pages::pages;
