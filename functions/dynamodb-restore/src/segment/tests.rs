use super::*;

/// How often each line of each file is in a share.
fn coverage(lines: &[Option<u64>], shares: &[Vec<Segment>]) -> Vec<Vec<u32>> {
    let mut covered: Vec<Vec<u32>> = lines
        .iter()
        .map(|count| vec![0; usize::try_from(count.unwrap_or(7)).unwrap()])
        .collect();
    for segment in shares.iter().flatten() {
        let count = covered[segment.file].len();
        let from = usize::try_from(segment.from).unwrap() - 1;
        let to = segment.to.map_or(count, |to| usize::try_from(to).unwrap());
        covered[segment.file][from..to]
            .iter_mut()
            .for_each(|line| *line += 1);
    }
    covered
}

#[test]
fn every_line_is_in_one_share_however_many_parts_there_are() {
    let files = [
        Some(0),
        Some(1),
        Some(10),
        Some(999),
        Some(500),
        Some(33),
        None,
    ];
    for parts in [1, 2, 3, 5, 8, 64, 1000] {
        let shares = shares(&files, false, parts);
        assert_eq!(shares.len(), parts as usize);
        let covered = coverage(&files, &shares);
        assert!(
            covered.iter().flatten().all(|times| *times == 1),
            "{parts} parts"
        );
    }
}

#[test]
fn a_share_has_no_two_segments_of_one_file_and_each_file_is_checked_once() {
    let files = [Some(1000), Some(10), Some(10)];
    let shares = shares(&files, false, 7);
    for share in &shares {
        let mut files: Vec<usize> = share.iter().map(|segment| segment.file).collect();
        files.dedup();
        assert_eq!(files.len(), share.len(), "{share:?}");
    }
    for file in 0..files.len() {
        let to_the_end = shares
            .iter()
            .flatten()
            .filter(|segment| segment.file == file && segment.to.is_none());
        assert_eq!(to_the_end.count(), 1);
    }
}

#[test]
fn shares_are_even() {
    let files = vec![Some(1000); 16];
    for parts in [2, 4, 5, 32] {
        let shares = shares(&files, false, parts);
        let load = |share: &Vec<Segment>| -> u64 {
            share
                .iter()
                .map(|segment| segment.to.unwrap_or(1000) + 1 - segment.from)
                .sum()
        };
        let loads: Vec<u64> = shares.iter().map(load).collect();
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(most - least <= 1000, "{parts} parts: {loads:?}");
    }
}

#[test]
fn a_chain_is_the_first_parts_alone() {
    let shares = shares(&[Some(5), Some(5)], true, 3);
    assert_eq!(
        (shares[0].len(), shares[1].len(), shares[2].len()),
        (2, 0, 0)
    );
}
