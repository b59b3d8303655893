//! The data source `amazon_s3` and its parameters.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::route::Call;
use super::state::State;

/// The one data source here.
pub(super) const AMAZON_S3: &str = "amazon_s3";

/// The parameter that no answer tells.
pub(super) const SECRET: &str = "secret_access_key";

/// The parameters: id, type, whether it must be given, and what values there are where they are few.
///
/// Source: "Set up an Amazon S3 transfer", tab bq, of the transfer guide.
pub(super) const PARAMETERS: [(&str, &str, bool, &[&str]); 13] = [
    ("destination_table_name_template", "STRING", true, &[]),
    ("data_path", "STRING", true, &[]),
    ("access_key_id", "STRING", true, &[]),
    (SECRET, "STRING", true, &[]),
    (
        "file_format",
        "STRING",
        false,
        &["CSV", "JSON", "AVRO", "PARQUET", "ORC"],
    ),
    (
        "write_disposition",
        "STRING",
        false,
        &["WRITE_APPEND", "WRITE_TRUNCATE"],
    ),
    ("max_bad_records", "INTEGER", false, &[]),
    ("decimal_target_types", "STRING", false, &[]),
    ("ignore_unknown_values", "BOOLEAN", false, &[]),
    ("field_delimiter", "STRING", false, &[]),
    ("skip_leading_rows", "INTEGER", false, &[]),
    ("allow_quoted_newlines", "BOOLEAN", false, &[]),
    ("allow_jagged_rows", "BOOLEAN", false, &[]),
];

/// Tells the data source.
pub(super) fn get(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    if !state.is_mine(&call.name.project) || call.name.data_source != AMAZON_S3 {
        return Err(Refusal::not_found("Requested entity was not found."));
    }
    Ok(described(state, call))
}

/// Tells all data sources, which is one.
pub(super) fn list(state: &State, call: &Call<'_>) -> Result<Value, Refusal> {
    if !state.is_mine(&call.name.project) {
        return Err(Refusal::not_found("Requested entity was not found."));
    }
    Ok(json!({ "dataSources": [described(state, call)] }))
}

fn described(state: &State, call: &Call<'_>) -> Value {
    let parameters = PARAMETERS.map(|(id, kind, required, values)| {
        let mut parameter = json!({ "paramId": id, "type": kind });
        if required {
            parameter["required"] = true.into();
        }
        if !values.is_empty() {
            parameter["allowedValues"] = values.into();
        }
        if id == SECRET && state.options.secret_manager_allowed {
            parameter["secretManagerAllowed"] = true.into();
        }
        parameter
    });
    let location = call
        .name
        .location
        .as_ref()
        .map(|location| format!("/locations/{location}"));
    let location = location.unwrap_or_default();
    json!({
        "name": format!("projects/{}{location}/dataSources/{AMAZON_S3}", state.options.project_number),
        "dataSourceId": AMAZON_S3,
        "displayName": "Amazon S3",
        "description": "Transfer data from Amazon S3.",
        "transferType": "BATCH",
        "supportsCustomSchedule": true,
        "defaultSchedule": "every 24 hours",
        "minimumScheduleInterval": "3600s",
        "updateDeadlineSeconds": 86400,
        "parameters": parameters,
    })
}
