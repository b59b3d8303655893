//! The two ends of a comparison.

use serde::{Deserialize, Serialize};

/// One of the two ends of a comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Where rows come from.
    Source,
    /// Where rows go to.
    Target,
}

/// Something of both ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sides<T> {
    /// Of where rows come from.
    pub source: T,
    /// Of where rows go to.
    pub target: T,
}

impl<T> Sides<T> {
    /// What is of `side`.
    pub fn of(&self, side: Side) -> &T {
        match side {
            Side::Source => &self.source,
            Side::Target => &self.target,
        }
    }

    /// Both, each made into something else.
    pub fn map<U>(self, mut make: impl FnMut(T) -> U) -> Sides<U> {
        Sides {
            source: make(self.source),
            target: make(self.target),
        }
    }
}
