//! From a command line to its command.

use std::ffi::OsString;
use std::time::Duration;

use function_core::{Clock, Env, Exit, Fault, chain};
use migration_folder::Folder;
use migration_run::{Goal, Stop};

use crate::command::{Command, CommandLine};
use crate::commands::{baseline, describe, hash, lint, migrate, repair, status};
use crate::config::Config;
use crate::context::Context;
use crate::error::CommandError;
use crate::output::Output;
use crate::scratch::Opened;
use crate::{check, drift, write};

/// How long the sessions of what was dropped may take to cancel their statements.
const FAREWELL: Duration = Duration::from_secs(3);

/// What a run has around it.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The settings.
    pub env: Env,
    /// The time.
    pub clock: Clock,
    /// Where results go.
    pub output: Output,
    /// Tells it to stop.
    pub stop: Stop,
    /// What is wrong with the settings of whoever calls, to be told with the rest.
    pub faults: Vec<Fault>,
}

/// Does what `arguments` ask for, of which the first is the program's name, tells the result, and gives the exit code.
pub async fn run(
    arguments: impl IntoIterator<Item = OsString>,
    surroundings: Surroundings,
) -> Exit {
    let Surroundings {
        env,
        clock,
        output,
        stop,
        mut faults,
    } = surroundings;
    let line = match CommandLine::read(arguments) {
        Ok(line) => line,
        Err(instead) => return output.instead(&instead),
    };
    let command = line.command();
    let config = match Config::from_env(&line.settings(&env), command.needs_database()) {
        Ok(config) if faults.is_empty() => config,
        config => {
            faults.extend(config.err().map_or_else(Vec::new, |error| error.faults));
            return output.faults(&faults);
        }
    };
    if config.task_index > 0 {
        output.say("one task of a job migrates, the first; this is another, and does nothing");
        return Exit::Done;
    }
    let context = Context {
        config,
        clock,
        output,
        stop,
        opened: Opened::default(),
    };
    match until_stopped(&context, command).await {
        Ok(exit) => exit,
        Err(error) => output.fail(&chain(&error), error.exit()),
    }
}

/// A run hears itself that it shall stop, and leaves nothing half-way; everything else is dropped where it is, and what
/// it had made to work in removed.
async fn until_stopped(context: &Context, command: Command) -> Result<Exit, CommandError> {
    let hears_it = command.changes_database();
    let work = Box::pin(carry_out(context, command));
    if hears_it {
        return work.await;
    }
    let ended = tokio::select! {
        ended = work => return ended,
        () = context.stop.told() => Err(CommandError::Stopped),
    };
    let (_, ()) = tokio::join!(
        tokio::time::timeout(FAREWELL, postgres_client::all_ended()),
        context.opened.close()
    );
    ended
}

async fn carry_out(context: &Context, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Up { count, to, .. } => {
            let by_count = || count.map_or(Goal::Latest, Goal::UpBy);
            let goal = to.map_or_else(by_count, Goal::UpTo);
            migrate::run(context, |_| goal, false).await
        }
        Command::Down {
            count,
            allow_empty_down,
            ..
        } => {
            let goal = count.map_or(Goal::DownAll, Goal::DownBy);
            migrate::run(context, |_| goal, allow_empty_down).await
        }
        Command::Goto {
            version,
            allow_empty_down,
        } => {
            let goal = |folder: &Folder| migrate::goal(folder, version);
            migrate::run(context, goal, allow_empty_down).await
        }
        Command::Status { json } => status::run(context, json).await,
        Command::Check { json } => check::run(context, json).await,
        Command::Lint { files } => lint::run(context, &files),
        Command::Hash { check } => hash::run(context, check),
        Command::Write(arguments) => Ok(write::run(context, &arguments).await?),
        Command::Drift => drift::run(context).await,
        Command::Describe { table } => describe::run(context, &table).await,
        Command::Baseline { version } => baseline::run(context, version).await,
        Command::Repair(arguments) => repair::run(context, &arguments).await,
    }
}
