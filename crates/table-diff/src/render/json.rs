//! A plan as one JSON document, with the names of the columns beside their cells.

use serde_json::{Map, Value, json};

use super::out::Out;
use crate::plan::{PlanError, PlanReader, PlanRow, Sink};
use crate::{Reading, ShownCell};

/// Writes the plan as one JSON document: `{"plan":…,"tables":[{"table":…,"end":…,"rows":[…]}],"digest":…}`. Rows of both sides have
/// `changed`, by the column's name; those of one side have `values`.
///
/// # Errors
/// The plan can't be read, or the sink takes nothing.
pub async fn json<S: Sink>(plan: &PlanReader, rows_max: u64, sink: S) -> Result<S, PlanError> {
    let summary = plan.summary();
    let mut out = Out::new(sink);
    out.push(&format!("{{\"plan\":{},\"tables\":[", json!(summary.plan)));
    for (number, table) in summary.tables.iter().enumerate() {
        if number > 0 {
            out.push(",");
        }
        out.push(&format!(
            "\n{{\"table\":{},\"end\":{},\"rows\":[",
            json!(table.table),
            json!(table.end)
        ));
        let mut blocks = plan.first(number, rows_max);
        let mut separator = "\n";
        while let (Some(reading), Some(rows)) = (&table.table.reading, blocks.next().await?) {
            for row in &rows {
                out.push(&format!("{separator}{}", row_json(reading, row)));
                separator = ",\n";
                out.drain().await?;
            }
        }
        out.push("]}");
    }
    out.push(&format!("],\"digest\":{}}}\n", json!(summary.digest)));
    out.finish().await
}

fn row_json(reading: &Reading, row: &PlanRow) -> Value {
    let column = |number: usize| {
        let name = reading.columns.get(number).map(|(name, _)| name.clone());
        name.unwrap_or_default()
    };
    let mut object = Map::new();
    object.insert("n".to_owned(), json!(row.n));
    object.insert("class".to_owned(), json!(row.class));
    let key = reading.key.iter().zip(&row.key);
    let key = key.map(|((name, _), value)| (name.clone(), json!(value)));
    object.insert("key".to_owned(), key.collect::<Map<_, _>>().into());
    object.insert("source".to_owned(), json!(row.source));
    object.insert("target".to_owned(), json!(row.target));
    if row.values.is_empty() {
        let changed = row.changed.iter().map(|change| {
            let cells = json!({"source": change.source, "target": change.target});
            (column(change.column), cells)
        });
        object.insert("changed".to_owned(), changed.collect::<Map<_, _>>().into());
    } else {
        let values = row.values.iter().enumerate();
        let values =
            values.map(|(number, cell): (usize, &ShownCell)| (column(number), json!(cell)));
        object.insert("values".to_owned(), values.collect::<Map<_, _>>().into());
    }
    object.into()
}
