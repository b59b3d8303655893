//! The command for people.
//!
//! `tasuki demo` shows kintone-export at work on this machine alone; `tasuki invoke FUNCTION`
//! runs a function by hand, as its deployed binary would.

mod demo;
mod invoke;

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
    match command {
        Command::Demo(options) => demo::run(options, env)
            .await
            .unwrap_or_else(|error| complain(&*error)),
        Command::Invoke(options) => invoke::run(options, env)
            .await
            .unwrap_or_else(|error| complain(&*error)),
    }
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
