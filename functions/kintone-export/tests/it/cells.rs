//! Texts that other programs stumble over, in every place where a cell ends up.

use rusqlite::Connection;
use serde_json::{Value, json};
use simulators::kintone::{App, Field, FieldType};
use tempfile::TempDir;

use crate::world::{World, unpacked};

/// The least that a program may hold for a large cell.
const LARGE: usize = 10 * 1024 * 1024;

/// Texts that CSV readers, COPY, shells or terminals take for something else.
pub(crate) fn hard_texts() -> Vec<String> {
    let texts = [
        "cr\ronly",
        "crlf\r\nhere",
        "lf\nhere\n",
        "next\u{85}line",
        "line\u{2028}and paragraph\u{2029}separators",
        "\\.",
        "\\N",
        "back\\slash\\",
        "\t\u{b}\u{c}\u{1b}[31m\u{1}\u{7f}",
        "\"",
        "\"quoted\", and 'single'",
        "; | \u{ff0c}、",
        " lead and trail ",
        "\u{3000}",
        "*",
        "=1+1",
        "\u{feff}bom",
        // In Shift_JIS alone, in its vendors' rows, or at another place in each table.
        "㈱髙﨑①Ⅲ㍻〜～−－‖∥￥＼",
        "é😀👨‍👩‍👧 e\u{301}",
        "null",
    ];
    texts.map(str::to_owned).to_vec()
}

/// An app whose field codes are as hard as their texts, with a record a text.
pub(crate) fn app(texts: &[String]) -> App {
    let app = App::new("難字")
        .field(Field::new("text", FieldType::SingleLineText))
        .field(Field::new("㈱髙﨑 ①", FieldType::MultiLineText))
        .field(Field::table(
            "表～",
            [Field::new("内", FieldType::SingleLineText)],
        ));
    texts.iter().fold(app, |app, text| app.record(record(text)))
}

fn record(text: &str) -> Value {
    let row = json!({ "value": { "内": { "value": text } } });
    json!({
        "text": { "value": text },
        "㈱髙﨑 ①": { "value": text },
        "表～": { "value": [row] },
    })
}

/// The cells of these columns, a line a record.
fn cells<const N: usize>(csv: &str, columns: [&str; N]) -> Vec<[String; N]> {
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let at = columns.map(|name| header.iter().position(|column| column == name).unwrap());
    let line = |line: csv::StringRecord| at.map(|at| line[at].to_owned());
    reader.records().map(|found| line(found.unwrap())).collect()
}

fn repeated(texts: &[String]) -> Vec<[String; 3]> {
    let line = |text: &String| [text.clone(), text.clone(), text.clone()];
    texts.iter().map(line).collect()
}

#[tokio::test]
async fn a_reader_of_csv_finds_every_text_as_it_was() {
    let texts = [hard_texts(), vec!["nul\0here".to_owned()]].concat();
    for dialect in ["compat", "strict"] {
        let world = World::new(app(&texts)).set("CSV_DIALECT", dialect);
        world.verified().await;
        let found = cells(&world.csv().await, ["text", "㈱髙﨑 ①", "内"]);
        assert_eq!(found, repeated(&texts), "{dialect}");
        world.assert_latest_is(&world.records()).await;
    }
}

#[tokio::test]
async fn sqlite_holds_every_text_as_it_was() {
    let texts = [hard_texts(), vec!["nul\0here".to_owned()]].concat();
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("㈱髙﨑 ①.sqlite");
    let world = World::new(app(&texts)).set("LOAD_URL", format!("sqlite:{}", path.display()));
    world.verified().await;
    let connection = Connection::open(path).unwrap();
    let table = format!("kintone_{}", world.app);
    let query = format!(
        "SELECT text, \"㈱髙﨑 ①\", 内 FROM {table} JOIN \"{table}__表～\" USING (\"$id\") ORDER BY \"$id\""
    );
    let mut query = connection.prepare(&query).unwrap();
    let lines = query.query_map([], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]));
    let lines: Vec<[String; 3]> = lines.unwrap().map(Result::unwrap).collect();
    assert_eq!(lines, repeated(&texts));
}

#[tokio::test]
async fn a_very_large_cell_arrives_whole_everywhere() {
    let large = "大きい\"セル\"\r\n".repeat(LARGE / "大きい\"セル\"\r\n".len());
    let texts = [large, "after".to_owned()];
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("kintone.sqlite");
    let app = App::new("大")
        .field(Field::new("text", FieldType::MultiLineText))
        .record(json!({ "text": { "value": texts[0] } }))
        .record(json!({ "text": { "value": texts[1] } }));
    let world = World::new(app).set("LOAD_URL", format!("sqlite:{}", path.display()));
    world.verified().await;
    let expected: Vec<_> = texts.iter().map(|text| [text.clone()]).collect();
    assert!(cells(&world.csv().await, ["text"]) == expected);
    assert!(world.lines().await == world.records());
    let connection = Connection::open(path).unwrap();
    let query = format!("SELECT text FROM kintone_{} ORDER BY \"$id\"", world.app);
    let mut query = connection.prepare(&query).unwrap();
    let found = query.query_map([], |row| Ok([row.get(0)?])).unwrap();
    let found: Vec<[String; 1]> = found.map(Result::unwrap).collect();
    assert!(found == expected);
}

#[tokio::test]
async fn attachments_keep_names_that_few_systems_can_write() {
    let names = [
        "㈱髙﨑①.txt",
        "a\u{85}b\u{2028}c",
        "con",
        "..",
        "a/b\\c:d*?\"<>|",
        " .hidden ",
    ];
    let files: Vec<_> = names
        .iter()
        .map(|name| json!({ "name": name, "contentType": "text/plain", "content": name }))
        .collect();
    let app = App::new("添付")
        .field(Field::new("file", FieldType::File))
        .record(json!({ "file": { "value": files } }));
    let world = World::new(app).set("ATTACHMENTS", "on");
    world.verified().await;
    let packed = world.part(".attachments.ndjson.gz").await;
    let text = unpacked(&packed);
    let found: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["name"].clone())
        .collect();
    assert_eq!(found, names);
    for name in names {
        let content = world
            .read(&format!(
                "attachments/{}",
                function_core::sha256_hex(name.as_bytes())
            ))
            .await;
        assert_eq!(content, name.as_bytes());
    }
}
