//! What a restore will do, and what it can't: request, backup and app in, steps and findings out; pure, so a dry run is free.

use std::collections::BTreeMap;

use function_core::sha256_hex;
use kintone_client::limits::{PAGE_RECORDS, WRITE_RECORDS};
use serde_json::{Value, json};

use crate::edits::Edits;
use crate::finding::{Finding, Severity, findings};
use crate::held::Held;
use crate::leave_out::LeaveOut;
use crate::missing::{Knowledge, leave_out};
use crate::observe::Target;
use crate::request::{Mode, Restore};
use crate::rules::Rules;
use crate::source::Origin;
use crate::survey::Survey;

/// The steps of one restore.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) app: u64,
    pub(crate) mode: Mode,
    pub(crate) records: u64,
    pub(crate) files: u64,
    pub(crate) bulks: u64,
    pub(crate) requests: u64,
    /// The form that the plan was made for.
    pub(crate) form_revision: String,
    pub(crate) findings: Vec<Finding>,
    /// Fields that are not written, and why.
    pub(crate) announced: BTreeMap<String, String>,
    /// Names the plan: it is another for another backup, app, form, mode, or other losses.
    pub(crate) digest: String,
    /// How many records the app holds already.
    pub(crate) holds: u64,
    /// What a message would leave out to go on without what Kintone does not know.
    leave_out: LeaveOut,
    source: String,
    target: String,
    daily_requests: u64,
}

/// What a plan is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Basis<'a> {
    pub(crate) restore: &'a Restore,
    pub(crate) origin: &'a Origin,
    /// The host of the app that is written to.
    pub(crate) host: &'a str,
    pub(crate) target: &'a Target,
    pub(crate) rules: &'a Rules,
    pub(crate) survey: &'a Survey,
    /// What the app holds already.
    pub(crate) held: &'a Held,
    /// What is known of people and lookup keys.
    pub(crate) known: &'a Knowledge,
    /// What others edited meanwhile, and is to be overwritten.
    pub(crate) edits: &'a Edits,
    /// References whose app was not restored, as far as is known: field code and app.
    pub(crate) unknown_references: &'a [(String, u64)],
    /// Lookups by record number whose app was not restored, as far as is known: field code and app.
    pub(crate) unmapped_lookups: &'a [(String, u64)],
    /// Whether rows are written with the ids that they had.
    pub(crate) keeps_rows: bool,
    /// Whether records of this restore are in the app already, because it goes on.
    pub(crate) is_under_way: bool,
    /// Whether all is deleted again.
    pub(crate) is_drill: bool,
    pub(crate) daily_requests: u64,
}

impl Basis<'_> {
    /// Whether the source tells digests of its files: a CSV, of which no app is known, does not.
    pub(crate) fn knows_digests(&self) -> bool {
        self.origin.app.is_some()
    }
}

impl Plan {
    pub(crate) fn new(basis: &Basis<'_>) -> Self {
        let survey = basis.survey;
        let mode = basis.restore.mode();
        let bulks = survey.bulks;
        let pages = |records: u64| records.div_ceil(PAGE_RECORDS as u64);
        // One upload a file; what was written is read back once. Before it, what the app holds is read, and what is
        // written over is looked up.
        let looked_up = match mode {
            Mode::Insert => 0,
            Mode::Upsert | Mode::ReplaceChanged => pages(survey.records),
        };
        let compared = match mode {
            Mode::ReplaceChanged if basis.knows_digests() => survey.files,
            _ => 0,
        };
        let sought = survey.distinct.values().map(|distinct| {
            let values = distinct.values.len();
            values.div_ceil(WRITE_RECORDS) as u64
        });
        let before = pages(basis.held.read) + looked_up + compared + sought.sum::<u64>();
        let requests = bulks + survey.files + pages(survey.records) + before + FIXED_REQUESTS;
        let (findings, announced) = findings(basis, requests);
        let mut plan = Self {
            app: basis.target.app,
            mode,
            records: survey.records,
            files: survey.files,
            bulks,
            requests,
            form_revision: basis.target.fields.revision.clone(),
            announced,
            digest: String::new(),
            source: basis.origin.address.clone(),
            target: target_words(basis),
            holds: basis.target.bounds.count,
            leave_out: leave_out(basis.known),
            daily_requests: basis.daily_requests,
            findings,
        };
        plan.digest = plan.digest_of(basis);
        plan
    }

    /// The findings of one severity, as words.
    pub(crate) fn words(&self, severity: Severity) -> Vec<&str> {
        let found = self.findings.iter();
        let found = found.filter(|finding| finding.severity == severity);
        found.map(|finding| finding.words.as_str()).collect()
    }

    /// The plan in the form that a dry run prints.
    pub(crate) fn to_json(&self) -> Value {
        let losses = self.words(Severity::Loss);
        let blockers = self.words(Severity::Blocker);
        let mut plan = json!({
            "from": self.source,
            "into": self.target,
            "mode": self.mode.to_string(),
            "records": self.records,
            "files": self.files,
            "bulks": self.bulks,
            "requests": self.requests,
            "dailyRequests": self.daily_requests,
            "recordsInApp": self.holds,
            "blockers": blockers,
            "warnings": losses,
            "notes": self.words(Severity::Note),
        });
        if !self.leave_out.is_empty() {
            plan["leaveOut"] = json!(self.leave_out);
        }
        if blockers.is_empty() && !losses.is_empty() {
            plan["accept"] = json!(self.digest);
        }
        plan
    }

    fn digest_of(&self, basis: &Basis<'_>) -> String {
        let lasting = |finding: &&Finding| finding.severity != Severity::Note;
        let essence = json!({
            "source": basis.origin.identity,
            "host": basis.host,
            "app": self.app,
            "form": self.form_revision,
            "mode": self.mode.to_string(),
            "key": basis.restore.key,
            "references": basis.restore.references,
            "leaveOut": basis.restore.leave_out,
            "edits": basis.edits,
            "missing": self.leave_out,
            "records": self.records,
            "findings": self.findings.iter().filter(lasting).map(|finding| &finding.words).collect::<Vec<_>>(),
        });
        sha256_hex(essence.to_string().as_bytes())[..DIGEST_CHARACTERS].to_owned()
    }
}

/// Form, bounds, rights, settings, and the form once more at the end.
const FIXED_REQUESTS: u64 = 10;

/// Long enough that no two plans share it, short enough to copy by hand.
const DIGEST_CHARACTERS: usize = 16;

fn target_words(basis: &Basis<'_>) -> String {
    let app = basis.target.app;
    match &basis.target.name {
        Some(name) => format!("app {app} ({name}) of {}", basis.host),
        None => format!("app {app} of {}", basis.host),
    }
}
