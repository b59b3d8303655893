//! A stand-in for the function: one plan, whose ends are scripted.

use std::sync::{Mutex, MutexGuard};

use cloud_store::Version;
use futures_util::future::ready;
use table_diff::{Language, TableName};
use tokio::sync::Semaphore;

use super::sample::{self, ID, ITEM_ROWS};
use crate::page::desk::{
    Act, Answer, Approved, Desk, DeskError, Ending, Place, Plan, Row, RowPage, RowWish,
};
use crate::page::ticks::Ticks;
use crate::plan_id::PlanId;
use crate::plans::{PlanEntry, PlanState, WrittenRows};
use crate::progress::{Progress, SyncStage};
use crate::undo::UndoDecision;

/// One plan, whose ends are scripted.
#[derive(Debug)]
pub(super) struct Double {
    plan: Mutex<Plan>,
    draft: Mutex<Option<(Vec<u8>, u64)>>,
    /// Another window that ticks between reading and writing, so many times.
    pub(super) meddling: Mutex<u32>,
    /// How the next task ends; it waits for a permit.
    pub(super) end: Mutex<Result<(), DeskError>>,
    pub(super) gate: Semaphore,
    /// Whether the role that writes may write what is ticked.
    pub(super) rights: Mutex<Result<(), DeskError>>,
    /// What was approved.
    pub(super) approved: Mutex<Option<Approved>>,
    /// What was decided about an undo.
    pub(super) undone: Mutex<Option<UndoDecision>>,
    /// The text of every name and value.
    word: String,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

pub(super) fn hana() -> Act {
    Act {
        by: "hana@example.jp".to_owned(),
        at: sample::time(),
    }
}

impl Default for Double {
    fn default() -> Self {
        Self::with_word("value")
    }
}

impl Double {
    /// A plan in which every name and value has `word` in it.
    pub(super) fn with_word(word: &str) -> Self {
        Self {
            plan: Mutex::new(sample::plan(word)),
            draft: Mutex::default(),
            meddling: Mutex::default(),
            end: Mutex::new(Ok(())),
            gate: Semaphore::new(1000),
            rights: Mutex::new(Ok(())),
            approved: Mutex::default(),
            undone: Mutex::default(),
            word: word.to_owned(),
        }
    }

    pub(super) fn change(&self, change: impl FnOnce(&mut Plan)) {
        change(&mut lock(&self.plan));
    }

    /// The plan as it is after it was approved by Hana.
    pub(super) fn decide(&self, state: PlanState) {
        self.change(|plan| {
            plan.entry.state = state;
            plan.approved = Some(hana());
            plan.ending = Some(Ending {
                written: vec![WrittenRows {
                    table: TableName {
                        schema: "public".to_owned(),
                        name: "item".to_owned(),
                    },
                    inserted: 249,
                    updated: 3,
                    deleted: 0,
                }],
                error: (state == PlanState::Failed).then(|| "the line broke".to_owned()),
                can_undo: true,
                undo: "sha256:the old rows".to_owned(),
                undo_confirm: Vec::new(),
            });
            if state == PlanState::Undone {
                plan.undone = Some(hana());
            }
        });
    }

    pub(super) fn kept(&self) -> String {
        let draft = lock(&self.draft);
        let content = draft.as_ref().map(|(content, _)| content.clone());
        String::from_utf8(content.unwrap_or_default()).unwrap()
    }

    async fn task(&self, progress: &Progress) -> Result<(), DeskError> {
        progress.begin(SyncStage::Writing, 120, 1000);
        self.gate.acquire().await.unwrap().forget();
        lock(&self.end).clone()
    }
}

impl Desk for Double {
    fn place(&self) -> Place {
        Place {
            names: sample::names(),
            can_apply: true,
            can_apply_reverse: false,
        }
    }

    fn plans(&self) -> Answer<'_, Vec<PlanEntry>> {
        Box::pin(ready(Ok(vec![lock(&self.plan).entry.clone()])))
    }

    fn plan<'a>(&'a self, id: &'a PlanId, _: Language) -> Answer<'a, Plan> {
        let plan = lock(&self.plan).clone();
        let found = (plan.entry.id == *id).then_some(plan);
        Box::pin(ready(found.ok_or(DeskError::NotFound)))
    }

    fn rows<'a>(&'a self, _: &'a PlanId, _: usize, wish: &'a RowWish) -> Answer<'a, RowPage> {
        let mut rows: Vec<Row> = Vec::new();
        for (class, count) in ITEM_ROWS {
            for _ in 0..count {
                rows.push(sample::row(class, rows.len() as u64 + 1, &self.word));
            }
        }
        rows.retain(|row| wish.class.is_none_or(|class| row.class == class));
        if let Some(text) = &wish.text {
            rows.retain(|row| row.key[0].1.contains(text));
        }
        let total = rows.len() as u64;
        let rows: Vec<Row> = rows
            .into_iter()
            .skip(usize::try_from(wish.skip).unwrap())
            .collect();
        let more = rows.len() > wish.most;
        Box::pin(ready(Ok(RowPage {
            rows: rows.into_iter().take(wish.most).collect(),
            more,
            total: Some(total),
        })))
    }

    fn draft<'a>(&'a self, _: &'a PlanId) -> Answer<'a, Option<(Vec<u8>, Version)>> {
        let draft = lock(&self.draft).clone();
        let draft = draft.map(|(content, version)| (content, Version(version.to_string())));
        Box::pin(ready(Ok(draft)))
    }

    fn keep_draft<'a>(
        &'a self,
        _: &'a PlanId,
        content: Vec<u8>,
        seen: Option<Version>,
    ) -> Answer<'a, bool> {
        let mut draft = lock(&self.draft);
        let mut meddling = lock(&self.meddling);
        if *meddling > 0 {
            *meddling -= 1;
            return Box::pin(ready(Ok(false)));
        }
        let there = draft.as_ref().map(|(_, version)| version.to_string());
        let is_as_seen = there == seen.map(|version| version.0);
        if is_as_seen {
            let version = draft.as_ref().map_or(1, |(_, version)| version + 1);
            *draft = Some((content, version));
        }
        Box::pin(ready(Ok(is_as_seen)))
    }

    fn compare<'a>(&'a self, _: bool, _: &'a str, progress: &'a Progress) -> Answer<'a, PlanId> {
        Box::pin(async {
            self.task(progress).await?;
            Ok(ID.parse().unwrap())
        })
    }

    fn apply<'a>(
        &'a self,
        _: &'a PlanId,
        approved: &'a Approved,
        progress: &'a Progress,
    ) -> Answer<'a, ()> {
        Box::pin(async {
            *lock(&self.approved) = Some(approved.clone());
            self.task(progress).await?;
            self.decide(PlanState::Applied);
            Ok(())
        })
    }

    fn check_rights<'a>(&'a self, _: &'a PlanId, _: &'a Ticks) -> Answer<'a, ()> {
        Box::pin(ready(lock(&self.rights).clone()))
    }

    fn undo<'a>(
        &'a self,
        _: &'a PlanId,
        decision: &'a UndoDecision,
        progress: &'a Progress,
    ) -> Answer<'a, ()> {
        Box::pin(async {
            *lock(&self.undone) = Some(decision.clone());
            self.task(progress).await?;
            self.decide(PlanState::Undone);
            Ok(())
        })
    }
}
