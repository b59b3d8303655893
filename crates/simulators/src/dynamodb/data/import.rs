//! `ImportTable` and `DescribeImport`: a new table of what lies in a bucket.

mod course;
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
use super::super::table::Table;
use super::create;
pub(in crate::dynamodb) use course::settle;
use source::Filled;

/// The most imports that may be under way at one time.
const MOST_RUNNING: usize = 50;

/// How long a client token stands for its import.
const TOKEN_LIFE: Duration = Duration::from_hours(8);

/// The formats that are known to the service.
const FORMAT: Rule = Rule::OneOf(&["ION", "DYNAMODB_JSON", "CSV"]);

/// The compressions that are known to the service.
const COMPRESSION: Rule = Rule::OneOf(&["ZSTD", "NONE", "GZIP"]);

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

/// What was asked for, without the table.
#[derive(Clone, Debug)]
struct Asked {
    token: String,
    bucket: String,
    prefix: String,
    compression: String,
    /// What is told again as it came.
    echoed: Map<String, Value>,
}

/// How an import ended.
#[derive(Clone, Debug, Default)]
struct End {
    status: &'static str,
    failure: Option<(String, String)>,
    filled: Filled,
}

/// An import.
#[derive(Debug)]
pub(in crate::dynamodb) struct Import {
    arn: String,
    table: Table,
    table_arn: String,
    table_id: String,
    asked: Asked,
    started: Timestamp,
    ends: Timestamp,
    faults: Vec<ImportFault>,
    /// Whether the table can be seen.
    visible: bool,
    /// How it will end, as soon as that is decided.
    planned: Option<End>,
    end: Option<End>,
}

/// Starts an import, or finds the one that the client token stands for.
pub(in crate::dynamodb) fn import(
    state: &mut State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let inner = parameters.required_map("TableCreationParameters")?;
    let mut inner = Parameters::within(inner, "tableCreationParameters.".to_owned());
    let table = create::wanted(&mut inner, state);
    parameters.absorb(inner);
    let asked = Asked::parse(&mut parameters, options)?;
    let format = parameters.required("InputFormat", FORMAT)?;
    let with_options = parameters.is_given("InputFormatOptions");
    parameters.finish()?;
    let table = table?;
    if with_options && format != "CSV" {
        let words = "Invalid Request: Unsupported InputFormatOptions for the given input format";
        return Err(Refusal::invalid(format!("{words}: {format}.")));
    }
    let repeated = repeated(state, &asked.token, &table.name)?;
    let taken = state.tables.contains_key(&table.name);
    let running = |arn: &String| {
        state
            .imports
            .get(arn)
            .is_some_and(|import| import.end.is_none())
    };
    // While its table is there, an import that has ended is no longer told again.
    if let Some(arn) = repeated.filter(|arn| !taken || running(arn)) {
        return described(state, &arn);
    }
    if taken {
        return Err(create::exists(&table.name));
    }
    if format != "DYNAMODB_JSON" || asked.compression == "ZSTD" {
        let message = "The simulator imports DYNAMODB_JSON only, of which nothing is ZSTD";
        return Err(Refusal::invalid(message));
    }
    let running = state.imports.values().filter(|import| import.end.is_none());
    if running.count() >= MOST_RUNNING {
        let message = "Limit exceeded: Too many imports are in progress";
        return Err(Refusal::new("LimitExceededException", message));
    }
    let arn = begin(state, options, table, asked);
    described(state, &arn)
}

impl Asked {
    fn parse(parameters: &mut Parameters, options: &Options) -> Result<Self, Refusal> {
        let compression = parameters.text("InputCompressionType", COMPRESSION)?;
        let token = parameters.required("ClientToken", TOKEN)?;
        let mut echoed = parameters.told(&["TableCreationParameters", "InputFormat"]);
        let mut source = parameters.required_map("S3BucketSource")?;
        let mut inner = Parameters::within(source.clone(), "s3BucketSource.".to_owned());
        let asked = (
            inner.required("S3Bucket", BUCKET)?,
            inner.text("S3BucketOwner", ACCOUNT)?,
            inner.text("S3KeyPrefix", Rule::Any)?,
        );
        parameters.absorb(inner);
        let (bucket, owner, prefix) = asked;
        let owner = owner.unwrap_or_else(|| options.account.clone());
        source.insert("S3BucketOwner".to_owned(), json!(owner));
        echoed.insert("S3BucketSource".to_owned(), Value::Object(source));
        Ok(Self {
            token,
            bucket,
            prefix: prefix.unwrap_or_default(),
            compression: compression.unwrap_or_else(|| "NONE".to_owned()),
            echoed,
        })
    }
}

/// The import that has the token. Its table is all that is compared.
fn repeated(state: &State, token: &str, table: &str) -> Result<Option<String>, Refusal> {
    let since = state.now() - TOKEN_LIFE;
    let same = |import: &&Import| import.asked.token == token && import.started > since;
    match state.imports.values().find(same) {
        None => Ok(None),
        Some(import) if import.table.name == table => Ok(Some(import.arn.clone())),
        Some(_) => Err(Refusal::new(
            "ImportConflictException",
            "Import conflict: Duplicate request detected with conflicting parameters",
        )),
    }
}

fn begin(state: &mut State, options: &Options, table: Table, asked: Asked) -> String {
    let started = state.now();
    let faults = state.import_faults.remove(&table.name).unwrap_or_default();
    let takes = faults.iter().find_map(|fault| match fault {
        ImportFault::Takes(takes) => Some(*takes),
        _ => None,
    });
    let table_arn = describe::arn(options, &table.name);
    let suffix = state.unique();
    let suffix = suffix.get(..8).unwrap_or_default();
    let millis = started.as_millisecond();
    let arn = format!("{table_arn}/import/{millis:014}-{suffix}");
    let import = Import {
        arn: arn.clone(),
        table,
        table_arn,
        table_id: state.table_id(),
        asked,
        started,
        ends: started + takes.unwrap_or(options.duration),
        faults,
        visible: false,
        planned: None,
        end: None,
    };
    state.imports.insert(arn.clone(), import);
    arn
}

/// Describes an import.
pub(in crate::dynamodb) fn describe_import(
    state: &State,
    options: &Options,
    mut parameters: Parameters,
) -> Result<Value, Refusal> {
    let arn = parameters.required("ImportArn", Rule::Filled)?;
    parameters.finish()?;
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", _, _, _, account, resource] = parts[..] else {
        return Err(Refusal::invalid("Invalid Import ARN"));
    };
    if account != options.account {
        return Err(Refusal::denied());
    }
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
    /// The `ImportTableDescription`. Its counts are 0 until it has ended.
    fn description(&self) -> Value {
        let filled = self.end.as_ref().map(|end| end.filled).unwrap_or_default();
        let mut told = json!({
            "ImportArn": self.arn,
            "ImportStatus": self.end.as_ref().map_or("IN_PROGRESS", |end| end.status),
            "TableArn": self.table_arn,
            "TableId": self.table_id,
            "ClientToken": self.asked.token,
            "InputCompressionType": self.asked.compression,
            "CloudWatchLogGroupArn": self.log_group(),
            "StartTime": seconds(self.started),
            "ErrorCount": filled.errors,
            "ImportedItemCount": filled.imported,
            "ProcessedItemCount": filled.imported + filled.errors,
        });
        for (name, value) in &self.asked.echoed {
            told[name] = value.clone();
        }
        let Some(end) = &self.end else {
            return told;
        };
        told["EndTime"] = seconds(self.ends);
        if filled.bytes > 0 {
            told["ProcessedSizeBytes"] = json!(filled.bytes);
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
}
