//! `cargo run -p simulators -- kintone`: a simulator on its own, until it is killed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Parser, Subcommand, ValueEnum};
use serde_json::json;
use simulators::kintone::{App, Kintone, Options, Rights};

/// Local stand-ins for the services that this workspace talks to.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    service: Service,
}

#[derive(Subcommand)]
enum Service {
    /// A kintone domain with one app.
    Kintone(KintoneArguments),
}

#[derive(clap::Args)]
struct KintoneArguments {
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Serve https with an authority of its own
    #[arg(long)]
    https: bool,
    /// Where to write the authority's certificate
    #[arg(long, requires = "https")]
    ca_out: Option<PathBuf>,
    /// Which app to begin with
    #[arg(long, value_enum, default_value_t = Fixture::Article)]
    app: Fixture,
    /// Generated records in place of the article's four
    #[arg(long)]
    records: Option<u64>,
    /// How much later every answer comes, in milliseconds
    #[arg(long, default_value_t = 0)]
    latency_ms: u64,
    /// A token for the app, in place of the one that is printed
    #[arg(long)]
    token: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Fixture {
    /// The address book of the article, 13 columns
    Article,
    /// Every field type
    AllTypes,
}

fn main() -> std::io::Result<()> {
    let Service::Kintone(arguments) = Arguments::parse().service;
    let kintone = Kintone::try_start(Options {
        port: arguments.port,
        https: arguments.https,
        latency: Duration::from_millis(arguments.latency_ms),
        ..Options::default()
    })?;
    let app = kintone.add_app(match (arguments.app, arguments.records) {
        (Fixture::Article, None) => App::article(),
        (Fixture::Article, Some(count)) => App::generated(count),
        (Fixture::AllTypes, _) => App::all_types(),
    });
    kintone.add_app(App::lookup_source());
    let token = arguments.token.unwrap_or_else(|| kintone.token(app));
    kintone.add_token(app, &token, Rights::ALL);
    if let (Some(path), Some(pem)) = (&arguments.ca_out, kintone.ca_pem()) {
        fs::write(path, pem)?;
    }
    announce(&kintone, app, &token, arguments.ca_out.as_deref());
    loop {
        std::thread::park();
    }
}

#[expect(clippy::print_stdout, reason = "whoever starts it reads where it is")]
fn announce(kintone: &Kintone, app: u64, token: &str, ca: Option<&Path>) {
    let ready = json!({ "url": kintone.base_url(), "app": app, "token": token, "ca": ca });
    println!("{ready}");
}
