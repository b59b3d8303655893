//! Items written and read: everything about a table but its exports.

mod attribute;
mod batch_get;
mod batch_write;
mod capacity;
mod condition;
mod create;
mod evaluate;
mod get;
mod items;
mod key;
mod number;
mod projection;
mod put;
mod scan;
mod sink;
mod size;
mod token;
mod traffic;
mod trouble;
mod write;

pub use attribute::canonical;
pub(super) use attribute::tidy;
pub(super) use batch_get::batch_get;
pub(super) use batch_write::batch_write;
pub(super) use create::{create, delete};
pub(super) use get::get;
pub(super) use items::Items;
pub(super) use key::Place;
pub(super) use put::{delete_item, put};
pub(super) use scan::scan;
pub(super) use sink::{Sink, is_too_large};
pub(super) use size::item_bytes;
pub(super) use traffic::Traffic;
pub use traffic::{Tally, Write};
pub use trouble::Trouble;
