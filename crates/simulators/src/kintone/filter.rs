//! What a query means: which operators a field takes, and whether a record matches.

use std::cmp::Ordering;

use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};
use serde_json::Value;

use super::app::App;
use super::auth::Directory;
use super::error::Refusal;
use super::field::{Field, FieldType};
use super::number::Decimal;
use super::query::{Filter, Operand, Operator, Query};
use super::record::Record;

use FieldType as T;
use Operator as O;

/// What the functions of the query language stand for.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) now: Timestamp,
    pub(crate) zone: TimeZone,
    pub(crate) login: String,
    pub(crate) directory: &'a Directory,
}

const IDENTITY: [O; 8] = [
    O::Equal,
    O::NotEqual,
    O::Greater,
    O::Less,
    O::GreaterOrEqual,
    O::LessOrEqual,
    O::In,
    O::NotIn,
];

fn allowed(kind: FieldType) -> &'static [Operator] {
    match kind {
        T::RecordNumber | T::Number | T::Calc => &IDENTITY,
        T::CreatedTime | T::UpdatedTime | T::Date | T::Time | T::Datetime => &IDENTITY[..6],
        T::SingleLineText | T::Link => {
            &[O::Equal, O::NotEqual, O::In, O::NotIn, O::Like, O::NotLike]
        }
        T::MultiLineText | T::RichText | T::File => &[O::Like, O::NotLike],
        T::Status => &[O::Equal, O::NotEqual, O::In, O::NotIn],
        _ => &[O::In, O::NotIn],
    }
}

/// Finds a field of the app or of one of its tables; the table comes with it.
fn find<'a>(app: &'a App, code: &str) -> Option<(&'a Field, Option<&'a Field>)> {
    let top = app.find(code).map(|field| (field, None));
    top.or_else(|| {
        app.fields.iter().find_map(|table| {
            let inner = table.inner.iter().find(|inner| *inner.code == *code)?;
            Some((inner, Some(table)))
        })
    })
}

/// Refuses a query that names what is not there, or compares what cannot be compared.
pub(crate) fn check(query: &Query, app: &App, context: &Context<'_>) -> Result<(), Refusal> {
    for (code, _) in &query.order {
        if code != "$id" && app.find(code).is_none() {
            return Err(Refusal::new("GAIA_IQ11"));
        }
    }
    query
        .filter
        .as_ref()
        .map_or(Ok(()), |filter| check_filter(filter, app, context))
}

fn check_filter(filter: &Filter, app: &App, context: &Context<'_>) -> Result<(), Refusal> {
    let (code, operator, operands) = match filter {
        Filter::And(parts) | Filter::Or(parts) => {
            return parts
                .iter()
                .try_for_each(|part| check_filter(part, app, context));
        }
        Filter::Test {
            field,
            operator,
            operands,
        } => (field, *operator, operands),
    };
    if code == "$id" {
        return if IDENTITY.contains(&operator) {
            Ok(())
        } else {
            Err(Refusal::new("GAIA_IQ03"))
        };
    }
    let (field, table) = find(app, code).ok_or(Refusal::new("GAIA_IQ11"))?;
    if field.kind == T::ReferenceTable {
        return Err(Refusal::new("GAIA_IR02"));
    }
    let emptiness = matches!(operator, O::Empty | O::NotEmpty);
    if !emptiness && !allowed(field.kind).contains(&operator) {
        return Err(Refusal::new("GAIA_IQ03"));
    }
    if table.is_some() && matches!(operator, O::Equal | O::NotEqual) {
        return Err(Refusal::new("GAIA_IQ07"));
    }
    let people = matches!(
        field.kind,
        T::Creator | T::Modifier | T::UserSelect | T::StatusAssignee
    );
    let unknown = |operand: &Operand| matches!(operand, Operand::Text(code) if !context.directory.knows_user(code));
    if people && operands.iter().any(unknown) {
        return Err(Refusal::new("GAIA_IL42"));
    }
    Ok(())
}

