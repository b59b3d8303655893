//! `tasuki migrate`: the words of schema-migrate, whose own command line reads them.

use std::error::Error;
use std::ffi::OsString;
use std::iter;

use clap::Args;
use function_core::{Env, Exit};

/// What is done.
#[derive(Args)]
pub(crate) struct Options {
    /// What schema-migrate is told: up, status, check, write NAME, …; --help lists all
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "WORD"
    )]
    words: Vec<OsString>,
}

/// Does it. The function tells itself how it ended, so this is no fault.
pub(crate) async fn run(options: Options, env: &Env) -> Result<Exit, Box<dyn Error + Send + Sync>> {
    let words = iter::once("tasuki migrate".into()).chain(options.words);
    Ok(Box::pin(schema_migrate::run_at_terminal(
        words.collect(),
        env.clone(),
    ))
    .await)
}
