//! One restore: from its plan to its end, as far as this invocation's time allows.

use dynamodb_table::Description;
use function_core::{Exit, Report, RunState};
use jiff::Timestamp;

use crate::checkpoint::{Checkpoint, Opened};
use crate::claim::{Claimed, settled};
use crate::config::Verify;
use crate::doubt::Doubt;
use crate::error::RestoreError;
use crate::function::DynamodbRestore;
use crate::identity::Identity;
use crate::keeper::Keeper;
use crate::observe::observe;
use crate::plan::{Limits, Plan, confirmation, plan};
use crate::progress::Stage;
use crate::request::{Ask, Step};
use crate::source::Source;
use crate::tell::{BadEnd, Conclusion};

/// How an opened restore stands.
const OPENED: &str = "opened; its parts write";

/// A restore that is asked for.
pub(crate) struct Job<'a> {
    pub(crate) function: &'a DynamodbRestore,
    pub(crate) ask: &'a Ask,
    pub(crate) source: Source,
    pub(crate) target: Option<Description>,
    pub(crate) identity: Identity,
    pub(crate) deadline: Timestamp,
    /// Whether it is begun anew, whatever was done before.
    pub(crate) force: bool,
}

/// What came of a stage.
pub(crate) enum Stopped {
    /// All of it is done.
    Done,
    /// The deadline came; the words tell how far it is.
    Underway(String),
    /// It can't be verified.
    Bad(BadEnd),
}

impl DynamodbRestore {
    /// Reads what `ask` is about.
    pub(crate) async fn job<'a>(
        &'a self,
        ask: &'a Ask,
        deadline: Timestamp,
    ) -> Result<Job<'a>, RestoreError> {
        self.progress.begin(Stage::Planning, 0, None);
        let source = Source::open(ask, self.home.as_ref(), &self.env).await?;
        let target = self.tables.describe(&ask.table).await?;
        let identity = Identity::of(ask, &source, target.as_ref(), &self.config.time_zone);
        let mut job = Job {
            function: self,
            ask,
            source,
            target,
            identity,
            deadline,
            force: ask.force,
        };
        job.force = job.is_forced().await?;
        Ok(job)
    }
}

