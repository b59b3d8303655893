//! By hand: an event from a file, the report on the terminal.

use std::ffi::OsString;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, Command, FromArgMatches as _};
use function_core::{Clock, Event, Exit, PayloadError, Trigger};
use functions_framework::read_event;
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::wait::until_ended;
use crate::{Function, RuntimeError, Style, run_once, trigger, write_outcome};

/// One call of a function by hand. It can be flattened into another command line.
#[derive(Clone, Debug, Default, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own on the command line"
)]
pub struct Invocation {
    /// File with the event, or - for standard input: the function's own JSON, a Pub/Sub push
    /// message, a CloudEvent or a background event. Without it the event is {}: what is due
    #[arg(long, value_name = "FILE")]
    pub event: Option<PathBuf>,
    /// Id of the event, to repeat a trigger; without it the event's own
    #[arg(long)]
    pub id: Option<String>,
    /// Time of the event, such as 2026-11-21T03:00:00Z, to repeat a trigger; without it the
    /// event's own, else now
    #[arg(long)]
    pub time: Option<Timestamp>,
    /// Print the plan and touch nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Say what is not as it should be, and touch nothing; the exit code is 3 if anything is not. Only for functions
    /// whose events know `check`
    #[arg(long, conflicts_with_all = ["dry_run", "wait"])]
    pub check: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    pub json: bool,
    /// Look again until every run has ended; the exit code is 0 only if each is verified
    #[arg(long, conflicts_with = "dry_run")]
    pub wait: bool,
    /// With --wait: how often to look
    #[arg(long, value_name = "SECONDS", default_value_t = 30, requires = "wait", value_parser = clap::value_parser!(u64).range(1..))]
    pub interval: u64,
    /// With --wait: when to stop looking; what was begun goes on without us
    #[arg(long, value_name = "MINUTES", default_value_t = 240, requires = "wait")]
    pub deadline: u64,
}

impl Invocation {
    /// Calls the function that is called `name` and prints its outcome on standard output.
    ///
    /// # Errors
    /// The event can't be read, or the outcome can't be printed.
    pub async fn run<F: Function>(
        &self,
        name: &'static str,
        function: &F,
        clock: &Clock,
    ) -> Result<Exit, RuntimeError> {
        let event = self.read(clock)?;
        let trigger = Trigger {
            id: event.id.clone(),
            time: event.time,
        };
        let (outcome, exit) = if self.wait {
            let interval = Duration::from_secs(self.interval);
            let deadline = Duration::from_mins(self.deadline);
            until_ended(name, function, &event, (interval, deadline)).await
        } else {
            let outcome = run_once(name, function, event).await;
            let exit = outcome.exit();
            (outcome, exit)
        };
        let style = if self.json { Style::Json } else { Style::Text };
        write_outcome(&mut io::stdout().lock(), style, name, &trigger, &outcome)
            .map_err(RuntimeError::Print)?;
        Ok(exit)
    }

    /// The event that the options describe.
    fn read(&self, clock: &Clock) -> Result<Event, RuntimeError> {
        let mut event = match &self.event {
            Some(path) => read_file(path, clock)?,
            None => read_event_at("-".as_ref(), b"{}", clock)?,
        };
        if let Some(id) = &self.id {
            event.id.clone_from(id);
        }
        if let Some(time) = self.time {
            event.time = time;
        }
        for (option, key, is_given) in [
            ("--dry-run", "dryRun", self.dry_run),
            ("--check", "check", self.check),
        ] {
            if is_given {
                mark(&mut event, key).map_err(|source| RuntimeError::Mark { option, source })?;
            }
        }
        Ok(event)
    }
}

/// Says `key` in the payload.
fn mark(event: &mut Event, key: &str) -> Result<(), PayloadError> {
    let mut payload: Map<String, Value> = event.json()?;
    payload.insert(key.to_owned(), true.into());
    event.payload = Value::Object(payload).to_string().into_bytes();
    Ok(())
}

fn read_file(path: &Path, clock: &Clock) -> Result<Event, RuntimeError> {
    let mut body = Vec::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().read_to_end(&mut body).map(drop)
    } else {
        std::fs::read(path).map(|content| body = content)
    };
    read.map_err(|source| RuntimeError::Read {
        path: path.to_owned(),
        source,
    })?;
    read_event_at(path, &body, clock)
}

fn read_event_at(path: &Path, body: &[u8], clock: &Clock) -> Result<Event, RuntimeError> {
    let event = read_event(body, clock).map_err(|source| RuntimeError::Understand {
        path: path.to_owned(),
        source,
    })?;
    // What EventBridge and its Scheduler invoke a Lambda with has an id and a time of its own.
    match serde_json::from_slice(&event.payload) {
        Ok(payload) if trigger::is_known(&payload) => {
            Ok(trigger::event(payload, &event.id, clock)?)
        }
        _ => Ok(event),
    }
}

/// Reads the arguments of the function that is called `name`.
///
/// # Errors
/// What clap has to say instead: a fault, or the help that was asked for.
pub(crate) fn parse(
    name: &'static str,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<Invocation, clap::Error> {
    // Last, because the options bring the words of their type along.
    let command = Invocation::augment_args(Command::new(name))
        .about("Calls the function once, with an event from a file.");
    let matches = command.try_get_matches_from(arguments)?;
    Invocation::from_arg_matches(&matches)
}
