//! The app that is written to, as it is now.

use std::collections::{BTreeMap, HashMap, HashSet};

use futures_util::TryStreamExt as _;
use kintone_client::{
    Bounds, Cause, Client, ClientError, FormFields, NumberPrecision, ReadRequest, Rights, Value,
};

use crate::error::RestoreError;
use crate::identity::IdMap;
use crate::rules::Rules;
use crate::survey::{Survey, unique_key};

/// The app that is written to.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) app: u64,
    /// Its name; `None` where the token may not ask.
    pub(crate) name: Option<String>,
    pub(crate) fields: FormFields,
    pub(crate) bounds: Bounds,
    pub(crate) rights: Rights,
    /// How it keeps numbers; the default where the token may not ask.
    pub(crate) precision: NumberPrecision,
    pub(crate) is_precision_known: bool,
}

/// Looks at `app`, with all questions at once; none of them writes.
pub(crate) async fn observe(client: &Client, app: u64) -> Result<Target, RestoreError> {
    let (fields, bounds, rights, named, settings) = tokio::join!(
        client.form_fields(app),
        client.bounds(app, None),
        client.rights(app),
        client.app(app),
        client.app_settings(app),
    );
    // The form first: a wrong app or token is told by the plainest question.
    let fields = fields?;
    let settings = allowed(settings)?;
    Ok(Target {
        app,
        name: allowed(named)?.map(|app| app.name),
        fields,
        bounds: bounds?,
        rights: rights?,
        is_precision_known: settings.is_some(),
        precision: settings.map_or_else(NumberPrecision::default, |settings| {
            settings.number_precision
        }),
    })
}

impl Target {
    /// Reads `fields` of all records that it has now, so many pages at the same time.
    fn read_fields(&self, fields: Vec<String>, windows: usize) -> ReadRequest {
        ReadRequest {
            app: self.app,
            fields,
            up_to: Some(self.bounds.highest_id),
            count: Some(self.bounds.count),
            windows,
            ..ReadRequest::default()
        }
    }
}

/// An answer; `None` where it may not be asked for.
fn allowed<T>(answer: Result<T, ClientError>) -> Result<Option<T>, ClientError> {
    match answer {
        Err(error) if error.cause() == Cause::NoRight => Ok(None),
        answer => answer.map(Some),
    }
}

/// What an app holds of records that are told apart by their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ByNumber {
    /// Records that are there under their own numbers.
    pub(crate) there: u64,
    /// Others, which an earlier restore has added under new ones.
    pub(crate) moved: u64,
    /// Records that are not there.
    pub(crate) gone: u64,
}

/// Looks which records of `ids` the app has, under these or under the new numbers of `former`.
pub(crate) async fn numbers(
    client: &Client,
    target: &Target,
    ids: &HashSet<u64>,
    former: &IdMap,
    windows: usize,
) -> Result<ByNumber, RestoreError> {
    let mut gone = ids.clone();
    let moved = former.pairs().filter(|(old, _)| ids.contains(old));
    let moved: HashMap<u64, u64> = moved.map(|(old, new)| (new, old)).collect();
    let mut seen = Vec::new();
    let request = target.read_fields(vec!["$id".to_owned()], windows);
    let mut pages = client.pages(&request);
    while let Some(page) = pages.try_next().await? {
        for (id, _) in page.ids()? {
            gone.remove(&id);
            seen.extend(moved.get(&id));
        }
    }
    let there = (ids.len() - gone.len()) as u64;
    let moved = seen.iter().filter(|old| gone.remove(old)).count() as u64;
    Ok(ByNumber {
        there,
        moved,
        gone: gone.len() as u64,
    })
}

/// How many values of unique fields the app has already, by the field's code.
pub(crate) async fn clashes(
    client: &Client,
    target: &Target,
    rules: &Rules,
    survey: &Survey,
    windows: usize,
) -> Result<BTreeMap<String, u64>, RestoreError> {
    let unique = rules.0.iter().filter(|rule| {
        let is_unique = rule.target.as_ref().is_some_and(|target| target.unique);
        is_unique && rule.loss.is_none()
    });
    let fields: Vec<String> = unique.map(|rule| rule.code.clone()).collect();
    let mut clashes = BTreeMap::new();
    if fields.is_empty() || target.bounds.count == 0 {
        return Ok(clashes);
    }
    let request = target.read_fields(fields.clone(), windows);
    let mut pages = client.pages(&request);
    while let Some(page) = pages.try_next().await? {
        for record in page.iter() {
            let record = record?;
            for code in &fields {
                if let Some(field) = record.get(code)
                    && let Value::Text(text) = &field.value
                    && !text.is_empty()
                    && survey.unique.contains(&unique_key(code, text))
                {
                    *clashes.entry(code.clone()).or_default() += 1;
                }
            }
        }
    }
    Ok(clashes)
}
