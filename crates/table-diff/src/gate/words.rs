//! What the gate says to people: the thing, the value, the repair.

mod english;
mod japanese;

use super::StructureDifference;
use crate::{ForeignKey, KeyAction, Language, Sides};

impl StructureDifference {
    /// What differs, and what to do about it. `names` are those of the databases, such as `development` and `production`.
    pub fn words(&self, language: Language, names: &Sides<String>) -> String {
        match language {
            Language::En => english::words(self, names),
            Language::Ja => japanese::words(self, names),
        }
    }
}

/// `(company_id) → public.company (id), ON DELETE CASCADE`, alike in all languages.
fn foreign_key(key: &ForeignKey) -> String {
    let action = |event: &str, action: KeyAction| match action {
        KeyAction::Refuse => String::new(),
        _ => format!(", ON {event} {}", action.sql()),
    };
    format!(
        "({}) → {} ({}){}{}",
        key.columns.join(", "),
        key.references,
        key.referenced_columns.join(", "),
        action("DELETE", key.on_delete),
        action("UPDATE", key.on_update)
    )
}
