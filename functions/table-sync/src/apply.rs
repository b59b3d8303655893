//! A plan is written, exactly as it was seen, or not at all.

mod application;
pub(crate) mod hanging;
pub(crate) mod locked;
mod rights;
pub(crate) mod settle;
mod staging;
pub(crate) mod undo_file;
pub(crate) mod work;

use function_core::{Retryable as _, chain};
use run_record::Run;
use serde::{Deserialize, Serialize};
use table_diff::plan::Summary;
use table_diff::{
    Chosen, Class, Database, DatabaseError, Identity, Side, StructureDifference, TransactionId,
};

use crate::approval::Approval;
use crate::error::SyncError;
use crate::function::TableSync;
use crate::plan_id::PlanId;
use crate::plans::{Applied, Failed, Kept, object};
use crate::progress::Progress;
use crate::runs;
use application::Application;
use settle::{Settled, Touched, settle};
use work::Work;

/// What is about to be committed, noted before it is: whoever comes after a crash finds out whether it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Pending<T> {
    /// The record that is written once it is committed.
    pub(crate) record: T,
    /// Rows by which to see it, where the engine does not tell.
    pub(crate) touched: Touched,
}

impl TableSync {
    /// Writes what `approval` ticks of the plan `id`, in one transaction.
    ///
    /// Calling it again with the same decision goes on after a crash, and answers what was done where it was done already.
    ///
    /// # Errors
    /// A guard refuses, something is not as it was seen, or a service fails. Nothing is written then, unless the error says that it
    /// [may be](SyncError::may_be_written): the next call finds out.
    pub async fn apply(
        &self,
        id: &str,
        approval: Approval,
        progress: &Progress,
    ) -> Result<Applied, SyncError> {
        let id = Self::plan_id(id)?;
        let kept = self.plans.of(&id);
        if let Some(applied) = self.decided(&kept, &id, &approval).await? {
            return Ok(applied);
        }
        let summary = self.summary_of(&id).await?;
        let mut run = self.claim(runs::Work::Apply, &id, approval.when).await?;
        let hold = run.hold();
        let work = self.apply_claimed(&mut run, &id, &summary, &approval, progress);
        let result = tokio::select! {
            result = Box::pin(work) => result,
            lost = hold.lost() => Err(lost.into()),
        };
        let result = result.map_err(|error| undecided(&run, error));
        progress.end();
        if let Err(error) = &result {
            self.note_failure(&kept, error, &approval.by).await;
        }
        self.end(runs::Work::Apply, run, result).await
    }

    /// What was done already; refuses where somebody else decided before.
    async fn decided(
        &self,
        kept: &Kept,
        id: &PlanId,
        approval: &Approval,
    ) -> Result<Option<Applied>, SyncError> {
        match kept.read::<Approval>(object::APPROVAL).await? {
            Some(first) if first.is_same_decision(approval) => {}
            Some(first) => return Err(approved(id, first)),
            None => return Ok(None),
        }
        kept.read(object::RESULT).await
    }

    async fn apply_claimed(
        &self,
        run: &mut Run,
        id: &PlanId,
        summary: &Summary,
        approval: &Approval,
        progress: &Progress,
    ) -> Result<Applied, SyncError> {
        let kept = self.plans.of(id);
        let ends = self.ends(summary.plan.reverse);
        let database = ends.writer()?;
        if let Some(applied) = self.resume::<Applied>(run, &**database).await? {
            return publish(&kept, object::RESULT, applied).await;
        }
        let plan = self.reader_of(id, summary);
        self.guard(id, summary, approval)?;
        let chosen = approval.selection.check(&plan).await?;
        refuse_deletions(summary, &chosen)?;
        if let Some(first) = kept.create(object::APPROVAL, approval).await?
            && !first.is_same_decision(approval)
        {
            return Err(approved(id, first));
        }
        let application = Application {
            sync: self,
            kept: &kept,
            id,
            summary,
            approval,
            ends: &ends,
            progress,
            chosen: &chosen,
        };
        let (work, pending) = application.prepare(&plan).await?;
        self.commit(run, &**database, work, &pending).await?;
        publish(&kept, object::RESULT, pending.record).await
    }

    /// What holds of a plan before any database is asked.
    fn guard(&self, id: &PlanId, summary: &Summary, approval: &Approval) -> Result<(), SyncError> {
        if approval.digest != summary.digest {
            return Err(SyncError::Digest {
                id: id.to_string(),
                approved: approval.digest.clone(),
                is: summary.digest.clone(),
            });
        }
        let created = summary.plan.created;
        let age = self.config.plan_max_age;
        if self.clock.now().duration_since(created) > age {
            return Err(SyncError::TooOld {
                id: id.to_string(),
                created,
                age: format!("{age:#}"),
            });
        }
        Ok(())
    }

