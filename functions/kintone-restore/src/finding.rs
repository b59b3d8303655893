//! What a person must know before anything is written.

use std::collections::BTreeMap;

use kintone_client::FieldType;
use kintone_format::Obstacle;

use crate::plan::Basis;
use crate::request::Mode;
use crate::rules::{Loss, Rule};
use crate::survey::{Facts, MOST_UNIQUE, Seen};

/// One finding of the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) words: String,
}

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Severity {
    /// Nothing is written while it is so.
    Blocker,
    /// Something does not come back; a person must accept it.
    Loss,
    /// Good to know.
    Note,
}

/// All findings, and the fields whose values may become others.
pub(crate) fn findings(
    basis: &Basis<'_>,
    requests: u64,
) -> (Vec<Finding>, BTreeMap<String, String>) {
    let mut list = List {
        basis,
        found: Vec::new(),
        announced: BTreeMap::new(),
    };
    list.rights();
    list.identity();
    list.fields();
    list.new_fields();
    list.order();
    list.unique();
    list.references();
    list.budget(requests);
    list.found.sort_by_key(|finding| match finding.severity {
        Severity::Blocker => 0,
        Severity::Loss => 1,
        Severity::Note => 2,
    });
    (list.found, list.announced)
}

struct List<'a> {
    basis: &'a Basis<'a>,
    found: Vec<Finding>,
    announced: BTreeMap<String, String>,
}

