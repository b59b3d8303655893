//! Whether two sets of records are the same, in constant memory.

/// The ids and revisions of a set of records, folded into one number, in whatever order they come.
///
/// Two sets of records with different ids or revisions have different fingerprints, but for a
/// chance of one in 2^100 or so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub(crate) records: u64,
    sum: u128,
}

impl Fingerprint {
    /// Adds a record.
    pub(crate) fn add(&mut self, id: u64, revision: u64) {
        self.records += 1;
        let high = mix(id ^ mix(revision));
        let low = mix(high ^ id.rotate_left(32));
        self.sum = self
            .sum
            .wrapping_add(u128::from(high) << 64 | u128::from(low));
    }
}

/// Spreads a number's bits over all 64.
///
/// **Source**: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators" (2014): the mixer of `SplitMix64`.
fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(records: &[(u64, u64)]) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        for (id, revision) in records {
            fingerprint.add(*id, *revision);
        }
        fingerprint
    }

    proptest! {
        #[test]
        fn the_order_does_not_matter(mut records: Vec<(u64, u64)>) {
            let before = of(&records);
            records.reverse();
            prop_assert_eq!(of(&records), before);
        }

        #[test]
        fn every_change_shows(mut records in proptest::collection::vec((1..50_u64, 1..50_u64), 1..20), at: usize, by in 1..9_u64) {
            let before = of(&records);
            let at = at % records.len();
            records[at].1 += by;
            prop_assert_ne!(of(&records), before);
            records.remove(at);
            prop_assert_ne!(of(&records), before);
        }
    }

    #[test]
    fn swapped_revisions_show() {
        assert_ne!(of(&[(1, 2), (2, 1)]), of(&[(1, 1), (2, 2)]));
    }
}
