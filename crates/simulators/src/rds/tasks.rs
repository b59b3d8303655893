//! `DescribeExportTasks` and `CancelExportTask`.

use super::call::{Call, meets};
use super::error::Refusal;
use super::page;
use super::state::State;
use super::task::Task;
use super::xml;

pub(crate) fn describe(state: &State, call: &Call) -> Result<String, Refusal> {
    call.only(&[
        "ExportTaskIdentifier",
        "SourceArn",
        "SourceType",
        "Filters",
        "MaxRecords",
        "Marker",
    ])?;
    let filters = call.filters(&[
        "export-task-identifier",
        "s3-bucket",
        "source-arn",
        "status",
    ])?;
    let identifier = call.optional("ExportTaskIdentifier");
    let arn = call.optional("SourceArn");
    let of_cluster = of_cluster(call)?;
    let now = state.now();
    let property = |task: &Task, name: &str| match name {
        "export-task-identifier" => vec![task.identifier.clone()],
        "s3-bucket" => vec![task.bucket.clone()],
        "source-arn" => vec![task.source_arn.clone()],
        _ => vec![task.status(now).to_lowercase()],
    };
    let wanted = |task: &&Task| {
        identifier.is_none_or(|identifier| task.identifier == identifier)
            && arn.is_none_or(|arn| task.source_arn == arn)
            && of_cluster.is_none_or(|of_cluster| task.of_cluster == of_cluster)
            && meets(&filters, |name| property(task, name))
    };
    let found = state.tasks.iter().filter(wanted);
    let found = found.map(|task| (task.identifier.clone(), task.xml(now)));
    let found = found.collect::<Vec<_>>();
    if let Some(identifier) = identifier.filter(|_| found.is_empty()) {
        return Err(not_found(identifier));
    }
    let page = page::cut(call, "tasks", state.epoch, found)?;
    let tasks = page
        .items
        .iter()
        .map(|task| xml::element("ExportTask", task));
    let tasks = xml::element("ExportTasks", &tasks.collect::<String>());
    Ok(tasks + &xml::maybe("Marker", page.marker.as_deref()))
}

fn of_cluster(call: &Call) -> Result<Option<bool>, Refusal> {
    match call.optional("SourceType") {
        None => Ok(None),
        Some("CLUSTER") => Ok(Some(true)),
        Some("SNAPSHOT") => Ok(Some(false)),
        Some(other) => Err(Refusal::value(format!(
            "Invalid value {other} for SourceType"
        ))),
    }
}

pub(crate) fn cancel(state: &mut State, call: &Call) -> Result<String, Refusal> {
    call.only(&["ExportTaskIdentifier"])?;
    let identifier = call.required("ExportTaskIdentifier")?;
    let now = state.now();
    let mut tasks = state.tasks.iter_mut();
    let task = tasks
        .find(|task| task.identifier == identifier)
        .ok_or_else(|| not_found(identifier))?;
    let status = task.status(now);
    if !matches!(status, "STARTING" | "IN_PROGRESS") {
        return Err(Refusal::new(
            "InvalidExportTaskStateFault",
            format!("The export task {identifier} is {status} and can't be canceled."),
        ));
    }
    task.canceled = Some(now);
    task.finished = true;
    Ok(task.xml(now))
}

fn not_found(identifier: &str) -> Refusal {
    Refusal::new(
        "ExportTaskNotFound",
        format!("The export task {identifier} was not found."),
    )
}
