//! Why an object could not be read or written.

use std::error::Error;

use function_core::Retryable;

/// Why an object could not be read or written. Each names the object's whole address.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address is not one of a store.
    #[error("`{address}` is not the address of a store: {rule}")]
    Address {
        /// What was given.
        address: String,
        /// What a right address looks like.
        rule: String,
    },
    /// The key is not one that every store can hold.
    #[error("`{key}` can't be an object's key: {rule}")]
    Key {
        /// The whole key.
        key: String,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// There is no such object.
    #[error("{object} does not exist")]
    NotFound {
        /// The object's address.
        object: String,
    },
    /// The object is not in the state that the write demanded: somebody else wrote it.
    #[error("{object} was written by somebody else meanwhile")]
    Precondition {
        /// The object's address.
        object: String,
    },
    /// The service refused: no right, no bucket, no room.
    #[error("{operation} {object} was refused; {repair}")]
    Refused {
        /// What was tried: `opening`, `reading`, `writing`, `listing`, `deleting`.
        operation: &'static str,
        /// The object's address.
        object: String,
        /// What to do about it.
        repair: String,
        /// The service's own words.
        source: Box<dyn Error + Send + Sync>,
    },
    /// What arrived is not what was sent.
    #[error("{object} was stored with the wrong content: {detail}")]
    Corrupt {
        /// The object's address.
        object: String,
        /// The two sizes or checksums.
        detail: String,
    },
    /// A passing fault: a timeout, a throttle, a cut line, an overloaded service.
    #[error("{operation} {object} was interrupted")]
    Interrupted {
        /// What was tried: `opening`, `reading`, `writing`, `listing`, `deleting`.
        operation: &'static str,
        /// The object's address.
        object: String,
        /// The service's own words.
        source: Box<dyn Error + Send + Sync>,
    },
}

impl Retryable for StoreError {
    fn is_retryable(&self) -> bool {
        match self {
            // Another writer won; the next trigger finds what it wrote.
            Self::Precondition { .. } | Self::Corrupt { .. } | Self::Interrupted { .. } => true,
            Self::Address { .. }
            | Self::Key { .. }
            | Self::NotFound { .. }
            | Self::Refused { .. } => false,
        }
    }
}
