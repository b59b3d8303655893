//! Writes data files on disk into a table, a little of each in turn: `restore TABLE FILE…`, with the settings of AWS in the
//! environment. Nothing is planned, kept or verified: that is what the function is for.

use std::error::Error;
use std::fs::File;
use std::io::{Read as _, Write as _, stdout};

use dynamodb_format::DataReader;
use dynamodb_table::{Line, Place, Tables, Write, Writer, WriterOptions};
use function_core::Env;

/// What is read of a file in its turn: some dozens of lines.
const CHUNK_BYTES: usize = 8 * 1024;

struct Source {
    number: u32,
    file: File,
    reader: DataReader,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let name = arguments.next().ok_or("restore TABLE FILE…")?;
    let tables = Tables::open(&Env::from_process()).await;
    let table = tables
        .describe(&name)
        .await?
        .ok_or("there is no such table")?;
    let options = WriterOptions {
        max_wru: 1e9,
        ..WriterOptions::default()
    };
    let mut writer = tables.writer(&table, options);
    let mut sources = Vec::new();
    for (number, path) in (0..).zip(arguments) {
        let (file, reader) = (File::open(path)?, DataReader::new());
        sources.push(Source {
            number,
            file,
            reader,
        });
    }
    while !sources.is_empty() {
        let mut left = Vec::new();
        for mut source in sources {
            if source.turn(&mut writer).await? {
                left.push(source);
            }
        }
        sources = left;
    }
    writer.flush().await?;
    writeln!(stdout(), "{}", writer.totals().written)?;
    Ok(())
}

impl Source {
    /// Writes the items of the next chunk. Gives whether there may be more.
    async fn turn(&mut self, writer: &mut Writer) -> Result<bool, Box<dyn Error>> {
        let mut chunk = [0; CHUNK_BYTES];
        let length = self.file.read(&mut chunk)?;
        let mut lines = self.reader.push(&chunk[..length]);
        while let Some(line) = lines.next_line()? {
            let place = Place {
                file: self.number,
                line: line.number,
            };
            writer
                .send(place, Write::Put(Line::parse(line.bytes)?))
                .await?;
        }
        if length > 0 {
            return Ok(true);
        }
        let (_, last_line) = self.reader.finish()?;
        if let Some(line) = last_line {
            let place = Place {
                file: self.number,
                line: line.number,
            };
            writer
                .send(place, Write::Put(Line::parse(line.bytes)?))
                .await?;
        }
        Ok(false)
    }
}
