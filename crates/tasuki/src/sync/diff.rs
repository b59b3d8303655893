//! `tasuki sync diff`.

use clap::Args;
use function_core::{Env, Exit};
use table_diff::Compare;
use table_sync::{DiffRequest, Progress as Steps, TableSync, verdict};

use super::person::Person;
use super::show::View;
use super::{Fault, exit};
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
    let by = options.person.name(env);
    let steps = Steps::default();
    let work = Box::pin(sync.diff(&request, &by, &steps));
    let summary = Progress::default()
        .while_running(steps.watch(), work)
        .await?;
    options.view.show(sync, &summary).await?;
    Ok(verdict(&summary).map_or_else(|found| exit(&found), |()| Exit::Done))
}

fn compare(text: &str) -> Result<Compare, String> {
    match text {
        "content" => Ok(Compare::Content),
        "time" => Ok(Compare::Time),
        _ => Err("content or time".to_owned()),
    }
}