    /// What an attempt before this one committed without living to tell it.
    pub(crate) async fn resume<T: for<'de> Deserialize<'de> + Transacted>(
        &self,
        run: &mut Run,
        database: &dyn Database,
    ) -> Result<Option<T>, SyncError> {
        let Some(checkpoint) = run.record().checkpoint.clone() else {
            return Ok(None);
        };
        let pending: Pending<T> =
            serde_json::from_value(checkpoint).map_err(|source| SyncError::Unreadable {
                object: run.record().run.clone(),
                source,
            })?;
        let transaction = pending.record.transaction();
        match settle(database, &self.limits(), transaction, &pending.touched).await? {
            // The checkpoint stays until the record is there.
            Settled::Committed => Ok(Some(pending.record)),
            Settled::RolledBack => {
                run.change(|record| record.checkpoint = None).await?;
                Ok(None)
            }
        }
    }

    /// Commits, and finds out what became of it where the answer is lost.
    pub(crate) async fn commit<T: Serialize + Transacted>(
        &self,
        run: &mut Run,
        database: &dyn Database,
        work: Work,
        pending: &Pending<T>,
    ) -> Result<(), SyncError> {
        let checkpoint = serde_json::to_value(pending).map_err(|source| SyncError::Unreadable {
            object: run.record().run.clone(),
            source,
        })?;
        run.change(|record| record.checkpoint = Some(checkpoint))
            .await?;
        run.hold().check().await?;
        let Err(error) = work.commit().await else {
            return Ok(());
        };
        tracing::warn!(error = chain(&error), "the commit did not answer");
        let transaction = pending.record.transaction();
        match settle(database, &self.limits(), transaction, &pending.touched).await? {
            Settled::Committed => Ok(()),
            Settled::RolledBack => {
                run.change(|record| record.checkpoint = None).await?;
                Err(rolled_back(error))
            }
        }
    }

    /// Leaves word of why it ended, for the page.
    async fn note_failure(&self, kept: &Kept, error: &SyncError, by: &str) {
        let failed = Failed {
            stale: error.is_stale(),
            error: chain(error),
            by: by.to_owned(),
            when: self.clock.now(),
        };
        if let Err(error) = kept.replace(object::FAILURE, &failed).await {
            tracing::warn!(error = chain(&error), "failure not noted");
        }
    }
}

/// A record that names its transaction.
pub(crate) trait Transacted {
    /// The transaction, where the engine has such a thing.
    fn transaction(&self) -> Option<&TransactionId>;
}

impl Transacted for Applied {
    fn transaction(&self) -> Option<&TransactionId> {
        self.transaction.as_ref()
    }
}

/// Writes the record of what was done. Where it is there, another process found out the same before.
pub(crate) async fn publish<T>(kept: &Kept, name: &str, record: T) -> Result<T, SyncError>
where
    T: Serialize + for<'de> Deserialize<'de>,
{
    let there = kept.create(name, &record).await;
    let there = there.map_err(|error| SyncError::Unrecorded {
        object: kept.folder.url(name),
        source: Box::new(error),
    })?;
    Ok(there.unwrap_or(record))
}

/// An error that leaves it open what became of the commit says so.
pub(crate) fn undecided(run: &Run, error: SyncError) -> SyncError {
    if run.record().checkpoint.is_none() || error.may_be_written() {
        return error;
    }
    SyncError::Undecided {
        source: Box::new(error),
    }
}

fn approved(id: &PlanId, first: Approval) -> SyncError {
    SyncError::Approved {
        id: id.to_string(),
        by: first.by,
        when: first.when,
    }
}

/// Refuses deletions where columns were left out, which no undo could bring back, and where nobody knows what they take along.
fn refuse_deletions(summary: &Summary, chosen: &Chosen) -> Result<(), SyncError> {
    let deleting = chosen
        .counts()
        .filter(|(_, counts)| counts.get(Class::Delete) > 0);
    for (number, _) in deleting {
        let table = &summary.table(number)?.table;
        let mut columns = Vec::new();
        for difference in &table.differences {
            match difference {
                StructureDifference::LeftOut {
                    column,
                    known: true,
                } => columns.push(column.clone()),
                StructureDifference::KeysHidden {
                    side: Side::Target,
                    grant,
                } => {
                    return Err(SyncError::KeysHidden {
                        name: summary.plan.target.name.clone(),
                        table: table.name.clone(),
                        grant: grant.clone(),
                    });
                }
                _ => {}
            }
        }
        if !columns.is_empty() {
            return Err(SyncError::LeftOut {
                table: table.name.clone(),
                columns,
            });
        }
    }
    Ok(())
}

/// What the server itself refused keeps its words; a broken line is only told as such.
fn rolled_back(error: DatabaseError) -> SyncError {
    if error.is_retryable() {
        SyncError::RolledBack
    } else {
        error.into()
    }
}

/// Refuses a database that is not the planned one.
pub(crate) fn refuse_other(
    name: &str,
    planned: &Identity,
    now: &Identity,
) -> Result<(), SyncError> {
    if now.is_same_database(planned) {
        return Ok(());
    }
    let words = |identity: &Identity| format!("{} of {}", identity.database, identity.server);
    Err(SyncError::OtherDatabase {
        name: name.to_owned(),
        planned: words(planned),
        now: words(now),
    })
}
