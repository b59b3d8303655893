//! A digest of many items, whatever their order.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha256};

use crate::Item;

/// A digest of a multiset of items: the sum, modulo 2^256, of the SHA-256 of each item's canonical line.
///
/// Items may be added in any order, and digests of parts make that of the whole. An item that is there twice counts twice.
/// As text it is 64 lower-case hexadecimal digits. It finds mistakes; it is no proof against somebody who chooses the items.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    /// The least significant first.
    limbs: [u64; 4],
}

/// A text that is no digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a digest has 64 hexadecimal digits")]
pub struct DigestFault;

impl Digest {
    /// The digest of no items.
    pub fn new() -> Self {
        Self::default()
    }

    /// The digest of one item alone: equal for equal items, and for no others.
    pub fn of(item: &Item) -> Self {
        Self::from_bytes(Sha256::digest(item.canonical_line()).into())
    }

    /// Adds an item.
    pub fn add(&mut self, item: &Item) {
        self.merge(Self::of(item));
    }

    /// Adds all items of `other`.
    pub fn merge(&mut self, other: Self) {
        let mut carry = false;
        for (limb, added) in self.limbs.iter_mut().zip(other.limbs) {
            let (sum, first) = limb.overflowing_add(added);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, first || second);
        }
    }

    /// Takes out an item that was added before.
    pub fn remove(&mut self, item: &Item) {
        self.merge(Self::of(item).negated());
    }

    fn negated(self) -> Self {
        let mut negated = Self {
            limbs: self.limbs.map(|limb| !limb),
        };
        negated.merge(Self {
            limbs: [1, 0, 0, 0],
        });
        negated
    }

    fn from_bytes(bytes: [u8; 32]) -> Self {
        let mut limbs = [0; 4];
        for (limb, chunk) in limbs.iter_mut().zip(bytes.as_chunks::<8>().0.iter().rev()) {
            *limb = u64::from_be_bytes(*chunk);
        }
        Self { limbs }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.limbs
            .iter()
            .rev()
            .try_for_each(|limb| write!(formatter, "{limb:016x}"))
    }
}

impl FromStr for Digest {
    type Err = DigestFault;

    fn from_str(text: &str) -> Result<Self, DigestFault> {
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(DigestFault);
        }
        let mut limbs = [0; 4];
        for (index, limb) in limbs.iter_mut().rev().enumerate() {
            let digits = &text[16 * index..16 * (index + 1)];
            *limb = u64::from_str_radix(digits, 16).map_err(|_| DigestFault)?;
        }
        Ok(Self { limbs })
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::item::tests::any_item;

    fn digest<'a>(items: impl IntoIterator<Item = &'a Item>) -> Digest {
        let mut digest = Digest::new();
        items.into_iter().for_each(|item| digest.add(item));
        digest
    }

    #[test]
    fn the_digest_of_one_item_is_the_hash_of_its_line() {
        let item = Item::parse(br#"{"Item":{"n":{"N":"1.0"},"id":{"S":"a"}}}"#).unwrap();
        // printf '{"Item":{"id":{"S":"a"},"n":{"N":"1"}}}' | sha256sum
        let hash = "0eb00c2de3dc187507f7e5668c64eb2ea2b7f14a1bccfd206856a607d1989736";
        assert_eq!(digest([&item]).to_string(), hash);
        assert_eq!(digest([&item]), Digest::of(&item));
        assert_eq!(Digest::new().to_string(), "0".repeat(64));
    }

    #[test]
    fn a_carry_goes_through_all_limbs() {
        let mut digest: Digest = "f".repeat(64).parse().unwrap();
        digest.merge(Digest {
            limbs: [1, 0, 0, 0],
        });
        assert_eq!(digest, Digest::new());
    }

    #[test]
    fn a_text_that_is_no_digest_is_refused() {
        for text in ["", "0", &"g".repeat(64), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(text.parse::<Digest>(), Err(DigestFault));
        }
    }

    proptest! {
        #[test]
        fn order_and_parts_do_not_matter(one in any_item(), other in any_item(), third in any_item()) {
            let whole = digest([&one, &other, &third]);
            let mut parts = digest([&third]);
            parts.merge(digest([&other, &one]));
            prop_assert_eq!(whole, parts);
            parts.remove(&other);
            prop_assert_eq!(parts, digest([&one, &third]));
        }

        #[test]
        fn an_item_twice_is_not_an_item_once(item in any_item()) {
            prop_assert_ne!(digest([&item, &item]), digest([&item]));
        }

        #[test]
        fn a_digest_goes_through_json(item in any_item()) {
            let digest = digest([&item]);
            let json = serde_json::to_string(&digest).unwrap();
            prop_assert_eq!(serde_json::from_str::<Digest>(&json).unwrap(), digest);
        }
    }
}
