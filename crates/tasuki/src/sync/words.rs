//! Plans in short lines.

use std::io::{self, Write};

use table_diff::plan::{PlanTable, Summary, TableSummary};
use table_diff::{Language, Sides, StaleRow, TableCounts};
use table_sync::{Counted, UndoPreview, WrittenRows};

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
    let names = plan.names();
    for table in &summary.tables {
        write_counts(out, &table.table, table.counts(), &names, language)?;
        write_end(out, table, &names, language)?;
    }
    writeln!(out, "digest {}", summary.digest)
}

/// How many rows there are of what in each table.
pub(super) fn counted(
    out: &mut impl Write,
    counted: &Counted,
    language: Language,
) -> io::Result<()> {
    let names = &counted.names;
    let compare = counted.compare.word(language);
    writeln!(out, "{} to {}, {compare}", names.source, names.target)?;
    for words in counted.migration_words(language) {
        writeln!(out, "  {words}")?;
    }
    for table in &counted.tables {
        write_counts(out, &table.table, table.counts.as_ref(), names, language)?;
    }
    Ok(())
}

fn write_counts(
    out: &mut impl Write,
    table: &PlanTable,
    counts: Option<&TableCounts>,
    names: &Sides<String>,
    language: Language,
) -> io::Result<()> {
    let line = counts.map_or("not compared".to_owned(), |it| it.classes.words(language));
    writeln!(out, "  {}: {line}", table.name)?;
    for (_, words) in table.remarks(counts, language, names) {
        writeln!(out, "    {words}")?;
    }
    Ok(())
}

/// What must be known before rows are deleted.
fn write_end(
    out: &mut impl Write,
    table: &TableSummary,
    names: &Sides<String>,
    language: Language,
) -> io::Result<()> {
    let Some(end) = &table.end else {
        return Ok(());
    };
    for cascade in end.cascades.iter().filter(|cascade| cascade.rows > 0) {
        writeln!(out, "    {}", cascade.words(language))?;
    }
    match &end.caution {
        Some(caution) => writeln!(out, "    {}", caution.words(language, names)),
        None => Ok(()),
    }
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
