//! `status`: what is applied, what is pending, and whether `up` would do it.

mod json;
mod text;

use function_core::{Exit, chain};
use migration_folder::{Folder, SumState};
use migration_run::{Allowed, Goal, Status, Step, plan};

use crate::context::Context;
use crate::error::CommandError;

/// What is told.
struct Overview<'a> {
    /// The database, without its password.
    database: &'a str,
    folder: &'a Folder,
    status: &'a Status,
    /// What `up` would run.
    steps: Vec<Step>,
    /// Why `up` would run nothing.
    refusal: Option<String>,
}

/// Tells it. Nothing is written to the database, so a role that may only read can ask.
pub(crate) async fn run(context: &Context, is_json: bool) -> Result<Exit, CommandError> {
    let folder = context.folder()?;
    let database = context.database()?;
    let mut migrator = context.migrator().await?;
    let status = migrator.status(&folder).await?;
    let out_of_order = context.config.out_of_order;
    let overview = Overview::new(database.address.describe(), &folder, &status, out_of_order);
    if is_json {
        context.output.json(&json::of(&overview));
    } else if overview.exit() == Exit::Done {
        context.output.say(&text::of(&overview));
    } else {
        context.output.warn(&text::of(&overview));
    }
    Ok(overview.exit())
}

impl<'a> Overview<'a> {
    fn new(database: &'a str, folder: &'a Folder, status: &'a Status, out_of_order: bool) -> Self {
        let allowed = Allowed {
            out_of_order,
            ..Allowed::default()
        };
        let planned = plan(folder, &status.once_gone_on(), Goal::Latest, allowed);
        let (steps, refusal) = match (folder.sum(), planned) {
            (SumState::Broken { fault, .. }, _) => (Vec::new(), Some(fault.to_string())),
            (_, Ok(steps)) => (steps, None),
            (_, Err(error)) => (Vec::new(), Some(chain(&error))),
        };
        Self {
            database,
            folder,
            status,
            steps,
            refusal,
        }
    }

    /// 0 when all is applied, 3 when something is pending, 4 when `up` would refuse it.
    fn exit(&self) -> Exit {
        if self.refusal.is_some() {
            Exit::Refused
        } else if self.steps.is_empty() && self.status.dirty.is_none() {
            Exit::Done
        } else {
            Exit::Differences
        }
    }
}
