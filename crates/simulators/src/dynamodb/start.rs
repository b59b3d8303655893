//! `ExportTableToPointInTime`: what is asked for, and what the service accepts.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Options;
use super::parameters::Parameters;
use super::refusal::Refusal;
use super::rule::{ACCOUNT, BUCKET, KEY, Rule, TOKEN};
use super::state::{Accepted, State};
use super::table::PointInTimeRecovery;
use super::window;

/// How long a client token stands for its export, from the request on.
const TOKEN_LIFE: std::time::Duration = std::time::Duration::from_hours(8);

/// The most exports that may be under way at one time.
const MOST_RUNNING: usize = 300;

/// A request without its client token: two are the same when every member is.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) table_arn: String,
    pub(super) bucket: String,
    pub(super) owner: Option<String>,
    pub(super) prefix: Option<String>,
    pub(super) algorithm: Option<String>,
    pub(super) key: Option<String>,
    pub(super) format: Option<String>,
    pub(super) time: Option<Timestamp>,
    pub(super) kind: Option<String>,
    pub(super) increment: Option<Increment>,
}

/// An `IncrementalExportSpecification`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Increment {
    pub(super) from: Option<Timestamp>,
    pub(super) to: Option<Timestamp>,
    pub(super) view: Option<String>,
}

impl Wanted {
    /// The algorithm, given or not.
    pub(super) fn encryption(&self) -> &str {
        self.algorithm.as_deref().unwrap_or("AES256")
    }

    fn parse(parameters: &mut Parameters) -> Result<Self, Refusal> {
        Ok(Self {
            table_arn: parameters.required("TableArn", Rule::Filled)?,
            bucket: parameters.required("S3Bucket", BUCKET)?,
            owner: parameters.text("S3BucketOwner", ACCOUNT)?,
            prefix: parameters.text("S3Prefix", Rule::Filled)?,
            algorithm: parameters.text("S3SseAlgorithm", Rule::OneOf(&["AES256", "KMS"]))?,
            key: parameters.text("S3SseKmsKeyId", KEY)?,
            format: parameters.text("ExportFormat", Rule::OneOf(&["ION", "DYNAMODB_JSON"]))?,
            time: parameters.time("ExportTime")?,
            kind: parameters.text(
                "ExportType",
                Rule::OneOf(&["INCREMENTAL_EXPORT", "FULL_EXPORT"]),
            )?,
            increment: Increment::parse(parameters)?,
        })
    }
}

impl Increment {
    fn parse(parameters: &mut Parameters) -> Result<Option<Self>, Refusal> {
        let Some(mut inner) = parameters.structure("IncrementalExportSpecification")? else {
            return Ok(None);
        };
        let views = Rule::OneOf(&["NEW_IMAGE", "NEW_AND_OLD_IMAGES"]);
        let increment = Self {
            from: inner.time("ExportFromTime")?,
            to: inner.time("ExportToTime")?,
            view: inner.text("ExportViewType", views)?,
        };
        parameters.absorb(inner);
        Ok(Some(increment))
    }
}

/// Starts an export, or finds the one that the client token stands for.
pub(super) fn start(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let wanted = Wanted::parse(&mut parameters)?;
    let token = parameters.text("ClientToken", TOKEN)?;
    let filtered = parameters.is_given("FilterSpecification");
    parameters.finish()?;
    check_encryption(&wanted)?;
    window::check_kind(&wanted)?;
    if filtered || wanted.format.as_deref() == Some("ION") {
        let message = "The simulator knows neither ION nor FilterSpecification";
        return Err(Refusal::invalid(message));
    }
    let name = state.table_of(options, &wanted.table_arn)?;
    if let Some(arn) = repeated(state, &wanted, token.as_deref())? {
        return Ok(state.description(options, &arn));
    }
    let hosted = state.table(&name, &wanted.table_arn)?;
    if hosted.recovery == PointInTimeRecovery::Unavailable {
        return Err(unavailable(&name));
    }
    let scope = window::scope(&wanted, hosted, state.now(), options)?;
    if state.running() >= MOST_RUNNING {
        let message = "Limit exceeded: Too many exports are in progress";
        return Err(Refusal::new("LimitExceededException", message));
    }
    let accepted = Accepted {
        lines: hosted.lines(scope),
        table_id: hosted.id.clone(),
        table: name,
        wanted,
        token,
        scope,
    };
    let arn = state.begin(options, accepted);
    Ok(state.description(options, &arn))
}

/// The words for a table that has no continuous backups yet.
pub(super) fn unavailable(table: &str) -> Refusal {
    Refusal::new(
        "ContinuousBackupsUnavailableException",
        format!("Backups are being enabled for the table: {table}. Please retry later"),
    )
}

fn check_encryption(wanted: &Wanted) -> Result<(), Refusal> {
    if wanted.key.is_some() && wanted.encryption() != "KMS" {
        let message = "Invalid Request: KMS Key Id is not supported for this encryption type";
        return Err(Refusal::invalid(message));
    }
    Ok(())
}

/// The export that the token stands for.
fn repeated(
    state: &State,
    wanted: &Wanted,
    token: Option<&str>,
) -> Result<Option<String>, Refusal> {
    let Some(token) = token else {
        return Ok(None);
    };
    let since = state.now() - TOKEN_LIFE;
    let known = state
        .exports
        .values()
        .find(|export| export.token.as_deref() == Some(token) && export.started > since);
    match known {
        None => Ok(None),
        Some(export) if export.wanted == *wanted => Ok(Some(export.arn.clone())),
        Some(_) => Err(Refusal::new(
            "ExportConflictException",
            "Export conflict: Duplicate request detected with conflicting parameters",
        )),
    }
}

/// The answer that holds one description.
pub(super) fn described(description: &Value) -> Value {
    json!({ "ExportDescription": description })
}
