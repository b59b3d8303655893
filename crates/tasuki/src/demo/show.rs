//! What the person sees.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use function_core::{Exit, Sha256};
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use serde_json::Value;

use super::Fault;
use super::push::Answer;
use super::source::Source;

/// Rows and columns of the table that are shown.
const ROWS: usize = 4;
const COLUMNS: usize = 6;

macro_rules! say {
    ($($word:tt)*) => {{
        #[expect(clippy::print_stdout, reason = "the demo is there to be read")]
        { println!($($word)*); }
    }};
}

/// What is about to happen.
pub(crate) fn beginning(source: &Source, address: SocketAddr, out: &Path) {
    let kind = if source.is_simulated() {
        "a simulated Kintone"
    } else {
        "Kintone"
    };
    say!("kintone-export listens on http://{address}, as it does on Cloud Run.");
    say!(
        "A Pub/Sub push message makes it export app {} of {kind} at {}",
        source.app(),
        source.base_url()
    );
    say!("into {} and a SQLite table.\n", out.display());
}

/// The message was not acknowledged: Pub/Sub would deliver it again.
pub(crate) fn failure(answer: &Answer, out: &Path) -> Result<Exit, Fault> {
    say!(
        "The function answered {}: the message would be delivered again.",
        answer.status
    );
    say!("The run record tells why: {}", out.join("runs").display());
    Ok(Exit::Failed)
}

/// The objects, the check of their checksums, the first rows, and what to type next.
pub(crate) fn result(source: &Source, out: &Path, database: &Path) -> Result<Exit, Fault> {
    let Some(folder) = newest_folder(out)? else {
        say!(
            "Nothing was published; the run record tells why: {}",
            out.join("runs").display()
        );
        return Ok(Exit::Failed);
    };
    let latest: Value = serde_json::from_slice(&fs::read(folder.join("latest.json"))?)?;
    let stamp = latest["stamp"].as_str().unwrap_or_default();
    let manifest: Value =
        serde_json::from_slice(&fs::read(folder.join(format!("{stamp}.manifest.json")))?)?;
    say!("Published, after every record was proven unchanged:");
    let is_whole = objects(&folder, &manifest)?;
    let rows = table(database, source.app())?;
    let records = manifest["records"].as_u64().unwrap_or_default();
    say!("\n{records} records in the backup, {rows} rows in the table.");
    next(source, &folder, stamp, database);
    Ok(if is_whole && rows == records {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The folder of the app: `{domain}/{app}` below `out`.
fn newest_folder(out: &Path) -> Result<Option<PathBuf>, Fault> {
    let mut newest = None;
    for domain in subfolders(out)? {
        for app in subfolders(&domain)? {
            let latest = app.join("latest.json");
            let Ok(written) = fs::metadata(&latest).and_then(|meta| meta.modified()) else {
                continue;
            };
            if newest.as_ref().is_none_or(|(time, _)| *time < written) {
                newest = Some((written, app));
            }
        }
    }
    Ok(newest.map(|(_, folder)| folder))
}

fn subfolders(folder: &Path) -> Result<Vec<PathBuf>, Fault> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.push(path);
        }
    }
    Ok(found)
}

fn objects(folder: &Path, manifest: &Value) -> Result<bool, Fault> {
    let mut is_whole = true;
    for object in manifest["objects"].as_array().into_iter().flatten() {
        let name = object["name"].as_str().unwrap_or_default();
        let is_right = object["sha256"].as_str() == Some(&sha256(&folder.join(name))?);
        is_whole &= is_right;
        let verdict = if is_right {
            "SHA-256 ok"
        } else {
            "SHA-256 WRONG"
        };
        say!(
            "  {:<12} {:>13} bytes  {}",
            verdict,
            object["bytes"],
            folder.join(name).display()
        );
    }
    Ok(is_whole)
}

fn sha256(path: &Path) -> Result<String, Fault> {
    let mut digest = Sha256::new();
    let mut file = fs::File::open(path)?;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = std::io::Read::read(&mut file, &mut buffer)?;
        if read == 0 {
            return Ok(digest.finish_hex());
        }
        digest.update(&buffer[..read]);
    }
}

fn table(database: &Path, app: u64) -> Result<u64, Fault> {
    let connection = Connection::open(database)?;
    let name = format!("kintone_{app}");
    let mut statement = connection.prepare(&format!(
        "SELECT * FROM \"{name}\" ORDER BY \"$id\" LIMIT {ROWS}"
    ))?;
    let shown = statement.column_count().min(COLUMNS);
    let header = statement
        .column_names()
        .take(shown)
        .collect::<Vec<_>>()
        .join(" | ");
    say!("\nThe first rows of {name} in {}:", database.display());
    say!(
        "  {header}{}",
        if statement.column_count() > shown {
            " | …"
        } else {
            ""
        }
    );
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let cells = (0..shown)
            .map(|index| row.get_ref(index).map(text))
            .collect::<Result<Vec<_>, _>>()?;
        say!("  {}", cells.join(" | "));
    }
    let count: i64 =
        connection.query_row(&format!("SELECT count(*) FROM \"{name}\""), [], |row| {
            row.get(0)
        })?;
    Ok(u64::try_from(count)?)
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("{} bytes", bytes.len()),
    }
}

fn next(source: &Source, folder: &Path, stamp: &str, database: &Path) {
    say!("\nNext:");
    say!(
        "  head -3 {}",
        folder.join(format!("{stamp}.csv")).display()
    );
    say!("  (cd {} && sha256sum -c {stamp}.sha256)", folder.display());
    say!(
        "  sqlite3 {} 'SELECT * FROM kintone_{} LIMIT 10'",
        database.display(),
        source.app()
    );
    if source.is_simulated() {
        say!(
            "  TOKEN_FILE=token.txt tasuki demo --base-url https://example.cybozu.com --app 12   # your own Kintone"
        );
    }
    say!(
        "  ./deploy.sh gcp prod --plan                                                        # every night, in the cloud"
    );
}
