//! `StartExportTask`.

use std::io;

use jiff::Timestamp;

use super::call::Call;
use super::error::Refusal;
use super::fault::{Fault, Obstacle};
use super::only;
use super::source::{Kind, Source};
use super::state::State;
use super::task::{Fate, Item, Task};

/// How many exports of an account run at one time.
///
/// **Source**: "Considerations for DB cluster snapshot exports", Aurora User Guide.
const PLACES: usize = 5;

/// What an export reads.
struct Read {
    source: Source,
    of_cluster: bool,
    taken: Option<Timestamp>,
}

pub(crate) fn start(state: &mut State, call: &Call) -> Result<String, Refusal> {
    call.only(&[
        "ExportTaskIdentifier",
        "SourceArn",
        "S3BucketName",
        "IamRoleArn",
        "KmsKeyId",
        "S3Prefix",
        "ExportOnly",
    ])?;
    let identifier = identifier(call.required("ExportTaskIdentifier")?)?;
    let arn = call.required("SourceArn")?;
    let bucket = call.required("S3BucketName")?;
    let role = call.required("IamRoleArn")?;
    let key = call.required("KmsKeyId")?;
    let prefix = prefix(call.optional("S3Prefix").unwrap_or_default())?;
    let only = call.list("ExportOnly.member");
    if state.tasks.iter().any(|task| task.identifier == identifier) {
        return Err(exists(format!(
            "The export task with the ID {identifier} already exists."
        )));
    }
    let read = read(state, arn)?;
    only::check(&only, read.source.engine)?;
    reachable(state, bucket, role, key)?;
    room(state, arn)?;
    let now = state.now();
    let task = task(state, &read, identifier, arn, only, now);
    let task = Task {
        bucket: bucket.to_owned(),
        prefix: prefix.to_owned(),
        role: role.to_owned(),
        key: key.to_owned(),
        ..task
    };
    let xml = task.xml(now);
    state.tasks.push(task);
    Ok(xml)
}

fn task(
    state: &mut State,
    read: &Read,
    identifier: &str,
    arn: &str,
    only: Vec<String>,
    now: Timestamp,
) -> Task {
    let mut faults = Vec::new();
    state.faults.retain(|(source, fault)| {
        let mine = *source == read.source.identifier;
        if mine {
            faults.push(fault.clone());
        }
        !mine
    });
    if only::lost(&only, &read.source.tables) {
        let reason = "FAILED_TO_EXTRACT_TABLES_LIST_FOR_DATABASE".to_owned();
        faults.push(Fault::Warns { reason });
    }
    let wanted = read
        .source
        .tables
        .iter()
        .filter(|table| only::wants(&only, table));
    let items = wanted.map(|table| Item {
        table: table.clone(),
        fate: fate(&table.name(), table.unexportable(), &faults),
    });
    let times = (state.options.starting, state.options.running);
    let (starting, running) = read.source.times.unwrap_or(times);
    Task {
        identifier: identifier.to_owned(),
        source_arn: arn.to_owned(),
        of_cluster: read.of_cluster,
        items: items.collect(),
        only,
        bucket: String::new(),
        prefix: String::new(),
        role: String::new(),
        key: String::new(),
        snapshot_time: read.taken,
        requested: now,
        starting,
        running,
        gigabytes: read.source.gigabytes,
        faults,
        written: Vec::new(),
        done: 0,
        finished: false,
        canceled: None,
        broken: None,
    }
}

fn fate(name: &str, unexportable: Option<&str>, faults: &[Fault]) -> Fate {
    let scripted = faults.iter().find_map(|fault| match fault {
        Fault::Skips { table, reason } if table == name => Some(Fate::Skipped(reason.clone())),
        Fault::Omits { table } if table == name => Some(Fate::Omitted),
        Fault::TableEndsAs { table, status } if table == name => Some(Fate::EndsAs(status.clone())),
        _ => None,
    });
    let own = || unexportable.map(|reason| Fate::Skipped(reason.to_owned()));
    scripted.or_else(own).unwrap_or(Fate::Exported)
}

/// **Source**: the refusal's words in aws-samples/rds-snapshot-export-to-s3-pipeline, issue 2; the
/// 60 characters from the fixes of its users.
fn identifier(identifier: &str) -> Result<&str, Refusal> {
    let legal = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
    let good = identifier.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && identifier.chars().all(legal)
        && !identifier.ends_with('-')
        && !identifier.contains("--");
    if !good {
        return Err(Refusal::value(
            "The parameter ExportTaskIdentifier is not a valid identifier. Identifiers must begin \
             with a letter; must contain only ASCII letters, digits, and hyphens; and must not end \
             with a hyphen or contain two consecutive hyphens.",
        ));
    }
    if identifier.len() > 60 {
        return Err(Refusal::value(
            "The parameter ExportTaskIdentifier must not be longer than 60 characters.",
        ));
    }
    Ok(identifier)
}

