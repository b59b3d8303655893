//! Unpacks and parses data files on disk, each line into its item: the least that a restore of them costs. What
//! `bench/dynamodb-restore.sh` compares with.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{Read as _, Write as _, stdout};

use dynamodb_format::DataReader;

/// About what a store gives at once.
const CHUNK_BYTES: usize = 64 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let mut items = 0;
    for path in std::env::args_os().skip(1) {
        items += parse(&mut File::open(&path)?)?;
    }
    writeln!(stdout(), "{items}")?;
    Ok(())
}

fn parse(file: &mut File) -> Result<u64, Box<dyn Error>> {
    let mut reader = DataReader::new();
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        let length = file.read(&mut chunk)?;
        if length == 0 {
            break;
        }
        let mut lines = reader.push(&chunk[..length]);
        while let Some(line) = lines.next_line()? {
            black_box(line.item()?);
        }
    }
    let (totals, last_line) = reader.finish()?;
    if let Some(line) = last_line {
        black_box(line.item()?);
    }
    Ok(totals.lines)
}
