//! Google's discovery documents: which methods there are, and what they take.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use http::Method as Verb;
use serde::Deserialize;
use serde_json::Value;

/// The variable that names the folder with the documents.
const VARIABLE: &str = "TASUKI_DISCOVERY_DOCUMENTS";

/// The documents of the two APIs.
const FILES: [&str; 2] = ["bigquerydatatransfer.v1.json", "bigquery.v2.json"];

/// One API as its document tells it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Api {
    pub(super) version: String,
    service_path: String,
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) schemas: BTreeMap<String, Value>,
    #[serde(default)]
    resources: BTreeMap<String, Resource>,
    #[serde(skip)]
    pub(super) methods: Vec<Method>,
    /// The whole document.
    #[serde(skip)]
    pub(super) document: Value,
}

#[derive(Debug, Deserialize)]
struct Resource {
    #[serde(default)]
    methods: BTreeMap<String, Method>,
    #[serde(default)]
    resources: BTreeMap<String, Resource>,
}

/// A method of an API.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Method {
    /// Such as `bigquerydatatransfer.projects.locations.transferConfigs.list`.
    pub(super) id: String,
    #[serde(rename = "httpMethod")]
    verb: String,
    path: String,
    flat_path: Option<String>,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Value>,
    pub(super) request: Option<Reference>,
    pub(super) response: Option<Reference>,
}

/// The name of a schema.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Reference {
    #[serde(rename = "$ref")]
    pub(super) name: String,
}

/// The method that a request asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'a> {
    pub(super) api: &'a Api,
    pub(super) method: &'a Method,
}

/// Reads the documents from a folder, or from the one that the environment names.
///
/// # Errors
/// The folder is not named, or lacks a document; the message says what to install.
pub(super) fn read(folder: Option<&Path>) -> io::Result<Vec<Api>> {
    let folder = folder
        .map(Path::to_owned)
        .or_else(named)
        .ok_or_else(|| missing(&format!("{VARIABLE} is not set")))?;
    FILES.iter().map(|file| api(&folder.join(file))).collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "a simulator imports nothing of ours, so there is no Env to take"
)]
fn named() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

fn missing(what: &str) -> io::Error {
    let repair = "install the Python package google-api-python-client, whose folder \
        googleapiclient/discovery_cache/documents is meant (scripts/test/install.sh does)";
    io::Error::new(io::ErrorKind::NotFound, format!("{what}: {repair}"))
}

fn api(path: &Path) -> io::Result<Api> {
    let text =
        std::fs::read(path).map_err(|error| missing(&format!("{}: {error}", path.display())))?;
    let document: Value = serde_json::from_slice(&text)?;
    let mut api = Api::deserialize(&document)?;
    let mut methods = Vec::new();
    for resource in std::mem::take(&mut api.resources).into_values() {
        gather(resource, &mut methods);
    }
    // Of two templates that fit, such as `{a}` and `{a}:start`, the one with more words of its own is meant.
    methods.sort_by_key(|method| std::cmp::Reverse(literal_length(method.template())));
    api.methods = methods;
    api.document = document;
    Ok(api)
}

fn gather(resource: Resource, methods: &mut Vec<Method>) {
    methods.extend(resource.methods.into_values());
    for inner in resource.resources.into_values() {
        gather(inner, methods);
    }
}

impl Method {
    fn template(&self) -> &str {
        self.flat_path.as_deref().unwrap_or(&self.path)
    }

    /// The id without the API's name, such as `projects.locations.transferConfigs.list`.
    pub(super) fn short_id(&self) -> &str {
        self.id.split_once('.').map_or("", |(_, id)| id)
    }
}

impl Api {
    /// The method for a verb and a path.
    pub(super) fn find(&self, verb: &Verb, path: &str) -> Option<Found<'_>> {
        let path = path.strip_prefix('/')?.strip_prefix(&self.service_path)?;
        let mut methods = self.methods.iter();
        let method =
            methods.find(|method| method.verb == verb.as_str() && fits(method.template(), path))?;
        Some(Found { api: self, method })
    }
}

fn literal_length(template: &str) -> usize {
    let mut inside = false;
    let literal = template.chars().filter(|character| {
        inside = (inside || *character == '{') && *character != '}';
        !inside
    });
    literal.count()
}

/// Whether a path is of a template such as `v1/projects/{projectsId}/transferConfigs/{id}:startManualRuns`.
fn fits(template: &str, path: &str) -> bool {
    let (templates, parts) = (template.split('/'), path.split('/'));
    templates.clone().count() == parts.clone().count()
        && templates
            .zip(parts)
            .all(|(template, part)| fits_part(template, part))
}

fn fits_part(template: &str, part: &str) -> bool {
    let Some((before, rest)) = template.split_once('{') else {
        return template == part;
    };
    let after = rest.split_once('}').map_or("", |(_, after)| after);
    let inner = part
        .strip_prefix(before)
        .and_then(|part| part.strip_suffix(after));
    inner.is_some_and(|inner| !inner.is_empty())
}
