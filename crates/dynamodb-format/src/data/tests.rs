use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::item::tests::any_item;
use crate::{FormatError, Item, Md5};

/// One gzip member.
fn packed(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// `text` in a member for each piece, cut at `cuts`.
fn packed_in_members(text: &[u8], cuts: &[prop::sample::Index]) -> Vec<u8> {
    let mut ends: Vec<_> = cuts.iter().map(|cut| cut.index(text.len() + 1)).collect();
    ends.push(text.len());
    ends.sort_unstable();
    let mut start = 0;
    let mut members = Vec::new();
    for end in ends {
        members.extend(packed(&text[start..end]));
        start = end;
    }
    members
}

fn read(file: &[u8], chunk_bytes: usize) -> Result<(Vec<Vec<u8>>, DataTotals), FormatError> {
    let mut reader = DataReader::new();
    let mut found = Vec::new();
    for chunk in file.chunks(chunk_bytes) {
        let mut lines = reader.push(chunk);
        while let Some(line) = lines.next_line()? {
            found.push(line.bytes.to_vec());
            assert_eq!(line.number, found.len() as u64);
        }
    }
    let (totals, last_line) = reader.finish()?;
    found.extend(last_line.map(|line| line.bytes.to_vec()));
    Ok((found, totals))
}

fn count(file: &[u8], chunk_bytes: usize) -> Result<DataTotals, FormatError> {
    let mut counter = DataCounter::new();
    for chunk in file.chunks(chunk_bytes) {
        counter.push(chunk)?;
    }
    counter.finish()
}

/// What a file of `lines` must turn out to be.
fn totals(file: &[u8], lines: u64) -> DataTotals {
    DataTotals {
        compressed_bytes: file.len() as u64,
        md5: Md5::of(file),
        lines,
    }
}

proptest! {
    #[test]
    fn items_come_back_from_a_data_file(
        items in vec(any_item(), 0..20),
        cuts in vec(any::<prop::sample::Index>(), 0..4),
        chunk_bytes in 1_usize..300,
    ) {
        let text: String = items.iter().flat_map(|item| [item.to_line(), "\n".to_owned()]).collect();
        let file = packed_in_members(text.as_bytes(), &cuts);
        let (lines, found) = read(&file, chunk_bytes).unwrap();
        let read: Vec<_> = lines.iter().map(|line| Item::parse(line).unwrap()).collect();
        prop_assert_eq!(&read, &items);
        prop_assert_eq!(found, totals(&file, items.len() as u64));
    }

    #[test]
    fn neither_chunks_nor_members_change_what_is_read_or_counted(
        text in "[a-c\n]{0,300}",
        cuts in vec(any::<prop::sample::Index>(), 0..6),
        chunk_bytes in 1_usize..100,
    ) {
        let file = packed_in_members(text.as_bytes(), &cuts);
        let expected: Vec<_> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
        let (lines, found) = read(&file, chunk_bytes).unwrap();
        prop_assert_eq!(&lines, &expected);
        prop_assert_eq!(found, totals(&file, expected.len() as u64));
        prop_assert_eq!(count(&file, chunk_bytes).unwrap(), found);
        prop_assert_eq!(count(&file, file.len()).unwrap(), found);
    }

    #[test]
    fn a_file_that_is_cut_within_a_member_is_an_error(
        text in "[a-c\n]{0,300}",
        cut in any::<prop::sample::Index>(),
        chunk_bytes in 1_usize..100,
    ) {
        let whole = packed(text.as_bytes());
        let file = [whole.as_slice(), &whole[..=cut.index(whole.len() - 1)]].concat();
        for error in [
            read(&file, chunk_bytes).unwrap_err(),
            count(&file, chunk_bytes).unwrap_err(),
        ] {
            let is_cut = matches!(error, FormatError::Cut { compressed_bytes, .. } if compressed_bytes == file.len() as u64);
            prop_assert!(is_cut, "{error}");
        }
    }

    #[test]
    fn a_damaged_byte_never_changes_the_lines_unnoticed(
        text in "[a-c\n]{1,300}",
        place in any::<prop::sample::Index>(),
        bit in 0_u32..8,
    ) {
        let whole = packed(text.as_bytes());
        let mut file = whole.clone();
        file[place.index(whole.len())] ^= 1 << bit;
        // The header's time and system are not checked by anything but the MD5.
        if let Ok((lines, found)) = read(&file, 50) {
            let expected: Vec<_> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(lines, expected);
            prop_assert_ne!(found.md5, Md5::of(&whole));
        }
    }
}

#[test]
fn an_empty_file_has_no_lines_packed_or_not() {
    for file in [packed(b""), Vec::new()] {
        assert_eq!(read(&file, 9).unwrap(), (vec![], totals(&file, 0)));
        assert_eq!(count(&file, 9).unwrap(), totals(&file, 0));
    }
}

#[test]
fn a_last_line_without_line_feed_counts() {
    let file = packed(b"a\nb");
    assert_eq!(read(&file, 9).unwrap().0, [b"a", b"b"]);
    assert_eq!(count(&file, 9).unwrap().lines, 2);
}

#[test]
fn what_follows_the_last_member_must_be_gzip() {
    let file = [packed(b"a\n"), b"<html>".to_vec()].concat();
    assert!(matches!(
        read(&file, 1000),
        Err(FormatError::Damaged { line: 2, .. })
    ));
    assert!(matches!(
        count(&file, 1000),
        Err(FormatError::Damaged { line: 2, .. })
    ));
}

#[test]
fn a_file_that_was_never_packed_is_refused() {
    let file = br#"{"Item":{}}"#;
    assert!(matches!(
        count(file, 1000),
        Err(FormatError::Damaged { line: 1, .. })
    ));
}

#[test]
fn a_line_may_be_far_longer_than_the_buffer() {
    let long = "x".repeat(5 * BUFFER_BYTES);
    let file = packed(format!("a\n{long}\nb\n{long}").as_bytes());
    for chunk_bytes in [7, file.len()] {
        let (lines, found) = read(&file, chunk_bytes).unwrap();
        let lengths: Vec<_> = lines.iter().map(Vec::len).collect();
        assert_eq!(lengths, [1, long.len(), 1, long.len()]);
        assert_eq!(found.lines, 4);
    }
}

#[test]
fn the_longest_line_is_read_and_no_longer_one() {
    for (length, is_read) in [(LINE_BYTES_MAX, true), (LINE_BYTES_MAX + 1, false)] {
        let mut text = vec![b'x'; length];
        text.push(b'\n');
        let found = read(&packed(&text), 64 * 1024);
        assert_eq!(found.is_ok(), is_read, "{length}");
        if let Err(error) = found {
            assert!(matches!(error, FormatError::LongLine { line: 1 }));
        }
    }
}

#[test]
fn a_small_chunk_that_holds_much_is_read_in_little_memory() {
    let file = packed(&b"{}\n".repeat(2_000_000));
    let mut reader = DataReader::new();
    let mut lines = reader.push(&file);
    while let Some(line) = lines.next_line().unwrap() {
        assert_eq!(line.bytes, b"{}");
    }
    assert_eq!(reader.buffer_bytes(), BUFFER_BYTES);
    assert_eq!(reader.finish().unwrap().0.lines, 2_000_000);
}

#[test]
fn lines_that_were_left_behind_are_noticed() {
    let file = packed(b"a\nb\n");
    let (first, second) = file.split_at(file.len() - 1);
    let mut reader = DataReader::new();
    assert!(reader.push(first).next_line().unwrap().is_some());
    assert!(matches!(
        reader.push(second).next_line(),
        Err(FormatError::Untaken { line: 1 })
    ));
    assert!(matches!(
        reader.finish(),
        Err(FormatError::Untaken { line: 1 })
    ));
}

#[test]
fn a_line_that_is_no_record_is_named() {
    let file = packed(b"{\"Item\":{}}\n{\"Item\":{\"a\":{\"N\":\"x\"}}}\n");
    let mut reader = DataReader::new();
    let mut lines = reader.push(&file);
    assert_eq!(
        lines.next_line().unwrap().unwrap().item().unwrap(),
        Item::default()
    );
    let error = lines.next_line().unwrap().unwrap().item().unwrap_err();
    assert!(matches!(error, FormatError::Line { line: 2, .. }));
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "Item.a is not a number");
}
