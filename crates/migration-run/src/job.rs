//! A file that is to be run.

use migration_folder::{Direction, Folder, Version};
use migration_sql::{Mode, Script, SqlError, Statement};

use crate::history::Outcome;
use crate::unit::{Unit, units};
use crate::{RunError, Status, Step};

/// A file that is to be run.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    pub(crate) folder: &'a Folder,
    pub(crate) step: Step,
    pub(crate) title: &'a str,
    /// The file's name.
    pub(crate) file: String,
    pub(crate) body: Body<'a>,
    /// What is stored before it is run.
    pub(crate) before: Option<Version>,
    /// What is stored afterwards.
    pub(crate) target: Option<Version>,
}

/// What a file does.
#[derive(Debug)]
pub(crate) enum Body<'a> {
    /// All in one transaction.
    Transaction(Vec<Statement<'a>>),
    /// One after another.
    Units(Vec<Unit<'a>>),
}

/// The files of `steps`, all of them read before any is run.
pub(crate) fn jobs<'a>(
    folder: &'a Folder,
    status: &Status,
    steps: &[Step],
) -> Result<Vec<Job<'a>>, RunError> {
    let mut applied: Vec<_> = status
        .applied
        .iter()
        .map(|migration| migration.version)
        .collect();
    let mut jobs = Vec::with_capacity(steps.len());
    let mut before = status.version;
    for step in steps {
        let target = target(&applied, *step);
        jobs.push(Job::read(folder, *step, before, target)?);
        match step.direction {
            Direction::Up => applied.push(step.version),
            Direction::Down => applied.retain(|version| *version != step.version),
        }
        before = target;
    }
    Ok(jobs)
}

/// What is stored after `step`, where `applied` was applied before: the highest that is applied then.
pub(crate) fn target(applied: &[Version], step: Step) -> Option<Version> {
    let highest = applied
        .iter()
        .copied()
        .filter(|version| *version != step.version)
        .max();
    match step.direction {
        Direction::Up => highest.max(Some(step.version)),
        Direction::Down => highest,
    }
}

/// The script of a file's text, where it is one that can be run.
///
/// # Errors
/// It can't: why [`Migrator::run`](crate::Migrator::run) refuses the file before it runs any.
pub fn runnable(text: &str) -> Result<Script<'_>, SqlError> {
    let script = Script::read(text)?;
    body(&script)?;
    Ok(script)
}

fn body<'a>(script: &Script<'a>) -> Result<Body<'a>, SqlError> {
    Ok(match script.mode {
        Mode::NoTransaction(_) => Body::Units(units(&script.statements)?),
        Mode::Transaction | Mode::Enclosed => Body::Transaction(script.statements.clone()),
    })
}

impl<'a> Job<'a> {
    /// A half that is not there is a file that does nothing, as with golang-migrate.
    pub(crate) fn read(
        folder: &'a Folder,
        step: Step,
        before: Option<Version>,
        target: Option<Version>,
    ) -> Result<Self, RunError> {
        let migration = folder.migration(step.version);
        let title = migration.map_or("", |migration| migration.title.as_str());
        let file = migration.and_then(|migration| migration.file(step.direction));
        let name = || format!("{}_{title}.{}.sql", step.version, step.direction);
        let name = file.map_or_else(name, |file| file.name().to_owned());
        let text = file.map_or(Ok(""), |file| file.text())?;
        let body = Script::read(text).and_then(|script| body(&script));
        let body = body.map_err(|source| RunError::Sql {
            file: name.clone(),
            source,
        })?;
        Ok(Self {
            folder,
            step,
            title,
            file: name,
            body,
            before,
            target,
        })
    }

    /// Its statements, in order.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &Statement<'a>> {
        let (whole, units) = match &self.body {
            Body::Transaction(statements) => (&statements[..], &[][..]),
            Body::Units(units) => (&[][..], &units[..]),
        };
        let of_units = units.iter().flat_map(|unit| &unit.statements);
        whole.iter().chain(of_units)
    }

    /// What the history says when it is done.
    pub(crate) fn outcome(&self) -> Outcome {
        match self.step.direction {
            Direction::Up => Outcome::Applied,
            Direction::Down => Outcome::Reverted,
        }
    }
}
