//! What is there of webhooks in a program that was built without them.

use std::convert::Infallible;

use function_core::Secret;

/// Why no address is right.
pub(crate) const ADDRESS_RULE: &str =
    "this program was built without webhooks; build it with `--features webhook`";

/// There is none.
#[derive(Clone, Debug)]
pub(crate) enum Webhook {}

impl Webhook {
    /// No address makes one.
    pub(crate) fn new(_address: Secret) -> Option<Self> {
        None
    }

    /// Is never called.
    pub(crate) fn send(&self, _text: &str) -> impl Future<Output = Result<(), Infallible>> {
        match *self {}
        #[expect(unreachable_code, reason = "it gives the function its type")]
        std::future::ready(Ok(()))
    }
}
