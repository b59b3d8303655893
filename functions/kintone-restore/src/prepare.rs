//! From a request to a plan: what is asked for, opened; the backup looked through; the plan made.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use function_core::{Stamp, Trigger, sha256_hex};
use kintone_client::{Client, FieldType};
use kintone_format::FilePlace;
use serde_json::json;

use crate::begun::{Asked, Note};
use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::identity::IdMap;
use crate::observe::{Target, clashes, observe};
use crate::plan::{Basis, Plan};
use crate::progress::Stage;
use crate::references::References;
use crate::request::{Mode, Restore};
use crate::rules::Rules;
use crate::source::{Origin, Slot, Source};
use crate::survey::{Survey, Surveyor};

/// Records after which other work gets its turn.
const TURN: u64 = 1_000;

/// A restore that is asked for, with what it names opened.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) restore: Restore,
    pub(crate) client: Client,
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
    pub(crate) target: Target,
    pub(crate) plan: Plan,
    pub(crate) history: bool,
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
        let form = client.form_fields(app).await?;
        let (source, origin) = Source::open(function, &restore, &form).await?;
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
    /// Looks at app and backup, and makes the plan; writes nothing.
    pub(crate) async fn prepare(
        &self,
        job: &Job,
        is_under_way: bool,
    ) -> Result<Prepared, RestoreError> {
        let target = observe(&job.client, job.app()).await?;
        let history = job.restore.mode() == Mode::Insert && target.rights.manage == Some(true);
        let rules = Rules::new(
            job.source.fields(),
            &target.fields,
            history,
            job.source.has_files(),
        );
        let (mut references, unknown) = self.references(job, &target).await?;
        self.foresee(job, &target, &mut references).await?;
        let survey = self.survey(job, &target, &rules, &references).await?;
        let clashes = if job.restore.mode() == Mode::Insert && !is_under_way {
            let windows = self.config.kintone.windows;
            clashes(&job.client, &target, &rules, &survey, windows).await?
        } else {
            BTreeMap::new()
        };
        let plan = Plan::new(&Basis {
            restore: &job.restore,
            origin: &job.origin,
            host: self.config.kintone.host(),
            target: &target,
            rules: &rules,
            survey: &survey,
            clashes: &clashes,
            unknown_references: &unknown,
            keeps_rows: job.keeps_rows(self),
            is_under_way,
            is_drill: job.drill.is_some(),
            daily_requests: self.config.daily_requests,
        });
        Ok(Prepared {
            target,
            plan,
            history,
        })
    }

    /// The maps of the fields that point to records, as far as they are known; and the fields whose map is not known.
    ///
    /// A map that an earlier restore of the same message is going to write is neither.
    pub(crate) async fn references(
        &self,
        job: &Job,
        target: &Target,
    ) -> Result<(References, Vec<(String, u64)>), RestoreError> {
        let mut wanted = job.restore.references.clone();
        for (code, app) in self.lookups_by_number(job, target).await? {
            wanted.entry(code).or_insert(app);
        }
        let mut references = References::default();
        let mut unknown = Vec::new();
        for (code, app) in wanted {
            match self.ids_of(app).await? {
                Some(ids) => references.add(&code, ids),
                None if job.before.iter().any(|earlier| earlier.app == app) => {}
                None => unknown.push((code, app)),
            }
        }
        Ok((references, unknown))
    }

    /// For a plan: fields that point to records which the same message restores before know these, whatever an
    /// earlier restore has left.
    async fn foresee(
        &self,
        job: &Job,
        target: &Target,
        references: &mut References,
    ) -> Result<(), RestoreError> {
        for earlier in &job.before {
            let by_number = self.lookups_by_number(job, target).await?;
            let named = job.restore.references.clone().into_iter();
            let fields = named.chain(by_number);
            let fields: Vec<String> = fields
                .filter(|(_, app)| *app == earlier.app)
                .map(|(code, _)| code)
                .collect();
            if fields.is_empty() {
                continue;
            }
            let mut ids = Vec::new();
            let mut reading = earlier.source.read().await?;
            while let Some(saved) = reading.next().await? {
                ids.push((saved.old, saved.old));
            }
            let ids: Arc<IdMap> = Arc::new(ids.into_iter().collect());
            for code in fields {
                references.add(&code, Arc::clone(&ids));
            }
        }
        Ok(())
    }

    /// Lookups whose key is the record number of an app that is restored by the same message.
    async fn lookups_by_number(
        &self,
        job: &Job,
        target: &Target,
    ) -> Result<Vec<(String, u64)>, RestoreError> {
        let mut found = Vec::new();
        let fields = target.fields.properties.iter();
        let inner = target
            .fields
            .properties
            .iter()
            .flat_map(|field| &field.fields);
        for field in fields.chain(inner) {
            let Some(lookup) = &field.lookup else {
                continue;
            };
            let mut before = job.before.iter();
            if !before.any(|earlier| earlier.app == lookup.related_app) {
                continue;
            }
            let related = self.client(lookup.related_app)?;
            let form = related.form_fields(lookup.related_app).await?;
            let key = form.get(&lookup.related_key_field);
            if key.is_some_and(|key| key.kind == FieldType::RecordNumber) {
                found.push((field.code.clone(), lookup.related_app));
            }
        }
        Ok(found)
    }

    /// Reads the whole backup once; at its end it is known to be what was saved.
    async fn survey(
        &self,
        job: &Job,
        target: &Target,
        rules: &Rules,
        references: &References,
    ) -> Result<Survey, RestoreError> {
        self.progress.begin(Stage::Planning, 0, None);
        let stored = job.source.stored_files().await?;
        let is_dangling = |code: &str, text: &str| references.is_dangling(code, text);
        let mut surveyor = Surveyor {
            rules,
            precision: target.precision,
            by_number: job.restore.mode() != Mode::Insert && job.restore.key.is_none(),
            key: job.restore.key.as_deref(),
            is_dangling: &is_dangling,
            survey: Survey::default(),
        };
        let mut reading = job.source.read().await?;
        while let Some(saved) = reading.next().await? {
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
            surveyor.survey.bytes += saved.size_bytes() as u64;
            surveyor.look(&record, &|| saved.name.clone(), &has_file);
            for code in saved.doubtful() {
                surveyor.doubt(code, &|| saved.name.clone());
            }
            if surveyor.survey.records.is_multiple_of(TURN) {
                self.progress.at(Stage::Planning, surveyor.survey.records);
                tokio::task::yield_now().await;
            }
        }
        Ok(surveyor.survey)
    }
}
