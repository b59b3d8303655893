//! `tasuki sync apply`.

use std::io::{self, IsTerminal as _, Write as _};

use clap::Args;
use function_core::{Clock, Env, Exit};
use table_diff::Selection;
use table_diff::plan::Summary;
use table_sync::{Approval, Progress as Steps, TableSync};

use super::choose::Choice;
use super::person::Person;
use super::{Fault, ask, show, words};
use crate::progress::Progress;

/// Which plan, and which of its rows.
#[derive(Args)]
pub(crate) struct Options {
    /// The plan, as `tasuki sync list` names it
    plan: String,
    /// The digest of the plan that you saw; at a terminal without it you are shown the plan, and asked
    #[arg(long, requires = "classes")]
    digest: Option<String>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    person: Person,
}

/// Writes what is approved, and tells what was written.
pub(super) async fn run(options: &Options, sync: &TableSync, env: &Env) -> Result<Exit, Fault> {
    let summary = sync.summary(&options.plan).await?;
    if options.digest.is_none() {
        show::rights(sync, &summary).await?;
    }
    let Some((digest, selection)) = options.decision(&summary)? else {
        writeln!(
            io::stderr(),
            "tasuki: it was not typed, so nothing is written"
        )?;
        return Ok(Exit::Refused);
    };
    let approval = Approval {
        digest,
        selection,
        by: options.person.name(env),
        when: Clock::system().now(),
    };
    let steps = Steps::default();
    let work = Box::pin(sync.apply(&options.plan, approval, &steps));
    let applied = Progress::default()
        .while_running(steps.watch(), work)
        .await?;
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{} applied to {}",
        applied.plan, summary.plan.target.name
    )?;
    words::written(&mut out, &applied.tables)?;
    writeln!(
        out,
        "to take it back: tasuki sync undo {} --digest {}",
        applied.plan, applied.undo
    )?;
    Ok(Exit::Done)
}

impl Options {
    /// What is approved. Where nobody can be asked, all of it must be said.
    fn decision(&self, summary: &Summary) -> Result<Option<(String, Selection)>, Fault> {
        if let Some(digest) = &self.digest {
            return Ok(Some((digest.clone(), self.choice.of(summary)?)));
        }
        if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
            let words = format!(
                "--digest is missing, and nobody is asked where there is no terminal; see: tasuki sync show {}",
                self.plan
            );
            return Err(words.into());
        }
        let (mut input, mut out) = (io::stdin().lock(), io::stderr().lock());
        let selection = ask::decide(self.choice.clone(), summary, &mut input, &mut out)?;
        Ok(selection.map(|selection| (summary.digest.clone(), selection)))
    }
}
