//! From a request to a plan: what is asked for, opened; the backup looked through; the plan made.

use std::collections::HashSet;

use function_core::{Stamp, Trigger, sha256_hex};
use kintone_client::Client;
use kintone_format::FilePlace;
use serde_json::json;

use crate::begun::{Asked, Note};
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::held::{Held, Looking};
use crate::missing::{Sought, knowledge, sought};
use crate::observe::{Target, observe};
use crate::plan::{Basis, Plan};
use crate::pointers::Pins;
use crate::progress::Stage;
use crate::references::References;
use crate::request::{Mode, Restore};
use crate::room::{BulkCount, most_records};
use crate::rules::Rules;
use crate::source::{Origin, Slot, Source};
use crate::standing::Past;
use crate::survey::{Survey, Surveyor};

/// Records after which other work gets its turn.
const TURN: u64 = 1_000;

/// A restore that is asked for, with what it names opened.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) restore: Restore,
    pub(crate) client: Client,
    /// The app as it was when this was opened.
    pub(crate) target: Target,
    pub(crate) source: Source,
    pub(crate) origin: Origin,
    /// What the run's id starts with.
    pub(crate) name: String,
    /// The run's trigger: made of what is asked for, so that asking again goes on with the same run.
    pub(crate) trigger: Trigger,
    /// What is restored before this by the same message.
    pub(crate) before: Vec<Earlier>,
    pub(crate) drill: Option<Drill>,
    /// Where to note that it is begun, where the message does not name one certain backup.
    pub(crate) note: Option<Note>,
}

/// A restore that comes before another.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    pub(crate) app: u64,
    pub(crate) source: Source,
}

/// What a drill is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Drill {
    /// Whether the app's name says that it is scratch: whatever is in it may be deleted.
    pub(crate) is_named_scratch: bool,
}

/// A plan with what it was made from.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) plan: Plan,
    pub(crate) history: bool,
    /// The maps that it goes by; not those that the same message is going to write before.
    pub(crate) pins: Pins,
}

impl Job {
    /// Opens what `asked` names.
    ///
    /// # Errors
    /// The app may not be written to, or there is no such backup.
    pub(crate) async fn open(
        function: &KintoneRestore,
        asked: Asked,
    ) -> Result<Self, RestoreError> {
        let Asked {
            restore,
            before,
            drill,
        } = asked;
        let app = restore.target();
        let client = function.client(app)?;
        // All of it at once, though a source needs but the form: to ask for the rest later would be one more wait.
        let target = observe(&client, app).await?;
        let (source, origin) = Source::open(function, &restore, &target.fields).await?;
        let name = match (drill, &origin.app) {
            (Some(_), Some((_, source))) => format!("drill-{}", function.target_name(*source)),
            _ => function.target_name(app),
        };
        let trigger = Trigger {
            id: identity(function, &restore, &origin, drill.is_some()),
            time: origin.moment,
        };
        Ok(Self {
            restore,
            client,
            target,
            source,
            origin,
            name,
            trigger,
            before,
            drill,
            note: None,
        })
    }

    pub(crate) fn app(&self) -> u64 {
        self.restore.target()
    }

    /// Whether the same message restores into `app` before.
    pub(crate) fn is_before(&self, app: u64) -> bool {
        self.before.iter().any(|earlier| earlier.app == app)
    }

    pub(crate) fn stamp(&self) -> &Stamp {
        &self.origin.stamp
    }

    /// Whether rows are written with their ids, so that what the source does not have of them stays: where the
    /// app may be the one that was saved. Kintone takes an unknown id for a new row.
    pub(crate) fn keeps_rows(&self, function: &KintoneRestore) -> bool {
        let here = (function.config.kintone.host().to_owned(), self.app());
        let is_same_app = self.origin.app.as_ref().is_none_or(|saved| *saved == here);
        self.restore.mode() != Mode::Insert && is_same_app
    }
}

/// The first 16 hexadecimal digits of the SHA-256 of all that makes this restore another than others.
fn identity(
    function: &KintoneRestore,
    restore: &Restore,
    origin: &Origin,
    is_drill: bool,
) -> String {
    let essence = json!({
        "source": origin.address,
        "content": origin.identity,
        "host": function.config.kintone.host(),
        "app": restore.target(),
        "mode": restore.mode(),
        "key": restore.key,
        "references": restore.references,
        "encoding": restore.encoding,
        "attachments": restore.attachments,
        "drill": is_drill,
    });
    sha256_hex(essence.to_string().as_bytes())[..16].to_owned()
}

