//! What the records of a backup hold, as far as the plan needs it: counted in one pass, in bounded memory.

mod distinct;

use std::collections::{BTreeMap, HashSet};

use function_core::sha256_hex;
use kintone_client::{Field, FieldType, Fields, NumberPrecision, Record, Value};
use kintone_format::NumberFit;

pub(crate) use self::distinct::{Distinct, MOST_DISTINCT};
use crate::leave_out::{LeaveOut, without};
use crate::missing::Sought;
use crate::rules::{Rule, Rules};

/// Values of unique fields that are remembered, at most; each takes some 20 to 40 bytes.
pub(crate) const MOST_UNIQUE: usize = 1_000_000;
/// Examples that are kept of each fault.
const MOST_EXAMPLES: usize = 5;

/// What the records of a backup hold.
#[derive(Clone, Debug, Default)]
pub(crate) struct Survey {
    pub(crate) records: u64,
    /// Bulks that are sent when all of them are written.
    pub(crate) bulks: u64,
    /// Records without an id.
    pub(crate) without_id: Seen,
    /// Records with the id of an earlier one.
    pub(crate) repeated: Seen,
    /// Facts by field code.
    pub(crate) fields: BTreeMap<String, Facts>,
    /// Files that hang on records.
    pub(crate) files: u64,
    /// The values of unique fields, each as [`unique_key`].
    pub(crate) unique: HashSet<u128>,
    /// Whether not all values of unique fields could be remembered.
    pub(crate) is_cut: bool,
    /// The values that are to be looked for, by field code.
    pub(crate) distinct: BTreeMap<String, Distinct>,
    /// Their ids, where they are told apart by these.
    pub(crate) ids: HashSet<u64>,
}

/// What is noteworthy about one field's values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// Records with a value.
    pub(crate) filled: u64,
    pub(crate) empty: Seen,
    /// Choices that the app does not have.
    pub(crate) unknown_options: BTreeMap<String, Seen>,
    /// Numbers that lose digits.
    pub(crate) rounded: Seen,
    /// Numbers with too many digits.
    pub(crate) long_numbers: Seen,
    /// Texts that are no numbers.
    pub(crate) bad_numbers: Seen,
    /// Values that an earlier record has too.
    pub(crate) doubles: Seen,
    /// Files that the backup lists, but does not have.
    pub(crate) missing_files: Seen,
    /// References to records that are not restored.
    pub(crate) dangling: Seen,
    /// Texts that may have lost a character before they came here.
    pub(crate) doubtful: Seen,
    /// Records of which the message leaves something out.
    pub(crate) left_out: Seen,
    /// Subtables with rows whose ids were not saved.
    pub(crate) without_row_ids: Seen,
}

/// How often something was seen, and where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) count: u64,
    /// The first few records, by their names in the backup.
    pub(crate) examples: Vec<String>,
}

impl Seen {
    fn note(&mut self, name: &dyn Fn() -> String) {
        self.count += 1;
        if self.examples.len() < MOST_EXAMPLES {
            let name = name();
            if self.examples.last() != Some(&name) {
                self.examples.push(name);
            }
        }
    }
}

/// Whether the source has a file: that in a row (its subtable and id), of a field, at a place in its list, with a path.
pub(crate) type HasFile<'a> = &'a dyn Fn(Option<(&str, u64)>, &str, usize, &str) -> bool;

/// What is looked for.
pub(crate) struct Surveyor<'a> {
    pub(crate) rules: &'a Rules,
    pub(crate) precision: NumberPrecision,
    /// Whether records are told apart by their ids.
    pub(crate) by_number: bool,
    /// The code of the field that tells records apart, whose values must be unique too.
    pub(crate) key: Option<&'a str>,
    pub(crate) leave_out: &'a LeaveOut,
    /// The fields whose values are looked for in Kintone.
    pub(crate) sought: &'a Sought,
    /// Whether a value points to a record that is not restored.
    pub(crate) is_dangling: &'a (dyn Fn(&str, &str) -> bool + Send + Sync),
    pub(crate) survey: Survey,
}

