//! The settings, from environment variables.

use std::collections::BTreeSet;

use function_core::{ConfigError, Env, Settings};
use jiff::SignedDuration;
use reconcile::{Common, bucket};

use crate::source::{Kind, Source};

/// The longest `ENV`, so that there is room for the source in an export's name of 60 characters.
const LONGEST_ENVIRONMENT: usize = 16;

/// The settings of rds-snapshot-export.
#[derive(Clone, Debug)]
pub struct Config {
    /// `DB_CLUSTER_IDENTIFIER` and `DB_INSTANCE_IDENTIFIER`: the clusters and instances, with commas between them. At least one.
    pub(crate) sources: Vec<Source>,
    /// `ENV`: the environment, such as `stg` or `prod`; part of each export's name. Required.
    pub environment: String,
    /// `S3_EXPORT_BUCKET_NAME`: the bucket, in the Region of the snapshots. Required.
    pub bucket: String,
    /// `S3_EXPORT_IAM_ROLE_ARN`: the role that RDS writes with. Required.
    pub role: String,
    /// `KMS_KEY_ID`: the key that RDS encrypts with: its ARN, id or alias. Required.
    pub key: String,
    /// `SNAPSHOT_TYPE`: `automated`, `manual`, or `awsbackup` (instances only). Default `automated`.
    pub snapshot_type: SnapshotType,
    /// `MAX_SNAPSHOT_AGE`: how old the newest snapshot may be before people are told. Default `30h`.
    pub max_snapshot_age: SignedDuration,
    /// `EXPORT_ONLY`: the databases, schemas or tables to export, in the forms of RDS. Default all.
    pub export_only: Vec<String>,
    /// `ALLOW_SKIPPED`: tables (`database.schema.table`) that RDS may leave out, each known to be so. Default none.
    pub allow_skipped: BTreeSet<String>,
    /// What all exporting functions have.
    pub common: Common,
}

/// Which snapshots count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SnapshotType {
    /// Those that RDS makes every day by itself.
    #[default]
    Automated,
    /// Those that a person or a program made.
    Manual,
    /// Those of AWS Backup.
    AwsBackup,
}

impl SnapshotType {
    /// The API's word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Automated => "automated",
            Self::Manual => "manual",
            Self::AwsBackup => "awsbackup",
        }
    }
}

impl std::str::FromStr for SnapshotType {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        let all = [Self::Automated, Self::Manual, Self::AwsBackup];
        all.into_iter().find(|kind| kind.name() == name).ok_or(())
    }
}

impl Config {
    /// Reads the settings.
    ///
    /// # Errors
    /// Every setting that is missing or wrong.
    pub fn from_env(env: &Env) -> Result<Self, ConfigError> {
        let mut settings = Settings::new(env);
        let config = Self::read(&mut settings);
        settings.finish()?;
        Ok(config)
    }

    fn read(settings: &mut Settings<'_>) -> Self {
        let snapshot_type = settings.parsed_or(
            "SNAPSHOT_TYPE",
            SnapshotType::default(),
            "automated, manual or awsbackup",
        );
        Self {
            sources: sources(settings, snapshot_type),
            environment: environment(settings),
            bucket: bucket(settings, "S3_EXPORT_BUCKET_NAME"),
            role: role(settings),
            key: settings.required(
                "KMS_KEY_ID",
                "the ARN, id or alias of the key that the export is encrypted with",
            ),
            snapshot_type,
            max_snapshot_age: settings
                .duration_or("MAX_SNAPSHOT_AGE", SignedDuration::from_hours(30)),
            export_only: export_only(settings),
            allow_skipped: settings.list("ALLOW_SKIPPED").into_iter().collect(),
            common: Common::from_settings(settings),
        }
    }
}

fn sources(settings: &mut Settings<'_>, snapshot_type: SnapshotType) -> Vec<Source> {
    let mut sources = Vec::new();
    let mut names = BTreeSet::new();
    for (variable, kind) in [
        ("DB_CLUSTER_IDENTIFIER", Kind::Cluster),
        ("DB_INSTANCE_IDENTIFIER", Kind::Instance),
    ] {
        for name in settings.list(variable) {
            // RDS keeps identifiers in lower case.
            let id = name.to_ascii_lowercase();
            if !is_identifier(&id) {
                settings.refuse(
                    variable,
                    "identifiers of letters, digits and single hyphens, with commas between them",
                );
            } else if names.insert(id.clone()) {
                sources.push(Source { kind, id });
            } else {
                settings.refuse(
                    variable,
                    "each name once; a cluster and an instance of one name need a deployment each",
                );
            }
        }
    }
    let has_clusters = sources.iter().any(|source| source.kind == Kind::Cluster);
    if has_clusters && snapshot_type == SnapshotType::AwsBackup {
        settings.refuse(
            "SNAPSHOT_TYPE",
            "RDS lists awsbackup snapshots of instances only; leave out DB_CLUSTER_IDENTIFIER or use automated",
        );
    }
    if sources.is_empty() {
        settings.missing(
            "DB_CLUSTER_IDENTIFIER",
            "the cluster to export, or several with commas between them; DB_INSTANCE_IDENTIFIER for instances",
        );
    }
    sources
}

fn is_identifier(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    name.len() <= 63
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(is_plain)
        && !name.contains("--")
        && !name.ends_with('-')
}

fn environment(settings: &mut Settings<'_>) -> String {
    let name = settings.required("ENV", "the environment, such as stg or prod");
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let is_legal = name.len() <= LONGEST_ENVIRONMENT
        && name.chars().all(is_plain)
        && !name.contains("--")
        && !name.starts_with('-')
        && !name.ends_with('-');
    if !name.is_empty() && !is_legal {
        settings.refuse(
            "ENV",
            "up to 16 letters, digits and single hyphens; it is part of the export's name",
        );
    }
    name
}

fn role(settings: &mut Settings<'_>) -> String {
    const NAME: &str = "S3_EXPORT_IAM_ROLE_ARN";
    let role = settings.required(NAME, "the ARN of the role that RDS writes with");
    let is_arn = role.starts_with("arn:") && role.contains(":role/");
    if !is_arn && !role.is_empty() {
        settings.refuse(
            NAME,
            "an ARN, such as arn:aws:iam::123456789012:role/export",
        );
    }
    role
}

/// **Source**: Amazon RDS API Reference, `StartExportTask`, `ExportOnly`: names of letters, digits, `_` and `$`.
fn export_only(settings: &mut Settings<'_>) -> Vec<String> {
    let names = settings.list("EXPORT_ONLY");
    let is_part = |part: &str| {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$');
        !part.is_empty() && part.chars().all(is_plain)
    };
    let is_name = |name: &String| name.split('.').count() <= 3 && name.split('.').all(is_part);
    if !names.iter().all(is_name) {
        settings.refuse(
            "EXPORT_ONLY",
            "database, database.table (MySQL), database.schema or database.schema.table (PostgreSQL), of letters, digits, _ and $",
        );
    }
    names
}
