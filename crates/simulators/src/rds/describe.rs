//! What there is to export: snapshots, clusters and instances.

use super::call::{Call, meets};
use super::error::Refusal;
use super::page;
use super::snapshot::Taken;
use super::source::{Kind, Source};
use super::state::State;
use super::xml;

/// The words in which clusters and instances, and their snapshots, differ.
struct Words {
    kind: Kind,
    source: &'static str,
    snapshot: &'static str,
    source_filter: &'static str,
    snapshot_filter: &'static str,
    resource: &'static str,
    types: &'static [&'static str],
    lost_source: &'static str,
    lost_snapshot: &'static str,
}

const CLUSTER: Words = Words {
    kind: Kind::Cluster,
    source: "DBCluster",
    snapshot: "DBClusterSnapshot",
    source_filter: "db-cluster-id",
    snapshot_filter: "db-cluster-snapshot-id",
    resource: "DbClusterResourceId",
    types: &["automated", "manual", "shared", "public"],
    lost_source: "DBClusterNotFoundFault",
    lost_snapshot: "DBClusterSnapshotNotFoundFault",
};

const INSTANCE: Words = Words {
    kind: Kind::Instance,
    source: "DBInstance",
    snapshot: "DBSnapshot",
    source_filter: "db-instance-id",
    snapshot_filter: "db-snapshot-id",
    resource: "DbiResourceId",
    types: &["automated", "manual", "shared", "public", "awsbackup"],
    lost_source: "DBInstanceNotFound",
    lost_snapshot: "DBSnapshotNotFound",
};

fn words(kind: Kind) -> &'static Words {
    match kind {
        Kind::Cluster => &CLUSTER,
        Kind::Instance => &INSTANCE,
    }
}

pub(crate) fn snapshots(state: &State, call: &Call, kind: Kind) -> Result<String, Refusal> {
    let words = words(kind);
    let source_field = format!("{}Identifier", words.source);
    let snapshot_field = format!("{}Identifier", words.snapshot);
    call.only(&[
        &source_field,
        &snapshot_field,
        "SnapshotType",
        "Filters",
        "MaxRecords",
        "Marker",
        "IncludeShared",
        "IncludePublic",
        words.resource,
    ])?;
    let (source, snapshot) = (call.optional(&source_field), call.optional(&snapshot_field));
    if source.is_some() && snapshot.is_some() {
        return Err(Refusal::new(
            "InvalidParameterCombination",
            format!("{source_field} and {snapshot_field} can't be used together"),
        ));
    }
    let wanted_type = snapshot_type(call, words)?;
    let known = [
        words.source_filter,
        words.snapshot_filter,
        "snapshot-type",
        "engine",
    ];
    let filters = call.filters(&known)?;
    let same =
        |one: &str, other: Option<&str>| other.is_none_or(|other| one.eq_ignore_ascii_case(other));
    let wanted = |taken: &&Taken| {
        same(&taken.source.identifier, source)
            && same(&taken.identifier, snapshot)
            && same(taken.by.name(), wanted_type)
            && call
                .optional(words.resource)
                .is_none_or(|id| resource_id(&taken.source) == id)
            && meets(&filters, |name| {
                snapshot_property(state, words, taken, name)
            })
    };
    let found = state.snapshots_of(words.kind).filter(wanted);
    let found = found.map(|taken| (taken.identifier.clone(), snapshot_xml(state, words, taken)));
    let found = found.collect::<Vec<_>>();
    if let Some(snapshot) = snapshot.filter(|_| found.is_empty()) {
        let message = format!("{} {snapshot} not found.", words.snapshot);
        return Err(Refusal::new(words.lost_snapshot, message));
    }
    listed(state, call, words.snapshot, found)
}

fn snapshot_type<'call>(call: &'call Call, words: &Words) -> Result<Option<&'call str>, Refusal> {
    let wanted = call.optional("SnapshotType");
    match wanted.filter(|wanted| !words.types.contains(wanted)) {
        None => Ok(wanted),
        Some(wanted) => Err(Refusal::value(format!(
            "Invalid snapshot type: {wanted}. Valid values are: {}",
            words.types.join(", ")
        ))),
    }
}

fn snapshot_property(state: &State, words: &Words, taken: &Taken, name: &str) -> Vec<String> {
    if name == words.source_filter {
        return vec![
            taken.source.identifier.clone(),
            state.source_arn(&taken.source),
        ];
    }
    if name == words.snapshot_filter {
        return vec![taken.identifier.clone()];
    }
    let property = match name {
        "snapshot-type" => taken.by.name(),
        _ => taken.source.engine.name(),
    };
    vec![property.to_owned()]
}

