//! `tasuki sync serve`.

use std::io::{self, Write as _};
use std::net::Ipv4Addr;

use clap::Args;
use function_core::Exit;
use function_runtime::serve_site;
use table_sync::{FUNCTION, SyncSite, TableSync};
use tokio::net::TcpListener;

use super::Fault;

/// Where the page is.
#[derive(Args)]
pub(crate) struct Options {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
}

/// Shows the page to this machine alone, until Ctrl-C.
pub(super) async fn run(options: &Options, sync: TableSync) -> Result<Exit, Fault> {
    let site = SyncSite::new(sync)?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let address = listener.local_addr()?;
    writeln!(
        io::stdout(),
        "The page is at http://{address}/ until Ctrl-C."
    )?;
    let stopped = async {
        // Without signals there is only one way to end it, and that works.
        tokio::signal::ctrl_c().await.ok();
    };
    serve_site(FUNCTION, site, listener, stopped).await?;
    Ok(Exit::Done)
}