/// Whether the record is one that the filter wants.
pub(crate) fn matches(filter: &Filter, app: &App, record: &Record, context: &Context<'_>) -> bool {
    let (code, operator, operands) = match filter {
        Filter::And(parts) => return parts.iter().all(|part| matches(part, app, record, context)),
        Filter::Or(parts) => return parts.iter().any(|part| matches(part, app, record, context)),
        Filter::Test {
            field,
            operator,
            operands,
        } => (field, *operator, operands),
    };
    let Some((field, table)) = find(app, code).filter(|_| code != "$id") else {
        return test(
            T::RecordNumber,
            &[record.id.to_string()],
            operator,
            operands,
            context,
        );
    };
    let values = match table {
        None if field.kind == T::RecordNumber => vec![record.id.to_string()],
        None => texts(record.value(code)),
        Some(table) => {
            let rows = record.value(&table.code).as_array().into_iter().flatten();
            rows.flat_map(|row| texts(&row["value"][code]["value"]))
                .collect()
        }
    };
    test(field.kind, &values, operator, operands, context)
}

/// The texts of a value that a condition looks at: none for an empty one.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) if text.is_empty() => Vec::new(),
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(entity) => {
            let text = entity.get("code").or_else(|| entity.get("name"));
            text.and_then(Value::as_str)
                .map(str::to_owned)
                .into_iter()
                .collect()
        }
        _ => Vec::new(),
    }
}

fn test(
    kind: FieldType,
    values: &[String],
    operator: Operator,
    operands: &[Operand],
    context: &Context<'_>,
) -> bool {
    let operands = operands
        .iter()
        .map(|operand| resolve(kind, operand, context));
    let operands = operands.collect::<Vec<_>>();
    let holds = |wanted: fn(Ordering) -> bool| {
        values
            .iter()
            .any(|value| compare(kind, value, &operands[0]).is_some_and(wanted))
    };
    let among = || {
        let empty = values.is_empty() && operands.iter().any(String::is_empty);
        let equal = |value, operand| compare(kind, value, operand) == Some(Ordering::Equal);
        empty
            || values
                .iter()
                .any(|value| operands.iter().any(|operand| equal(value, operand)))
    };
    let like = || {
        let wanted = operands[0].to_lowercase();
        values
            .iter()
            .any(|value| value.to_lowercase().contains(&wanted))
    };
    match operator {
        O::Equal | O::In => among(),
        O::NotEqual | O::NotIn => !among(),
        O::Greater => holds(Ordering::is_gt),
        O::Less => holds(Ordering::is_lt),
        O::GreaterOrEqual => holds(Ordering::is_ge),
        O::LessOrEqual => holds(Ordering::is_le),
        O::Like => like(),
        O::NotLike => !like(),
        O::Empty => values.is_empty(),
        O::NotEmpty => !values.is_empty(),
    }
}

fn resolve(kind: FieldType, operand: &Operand, context: &Context<'_>) -> String {
    let call = match operand {
        Operand::Text(text) if kind == T::RecordNumber => {
            return text.rsplit('-').next().unwrap_or_default().to_owned();
        }
        Operand::Text(text) => return text.clone(),
        Operand::Call(call) => call.to_ascii_uppercase(),
    };
    let today = context.now.to_zoned(context.zone.clone()).date();
    match call.as_str() {
        "NOW" => context.now.to_string(),
        "TODAY" if kind == T::Date => today.to_string(),
        "TODAY" => context
            .zone
            .to_timestamp(today.to_datetime(civil::Time::midnight()))
            .map(|midnight| midnight.to_string())
            .unwrap_or_default(),
        _ => context.login.clone(),
    }
}

/// Compares two values of a field's type; `None` where one of them has no place in its order.
pub(crate) fn compare(kind: FieldType, left: &str, right: &str) -> Option<Ordering> {
    match kind {
        T::RecordNumber => Some(left.parse::<u64>().ok()?.cmp(&right.parse::<u64>().ok()?)),
        T::Number | T::Calc => Some(Decimal::parse(left)?.cmp(&Decimal::parse(right)?)),
        T::Datetime | T::CreatedTime | T::UpdatedTime => Some(instant(left)?.cmp(&instant(right)?)),
        _ => Some(left.cmp(right)),
    }
}

/// Reads an instant with `Z` or an offset; a bare date is midnight, UTC.
pub(crate) fn instant(text: &str) -> Option<Timestamp> {
    if let Ok(instant) = text.parse::<Timestamp>() {
        return Some(instant);
    }
    if let Ok(instant) = Timestamp::strptime("%Y-%m-%dT%H:%M:%S%z", text) {
        return Some(instant);
    }
    let date = text.parse::<civil::Date>().ok()?;
    TimeZone::UTC
        .to_timestamp(date.to_datetime(civil::Time::midnight()))
        .ok()
}
