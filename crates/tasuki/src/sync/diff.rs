//! `tasuki sync diff`.

use std::io;

use clap::Args;
use function_core::{Env, Exit};
use table_diff::Compare;
use table_sync::{DiffRequest, Progress as Steps, SyncError, TableSync, verdict};

use super::person::Person;
use super::show::View;
use super::{Fault, exit, words};
use crate::progress::Progress;

/// What is compared, and how it is shown.
#[derive(Args)]
pub(crate) struct Options {
    /// Only these of TABLES: patterns of schema.table, with commas between them
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    tables: Vec<String>,
    /// What is compared; without it as COMPARE says
    #[arg(long, value_name = "WHAT", value_parser = compare)]
    compare: Option<Compare>,
    /// From production to development
    #[arg(long)]
    reverse: bool,
    /// Only count what differs: quicker, and no plan is made
    #[arg(long, conflicts_with = "format")]
    count: bool,
    #[command(flatten)]
    view: View,
    #[command(flatten)]
    person: Person,
}

/// Compares, shows the plan, and tells by the exit code whether anything differs.
pub(super) async fn run(options: &Options, sync: &TableSync, env: &Env) -> Result<Exit, Fault> {
    let request = DiffRequest {
        tables: options.tables.clone(),
        reverse: options.reverse,
        compare: options.compare,
        ..DiffRequest::new(options.person.trigger(env))
    };
    let steps = Steps::default();
    if options.count {
        let work = Box::pin(sync.count(&request, &steps));
        let counted = Progress::default()
            .while_running(steps.watch(), work)
            .await?;
        words::counted(&mut io::stdout().lock(), &counted, options.view.language())?;
        return Ok(code(counted.verdict()));
    }
    let by = options.person.name(env);
    let work = Box::pin(sync.diff(&request, &by, &steps));
    let summary = Progress::default()
        .while_running(steps.watch(), work)
        .await?;
    options.view.show(sync, &summary).await?;
    Ok(code(verdict(&summary)))
}

fn code(verdict: Result<(), SyncError>) -> Exit {
    verdict.map_or_else(|found| exit(&found), |()| Exit::Done)
}

fn compare(text: &str) -> Result<Compare, String> {
    match text {
        "content" => Ok(Compare::Content),
        "time" => Ok(Compare::Time),
        _ => Err("content or time".to_owned()),
    }
}
