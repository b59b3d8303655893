//! Tokens in forms, which only this page can have made for this person and this purpose.

use std::fmt;

use aws_lc_rs::hmac::{self, HMAC_SHA256, Key};
use aws_lc_rs::rand;
use function_core::Secret;

/// Makes tokens and knows its own again.
pub(crate) struct Seal(Key);

impl Seal {
    /// By a secret that all instances of the page share; without one, by a key of this process.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub(crate) fn new(secret: Option<&Secret>) -> Result<Self, NoRandomness> {
        if let Some(secret) = secret {
            let secret = secret.expose().as_bytes();
            return Ok(Self(Key::new(HMAC_SHA256, secret)));
        }
        let mut bytes = [0; 32];
        rand::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(Self(Key::new(HMAC_SHA256, &bytes)))
    }

    /// The token with which `person` may send the form for `purpose`.
    pub(crate) fn token(&self, person: &str, purpose: &str) -> String {
        let tag = hmac::sign(&self.0, message(person, purpose).as_bytes());
        let digits = tag.as_ref().iter().map(|byte| format!("{byte:02x}"));
        digits.collect()
    }

    /// Whether `token` is that of `person` for `purpose`. It takes as long whatever is given.
    pub(crate) fn holds(&self, token: &str, person: &str, purpose: &str) -> bool {
        let tag: Option<Vec<u8>> = (0..token.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(token.get(at..at + 2)?, 16).ok())
            .collect();
        let message = message(person, purpose);
        tag.is_some_and(|tag| hmac::verify(&self.0, message.as_bytes(), &tag).is_ok())
    }
}

/// No name holds a line end, for headers can't.
fn message(person: &str, purpose: &str) -> String {
    format!("{person}\n{purpose}")
}

/// The system gives no random numbers.
#[derive(Debug, thiserror::Error)]
#[error("the system gives no random numbers to sign forms with; set PAGE_SECRET")]
pub struct NoRandomness;

impl fmt::Debug for Seal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Seal")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_of_one_person_and_one_purpose() {
        let seal = Seal::new(None).unwrap();
        let token = seal.token("hana@example.jp", "approve 1");
        assert!(seal.holds(&token, "hana@example.jp", "approve 1"));
        assert!(!seal.holds(&token, "eve@example.jp", "approve 1"));
        assert!(!seal.holds(&token, "hana@example.jp", "undo 1"));
        assert!(
            !Seal::new(None)
                .unwrap()
                .holds(&token, "hana@example.jp", "approve 1")
        );
        for forged in ["", "0", "zz", "あ", &token[2..], &format!("{token}00")] {
            assert!(
                !seal.holds(forged, "hana@example.jp", "approve 1"),
                "{forged}"
            );
        }
    }

    #[test]
    fn a_shared_secret_makes_the_same_tokens() {
        let secret = Secret::new("0123456789abcdef");
        let [one, other] = [(); 2].map(|()| Seal::new(Some(&secret)).unwrap());
        assert!(other.holds(&one.token("hana", "ticks"), "hana", "ticks"));
    }
}
