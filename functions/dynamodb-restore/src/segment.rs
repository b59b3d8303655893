//! Which lines each part writes; pure, so that every part comes to the same by itself.

use std::cmp::Reverse;

/// Lines of one data file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// The file among those of the backup.
    pub(crate) file: usize,
    /// The first line, from 1.
    pub(crate) from: u64,
    /// The last line; `None` reads to the end, and checks the whole file there.
    pub(crate) to: Option<u64>,
}

impl Segment {
    /// All lines of a file.
    pub(crate) fn whole(file: usize) -> Self {
        Self::after(file, 0)
    }

    /// All lines of a file after one.
    pub(crate) fn after(file: usize, line: u64) -> Self {
        Self {
            file,
            from: line + 1,
            to: None,
        }
    }
}

/// The segments of each part. `lines` tells of each file how many it has, where that is known.
///
/// Each file is one partition's range of keys, so a part gets segments of different files, and never two of one. A file
/// is cut only where it holds more than a part's fair share. A chain has an order that parts could not keep: the first
/// part writes all of it.
pub(crate) fn shares(lines: &[Option<u64>], is_chain: bool, parts: u32) -> Vec<Vec<Segment>> {
    let parts = if parts == 0 { 1 } else { parts as usize };
    let mut shares = vec![Vec::new(); parts];
    if is_chain || parts == 1 {
        shares[0] = (0..lines.len()).map(Segment::whole).collect();
        return shares;
    }
    let total: u64 = lines.iter().flatten().sum();
    let fair = total.div_ceil(parts as u64).max(1);
    let mut load = vec![0_u64; parts];
    let mut files: Vec<usize> = (0..lines.len()).collect();
    // The largest first, so that the small ones even the loads out.
    files.sort_by_key(|file| Reverse(lines[*file]));
    for file in files {
        let count = lines[file];
        let pieces = cut(file, count, fair, parts);
        let mut by_load: Vec<usize> = (0..parts).collect();
        by_load.sort_by_key(|part| load[*part]);
        for (piece, part) in pieces.iter().zip(by_load) {
            let end = piece.to.or(count).unwrap_or(piece.from + fair);
            load[part] += (end + 1).saturating_sub(piece.from).max(1);
            shares[part].push(*piece);
        }
    }
    for share in &mut shares {
        share.sort_by_key(|segment| segment.file);
    }
    shares
}

/// The pieces of a file, at most one a part.
fn cut(file: usize, count: Option<u64>, fair: u64, parts: usize) -> Vec<Segment> {
    let Some(count) = count.filter(|count| *count > fair) else {
        return vec![Segment::whole(file)];
    };
    let pieces = count.div_ceil(fair).min(parts as u64);
    let size = count.div_ceil(pieces);
    let start = |piece: u64| piece * size + 1;
    let mut segments: Vec<Segment> = (0..pieces)
        .map(|piece| Segment {
            file,
            from: start(piece),
            to: Some(start(piece + 1) - 1),
        })
        .filter(|segment| segment.from <= count)
        .collect();
    if let Some(last) = segments.last_mut() {
        last.to = None;
    }
    segments
}

#[cfg(test)]
mod tests;
