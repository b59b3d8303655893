//! Counts and hashes data files on disk as a verification in full does: what `bench/dynamodb-verify.sh` measures.

use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Write as _, stdout};

use dynamodb_format::{DataCounter, DataTotals};

/// About what a store gives at once.
const CHUNK_BYTES: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    for path in std::env::args_os().skip(1) {
        let totals = count(&mut File::open(&path)?)?;
        writeln!(stdout(), "{} {}", totals.lines, totals.md5)?;
    }
    Ok(())
}

fn count(file: &mut File) -> Result<DataTotals, Box<dyn Error>> {
    let mut counter = DataCounter::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(counter.finish()?),
            length => counter.push(&chunk[..length])?,
        }
    }
}
