//! The report for a person.

use std::fmt::{self, Display, Write as _};

use function_core::first_few;
use migration_sql::{Finding, LockLevel, Mode, Reason, Severity};

use super::locks::TableLock;
use super::pending::{PendingFile, PendingStatement, Place};
use super::query::SHOWN_MAX;
use super::rehearsal::{Performance, Rehearsal};
use super::relation::Relation;
use super::report::{Remark, Report};
use super::rows::Violation;

/// A block for each file, below it its statements and what is said of them, and at the end what that comes to.
pub(super) fn of(report: &Report<'_>) -> String {
    let mut text = Text::default();
    for (number, file) in report.files.iter().enumerate() {
        push_file(&mut text, report, number, file);
    }
    push_rehearsal(&mut text, &report.rehearsal);
    text.line(&verdict(report));
    text.0
}

/// Lines, to which one may always be added.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: &dyn Display) {
        writeln!(self.0, "{line}").unwrap_or_else(|_| unreachable!("a String takes all writes"));
    }
}

fn push_file(text: &mut Text, report: &Report<'_>, number: usize, file: &PendingFile<'_>) {
    text.line(&format_args!("{} ({})", file.name, manner(file)));
    for (statement, pending) in file.statements.iter().enumerate() {
        let place = Place {
            file: number,
            statement,
        };
        push_statement(text, report, place, pending);
    }
    let of_file = |remark: &&Remark| remark.file == number;
    for remark in report.stops.iter().filter(of_file) {
        push_remark(text, "stops", remark);
    }
    for remark in report.doubts.iter().filter(of_file) {
        push_remark(text, "may stop", remark);
    }
    for finding in &file.advice {
        push_advice(text, finding);
    }
    text.line(&"");
}

fn manner(file: &PendingFile<'_>) -> String {
    match &file.mode {
        Ok(Mode::Transaction | Mode::Enclosed) => "one transaction".to_owned(),
        Ok(Mode::NoTransaction(Reason::Directive { .. })) => {
            "no transaction, as it asks".to_owned()
        }
        Ok(Mode::NoTransaction(Reason::Statement { words, .. })) => {
            format!("no transaction, for {words}")
        }
        Err(_) => "would not be run".to_owned(),
    }
}

fn push_statement(
    text: &mut Text,
    report: &Report<'_>,
    place: Place,
    pending: &PendingStatement<'_>,
) {
    let facts = &pending.facts;
    text.line(&format_args!(
        "  line {}: {}",
        pending.statement.line, facts.kind
    ));
    // Reading holds up nobody but those who change the schema.
    let locks = report
        .locks(place)
        .iter()
        .filter(|lock| lock.level > LockLevel::RowShare);
    for TableLock { relation, level } in locks {
        text.line(&format_args!(
            "    {level} on {}: blocks {}",
            Size(relation),
            level.blocks()
        ));
    }
    if report.rewrites(place, pending) {
        text.line(&"    writes the table anew, row by row");
    } else if facts.scans {
        text.line(&"    reads every row");
    }
    if pending.is_opaque() {
        text.line(&"    may do more than its words tell");
    }
}

fn push_remark(text: &mut Text, what: &str, remark: &Remark) {
    text.line(&format_args!(
        "  {what}: line {}: {}",
        remark.line, remark.words
    ));
    if let Some(violation) = &remark.violation {
        text.line(&format_args!("    {}", Rows(violation)));
    }
    if let Some(help) = remark.help {
        text.line(&format_args!("    {help}"));
    }
}

fn push_advice(text: &mut Text, finding: &Finding) {
    let Finding {
        rule,
        position,
        severity,
        message,
        help,
    } = finding;
    let severity = match severity {
        Severity::Advice => "advice",
        Severity::Danger | Severity::Refused => "danger",
    };
    text.line(&format_args!(
        "  {severity}: line {}, column {}: {rule}: {message}",
        position.line, position.column
    ));
    if let Some(help) = help {
        text.line(&format_args!("    {help}"));
    }
}

fn push_rehearsal(text: &mut Text, rehearsal: &Rehearsal) {
    match rehearsal {
        Rehearsal::Idle => {}
        Rehearsal::Skipped { why } => text.line(&format_args!("not rehearsed: {why}")),
        Rehearsal::Held(performance) => push_performance(text, performance),
    }
}

fn push_performance(text: &mut Text, performance: &Performance) {
    let major = performance.major;
    match &performance.failure {
        None => text.line(&format_args!(
            "rehearsed in an empty copy of the schema on PostgreSQL {major}"
        )),
        Some(failure) if failure.is_lack => text.line(&format_args!(
            "rehearsed up to line {}, where the throw-away server lacks something: {}",
            failure.line, failure.words
        )),
        Some(_) => text.line(&format_args!(
            "rehearsed on PostgreSQL {major} up to the statement that failed"
        )),
    }
    if let Some(drift) = &performance.drift {
        text.line(&"the database is not what its applied migrations make, so `up` may go otherwise (-: they make, +: it has)");
        text.line(&drift.trim_end());
    }
}

fn verdict(report: &Report<'_>) -> String {
    let version = report.version.map_or_else(
        || "no version".to_owned(),
        |version| format!("version {version}"),
    );
    let database = &report.database;
    let pending = match report.files.len() {
        0 => return format!("nothing is pending in {database}, which is at {version}"),
        1 => "1 file is".to_owned(),
        count => format!("{count} files are"),
    };
    let found = match report.stops.len() {
        0 => "nothing was found that would stop `up`".to_owned(),
        1 => "1 thing would stop `up`".to_owned(),
        count => format!("{count} things would stop `up`"),
    };
    format!("{pending} pending in {database}, which is at {version}; {found}")
}

/// `companies (3 rows, 64 kB)`.
struct Size<'a>(&'a Relation);

impl Display for Size<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Relation {
            name, rows, bytes, ..
        } = self.0;
        write!(formatter, "{name} (")?;
        if let Some(rows) = rows {
            let about = if rows.is_exact { "" } else { "about " };
            let plural = if rows.count == 1 { "" } else { "s" };
            write!(formatter, "{about}{} row{plural}, ", rows.count)?;
        }
        match bytes {
            0..10_240 => write!(formatter, "{bytes} bytes)"),
            10_240..10_485_760 => write!(formatter, "{} kB)", bytes / 1024),
            _ => write!(formatter, "{} MB)", bytes / 1_048_576),
        }
    }
}

/// `3 rows: id=1; id=2; id=3`.
struct Rows<'a>(&'a Violation);

impl Display for Rows<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Violation {
            is_groups,
            rows,
            count,
            is_more,
        } = self.0;
        let or_more = if *is_more { " or more" } else { "" };
        let unit = match (is_groups, count) {
            (false, 1) => "row",
            (false, _) => "rows",
            (true, 1) => "group",
            (true, _) => "groups",
        };
        let dots = if *count > rows.len() as u64 {
            "; …"
        } else {
            ""
        };
        write!(
            formatter,
            "{count}{or_more} {unit}: {}{dots}",
            first_few(rows, SHOWN_MAX, "; ")
        )
    }
}
