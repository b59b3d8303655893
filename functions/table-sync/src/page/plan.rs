//! A plan: structures that differ, and the differences of each table by class.

use axum::response::Response;
use table_diff::Class;

use crate::page::class::Badge;
use crate::page::desk::{Plan, PlanTable};
use crate::page::draft;
use crate::page::frame::{Frame, Template, render};
use crate::page::home::{Count, StateView, counted};
use crate::page::problem::Problem;
use crate::page::stamp::{When, stamp};
use crate::page::ticking;
use crate::page::ticks::{Ticks, can_be_ticked};
use crate::page::visit::{Named, Visit};
use crate::page::words::number;
use crate::plans::PlanState;

#[derive(Template)]
#[template(path = "plan.html")]
struct View {
    frame: Frame,
    header: Header,
    by: String,
    counts: Vec<Count>,
    structures: Vec<Structure>,
    migrations: Vec<String>,
    tables: Vec<TableView>,
    /// Names of tables without any difference.
    equal: Vec<String>,
    form: TickForm,
    too_old: bool,
}

/// What is above each page of a plan.
pub(crate) struct Header {
    pub(crate) id: String,
    pub(crate) created: When,
    pub(crate) source: String,
    pub(crate) target: String,
    pub(crate) reverse: bool,
    pub(crate) state: StateView,
    /// Which of the three steps the page is: 1 look, 2 approve, 3 result.
    pub(crate) step: u8,
}

/// What a form with tick boxes needs.
pub(crate) struct TickForm {
    /// Whether the visitor may tick.
    pub(crate) is_open: bool,
    pub(crate) token: String,
    /// Whether the ticks were just saved.
    pub(crate) saved: bool,
}

/// A table whose structure differs.
struct Structure {
    table: String,
    is_blocked: bool,
    differences: Vec<String>,
}

/// A table with differences.
struct TableView {
    /// Its number in the plan, from 1.
    number: usize,
    name: String,
    rows: String,
    /// The digest of its ticks.
    seen: String,
    classes: Vec<ClassView>,
}

/// A class of a table.
struct ClassView {
    badge: Badge,
    rows: String,
    can_be_ticked: bool,
    whole: bool,
    /// Some of its rows are ticked, and some are not.
    partly: bool,
    /// How many of how many are ticked.
    ticked: String,
}

/// `GET /plans/{id}`
pub(crate) async fn show(visit: Visit, Named(id): Named<String>) -> Result<Response, Problem> {
    let plan = visit.plan(&id).await?;
    let ticks = draft::read(&visit.page.desk, &plan).await?;
    let header = Header::new(&visit, &plan, 1);
    let title = visit
        .words()
        .put(visit.words().plan_title, &header.created.text);
    let compared = || {
        plan.tables
            .iter()
            .enumerate()
            .filter(|(_, table)| !table.is_blocked)
    };
    let is_equal = |table: &PlanTable| table.counts.is_empty();
    Ok(render(&View {
        frame: Frame::new(&visit, title),
        by: plan.entry.by.clone(),
        counts: counted(visit.language, &plan.entry.counts, &plan.names),
        structures: structures(&plan),
        migrations: plan.migrations.clone(),
        tables: compared()
            .filter(|(_, table)| !is_equal(table))
            .map(|(index, table)| table_view(&visit, &plan, index, table, &ticks))
            .collect(),
        equal: compared()
            .filter(|(_, table)| is_equal(table))
            .map(|(_, table)| table.name.clone())
            .collect(),
        form: TickForm::new(&visit, &plan),
        too_old: plan.is_too_old,
        header,
    }))
}

impl Header {
    pub(crate) fn new(visit: &Visit, plan: &Plan, step: u8) -> Self {
        Self {
            id: plan.entry.id.to_string(),
            created: stamp(plan.entry.created, &visit.page.zone),
            source: plan.names.source.clone(),
            target: plan.names.target.clone(),
            reverse: plan.entry.reverse,
            state: StateView::new(visit.words(), plan.entry.state),
            step,
        }
    }
}

impl TickForm {
    pub(crate) fn new(visit: &Visit, plan: &Plan) -> Self {
        Self {
            is_open: visit.may_act && plan.entry.state == PlanState::Open,
            token: visit.token(&ticking::purpose(&plan.entry.id)),
            saved: visit.query.one("saved") == "yes",
        }
    }
}

fn structures(plan: &Plan) -> Vec<Structure> {
    let differing = plan
        .tables
        .iter()
        .filter(|table| !table.differences.is_empty());
    let structures = differing.map(|table| Structure {
        table: table.name.clone(),
        is_blocked: table.is_blocked,
        differences: table.differences.clone(),
    });
    structures.collect()
}

fn table_view(
    visit: &Visit,
    plan: &Plan,
    index: usize,
    table: &PlanTable,
    ticks: &Ticks,
) -> TableView {
    let w = visit.words();
    let class_view = |(class, all): (Class, u64)| {
        let ticked = ticks.count(&table.name, class, all);
        ClassView {
            badge: Badge::new(visit.language, class, &plan.names),
            rows: number(all),
            can_be_ticked: can_be_ticked(class, plan.entry.reverse),
            whole: ticked == all,
            partly: ticked > 0 && ticked < all,
            ticked: w.put2(w.ticks_of, number(ticked), number(all)),
        }
    };
    TableView {
        number: index + 1,
        name: table.name.clone(),
        rows: w.put2(
            w.rows_each_side,
            number(table.source_rows),
            number(table.target_rows),
        ),
        seen: ticks.digest_of(&table.name),
        classes: table.counts.iter().map(class_view).collect(),
    }
}