impl Surveyor<'_> {
    /// Looks at `record`, which people know by `name`; `has_file` tells which of its files the backup has.
    pub(crate) fn look(
        &mut self,
        record: &Record<'_>,
        name: &dyn Fn() -> String,
        has_file: HasFile<'_>,
    ) {
        self.survey.records += 1;
        if record.id == 0 {
            self.survey.without_id.note(name);
        } else if self.by_number && !self.survey.ids.insert(record.id) {
            self.survey.repeated.note(name);
        }
        let place = Place {
            name,
            has_file,
            row: None,
        };
        let rules: &[Rule] = &self.rules.0;
        let Some((left, codes)) = without(self.leave_out, record) else {
            return self.fields(rules, &record.fields, &place);
        };
        for code in codes {
            let facts = facts(&mut self.survey.fields, &code);
            facts.left_out.note(name);
        }
        self.fields(rules, &left.fields, &place);
    }

    /// Notes that the field `code` of the record `name` may have lost a character.
    pub(crate) fn doubt(&mut self, code: &str, name: &dyn Fn() -> String) {
        let facts = facts(&mut self.survey.fields, code);
        facts.doubtful.note(name);
    }

    fn fields(&mut self, rules: &[Rule], fields: &Fields<'_>, place: &Place<'_>) {
        for (at, rule) in rules.iter().enumerate() {
            let mut hint = at;
            if let Some(field) = fields.get_near(&rule.code, &mut hint) {
                self.value(rule, &field.value, place);
            }
        }
    }

    fn value(&mut self, rule: &Rule, value: &Value<'_>, place: &Place<'_>) {
        if let Value::Table(rows) = value {
            for row in rows {
                let place = Place {
                    row: Some((&rule.code, row.id)),
                    ..*place
                };
                self.fields(&rule.inner, &row.fields, &place);
            }
            if rows.iter().any(|row| row.id == 0) {
                let facts = facts(&mut self.survey.fields, &rule.code);
                facts.without_row_ids.note(place.name);
            }
        }
        let is_blank = is_blank(value);
        let needs_uniqueness = place.row.is_none() && !is_blank && self.is_unique(rule);
        let is_double = needs_uniqueness && self.is_double(&rule.code, value);
        let facts = facts(&mut self.survey.fields, &rule.code);
        if is_blank {
            facts.empty.note(place.name);
            return;
        }
        facts.filled += 1;
        if is_double {
            facts.doubles.note(place.name);
        }
        if rule.loss.is_none()
            && let Some(target) = &rule.target
        {
            self.written(rule, target, value, place);
        }
    }

    /// Looks at a value that is going to be written into `target`.
    fn written(&mut self, rule: &Rule, target: &Field, value: &Value<'_>, place: &Place<'_>) {
        if self.sought.contains_key(&rule.code) {
            let distinct = &mut self.survey.distinct;
            distinct.entry(rule.code.clone()).or_default().add(value);
        }
        let facts = facts(&mut self.survey.fields, &rule.code);
        match value {
            Value::Text(text) => {
                if (self.is_dangling)(&rule.code, text) {
                    facts.dangling.note(place.name);
                }
                if target.kind == FieldType::Number {
                    facts.number(text, self.precision, place);
                } else if is_choice(&target.kind) {
                    facts.option(&target.options, text, place);
                }
            }
            Value::Texts(texts) if is_choice(&target.kind) => {
                for text in texts {
                    facts.option(&target.options, text, place);
                }
            }
            Value::Files(files) => {
                self.survey.files += files.len() as u64;
                for (index, file) in files.iter().enumerate() {
                    if !(place.has_file)(place.row, &rule.code, index, &file.file_key) {
                        facts.missing_files.note(place.name);
                    }
                }
            }
            _ => {}
        }
    }

    fn is_unique(&self, rule: &Rule) -> bool {
        let target = rule.target.as_ref();
        rule.loss.is_none() && target.is_some_and(|target| target.unique)
            || self.key == Some(rule.code.as_str())
    }

    /// Whether an earlier record has the same value; remembers the value.
    fn is_double(&mut self, code: &str, value: &Value<'_>) -> bool {
        let Value::Text(text) = value else {
            return false;
        };
        if self.survey.unique.len() >= MOST_UNIQUE {
            self.survey.is_cut = true;
            return false;
        }
        !self.survey.unique.insert(unique_key(code, text))
    }
}

/// What is known of the field `code`. It is asked for with every value, so the code is copied for the first one only.
fn facts<'a>(fields: &'a mut BTreeMap<String, Facts>, code: &str) -> &'a mut Facts {
    if !fields.contains_key(code) {
        fields.insert(code.to_owned(), Facts::default());
    }
    #[expect(clippy::expect_used, reason = "it was put there")]
    fields.get_mut(code).expect("the facts of a field")
}

/// The first 16 bytes of the SHA-256 of a field's code and a value of it.
pub(crate) fn unique_key(code: &str, text: &str) -> u128 {
    let digest = sha256_hex(format!("{code}\0{text}").as_bytes());
    u128::from_str_radix(&digest[..32], 16).unwrap_or(0)
}

impl Facts {
    fn number(&mut self, text: &str, precision: NumberPrecision, place: &Place<'_>) {
        match NumberFit::of(text, precision) {
            NumberFit::Kept => {}
            NumberFit::Rounded => self.rounded.note(place.name),
            NumberFit::TooLong => self.long_numbers.note(place.name),
            NumberFit::NotNumber => self.bad_numbers.note(place.name),
        }
    }

    fn option(&mut self, options: &[String], text: &str, place: &Place<'_>) {
        if options.iter().any(|option| option == text) {
            return;
        }
        if self.unknown_options.len() < 20 || self.unknown_options.contains_key(text) {
            let seen = self.unknown_options.entry(text.to_owned()).or_default();
            seen.note(place.name);
        }
    }
}

/// Where a value is.
#[derive(Clone, Copy)]
struct Place<'a> {
    name: &'a dyn Fn() -> String,
    has_file: HasFile<'a>,
    row: Option<(&'a str, u64)>,
}

fn is_choice(kind: &FieldType) -> bool {
    matches!(
        kind,
        FieldType::CheckBox | FieldType::RadioButton | FieldType::MultiSelect | FieldType::DropDown
    )
}

fn is_blank(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::Texts(texts) => texts.is_empty(),
        Value::Users(users) => users.is_empty(),
        Value::Files(files) => files.is_empty(),
        Value::Table(rows) => rows.is_empty(),
        Value::User(user) => user.code.is_empty(),
        Value::Other(_) => false,
    }
}
