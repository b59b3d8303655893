//! Reading records: which ones a query means, in which order, and their page.

use std::cmp::Ordering;
use std::sync::Arc;

use super::app::App;
use super::error::Refusal;
use super::field::FieldType;
use super::filter::{self, Context};
use super::query::{Filter, Operand, Operator, Query};
use super::record::{Record, Records};

/// The page size where a query names none.
const DEFAULT_LIMIT: u64 = 100;
const MOST_LIMIT: u64 = 500;
const MOST_OFFSET: u64 = 10_000;

/// The ids of a page, and how many records the query means in all where that was asked for.
#[derive(Debug)]
pub(crate) struct Selection {
    pub(crate) ids: Vec<u64>,
    pub(crate) total: Option<u64>,
}

/// Selects the page that `query` names.
pub(crate) fn page(
    app: &App,
    records: &Records,
    query: &Query,
    counted: bool,
    context: &Context<'_>,
) -> Result<Selection, Refusal> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    let offset = query.offset.unwrap_or(0);
    if limit > MOST_LIMIT {
        return Err(Refusal::new("GAIA_QU01"));
    }
    if offset > MOST_OFFSET {
        return Err(Refusal::new("GAIA_QU02"));
    }
    filter::check(query, app, context)?;
    let (range, rest) = range(query.filter.as_ref());
    let ids = match by_id(query) {
        Some(_) if counted && rest.is_some() => all(app, records, query, context),
        Some(down) => {
            let wanted = |id: &u64| meets(app, records, *id, rest.as_ref(), context);
            let ids = records.ids(range.0, range.1);
            let (skip, take) = (narrow(offset), narrow(limit));
            let ids = if down {
                ids.rev().filter(wanted).skip(skip).take(take).collect()
            } else {
                ids.filter(wanted).skip(skip).take(take).collect()
            };
            let total = counted.then(|| records.count(range.0, range.1));
            return Ok(Selection { ids, total });
        }
        None => all(app, records, query, context),
    };
    let total = counted.then_some(ids.len() as u64);
    let page = ids.into_iter().skip(narrow(offset)).take(narrow(limit));
    Ok(Selection {
        ids: page.collect(),
        total,
    })
}

fn narrow(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// All ids that `query` means, in its order, without a limit.
pub(crate) fn all(app: &App, records: &Records, query: &Query, context: &Context<'_>) -> Vec<u64> {
    let ((low, high), rest) = range(query.filter.as_ref());
    let ids = records.ids(low, high);
    let ids = ids.filter(|id| meets(app, records, *id, rest.as_ref(), context));
    match by_id(query) {
        Some(true) => ids.rev().collect(),
        Some(false) => ids.collect(),
        None => {
            let mut found = ids
                .filter_map(|id| records.get(app, id))
                .collect::<Vec<_>>();
            found.sort_by(|left, right| order(app, query, left, right));
            found.iter().map(|record| record.id).collect()
        }
    }
}

fn meets(
    app: &App,
    records: &Records,
    id: u64,
    rest: Option<&Filter>,
    context: &Context<'_>,
) -> bool {
    rest.is_none_or(|rest| {
        records
            .get(app, id)
            .is_some_and(|record| filter::matches(rest, app, &record, context))
    })
}

/// Whether the order is by id alone, and then whether it goes down. No order means down.
fn by_id(query: &Query) -> Option<bool> {
    match query.order.first() {
        None => Some(true),
        Some((field, down)) if field == "$id" => Some(*down),
        Some(_) => None,
    }
}

fn order(app: &App, query: &Query, left: &Arc<Record>, right: &Arc<Record>) -> Ordering {
    for (code, down) in &query.order {
        let ordering = match app.find(code).map(|field| field.kind) {
            None | Some(FieldType::RecordNumber) => left.id.cmp(&right.id),
            Some(kind) => compare(kind, left, right, code),
        };
        if ordering.is_ne() {
            return if *down { ordering.reverse() } else { ordering };
        }
    }
    right.id.cmp(&left.id)
}

fn compare(kind: FieldType, left: &Record, right: &Record, code: &str) -> Ordering {
    let text = |record: &Record| {
        let value = record.value(code);
        let text = value.as_str().or_else(|| value["code"].as_str());
        text.unwrap_or_default().to_owned()
    };
    let (left, right) = (text(left), text(right));
    filter::compare(kind, &left, &right).unwrap_or_else(|| left.cmp(&right))
}

/// Takes the bounds on `$id` out of a filter, so that a seek does not walk over every record.
fn range(filter: Option<&Filter>) -> ((u64, u64), Option<Filter>) {
    let (mut low, mut high) = (1, u64::MAX);
    let mut rest = Vec::new();
    let mut open = filter.into_iter().collect::<Vec<_>>();
    while let Some(part) = open.pop() {
        match (part, bounds(part)) {
            (Filter::And(parts), _) => open.extend(parts),
            (_, Some((from, to))) => (low, high) = (low.max(from), high.min(to)),
            (other, None) => rest.push(other.clone()),
        }
    }
    ((low, high), (!rest.is_empty()).then_some(Filter::And(rest)))
}

fn bounds(filter: &Filter) -> Option<(u64, u64)> {
    let Filter::Test {
        field,
        operator,
        operands,
    } = filter
    else {
        return None;
    };
    let [Operand::Text(operand)] = operands.as_slice() else {
        return None;
    };
    let id = operand.parse::<u64>().ok().filter(|_| field == "$id")?;
    match operator {
        Operator::Equal => Some((id, id)),
        Operator::Greater => Some((id.saturating_add(1), u64::MAX)),
        Operator::GreaterOrEqual => Some((id, u64::MAX)),
        Operator::Less => Some((0, id.saturating_sub(1))),
        Operator::LessOrEqual => Some((0, id)),
        _ => None,
    }
}
