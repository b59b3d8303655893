//! Whether it is the right app for the restore, and may be written to.

use kintone_client::FieldType;

use super::{List, records};
use crate::edits;
use crate::request::Mode;
use crate::survey::MOST_UNIQUE;

impl List<'_> {
    pub(super) fn rights(&mut self) {
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
    pub(super) fn identity(&mut self) {
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
        self.overwritten();
        self.edited();
        if basis.survey.records == 0 {
            self.note("the backup has no records".to_owned());
        }
    }

    /// What is written over, and what is not.
    fn overwritten(&mut self) {
        let basis = self.basis;
        let what = match basis.restore.mode() {
            Mode::Insert => return,
            Mode::ReplaceChanged => "overwritten where they differ",
            Mode::Upsert => "overwritten",
        };
        // Whoever goes on was told when it began.
        if basis.is_under_way {
            return;
        }
        let (app, held) = (basis.target.app, basis.held);
        let overwritten = held.there + held.moved;
        let stay = basis.target.bounds.count.saturating_sub(overwritten);
        if basis.target.bounds.count > 0 {
            let least = if basis.survey.is_cut { "at least " } else { "" };
            let (by, added) = match &basis.restore.key {
                Some(key) => {
                    let added = basis.survey.records.saturating_sub(overwritten);
                    (format!("values of `{key}` that the backup has"), added)
                }
                None => ("numbers of the backup".to_owned(), held.gone),
            };
            self.loss(format!(
                "{least}{overwritten} records of app {app} have {by} and are {what}; {added} are added; the other {stay} stay as they are"
            ));
        }
        if held.moved > 0 {
            self.note(format!(
                "{} of these are there under the numbers that an earlier restore gave them",
                held.moved
            ));
        }
        if held.gone > 0 {
            self.loss(format!(
                "{} records are not in app {app} any more and are added under new numbers",
                held.gone
            ));
        }
    }

    /// What others edited between the look at it and the writing.
    fn edited(&mut self) {
        let edits = self.basis.edits;
        if !edits.is_empty() {
            let app = self.basis.target.app;
            self.loss(format!(
                "others edited {} of app {app} after this restore looked at them; what they edited is overwritten by the backup",
                edits::words(edits)
            ));
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

    /// A record is matched by its number, which must be there, and once only.
    pub(super) fn order(&mut self) {
        let by_number = self.basis.restore.key.is_none();
        let survey = self.basis.survey;
        if self.basis.restore.mode() == Mode::Insert || !by_number {
            return;
        }
        for (seen, what) in [
            (&survey.without_id, "have no record number"),
            (&survey.repeated, "have the number of an earlier one"),
        ] {
            if seen.count > 0 {
                self.blocker(format!(
                    "{} of the backup {what}, so they can't be matched by it; name a unique field as `key`",
                    records(seen)
                ));
            }
        }
    }

    pub(super) fn unique(&mut self) {
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
        if !self.basis.is_under_way {
            let (of, repair) = match self.basis.restore.mode() {
                Mode::Insert => ("", "use upsert with `key`, or an empty app"),
                Mode::Upsert | Mode::ReplaceChanged => (
                    " that are not overwritten",
                    "change or delete them there first",
                ),
            };
            for (code, count) in &self.basis.held.clashes {
                self.blocker(format!(
                    "{code} prohibits duplicate values, and {count} records of app {app}{of} have values of the backup; {repair}"
                ));
            }
        }
        if self.basis.survey.is_cut {
            self.note(format!(
                "unique values were compared among the first {MOST_UNIQUE} only; Kintone refuses a bulk with a duplicate"
            ));
        }
    }
}
