//! Which fields point to records of which app, and what is known of the numbers there.

use std::collections::BTreeMap;
use std::sync::Arc;

use kintone_client::{Cause, ClientError, Field, FieldType, FormFields};
use kintone_format::folder_of;

use crate::error::RestoreError;
use crate::function::KintoneRestore;
use crate::identity::IdMap;
use crate::map::{Map, of_source};
use crate::prepare::Job;
use crate::references::{Pointing, References};

/// The maps that a run goes by, by app. Noted when it begins: a restore that ends meanwhile changes nothing for it.
pub(crate) type Pins = BTreeMap<u64, Vec<Map>>;

/// What is known of the fields that hold record numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pointers {
    pub(crate) references: References,
    /// The maps that were used, and those that were looked for in vain.
    pub(crate) pins: Pins,
    /// Fields and apps that the message names, and into which no restore is known.
    pub(crate) unknown: Vec<(String, u64)>,
    /// Lookups and apps of which the same is true, where the old numbers may name other records.
    pub(crate) unmapped: Vec<(String, u64)>,
}

/// A field that holds record numbers.
struct Pointer {
    code: String,
    app: u64,
    /// The app that it pointed to when it was saved, as `{domain}/{app}`, where that is known.
    source: Option<String>,
    is_same_app: bool,
    /// Whether the message names it.
    is_named: bool,
}

impl KintoneRestore {
    /// What is known of the fields of `form` that point to records. What is in `pins` is not looked for anew.
    ///
    /// A map that an earlier restore of the same message is going to write is neither known nor unknown.
    pub(crate) async fn pointers(
        &self,
        job: &Job,
        form: &FormFields,
        pins: &Pins,
    ) -> Result<Pointers, RestoreError> {
        let mut found = Pointers {
            pins: pins.clone(),
            ..Pointers::default()
        };
        let mut prefixes = BTreeMap::new();
        for pointer in self.fields_that_point(job, form).await? {
            let app = pointer.app;
            let is_coming = job.is_before(app);
            let maps = match found.pins.get(&app) {
                Some(maps) => maps.clone(),
                None => self.maps_of(app).await?,
            };
            let usable = of_source(&maps, pointer.source.as_deref());
            found.pins.insert(app, maps);
            if usable.is_empty() {
                match (is_coming, pointer.is_named, pointer.is_same_app) {
                    (true, ..) | (_, false, true) => {}
                    (_, true, _) => found.unknown.push((pointer.code, app)),
                    (_, false, false) => found.unmapped.push((pointer.code, app)),
                }
                continue;
            }
            if let std::collections::btree_map::Entry::Vacant(vacant) = prefixes.entry(app) {
                vacant.insert(self.prefix(job, app).await?);
            }
            let pointing = Pointing {
                ids: Arc::new(self.ids_in(&usable).await?),
                prefix: prefixes[&app].clone(),
                is_same_app: pointer.is_same_app,
            };
            found.references.add(&pointer.code, pointing);
        }
        Ok(found)
    }

    /// For a plan: fields that point to records which the same message restores before know these, too.
    pub(crate) async fn foresee(
        &self,
        job: &Job,
        form: &FormFields,
        references: &mut References,
    ) -> Result<(), RestoreError> {
        for pointer in self.fields_that_point(job, form).await? {
            let mut before = job.before.iter();
            let Some(earlier) = before.find(|earlier| earlier.app == pointer.app) else {
                continue;
            };
            let known = references.get(&pointer.code);
            let mut pairs: Vec<_> =
                known.map_or_else(Vec::new, |known| known.ids.pairs().collect());
            let mut reading = earlier.source.read().await?;
            while let Some(saved) = reading.next().await? {
                pairs.push((saved.old, saved.old));
            }
            let ids: IdMap = pairs.into_iter().collect();
            let pointing = Pointing {
                ids: Arc::new(ids),
                prefix: None,
                is_same_app: pointer.is_same_app,
            };
            references.add(&pointer.code, pointing);
        }
        Ok(())
    }

