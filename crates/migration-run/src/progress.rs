//! How far a file without a transaction got: the last row of the history, and the dirty mark beside it.
//!
//! All of it is SQL that goes into a message; whoever sends it holds the lock, so the last row is its own.

use crate::history::{NewEntry, Outcome};
use crate::job::Job;
use crate::line::Line;
use crate::session::forget;
use crate::unit::Unit;
use crate::wire::{literal, literal_or_null};
use crate::{Place, state};

/// What stands in the row while a statement runs that neither we nor the catalog can tell the end of.
pub(crate) const UNKNOWN_END: &str = "it was begun, and the catalog does not tell whether it ended";

/// What is kept of a file on its way.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress<'a> {
    line: &'a Line<'a>,
    job: &'a Job<'a>,
}

impl<'a> Progress<'a> {
    pub(crate) fn new(line: &'a Line<'a>, job: &'a Job<'a>) -> Self {
        Self { line, job }
    }

    /// Before the first statement has an effect: `next` is to be run.
    pub(crate) fn begin(&self, next: &Unit<'_>) -> String {
        let entry = NewEntry {
            statement: Some(next.first),
            line: Some(next.line),
            error: note(next),
            ..self.entry(Outcome::Begun)
        };
        let names = &self.line.server.names;
        let store = state::store(&names.version, self.job.target, true);
        format!(
            "{store}; {}",
            entry.insert(&names.history, self.line.options)
        )
    }

    /// All before `next` is done, and `next` is about to be begun.
    pub(crate) fn step(&self, next: &Unit<'_>) -> String {
        self.stand_at(next, note(next))
    }

    /// All before `next` is done, and nothing of `next`.
    pub(crate) fn stand(&self, next: &Unit<'_>) -> String {
        self.stand_at(next, None)
    }

    fn stand_at(&self, next: &Unit<'_>, error: Option<&str>) -> String {
        // The files may be others than at its beginning, where a person let it go on.
        let entry = self.entry(Outcome::Begun);
        let set = format!(
            "statement = {}, line = {}, error = {}, execution = {}, checksum = {}, down_checksum = {}",
            next.first,
            next.line,
            literal_or_null(error),
            literal_or_null(self.line.options.execution_id()),
            literal_or_null(entry.checksum),
            literal_or_null(entry.down_checksum),
        );
        self.update(&set)
    }

    /// All is done.
    pub(crate) fn end(&self) -> String {
        let outcome = self.job.outcome().as_str();
        let set = format!(
            "outcome = '{outcome}', statement = NULL, line = NULL, error = NULL, \
             took_ms = (extract(epoch FROM clock_timestamp() - started_at) * 1000)::bigint"
        );
        let names = &self.line.server.names;
        let store = state::store(&names.version, self.job.target, false);
        format!(
            "{}; {store}; {}",
            forget(self.line, self.job),
            self.update(&set)
        )
    }

    /// All is done, and nothing was written down before.
    pub(crate) fn end_at_once(&self) -> String {
        let names = &self.line.server.names;
        let store = state::store(&names.version, self.job.target, false);
        let entry = self.entry(self.job.outcome());
        format!(
            "{}; {store}; {}",
            forget(self.line, self.job),
            entry.insert(&names.history, self.line.options)
        )
    }

    /// It stopped for good at `place`.
    pub(crate) fn stop(&self, place: &Place, unit: &Unit<'_>, words: &str) -> String {
        self.update(&failure(place, unit, words))
    }

    /// It stopped, and nothing of it is left. `words` are kept of what does not pass.
    pub(crate) fn undo(&self, place: &Place, unit: &Unit<'_>, words: Option<&str>) -> String {
        let outcome = Outcome::Failed.as_str();
        let set = match words {
            Some(words) => format!("outcome = '{outcome}', {}", failure(place, unit, words)),
            None => format!("outcome = '{outcome}', error = NULL"),
        };
        let names = &self.line.server.names;
        let store = state::store(&names.version, self.job.before, false);
        format!("{store}; {}", self.update(&set))
    }

    /// It stopped for good before anything was written down.
    pub(crate) fn fail(&self, place: &Place, words: &str) -> String {
        let entry = NewEntry {
            statement: place.statement,
            line: Some(place.line),
            error: Some(words),
            ..self.entry(Outcome::Failed)
        };
        entry.insert(&self.line.server.names.history, self.line.options)
    }

    fn entry(&self, outcome: Outcome) -> NewEntry<'a> {
        NewEntry::of(
            self.job.folder,
            self.job.step.version,
            self.job.step.direction,
            outcome,
        )
    }

    fn update(&self, set: &str) -> String {
        let history = &self.line.server.names.history;
        format!("UPDATE {history} SET {set} WHERE id = (SELECT max(id) FROM {history})")
    }
}

fn failure(place: &Place, unit: &Unit<'_>, words: &str) -> String {
    let line = if place.statement.is_some() {
        place.line
    } else {
        unit.line
    };
    // A transaction of the file's own is run again from its BEGIN.
    format!(
        "statement = {}, line = {line}, error = {}",
        unit.first,
        literal(words)
    )
}

fn note(unit: &Unit<'_>) -> Option<&'static str> {
    (!unit.is_told_by_catalog()).then_some(UNKNOWN_END)
}
