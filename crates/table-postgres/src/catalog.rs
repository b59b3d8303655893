//! Tables as the server's catalog tells of them.

use postgres_client::Session;
use serde::Deserialize;
use table_diff::{
    Column, DatabaseError, ForeignKey, Generated, Hidden, Table, TableKind, TableName, Trigger,
    Unique,
};
use tokio_postgres::types::Type;

use crate::fault::Place;
use crate::types;

const STRUCTURES: &str = include_str!("catalog.sql");

/// A partition is read and written through its parent, and what belongs to an extension is the extension's business.
const TABLES: &str = "SELECT space.nspname::text, class.relname::text, \
        class.relkind IN ('r', 'p') AND has_schema_privilege(space.oid, 'USAGE') \
            AND has_any_column_privilege(class.oid, 'SELECT') AND NOT row_security_active(class.oid) \
    FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace \
    WHERE class.relkind IN ('r', 'p', 'v', 'm', 'f') AND class.relpersistence <> 't' AND NOT class.relispartition \
        AND space.nspname <> 'information_schema' AND space.nspname NOT LIKE 'pg\\_%' \
        AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = class.oid AND deptype = 'e') \
    ORDER BY space.nspname::text COLLATE \"C\", class.relname::text COLLATE \"C\"";

/// The names of all tables that a person may mean, and whether each can be locked by reading it.
pub(crate) async fn tables(
    session: &Session,
    place: &Place,
) -> Result<Vec<(TableName, bool)>, DatabaseError> {
    let step = || place.failed("listing the tables");
    let rows = session.query_typed(TABLES, &[]).await.map_err(step())?;
    rows.iter()
        .map(|row| {
            let name = TableName {
                schema: row.try_get(0)?,
                name: row.try_get(1)?,
            };
            Ok((name, row.try_get(2)?))
        })
        .collect::<Result<_, _>>()
        .map_err(step())
}

/// The structures of `tables`, in their order, and whether each was rebuilt since the snapshot.
pub(crate) async fn structures(
    session: &Session,
    tables: &[TableName],
    place: &Place,
) -> Result<Vec<Option<(Table, bool)>>, DatabaseError> {
    let step = "reading the tables' structures";
    let schemas: Vec<_> = tables.iter().map(|table| table.schema.as_str()).collect();
    let names: Vec<_> = tables.iter().map(|table| table.name.as_str()).collect();
    let rows = session
        .query_typed(
            STRUCTURES,
            &[(&schemas, Type::TEXT_ARRAY), (&names, Type::TEXT_ARRAY)],
        )
        .await
        .map_err(place.failed(step))?;
    let mut structures = vec![None; tables.len()];
    for row in rows {
        let (number, told): (i64, String) = row
            .try_get(0)
            .and_then(|number| Ok((number, row.try_get(1)?)))
            .map_err(place.failed(step))?;
        let found: Found =
            serde_json::from_str(&told).map_err(|error| place.strange(step, error.to_string()))?;
        let index = usize::try_from(number - 1).ok();
        let given = index.and_then(|index| tables.get(index).zip(structures.get_mut(index)));
        let Some((name, structure)) = given else {
            return Err(place.strange(step, format!("there is no table number {number}")));
        };
        *structure = Some(found.table(name.clone()));
    }
    Ok(structures)
}

/// A table as `catalog.sql` tells of it.
#[derive(Deserialize)]
struct Found {
    kind: TableKind,
    row_security: bool,
    rebuilt: bool,
    rows_estimate: u64,
    columns: Vec<FoundColumn>,
    uniques: Vec<FoundUnique>,
    references: Vec<ForeignKey>,
    referenced_by: Vec<ForeignKey>,
    below: Vec<ForeignKey>,
    hidden: Vec<Hidden>,
    triggers: Vec<FoundTrigger>,
    rules: Vec<FoundRule>,
}

