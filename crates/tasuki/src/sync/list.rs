//! `tasuki sync list`.

use std::io::{self, Write};

use clap::Args;
use function_core::Exit;
use table_diff::Language;
use table_sync::{PlanEntry, PlanState, TableSync};

use super::Fault;

/// How they are shown.
#[derive(Args)]
pub(crate) struct Options {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// Shows the plans, the newest first.
pub(super) async fn run(options: &Options, sync: &TableSync) -> Result<Exit, Fault> {
    let plans = sync.plans().await?;
    let mut out = io::stdout().lock();
    if options.json {
        serde_json::to_writer_pretty(&mut out, &plans)?;
        writeln!(out)?;
    } else {
        for plan in &plans {
            write_entry(&mut out, plan)?;
        }
    }
    Ok(Exit::Done)
}

fn write_entry(out: &mut impl Write, plan: &PlanEntry) -> io::Result<()> {
    write!(out, "{} {}", plan.id, state(plan.state))?;
    if let Some(who) = &plan.who {
        write!(out, " by {who}")?;
    }
    if plan.reverse {
        write!(out, ", reverse")?;
    }
    write!(out, ": {}", plan.counts.words(Language::En))?;
    if plan.blocked > 0 {
        write!(out, ", {} tables not compared", plan.blocked)?;
    }
    writeln!(out)
}

fn state(state: PlanState) -> &'static str {
    match state {
        PlanState::Open => "open",
        PlanState::Approved => "approved, not yet written",
        PlanState::Applying => "being applied",
        PlanState::Applied => "applied",
        PlanState::Stale => "stale",
        PlanState::Failed => "failed, nothing written",
        PlanState::Undone => "undone",
    }
}
