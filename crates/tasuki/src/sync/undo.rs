//! `tasuki sync undo`.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;
use function_core::{Env, Exit};
use table_diff::Language;
use table_diff::plan::Summary;
use table_sync::{Progress as Steps, TableSync, UndoDecision, UndoPreview};

use super::ask::ask;
use super::person::Person;
use super::{Fault, words};
use crate::progress::Progress;

/// Which plan.
#[derive(Args)]
pub(crate) struct Options {
    /// The plan that was applied
    plan: String,
    /// The digest of the old rows that applying told; at a terminal without it you are shown what would be written, and asked
    #[arg(long)]
    digest: Option<String>,
    /// A table of which many rows are meant to be deleted; once for each
    #[arg(long, value_name = "TABLE")]
    confirm: Vec<String>,
    #[command(flatten)]
    person: Person,
}

/// Takes it back, and tells what was written.
pub(super) async fn run(options: &Options, sync: &TableSync, env: &Env) -> Result<Exit, Fault> {
    let summary = sync.summary(&options.plan).await?;
    let preview = sync.undo_preview(&options.plan).await?;
    let Some(decision) = options.decision(&summary, &preview, env)? else {
        writeln!(
            io::stderr(),
            "tasuki: it was not typed, so nothing is written"
        )?;
        return Ok(Exit::Refused);
    };
    let steps = Steps::default();
    let work = Box::pin(sync.undo(&options.plan, &decision, &steps));
    let undone = Progress::default()
        .while_running(steps.watch(), work)
        .await?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} undone", undone.plan)?;
    words::written(&mut out, &undone.tables)?;
    Ok(Exit::Done)
}

impl Options {
    /// What is decided. Where nobody can be asked, all of it must be said.
    fn decision(
        &self,
        summary: &Summary,
        preview: &UndoPreview,
        env: &Env,
    ) -> Result<Option<UndoDecision>, Fault> {
        let mut decision = UndoDecision {
            digest: preview.digest.clone(),
            confirmed: self.confirm.iter().cloned().collect(),
            by: self.person.name(env),
        };
        if let Some(digest) = &self.digest {
            decision.digest.clone_from(digest);
            return Ok(Some(decision));
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            words::undo(&mut io::stdout().lock(), preview)?;
            let words = "--digest is missing, and nobody is asked where there is no terminal; what would be written is above";
            return Err(words.into());
        }
        let (mut input, mut out) = (io::stdin().lock(), io::stderr().lock());
        words::undo(&mut out, preview)?;
        let names = summary.plan.names();
        let mut confirmed = BTreeSet::new();
        for it in &preview.tables {
            let table = it.rows.table.to_string();
            let caution = it.caution.as_ref();
            if let Some(caution) = caution.filter(|_| !decision.confirmed.contains(&table)) {
                let words = format!("{}: {}:", table, caution.words(Language::En, &names));
                if ask(&mut input, &mut out, &words)? != table {
                    return Ok(None);
                }
                confirmed.insert(table);
            }
        }
        decision.confirmed.extend(confirmed);
        let target = &summary.plan.target.name;
        let words = format!("Type {target} to write this there:");
        let is_meant = ask(&mut input, &mut out, &words)? == *target;
        Ok(is_meant.then_some(decision))
    }
}