    /// What former restores of backups of the very app that is written to have added, for a restore by record number.
    pub(crate) async fn former(&self, job: &Job, pins: &mut Pins) -> Result<IdMap, RestoreError> {
        if !job.restore.is_by_number() {
            return Ok(IdMap::default());
        }
        let app = job.app();
        if let std::collections::btree_map::Entry::Vacant(vacant) = pins.entry(app) {
            vacant.insert(self.maps_of(app).await?);
        }
        let here = folder_of(self.config.kintone.host(), app);
        // Numbers of another CSV may be those of another app.
        let of_here = pins[&app].iter().filter(|map| {
            map.source.as_deref() == Some(&here) || map.backup == job.origin.identity
        });
        let of_here: Vec<_> = of_here.cloned().collect();
        self.ids_in(&of_here).await
    }

    /// The fields that the message names, and the lookups whose key is a record number.
    async fn fields_that_point(
        &self,
        job: &Job,
        form: &FormFields,
    ) -> Result<Vec<Pointer>, RestoreError> {
        let named = job.restore.references.iter().map(|(code, app)| Pointer {
            code: code.clone(),
            app: *app,
            source: None,
            is_same_app: false,
            is_named: true,
        });
        let mut pointers: Vec<_> = named.collect();
        for field in all(&form.properties) {
            let is_named = job.restore.references.contains_key(&field.code);
            let Some(lookup) = field.lookup.as_ref().filter(|_| !is_named) else {
                continue;
            };
            let app = lookup.related_app;
            // Who may not view the app can't write its keys either: Kintone refuses them.
            let Some(related) = self.form_near(job, app).await? else {
                continue;
            };
            let key = related.get(&lookup.related_key_field);
            if key.is_some_and(|key| key.kind == FieldType::RecordNumber) {
                pointers.push(self.lookup_by_number(job, &field.code, app));
            }
        }
        Ok(pointers)
    }

    fn lookup_by_number(&self, job: &Job, code: &str, app: u64) -> Pointer {
        let host = self.config.kintone.host();
        let saved = all(job.source.fields()).find(|field| field.code == code);
        let saved = saved.and_then(|field| field.lookup.as_ref());
        let source = job.origin.app.as_ref().zip(saved);
        let source = source.map(|((host, _), lookup)| folder_of(host, lookup.related_app));
        Pointer {
            code: code.to_owned(),
            app,
            is_same_app: source.as_deref() == Some(&folder_of(host, app)),
            // What the same message restores there is what is meant, whatever it is a backup of.
            source: source.filter(|_| !job.is_before(app)),
            is_named: false,
        }
    }

    /// The form of `app`, seen with the token that writes or with its own; `None` where neither may see it.
    async fn form_near(&self, job: &Job, app: u64) -> Result<Option<FormFields>, RestoreError> {
        if let Some(form) = allowed(job.client.form_fields(app).await)? {
            return Ok(Some(form));
        }
        match self.client(app) {
            Ok(client) => Ok(allowed(client.form_fields(app).await)?),
            Err(_) => Ok(None),
        }
    }

    /// What stands before the record numbers of `app`; `None` where that may not be asked for.
    async fn prefix(&self, job: &Job, app: u64) -> Result<Option<String>, RestoreError> {
        let client = self.client(app).unwrap_or_else(|_| job.client.clone());
        let app = allowed(client.app(app).await)?;
        let code = app.map(|app| app.code);
        Ok(code.map(|code| code.map_or_else(String::new, |code| format!("{code}-"))))
    }
}

/// `fields`, and those of their subtables.
pub(crate) fn all(fields: &[Field]) -> impl Iterator<Item = &Field> {
    let inner = fields.iter().flat_map(|field| &field.fields);
    fields.iter().chain(inner)
}

/// An answer; `None` where it may not be asked for.
fn allowed<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Err(error) if matches!(error.cause(), Cause::NoRight | Cause::UnknownApp) => Ok(None),
        answer => answer.map(Some),
    }
}