impl List<'_> {
    fn add(&mut self, severity: Severity, words: String) {
        self.found.push(Finding { severity, words });
    }

    fn blocker(&mut self, words: String) {
        self.add(Severity::Blocker, words);
    }

    fn loss(&mut self, words: String) {
        self.add(Severity::Loss, words);
    }

    fn note(&mut self, words: String) {
        self.add(Severity::Note, words);
    }

    /// A difference of the field is no surprise.
    fn announce(&mut self, code: &str, why: &str) {
        self.announced.insert(code.to_owned(), why.to_owned());
    }

    fn rights(&mut self) {
        let rights = self.basis.target.rights;
        let mode = self.basis.restore.mode();
        let app = self.basis.target.app;
        let needed = [
            ("view", rights.view, true),
            ("add", rights.add, true),
            ("edit", rights.edit, mode != Mode::Insert),
            ("delete", rights.delete, self.basis.is_drill),
        ];
        for (name, right, is_needed) in needed {
            match right {
                Some(false) if is_needed => self.blocker(format!(
                    "the token of app {app} lacks the right to {name} records; give it that right, and update the app"
                )),
                None if is_needed => self.note(format!(
                    "whether the token of app {app} may {name} records can't be told without writing; if not, nothing is written"
                )),
                _ => {}
            }
        }
    }

    /// Whether it is the right app for this mode.
    fn identity(&mut self) {
        let basis = self.basis;
        let count = basis.target.bounds.count;
        let app = basis.target.app;
        let by_number = basis.restore.key.is_none();
        match basis.restore.mode() {
            Mode::Insert if count > 0 && !basis.is_under_way => self.loss(format!(
                "app {app} holds {count} records already; the {} of the backup are added beside them",
                basis.survey.records
            )),
            Mode::Insert => {}
            mode @ (Mode::Upsert | Mode::ReplaceChanged) if by_number => {
                match &basis.origin.app {
                    Some((host, source)) if host == basis.host && *source == app => {}
                    Some((host, source)) => self.blocker(format!(
                        "{mode} by record number would overwrite unrelated records: the backup is of app {source} of {host}; name a unique field as `key`, or use insert"
                    )),
                    None => self.loss(format!(
                        "a CSV does not say which app it is of; by record number, the records of app {app} with these numbers are overwritten"
                    )),
                }
            }
            Mode::Upsert | Mode::ReplaceChanged => self.key(),
        }
        if basis.survey.records == 0 {
            self.note("the backup has no records".to_owned());
        }
    }

    fn key(&mut self) {
        let Some(key) = &self.basis.restore.key else {
            return;
        };
        let app = self.basis.target.app;
        let field = self.basis.target.fields.get(key);
        let is_key = field.is_some_and(|field| {
            field.unique && matches!(field.kind, FieldType::SingleLineText | FieldType::Number)
        });
        if !is_key {
            return self.blocker(format!(
                "`{key}` can't tell records apart: app {app} needs a text or number field of that code that prohibits duplicate values"
            ));
        }
        match self.basis.survey.fields.get(key) {
            None => self.blocker(format!("the backup has no values for the key `{key}`")),
            Some(facts) if facts.empty.count > 0 => self.blocker(format!(
                "the key `{key}` is empty in {}; they can't be matched",
                records(&facts.empty)
            )),
            Some(facts) if facts.doubles.count > 0 => self.blocker(format!(
                "the key `{key}` has the same value in several records of the backup: {}",
                records(&facts.doubles)
            )),
            Some(_) => {}
        }
    }

    fn fields(&mut self) {
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
                "{code}: app {app} does not take the numbers of {}; see its number of digits",
                records(&facts.bad_numbers)
            ));
        }
        if facts.rounded.count > 0 {
            self.announce(code, "Kintone rounds to the app's decimal places");
            let places = self.basis.target.precision.decimal_places;
            self.loss(format!(
                "{code}: Kintone rounds the numbers of {} to {places} decimal places",
                records(&facts.rounded)
            ));
        }
        if facts.missing_files.count > 0 {
            self.announce(code, "a file is not in the backup");
            self.loss(format!(
                "{code}: files of {} are not in the backup",
                records(&facts.missing_files)
            ));
        }
        if facts.dangling.count > 0 {
            self.note(format!(
                "{code}: {} point to records that are not restored; the field becomes empty there",
                records(&facts.dangling)
            ));
        }
        if facts.doubtful.count > 0 {
            self.note(format!(
                "{code}: {} hold a `?` that may stand for a character that Shift_JIS lacks",
                records(&facts.doubtful)
            ));
        }
        if rule.kind == FieldType::RadioButton && facts.empty.count > 0 {
            self.announce(
                code,
                "a radio button without choice gets the form's default",
            );
            self.note(format!(
                "{code} has no choice in {}; Kintone sets the form's default",
                records(&facts.empty)
            ));
        }
        self.people(rule, facts);
        if facts.filled > 0 && target.lookup.is_some() {
            self.note(format!(
                "{code} is a lookup: its keys must be in the app that it looks up, or nothing of their bulk is written; the token of that app (right: view) is needed, too"
            ));
        }
    }

    fn people(&mut self, rule: &Rule, facts: &Facts) {
        let who = match rule.kind {
            FieldType::UserSelect | FieldType::Creator | FieldType::Modifier => "users",
            FieldType::OrganizationSelect => "organisations",
            FieldType::GroupSelect => "groups",
            _ => return,
        };
        if facts.filled > 0 {
            self.note(format!(
                "{}: whether its {who} still exist can't be checked with a token; Kintone refuses a bulk with one that does not",
                rule.code
            ));
        }
    }

    /// Fields that the backup does not know.
    fn new_fields(&mut self) {
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

    /// Matching by record number reads backup and app side by side.
    fn order(&mut self) {
        let by_number = self.basis.restore.key.is_none();
        let count = self.basis.survey.out_of_order;
        if self.basis.restore.mode() != Mode::Insert && by_number && count > 0 {
            self.blocker(format!(
                "the backup is not in the order of its record numbers ({count} records stand too late or have none); name a unique field as `key`"
            ));
        }
    }

    fn unique(&mut self) {
        let app = self.basis.target.app;
        for rule in &self.basis.rules.0 {
            let is_unique = rule.target.as_ref().is_some_and(|target| target.unique);
            let Some(facts) = self.basis.survey.fields.get(&rule.code) else {
                continue;
            };
            let is_key = self.basis.restore.key.as_deref() == Some(&rule.code);
            if is_unique && !is_key && rule.loss.is_none() && facts.doubles.count > 0 {
                self.blocker(format!(
                    "{} prohibits duplicate values in app {app}, but records of the backup share values: {}",
                    rule.code,
                    records(&facts.doubles)
                ));
            }
        }
        if self.basis.restore.mode() == Mode::Insert && !self.basis.is_under_way {
            for (code, count) in self.basis.clashes {
                self.blocker(format!(
                    "{code} prohibits duplicate values, and {count} records of app {app} have values of the backup; use upsert with `key`, or an empty app"
                ));
            }
        }
        if self.basis.survey.is_cut {
            self.note(format!(
                "unique values were compared among the first {MOST_UNIQUE} only; Kintone refuses a bulk with a duplicate"
            ));
        }
    }

    fn references(&mut self) {
        for (code, app) in self.basis.unknown_references {
            self.blocker(format!(
                "{code} points to records of app {app}, but no restore into that app is known; restore it first, or in the same message before this one"
            ));
        }
        for code in self.basis.restore.references.keys() {
            let rule = self.basis.rules.all().find(|(_, rule)| rule.code == *code);
            if rule.is_none_or(|(_, rule)| rule.loss.is_some()) {
                self.blocker(format!(
                    "`references` names {code}, which is no field that can be written"
                ));
            }
        }
    }

    fn budget(&mut self, requests: u64) {
        let daily = self.basis.daily_requests;
        if requests > daily {
            self.note(format!(
                "{requests} requests are more than the {daily} that the app may take a day; Kintone mails a warning, but refuses nothing"
            ));
        }
        if !self.basis.target.is_precision_known {
            self.note(
                "how many digits the app keeps of a number can't be read without the right to manage it; 16, of which 4 after the point, are assumed".to_owned(),
            );
        }
    }
}

/// `3 records (such as 12, 15)`.
fn records(seen: &Seen) -> String {
    let noun = if seen.count == 1 { "record" } else { "records" };
    if seen.examples.is_empty() {
        return format!("{} {noun}", seen.count);
    }
    format!(
        "{} {noun} (such as {})",
        seen.count,
        seen.examples.join(", ")
    )
}
