//! `tasuki invoke FUNCTION`: the same library function that the deployed binary calls.

use std::error::Error;

#[cfg(feature = "gcp")]
use bigquery_transfer::BigqueryTransfer;
use clap::{Args, ValueEnum};
use function_core::{Clock, Env, Exit};
use function_runtime::{Function, Invocation};
use kintone_export::KintoneExport;
use kintone_restore::KintoneRestore;
#[cfg(feature = "sync")]
use table_sync::TableSync;
#[cfg(feature = "aws")]
use {
    dynamodb_export::DynamodbExport, dynamodb_restore::DynamodbRestore,
    rds_snapshot_export::RdsSnapshotExport,
};

/// Which function, with which event.
#[derive(Args)]
pub(crate) struct Options {
    /// The function
    function: Name,
    #[command(flatten)]
    invocation: Invocation,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    KintoneExport,
    KintoneRestore,
    #[cfg(feature = "aws")]
    RdsSnapshotExport,
    #[cfg(feature = "aws")]
    DynamodbExport,
    #[cfg(feature = "aws")]
    DynamodbRestore,
    #[cfg(feature = "gcp")]
    BigqueryTransfer,
    #[cfg(feature = "sync")]
    TableSync,
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
        Name::KintoneRestore => {
            let function = KintoneRestore::from_env(env).await?;
            call(kintone_restore::FUNCTION, &function, &invocation).await
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
        #[cfg(feature = "aws")]
        Name::DynamodbRestore => {
            let function = DynamodbRestore::from_env(env).await?;
            call(dynamodb_restore::FUNCTION, &function, &invocation).await
        }
        #[cfg(feature = "gcp")]
        Name::BigqueryTransfer => {
            let function = BigqueryTransfer::from_env(env).await?;
            call(bigquery_transfer::FUNCTION, &function, &invocation).await
        }
        #[cfg(feature = "sync")]
        Name::TableSync => {
            let function = TableSync::from_env(env).await?;
            call(table_sync::FUNCTION, &function, &invocation).await
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
