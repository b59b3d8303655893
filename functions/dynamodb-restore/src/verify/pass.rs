//! A pass over the files of the backup, which can be stopped and gone on with.
//!
//! What windows changed is known by the hashes of its keys, and so is what files without a manifest hold twice. These are stored
//! beside the run record, with how far the pass is, so that windows are read once, however often the pass is gone on with.

use tokio::time::Instant;

use super::sum::{Noted, Nothing};
use super::{At, Check, Reading, SAVE_EVERY};
use crate::error::RestoreError;
use crate::segment::Segment;
use crate::walk::{Decided, Finals};

/// The object that holds the hashes.
const KEYS: &str = "keys.bin";

/// Bytes of a hash.
const HASH: usize = 16;

/// Where a walk goes on.
pub(super) struct Next {
    pub(super) at: At,
    pub(super) is_done: bool,
    pub(super) is_late: bool,
}

impl Check<'_> {
    /// Walks files of the backup from `at` on, until the pass ends or the deadline comes. Where this ends, all walked items count.
    pub(super) async fn files(
        &mut self,
        at: At,
        finals: &mut (impl Finals + Noted),
        reading: &mut Reading,
    ) -> Result<Next, RestoreError> {
        let order = self.walk.order();
        let mut decided = self.decided_before(&order, at).await?;
        // Where they were stored as of.
        let mut stored = self.decided_at(at);
        let mut at = at;
        let mut saved = Instant::now();
        for file in order.iter().skip(index(at.file)) {
            let rest = Segment::after(*file, at.line);
            let walked = self.walk.file(rest, at.pass, &mut decided, finals).await?;
            reading.note_doubled(&mut decided.doubled);
            at = match walked {
                Some(line) => At { line, ..at },
                None => At {
                    file: at.file + 1,
                    line: 0,
                    ..at
                },
            };
            let is_late = walked.is_some() || self.late().is_late();
            let is_last = index(at.file) == order.len();
            if is_last || !(is_late || saved.elapsed() >= SAVE_EVERY) {
                continue;
            }
            finals.settle().await?;
            if stored != self.decided_at(at) {
                stored = self.decided_at(at);
                let content = packed(stored, &decided);
                self.keeper.put_beside(KEYS, content).await?;
            }
            if is_late {
                return Ok(Next {
                    at,
                    is_done: false,
                    is_late,
                });
            }
            finals.note(reading, at);
            self.keep(reading).await?;
            saved = Instant::now();
        }
        finals.settle().await?;
        Ok(Next {
            at: At {
                pass: at.pass + 1,
                file: 0,
                line: 0,
            },
            is_done: at.pass + 1 >= self.walk.passes,
            is_late: self.late().is_late(),
        })
    }

    /// How far hashes are held where a walk is at `at`.
    fn decided_at(&self, at: At) -> At {
        let deciding = self.walk.deciding() as u64;
        if at.file < deciding {
            return at;
        }
        At {
            file: deciding,
            line: 0,
            ..at
        }
    }

    /// What was decided before `at`: as it was stored, or read again.
    async fn decided_before(&self, order: &[usize], at: At) -> Result<Decided, RestoreError> {
        let until = self.decided_at(at);
        if (until.file, until.line) == (0, 0) {
            return Ok(Decided::default());
        }
        let stored = self.keeper.read_beside(KEYS).await?;
        if let Some(decided) = stored.and_then(|content| unpacked(until, &content)) {
            return Ok(decided);
        }
        let mut decided = Decided::default();
        for (file, place) in order.iter().zip(0..=until.file) {
            let segment = match place == until.file {
                true if until.line == 0 => break,
                is_partly => Segment {
                    to: is_partly.then_some(until.line),
                    ..Segment::whole(*file)
                },
            };
            let walk = &self.walk;
            walk.file(segment, at.pass, &mut decided, &mut Nothing)
                .await?;
        }
        Ok(decided)
    }
}

fn index(file: u64) -> usize {
    usize::try_from(file).unwrap_or(usize::MAX)
}

/// As of where they are held, on a line of its own.
fn head(until: At) -> Vec<u8> {
    let At { pass, file, line } = until;
    format!("{pass} {file} {line}\n").into_bytes()
}

fn packed(until: At, decided: &Decided) -> Vec<u8> {
    let mut content = head(until);
    content.reserve_exact(decided.hashes.len() * HASH);
    for hash in &decided.hashes {
        content.extend(hash.to_be_bytes());
    }
    content
}

/// What was decided, if it is as of `until`.
fn unpacked(until: At, content: &[u8]) -> Option<Decided> {
    let hashes = content.strip_prefix(head(until).as_slice())?;
    let (hashes, rest) = hashes.as_chunks::<HASH>();
    let hashes = hashes.iter().map(|hash| u128::from_be_bytes(*hash));
    rest.is_empty().then(|| Decided {
        hashes: hashes.collect(),
        doubled: Vec::new(),
    })
}
