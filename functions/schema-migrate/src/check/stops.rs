//! What would stop `up`.

mod before;
mod columns;
mod domain;
mod judge;
mod validate;
mod words;

use migration_sql::{Condition, Name, Probe};
use postgres_client::Session;

use super::CheckError;
use super::changes::Change;
use super::pending::{PendingFile, PendingStatement};
use super::query::{Column, Partner, Source};
use super::rehearsal::Rehearsal;
use super::relation::{Shape, shape};
use super::report::{Remark, Report};
use super::rows::{Outcome, outcome};
use before::Before;
use columns::Then;
use judge::{Question, Tested, is_null_throughout};
use validate::validated;

/// What stops it whatever the rows are: a file that can't be run, a statement that failed in the rehearsal.
pub(super) fn of_words(files: &[PendingFile<'_>], rehearsal: &Rehearsal) -> Vec<Remark> {
    let unreadable = files.iter().enumerate().filter_map(|(number, file)| {
        let error = file.mode.as_ref().err()?;
        Some(Remark::new(number, error.line(), error.to_string()))
    });
    let failure = rehearsal.failure().filter(|failure| !failure.is_lack);
    let failed = failure.map(|failure| {
        let words = format!("failed in the rehearsal: {}", failure.words);
        Remark::new(failure.file, failure.line, words)
    });
    unreadable.chain(failed).collect()
}

/// What stops it because of rows that are there, told by SELECT.
pub(super) async fn of_rows(session: &Session, report: &mut Report<'_>) -> Result<(), CheckError> {
    let mut before = Before::default();
    let (mut stops, mut doubts) = (Vec::new(), Vec::new());
    for (number, file) in report.files.iter().enumerate() {
        for pending in &file.statements {
            for tested in Box::pin(tests(session, &mut before, file.name, pending)).await? {
                let remark = Remark {
                    file: number,
                    line: pending.statement.line,
                    ..tested.remark
                };
                if tested.is_certain {
                    stops.push(remark);
                } else {
                    doubts.push(remark);
                }
            }
            before.take(file.name, pending);
        }
    }
    report.stops.extend(stops);
    report.stops.sort_by_key(|stop| (stop.file, stop.line));
    report.doubts.extend(doubts);
    Ok(())
}

/// A change of type reads the columns as they are before the statement, all else as they are after it.
async fn tests(
    session: &Session,
    before: &mut Before,
    file: &str,
    pending: &PendingStatement<'_>,
) -> Result<Vec<Tested>, CheckError> {
    let mut tested = Vec::new();
    let is_change = |probe: &&Probe| matches!(probe.condition, Condition::TypeChange { .. });
    let probes = &pending.facts.probes;
    for probe in probes.iter().filter(is_change) {
        tested.extend(test(session, before, probe, words::rule(probe)).await?);
    }
    before.take_columns(file, pending);
    for probe in probes.iter().filter(|probe| !is_change(probe)) {
        tested.extend(test(session, before, probe, words::rule(probe)).await?);
    }
    for change in &pending.changes {
        match change {
            Change::Generated {
                table,
                column,
                data_type,
                expression,
            } => {
                let probe = Probe {
                    table: table.clone(),
                    added: Vec::new(),
                    condition: Condition::TypeChange {
                        column: column.clone(),
                        data_type: data_type.clone(),
                        using: Some(expression.clone()),
                    },
                };
                let rule = format!("the generation of {table}.{column}");
                tested.extend(test(session, before, &probe, rule).await?);
            }
            Change::DomainAsks { domain, rule } => {
                tested.extend(domain::tests(session, before, domain, rule).await?);
            }
            _ => {}
        }
    }
    tested.extend(untested(before, pending));
    Ok(tested)
}

/// What writes rows, or may do anything, meets constraints that no SELECT of ours knows. Rows that stand in the file
/// itself and go into a new table were tried in the rehearsal.
fn untested(before: &Before, pending: &PendingStatement<'_>) -> Option<Tested> {
    let facts = &pending.facts;
    if pending.is_opaque() {
        let words = format!(
            "what {} does to the rows that are there is not tested",
            facts.kind
        );
        return Some(Tested::doubt(words));
    }
    if facts.kind.starts_with("TRUNCATE") {
        return None;
    }
    let is_plain = |table: &Name| {
        before.makes(table)
            && facts.kind.starts_with("INSERT")
            && !pending
                .statement
                .text
                .to_ascii_uppercase()
                .contains("SELECT")
    };
    let table = facts.writes.iter().find(|table| !is_plain(table))?;
    Some(Tested::doubt(format!(
        "what {} writes is not tested against the rows and constraints of {table}",
        facts.kind
    )))
}

async fn test(
    session: &Session,
    before: &Before,
    probe: &Probe,
    rule: String,
) -> Result<Option<Tested>, CheckError> {
    // A new table has no rows to ask; that one is not there is the rehearsal's to find.
    if before.makes(&probe.table) {
        let filled = before.write(&probe.table, |write| write.adds);
        return Ok(filled.map(|place| {
            Tested::doubt(format!(
                "{rule} can't be tested: the table is new, and {place} may fill it"
            ))
        }));
    }
    let now = before.name_now(&probe.table);
    let Some(table) = shape(session, now).await? else {
        return Ok(None);
    };
    let mut columns = before.columns.of(&probe.table, &table);
    let (probe, rule) = match &probe.condition {
        Condition::Validate { constraint } => {
            let found = validated(session, before, &probe.table, now, constraint).await?;
            let Some(found) = found else {
                return Ok(None);
            };
            if found.is_there {
                columns = as_they_are(&table, &columns);
            }
            let rule = words::rule(&found.probe);
            (found.probe, rule)
        }
        _ => (probe.clone(), rule),
    };
    if let Condition::Untested { what } = probe.condition {
        let words = format!("{what} is not tested on the rows of {}", probe.table);
        return Ok(Some(Tested::doubt(words)));
    }
    let (partner, partner_columns) = partner(session, before, &probe.condition).await?;
    let question = Question {
        before,
        probe: &probe,
        rule,
        violated: None,
        columns: &columns,
        partner: &partner_columns,
    };
    if is_null_throughout(&probe.condition, &columns) {
        return Ok(question.judged(Outcome::Holds));
    }
    let sources: Vec<Column> = columns.iter().map(|then| then.column.clone()).collect();
    let source = Source {
        shape: &table,
        alias: &probe.table.name,
        columns: &sources,
    };
    let tests = source.tests(&probe.condition, partner.as_ref());
    if tests.is_empty() {
        let words = format!(
            "{} can't be tested before earlier files have run",
            question.rule
        );
        return Ok(Some(Tested::doubt(words)));
    }
    // Rows in the way say more than that others may come into it.
    let mut held = None;
    for test in tests {
        let outcome = outcome(session, &test).await?;
        let is_held = outcome == Outcome::Holds;
        match question.judged(outcome) {
            Some(tested) if is_held => held = Some(tested),
            Some(tested) => return Ok(Some(tested)),
            None => {}
        }
    }
    Ok(held)
}

/// The columns by the names that they have now, each with the doubt that there is about any.
fn as_they_are(table: &Shape, columns: &[Then]) -> Vec<Then> {
    let mut changed = columns.iter().filter(|then| then.is_changed);
    let changed = changed.next();
    let kept = |name: &String| Then {
        doubt: changed.and_then(|then| then.doubt.clone()),
        is_changed: changed.is_some(),
        ..Then::kept(name)
    };
    table.columns.iter().map(kept).collect()
}

/// What a foreign key points to; nothing where it, or one of its columns, is still to come.
async fn partner(
    session: &Session,
    before: &Before,
    condition: &Condition,
) -> Result<(Option<Partner>, Vec<Then>), CheckError> {
    let Condition::ForeignKey {
        referenced,
        referenced_columns,
        ..
    } = condition
    else {
        return Ok((None, Vec::new()));
    };
    if before.makes(referenced) {
        return Ok((None, Vec::new()));
    }
    let Some(table) = shape(session, before.name_now(referenced)).await? else {
        return Ok((None, Vec::new()));
    };
    let columns = before.columns.of(referenced, &table);
    let now = |name: &String| {
        let mut columns = columns.iter();
        let then = columns.find(|then| then.column.name == *name)?;
        then.name_now().map(str::to_owned)
    };
    let names = if referenced_columns.is_empty() {
        Some(table.key)
    } else {
        referenced_columns.iter().map(now).collect()
    };
    let partner = names.map(|columns| Partner {
        table: table.table,
        columns,
    });
    Ok((partner, columns))
}
