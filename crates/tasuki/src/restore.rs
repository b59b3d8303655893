//! `tasuki restore`: what was saved back to where it belongs, planned first, and followed to its end.

#[cfg(feature = "aws")]
mod dynamodb;
mod follow;
mod kintone;
mod local;
mod refusal;
mod request;
mod show;
mod words;

use std::error::Error;

use clap::{Args, Subcommand};
use function_core::{Env, Exit};

pub(crate) use self::follow::{Restorer, Run};
pub(crate) use self::request::Request;
pub(crate) use self::show::style;

type Fault = Box<dyn Error + Send + Sync>;

/// What is restored.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Items of an export back into a table of DynamoDB
    #[cfg(feature = "aws")]
    Dynamodb(dynamodb::Options),
    /// Records of a backup, or of a CSV that cli-kintone wrote, back into a Kintone app
    Kintone(kintone::Options),
}

/// How every restore is called.
#[derive(Args)]
struct Manner {
    /// Print the plan and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Begin anew although the same restore has ended
    #[arg(long)]
    force: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

/// Plans, restores, and prints how it ended.
pub(crate) async fn run(options: Options, env: &Env) -> Result<Exit, Fault> {
    match options.what {
        #[cfg(feature = "aws")]
        What::Dynamodb(options) => dynamodb::run(&options, env).await,
        What::Kintone(options) => kintone::run(&options, env).await,
    }
}
