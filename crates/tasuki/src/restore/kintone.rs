//! `tasuki restore kintone`.

use clap::Args;
use function_core::{Env, Exit};
use kintone_restore::{FUNCTION, KintoneRestore, Stage, Step};
use serde_json::{Map, Value};
use tokio::sync::watch;

use super::{Fault, Manner, Request, Restorer, Run, local, style};

/// Which backup, into which app, and what becomes of records that are there.
#[derive(Args)]
pub(crate) struct Options {
    /// The backup: a manifest or latest.json of kintone-export; gs://…, s3://…, a path, or an address below BUCKET
    manifest: Option<String>,
    /// The app that is written to
    #[arg(long, value_name = "NUMBER")]
    app: u64,
    /// In place of a manifest: the app whose newest backup in BUCKET is meant
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["manifest", "csv"])]
    source: Option<u64>,
    /// In place of a manifest: a CSV that cli-kintone wrote
    #[arg(long, value_name = "FILE", conflicts_with = "manifest")]
    csv: Option<String>,
    /// With --csv: how it is written
    #[arg(long, requires = "csv", value_parser = ["utf8", "sjis"])]
    encoding: Option<String>,
    /// With --csv: the folder that cli-kintone saved attachments to
    #[arg(long, value_name = "DIR", requires = "csv")]
    attachments: Option<String>,
    /// What becomes of records that are there; without it all are inserted as new ones
    #[arg(long, value_parser = ["insert", "upsert", "replace-changed"])]
    mode: Option<String>,
    /// The unique field that tells which record is which; without it the record number
    #[arg(long, value_name = "CODE")]
    key: Option<String>,
    /// A field that holds record numbers, and the app into which the records were restored that it points to; once
    /// for each field
    #[arg(long = "reference", value_name = "FIELD=APP", value_parser = reference)]
    references: Vec<(String, u64)>,
    /// What the plan printed, to go on although something can't come back or is overwritten
    #[arg(long, value_name = "DIGEST")]
    accept: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

/// Plans, restores, and prints how it ended.
pub(crate) async fn run(options: &Options, env: &Env) -> Result<Exit, Fault> {
    let function = KintoneRestore::from_env(&options.settings(env)?).await?;
    let run = Run {
        name: FUNCTION,
        function: &function,
        style: style(options.manner.json),
    };
    run.carry_out(&options.request()?, options.manner.dry_run)
        .await
}

impl Options {
    /// A person who names the app means it: where no setting lists the apps, it is the one.
    fn settings(&self, env: &Env) -> Result<Env, Fault> {
        let env = local::runs(env, "BUCKET")?;
        Ok(match env.get("APPID") {
            Some(_) => env,
            None => env.with("APPID", self.app.to_string()),
        })
    }

    fn request(&self) -> Result<Request, Fault> {
        let local = |address: &Option<String>| address.as_deref().map(local::address).transpose();
        let references = self.references.iter();
        let references: Map<_, _> = references
            .map(|(field, app)| (field.clone(), (*app).into()))
            .collect();
        let references = (!references.is_empty()).then_some(Value::Object(references));
        let manifest = self.manifest.as_deref().map(local::if_there).transpose()?;
        Ok(Request::new()
            .with("manifest", manifest)
            .with("app", self.app)
            .with("source", self.source)
            .with("csv", local(&self.csv)?)
            .with("encoding", self.encoding.clone())
            .with("attachments", local(&self.attachments)?)
            .with("mode", self.mode.clone())
            .with("key", self.key.clone())
            .with("references", references)
            .with("accept", self.accept.clone())
            .with("force", self.manner.force))
    }
}

/// `FIELD=APP`. A field's code may hold an equals sign, an app's number none.
fn reference(text: &str) -> Result<(String, u64), String> {
    let (field, app) = text.rsplit_once('=').unwrap_or(("", text));
    match app.parse() {
        Ok(app) if !field.is_empty() => Ok((field.to_owned(), app)),
        _ => Err("give a field's code and an app's number, such as customer=34".to_owned()),
    }
}

impl Restorer for KintoneRestore {
    type Stage = Stage;

    fn steps(&self) -> watch::Receiver<Step> {
        self.progress()
    }
}
