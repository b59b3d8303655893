//! A pass over the files of the backup, which can be stopped and gone on with.
//!
//! What windows changed is known by the hashes of its keys. These are stored beside the run record, with how far the pass is,
//! so that windows are read once, however often the pass is gone on with.

use tokio::time::Instant;

use super::sum::{Noted, Nothing};
use super::{At, Check, Reading, SAVE_EVERY};
use crate::error::RestoreError;
use crate::segment::Segment;
use crate::walk::{Changed, Finals};

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
        let mut changed = self.changed_before(&order, at).await?;
        // Where they were stored as of.
        let mut stored = self.decided(at);
        let mut at = at;
        let mut saved = Instant::now();
        for file in order.iter().skip(index(at.file)) {
            let rest = Segment::after(*file, at.line);
            let walked = self.walk.file(rest, at.pass, &mut changed, finals).await?;
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
            if stored != self.decided(at) {
                stored = self.decided(at);
                let content = packed(stored, &changed);
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

    /// How far the windows are decided where a walk is at `at`.
    fn decided(&self, at: At) -> At {
        let windows = self.walk.windows() as u64;
        if at.file < windows {
            return at;
        }
        At {
            file: windows,
            line: 0,
            ..at
        }
    }

    /// The keys that windows changed before `at`: as they were stored, or read again.
    async fn changed_before(&self, order: &[usize], at: At) -> Result<Changed, RestoreError> {
        let decided = self.decided(at);
        if (decided.file, decided.line) == (0, 0) {
            return Ok(Changed::new());
        }
        let stored = self.keeper.read_beside(KEYS).await?;
        if let Some(changed) = stored.and_then(|content| unpacked(decided, &content)) {
            return Ok(changed);
        }
        let mut changed = Changed::new();
        for (file, place) in order.iter().zip(0..=decided.file) {
            let segment = match place == decided.file {
                true if decided.line == 0 => break,
                is_partly => Segment {
                    to: is_partly.then_some(decided.line),
                    ..Segment::whole(*file)
                },
            };
            let walk = &self.walk;
            walk.file(segment, at.pass, &mut changed, &mut Nothing)
                .await?;
        }
        Ok(changed)
    }
}

fn index(file: u64) -> usize {
    usize::try_from(file).unwrap_or(usize::MAX)
}

/// How far they are decided, on a line of its own.
fn head(decided: At) -> Vec<u8> {
    let At { pass, file, line } = decided;
    format!("{pass} {file} {line}\n").into_bytes()
}

fn packed(decided: At, changed: &Changed) -> Vec<u8> {
    let mut content = head(decided);
    content.reserve_exact(changed.len() * HASH);
    for hash in changed {
        content.extend(hash.to_be_bytes());
    }
    content
}

/// The hashes, if they are as of `decided`.
fn unpacked(decided: At, content: &[u8]) -> Option<Changed> {
    let hashes = content.strip_prefix(head(decided).as_slice())?;
    let (hashes, rest) = hashes.as_chunks::<HASH>();
    let hashes = hashes.iter().map(|hash| u128::from_be_bytes(*hash));
    rest.is_empty().then(|| hashes.collect())
}
