//! Whether two servers hash alike.

use mysql_async::Value;
use table_diff::{DatabaseError, HashMethod, Reading};

use crate::cell;
use crate::kind::sample;
use crate::layout::{Layout, hash_of, list};
use crate::session::Session;

const STEP: &str = "hashing a fixed row";

/// For each of `readings` the hash of a fixed row of its types. There is no hash of values here, and the other two methods are one.
pub(crate) async fn hashes(
    session: &mut Session,
    method: HashMethod,
    readings: &[Reading],
) -> Result<Vec<Option<u64>>, DatabaseError> {
    if method == HashMethod::Values || readings.is_empty() {
        return Ok(vec![None; readings.len()]);
    }
    let hash = |reading: &Reading| match Layout::of(reading, &session.database) {
        Ok(layout) => hash_of(
            layout
                .kinds
                .iter()
                .map(|kind| (*kind, sample(*kind).to_owned())),
        ),
        Err(_) => "NULL".to_owned(),
    };
    let sql = format!("SELECT {}", list(readings.iter().map(hash)));
    let rows = session.rows(STEP, &sql, Vec::new()).await?;
    let cell = |place: usize| {
        rows.first()
            .and_then(|row| row.as_ref(place))
            .unwrap_or(&Value::NULL)
    };
    let hashes = (0..readings.len()).map(|place| cell::hash(cell(place)));
    let hashes: Result<_, _> = hashes.collect();
    hashes.map_err(|error| session.answer(STEP, error.to_string()))
}
