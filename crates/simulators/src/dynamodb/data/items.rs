//! The items that a table holds now.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::key::Place;
use super::size::item_bytes;

/// An item with its size as stored, and when it was written.
#[derive(Clone, Debug)]
pub(in crate::dynamodb) struct Kept {
    pub(in crate::dynamodb) item: Arc<Value>,
    pub(in crate::dynamodb) bytes: usize,
    pub(super) written: Timestamp,
}

/// Items by their places.
#[derive(Clone, Debug, Default)]
pub(in crate::dynamodb) struct Items(BTreeMap<Place, Kept>);

impl Items {
    pub(in crate::dynamodb) fn put(&mut self, place: Place, item: Arc<Value>, written: Timestamp) {
        let bytes = item.as_object().map_or(0, item_bytes);
        let kept = Kept {
            item,
            bytes,
            written,
        };
        self.0.insert(place, kept);
    }

    pub(in crate::dynamodb) fn remove(&mut self, place: &Place) {
        self.0.remove(place);
    }

    pub(super) fn get(&self, place: &Place) -> Option<&Kept> {
        self.0.get(place)
    }

    /// All items in the order of a scan, from the first one after a place on.
    pub(in crate::dynamodb) fn after(
        &self,
        place: Option<Place>,
    ) -> impl Iterator<Item = (&Place, &Kept)> {
        let from = place.map_or(Bound::Unbounded, Bound::Excluded);
        self.0.range((from, Bound::Unbounded))
    }
}
