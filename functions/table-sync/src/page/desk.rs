//! What the page shows and does, as a port: the function behind it, and a double in tests.

use std::fmt;

use cloud_store::Version;
use futures_util::future::BoxFuture;
use jiff::Timestamp;
use table_diff::{Class, ClassCounts, Language, ShownCell, Sides};

use crate::page::ticks::Ticks;
use crate::plan_id::PlanId;
use crate::plans::{PlanEntry, WrittenRows};
use crate::progress::Progress;
use crate::undo::UndoDecision;

/// What a call answers.
pub(crate) type Answer<'a, T> = BoxFuture<'a, Result<T, DeskError>>;

/// What the page shows and does.
pub(crate) trait Desk: fmt::Debug + Send + Sync + 'static {
    /// What the two sides are called, and what can be done.
    fn place(&self) -> Place;

    /// All plans, newest first.
    fn plans(&self) -> Answer<'_, Vec<PlanEntry>>;

    /// One plan, with what is said of its structures in `language`.
    fn plan<'a>(&'a self, id: &'a PlanId, language: Language) -> Answer<'a, Plan>;

    /// Rows of the plan's table number `table`, from 0.
    fn rows<'a>(&'a self, id: &'a PlanId, table: usize, wish: &'a RowWish) -> Answer<'a, RowPage>;

    /// The draft of ticks that is kept with the plan, and its version.
    fn draft<'a>(&'a self, id: &'a PlanId) -> Answer<'a, Option<(Vec<u8>, Version)>>;

    /// Keeps a draft if the one that is there is still the one that was `seen`; whether it was.
    fn keep_draft<'a>(
        &'a self,
        id: &'a PlanId,
        content: Vec<u8>,
        seen: Option<Version>,
    ) -> Answer<'a, bool>;

    /// Compares both sides, and answers which plan came of it.
    fn compare<'a>(
        &'a self,
        reverse: bool,
        by: &'a str,
        progress: &'a Progress,
    ) -> Answer<'a, PlanId>;

    /// Writes what was approved.
    fn apply<'a>(
        &'a self,
        id: &'a PlanId,
        approval: &'a Approved,
        progress: &'a Progress,
    ) -> Answer<'a, ()>;

    /// Refuses where the role that writes may not write what is ticked.
    fn check_rights<'a>(&'a self, id: &'a PlanId, ticks: &'a Ticks) -> Answer<'a, ()>;

    /// Brings the old rows back.
    fn undo<'a>(
        &'a self,
        id: &'a PlanId,
        decision: &'a UndoDecision,
        progress: &'a Progress,
    ) -> Answer<'a, ()>;
}

/// What the two sides are called, and what can be done.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) names: Sides<String>,
    /// Whether there is a role that writes the target.
    pub(crate) can_apply: bool,
    /// Whether there is one that writes the source, for reverse plans.
    pub(crate) can_apply_reverse: bool,
}

/// Who did something, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Act {
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// A plan as a person sees it.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) entry: PlanEntry,
    /// Who approved it, and when.
    pub(crate) approved: Option<Act>,
    /// Who undid it, and when.
    pub(crate) undone: Option<Act>,
    /// What people call the side that rows come from, and the side that they go to.
    pub(crate) names: Sides<String>,
    pub(crate) digest: String,
    /// How the migrations of both sides differ, in words; empty where they do not.
    pub(crate) migrations: Vec<String>,
    pub(crate) tables: Vec<PlanTable>,
    /// It is older than a plan may be when it is applied.
    pub(crate) is_too_old: bool,
    /// How writing ended.
    pub(crate) ending: Option<Ending>,
}

/// A table of a plan.
#[derive(Clone, Debug)]
pub(crate) struct PlanTable {
    pub(crate) name: String,
    /// Its rows were not compared.
    pub(crate) is_blocked: bool,
    /// How the structures differ, and why it is blocked.
    pub(crate) differences: Vec<String>,
    pub(crate) counts: ClassCounts,
    pub(crate) source_rows: u64,
    pub(crate) target_rows: u64,
    /// What deletions take along or change in other tables, in words.
    pub(crate) cascades: Vec<String>,
    /// So many deletions that the table's name must be typed.
    pub(crate) needs_name: bool,
    /// What is worse about them than that they are many.
    pub(crate) warning: Option<String>,
}

/// How writing ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ending {
    /// Rows made, changed and deleted by table.
    pub(crate) written: Vec<WrittenRows>,
    /// Why it failed.
    pub(crate) error: Option<String>,
    /// Whether the old rows are kept.
    pub(crate) can_undo: bool,
    /// The digest of the old rows.
    pub(crate) undo: String,
    /// The tables of which an undo deletes so many rows that their names must be typed, with why.
    pub(crate) undo_confirm: Vec<(String, String)>,
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct RowWish {
    pub(crate) class: Option<Class>,
    /// What must be in the key or a cell.
    pub(crate) text: Option<String>,
    /// How many matching rows to pass over.
    pub(crate) skip: u64,
    pub(crate) most: usize,
}

/// Rows of a table.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowPage {
    pub(crate) rows: Vec<Row>,
    /// Whether more match.
    pub(crate) more: bool,
    /// How many match in all, where that is known.
    pub(crate) total: Option<u64>,
}

/// A row that differs.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its number in the table, from 1.
    pub(crate) number: u64,
    pub(crate) class: Class,
    /// The columns of the key with their values.
    pub(crate) key: Vec<(String, String)>,
    /// When the source's row was changed, and the target's, as the servers tell it.
    pub(crate) times: (Option<String>, Option<String>),
    pub(crate) cells: Vec<Cell>,
}

/// A cell before and after; a side is absent where its row is.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    pub(crate) column: String,
    pub(crate) before: Option<ShownCell>,
    pub(crate) after: Option<ShownCell>,
}

/// What a person approved.
#[derive(Clone, Debug)]
pub(crate) struct Approved {
    /// The digest of the plan that was seen.
    pub(crate) digest: String,
    pub(crate) ticks: Ticks,
    /// The tables whose names were typed.
    pub(crate) confirmed: Vec<String>,
    pub(crate) by: String,
}

/// Why something could not be shown or done.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum DeskError {
    /// There is no such plan, or no such table in it.
    #[error("there is no such plan")]
    NotFound,
    /// Somebody else approved the plan.
    #[error("the plan was approved by {} at {}", .0.by, .0.at)]
    Approved(Act),
    /// The target is not as it was seen.
    #[error("{0}")]
    Stale(String),
    /// It is refused.
    #[error("{0}")]
    Refused(String),
    /// It failed; whether that may pass.
    #[error("{words}")]
    Failed { words: String, passing: bool },
}
