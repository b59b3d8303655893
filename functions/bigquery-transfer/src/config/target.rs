//! Where the tables go, and whose the configs are.

use function_core::Settings;

/// Where the dataset is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// The location's name.
    pub name: String,
    /// Whether somebody set it.
    pub is_set: bool,
}

/// **Source**: Resource Manager documentation, "Creating and managing projects": 6 to 30 lower-case letters, digits and
/// hyphens; older projects have a domain and a colon in front.
pub(super) fn project(settings: &mut Settings<'_>) -> String {
    let name = match settings.optional("PROJECT") {
        Some(_) => "PROJECT",
        None => "GOOGLE_CLOUD_PROJECT",
    };
    let Some(project) = settings.optional(name) else {
        settings.missing(
            "PROJECT",
            "the project of the dataset, such as example-prod",
        );
        return String::new();
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '.');
    if !project.chars().all(is_plain) {
        settings.refuse(name, "a project's id: letters, digits and hyphens");
    }
    project.to_owned()
}

/// **Source**: BigQuery documentation, "Creating datasets": letters, digits and underscores, up to 1024.
pub(super) fn dataset(settings: &mut Settings<'_>) -> String {
    let (name, dataset) = match (
        settings.optional("DATASET"),
        settings.optional("APP_NAME"),
        settings.optional("ENV"),
    ) {
        (Some(dataset), _, _) => ("DATASET", dataset.to_owned()),
        (None, Some(app), Some(environment)) => {
            ("APP_NAME", format!("{app}_{environment}_rds_data"))
        }
        _ => {
            settings.missing(
                "DATASET",
                "the dataset that the tables go to, such as app_prod_rds_data, which APP_NAME=app and ENV=prod stand for",
            );
            return String::new();
        }
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !dataset.chars().all(is_plain) || dataset.len() > 1024 {
        settings.refuse(
            name,
            "a dataset's name has letters, digits and underscores only; set DATASET to such a one",
        );
    }
    dataset
}

pub(super) fn location(settings: &mut Settings<'_>) -> Location {
    let set = settings.optional("LOCATION");
    let name = set.unwrap_or("asia-northeast1").to_owned();
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        settings.refuse(
            "LOCATION",
            "a location of BigQuery, such as asia-northeast1 or us",
        );
    }
    Location {
        name,
        is_set: set.is_some(),
    }
}

pub(super) fn stack(settings: &mut Settings<'_>) -> String {
    let (name, stack) = match (settings.optional("STACK"), settings.optional("ENV")) {
        (Some(stack), _) => ("STACK", stack),
        (None, Some(environment)) => ("ENV", environment),
        (None, None) => ("STACK", "tasuki"),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !stack.chars().all(is_plain) {
        settings.refuse(
            name,
            "letters, digits, - and _: it marks the configs that are ours",
        );
    }
    stack.to_owned()
}
