//! Where the records are loaded.

use function_core::{Secret, Settings};
use table_load::Mode;

use super::list;

/// The database that the records are loaded into.
#[derive(Clone, Debug)]
pub struct LoadConfig {
    /// `LOAD_URL` or `LOAD_URL_FILE`: `postgresql://…`, `sqlite:PATH`, or `cloudsql-import://project/instance/database`. Default: no database.
    pub target: LoadTarget,
    /// `LOAD_TABLE`: the table; `{app}` stands for the app's id. Default `kintone_{app}`.
    pub table: String,
    /// `LOAD_MODE`: `replace`, `upsert` or `append`. Default `replace`.
    pub mode: Mode,
    /// `LOAD_COLUMNS`: fills these columns of an existing table, as `レコード番号=record_num,会社=company`. Default: one column for each field, made as needed.
    pub columns: Vec<(String, String)>,
}

/// What takes the records.
#[derive(Clone, Debug)]
pub enum LoadTarget {
    /// A database that this function reaches itself.
    Database(Secret),
    /// A Cloud SQL instance that imports a CSV object by itself.
    #[cfg(feature = "cloud")]
    CloudSqlImport(CloudSqlTarget),
}

impl LoadTarget {
    pub(super) fn imports_by_itself(&self) -> bool {
        match self {
            Self::Database(_) => false,
            #[cfg(feature = "cloud")]
            Self::CloudSqlImport(_) => true,
        }
    }
}

/// A database of a Cloud SQL instance.
#[cfg(feature = "cloud")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudSqlTarget {
    /// The project of the instance.
    pub project: String,
    /// The instance's name.
    pub instance: String,
    /// The database.
    pub database: String,
}

impl LoadConfig {
    pub(super) fn read(settings: &mut Settings<'_>) -> Option<Self> {
        let target = load_target(settings)?;
        Some(Self {
            target,
            table: settings
                .optional("LOAD_TABLE")
                .unwrap_or("kintone_{app}")
                .to_owned(),
            mode: settings.parsed_or(
                "LOAD_MODE",
                Mode::Replace,
                "write replace, upsert or append",
            ),
            columns: columns(settings),
        })
    }

    /// The table of `app`.
    pub fn table_of(&self, app: u64) -> String {
        self.table.replace("{app}", &app.to_string())
    }
}

fn load_target(settings: &mut Settings<'_>) -> Option<LoadTarget> {
    let url = settings.secret("LOAD_URL")?;
    let Some(path) = url.expose().strip_prefix("cloudsql-import://") else {
        return Some(LoadTarget::Database(url));
    };
    let target = cloud_sql_target(path);
    if target.is_none() {
        settings.refuse_secret("LOAD_URL", CLOUD_SQL_RULE);
    }
    target
}

#[cfg(feature = "cloud")]
const CLOUD_SQL_RULE: &str = "write cloudsql-import://project/instance/database";
#[cfg(not(feature = "cloud"))]
const CLOUD_SQL_RULE: &str =
    "this program was built without Cloud SQL; build it with --features cloud";

#[cfg(feature = "cloud")]
fn cloud_sql_target(path: &str) -> Option<LoadTarget> {
    let [project, instance, database] = path.split('/').collect::<Vec<_>>()[..] else {
        return None;
    };
    Some(LoadTarget::CloudSqlImport(CloudSqlTarget {
        project: project.to_owned(),
        instance: instance.to_owned(),
        database: database.to_owned(),
    }))
}

#[cfg(not(feature = "cloud"))]
fn cloud_sql_target(_: &str) -> Option<LoadTarget> {
    None
}

fn columns(settings: &mut Settings<'_>) -> Vec<(String, String)> {
    let Some(text) = settings.optional("LOAD_COLUMNS") else {
        return Vec::new();
    };
    let pairs: Option<Vec<_>> = list(text)
        .into_iter()
        .map(|pair| {
            pair.split_once('=')
                .map(|(code, column)| (code.trim().to_owned(), column.trim().to_owned()))
        })
        .collect();
    pairs.unwrap_or_else(|| {
        settings.refuse("LOAD_COLUMNS", "write field=column pairs joined by commas");
        Vec::new()
    })
}
