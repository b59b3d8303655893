//! Plans in short lines.

use std::io::{self, Write};

use table_diff::plan::{Summary, TableSummary};
use table_diff::{ClassCounts, Language, StaleRow};
use table_sync::{UndoPreview, WrittenRows};

/// How many rows there are of what in each table, and by what to approve it.
pub(super) fn summary(
    out: &mut impl Write,
    summary: &Summary,
    language: Language,
) -> io::Result<()> {
    let plan = &summary.plan;
    writeln!(
        out,
        "{}: {} to {}, {}",
        plan.id,
        plan.source.name,
        plan.target.name,
        plan.compare.word(language)
    )?;
    for table in &summary.tables {
        write_table(out, summary, table, language)?;
    }
    writeln!(out, "digest {}", summary.digest)
}

fn write_table(
    out: &mut impl Write,
    summary: &Summary,
    table: &TableSummary,
    language: Language,
) -> io::Result<()> {
    let names = summary.plan.names();
    let counted = table.end.as_ref().map(|end| &end.counts);
    let line = counted.map_or("not compared".to_owned(), |counts| {
        classes(&counts.classes, language)
    });
    writeln!(out, "  {}: {line}", table.table.name)?;
    for (_, words) in table.remarks(language, &names) {
        writeln!(out, "    {words}")?;
    }
    let Some(end) = &table.end else {
        return Ok(());
    };
    for cascade in end.cascades.iter().filter(|cascade| cascade.rows > 0) {
        writeln!(
            out,
            "    deleting takes {} rows of {} along, by {}",
            cascade.rows, cascade.key.table, cascade.key.name
        )?;
    }
    match &end.caution {
        Some(caution) => writeln!(out, "    {}", caution.words(language, &names)),
        None => Ok(()),
    }
}

/// Such as `3 insert, 1 delete`.
pub(super) fn classes(counts: &ClassCounts, language: Language) -> String {
    let counts = counts.iter();
    let words: Vec<String> = counts
        .map(|(class, rows)| format!("{rows} {}", class.word(language)))
        .collect();
    if words.is_empty() {
        return "equal".to_owned();
    }
    words.join(", ")
}

/// What was written to each table.
pub(super) fn written(out: &mut impl Write, tables: &[WrittenRows]) -> io::Result<()> {
    for rows in tables {
        writeln!(
            out,
            "  {}: {} inserted, {} updated, {} deleted",
            rows.table, rows.inserted, rows.updated, rows.deleted
        )?;
    }
    Ok(())
}

/// What an undo would write, and the digest by which to decide it.
pub(super) fn undo(out: &mut impl Write, preview: &UndoPreview) -> io::Result<()> {
    writeln!(out, "undoing {} would write", preview.plan)?;
    let tables: Vec<WrittenRows> = preview.tables.iter().map(|it| it.rows.clone()).collect();
    written(out, &tables)?;
    for it in preview.tables.iter().filter(|it| it.caution.is_some()) {
        writeln!(
            out,
            "  {} loses many rows: name it by --confirm if that is meant",
            it.rows.table
        )?;
    }
    writeln!(out, "digest {}", preview.digest)
}

/// The keys of rows that are not as they were seen.
pub(super) fn stale(out: &mut impl Write, rows: &[StaleRow]) -> io::Result<()> {
    for row in rows {
        let now = match (row.seen, row.now) {
            (Some(_), None) => "is gone",
            (None, Some(_)) => "is there now",
            _ => "changed",
        };
        writeln!(out, "  {} {now}", row.key.join(", "))?;
    }
    Ok(())
}
