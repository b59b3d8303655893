//! The addresses of the databases.

use function_core::{Secret, Settings, chain};
use table_diff::DatabaseError;

use crate::database;

pub(super) fn required(settings: &mut Settings<'_>, name: &str, what: &str) -> Secret {
    let faults_of_its_file = settings.optional(&format!("{name}_FILE")).is_some();
    if let Some(url) = optional(settings, name) {
        return url;
    }
    // A file that can't be read is told of already.
    if !faults_of_its_file {
        settings.missing(
            name,
            &format!("the database {what}, such as postgres://reader@host/shop; better in a file that {name}_FILE names"),
        );
    }
    Secret::new("")
}

pub(super) fn optional(settings: &mut Settings<'_>, name: &str) -> Option<Secret> {
    let url = settings.secret(name)?;
    match database::open(&url) {
        Ok(_) => {}
        Err(DatabaseError::Address { rule }) => settings.refuse_secret(name, &rule),
        Err(error) => settings.refuse_secret(name, &chain(&error)),
    }
    Some(url)
}
