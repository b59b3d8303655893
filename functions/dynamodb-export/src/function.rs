//! The function: its settings, its services, and what it does with an event.

use std::sync::Arc;

use cloud_store::Store;
use function_core::{Clock, Env, Event, Exit, Outcome};
use function_runtime::Function;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use reconcile::{Conclusion, Machine, Request, StartError, Tally};

use crate::FUNCTION;
use crate::aws::{Destination, DynamoDb};
use crate::config::Config;
use crate::error::ExportError;
use crate::job::Ask;
use crate::moment::{Calendar, Moment};
use crate::order::Place;
use crate::plan::Rules;
use crate::select::{Selected, TableName};

/// How many tables are looked at at the same time.
const TABLES_AT_ONCE: usize = 6;

/// How long an invocation reads data files before it leaves the rest to the next tick. Lambda ends it after 15 minutes.
const READING: SignedDuration = SignedDuration::from_mins(8);

/// What the function takes from outside; tests give their own.
#[derive(Clone, Debug)]
pub struct Surroundings {
    /// The settings.
    pub env: Env,
    /// The time.
    pub clock: Clock,
}

/// dynamodb-export, ready for events. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct DynamodbExport {
    pub(crate) config: Arc<Config>,
    pub(crate) rules: Arc<Rules>,
    pub(crate) destination: Arc<Destination>,
    pub(crate) calendar: Arc<Calendar>,
    pub(crate) dynamodb: DynamoDb,
    /// The whole bucket: the service tells keys from its root.
    pub(crate) bucket: Store,
    /// The bucket below `S3_PREFIX`.
    pub(crate) home: Store,
    pub(crate) machine: Machine,
}

impl DynamodbExport {
    /// Reads the settings and opens what they name. Nothing is asked of any service yet.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn from_env(env: &Env) -> Result<Self, StartError> {
        Self::with(Surroundings {
            env: env.clone(),
            clock: Clock::system(),
        })
        .await
    }

    /// The function in given surroundings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub async fn with(surroundings: Surroundings) -> Result<Self, StartError> {
        let Surroundings { env, clock } = surroundings;
        let config = Config::from_env(&env)?;
        let common = &config.common;
        let (bucket, machine) = common.open(FUNCTION, &config.bucket, &env, clock).await?;
        let place = Place {
            bucket: config.bucket.clone(),
            prefix: common.prefix.clone(),
        };
        let home = match common.prefix.as_str() {
            "" => bucket.clone(),
            prefix => bucket.folder(prefix),
        };
        Ok(Self {
            rules: Arc::new(Rules {
                export_type: config.export_type,
                full_every: SignedDuration::from_hours(24 * i64::from(config.full_every_days)),
                attempts: common.attempts,
                timeout: common.timeout,
                place: place.clone(),
                key: config.key.clone(),
                zone: common.time_zone.clone(),
            }),
            destination: Arc::new(Destination {
                place,
                owner: config.bucket_owner.clone(),
                key: config.key.clone(),
            }),
            calendar: Arc::new(Calendar {
                zone: common.time_zone.clone(),
                at: config.export_at,
            }),
            dynamodb: DynamoDb::connect(&env).await,
            config: Arc::new(config),
            bucket,
            home,
            machine,
        })
    }
}

impl Function for DynamodbExport {
    async fn handle(&self, event: Event) -> Outcome {
        // What looks at many tables is large; on the heap it need not be copied from caller to caller.
        let answered = Box::pin(self.at(event.now()).answer(&event)).await;
        answered.unwrap_or_else(|error| Outcome::from_error(&error, error.exit()))
    }
}

impl DynamodbExport {
    /// The same function in an invocation for an event of `time`.
    fn at(&self, time: Timestamp) -> Self {
        Self {
            machine: self.machine.at(time),
            ..self.clone()
        }
    }

