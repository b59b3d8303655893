//! The commands that are short.

pub(crate) mod baseline;
pub(crate) mod describe;
pub(crate) mod hash;
pub(crate) mod lint;
pub(crate) mod migrate;
pub(crate) mod repair;
pub(crate) mod status;
