//! A plan on a terminal.

use std::fmt::{self, Write as _};

use super::out::{Out, said};
use super::{View, cell, created, key, legend, nothing_shown, side, unseen, warnings, width};
use crate::plan::{PlanError, PlanReader, PlanRow, SeenRow, Sink, Summary, TableSummary};
use crate::{Class, Language, Reading};

/// Writes the plan as text for a terminal: the structures first, then what was counted, then rows with what they are before and after.
///
/// # Errors
/// The plan can't be read, or the sink takes nothing.
pub async fn text<S: Sink>(plan: &PlanReader, view: &View, sink: S) -> Result<S, PlanError> {
    let summary = plan.summary();
    let mut out = Out::new(sink);
    heading(&mut out.text, summary, view.language);
    structures(&mut out.text, summary, view.language);
    counts(&mut out.text, summary, view.language);
    for (number, table) in summary.tables.iter().enumerate() {
        said(table_heading(&mut out.text, table, summary, view.language));
        let mut blocks = plan.first(number, view.rows_max);
        while let (Some(reading), Some(rows)) = (&table.table.reading, blocks.next().await?) {
            for row in &rows {
                said(row_lines(&mut out.text, reading, row, view.language));
                out.drain().await?;
            }
        }
        rest(&mut out.text, table, view);
    }
    out.push(&format!("\n{}\n", summary.digest));
    out.finish().await
}

fn heading(text: &mut String, summary: &Summary, language: Language) {
    let plan = &summary.plan;
    let (source, target) = (
        cell::escaped(&side(&plan.source)),
        cell::escaped(&side(&plan.target)),
    );
    let compare = plan.compare.word(language);
    text.push_str(&language.choose(
        format!(
            "plan {}, made {} by {}\nfrom {source} to {target}\ncompared: {compare}\n",
            plan.id,
            created(plan),
            cell::escaped(&plan.by)
        ),
        format!(
            "プラン {} ({} 作成者 {})\n{source} から {target} へ\n比較対象: {compare}\n",
            plan.id,
            created(plan),
            cell::escaped(&plan.by)
        ),
    ));
    if plan.reverse {
        text.push_str(language.choose("reverse: rows go back\n", "逆方向: 行を戻します\n"));
    }
}

/// Missing migrations, and what differs between structures.
fn structures(text: &mut String, summary: &Summary, language: Language) {
    let names = summary.plan.names();
    let mut lines: Vec<String> = Vec::new();
    if let Some(migrations) = &summary.plan.migrations {
        lines.extend(migrations.words(language, &names));
    }
    for table in &summary.tables {
        for (blocks, words) in table.remarks(language, &names) {
            let mark = if blocks { "!" } else { "-" };
            lines.push(format!("{mark} {}: {words}", table.table.name));
        }
    }
    if !lines.is_empty() {
        text.push('\n');
    }
    for line in lines {
        text.push_str(&cell::escaped(&line));
        text.push('\n');
    }
}

/// The table of what was counted: a line for each table, a column for each class that there is.
fn counts(text: &mut String, summary: &Summary, language: Language) {
    let classes: Vec<Class> = summary.classes().iter().map(|(class, _)| class).collect();
    let mut head = vec![language.choose("table", "テーブル").to_owned()];
    head.extend(classes.iter().map(|class| class.word(language).to_owned()));
    head.push(language.choose("equal", "一致").to_owned());
    let mut lines = vec![head];
    for table in &summary.tables {
        let mut line = vec![cell::escaped(&table.table.name.to_string())];
        match &table.end {
            Some(end) => {
                let counts = &end.counts;
                line.extend(
                    classes
                        .iter()
                        .map(|class| counts.classes.get(*class).to_string()),
                );
                line.push(counts.equal.to_string());
            }
            None => line.push(
                language
                    .choose("not compared", "比較していません")
                    .to_owned(),
            ),
        }
        lines.push(line);
    }
    text.push('\n');
    text.push_str(&aligned(&lines));
    if summary.blocked() == 0 && classes.is_empty() {
        text.push_str(language.choose("\nno differences\n", "\n差分はありません\n"));
    }
}

/// Cells in columns: the first to the left, numbers to the right.
fn aligned(lines: &[Vec<String>]) -> String {
    // A line that is shorter is a remark, and does not widen the columns.
    let full = lines.first().map_or(0, Vec::len);
    let widest = |column: usize| {
        let counted = lines
            .iter()
            .filter(|line| column == 0 || line.len() == full);
        let cells = counted.filter_map(|line| line.get(column));
        cells
            .map(|cell| width::width(cell))
            .max()
            .unwrap_or_default()
    };
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().enumerate().map(|(column, cell)| match column {
            0 => width::left(cell, widest(column)),
            _ => width::right(cell, widest(column)),
        });
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The table's name and what must be known before deleting.
fn table_heading(
    text: &mut String,
    table: &TableSummary,
    summary: &Summary,
    language: Language,
) -> fmt::Result {
    let Some(end) = &table.end else { return Ok(()) };
    if end.counts.classes.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n{}", cell::escaped(&table.table.name.to_string()))?;
    let names = summary.plan.names();
    for words in warnings(end, &names, language) {
        writeln!(text, "  ! {}", cell::escaped(&words))?;
    }
    writeln!(text, "  {}", cell::escaped(&legend(&names, language)))
}

fn row_lines(
    text: &mut String,
    reading: &Reading,
    row: &PlanRow,
    language: Language,
) -> fmt::Result {
    let key = cell::escaped(&key(reading, row));
    write!(text, "  #{} {}: {key}", row.n, row.class.word(language))?;
    let time = |seen: &Option<SeenRow>| seen.as_ref()?.time_text.clone();
    match (time(&row.target), time(&row.source)) {
        (Some(target), Some(source)) => writeln!(text, "  {target} → {source}")?,
        (Some(time), None) | (None, Some(time)) => writeln!(text, "  {time}")?,
        (None, None) => writeln!(text)?,
    }
    if let Some(words) = nothing_shown(row, language) {
        writeln!(text, "      {words}")?;
    }
    let column = |number: usize| match reading.columns.get(number) {
        Some((name, _)) => cell::escaped(name),
        None => String::new(),
    };
    let sign = if row.class == Class::Delete { '-' } else { '+' };
    for (number, value) in row.values.iter().enumerate() {
        let value = cell::line(value, language);
        writeln!(text, "      {sign} {}: {value}", column(number))?;
    }
    for change in &row.changed {
        let before = cell::line(&change.target, language);
        let after = cell::line(&change.source, language);
        writeln!(
            text,
            "      ~ {}: {before} → {after}",
            column(change.column)
        )?;
    }
    Ok(())
}

/// How many rows are not shown.
fn rest(text: &mut String, table: &TableSummary, view: &View) {
    let rest = unseen(table, view.rows_max);
    if rest > 0 {
        text.push_str(&view.language.choose(
            format!("  … and {rest} more, all of them in the plan\n"),
            format!("  … ほか {rest} 行 (すべてプランに含まれます)\n"),
        ));
    }
}
