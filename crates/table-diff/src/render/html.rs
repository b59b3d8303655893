//! A plan as one HTML page that needs nothing else: for the audit folder, and to be sent by mail.

mod escape;
mod rows;

use std::fmt::{self, Write as _};

use super::out::{Out, said};
use super::{View, created, legend, side, unseen, warnings};
use crate::plan::{PlanError, PlanReader, Sink, Summary, TableSummary};
use crate::{Class, Language};
use escape::Escaped;

/// Its looks. Colours are never alone: words and strokes say the same.
const STYLE: &str = include_str!("html/report.css");

/// Writes the plan as one HTML page: self-contained, without script, with all that comes from databases escaped.
///
/// # Errors
/// The plan can't be read, or the sink takes nothing.
pub async fn html<S: Sink>(plan: &PlanReader, view: &View, sink: S) -> Result<S, PlanError> {
    let summary = plan.summary();
    let mut out = Out::new(sink);
    let speech = rows::Speech {
        names: summary.plan.names(),
        language: view.language,
    };
    said(head(&mut out.text, summary, view.language));
    said(structures(&mut out.text, summary, view.language));
    said(counts(&mut out.text, summary, view.language));
    for (number, table) in summary.tables.iter().enumerate() {
        let (Some(reading), Some(end)) = (&table.table.reading, &table.end) else {
            continue;
        };
        if end.counts.classes.is_empty() {
            continue;
        }
        said(section(
            &mut out.text,
            number,
            table,
            summary,
            view.language,
        ));
        let mut blocks = plan.first(number, view.rows_max);
        while let Some(rows) = blocks.next().await? {
            for row in &rows {
                said(rows::row(&mut out.text, reading, row, &speech));
                out.drain().await?;
            }
        }
        out.push("</tbody></table>\n");
        let rest = unseen(table, view.rows_max);
        if rest > 0 {
            out.push(&view.language.choose(
                format!("<p>… and {rest} more rows, all of them in the plan</p>\n"),
                format!("<p>… ほか {rest} 行 (すべてプランに含まれます)</p>\n"),
            ));
        }
        out.push("</section>\n");
    }
    out.push("</main></body></html>\n");
    out.finish().await
}

fn head(text: &mut String, summary: &Summary, language: Language) -> fmt::Result {
    let plan = &summary.plan;
    let title = language.choose("Differences of tables", "テーブルの差分");
    let mut terms = vec![
        (language.choose("plan", "プラン"), plan.id.clone()),
        (language.choose("made", "作成日時"), created(plan)),
        (language.choose("by", "作成者"), plan.by.clone()),
        (language.choose("from", "元"), side(&plan.source)),
        (language.choose("to", "先"), side(&plan.target)),
        (
            language.choose("compared", "比較対象"),
            plan.compare.word(language).to_owned(),
        ),
        (
            language.choose("digest", "ダイジェスト"),
            summary.digest.clone(),
        ),
    ];
    if plan.reverse {
        terms.push((
            language.choose("direction", "方向"),
            language
                .choose("reverse: rows go back", "逆方向: 行を戻します")
                .to_owned(),
        ));
    }
    writeln!(
        text,
        "<!doctype html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} {}</title>\n<style>\n{STYLE}</style></head>\n<body><main>\n<h1>{title}</h1>\n<dl class=\"facts\">",
        language.tag(),
        Escaped(&plan.id)
    )?;
    for (term, value) in terms {
        writeln!(text, "<dt>{term}</dt><dd>{}</dd>", Escaped(&value))?;
    }
    writeln!(text, "</dl>")
}

