//! `tasuki sync`: master data from one database to another, seen before it is written.

mod apply;
mod ask;
mod choose;
mod diff;
mod list;
mod person;
mod serve;
mod show;
mod undo;
mod words;

use std::error::Error;
use std::io::{self, Write as _};

use clap::{Args, Subcommand};
use function_core::{Env, Exit, Retryable as _, chain};
use table_sync::{SyncError, TableSync};

type Fault = Box<dyn Error + Send + Sync>;

/// What is done.
#[derive(Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Compare the tables of both databases, and keep what differs as a plan; the exit code is 3 if anything does
    Diff(diff::Options),
    /// Show a plan
    Show(show::Options),
    /// Write what is approved of a plan, exactly as it was seen, or nothing
    Apply(apply::Options),
    /// Take back what applying a plan wrote
    Undo(undo::Options),
    /// Show which plans there are, and what became of them
    List(list::Options),
    /// Show plans as a page, on this machine alone; without a login in front it only shows
    Serve(serve::Options),
}

/// Does it, and tells how it ended.
pub(crate) async fn run(options: Options, env: &Env) -> Result<Exit, Fault> {
    let sync = TableSync::from_env(env).await?;
    let done = match options.what {
        What::Diff(options) => diff::run(&options, &sync, env).await,
        What::Show(options) => show::run(&options, &sync).await,
        What::Apply(options) => apply::run(&options, &sync, env).await,
        What::Undo(options) => undo::run(&options, &sync, env).await,
        What::List(options) => list::run(&options, &sync).await,
        What::Serve(options) => serve::run(&options, sync).await,
    };
    let fault = match done {
        Ok(exit) => return Ok(exit),
        Err(fault) => fault,
    };
    let error = fault.downcast::<SyncError>()?;
    tell(&error)?;
    Ok(exit(&error))
}

fn exit(error: &SyncError) -> Exit {
    if error.is_retryable() {
        Exit::TryAgain
    } else {
        error.exit()
    }
}

fn tell(error: &SyncError) -> io::Result<()> {
    let mut out = io::stderr().lock();
    writeln!(out, "tasuki: {}", chain(error))?;
    match error {
        SyncError::Stale { rows, .. } | SyncError::NotAsWanted { rows, .. } => {
            words::stale(&mut out, rows)
        }
        _ => Ok(()),
    }
}
