//! `tasuki restore dynamodb`.

use clap::Args;
use dynamodb_restore::{DynamodbRestore, FUNCTION, Stage, Step};
use function_core::{Env, Exit};
use serde_json::{Value, json};
use tokio::sync::watch;

use super::{Fault, Manner, Request, Restorer, Run, local, style};

/// Which export, into which table, and what becomes of items that are there.
#[derive(Args)]
pub(crate) struct Options {
    /// The export: a manifest, the folder that holds it, or a data file; s3://…, file://… or a path. Several are a
    /// chain: a full export, then what changed after it
    manifest: Vec<String>,
    /// The table that is written to; without it the setting `TABLE_NAME`
    #[arg(long)]
    table: Option<String>,
    /// In place of a manifest: the table whose newest verified backup is meant
    #[arg(long, conflicts_with = "manifest")]
    source: Option<String>,
    /// With --source: the backup of this day, such as 2026-11-21
    #[arg(long, requires = "source")]
    date: Option<String>,
    /// With --source: the chain of exports up to this moment, such as 2026-11-21T03:00:00Z
    #[arg(long)]
    as_of: Option<String>,
    /// What becomes of items that are there; without it the table must be empty
    #[arg(long, value_parser = ["empty-only", "skip-existing", "overwrite", "only-newer"])]
    mode: Option<String>,
    /// With --mode only-newer: the attribute that tells which of two items is newer
    #[arg(long, value_name = "ATTRIBUTE")]
    newer_by: Option<String>,
    /// With --mode overwrite: delete the items that the export does not hold
    #[arg(long)]
    delete_extras: bool,
    /// The table's name once more, when it is not empty
    #[arg(long, value_name = "TABLE")]
    confirm: Option<String>,
    /// Let DynamoDB import the files into a new table
    #[arg(long)]
    import: bool,
    /// The exported table's keys, where neither its manifest nor the table itself tells them, such as id:S,line:N
    #[arg(long, value_name = "NAME:TYPE", value_parser = keys)]
    keys: Option<Value>,
    /// How what was written is read back; without it the setting VERIFY
    #[arg(long, value_parser = ["count", "sample", "full"])]
    verify: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

/// Plans, restores, and prints how it ended.
pub(crate) async fn run(options: &Options, env: &Env) -> Result<Exit, Fault> {
    let env = local::runs(env, "EXPORT_S3_BUCKET")?;
    let function = DynamodbRestore::from_env(&env).await?;
    let run = Run {
        name: FUNCTION,
        function: &function,
        style: style(options.manner.json),
    };
    run.carry_out(&options.request()?, options.manner.dry_run)
        .await
}

impl Options {
    fn request(&self) -> Result<Request, Fault> {
        let manifest: Vec<_> = self
            .manifest
            .iter()
            .map(|text| local::address(text))
            .collect::<Result<_, _>>()?;
        let manifest = match manifest.as_slice() {
            [] => Value::Null,
            [one] => one.as_str().into(),
            chain => chain.into(),
        };
        Ok(Request::new()
            .with("manifest", manifest)
            .with("table", self.table.clone())
            .with("source", self.source.clone())
            .with("date", self.date.clone())
            .with("asOf", self.as_of.clone())
            .with("mode", self.mode.clone())
            .with("newerBy", self.newer_by.clone())
            .with("deleteExtras", self.delete_extras)
            .with("confirm", self.confirm.clone())
            .with("import", self.import)
            .with("keys", self.keys.clone())
            .with("verify", self.verify.clone())
            .with("force", self.manner.force))
    }
}

/// `id:S,line:N` as events tell keys: the partition key, and the sort key where there is one.
fn keys(text: &str) -> Result<Value, String> {
    let attributes: Option<Vec<Value>> = text.split(',').map(attribute).collect();
    match attributes.as_deref() {
        Some([partition]) => Ok(json!({ "partition": partition })),
        Some([partition, sort]) => Ok(json!({ "partition": partition, "sort": sort })),
        _ => Err("one or two keys, each with its type S, N or B, such as id:S,line:N".to_owned()),
    }
}

fn attribute(text: &str) -> Option<Value> {
    let (name, kind) = text.rsplit_once(':')?;
    let is_key = !name.is_empty() && matches!(kind, "S" | "N" | "B");
    is_key.then(|| json!({ "name": name, "type": kind }))
}

impl Restorer for DynamodbRestore {
    type Stage = Stage;

    fn steps(&self) -> watch::Receiver<Step> {
        self.progress()
    }
}