impl Job<'_> {
    /// Does what this invocation is to do.
    pub(crate) async fn work(self) -> Result<Conclusion, RestoreError> {
        if self.ask.dry_run {
            return self.only_planned().await;
        }
        match self.ask.step {
            Step::All | Step::Open => Box::pin(self.open()).await,
            Step::Write { part } => self.part(part).await,
            Step::Close => Box::pin(self.close()).await,
        }
    }

    /// What the same request without `dryRun` would do.
    async fn only_planned(&self) -> Result<Conclusion, RestoreError> {
        let record = self.find(&self.identity).await?;
        let record = record.filter(|_| !self.force);
        let before = record.as_ref().and_then(|found| found.checkpoint.as_ref());
        let before = Checkpoint::of(before);
        if let Some(record) = record.filter(|record| record.settled) {
            let mut plan = self.plan(true).await?;
            plan.blockers.clear();
            plan.steps = settled(record).warnings.pop().into_iter().collect();
            return Ok(self.planned(&plan).into());
        }
        let is_begun = before.opened.is_some();
        let mut plan = self.plan(is_begun).await?;
        if is_begun {
            let items = before.share.counts.written;
            if let Doubt::Ask(words) = self.doubt(&before).await? {
                plan.blockers.push(words);
            }
            plan.steps.insert(
                0,
                format!("go on with the restore that was begun; {items} items are written"),
            );
        }
        Ok(self.planned(&plan).into())
    }

    /// The plan; of a restore that is begun, what the table holds is its own.
    async fn plan(&self, is_begun: bool) -> Result<Plan, RestoreError> {
        let (keys, unknown) = match self.exported_keys().await {
            Err(RestoreError::Refused(words)) => (None, Some(words)),
            keys => (keys?, None),
        };
        let tables = &self.function.tables;
        let mut seen = observe(&self.source, self.target.clone(), keys, tables).await?;
        seen.is_begun = is_begun;
        let config = &self.function.config;
        let limits = Limits {
            max_wru: config.max_wru,
            wru_price: config.wru_price,
            import_price: config.import_price,
            keys_max: self.function.keys_max,
        };
        let mut plan = plan(self.ask, &self.source, &seen, limits);
        plan.blockers.extend(unknown);
        Ok(plan)
    }

    fn planned(&self, plan: &Plan) -> Report {
        let run = format!("{}-{}", self.identity.source, self.identity.stamp);
        let mut report = Report::new(run, RunState::Planned);
        report.warnings = [&plan.blockers[..], &plan.warnings[..]].concat();
        report.plan = serde_json::to_value(plan).ok();
        report
    }

    /// Plans and claims the restore; without steps, goes on with all of it.
    async fn open(self) -> Result<Conclusion, RestoreError> {
        let record = self.find(&self.identity).await?;
        let noted = Checkpoint::of(
            record
                .as_ref()
                .and_then(|record| record.checkpoint.as_ref()),
        );
        let is_begun = noted.opened.is_some() && !self.force;
        if self.reads_again(record.as_ref()) {
            return self.read_again().await;
        }
        if let Some(record) = record.filter(|record| record.settled && !self.force) {
            return Ok(settled(record).into());
        }
        if is_begun {
            let doubt = self.doubt(&noted).await?;
            if let Doubt::Ask(words) = doubt {
                return Err(RestoreError::Refused(words));
            }
            let mut keeper = match self.claim(&self.identity, false).await? {
                Claimed::Mine(keeper) => *keeper,
                Claimed::Ended(report) => return Ok((*report).into()),
            };
            self.heed(&mut keeper, &doubt);
            if self.ask.step == Step::Open {
                let mut report = keeper.pause(OPENED.to_owned()).await?;
                report.state = RunState::Planned;
                report.progress = None;
                return Ok(report.into());
            }
            let outcome = self.go_on(&mut keeper).await;
            return self.conclude(keeper, outcome).await;
        }
        self.begin().await
    }

    /// Begins the restore anew: plan, guard, claim.
    async fn begin(self) -> Result<Conclusion, RestoreError> {
        let plan = self.plan(false).await?;
        if !plan.blockers.is_empty() {
            return Err(RestoreError::Refused(plan.blockers.join("; ")));
        }
        let mut keeper = match self.claim(&self.identity, self.force).await? {
            Claimed::Mine(keeper) => *keeper,
            Claimed::Ended(report) => return Ok((*report).into()),
        };
        let outcome = self.begin_with(&mut keeper, &plan).await;
        match (outcome, self.ask.step) {
            (Ok(()), Step::Open) => {
                keeper.pause(OPENED.to_owned()).await?;
                Ok(self.planned(&plan).into())
            }
            (Ok(()), _) => {
                let outcome = self.go_on(&mut keeper).await;
                self.conclude(keeper, outcome).await
            }
            (Err(error @ RestoreError::Refused(_)), _) => {
                keeper.pause("not begun".to_owned()).await?;
                Err(error)
            }
            (Err(error), _) => self.function.stopped(keeper, error).await,
        }
    }

    /// Notes what the plan found. From here on all items in an empty table are of this restore.
    async fn begin_with(&self, keeper: &mut Keeper, plan: &Plan) -> Result<(), RestoreError> {
        let before = keeper.checkpoint.opened.take();
        let began = before.map_or(0, |opened| opened.began) + 1;
        let holds_items = match &self.target {
            Some(target) => self.function.tables.holds_items(target).await?,
            None => false,
        };
        // The plan may have found it empty.
        if let Some(target) = self.target.as_ref().filter(|_| holds_items)
            && let Some(words) = confirmation(self.ask, target)
        {
            return Err(RestoreError::Refused(words));
        }
        self.hold().await?;
        keeper.checkpoint = Checkpoint {
            opened: Some(Opened {
                began,
                time: self.function.clock.now(),
                was_empty: !holds_items,
                table_id: self
                    .target
                    .as_ref()
                    .map_or_else(String::new, |target| target.id.clone()),
                items: plan.items,
            }),
            forced_by: self.ask.execution.clone().filter(|_| self.force),
            ..Checkpoint::default()
        };
        keeper.save().await?;
        let run = &keeper.record().run;
        let steps = plan.steps.join("; ");
        tracing::info!(
            run,
            table = plan.table,
            items = plan.items,
            steps,
            "restore begun"
        );
        for warning in &plan.warnings {
            tracing::warn!(run, warning, "planned");
        }
        Ok(())
    }

    pub(crate) fn target(&self) -> Result<&Description, RestoreError> {
        self.target.as_ref().ok_or_else(|| {
            RestoreError::Refused(format!(
                "there is no table {} in this account and Region",
                self.ask.table
            ))
        })
    }

    /// Ends this invocation's work on a run as it went.
    pub(crate) async fn conclude(
        &self,
        keeper: Keeper,
        outcome: Result<Stopped, RestoreError>,
    ) -> Result<Conclusion, RestoreError> {
        match outcome {
            Ok(Stopped::Done) => self.verified(keeper).await,
            Ok(Stopped::Underway(progress)) => Ok(keeper.pause(progress).await?.into()),
            Ok(Stopped::Bad(end)) => {
                let exit = if end.state == RunState::Incomplete {
                    Exit::Incomplete
                } else {
                    Exit::Failed
                };
                self.function.ended_badly(keeper, end, exit).await
            }
            Err(error) => self.function.stopped(keeper, error).await,
        }
    }

    async fn verified(&self, keeper: Keeper) -> Result<Conclusion, RestoreError> {
        let counts = keeper.checkpoint.share.counts.by_name();
        let deleted = keeper.checkpoint.extras.deleted;
        let manifest = self.source.links.first().map(|link| link.address.clone());
        let mut warnings = [&self.source.warnings[..], &keeper.warnings[..]].concat();
        if self.ask.verify == Verify::Count {
            warnings.push(
                "items were only counted, not compared; send the same request with \"verify\": \"full\" to compare them"
                    .to_owned(),
            );
        }
        let report = keeper.end(true, |record| {
            record.state = RunState::Verified;
            record.manifest = manifest;
            record.counts = counts;
            if deleted > 0 {
                record.counts.insert("extrasDeleted".to_owned(), deleted);
            }
            record.warnings = warnings;
            record.told = None;
        });
        Ok(report.await?.into())
    }
}