fn prefix(prefix: &str) -> Result<&str, Refusal> {
    if prefix.contains(':') {
        return Err(Refusal::value(
            "The parameter S3Prefix must not contain a colon.",
        ));
    }
    Ok(prefix)
}

fn read(state: &State, arn: &str) -> Result<Read, Refusal> {
    let resource = arn.splitn(6, ':').nth(5).unwrap_or_default();
    let (kind, name) = resource.split_once(':').unwrap_or_default();
    match kind {
        "cluster-snapshot" => of_snapshot(state, arn, name, Kind::Cluster),
        "snapshot" => of_snapshot(state, arn, name, Kind::Instance),
        "cluster" => of_cluster(state, arn, name),
        _ => Err(Refusal::value(format!("Invalid SourceArn: {arn}"))),
    }
}

fn of_snapshot(state: &State, arn: &str, name: &str, kind: Kind) -> Result<Read, Refusal> {
    let mut snapshots = state.snapshots_of(kind);
    let snapshot = snapshots
        .find(|snapshot| state.snapshot_arn(snapshot) == arn)
        .ok_or_else(|| match kind {
            Kind::Cluster => Refusal::new(
                "DBClusterSnapshotNotFoundFault",
                format!("DBClusterSnapshot not found: {name}"),
            ),
            Kind::Instance => Refusal::new(
                "DBSnapshotNotFound",
                format!("DBSnapshot not found: {name}"),
            ),
        })?;
    let status = snapshot.status(state.now());
    if status != "available" || !snapshot.source.engine.exportable() {
        let engine = snapshot.source.engine.name();
        return Err(Refusal::new(
            "InvalidExportSourceState",
            format!("The source {name} of engine {engine} is {status} and can't be exported."),
        ));
    }
    Ok(Read {
        source: (*snapshot.source).clone(),
        of_cluster: false,
        taken: Some(snapshot.at),
    })
}

fn of_cluster(state: &State, arn: &str, name: &str) -> Result<Read, Refusal> {
    let mut sources = state.sources.values();
    let found =
        sources.find(|source| source.kind == Kind::Cluster && state.source_arn(source) == arn);
    let source = found.ok_or_else(|| {
        Refusal::new(
            "DBClusterNotFoundFault",
            format!("DBCluster {name} not found."),
        )
    })?;
    Ok(Read {
        source: source.clone(),
        of_cluster: true,
        taken: None,
    })
}

fn reachable(state: &State, bucket: &str, role: &str, key: &str) -> Result<(), Refusal> {
    let stands = |obstacle: Obstacle| state.obstacles.contains(&obstacle);
    let own = format!("arn:aws:iam::{}:role/", state.options.account);
    let region = match state.options.objects.bucket_region(bucket) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(Refusal::new("InternalFailure", error.to_string()));
        }
        Err(_) => None,
        Ok(region) => Some(region.unwrap_or_else(|| state.options.region.clone())),
    };
    if stands(Obstacle::NoBucket(bucket.to_owned()))
        || region.as_ref() != Some(&state.options.region)
    {
        return Err(Refusal::new(
            "InvalidS3BucketFault",
            format!(
                "The S3 bucket {bucket} isn't valid. Either it isn't located in the current AWS \
                 Region or it doesn't exist. Review your S3 bucket name and retry the export."
            ),
        ));
    }
    if !role.starts_with(&own) || stands(Obstacle::NoRole(role.to_owned())) {
        return Err(Refusal::new(
            "IamRoleNotFound",
            format!("The IAM role {role} could not be found."),
        ));
    }
    if stands(Obstacle::WeakRole(role.to_owned())) {
        return Err(Refusal::new(
            "IamRoleMissingPermissions",
            format!(
                "The IAM role {role} isn't authorized to call s3:PutObject on the S3 bucket \
                 {bucket}. Review your permissions and retry the export."
            ),
        ));
    }
    if stands(Obstacle::NoKey(key.to_owned())) {
        return Err(Refusal::new(
            "KMSKeyNotAccessibleFault",
            format!(
                "The specified KMS key [{key}] does not exist, is not enabled or you do not have permissions to access it."
            ),
        ));
    }
    Ok(())
}

fn room(state: &State, arn: &str) -> Result<(), Refusal> {
    let now = state.now();
    let active = state.tasks.iter().filter(|task| task.is_active(now));
    let active = active.collect::<Vec<_>>();
    if active.iter().any(|task| task.source_arn == arn) {
        return Err(exists(format!(
            "An export task of {arn} is running already."
        )));
    }
    if active.len() >= PLACES {
        return Err(Refusal::new(
            "ExportTaskLimitReachedFault",
            format!("You have reached the limit of {PLACES} concurrent export tasks"),
        ));
    }
    Ok(())
}

fn exists(message: String) -> Refusal {
    Refusal::new("ExportTaskAlreadyExists", message)
}
