//! `tasuki drill`: proves that the newest backup can be restored, in a place of its own that goes away again.

use std::error::Error;

use clap::{Args, ValueEnum};
#[cfg(feature = "aws")]
use dynamodb_restore::DynamodbRestore;
use function_core::{Env, Exit};
use kintone_restore::KintoneRestore;

use crate::restore::{Request, Restorer, Run, style};

type Fault = Box<dyn Error + Send + Sync>;

/// What is drilled.
#[derive(Args)]
pub(crate) struct Options {
    /// Which restore; without it each that the settings name a drill for
    of: Option<Of>,
    /// Prove a backup once more that was proven already
    #[arg(long)]
    force: bool,
    /// Print the plan and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Print the outcome as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Of {
    /// Into a table of its own, which is deleted afterwards
    #[cfg(feature = "aws")]
    Dynamodb,
    /// Into the app of `DRILL_APP`, which is emptied afterwards
    Kintone,
}

impl Of {
    /// The setting without which there is nothing to drill.
    fn setting(self) -> &'static str {
        match self {
            #[cfg(feature = "aws")]
            Self::Dynamodb => "EXPORT_S3_BUCKET",
            Self::Kintone => "DRILL_APP",
        }
    }
}

/// Drills, and prints how each ended; the worst exit code counts.
pub(crate) async fn run(options: Options, env: &Env) -> Result<Exit, Fault> {
    let chosen = match options.of {
        Some(of) => vec![of],
        None => configured(env)?,
    };
    let mut exits = Vec::with_capacity(chosen.len());
    for of in chosen {
        let exit = drill(of, &options, env).await;
        // One that can't begin keeps no other from its proof.
        exits.push(exit.unwrap_or_else(|fault| crate::complain(&*fault)));
    }
    Ok(worst(exits))
}

/// What lasts counts more than what passes, and what stopped more than what was found.
fn worst(exits: impl IntoIterator<Item = Exit>) -> Exit {
    let weight = |exit: &Exit| match exit {
        Exit::Done => 0,
        Exit::TryAgain => 1,
        Exit::Differences => 2,
        Exit::Incomplete => 3,
        Exit::Refused => 4,
        Exit::Usage => 5,
        Exit::Failed => 6,
    };
    exits.into_iter().max_by_key(weight).unwrap_or(Exit::Done)
}

fn configured(env: &Env) -> Result<Vec<Of>, Fault> {
    let all = Of::value_variants().iter().copied();
    let configured: Vec<_> = all.filter(|of| env.get(of.setting()).is_some()).collect();
    if configured.is_empty() {
        let names: Vec<_> = Of::value_variants().iter().map(|of| of.setting()).collect();
        return Err(format!("nothing to drill: set {}", names.join(" or ")).into());
    }
    Ok(configured)
}

async fn drill(of: Of, options: &Options, env: &Env) -> Result<Exit, Fault> {
    match of {
        #[cfg(feature = "aws")]
        Of::Dynamodb => {
            let function = DynamodbRestore::from_env(env).await?;
            call(dynamodb_restore::FUNCTION, &function, options).await
        }
        Of::Kintone => {
            let function = KintoneRestore::from_env(&scratch_only(env)).await?;
            call(kintone_restore::FUNCTION, &function, options).await
        }
    }
}

/// Where no setting lists apps, the scratch app is the only one that may be written.
fn scratch_only(env: &Env) -> Env {
    match (env.get("APPID"), env.get("DRILL_APP")) {
        (None, Some(scratch)) => env.clone().with("APPID", scratch),
        _ => env.clone(),
    }
}

async fn call<R: Restorer>(
    name: &'static str,
    function: &R,
    options: &Options,
) -> Result<Exit, Fault> {
    let request = Request::new()
        .with("drill", true)
        .with("force", options.force);
    let run = Run {
        name,
        function,
        style: style(options.json),
    };
    if options.dry_run {
        run.plan(&request).await
    } else {
        run.follow(&request).await
    }
}
