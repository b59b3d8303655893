//! Putting right what only a person can judge.

use migration_folder::{Direction, Folder, Version};

use crate::assess::assess;
use crate::history::{NewEntry, Outcome};
use crate::resume::At;
use crate::state::{self, State};
use crate::{Dirty, FileDone, Migrator, PlanError, RunError, Status, lock};

/// What is put right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// The file that stopped half-way goes on with the statement that it stopped at, whatever spoke against that.
    Resume,
    /// The same after that statement, which is done.
    Skip,
    /// The database is at this version, or at none; nothing is run.
    SetTo(Option<Version>),
    /// The files of this version are as they shall be, or shall not be there.
    Accept(Version),
}

/// What was found, and what was done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repaired {
    /// What was found half-way.
    pub found: Option<Dirty>,
    /// The file that was gone on with.
    pub resumed: Option<FileDone>,
    /// The versions that count as applied now and did not before.
    pub applied: Vec<Version>,
    /// The versions that do not count as applied any more.
    pub reverted: Vec<Version>,
    /// The version that the database is at now.
    pub version: Option<Version>,
}

impl Migrator {
    /// Puts right what `repair` says, under the lock.
    ///
    /// # Errors
    /// There is nothing to go on with, or the version is unknown; and what [`Migrator::run`] meets.
    pub async fn repair(&mut self, folder: &Folder, repair: Repair) -> Result<Repaired, RunError> {
        let done = match self.lock().await {
            Ok(state) => self.repair_locked(folder, repair, state).await,
            Err(error) => Err(error),
        };
        lock::unlock(&self.server.session).await;
        done
    }

    async fn repair_locked(
        &mut self,
        folder: &Folder,
        repair: Repair,
        state: State,
    ) -> Result<Repaired, RunError> {
        let status = assess(folder, &state);
        let mut done = Repaired {
            found: status.dirty.clone(),
            resumed: None,
            applied: Vec::new(),
            reverted: Vec::new(),
            version: status.version,
        };
        match repair {
            Repair::Resume => {
                self.go_on(folder, &state, &status, At::Again, &mut done)
                    .await?;
            }
            Repair::Skip => {
                self.go_on(folder, &state, &status, At::Skip, &mut done)
                    .await?;
            }
            Repair::SetTo(version) => self.set_to(folder, &status, version, &mut done).await?,
            Repair::Accept(version) => self.accept(folder, &status, version).await?,
        }
        Ok(done)
    }

    async fn go_on(
        &mut self,
        folder: &Folder,
        state: &State,
        status: &Status,
        at: At,
        done: &mut Repaired,
    ) -> Result<(), RunError> {
        let Some(dirty) = &status.dirty else {
            return Err(PlanError::NothingToRepair.into());
        };
        let Some(stopped) = &dirty.stopped else {
            return Err(PlanError::dirty(dirty).into());
        };
        // Where the catalog can tell, it is asked all the same.
        let at = if at == At::Again && stopped.hindrance.is_none() {
            At::Ask
        } else {
            at
        };
        done.resumed = Some(self.resume(folder, state, stopped, at).await?);
        done.version = State::read(&self.server).await?.version;
        Ok(())
    }

    async fn set_to(
        &mut self,
        folder: &Folder,
        status: &Status,
        version: Option<Version>,
        done: &mut Repaired,
    ) -> Result<(), RunError> {
        if let Some(version) = version
            && folder.migration(version).is_none()
        {
            let newest = folder.newest();
            return Err(PlanError::Unknown { version, newest }.into());
        }
        self.prepare(folder, status, true).await?;
        let is_applied = |version: &Version| {
            status
                .applied
                .iter()
                .any(|applied| applied.version == *version)
        };
        let (names, options) = (&self.server.names, &self.options);
        let below = folder
            .migrations()
            .keys()
            .copied()
            .filter(|one| Some(*one) <= version);
        done.applied = below.filter(|one| !is_applied(one)).collect();
        done.reverted = status
            .applied
            .iter()
            .map(|applied| applied.version)
            .filter(|one| Some(*one) > version)
            .collect();
        let mut sql = vec![
            state::store(&names.version, version, false),
            format!(
                "UPDATE {} SET outcome = 'failed' WHERE outcome = 'begun'",
                names.history
            ),
        ];
        for (versions, direction) in [
            (&done.applied, Direction::Up),
            (&done.reverted, Direction::Down),
        ] {
            let entries = versions
                .iter()
                .map(|version| NewEntry::of(folder, *version, direction, Outcome::Repaired));
            sql.extend(entries.map(|entry| entry.insert(&names.history, options)));
        }
        self.write(&sql.join("; ")).await?;
        done.version = version;
        Ok(())
    }

    async fn accept(
        &mut self,
        folder: &Folder,
        status: &Status,
        version: Version,
    ) -> Result<(), RunError> {
        let is_applied = status
            .applied
            .iter()
            .any(|applied| applied.version == version);
        if !is_applied && status.version != Some(version) {
            return Err(PlanError::NotApplied { version }.into());
        }
        self.prepare(folder, status, true).await?;
        let entry = NewEntry::of(folder, version, Direction::Up, Outcome::Repaired);
        self.write(&entry.insert(&self.server.names.history, &self.options))
            .await
    }

    /// Says that everything up to `version` is applied already, in a database that no tool has kept a version in.
    ///
    /// # Errors
    /// A version is kept already, or the folder does not have this one.
    pub async fn baseline(
        &mut self,
        folder: &Folder,
        version: Version,
    ) -> Result<Vec<Version>, RunError> {
        let done = match self.lock().await {
            Ok(state) => self.baseline_locked(folder, version, &state).await,
            Err(error) => Err(error),
        };
        lock::unlock(&self.server.session).await;
        done
    }

    async fn baseline_locked(
        &mut self,
        folder: &Folder,
        version: Version,
        state: &State,
    ) -> Result<Vec<Version>, RunError> {
        if folder.migration(version).is_none() {
            let newest = folder.newest();
            return Err(PlanError::Unknown { version, newest }.into());
        }
        if state.version.is_some() || state.dirty {
            return Err(PlanError::NotFresh {
                version: state.version,
            }
            .into());
        }
        self.prepare(folder, &assess(folder, state), true).await?;
        let versions: Vec<_> = folder
            .migrations()
            .keys()
            .copied()
            .filter(|one| *one <= version)
            .collect();
        let mut sql = vec![state::store(
            &self.server.names.version,
            Some(version),
            false,
        )];
        sql.extend(versions.iter().map(|version| {
            let entry = NewEntry::of(folder, *version, Direction::Up, Outcome::Baseline);
            entry.insert(&self.server.names.history, &self.options)
        }));
        self.write(&sql.join("; ")).await?;
        Ok(versions)
    }
}
