//! `tasuki invoke FUNCTION`: the same library function that the deployed binary calls.

use std::error::Error;

use clap::{Args, ValueEnum};
use function_core::{Clock, Env, Exit};
use function_runtime::{Function, Invocation};
use kintone_export::KintoneExport;
#[cfg(feature = "aws")]
use {dynamodb_export::DynamodbExport, rds_snapshot_export::RdsSnapshotExport};

/// Which function, with which event.
#[derive(Args)]
pub(crate) struct Options {
    /// The function
    function: Name,
    #[command(flatten)]
    invocation: Invocation,
}

#[derive(Clone, Copy, ValueEnum)]
#[cfg_attr(
    feature = "aws",
    expect(clippy::enum_variant_names, reason = "they are the functions' names")
)]
enum Name {
    KintoneExport,
    #[cfg(feature = "aws")]
    RdsSnapshotExport,
    #[cfg(feature = "aws")]
    DynamodbExport,
}

type Fault = Box<dyn Error + Send + Sync>;

/// Runs the function and prints its outcome.
pub(crate) async fn run(options: Options, env: &Env) -> Result<Exit, Fault> {
    let invocation = options.invocation;
    match options.function {
        Name::KintoneExport => {
            let function = KintoneExport::from_env(env).await?;
            call(kintone_export::FUNCTION, &function, &invocation).await
        }
        #[cfg(feature = "aws")]
        Name::RdsSnapshotExport => {
            let function = RdsSnapshotExport::from_env(env).await?;
            call(rds_snapshot_export::FUNCTION, &function, &invocation).await
        }
        #[cfg(feature = "aws")]
        Name::DynamodbExport => {
            let function = DynamodbExport::from_env(env).await?;
            call(dynamodb_export::FUNCTION, &function, &invocation).await
        }
    }
}

async fn call<F: Function>(
    name: &'static str,
    function: &F,
    invocation: &Invocation,
) -> Result<Exit, Fault> {
    Ok(invocation.run(name, function, &Clock::system()).await?)
}
