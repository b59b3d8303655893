//! `ImportTable` and `DescribeImport`: a new table of what lies in a bucket.

mod source;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::Options;
use super::super::describe;
use super::super::export::seconds;
use super::super::parameters::Parameters;
use super::super::refusal::Refusal;
use super::super::rule::{ACCOUNT, BUCKET, Rule, TOKEN};
use super::super::state::State;
use super::create;
use source::Source;

/// The most imports that may be under way at one time.
const MOST_RUNNING: usize = 50;

/// The formats that are known to the service.
const FORMAT: Rule = Rule::OneOf(&["ION", "DYNAMODB_JSON", "CSV"]);

/// The compressions that are known to the service.
const COMPRESSION: Rule = Rule::OneOf(&["ZSTD", "GZIP", "NONE"]);

/// What goes wrong with an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportFault {
    /// It ends FAILED half-way: the table stays, with the first half of its items.
    Failed {
        /// The `FailureCode`.
        code: String,
        /// The `FailureMessage`.
        message: String,
    },
    /// Somebody cancels it: the table stays, with the first half of its items.
    Cancelled,
    /// It ends COMPLETED and counts all items, but so many of them are not in the table.
    Missing(usize),
    /// It takes so long, in place of what the options say.
    Takes(Duration),
}

/// How an import ended.
#[derive(Clone, Debug, Default)]
struct End {
    status: &'static str,
    failure: Option<(String, String)>,
    bytes: usize,
    imported: usize,
    errors: usize,
}

/// An import.
#[derive(Debug)]
pub(in crate::dynamodb) struct Import {
    arn: String,
    table: String,
    table_arn: String,
    table_id: String,
    token: String,
    bucket: String,
    prefix: String,
    compression: String,
    /// What was asked for, as it is told again.
    asked: Map<String, Value>,
    started: Timestamp,
    ends: Timestamp,
    faults: Vec<ImportFault>,
    end: Option<End>,
}

/// Starts an import, or finds the one that the client token stands for.
pub(in crate::dynamodb) fn import(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let token = parameters.required("ClientToken", TOKEN)?;
    let format = parameters.required("InputFormat", FORMAT)?;
    let compression = parameters.text("InputCompressionType", COMPRESSION)?;
    let source = parameters.required_map("S3BucketSource")?;
    let mut source = Parameters::within(source, "s3BucketSource.".to_owned());
    let bucket = source.required("S3Bucket", BUCKET)?;
    source.text("S3BucketOwner", ACCOUNT)?;
    let prefix = source.text("S3KeyPrefix", Rule::Any)?.unwrap_or_default();
    parameters.absorb(source);
    let wanted = parameters.required_map("TableCreationParameters")?;
    let mut inner = Parameters::within(wanted, "tableCreationParameters.".to_owned());
    let table = create::wanted(&mut inner, state);
    parameters.absorb(inner);
    let options_given = parameters.is_given("InputFormatOptions");
    let asked = parameters.told(&["S3BucketSource", "TableCreationParameters", "InputFormat"]);
    parameters.finish()?;
    let table = table?;
    if options_given && format != "CSV" {
        let message = "InputFormatOptions can only be specified when InputFormat is CSV";
        return Err(Refusal::invalid(message));
    }
    if let Some(arn) = repeated(state, &token, &table.name)? {
        return described(state, &arn);
    }
    if format != "DYNAMODB_JSON" || compression.as_deref() == Some("ZSTD") {
        let message = "The simulator imports DYNAMODB_JSON only, of which nothing is ZSTD";
        return Err(Refusal::invalid(message));
    }
    if state
        .imports
        .values()
        .filter(|import| import.end.is_none())
        .count()
        >= MOST_RUNNING
    {
        let message = "Limit exceeded: Too many imports are in progress";
        return Err(Refusal::new("LimitExceededException", message));
    }
    let name = create::add(state, table, None)?;
    let started = state.now();
    let faults = state.import_faults.remove(&name).unwrap_or_default();
    let takes = faults.iter().find_map(|fault| match fault {
        ImportFault::Takes(takes) => Some(*takes),
        _ => None,
    });
    let table_arn = describe::arn(options, &name);
    let suffix = state.unique();
    let suffix = suffix.get(..8).unwrap_or_default();
    let arn = format!(
        "{table_arn}/import/{:014}-{suffix}",
        started.as_millisecond()
    );
    let import = Import {
        arn: arn.clone(),
        table_id: state
            .tables
            .get(&name)
            .map(|hosted| hosted.id.clone())
            .unwrap_or_default(),
        table: name,
        table_arn,
        token,
        bucket,
        prefix,
        compression: compression.unwrap_or_else(|| "NONE".to_owned()),
        asked,
        started,
        ends: started + takes.unwrap_or(options.duration),
        faults,
        end: None,
    };
    state.imports.insert(arn.clone(), import);
    described(state, &arn)
}

