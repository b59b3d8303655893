//! Two databases, a folder for plans, and the function between them.

use std::collections::BTreeMap;

use function_core::{Clock, Env, Trigger};
use jiff::Timestamp;
use table_diff::plan::Summary;
use table_diff::{Class, Selection};
use table_sync::{
    Applied, Approval, DiffRequest, Progress, Surroundings, SyncError, TableSync, UndoDecision,
    Undone,
};
use tempfile::TempDir;

use crate::databases::Databases;

/// When the story begins.
pub(crate) const NOW: &str = "2026-11-22T03:15:00Z";

/// The person who looks.
pub(crate) const PERSON: &str = "hanako@example.com";

/// All that is ticked by whoever wants everything.
pub(crate) const ALL: [Class; 5] = [
    Class::Insert,
    Class::UpdateNew,
    Class::ChangedSameTime,
    Class::TimeUnknown,
    Class::Delete,
];

/// Two databases, a folder for plans, and the function between them.
pub(crate) struct Desk<D> {
    pub(crate) databases: D,
    pub(crate) folder: TempDir,
    settings: BTreeMap<String, String>,
    asked: u32,
}

impl<D: Databases> Desk<D> {
    /// Both sides after `sql`.
    pub(crate) fn of(databases: D, sql: &str) -> Self {
        let desk = Self {
            databases,
            folder: tempfile::tempdir().unwrap(),
            settings: BTreeMap::new(),
            asked: 0,
        }
        .set("TABLES", D::ALL_TABLES);
        desk.both(sql);
        desk
    }

    /// The same with a setting.
    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.settings.insert(name.to_owned(), value.to_owned());
        self
    }

    pub(crate) fn env(&self) -> Env {
        let env = Env::from_iter([
            ("SOURCE_URL", self.databases.source_url()),
            ("TARGET_URL", self.databases.target_url()),
            ("APPLY_URL", self.databases.target_url()),
            ("REVERSE_APPLY_URL", self.databases.source_url()),
            ("PLANS_URL", self.folder.path().display().to_string()),
        ]);
        let settings = self.settings.iter();
        settings.fold(env, |env, (name, value)| env.with(name, value))
    }

    pub(crate) async fn sync(&self) -> TableSync {
        self.sync_at(NOW).await
    }

    pub(crate) async fn sync_at(&self, now: &str) -> TableSync {
        let surroundings = Surroundings {
            env: self.env(),
            clock: Clock::fixed(now.parse().unwrap()),
        };
        TableSync::with(surroundings).await.unwrap()
    }

    pub(crate) fn both(&self, sql: &str) {
        if !sql.is_empty() {
            self.source(sql);
            self.target(sql);
        }
    }

    /// What the source answers.
    pub(crate) fn source(&self, sql: &str) -> String {
        self.databases.source(sql)
    }

    /// What the target answers.
    pub(crate) fn target(&self, sql: &str) -> String {
        self.databases.target(sql)
    }

    /// A trigger that nobody sent before.
    pub(crate) fn trigger(&mut self) -> Trigger {
        self.asked += 1;
        Trigger {
            id: format!("event {}", self.asked),
            time: NOW.parse().unwrap(),
        }
    }

    pub(crate) async fn diff(&mut self) -> Summary {
        self.try_diff().await.unwrap()
    }

    pub(crate) async fn try_diff(&mut self) -> Result<Summary, SyncError> {
        let request = DiffRequest::new(self.trigger());
        self.diff_of(&request).await
    }

    pub(crate) async fn diff_of(&self, request: &DiffRequest) -> Result<Summary, SyncError> {
        let sync = self.sync().await;
        sync.diff(request, PERSON, &Progress::default()).await
    }

    pub(crate) async fn apply(
        &self,
        summary: &Summary,
        classes: &[Class],
    ) -> Result<Applied, SyncError> {
        let approval = approval(summary, classes);
        let sync = self.sync().await;
        sync.apply(&summary.plan.id, approval, &Progress::default())
            .await
    }

    pub(crate) async fn undo(&self, summary: &Summary) -> Result<Undone, SyncError> {
        let sync = self.sync().await;
        let preview = sync.undo_preview(&summary.plan.id).await?;
        let decision = UndoDecision {
            digest: preview.digest,
            confirmed: summary.plan.tables.iter().cloned().collect(),
            by: PERSON.to_owned(),
        };
        sync.undo(&summary.plan.id, &decision, &Progress::default())
            .await
    }

    /// The text of an object of a plan.
    pub(crate) fn object(&self, summary: &Summary, name: &str) -> String {
        let path = self.folder.path().join(&summary.plan.id).join(name);
        std::fs::read_to_string(path).unwrap()
    }
}

/// A decision for `classes` of all tables, with all names typed.
pub(crate) fn approval(summary: &Summary, classes: &[Class]) -> Approval {
    let mut selection = Selection::of_classes(summary, classes);
    selection.confirmed = summary.plan.tables.iter().cloned().collect();
    Approval {
        digest: summary.digest.clone(),
        selection,
        by: PERSON.to_owned(),
        when: now(),
    }
}

pub(crate) fn now() -> Timestamp {
    NOW.parse().unwrap()
}

/// How many rows of each class differ in all tables, such as `insert 1, delete 2`.
pub(crate) fn counts(summary: &Summary) -> String {
    let counts = summary.classes();
    let words = counts.iter().map(|(class, rows)| {
        let class = serde_json::to_value(class).unwrap();
        format!("{} {rows}", class.as_str().unwrap())
    });
    words.collect::<Vec<_>>().join(", ")
}
