//! The configs brought in order: observe, plan, apply, under a lease.

use std::collections::{BTreeMap, BTreeSet};

use function_core::{Report, RunState};
use run_record::Hold;

use crate::apply::apply;
use crate::error::TransferError;
use crate::exports::{Known, KnownExport};
use crate::function::BigqueryTransfer;
use crate::observe::observe;
use crate::place::ExportPlace;
use crate::plan::{Goal, Plan, PlanError, plan};
use crate::tables::{Choice, Wanted, WantedTable};
use crate::transfer_config::{ConfigName, Schedule};

/// The configs in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reconciled {
    /// The config of each wanted table, by the table's key.
    pub(crate) configs: BTreeMap<String, ConfigName>,
    /// The keys of wanted tables that the export does not have.
    pub(crate) missing: Vec<String>,
    /// Where the dataset is, for jobs.
    pub(crate) location: String,
    /// Write requests that were carried out.
    pub(crate) written: u64,
    /// All requests that were sent.
    pub(crate) requests: u64,
    /// What a person should know.
    pub(crate) warnings: Vec<String>,
}

/// What is to be done, looked at and not yet done.
#[derive(Clone, Debug)]
pub(crate) struct Prospect {
    pub(crate) wanted: Wanted,
    pub(crate) plan: Plan,
}

impl BigqueryTransfer {
    /// Brings dataset, tables and configs in order for the export of `source` at `place`, which has the tables `exported`; `force`
    /// writes the params of every config again, keys and all.
    ///
    /// # Errors
    /// Another process is at it, a person must decide something, or a service refused.
    pub(crate) async fn reconcile(
        &self,
        source: &str,
        exported: &[WantedTable],
        place: &ExportPlace,
        force: bool,
    ) -> Result<Reconciled, TransferError> {
        let export = KnownExport::told(source, place.clone(), exported.to_vec());
        let (run, mut known) = self.claim_order().await?;
        let result = Box::pin(self.put_in_order(&mut known, export, force, &run.hold())).await;
        self.give_back(run, Some(&known), result).await
    }

    /// Brings all in order that is known: for each export that was told of, else for the one that the settings describe.
    ///
    /// # Errors
    /// Those of [`BigqueryTransfer::reconcile`], or no export is known.
    pub(crate) async fn reconcile_known(&self, force: bool) -> Result<Vec<Report>, TransferError> {
        let (run, mut known) = self.claim_order().await?;
        let result = Box::pin(self.put_all_in_order(&mut known, force, &run.hold())).await;
        self.give_back(run, Some(&known), result).await
    }

    async fn put_all_in_order(
        &self,
        known: &mut Known,
        force: bool,
        hold: &Hold,
    ) -> Result<Vec<Report>, TransferError> {
        let mut reports = Vec::new();
        for export in self.exports(known)? {
            let reconciled = self.put_in_order(known, export, force, hold).await?;
            reports.push(reconciled.into_report(&self.order_name()));
        }
        Ok(reports)
    }

    async fn put_in_order(
        &self,
        known: &mut Known,
        export: KnownExport,
        force: bool,
        hold: &Hold,
    ) -> Result<Reconciled, TransferError> {
        let before = self.bigquery.requests();
        let Prospect { wanted, plan } = self.prospect(known, &export, force).await?;
        // From here on configs may read this export. One that is refused is not kept, so that nobody goes on with it.
        known.learn(export, &wanted);
        let account = self.config.service_account.as_deref();
        let applied = apply(&self.bigquery, account, &plan, hold).await?;
        hold.check().await?;
        tracing::info!(
            configs = applied.configs.len(),
            written = applied.written,
            "configs in order"
        );
        Ok(Reconciled {
            warnings: plan.warnings(),
            configs: applied.configs,
            missing: wanted.missing,
            location: plan.location,
            written: applied.written,
            requests: self.bigquery.requests() - before,
        })
    }

    /// Looks, and plans for `export` beside all that is `known`.
    pub(crate) async fn prospect(
        &self,
        known: &Known,
        export: &KnownExport,
        force: bool,
    ) -> Result<Prospect, TransferError> {
        let wanted = self.wanted(known, export).await?;
        let config = &self.config;
        let observed = observe(&self.bigquery, &config.location).await?;
        let goal = Goal {
            wanted: &wanted,
            place: &export.place,
            stack: &config.stack,
            dataset: &config.dataset,
            location: &config.location,
            schedule: match &config.schedule {
                Some(words) => Schedule::At(words.clone()),
                None => Schedule::Manual,
            },
            topic: config.notification_topic.as_deref(),
            access_key_id: config.keys.id.expose(),
            unwanted: config.unwanted,
            time_zone: &config.time_zone,
            force,
        };
        let plan = plan(&goal, &observed)?;
        Ok(Prospect { wanted, plan })
    }

    /// The tables of `export` that get a config.
    async fn wanted(&self, known: &Known, export: &KnownExport) -> Result<Wanted, TransferError> {
        let listed = self.list().await?;
        let config = &self.config;
        let source = export.source.as_deref();
        let (had, others) = known.databases(source);
        let choice = Choice {
            exported: export.tables_if_told(),
            had: &had,
            others: &others,
            listed: listed.as_deref(),
            database: config.database.as_deref(),
            engine: export.place.engine,
            include: &config.include,
            exclude: &config.exclude,
        };
        let wanted = choice.choose().map_err(|fault| TransferError::List {
            address: config.target_tables.clone().unwrap_or_default(),
            faults: vec![fault],
        })?;
        if let Some((other, database)) = known.rival(source, &wanted) {
            return Err(TransferError::Plan(PlanError::Sources {
                database,
                source_name: source.unwrap_or_default().to_owned(),
                other: other.to_owned(),
                record: self.order_url(),
            }));
        }
        Ok(wanted)
    }

    /// The exports that there may be configs for.
    pub(crate) fn exports(&self, known: &Known) -> Result<Vec<KnownExport>, TransferError> {
        if !known.exports.is_empty() {
            return Ok(known.exports.clone());
        }
        let date = self
            .clock
            .now()
            .to_zoned(self.config.time_zone.clone())
            .date();
        let (Some(bucket), Some(prefix), Some(_)) = (
            &self.config.bucket,
            &self.config.prefix,
            &self.config.target_tables,
        ) else {
            return Err(TransferError::NoExport);
        };
        let day = date.strftime("%Y%m%d").to_string();
        Ok(vec![KnownExport {
            source: None,
            place: ExportPlace {
                bucket: bucket.clone(),
                prefix: prefix.replace("{date}", &day),
                engine: self.config.engine,
                logical_date: date,
            },
            tables: None,
            databases: BTreeSet::new(),
        }])
    }
}

impl Reconciled {
    /// The result as the report of a reconcile alone.
    fn into_report(self, name: &str) -> Report {
        let mut report = Report::new(name, RunState::Verified)
            .count("configs", self.configs.len() as u64)
            .count("written", self.written)
            .count("requests", self.requests);
        report.warnings = self.warnings;
        report
    }
}
