//! SHA-256 over a stream, as lower-case hexadecimal.

use sha2::Digest as _;

const HEX_DIGITS: &[u8; 16] = b"0123456789abcdef";

/// A SHA-256 that is fed piece by piece.
#[derive(Clone, Debug, Default)]
pub struct Sha256(sha2::Sha256);

impl Sha256 {
    /// The digest of nothing, so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `bytes`.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest as 64 lower-case hexadecimal characters.
    pub fn finish_hex(self) -> String {
        let mut hex = String::with_capacity(64);
        for byte in self.0.finalize() {
            let halves = [byte >> 4, byte & 0xf];
            hex.extend(halves.map(|half| char::from(HEX_DIGITS[usize::from(half)])));
        }
        hex
    }
}

/// The SHA-256 of `bytes` as 64 lower-case hexadecimal characters.
pub fn sha256_hex(bytes: &[u8]) -> String {
    let mut digest = Sha256::new();
    digest.update(bytes);
    digest.finish_hex()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_and_whole_agree() {
        let mut digest = Sha256::new();
        digest.update(b"a");
        digest.update(b"bc");
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest.finish_hex(), expected);
        assert_eq!(sha256_hex(b"abc"), expected);
    }
}
