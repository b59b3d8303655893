//! What a person must type before rows are written.

use std::io::{self, BufRead, Write};

use table_diff::plan::Summary;
use table_diff::{ClassCounts, Language, Selection};

use super::choose::{Choice, class, name};
use super::{Fault, words};

/// Asks for what `choice` leaves open, and for a word that a slip does not type. `None` where it is not typed.
pub(super) fn decide(
    mut choice: Choice,
    summary: &Summary,
    input: &mut impl BufRead,
    out: &mut impl Write,
) -> Result<Option<Selection>, Fault> {
    words::summary(out, summary, Language::En)?;
    if choice.classes.is_empty() {
        let words = "Which classes are to be written, such as insert,update-new?";
        let typed = ask(input, out, words)?;
        let classes = typed.split(',').filter(|word| !word.trim().is_empty());
        choice.classes = classes.map(class).collect::<Result<_, _>>()?;
    }
    let selection = choice.of(summary)?;
    let unconfirmed: Vec<String> = choice.unconfirmed(summary).map(name).collect();
    for table in unconfirmed {
        let words =
            format!("Many rows of {table} would be deleted. Type its name if that is meant:");
        if ask(input, out, &words)? != table {
            return Ok(None);
        }
        choice.confirm.push(table);
    }
    if selection.tables.is_empty() {
        return Err("no row of the plan is of these classes; nothing is to be written".into());
    }
    for table in choice.chosen(summary) {
        let counts = table.end.as_ref().map(|end| &end.counts.classes);
        writeln!(out, "  {}: {}", table.table.name, ticked(&choice, counts))?;
    }
    let target = &summary.plan.target.name;
    let words = format!("Type {target} to write this there:");
    let is_meant = ask(input, out, &words)? == *target;
    Ok(is_meant.then(|| choice.of(summary)).transpose()?)
}

/// Such as `3 insert, 1 delete`: of the classes that are ticked.
fn ticked(choice: &Choice, counts: Option<&ClassCounts>) -> String {
    let mut ticked = ClassCounts::default();
    let counts = counts.into_iter().flat_map(ClassCounts::iter);
    ticked.extend(counts.filter(|(class, _)| choice.classes.contains(class)));
    ticked.words(Language::En)
}

pub(super) fn ask(
    input: &mut impl BufRead,
    out: &mut impl Write,
    words: &str,
) -> io::Result<String> {
    write!(out, "{words} ")?;
    out.flush()?;
    let mut line = String::new();
    input.read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