fn snapshot_xml(state: &State, words: &Words, taken: &Taken) -> String {
    let (source, status) = (&taken.source, taken.status(state.now()));
    let ready = status != "creating";
    let (created, encrypted) = match words.kind {
        Kind::Cluster => ("ClusterCreateTime", "StorageEncrypted"),
        Kind::Instance => ("InstanceCreateTime", "Encrypted"),
    };
    [
        xml::text(&format!("{}Identifier", words.snapshot), &taken.identifier),
        xml::text(&format!("{}Identifier", words.source), &source.identifier),
        xml::instant("SnapshotCreateTime", ready.then_some(taken.at)),
        xml::text("Engine", source.engine.name()),
        xml::text("EngineVersion", source.engine.version()),
        xml::text("AllocatedStorage", &source.gigabytes.to_string()),
        xml::text("Status", status),
        xml::text("Port", "3306"),
        xml::instant(created, Some(state.options.created)),
        xml::text("MasterUsername", "admin"),
        xml::text("SnapshotType", taken.by.name()),
        xml::text("PercentProgress", if ready { "100" } else { "0" }),
        xml::text(encrypted, "true"),
        xml::text(
            &format!("{}Arn", words.snapshot),
            &state.snapshot_arn(taken),
        ),
        xml::text(words.resource, &resource_id(source)),
        xml::element("TagList", ""),
    ]
    .concat()
}

pub(crate) fn sources(state: &State, call: &Call, kind: Kind) -> Result<String, Refusal> {
    let words = words(kind);
    let field = format!("{}Identifier", words.source);
    let mut known = vec![field.as_str(), "Filters", "MaxRecords", "Marker"];
    if words.kind == Kind::Cluster {
        known.push("IncludeShared");
    }
    call.only(&known)?;
    let filters = call.filters(&[words.source_filter, "engine"])?;
    let identifier = call.optional(&field);
    let property = |source: &Source, name: &str| match name {
        "engine" => vec![source.engine.name().to_owned()],
        _ => vec![source.identifier.clone(), state.source_arn(source)],
    };
    let wanted = |source: &&Source| {
        let named = |name: &str| {
            name.eq_ignore_ascii_case(&source.identifier) || name == state.source_arn(source)
        };
        source.kind == words.kind
            && identifier.is_none_or(named)
            && meets(&filters, |name| property(source, name))
    };
    let found = state.sources.values().filter(wanted);
    let found = found.map(|source| (source.identifier.clone(), source_xml(state, words, source)));
    let found = found.collect::<Vec<_>>();
    if let Some(identifier) = identifier.filter(|_| found.is_empty()) {
        let message = format!("{} {identifier} not found.", words.source);
        return Err(Refusal::new(words.lost_source, message));
    }
    listed(state, call, words.source, found)
}

fn source_xml(state: &State, words: &Words, source: &Source) -> String {
    let (status, created) = match words.kind {
        Kind::Cluster => ("Status", "ClusterCreateTime"),
        Kind::Instance => ("DBInstanceStatus", "InstanceCreateTime"),
    };
    [
        xml::text(&format!("{}Identifier", words.source), &source.identifier),
        xml::text(&format!("{}Arn", words.source), &state.source_arn(source)),
        xml::text(words.resource, &resource_id(source)),
        xml::text(status, "available"),
        xml::text("Engine", source.engine.name()),
        xml::text("EngineVersion", source.engine.version()),
        xml::text("MasterUsername", "admin"),
        xml::text("AllocatedStorage", &source.gigabytes.to_string()),
        xml::text("BackupRetentionPeriod", "7"),
        xml::text("StorageEncrypted", "true"),
        xml::instant(created, Some(state.options.created)),
    ]
    .concat()
}

fn listed(
    state: &State,
    call: &Call,
    name: &str,
    found: Vec<(String, String)>,
) -> Result<String, Refusal> {
    let list = format!("{name}s");
    let page = page::cut(call, &list, state.epoch, found)?;
    let items = page.items.iter().map(|item| xml::element(name, item));
    let items = xml::element(&list, &items.collect::<String>());
    Ok(items + &xml::maybe("Marker", page.marker.as_deref()))
}

fn resource_id(source: &Source) -> String {
    let prefix = match source.kind {
        Kind::Cluster => "cluster",
        Kind::Instance => "db",
    };
    format!(
        "{prefix}-{}",
        source.identifier.to_uppercase().replace('-', "")
    )
}
