//! A value as a caller sends it, and as the service keeps it.

use std::sync::Arc;

use jiff::{Timestamp, civil};
use serde_json::{Map, Value, json};

use super::app::App;
use super::auth::Directory;
use super::calc;
use super::error::{Refusal, words};
use super::field::{Field, FieldType};
use super::file::Files;
use super::filter::instant;
use super::given::Given;
use super::number::Decimal;
use super::state::minute;

use FieldType as T;

/// What is at hand while a record is written.
#[derive(Debug)]
pub(super) struct Desk<'a> {
    pub(super) app: Arc<App>,
    pub(super) directory: &'a Directory,
    pub(super) files: &'a mut Files,
    pub(super) last_row: &'a mut u64,
    pub(super) now: Timestamp,
}

impl Desk<'_> {
    /// What is kept of `given`. `before` is the record's value so far, `at` the way to the field,
    /// such as `.table.value[0].value.code`.
    pub(super) fn accept(
        &mut self,
        field: &Field,
        given: &Given<'_>,
        before: &Value,
        at: &str,
    ) -> Result<Value, Refusal> {
        match field.kind {
            T::Number => self.number(given, at),
            T::CheckBox | T::MultiSelect => options(field, given, at),
            T::RadioButton | T::DropDown => option(field, given, at),
            T::Date | T::Time => moment(field.kind, given, at),
            T::Datetime | T::CreatedTime | T::UpdatedTime => time(given, at),
            T::UserSelect | T::OrganizationSelect | T::GroupSelect => {
                self.entities(field, given, at)
            }
            T::Creator | T::Modifier => self.entity(T::UserSelect, given, at),
            T::File => self.attachments(given, before, at),
            T::Subtable => self.rows(field, given, before, at),
            _ => text(given)
                .map(Value::from)
                .ok_or_else(|| invalid(at, "value", &SHAPE)),
        }
    }

    fn number(&self, given: &Given<'_>, at: &str) -> Result<Value, Refusal> {
        let entered = text(given).unwrap_or_default();
        if entered.trim().is_empty() {
            return Ok(json!(""));
        }
        let in_table = at.contains(".value[");
        let Some(number) = Decimal::parse(&entered) else {
            // In a table what is no number is dropped without a word.
            let place = format!("[{}]", at.trim_start_matches('.'));
            return if in_table {
                Ok(json!(""))
            } else {
                Err(invalid(&place, "value", &NUMBER))
            };
        };
        let most = self.app.digits - self.app.decimal_places;
        if number.integer_digits() > most {
            return Err(invalid(at, "value", &DIGITS));
        }
        Ok(json!(
            number
                .rounded(self.app.decimal_places, self.app.rounding)
                .to_string()
        ))
    }

    fn entities(&self, field: &Field, given: &Given<'_>, at: &str) -> Result<Value, Refusal> {
        let items = given.as_array().into_iter().flatten();
        items
            .map(|item| self.entity(field.kind, item, at))
            .collect()
    }

    fn entity(&self, kind: FieldType, given: &Given<'_>, at: &str) -> Result<Value, Refusal> {
        let code = given["code"].as_str().unwrap_or_default();
        let name = match kind {
            T::OrganizationSelect => self.directory.organizations.get(code).cloned(),
            T::GroupSelect => self.directory.groups.get(code).cloned(),
            _ => self.directory.user_name(code),
        };
        match (name, kind) {
            (Some(name), _) => Ok(json!({ "code": code, "name": name })),
            (None, T::OrganizationSelect) => Err(Refusal::new("GAIA_IL28")),
            (None, T::GroupSelect) => Err(invalid(at, "values.value", &GROUP)),
            (None, _) => Err(Refusal::new("GAIA_IL26")),
        }
    }

    fn attachments(
        &mut self,
        given: &Given<'_>,
        before: &Value,
        at: &str,
    ) -> Result<Value, Refusal> {
        let items = given.as_array().into_iter().flatten();
        let claims = items.map(|item| {
            let key = item["fileKey"].as_str().unwrap_or_default();
            let claimed = self.files.claim(key, before, self.now);
            claimed.ok_or_else(|| Refusal::new("GAIA_BL01").join(invalid(at, "values", &FILE)))
        });
        claims.collect()
    }

    /// Rows with a known id are merged, others are new; rows that are not sent are gone.
    fn rows(
        &mut self,
        table: &Field,
        given: &Given<'_>,
        before: &Value,
        at: &str,
    ) -> Result<Value, Refusal> {
        let mut rows = Vec::new();
        for (index, row) in given.as_array().into_iter().flatten().enumerate() {
            let at = format!("{at}.value[{index}].value");
            let id = text(&row["id"]).filter(|id| !id.is_empty());
            let old = id.and_then(|id| {
                before
                    .as_array()?
                    .iter()
                    .find(|row| row["id"] == id.as_str())
            });
            rows.push(self.row(table, row, old, &at)?);
        }
        Ok(Value::Array(rows))
    }

    fn row(
        &mut self,
        table: &Field,
        given: &Given<'_>,
        old: Option<&Value>,
        at: &str,
    ) -> Result<Value, Refusal> {
        let mut cells = Map::new();
        for field in &table.inner {
            let at = format!("{at}.{}", field.code);
            let before = old.map_or(&Value::Null, |row| &row["value"][&*field.code]["value"]);
            let value = match given["value"].get(&field.code) {
                _ if field.is_computed() => field.kind.empty(),
                Some(cell) => self.accept(field, &cell["value"], before, &at)?,
                None if old.is_some() => before.clone(),
                None => field.default.clone().unwrap_or_else(|| field.kind.empty()),
            };
            if field.required && is_empty(&value) {
                return Err(invalid(&at, "value", &REQUIRED));
            }
            cells.insert(
                field.code.to_string(),
                json!({ "type": field.kind.name(), "value": value }),
            );
        }
        for field in table.inner.iter().filter(|field| field.is_computed()) {
            let value = calc::evaluate(field, |code| cells.get(code).map(|cell| &cell["value"]));
            cells[&*field.code]["value"] = value;
        }
        *self.last_row += u64::from(old.is_none());
        let id = old.map_or_else(|| json!(self.last_row.to_string()), |row| row["id"].clone());
        Ok(json!({ "id": id, "value": cells }))
    }
}

