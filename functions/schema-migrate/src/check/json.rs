//! The report for a program.

use migration_sql::{Finding, Mode, Severity};
use serde_json::{Value, json};

use super::locks::TableLock;
use super::pending::{PendingFile, PendingStatement, Place};
use super::rehearsal::Rehearsal;
use super::report::{Remark, Report};

/// One object; `README.md` tells its shape.
pub(super) fn of(report: &Report<'_>) -> Value {
    let files = report.files.iter().enumerate();
    json!({
        "database": report.database,
        // A text, for a JavaScript number holds no more than 53 bits.
        "version": report.version.map(|version| version.to_string()),
        "stops": report.stops.len(),
        "rehearsal": rehearsal(&report.rehearsal),
        "files": files.map(|(number, pending)| file(report, number, pending)).collect::<Vec<_>>(),
    })
}

fn rehearsal(rehearsal: &Rehearsal) -> Value {
    match rehearsal {
        Rehearsal::Idle => Value::Null,
        Rehearsal::Skipped { why } => json!({ "skipped": why }),
        Rehearsal::Held(performance) => json!({
            "server": performance.major,
            "drift": performance.drift,
            "lack": performance.failure.as_ref().filter(|failure| failure.is_lack).map(|failure| &failure.words),
        }),
    }
}

fn file(report: &Report<'_>, number: usize, file: &PendingFile<'_>) -> Value {
    let statements = file.statements.iter().enumerate().map(|(index, pending)| {
        let place = Place {
            file: number,
            statement: index,
        };
        statement(report, place, pending)
    });
    let remarks = |remarks: &[Remark]| -> Vec<Value> {
        let of_file = remarks.iter().filter(|remark| remark.file == number);
        of_file.map(remark).collect()
    };
    json!({
        "file": file.name,
        "transaction": file.mode.as_ref().is_ok_and(|mode| !matches!(mode, Mode::NoTransaction(_))),
        "statements": statements.collect::<Vec<_>>(),
        "stops": remarks(&report.stops),
        "doubts": remarks(&report.doubts),
        "advice": file.advice.iter().map(advice).collect::<Vec<_>>(),
    })
}

fn statement(report: &Report<'_>, place: Place, pending: &PendingStatement<'_>) -> Value {
    json!({
        "line": pending.statement.line,
        "kind": pending.facts.kind,
        "locks": report.locks(place).iter().map(lock).collect::<Vec<_>>(),
        "rewrites": report.rewrites(place, pending),
        "scans": pending.facts.scans,
        "opaque": pending.is_opaque(),
    })
}

fn lock(lock: &TableLock) -> Value {
    let relation = &lock.relation;
    json!({
        "relation": relation.name,
        "level": lock.level.words(),
        "blocks": lock.level.blocks(),
        "rows": relation.rows.map(|rows| rows.count),
        "rows_exact": relation.rows.map(|rows| rows.is_exact),
        "bytes": relation.bytes,
    })
}

fn remark(remark: &Remark) -> Value {
    let violation = remark.violation.as_ref();
    json!({
        "line": remark.line,
        "what": remark.words,
        "rows": violation.map(|violation| &violation.rows),
        "count": violation.map(|violation| violation.count),
        "help": remark.help,
    })
}

fn advice(finding: &Finding) -> Value {
    json!({
        "line": finding.position.line,
        "column": finding.position.column,
        "rule": finding.rule,
        "severity": match finding.severity {
            Severity::Advice => "advice",
            Severity::Danger | Severity::Refused => "danger",
        },
        "message": finding.message,
        "help": finding.help,
    })
}