#[derive(Deserialize)]
struct FoundColumn {
    name: String,
    type_name: String,
    nullable: bool,
    generated: Generated,
    collation: Option<String>,
    /// The type's own name, that of the type below where it is a domain.
    below: String,
    /// Whether it is a string's or an enum's.
    textual: bool,
    readable: bool,
}

#[derive(Deserialize)]
struct FoundUnique {
    primary: bool,
    #[serde(flatten)]
    unique: Unique,
}

#[derive(Deserialize)]
struct FoundTrigger {
    name: String,
    #[serde(rename = "type")]
    bits: i16,
}

#[derive(Deserialize)]
struct FoundRule {
    name: String,
    event: String,
}

impl Found {
    fn table(self, name: TableName) -> (Table, bool) {
        let (primary, uniques): (Vec<_>, Vec<_>) =
            self.uniques.into_iter().partition(|found| found.primary);
        let triggers = self.triggers.into_iter().map(FoundTrigger::trigger);
        let rules = self.rules.into_iter().map(FoundRule::trigger);
        let primary_key = primary.into_iter().next().map(|found| found.unique.columns);
        let table = Table {
            name,
            kind: self.kind,
            columns: self.columns.into_iter().map(FoundColumn::column).collect(),
            primary_key: primary_key.unwrap_or_default(),
            uniques: uniques.into_iter().map(|found| found.unique).collect(),
            references: self.references,
            referenced_by: self.referenced_by,
            below: self.below,
            triggers: triggers.chain(rules).collect(),
            row_security: self.row_security,
            hidden: self.hidden,
            rows_estimate: self.rows_estimate,
        };
        (table, self.rebuilt)
    }
}

impl FoundColumn {
    fn column(self) -> Column {
        Column {
            hindrance: self.hindrance(),
            key_type: types::key_type(&self.below, self.textual),
            time_type: types::time_type(&self.below),
            name: self.name,
            type_name: self.type_name,
            nullable: self.nullable,
            generated: self.generated,
            collation: self.collation,
        }
    }

    /// An oid may be that of a large object, whose bytes are in no table; and it means something within its database only.
    fn hindrance(&self) -> Option<String> {
        if matches!(self.below.as_str(), "oid" | "_oid") {
            return Some(
                "an oid points at something of its own database, such as a large object: leave the column out, or keep the \
                 bytes in a bytea"
                    .to_owned(),
            );
        }
        (!self.readable).then(|| {
            "the role may not read it: grant SELECT on it, or leave the column out".to_owned()
        })
    }
}

impl FoundTrigger {
    /// Source: PostgreSQL source, `src/include/catalog/pg_trigger.h`.
    fn trigger(self) -> Trigger {
        let bit = |number: i16| self.bits & (1 << number) != 0;
        let when = match (bit(1), bit(6)) {
            (true, _) => "BEFORE",
            (_, true) => "INSTEAD OF",
            _ => "AFTER",
        };
        let events = [(2, "INSERT"), (4, "UPDATE"), (3, "DELETE"), (5, "TRUNCATE")];
        let events: Vec<_> = events
            .into_iter()
            .filter_map(|(number, event)| bit(number).then_some(event))
            .collect();
        Trigger {
            on: format!("{when} {}", events.join(" OR ")),
            name: self.name,
        }
    }
}

impl FoundRule {
    /// A rule may write elsewhere, as a trigger may. Source: PostgreSQL documentation, `pg_rewrite`.
    fn trigger(self) -> Trigger {
        let event = match self.event.as_str() {
            "2" => "UPDATE",
            "3" => "INSERT",
            "4" => "DELETE",
            _ => "SELECT",
        };
        Trigger {
            name: self.name,
            on: format!("RULE ON {event}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trigger_s_bits_are_words() {
        let on = |bits| {
            let name = String::new();
            FoundTrigger { name, bits }.trigger().on
        };
        assert_eq!(on(0b001_0011), "BEFORE UPDATE");
        assert_eq!(on(0b000_1101), "AFTER INSERT OR DELETE");
        assert_eq!(on(0b100_0101), "INSTEAD OF INSERT");
    }
}
