//! What the person sees.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
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

/// A line on standard output; where nobody reads any more, nobody misses it.
fn say(words: fmt::Arguments<'_>) {
    drop(writeln!(io::stdout(), "{words}"));
}

/// What is about to happen.
pub(crate) fn beginning(source: &Source, address: SocketAddr, out: &Path) {
    let kind = if source.is_simulated() {
        "a simulated Kintone"
    } else {
        "Kintone"
    };
    say(format_args!(
        "kintone-export listens on http://{address}, as it does on Cloud Run."
    ));
    say(format_args!(
        "A Pub/Sub push message makes it export app {} of {kind} at {}",
        source.app(),
        source.base_url()
    ));
    say(format_args!("into {} and a SQLite table.\n", out.display()));
}

/// The run did not end verified.
fn failure(answer: &Answer, out: &Path) -> Exit {
    let status = answer.status;
    let what_follows = if answer.is_acknowledged {
        ""
    } else {
        "; Pub/Sub would deliver the message again"
    };
    say(format_args!(
        "Nothing was published. The function answered {status}{what_follows}."
    ));
    say(format_args!(
        "Why is in the lines above and in the run record below {}",
        out.join("runs").display()
    ));
    Exit::Failed
}

/// The objects, the check of their checksums, the first rows, and what to type next.
pub(crate) fn result(
    source: &Source,
    answer: &Answer,
    out: &Path,
    database: &Path,
) -> Result<Exit, Fault> {
    let Some((folder, manifest)) = published(out, source.app(), &answer.message)? else {
        return Ok(failure(answer, out));
    };
    say(format_args!(
        "Published, after every record was proven unchanged:"
    ));
    let is_whole = objects(&folder, &manifest)?;
    let rows = table(database, source.app())?;
    let records = manifest["records"].as_u64().unwrap_or_default();
    say(format_args!(
        "\n{records} records in the backup, {rows} rows in the table."
    ));
    next(source, &folder, &manifest, database);
    Ok(if is_whole && rows == records {
        Exit::Done
    } else {
        Exit::Failed
    })
}

/// The folder `{domain}/{app}` below `out` and the manifest there, if this very message made it.
fn published(out: &Path, app: u64, message: &str) -> Result<Option<(PathBuf, Value)>, Fault> {
    for domain in subfolders(out)? {
        let folder = domain.join(app.to_string());
        let Ok(latest) = fs::read(folder.join("latest.json")) else {
            continue;
        };
        let latest: Value = serde_json::from_slice(&latest)?;
        let name = latest["manifest"].as_str().unwrap_or_default();
        let manifest: Value = serde_json::from_slice(&fs::read(folder.join(name))?)?;
        if manifest["trigger"]["id"] == message {
            return Ok(Some((folder, manifest)));
        }
    }
    Ok(None)
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
        say(format_args!(
            "  {:<12} {:>13} bytes  {}",
            verdict,
            object["bytes"].as_u64().unwrap_or_default(),
            folder.join(name).display()
        ));
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
    say(format_args!(
        "\nThe first rows of {name} in {}:",
        database.display()
    ));
    say(format_args!(
        "  {header}{}",
        if statement.column_count() > shown {
            " | …"
        } else {
            ""
        }
    ));
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let cells = (0..shown)
            .map(|index| row.get_ref(index).map(text))
            .collect::<Result<Vec<_>, _>>()?;
        say(format_args!("  {}", cells.join(" | ")));
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

fn next(source: &Source, folder: &Path, manifest: &Value, database: &Path) {
    let object = manifest["objects"][0]["name"].as_str().unwrap_or_default();
    let stamp = object.trim_end_matches(".csv");
    say(format_args!("\nNext:"));
    say(format_args!(
        "  head -3 {}",
        folder.join(format!("{stamp}.csv")).display()
    ));
    say(format_args!(
        "  (cd {} && sha256sum -c {stamp}.sha256)",
        folder.display()
    ));
    say(format_args!(
        "  sqlite3 {} 'SELECT * FROM kintone_{} LIMIT 10'",
        database.display(),
        source.app()
    ));
    if source.is_simulated() {
        say(format_args!(
            "  TOKEN_FILE=token.txt tasuki demo --base-url https://example.cybozu.com --app 12   # your own Kintone"
        ));
    }
    say(format_args!(
        "  ./deploy.sh gcp prod --plan                                                        # every night, in the cloud"
    ));
}
