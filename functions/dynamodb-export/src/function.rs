//! The function: its settings, its services, and what it does with an event.

use std::sync::Arc;

use cloud_store::Store;
use function_core::{Env, Event, Outcome};
use function_runtime::Function;
use futures_util::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use reconcile::{Conclusion, Machine, Request, StartError, Surroundings, Tally};

use crate::FUNCTION;
use crate::aws::{Destination, DynamoDb};
use crate::config::Config;
use crate::error::ExportError;
use crate::job::Ask;
use crate::moment::Calendar;
use crate::order::Place;
use crate::plan::Rules;
use crate::select::{Selected, TableName};

/// How many tables are looked at at the same time.
const TABLES_AT_ONCE: usize = 6;

/// How long an invocation reads data files before it leaves the rest to the next tick. Lambda ends it after 15 minutes.
const READING: SignedDuration = SignedDuration::from_mins(8);

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
        Self::with(Surroundings::of_process(env)).await
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
                self.look(&table, ask, request, event.time).await
            }
        });
        let results: Vec<_> = looks.buffered(TABLES_AT_ONCE).collect().await;
        let mut tally = Tally::default();
        for (entry, error) in faults {
            tally.fail(&entry, &error, error.exit());
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
            tally.fail("gauges", &error, error.exit());
        }
    }
}

fn add(tally: &mut Tally, table: &TableName, result: Result<Option<Conclusion>, ExportError>) {
    match result {
        Ok(conclusion) => conclusion
            .into_iter()
            .for_each(|conclusion| tally.add(conclusion)),
        Err(error) => tally.fail(&table.name, &error, error.exit()),
    }
}
