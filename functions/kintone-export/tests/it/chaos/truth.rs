//! What the app held, at every moment.

use std::collections::{BTreeMap, HashMap};

use serde_json::{Value, json};
use simulators::kintone::{App, Domain, Field, FieldType};

use super::script::Edit;

/// Every version of every record, and which of them were there at each moment.
#[derive(Debug)]
pub(super) struct Truth {
    app: u64,
    versions: HashMap<(u64, u64), Value>,
    moments: Vec<BTreeMap<u64, u64>>,
}

/// What is compared of a record: its id, its revision, its text, and the texts of its rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) id: u64,
    pub(super) revision: u64,
    pub(super) text: String,
    pub(super) rows: Vec<String>,
}

/// An app with a text, a number and a subtable, and `records` records.
pub(super) fn app(records: u64) -> App {
    let rows = [
        Field::new("品名", FieldType::SingleLineText),
        Field::new("個数", FieldType::Number),
    ];
    let app = App::new("混沌")
        .field(Field::new("text", FieldType::SingleLineText))
        .field(Field::new("数", FieldType::Number))
        .field(Field::table("明細", rows));
    (1..=records).fold(app, |app, number| app.record(record(number)))
}

/// A record; every third has rows.
fn record(number: u64) -> Value {
    let row = |row: u64| {
        json!({ "value": {
            "品名": { "value": format!("品,{number}\n{row}") },
            "個数": { "value": row.to_string() },
        } })
    };
    let rows: Vec<_> = (0..number % 3).map(row).collect();
    json!({
        "text": { "value": format!("記録 \"{number}\"") },
        "数": { "value": number.to_string() },
        "明細": { "value": rows },
    })
}

impl Truth {
    pub(super) fn new(domain: &Domain, app: u64) -> Self {
        let mut truth = Self {
            app,
            versions: HashMap::new(),
            moments: vec![BTreeMap::new()],
        };
        for record in domain.records(app) {
            truth.note(record);
        }
        truth
    }

    /// The present moment.
    pub(super) fn now(&self) -> usize {
        self.moments.len() - 1
    }

    /// Changes the app, which makes a new moment.
    pub(super) fn edit(&mut self, domain: &Domain, edit: Edit) {
        let mut present = self.present().clone();
        let pick = |number: usize| *present.keys().nth(number % present.len()).unwrap();
        match edit {
            Edit::Delete(number) => {
                let id = pick(number);
                domain.delete(self.app, &[id]);
                present.remove(&id);
                self.moments.push(present);
            }
            Edit::Update(number) => {
                let id = pick(number);
                let text = format!("改 {}", self.now());
                domain.update(self.app, id, &json!({ "text": { "value": text } }));
                self.moments.push(present);
                self.note(domain.record(self.app, id).unwrap());
            }
            Edit::Insert => {
                let new = record(self.now() as u64);
                let id = domain.insert(self.app, [&new])[0];
                self.moments.push(present);
                self.note(domain.record(self.app, id).unwrap());
            }
        }
    }

    /// Asserts that `lines` are versions that were there, byte for byte.
    pub(super) fn assert_knows(&self, lines: &[Value]) {
        for line in lines {
            let (id, revision) = number_of(line);
            assert_eq!(self.versions.get(&(id, revision)), Some(line));
        }
    }

    /// Asserts that `shown` is what the app held up to the id `highest`, at one moment from `first` on.
    pub(super) fn assert_held(&self, first: usize, highest: u64, shown: &[Shown]) {
        let last_id = self.moments[first].keys().next_back().copied();
        // Only records that came later may be left out.
        let is_whole = |moment: &BTreeMap<u64, u64>| {
            moment
                .keys()
                .all(|id| *id <= highest || Some(*id) > last_id)
        };
        let held = |moment: &BTreeMap<u64, u64>| {
            let wanted = moment.iter().filter(|(id, _)| **id <= highest);
            wanted.eq(shown.iter().map(|record| (&record.id, &record.revision)))
        };
        let mut moments = self.moments[first..].iter();
        assert!(
            moments.any(|moment| is_whole(moment) && held(moment)),
            "the backup was never true"
        );
        for record in shown {
            let version = &self.versions[&(record.id, record.revision)];
            assert_eq!(&Shown::of(version), record);
        }
    }

    fn present(&self) -> &BTreeMap<u64, u64> {
        &self.moments[self.now()]
    }

    fn note(&mut self, record: Value) {
        let (id, revision) = number_of(&record);
        self.moments.last_mut().unwrap().insert(id, revision);
        self.versions.insert((id, revision), record);
    }
}

impl Shown {
    pub(super) fn of(record: &Value) -> Self {
        let (id, revision) = number_of(record);
        let rows = record["明細"]["value"].as_array().unwrap();
        Self {
            id,
            revision,
            text: text(&record["text"]),
            rows: rows.iter().map(|row| text(&row["value"]["品名"])).collect(),
        }
    }
}

fn number_of(record: &Value) -> (u64, u64) {
    let number = |code: &str| text(&record[code]).parse().unwrap();
    (number("$id"), number("$revision"))
}

fn text(field: &Value) -> String {
    field["value"].as_str().unwrap().to_owned()
}