/// The import under way that has the token. Its table is all that is compared.
fn repeated(state: &State, token: &str, table: &str) -> Result<Option<String>, Refusal> {
    let running = |import: &&Import| import.end.is_none() && import.token == token;
    match state.imports.values().find(running) {
        None => Ok(None),
        Some(import) if import.table == table => Ok(Some(import.arn.clone())),
        Some(_) => Err(Refusal::new(
            "ImportConflictException",
            "Import conflict: Duplicate request detected with conflicting parameters",
        )),
    }
}

/// Describes an import.
pub(in crate::dynamodb) fn describe_import(
    state: &State,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let arn = parameters.required("ImportArn", Rule::Filled)?;
    parameters.finish()?;
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let names: Vec<&str> = resource.split('/').collect();
    if !matches!(names[..], ["table", name, "import", _] if name.len() >= 3) {
        return Err(Refusal::invalid("Invalid Import ARN"));
    }
    described(state, &arn)
}

fn described(state: &State, arn: &str) -> Result<Value, Refusal> {
    let Some(import) = state.imports.get(arn) else {
        let message = format!("Import not found: {arn}");
        return Err(Refusal::new("ImportNotFoundException", message));
    };
    Ok(json!({ "ImportTableDescription": import.description() }))
}

impl Import {
    fn description(&self) -> Value {
        let mut told = json!({
            "ImportArn": self.arn,
            "ImportStatus": self.end.as_ref().map_or("IN_PROGRESS", |end| end.status),
            "TableArn": self.table_arn,
            "TableId": self.table_id,
            "ClientToken": self.token,
            "InputCompressionType": self.compression,
            "CloudWatchLogGroupArn": self.log_group(),
            "StartTime": seconds(self.started),
            "ErrorCount": self.end.as_ref().map_or(0, |end| end.errors),
            "ImportedItemCount": self.end.as_ref().map_or(0, |end| end.imported),
            "ProcessedItemCount": self.end.as_ref().map_or(0, |end| end.imported + end.errors),
        });
        for (name, value) in &self.asked {
            told[name] = value.clone();
        }
        let Some(end) = &self.end else {
            return told;
        };
        told["EndTime"] = seconds(self.ends);
        if end.bytes > 0 {
            told["ProcessedSizeBytes"] = json!(end.bytes);
        }
        if let Some((code, message)) = &end.failure {
            told["FailureCode"] = json!(code);
            told["FailureMessage"] = json!(message);
        }
        told
    }

    fn log_group(&self) -> String {
        let mut parts = self.table_arn.splitn(6, ':').skip(3);
        let (region, account) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        format!("arn:aws:logs:{region}:{account}:log-group:/aws-dynamodb/imports:*")
    }

    fn fault(&self) -> Option<&ImportFault> {
        let takes = |fault: &&ImportFault| !matches!(fault, ImportFault::Takes(_));
        self.faults.iter().find(takes)
    }
}

/// Ends the imports whose time has come.
pub(in crate::dynamodb) fn settle(state: &mut State, options: &Options) {
    let now = state.now();
    let due = state
        .imports
        .values()
        .filter(|import| import.end.is_none() && import.ends <= now);
    let due: Vec<String> = due.map(|import| import.arn.clone()).collect();
    for arn in due {
        let Some(mut import) = state.imports.remove(&arn) else {
            continue;
        };
        import.end = Some(finish(state, options, &import));
        state.imports.insert(arn, import);
    }
}

/// Fills the table, and tells how it ended.
fn finish(state: &mut State, options: &Options, import: &Import) -> End {
    let read = if state.no_buckets.contains(&import.bucket) {
        Err(source::no_such_bucket())
    } else {
        Source::read(
            &options.objects,
            &import.bucket,
            &import.prefix,
            &import.compression,
        )
    };
    let source = match read {
        Ok(source) => source,
        Err(failure) => {
            state.tables.remove(&import.table);
            return End {
                status: "FAILED",
                failure: Some(failure),
                ..End::default()
            };
        }
    };
    let Some(hosted) = state.tables.get_mut(&import.table) else {
        return End::default();
    };
    "ACTIVE".clone_into(&mut hosted.table.status);
    let filled = source.fill(hosted, import.ends, import.fault());
    let (status, failure) = match import.fault() {
        Some(ImportFault::Failed { code, message }) => {
            ("FAILED", Some((code.clone(), message.clone())))
        }
        Some(ImportFault::Cancelled) => ("CANCELLED", None),
        _ if filled.errors > 0 => ("FAILED", Some(source::invalid_items())),
        _ => ("COMPLETED", None),
    };
    End {
        status,
        failure,
        bytes: filled.bytes,
        imported: filled.imported,
        errors: filled.errors,
    }
}
