//! Records dealt out to the bulks that they may be of.

/// Which of `records` new records, in the order of their ids, are of which bulk: for each bulk the places of its records, or
/// nothing where it surely was not written. `None` when that can't be told.
///
/// A bulk is written whole or not at all, its records in their order. Bulks that were under way at the same time may
/// stand in any order. Usually one follows the other; if that does not fit, their records may be mixed, and records
/// of others may stand between them.
pub(crate) fn deal(
    lengths: &[usize],
    records: usize,
    is_same: &dyn Fn(usize, usize, usize) -> bool,
) -> Option<Vec<Option<Vec<usize>>>> {
    let mut dealt = vec![None; lengths.len()];
    if one_after_the_other(lengths, 0, records, is_same, &mut dealt) {
        return Some(dealt);
    }
    mixed(lengths, records, is_same)
}

/// Tries every order of the bulks, which are few.
fn one_after_the_other(
    lengths: &[usize],
    from: usize,
    records: usize,
    is_same: &dyn Fn(usize, usize, usize) -> bool,
    dealt: &mut [Option<Vec<usize>>],
) -> bool {
    if from == records {
        return true;
    }
    for (bulk, length) in lengths.iter().enumerate() {
        let fits = dealt[bulk].is_none()
            && from + length <= records
            && (0..*length).all(|at| is_same(bulk, at, from + at));
        if !fits {
            continue;
        }
        dealt[bulk] = Some((from..from + length).collect());
        if one_after_the_other(lengths, from + length, records, is_same, dealt) {
            return true;
        }
        dealt[bulk] = None;
    }
    false
}

/// Gives each record to the bulk that is being filled, else to the first that it fits, else to nobody.
fn mixed(
    lengths: &[usize],
    records: usize,
    is_same: &dyn Fn(usize, usize, usize) -> bool,
) -> Option<Vec<Option<Vec<usize>>>> {
    let mut dealt: Vec<Vec<usize>> = vec![Vec::new(); lengths.len()];
    let (mut current, mut strangers) = (0, 0);
    for record in 0..records {
        let others = (0..lengths.len()).filter(|bulk| *bulk != current);
        let mut bulks = std::iter::once(current).chain(others);
        let taker = bulks.find(|bulk| {
            let at = dealt[*bulk].len();
            at < lengths[*bulk] && is_same(*bulk, at, record)
        });
        let Some(taker) = taker else {
            strangers += 1;
            continue;
        };
        dealt[taker].push(record);
        current = taker;
    }
    // As many strangers as a bulk has records may be that bulk, with values that Kintone has changed.
    let is_sure = |(places, length): (&Vec<usize>, &usize)| match places.len() {
        0 => strangers < *length,
        found => found == *length,
    };
    if !dealt.iter().zip(lengths).all(is_sure) {
        return None;
    }
    let dealt = dealt.into_iter();
    Some(
        dealt
            .map(|places| (!places.is_empty()).then_some(places))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deals `found` out to `bulks`; gives how many records each got.
    fn dealt(bulks: &[&str], found: &str) -> Option<Vec<usize>> {
        let lengths: Vec<_> = bulks.iter().map(|bulk| bulk.len()).collect();
        let is_same = |bulk: usize, at: usize, record: usize| {
            bulks[bulk].as_bytes()[at] == found.as_bytes()[record]
        };
        let dealt = deal(&lengths, found.len(), &is_same)?;
        Some(
            dealt
                .into_iter()
                .map(|places| places.map_or(0, |places| places.len()))
                .collect(),
        )
    }

    #[test]
    fn bulks_are_found_in_any_order_or_not_at_all() {
        let bulks = ["abc", "def", "gh"];
        assert_eq!(dealt(&bulks, ""), Some(vec![0, 0, 0]));
        assert_eq!(dealt(&bulks, "abcdefgh"), Some(vec![3, 3, 2]));
        assert_eq!(dealt(&bulks, "ghdef"), Some(vec![0, 3, 2]));
        assert_eq!(dealt(&bulks, "defabc"), Some(vec![3, 3, 0]));
    }

    #[test]
    fn records_of_several_bulks_may_be_mixed() {
        assert_eq!(dealt(&["abc", "def"], "adbecf"), Some(vec![3, 3]));
        assert_eq!(
            dealt(&["abc", "def", "gh"], "dagbchef"),
            Some(vec![3, 3, 2])
        );
    }

    #[test]
    fn bulks_that_begin_alike_are_told_apart_by_their_ends() {
        assert_eq!(dealt(&["xxy", "xxz"], "xxz"), Some(vec![0, 3]));
        assert_eq!(dealt(&["xx", "xx"], "xx"), Some(vec![2, 0]));
        assert_eq!(dealt(&["xx", "xx"], "xxxx"), Some(vec![2, 2]));
    }

    #[test]
    fn strangers_may_stand_between_them() {
        assert_eq!(dealt(&["abc", "def"], "xabcx"), Some(vec![3, 0]));
        assert_eq!(dealt(&["abc", "def"], "abxcdyef"), Some(vec![3, 3]));
        assert_eq!(dealt(&["abc", "def"], "xy"), Some(vec![0, 0]));
    }

    #[test]
    fn a_part_of_a_bulk_or_as_many_strangers_is_no_deal() {
        for found in ["ab", "abcd", "abxd", "a", "xyz", "abcxyz"] {
            assert_eq!(dealt(&["abc", "def"], found), None, "{found}");
        }
    }
}
