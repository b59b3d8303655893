//! What becomes of the values.

use kintone_client::FieldType;
use kintone_format::{Obstacle, obstacle};

use super::{List, records};
use crate::request::Mode;
use crate::rules::{Loss, Rule};
use crate::survey::Facts;

impl List<'_> {
    pub(super) fn fields(&mut self) {
        let none = Facts::default();
        for (table, rule) in self.basis.rules.all() {
            let facts = self.basis.survey.fields.get(&rule.code);
            let facts = facts.unwrap_or(&none);
            match &rule.loss {
                // The subtable's own finding says it of all its columns.
                Some(_) if table.is_some_and(|table| table.loss.is_some()) => {}
                Some(loss) => self.lost(rule, loss, facts),
                None => self.written(rule, facts),
            }
        }
    }

    fn lost(&mut self, rule: &Rule, loss: &Loss, facts: &Facts) {
        let code = &rule.code;
        let filled = facts.filled;
        match loss {
            Loss::Obstacle(Obstacle::RecordNumber) => {
                if self.basis.restore.mode() == Mode::Insert {
                    self.note(format!(
                        "{code}: the records get new numbers; the run keeps a list of old and new ones"
                    ));
                }
            }
            Loss::Obstacle(Obstacle::History) => match self.basis.restore.mode() {
                Mode::Insert => self.loss(format!(
                    "{code} ({}) is not restored: the token may not manage the app, so Kintone sets it to the token's own writing",
                    rule.kind
                )),
                Mode::Upsert | Mode::ReplaceChanged => self.note(format!(
                    "{code} ({}) is not restored: Kintone sets it itself",
                    rule.kind
                )),
            },
            Loss::Obstacle(obstacle @ (Obstacle::Computed | Obstacle::Copied { .. })) => {
                self.announce(code, &obstacle.to_string());
                self.note(format!("{code} is not written: {obstacle}"));
            }
            loss if filled > 0 => {
                self.announce(code, &loss.to_string());
                self.loss(format!(
                    "{code} ({}) does not come back, {filled} values: {loss}",
                    rule.kind
                ));
            }
            loss => self.announce(code, &loss.to_string()),
        }
    }

    fn written(&mut self, rule: &Rule, facts: &Facts) {
        let code = &rule.code;
        let app = self.basis.target.app;
        let Some(target) = &rule.target else { return };
        if target.required && facts.empty.count > 0 {
            self.blocker(format!(
                "{code} must not be empty in app {app}, but is in {}; make it optional for the time of the restore",
                records(&facts.empty)
            ));
        }
        for (option, seen) in &facts.unknown_options {
            self.blocker(format!(
                "{code} of app {app} lacks the choice `{option}`, which {} have; add it to the form",
                records(seen)
            ));
        }
        if facts.bad_numbers.count > 0 {
            self.blocker(format!(
                "{code}: the values of {} are no numbers",
                records(&facts.bad_numbers)
            ));
        }
        if facts.long_numbers.count > 0 {
            let numbers = records(&facts.long_numbers);
            if self.basis.target.is_precision_known {
                self.blocker(format!(
                    "{code}: app {app} does not keep as many digits as the numbers of {numbers} have; raise its number of digits"
                ));
            } else {
                self.loss(format!(
                    "{code}: whether app {app} keeps as many digits as the numbers of {numbers} have can't be read without the right to manage it; if not, Kintone refuses their bulk and the restore stops there"
                ));
            }
        }
        if facts.rounded.count > 0 {
            let places = self.basis.target.precision.decimal_places;
            self.loss(format!(
                "{code}: Kintone rounds the numbers of {} to {places} decimal places",
                records(&facts.rounded)
            ));
        }
        if facts.missing_files.count > 0 {
            self.loss(format!(
                "{code}: files of {} are not in the backup",
                records(&facts.missing_files)
            ));
        }
        if facts.dangling.count > 0 {
            self.loss(format!(
                "{code}: {} point to records that are not restored; the field becomes empty there",
                records(&facts.dangling)
            ));
        }
        if facts.left_out.count > 0 {
            self.loss(format!(
                "{code}: values that the message names in `leaveOut` are left out of {}",
                records(&facts.left_out)
            ));
        }
        if facts.doubtful.count > 0 {
            self.note(format!(
                "{code}: {} hold a `?` that may stand for a character that Shift_JIS lacks",
                records(&facts.doubtful)
            ));
        }
        if rule.kind == FieldType::RadioButton && facts.empty.count > 0 {
            self.note(format!(
                "{code} has no choice in {}; Kintone sets the form's default",
                records(&facts.empty)
            ));
        }
        if rule.kind == FieldType::File
            && facts.filled > 0
            && self.basis.restore.mode() == Mode::ReplaceChanged
            && !self.basis.knows_digests()
        {
            self.loss(format!(
                "{code}: files of the same name and size count as unchanged, whatever is in them; use upsert where their contents may differ"
            ));
        }
        if facts.filled > 0 {
            self.known(rule, target);
        }
    }

    /// Fields that the backup does not know.
    pub(super) fn new_fields(&mut self) {
        let rules = &self.basis.rules.0;
        let known = |code: &str| rules.iter().any(|rule| rule.code == code);
        let app = self.basis.target.app;
        for field in &self.basis.target.fields.properties {
            let is_history = matches!(
                field.kind,
                FieldType::Creator
                    | FieldType::CreatedTime
                    | FieldType::Modifier
                    | FieldType::UpdatedTime
                    | FieldType::RecordNumber
            );
            if known(&field.code) || is_history || !field.required {
                continue;
            }
            let raw = &self.basis.target.fields.raw["properties"][&field.code]["defaultValue"];
            let has_default = match raw {
                serde_json::Value::String(text) => !text.is_empty(),
                serde_json::Value::Array(items) => !items.is_empty(),
                _ => false,
            };
            if !has_default {
                self.blocker(format!(
                    "{} must not be empty in app {app}, but the backup does not have it and the form has no default for it",
                    field.code
                ));
            }
        }
    }

    /// Columns that the backup lacks, of rows that are replaced.
    pub(super) fn tables(&mut self) {
        let basis = self.basis;
        if basis.restore.mode() == Mode::Insert {
            return;
        }
        for rule in &basis.rules.0 {
            let Some(table) = rule.target.as_ref().filter(|_| rule.loss.is_none()) else {
                continue;
            };
            let is_written = |code: &str| {
                let mut inner = rule.inner.iter();
                inner.any(|inner| inner.code == code && inner.loss.is_none())
            };
            let columns = table.fields.iter().filter(|column| {
                obstacle(column, &basis.target.fields).is_none() && !is_written(&column.code)
            });
            let columns: Vec<&str> = columns.map(|column| column.code.as_str()).collect();
            if columns.is_empty() {
                continue;
            }
            let (table, columns) = (&rule.code, columns.join(", "));
            let facts = basis.survey.fields.get(table);
            let has_ids = facts.is_none_or(|facts| facts.without_row_ids.count == 0);
            // By its number a record is the one that was saved; by a key, its rows may be others.
            if basis.keeps_rows && has_ids && basis.restore.key.is_none() {
                self.note(format!(
                    "{table}: the backup lacks {columns}; rows that are still there keep them, rows that come back have none"
                ));
            } else {
                self.loss(format!(
                    "{table}: its rows are replaced by those of the backup, which lacks {columns}: what the rows of app {} hold there is lost",
                    basis.target.app
                ));
            }
        }
    }

    pub(super) fn references(&mut self) {
        for (code, app) in self.basis.unknown_references {
            self.blocker(format!(
                "{code} points to records of app {app}, but no restore into that app is known; restore it first, or in the same message before this one"
            ));
        }
        for (code, app) in self.basis.unmapped_lookups {
            let facts = self.basis.survey.fields.get(code);
            let filled = facts.map_or(0, |facts| facts.filled);
            if filled > 0 && self.is_written(code) {
                self.loss(format!(
                    "{code} looks up records of app {app} by their numbers, {filled} values, and no restore into that app is known: the old numbers are written, which may be those of other records there; restore that app first, or in the same message before this one"
                ));
            }
        }
        let restore = self.basis.restore;
        let named = restore.references.keys().map(|code| ("references", code));
        let left_out = restore.leave_out.keys().map(|code| ("leaveOut", code));
        for (key, code) in named.chain(left_out) {
            if !self.is_written(code) {
                self.blocker(format!(
                    "`{key}` names {code}, which is no field that can be written"
                ));
            }
        }
    }

    fn is_written(&self, code: &str) -> bool {
        let mut rules = self.basis.rules.all();
        rules.any(|(_, rule)| rule.code == code && rule.loss.is_none())
    }
}
