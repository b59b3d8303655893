//! How fast a page of 500 records of the article's app is decoded.
//!
//! `cargo run --release -p kintone-client --example decode`
#![expect(clippy::print_stdout, reason = "a measurement is printed")]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use kintone_client::{Auth, Client, Options, Page, PageRequest};
use simulators::Kintone;
use simulators::kintone::App;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let kintone = Kintone::start(simulators::kintone::Options::default());
    let app = kintone.add_app(App::generated(500));
    let auth = Auth::tokens(&kintone.token(app))?;
    let client = Client::new(Options::new(kintone.base_url(), auth))?;
    let request = PageRequest {
        app,
        ..PageRequest::default()
    };
    let page = client.page(&request).await?;
    println!(
        "a page of {} records, {} bytes",
        page.len(),
        page.size_bytes()
    );
    measure("decoded", &page, |page| page.iter().flatten().count());
    measure("decoded and kept", &page, |page| {
        page.records().map_or(0, |records| records.len())
    });
    measure("as lines", &page, |page| {
        page.lines().map(|line| line.len()).sum()
    });
    Ok(())
}

fn measure(what: &str, page: &Page, work: impl Fn(&Page) -> usize) {
    const TIMES: usize = 400;
    let started = Instant::now();
    for _ in 0..TIMES {
        black_box(work(black_box(page)));
    }
    let bytes_per_microsecond = (TIMES * page.size_bytes()) as u128 / started.elapsed().as_micros();
    println!("{what}: {bytes_per_microsecond} MB/s");
}
