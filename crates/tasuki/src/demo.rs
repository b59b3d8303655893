//! `tasuki demo`: the whole way of a backup, on this machine alone.
//!
//! It starts a simulated Kintone, starts kintone-export as the HTTP function that it is in the cloud, sends it a
//! Pub/Sub push message, and shows what came of it. With `--base-url` it does the same with a real Kintone.

mod progress;
mod push;
mod show;
mod source;

use std::error::Error;
use std::path::PathBuf;

use clap::Args;
use function_core::{Env, Exit};
use function_runtime::serve;
use kintone_export::{FUNCTION, KintoneExport};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use self::source::Source;

type Fault = Box<dyn Error + Send + Sync>;

/// What the demo exports, and where to.
#[derive(Args)]
pub(crate) struct Options {
    /// Records in the simulated app, beside the article's four
    #[arg(long, default_value_t = 10_000)]
    records: u64,
    /// The folder that the backup goes to
    #[arg(long, default_value = "./tasuki-demo")]
    out: PathBuf,
    /// A real Kintone in place of the simulated one, such as <https://example.cybozu.com>; its token comes
    /// from the file that the variable `TOKEN_FILE` names
    #[arg(long, requires = "app")]
    base_url: Option<String>,
    /// The app of the real Kintone
    #[arg(long, requires = "base_url")]
    app: Option<u64>,
}

/// Runs the demo and says what it does.
pub(crate) async fn run(options: Options, env: &Env) -> Result<Exit, Fault> {
    let source = Source::open(&options);
    let database = options.out.join("kintone.sqlite");
    let env = source
        .settings(env)
        .with("BUCKET", absolute(&options.out)?)
        .with("LOAD_URL", format!("sqlite:{}", absolute(&database)?));
    let function = KintoneExport::from_env(&env).await?;
    let steps = function.progress();

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    show::beginning(&source, address, &options.out);
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn(serve(FUNCTION, function, listener, async {
        // Whether it is told or the sender is gone: either way it is over.
        drop(stopped.await);
    }));
    let answer = progress::while_running(steps, push::send(address)).await?;
    drop(stop);
    serving.await??;

    show::result(&source, &answer, &options.out, &database)
}

fn absolute(path: &std::path::Path) -> std::io::Result<String> {
    Ok(std::path::absolute(path)?.display().to_string())
}
