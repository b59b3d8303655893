//! `tasuki invoke FUNCTION`: the same library function that the deployed binary calls.

use std::error::Error;

use clap::{Args, ValueEnum};
use function_core::{Clock, Env, Exit};
use function_runtime::Invocation;
use kintone_export::KintoneExport;

/// Which function, with which event.
#[derive(Args)]
pub(crate) struct Options {
    /// The function
    function: Name,
    #[command(flatten)]
    invocation: Invocation,
}

#[derive(Clone, Copy, ValueEnum)]
enum Name {
    KintoneExport,
}

/// Runs the function and prints its outcome.
pub(crate) async fn run(options: Options, env: &Env) -> Result<Exit, Box<dyn Error + Send + Sync>> {
    match options.function {
        Name::KintoneExport => {
            let function = KintoneExport::from_env(env).await?;
            let invocation = options.invocation;
            Ok(invocation
                .run(kintone_export::FUNCTION, &function, &Clock::system())
                .await?)
        }
    }
}