/// Whether nothing was entered.
pub(super) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// A validation error of the value at `at`.
pub(super) fn invalid(at: &str, suffix: &str, (ja, en): &(&str, &str)) -> Refusal {
    Refusal::invalid(format!("{at}.{suffix}"), words(*ja, *en))
}

pub(super) const REQUIRED: (&str, &str) = ("必須です。", "Required.");
pub(super) const UNIQUE: (&str, &str) = (
    "値がほかのレコードと重複しています。",
    "This value already exists in another record.",
);
pub(super) const READ_ONLY: (&str, &str) = ("値を指定できません。", "The value cannot be set.");
const SHAPE: (&str, &str) = (
    "値の形式が正しくありません。",
    "The value has a wrong form.",
);
const NUMBER: (&str, &str) = ("数字でなければなりません。", "Only numbers are allowed.");
const DIGITS: (&str, &str) = ("桁数が大きすぎます。", "The number has too many digits.");
const OPTION: (&str, &str) = ("選択肢にありません。", "The value is not in the options.");
const GROUP: (&str, &str) = ("グループが見つかりません。", "The group was not found.");
const FILE: (&str, &str) = ("ファイルが見つかりません。", "The file was not found.");

fn text(given: &Given<'_>) -> Option<String> {
    match given {
        Given::Null => Some(String::new()),
        Given::Text(text) => Some(text.clone().into_owned()),
        Given::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn options(field: &Field, given: &Given<'_>, at: &str) -> Result<Value, Refusal> {
    let items = given.as_array().into_iter().flatten().enumerate();
    let known = items.map(|(index, item)| {
        let mut options = field.options.iter();
        let known = options.find(|option| item.as_str() == Some(option));
        known
            .map(|option| json!(option))
            .ok_or_else(|| invalid(at, &format!("values[{index}].value"), &OPTION))
    });
    known.collect()
}

fn option(field: &Field, given: &Given<'_>, at: &str) -> Result<Value, Refusal> {
    match given.as_str().filter(|text| !text.is_empty()) {
        None if field.kind == T::RadioButton => {
            let first = field.options.first().map(|option| json!(option));
            Ok(field.default.clone().or(first).unwrap_or(Value::Null))
        }
        None => Ok(Value::Null),
        Some(text) if field.options.iter().any(|option| option == text) => Ok(json!(text)),
        Some(_) => Err(invalid(at, "value", &OPTION)),
    }
}

fn moment(kind: FieldType, given: &Given<'_>, at: &str) -> Result<Value, Refusal> {
    let Some(text) = given.as_str().filter(|text| !text.is_empty()) else {
        return Ok(Value::Null);
    };
    let valid = match kind {
        T::Date => text
            .parse::<civil::Date>()
            .ok()
            .map(|date| date.to_string()),
        _ => civil::Time::strptime("%H:%M", text)
            .ok()
            .map(|time| time.strftime("%H:%M").to_string()),
    };
    valid
        .map(Value::from)
        .ok_or_else(|| invalid(at, "value", &SHAPE))
}

fn time(given: &Given<'_>, at: &str) -> Result<Value, Refusal> {
    let Some(text) = given.as_str().filter(|text| !text.is_empty()) else {
        return Ok(json!(""));
    };
    let instant = instant(text).ok_or_else(|| invalid(at, "value", &SHAPE))?;
    Ok(if is_minute(text) {
        json!(text)
    } else {
        json!(minute(instant))
    })
}

/// Whether an instant has the form that records keep, such as `2022-09-24T06:43:00Z`.
fn is_minute(instant: &str) -> bool {
    let form = b"0000-00-00T00:00:00Z";
    let fits = |(letter, form): (u8, &u8)| match form {
        b'0' => letter.is_ascii_digit(),
        form => letter == *form,
    };
    instant.len() == form.len() && instant.ends_with(":00Z") && instant.bytes().zip(form).all(fits)
}
