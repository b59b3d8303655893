//! The rows of a table that differ, a hundred at a time, cell by cell.

use axum::response::Response;
use table_diff::{Class, ShownCell};

use crate::page::class::Badge;
use crate::page::desk::{Cell, Plan, Row, RowPage, RowWish};
use crate::page::fields::Fields;
use crate::page::frame::{Frame, Template, render};
use crate::page::plan::{Header, TickForm};
use crate::page::problem::Problem;
use crate::page::ticks::{Ticks, can_be_ticked};
use crate::page::visit::{Named, Visit};
use crate::page::words::number as in_words;
use crate::page::{class, draft};

/// How many rows a page shows.
pub(crate) const ROWS: u64 = 100;

/// No filter is longer.
const TEXT_CHARACTERS_MAX: usize = 200;

/// Which rows a person wants to see.
#[derive(Debug)]
pub(crate) struct Wish {
    class: Option<Class>,
    text: String,
    /// The page, from 1.
    page: u64,
}

#[derive(Template)]
#[template(path = "table.html")]
struct View {
    frame: Frame,
    header: Header,
    name: String,
    differences: Vec<String>,
    is_blocked: bool,
    wish: Wish,
    classes: Vec<Choice>,
    rows: Vec<RowView>,
    /// Which rows these are.
    range: String,
    more: bool,
    form: TickForm,
    action: String,
}

/// A class of the table that can be wanted.
struct Choice {
    badge: Badge,
    rows: String,
    is_wanted: bool,
}

/// A row on the page.
struct RowView {
    number: u64,
    badge: Badge,
    can_be_ticked: bool,
    is_ticked: bool,
    /// The key's values with commas between them.
    label: String,
    key: Vec<(String, String)>,
    cells: Vec<Cell>,
    source_time: Option<String>,
    target_time: Option<String>,
}

/// `GET /plans/{id}/tables/{table}`
pub(crate) async fn show(
    visit: Visit,
    Named((id, number)): Named<(String, usize)>,
) -> Result<Response, Problem> {
    let plan = visit.plan(&id).await?;
    let index = number.checked_sub(1).ok_or(Problem::NotFound)?;
    let table = plan.tables.get(index).ok_or(Problem::NotFound)?;
    let wish = Wish::of(&visit.query);
    let desk = &visit.page.desk;
    let ticks = draft::read(desk, &plan).await?;
    let rows = if table.is_blocked {
        RowPage::default()
    } else {
        desk.rows(&plan.entry.id, index, &wish.rows()).await?
    };
    let classes = table.counts.iter().map(|(class, rows)| Choice {
        badge: Badge::new(visit.language, class, &plan.names),
        rows: in_words(rows),
        is_wanted: wish.class == Some(class),
    });
    Ok(render(&View {
        frame: Frame::new(&visit, table.name.clone()),
        header: Header::new(&visit, &plan, 1),
        name: table.name.clone(),
        differences: table.differences.clone(),
        is_blocked: table.is_blocked,
        classes: classes.collect(),
        range: range(&visit, &wish, &rows),
        more: rows.more,
        rows: row_views(&visit, &plan, &table.name, &ticks, rows.rows),
        form: TickForm::new(&visit, &plan),
        action: format!("/plans/{id}/tables/{number}"),
        wish,
    }))
}

impl Wish {
    /// What a query or a form asks for; what is none counts as not asked.
    pub(crate) fn of(fields: &Fields) -> Self {
        let text = fields.one("q").trim();
        Self {
            class: class::parse(fields.one("class")),
            text: text.chars().take(TEXT_CHARACTERS_MAX).collect(),
            page: fields.one("page").parse().unwrap_or(1).max(1),
        }
    }

    /// The same for whoever has the rows.
    pub(crate) fn rows(&self) -> RowWish {
        RowWish {
            class: self.class,
            text: (!self.text.is_empty()).then(|| self.text.clone()),
            skip: (self.page - 1).saturating_mul(ROWS),
            most: usize::try_from(ROWS).unwrap_or(usize::MAX),
        }
    }

    /// The same as part of an address; `mark` says something in passing.
    pub(crate) fn query(&self, mark: &str) -> String {
        let query = self.query_of(self.page);
        match mark {
            "" => query,
            mark => format!("{query}&{mark}=yes"),
        }
    }

    /// The same for another page.
    fn query_of(&self, page: u64) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("class", self.class_name());
        query.append_pair("q", &self.text);
        query.append_pair("page", &page.to_string());
        query.finish()
    }

    fn class_name(&self) -> &'static str {
        self.class.map_or("", class::name)
    }

    fn is_filter(&self) -> bool {
        self.class.is_some() || !self.text.is_empty()
    }
}

fn range(visit: &Visit, wish: &Wish, rows: &RowPage) -> String {
    let w = visit.words();
    let before = wish.rows().skip;
    let shown = u64::try_from(rows.rows.len()).unwrap_or(u64::MAX);
    let [first, last] = [1, shown].map(|offset| in_words(before.saturating_add(offset)));
    match rows.total {
        Some(total) => w.put3(w.rows_range_of, first, last, in_words(total)),
        None => w.put2(w.rows_range, first, last),
    }
}

fn row_views(
    visit: &Visit,
    plan: &Plan,
    table: &str,
    ticks: &Ticks,
    rows: Vec<Row>,
) -> Vec<RowView> {
    let view = |row: Row| RowView {
        number: row.number,
        badge: Badge::new(visit.language, row.class, &plan.names),
        can_be_ticked: can_be_ticked(row.class, plan.entry.reverse),
        is_ticked: ticks.has(table, row.class, row.number),
        label: label(&row.key),
        key: row.key,
        cells: row.cells,
        source_time: row.times.0,
        target_time: row.times.1,
    };
    rows.into_iter().map(view).collect()
}

fn label(key: &[(String, String)]) -> String {
    let values: Vec<&str> = key.iter().map(|(_, value)| value.as_str()).collect();
    values.join(", ")
}
