//! What a domain asks of every column that has it.

use migration_sql::{Condition, Name, Probe};
use postgres_client::Session;
use tokio_postgres::types::Type;

use super::before::Before;
use super::columns::Then;
use super::judge::{Question, Tested};
use crate::check::CheckError;
use crate::check::changes::DomainRule;
use crate::check::query::{Column, Source, Value};
use crate::check::relation::shape;
use crate::check::rows::outcome;

/// The tables and columns of the domain and of those made from it.
const COLUMNS: &str = "WITH RECURSIVE d (oid) AS (SELECT pg_catalog.to_regtype($1)::oid UNION \
     SELECT t.oid FROM pg_catalog.pg_type t JOIN d ON t.typbasetype = d.oid AND t.typtype = 'd') \
     SELECT n.nspname::text, c.relname::text, a.attname::text FROM d \
     JOIN pg_catalog.pg_attribute a ON a.atttypid = d.oid AND NOT a.attisdropped \
     JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm', 'p') AND NOT c.relispartition \
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace ORDER BY 1, 2, 3";

/// Tests `rule` on the rows of every column that has `domain` now.
pub(super) async fn tests(
    session: &Session,
    before: &Before,
    domain: &Name,
    rule: &DomainRule,
) -> Result<Vec<Tested>, CheckError> {
    if before.makes_domain(domain) {
        return Ok(Vec::new());
    }
    let condition = match rule {
        DomainRule::NotNull => Condition::NotNull {
            column: VALUE.to_owned(),
        },
        DomainRule::Check(expression) => Condition::Check {
            expression: expression.clone(),
        },
        DomainRule::Validate => {
            let words = format!("the constraint of the domain {domain} is not tested on rows");
            return Ok(vec![Tested::doubt(words)]);
        }
    };
    let mut tested = Vec::new();
    if before.columns.brings(&domain.name) {
        let words =
            format!("the domain {domain} is not tested on columns that earlier statements add");
        tested.push(Tested::doubt(words));
    }
    for (table, column) in columns(session, domain).await? {
        tested.extend(test(session, before, domain, &table, &column, &condition).await?);
    }
    Ok(tested)
}

/// By this name a domain's expressions call the value.
const VALUE: &str = "value";

async fn columns(session: &Session, domain: &Name) -> Result<Vec<(Name, String)>, CheckError> {
    let failed = CheckError::query("looking up a domain");
    let name = domain.quoted();
    let rows = session
        .query_typed(COLUMNS, &[(&name, Type::TEXT)])
        .await
        .map_err(&failed)?;
    let read = |row: &tokio_postgres::Row| {
        let table = Name {
            schema: Some(row.try_get(0)?),
            name: row.try_get(1)?,
        };
        Ok((table, row.try_get(2)?))
    };
    rows.iter()
        .map(read)
        .collect::<Result<_, _>>()
        .map_err(failed)
}

async fn test(
    session: &Session,
    before: &Before,
    domain: &Name,
    table: &Name,
    column: &str,
    condition: &Condition,
) -> Result<Option<Tested>, CheckError> {
    let Some(shape) = shape(session, table).await? else {
        return Ok(None);
    };
    let value = Column {
        name: VALUE.to_owned(),
        value: Value::Kept(column.to_owned()),
    };
    // Whatever an earlier statement does to the table, it may do to this column.
    let touch = before.touch(table);
    let then = Then {
        is_changed: touch.is_some(),
        doubt: touch,
        column: value.clone(),
        ..Then::kept(VALUE)
    };
    let source = Source {
        shape: &shape,
        alias: &table.name,
        columns: &[value],
    };
    let probe = Probe {
        table: table.clone(),
        added: Vec::new(),
        condition: condition.clone(),
    };
    let rule = rule(domain, &shape.table, column, condition);
    let question = Question {
        before,
        probe: &probe,
        violated: Some(format!("rows are in the way of {rule}")),
        rule,
        columns: &[then],
        partner: &[],
    };
    for test in source.tests(condition, None) {
        let tested = question.judged(outcome(session, &test).await?);
        if tested.is_some() {
            return Ok(tested);
        }
    }
    Ok(None)
}

fn rule(domain: &Name, table: &str, column: &str, condition: &Condition) -> String {
    let rule = match condition {
        Condition::Check { expression } => format!("CHECK ({expression})"),
        _ => "NOT NULL".to_owned(),
    };
    format!("{rule} of the domain {domain} of {table}.{column}")
}