    async fn answer(&self, event: &Event) -> Result<Outcome, ExportError> {
        let request = Request::of(event)?;
        if request.drill {
            return Ok(Outcome::Done(vec![self.machine.drill(&event.id).await]));
        }
        let moment = match request.date {
            Some(date) => self.calendar.on(event.time, date)?,
            None => self.calendar.due(event.time)?,
        };
        let only = request.source.as_deref();
        let Selected { tables, faults } = self.config.tables.select(&self.dynamodb, only).await?;
        let deadline = self.machine.clock().now() + READING;
        let looks = stream::iter(tables.clone()).map(|table| {
            let request = &request;
            async move {
                let ask = Ask {
                    moment,
                    force: request.force && !request.tick,
                    deadline,
                };
                self.one(&table, ask, request, event.time).await
            }
        });
        let results: Vec<_> = looks.buffered(TABLES_AT_ONCE).collect().await;
        let mut tally = Tally::default();
        for (entry, error) in faults {
            let exit = error.exit();
            tally.add(&entry, Err(error), exit);
        }
        let mut earlier = Vec::new();
        for (table, looked) in tables.iter().zip(results) {
            earlier.extend(looked.before.map(|result| (table, result)));
            add(&mut tally, table, looked.newest);
        }
        if only.is_none() && request.date.is_none() && !request.dry_run {
            self.gauge(&tables, &mut tally).await;
        }
        // Gauges are of the newest run of each table.
        for (table, result) in earlier {
            add(&mut tally, table, result);
        }
        Ok(tally.into_outcome())
    }

    async fn gauge(&self, tables: &[TableName], tally: &mut Tally) {
        let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
        if let Err(error) = self.machine.gauge(&names, tally.reports()).await {
            let error = ExportError::from(error);
            let exit = error.exit();
            tally.add("gauges", Err(error), exit);
        }
    }

    /// One table: the run of the day before, if it is not over, and then the newest one, which may go on from it.
    async fn one(
        &self,
        table: &TableName,
        ask: Ask,
        request: &Request,
        event: Timestamp,
    ) -> Looked {
        let is_about_now = request.date.is_none() && request.source.is_none() && !request.dry_run;
        let before = if is_about_now {
            self.unfinished(table, ask, event).await.transpose()
        } else {
            None
        };
        let was_begun_before = before.is_some();
        let newest = self.newest(table, ask, request, event, was_begun_before);
        let newest = newest.await;
        match (before, newest) {
            // Nothing newer has begun.
            (Some(before), Ok(None)) => Looked {
                newest: before.map(Some),
                before: None,
            },
            (before, newest) => Looked {
                newest,
                before: before.map(|result| result.map(Some)),
            },
        }
    }

    /// Goes on with the run of the day before, if one has begun that is not over.
    async fn unfinished(
        &self,
        table: &TableName,
        ask: Ask,
        event: Timestamp,
    ) -> Result<Option<Conclusion>, ExportError> {
        let moment = self.calendar.before(event, ask.moment)?;
        let record = self.record(table, moment).await?;
        // What was never ordered is not begun a day late.
        if record.is_none_or(|record| record.settled || record.checkpoint.is_none()) {
            return Ok(None);
        }
        let force = false;
        let ask = Ask {
            moment,
            force,
            ..ask
        };
        self.work(table, ask).await.map(Some)
    }

    /// The newest run; `None` where a tick finds nothing that was begun and may begin nothing.
    async fn newest(
        &self,
        table: &TableName,
        ask: Ask,
        request: &Request,
        event: Timestamp,
        was_before: bool,
    ) -> Result<Option<Conclusion>, ExportError> {
        let mut ask = ask;
        // A fixed time of day tells what is due, so a tick makes good for a nightly event that was lost.
        // A day that is asked for is not what is due.
        if request.tick && (self.calendar.at.is_none() || request.date.is_some()) {
            let may_be_before = request.date.is_none() && !was_before;
            let Some(moment) = self.begun(table, ask.moment, event, may_be_before).await? else {
                return Ok(None);
            };
            ask.moment = moment;
        }
        if request.dry_run {
            let report = self.dry_run(table, ask).await?;
            return Ok(Some(report.into()));
        }
        self.work(table, ask).await.map(Some)
    }

    /// The moment of the day whose run has begun: this one or, for exports that run past midnight, the one before.
    async fn begun(
        &self,
        table: &TableName,
        moment: Moment,
        event: Timestamp,
        may_be_before: bool,
    ) -> Result<Option<Moment>, ExportError> {
        if self.record(table, moment).await?.is_some() {
            return Ok(Some(moment));
        }
        if !may_be_before {
            return Ok(None);
        }
        let before = self.calendar.before(event, moment)?;
        let found = self.record(table, before).await?;
        Ok(found.map(|_| before))
    }
}

/// What came of a table.
struct Looked {
    newest: Result<Option<Conclusion>, ExportError>,
    /// The day before, where its run was not over.
    before: Option<Result<Option<Conclusion>, ExportError>>,
}

fn add(tally: &mut Tally, table: &TableName, result: Result<Option<Conclusion>, ExportError>) {
    let exit = result
        .as_ref()
        .err()
        .map_or(Exit::Failed, ExportError::exit);
    if let Some(result) = result.transpose() {
        tally.add(&table.name, result, exit);
    }
}