impl KintoneRestore {
    /// Looks through the backup, and makes the plan; writes nothing. The maps of its past are not looked for anew.
    pub(crate) async fn prepare(&self, job: &Job, past: &Past) -> Result<Prepared, RestoreError> {
        let target = &job.target;
        let history = job.restore.mode() == Mode::Insert && target.rights.manage == Some(true);
        let rules = Rules::new(
            job.source.fields(),
            &target.fields,
            history,
            job.source.has_files(),
        );
        let pointers = self.pointers(job, &target.fields, &past.pins).await?;
        let mut pins = pointers.pins;
        let former = self.former(job, &mut pins).await?;
        pins.retain(|app, _| !job.is_before(*app));
        let mut references = pointers.references;
        self.foresee(job, &target.fields, &mut references).await?;
        let app = job.app();
        // What this very message restores is not there yet, and a number that is rewritten is that of a record.
        let sought = sought(&target.fields, |code, looked_up| {
            looked_up == app || job.is_before(looked_up) || references.get(code).is_some()
        });
        let survey = self.survey(job, &rules, &references, &sought).await?;
        let known = knowledge(&job.client, app, &sought, &survey.distinct).await?;
        let looking = Looking {
            client: &job.client,
            target,
            restore: &job.restore,
            rules: &rules,
            survey: &survey,
            former: &former,
            windows: self.config.kintone.windows,
        };
        // Under way, unique values and keys of the backup are there because of this very restore.
        let is_to_look = !past.is_under_way || job.restore.is_by_number();
        let held = if is_to_look {
            looking.held().await?
        } else {
            Held::default()
        };
        let plan = Plan::new(&Basis {
            restore: &job.restore,
            origin: &job.origin,
            host: self.config.kintone.host(),
            target,
            rules: &rules,
            survey: &survey,
            held: &held,
            known: &known,
            edits: &past.edits,
            unknown_references: &pointers.unknown,
            unmapped_lookups: &pointers.unmapped,
            keeps_rows: job.keeps_rows(self),
            is_under_way: past.is_under_way,
            is_drill: job.drill.is_some(),
            daily_requests: self.config.daily_requests,
        });
        Ok(Prepared {
            plan,
            history,
            pins,
        })
    }

    /// Reads the whole backup once; at its end it is known to be what was saved.
    async fn survey(
        &self,
        job: &Job,
        rules: &Rules,
        references: &References,
        sought: &Sought,
    ) -> Result<Survey, RestoreError> {
        self.progress.begin(Stage::Planning, 0, None);
        let stored = job.source.stored_files().await?;
        let is_dangling = |code: &str, text: &str| references.is_dangling(code, text);
        let mut surveyor = Surveyor {
            rules,
            precision: job.target.precision,
            by_number: job.restore.is_by_number(),
            leave_out: &job.restore.leave_out,
            sought,
            key: job.restore.key.as_deref(),
            is_dangling: &is_dangling,
            survey: Survey::default(),
        };
        let mode = job.restore.mode();
        let mut count = BulkCount::new(most_records(mode, self.bulks_at_once(mode)));
        let mut reading = job.source.read().await?;
        while let Some(saved) = reading.next().await? {
            count.take(&saved);
            let files = saved.files.iter().filter(|file| file.is_in(&stored));
            let there: HashSet<&Slot> = files.map(|file| &file.slot).collect();
            let record = saved.record()?;
            let has_file = |row: Option<(&str, u64)>, field: &str, index: usize, path: &str| {
                let place = FilePlace {
                    record: saved.old,
                    row: row.map(|(table, id)| (table.to_owned(), id)),
                    field: field.to_owned(),
                    index,
                };
                there.contains(&saved.slot(place, path))
            };
            surveyor.look(&record, &|| saved.name.clone(), &has_file);
            for code in saved.doubtful() {
                surveyor.doubt(code, &|| saved.name.clone());
            }
            if surveyor.survey.records.is_multiple_of(TURN) {
                self.progress.at(Stage::Planning, surveyor.survey.records);
                tokio::task::yield_now().await;
            }
        }
        surveyor.survey.bulks = count.bulks;
        Ok(surveyor.survey)
    }
}
