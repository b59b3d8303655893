//! The command for people.
//!
//! `tasuki demo` shows kintone-export at work on this machine alone; `tasuki invoke FUNCTION`
//! runs a function by hand, as its deployed binary would; `tasuki restore` brings back what was saved, and
//! `tasuki drill` proves that it can; `tasuki sync` brings master data from one database to another; `tasuki migrate`
//! migrates a schema.

mod demo;
mod drill;
mod invoke;
#[cfg(feature = "migrate")]
mod migrate;
mod progress;
mod restore;
#[cfg(feature = "sync")]
mod sync;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use function_core::{Env, Exit};

/// Hands a company's data on, every night, without a person and without a PC.
#[derive(Parser)]
#[command(name = "tasuki")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Export a simulated Kintone app (or a real one) to a folder and a SQLite table
    Demo(demo::Options),
    /// Run a function by hand; its settings are the environment variables of its README
    Invoke(invoke::Options),
    /// Restore a backup: plan, write, read back; the same command again goes on where it stopped
    Restore(restore::Options),
    /// Prove that the newest backup can be restored, in a place of its own that goes away again
    Drill(drill::Options),
    /// Bring rows from one database to another: compare, show, apply exactly what was seen, undo
    #[cfg(feature = "sync")]
    Sync(sync::Options),
    /// Migrate the schema of a PostgreSQL database; write, check and prove migrations
    #[cfg(feature = "migrate")]
    #[command(disable_help_flag = true)]
    Migrate(migrate::Options),
}

fn main() -> ExitCode {
    let env = Env::from_process();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let exit = match runtime {
        Ok(runtime) => runtime.block_on(run(Arguments::parse().command, &env)),
        Err(error) => complain(&error),
    };
    ExitCode::from(exit.code())
}

async fn run(command: Command, env: &Env) -> Exit {
    if let Err(error) = telemetry::init(
        telemetry::Format::Terminal,
        &env.clone().with("LOG_LEVEL", level(env)),
    ) {
        return complain(&error);
    }
    let exit = match command {
        Command::Demo(options) => demo::run(options, env).await,
        Command::Invoke(options) => invoke::run(options, env).await,
        Command::Restore(options) => restore::run(options, env).await,
        Command::Drill(options) => drill::run(options, env).await,
        #[cfg(feature = "sync")]
        Command::Sync(options) => sync::run(options, env).await,
        #[cfg(feature = "migrate")]
        Command::Migrate(options) => migrate::run(options, env).await,
    };
    exit.unwrap_or_else(|error| complain(&*error))
}

/// A person at a terminal wants to see what went wrong, not each step.
fn level(env: &Env) -> &str {
    env.get("LOG_LEVEL").unwrap_or("warn")
}

#[expect(
    clippy::print_stderr,
    reason = "the person at the terminal must see why it stopped"
)]
fn complain(error: &dyn std::error::Error) -> Exit {
    eprintln!("tasuki: {}", function_core::chain(error));
    Exit::Usage
}