/// Missing migrations, and what differs between structures.
fn structures(text: &mut String, summary: &Summary, language: Language) -> fmt::Result {
    let names = summary.plan.names();
    let migrations = summary.plan.migrations.as_ref();
    let migrations = migrations
        .map(|all| all.words(language, &names))
        .unwrap_or_default();
    let tables = summary.tables.iter();
    let remarks = tables.flat_map(|table| {
        let remarks = table.remarks(language, &names).into_iter();
        remarks.map(|(blocks, words)| (table.table.name.to_string(), blocks, words))
    });
    let remarks: Vec<_> = remarks.collect();
    if migrations.is_empty() && remarks.is_empty() {
        return Ok(());
    }
    let title = language.choose("Structures", "構造の違い");
    writeln!(text, "<section><h2>{title}</h2><ul>")?;
    for words in migrations {
        writeln!(text, "<li class=\"blocks\">{}</li>", Escaped(&words))?;
    }
    for (name, blocks, words) in remarks {
        let (class, mark) = if blocks {
            ("blocks", language.choose("not compared: ", "比較不可: "))
        } else {
            ("told", "")
        };
        writeln!(
            text,
            "<li class=\"{class}\">{mark}<strong>{}</strong>: {}</li>",
            Escaped(&name),
            Escaped(&words)
        )?;
    }
    writeln!(text, "</ul></section>")
}

/// What was counted: a line for each table.
fn counts(text: &mut String, summary: &Summary, language: Language) -> fmt::Result {
    let title = language.choose("Tables", "テーブル");
    let head = language.choose("table", "テーブル");
    write!(
        text,
        "<section><h2>{title}</h2>\n<table class=\"counts\"><thead><tr><th scope=\"col\">{head}</th>"
    )?;
    for class in Class::ALL {
        write!(text, "<th scope=\"col\">{}</th>", class.word(language))?;
    }
    writeln!(
        text,
        "<th scope=\"col\">{}</th></tr></thead><tbody>",
        language.choose("equal", "一致")
    )?;
    for (number, table) in summary.tables.iter().enumerate() {
        let name = table.table.name.to_string();
        let name = Escaped(&name);
        match &table.end {
            None => {
                let words = language.choose("not compared", "比較していません");
                let columns = Class::ALL.len() + 1;
                write!(
                    text,
                    "<tr><th scope=\"row\">{name}</th><td colspan=\"{columns}\">{words}</td>"
                )?;
            }
            Some(end) if end.counts.classes.is_empty() => {
                write!(text, "<tr><th scope=\"row\">{name}</th>")?;
                write!(text, "{}", "<td>0</td>".repeat(Class::ALL.len()))?;
                write!(text, "<td>{}</td>", end.counts.equal)?;
            }
            Some(end) => {
                write!(
                    text,
                    "<tr><th scope=\"row\"><a href=\"#table-{number}\">{name}</a></th>"
                )?;
                for class in Class::ALL {
                    write!(text, "<td>{}</td>", end.counts.classes.get(class))?;
                }
                write!(text, "<td>{}</td>", end.counts.equal)?;
            }
        }
        writeln!(text, "</tr>")?;
    }
    writeln!(text, "</tbody></table>")?;
    if summary.blocked() == 0 && summary.classes().is_empty() {
        let words = language.choose("no differences", "差分はありません");
        writeln!(text, "<p>{words}</p>")?;
    }
    writeln!(text, "</section>")
}

/// The beginning of a table's rows.
fn section(
    text: &mut String,
    number: usize,
    table: &TableSummary,
    summary: &Summary,
    language: Language,
) -> fmt::Result {
    let Some(end) = &table.end else { return Ok(()) };
    let names = summary.plan.names();
    let name = table.table.name.to_string();
    writeln!(
        text,
        "<section><h2 id=\"table-{number}\">{}</h2>",
        Escaped(&name)
    )?;
    for words in warnings(end, &names, language) {
        writeln!(text, "<p class=\"blocks\">{}</p>", Escaped(&words))?;
    }
    writeln!(text, "<p>{}</p>", Escaped(&legend(&names, language)))?;
    write!(text, "<table class=\"rows\"><thead><tr>")?;
    let heads = [
        "#".to_owned(),
        language.choose("class", "種別").to_owned(),
        language.choose("key", "キー").to_owned(),
        language.choose(
            format!("time in {}", names.target),
            format!("{} の更新日時", names.target),
        ),
        language.choose(
            format!("time in {}", names.source),
            format!("{} の更新日時", names.source),
        ),
        language.choose("cells", "内容").to_owned(),
    ];
    for head in heads {
        write!(text, "<th scope=\"col\">{}</th>", Escaped(&head))?;
    }
    writeln!(text, "</tr></thead><tbody>")
}
