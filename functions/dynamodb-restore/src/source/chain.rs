//! Exports that together give a table as of one moment: a full one, and incremental ones without a gap.

use function_core::Env;
use jiff::Timestamp;

use super::export::{self, Export, Scope};
use super::place::Place;
use super::{Link, Source, fingerprint};
use crate::error::RestoreError;

/// The chain of the exports whose manifests are at `addresses`, in any order.
pub(super) async fn of(
    addresses: &[String],
    as_of: Option<Timestamp>,
    env: &Env,
) -> Result<Source, RestoreError> {
    let mut exports = Vec::with_capacity(addresses.len());
    for address in addresses {
        let place = Place::open(address, env).await?;
        let place = match place.name() {
            export::SUMMARY => place,
            _ => place.join(export::SUMMARY),
        };
        exports.push(export::read(&place).await?);
    }
    of_exports(exports, as_of)
}

/// The chain of `exports`, in any order, as of the last moment that is not after `as_of`.
pub(super) fn of_exports(
    mut exports: Vec<Export>,
    as_of: Option<Timestamp>,
) -> Result<Source, RestoreError> {
    exports.sort_by_key(|export| (export.scope.end(), export.scope.is_full()));
    if let Some(as_of) = as_of {
        let first = exports
            .first()
            .map(|export| (export.address.clone(), export.scope.end()));
        exports.retain(|export| export.scope.end() <= as_of);
        if let (true, Some((object, end))) = (exports.is_empty(), first) {
            let why = format!("it is as of {end}, after `asOf` {as_of}; give an earlier backup");
            return Err(RestoreError::Backup { object, why });
        }
    }
    check(&exports)?;
    let mut warnings = Vec::new();
    let end = exports
        .last()
        .map_or(Timestamp::UNIX_EPOCH, |export| export.scope.end());
    if let Some(as_of) = as_of.filter(|as_of| *as_of != end) {
        warnings.push(format!("the backup holds the table as of {end}, the last moment that it has before `asOf` {as_of}"));
    }
    let md5s: Vec<String> = exports
        .iter()
        .map(|export| {
            let [summary, files] = export.md5s;
            format!("{} {summary} {files}", export.arn)
        })
        .collect();
    let table = exports.last().map(|export| export.table.clone());
    let (mut files, mut links) = (Vec::new(), Vec::new());
    for export in exports {
        let start = files.len();
        files.extend(export.files);
        links.push(Link {
            address: export.address,
            is_full: export.scope.is_full(),
            files: start..files.len(),
            data: export.data,
        });
    }
    Ok(Source {
        links,
        files,
        table,
        keys: None,
        moment: end,
        fingerprint: fingerprint(md5s.iter().map(String::as_str)),
        warnings,
    })
}

/// A full export first, each window from the second with which the one before ends, all of one table.
fn check(exports: &[Export]) -> Result<(), RestoreError> {
    let Some((first, others)) = exports.split_first() else {
        return Err(RestoreError::Request(
            "`manifest` is an empty list; give the address of a backup".to_owned(),
        ));
    };
    if let Scope::Incremental { from, .. } = first.scope {
        let why = format!(
            "it is incremental, and no full export as of {from} precedes it; give the addresses of the full export and of \
             every window since, or a manifest of dynamodb-export, which knows them"
        );
        return Err(broken(first, why));
    }
    let mut reached = first.scope.end();
    for export in others {
        let Scope::Incremental { from, to } = export.scope else {
            return Err(broken(
                export,
                "it is a second full export; give one, and the windows after it".to_owned(),
            ));
        };
        // The service is asked to the second.
        if from.as_second() != reached.as_second() {
            let why = format!(
                "it begins at {from}, but the link before it reaches {reached}; a window is missing or doubled"
            );
            return Err(broken(export, why));
        }
        let (one, other) = (&export.table, &first.table);
        let same_id = one.id == other.id || one.id.is_empty() || other.id.is_empty();
        if one.arn != other.arn || !same_id {
            let why = format!(
                "it is of the table {} with the id {}, the full export of {} with the id {}; they are no chain",
                one.arn, one.id, other.arn, other.id
            );
            return Err(broken(export, why));
        }
        reached = to;
    }
    Ok(())
}

fn broken(export: &Export, why: String) -> RestoreError {
    RestoreError::Backup {
        object: export.address.clone(),
        why,
    }
}

#[cfg(test)]
mod tests;
