//! What a person must know before anything is written.

mod fields;
mod known;
mod target;

use std::collections::BTreeMap;

use crate::plan::Basis;
use crate::survey::Seen;

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

/// All findings, and the fields that are not written, with the reason.
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
    list.tables();
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

    /// The field is not written at all, so no difference of it is a surprise.
    fn announce(&mut self, code: &str, why: &str) {
        self.announced.insert(code.to_owned(), why.to_owned());
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
