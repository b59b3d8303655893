//! The rows of a binary COPY.
//!
//! Source: PostgreSQL documentation, `COPY`, "Binary Format".

use table_diff::{Compare, KeyType, MarkBatch, Reading, TimeType};

use crate::wire::{self, Unfit};

const SIGNATURE: &[u8] = b"PGCOPY\n\xff\r\n\0";
/// The signature, 4 bytes of flags, 4 of the length of more, of which no server has any.
const HEADER_BYTES: usize = SIGNATURE.len() + 8;

/// Decodes rows wherever the messages that carry them are cut. Servers send a whole row in each; proxies need not.
pub(super) struct Decoder {
    key: Vec<KeyType>,
    time: Option<TimeType>,
    hash: bool,
    /// The beginning of a row whose end is in the next message.
    rest: Vec<u8>,
    part: Part,
    rows: u64,
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Header,
    Rows,
    Nothing,
}

impl Decoder {
    pub(super) fn new(reading: &Reading) -> Self {
        Self {
            key: reading.key.iter().map(|(_, kind)| *kind).collect(),
            time: reading.time.as_ref().map(|(_, kind)| *kind),
            hash: reading.compare == Compare::Content,
            rest: Vec::new(),
            part: Part::Header,
            rows: 0,
        }
    }

    /// Whether the end of the rows was told.
    pub(super) fn has_ended(&self) -> bool {
        self.part == Part::Nothing
    }

    /// Puts the rows of `message` into `batch`.
    pub(super) fn read(&mut self, message: &[u8], batch: &mut MarkBatch) -> Result<(), String> {
        if self.rest.is_empty() {
            let left = self.take(message, batch)?;
            self.rest.extend_from_slice(left);
            return Ok(());
        }
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(message);
        let left = self.take(&bytes, batch)?.len();
        bytes.drain(..bytes.len() - left);
        self.rest = bytes;
        Ok(())
    }

    /// Takes what is whole off the front of `bytes`, and answers what is left.
    fn take<'b>(&mut self, mut bytes: &'b [u8], batch: &mut MarkBatch) -> Result<&'b [u8], String> {
        while !bytes.is_empty() {
            let taken = match self.part {
                Part::Header => self.take_header(bytes)?,
                Part::Rows => self.take_row(bytes, batch)?,
                Part::Nothing => return Err("there is more behind the last row".to_owned()),
            };
            let Some(left) = taken else {
                break;
            };
            bytes = left;
        }
        Ok(bytes)
    }

    fn take_header<'b>(&mut self, bytes: &'b [u8]) -> Result<Option<&'b [u8]>, String> {
        let Some((header, left)) = bytes.split_at_checked(HEADER_BYTES) else {
            return Ok(None);
        };
        if !header.starts_with(SIGNATURE) || header[SIGNATURE.len()..] != [0; 8] {
            return Err("it is no binary COPY that we know".to_owned());
        }
        self.part = Part::Rows;
        Ok(Some(left))
    }

    fn take_row<'b>(
        &mut self,
        bytes: &'b [u8],
        batch: &mut MarkBatch,
    ) -> Result<Option<&'b [u8]>, String> {
        let Some((row, left)) = wire::split_row(bytes) else {
            return Ok(None);
        };
        match row {
            Some(fields) => {
                self.rows += 1;
                self.push(fields, batch)
                    .map_err(|Unfit(what)| format!("row {}: {what}", self.rows))?;
            }
            None => self.part = Part::Nothing,
        }
        Ok(Some(left))
    }

    fn push(&mut self, mut fields: wire::Fields<'_>, batch: &mut MarkBatch) -> Result<(), Unfit> {
        let keys = batch.key_mut();
        for kind in &self.key {
            wire::push_key(keys, *kind, fields.next_field()?)?;
        }
        let time = match self.time {
            Some(kind) => wire::time(kind, fields.next_field()?)?,
            None => None,
        };
        let hash = if self.hash {
            wire::hash(fields.next_field()?)?
        } else {
            0
        };
        batch.end_row(time, hash);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use table_diff::{HashMethod, TableName, key};

    use super::*;

    fn reading() -> Reading {
        Reading {
            table: TableName {
                schema: "public".to_owned(),
                name: "item".to_owned(),
            },
            key: vec![
                ("id".to_owned(), KeyType::Integer),
                ("code".to_owned(), KeyType::Text),
            ],
            time: Some(("at".to_owned(), TimeType::Moment)),
            columns: Vec::new(),
            compare: Compare::Content,
            hash: HashMethod::Values,
        }
    }

    fn field(bytes: &[u8]) -> Vec<u8> {
        let length = u32::try_from(bytes.len()).unwrap();
        [&length.to_be_bytes(), bytes].concat()
    }

    fn row(id: i32, code: &str, at: Option<i64>, hash: i64) -> Vec<u8> {
        let at = at.map_or_else(|| vec![255; 4], |at| field(&at.to_be_bytes()));
        [
            vec![0, 4],
            field(&id.to_be_bytes()),
            field(code.as_bytes()),
            at,
            field(&hash.to_be_bytes()),
        ]
        .concat()
    }

    fn copy(rows: &[Vec<u8>]) -> Vec<u8> {
        [SIGNATURE.to_vec(), vec![0; 8], rows.concat(), vec![255; 2]].concat()
    }

    fn decode(bytes: &[u8], cut: usize) -> Result<(Decoder, MarkBatch), String> {
        let mut decoder = Decoder::new(&reading());
        let mut batch = MarkBatch::default();
        for message in bytes.chunks(cut) {
            decoder.read(message, &mut batch)?;
        }
        Ok((decoder, batch))
    }

    #[test]
    fn rows_are_whole_wherever_messages_are_cut() {
        let bytes = copy(&[row(-7, "あ", Some(0), -1), row(-7, "い", None, 2)]);
        for cut in 1..bytes.len() {
            let (decoder, batch) = decode(&bytes, cut).unwrap();
            assert!(decoder.has_ended(), "{cut}");
            assert_eq!(batch.len(), 2, "{cut}");
            let first = batch.get(0).unwrap();
            assert_eq!(
                key::decode(&reading().key, first.key).unwrap(),
                ["-7", "あ"]
            );
            assert_eq!(first.time, Some(946_684_800_000_000));
            assert_eq!(first.hash, u64::MAX);
            assert_eq!(batch.get(1).unwrap().time, None);
        }
    }

    #[test]
    fn what_is_no_row_is_a_fault() {
        let short = [vec![0, 1], field(&[0; 8])].concat();
        let null = [vec![0, 4], vec![255; 16]].concat();
        let wide = [vec![0, 4], field(&[0; 3])].concat();
        let wide = [wide, vec![255; 12]].concat();
        for (bytes, words) in [
            (copy(&[short]), "row 1: it has too few cells"),
            (copy(&[null]), "row 1: its key is NULL"),
            (copy(&[wide]), "row 1: a cell is none of its type"),
            (vec![b'x'; 99], "it is no binary COPY that we know"),
            (
                [copy(&[]), vec![0]].concat(),
                "there is more behind the last row",
            ),
        ] {
            assert_eq!(decode(&bytes, 999).err().unwrap(), words);
        }
    }
}
