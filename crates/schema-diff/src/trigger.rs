//! Triggers of tables.

use postgres_client::quote_identifier;
use schema_catalog::{QualifiedName, Trigger};

use crate::comment;
use crate::name::shown;
use crate::plan::Plan;

/// The statements that make it.
pub(crate) fn make(table: &QualifiedName, name: &str, trigger: &Trigger) -> Vec<String> {
    let mut statements = vec![trigger.definition.clone()];
    if trigger.enabled != 'O' {
        statements.push(enable(table, name, trigger.enabled));
    }
    let quoted = comment::on_table(table, name);
    statements.extend(comment::made("TRIGGER", &quoted, trigger.comment.as_ref()));
    statements
}

pub(crate) fn drop(table: &QualifiedName, name: &str) -> String {
    format!("DROP TRIGGER {}", comment::on_table(table, name))
}

pub(crate) fn add(plan: &mut Plan<'_>, table: &QualifiedName, name: &str) {
    let trigger = plan.wanted.tables[table].triggers[name].clone();
    plan.step(
        format!(
            "create trigger {} on table: {}",
            quote_identifier(name),
            shown(table)
        ),
        make(table, name, &trigger),
        vec![drop(table, name)],
    );
    if let Some(table) = plan.state.tables.get_mut(table) {
        table.triggers.insert(name.to_owned(), trigger);
    }
}

/// Switches triggers that both have on and off.
pub(crate) fn switch(plan: &mut Plan<'_>) {
    let mut changes = Vec::new();
    for (name, table) in &mut plan.state.tables {
        for (part, trigger) in &mut table.triggers {
            let wanted = plan
                .wanted
                .tables
                .get(name)
                .and_then(|table| table.triggers.get(part));
            if let Some(wanted) = wanted.filter(|wanted| wanted.enabled != trigger.enabled) {
                changes.push((
                    format!(
                        "switch trigger {} on table: {}",
                        quote_identifier(part),
                        shown(name)
                    ),
                    enable(name, part, wanted.enabled),
                    enable(name, part, trigger.enabled),
                ));
                trigger.enabled = wanted.enabled;
            }
        }
    }
    for (words, up, down) in changes {
        plan.step(words, vec![up], vec![down]);
    }
}

fn enable(table: &QualifiedName, name: &str, enabled: char) -> String {
    let how = match enabled {
        'D' => "DISABLE",
        'R' => "ENABLE REPLICA",
        'A' => "ENABLE ALWAYS",
        _ => "ENABLE",
    };
    format!(
        "ALTER TABLE {} {how} TRIGGER {}",
        table.quoted(),
        quote_identifier(name)
    )
}
