//! Rows that exchange values of a unique index: the server checks it row by row, so that they are moved aside first.

use table_diff::{Action, DatabaseError, Table, Unique};

use super::Staged;
use super::stage::{NUMBER, staged_column, staged_for};
use crate::identifier::column;
use crate::kind::Kind;

impl Staged<'_> {
    /// Gives each staged row whose unique values change a value that no row has. `false` where there is no unique index but the key.
    pub(super) async fn move_aside(&mut self, table: &Table) -> Result<bool, DatabaseError> {
        let is_written = |name: &String| self.place_of(name).is_some();
        let uniques = table.uniques.iter();
        let uniques = uniques.filter(|it| !it.special && it.columns.iter().any(is_written));
        let uniques: Vec<_> = uniques.collect();
        for unique in &uniques {
            self.free_values(table, unique).await?;
        }
        Ok(!uniques.is_empty())
    }

    async fn free_values(&mut self, table: &Table, unique: &Unique) -> Result<(), DatabaseError> {
        let step = format!(
            "moving rows of {} aside that exchange values of the unique index {}; if they can't be, exchange them in two steps",
            table.name, unique.name
        );
        let Some((name, value)) = self.movable(table, unique) else {
            return Err(DatabaseError::Refused {
                table: table.name.to_string(),
                database: self.session.database.to_string(),
                rule: format!(
                    "rows exchange values of the unique index {}, and none of its columns can hold another value meanwhile; exchange them in two steps",
                    unique.name
                ),
            });
        };
        let columns = unique
            .columns
            .iter()
            .filter(|name| self.place_of(name).is_some());
        let same = columns.map(|name| format!("{} <=> {}", column("t", name), staged_column(name)));
        let same: Vec<_> = same.collect();
        let sql = format!(
            "UPDATE {} s STRAIGHT_JOIN {} t ON {} CROSS JOIN (SELECT MIN({name}) AS least, MAX({name}) AS most FROM {} e) e \
             SET {} = {value} WHERE {} AND NOT ({})",
            self.stage.name,
            self.layout.table(),
            self.layout.same_key("t", "s"),
            self.layout.table(),
            column("t", &name),
            staged_for(Action::Update),
            same.join(" AND "),
            name = column("e", &name),
        );
        let moved = self.for_all(&sql).await;
        moved.map_err(|error| self.session.fault(&step, error))?;
        Ok(())
    }

    /// A column of the index that can be given another value, and that value: NULL if may be, else one beyond all that there are.
    fn movable(&self, table: &Table, unique: &Unique) -> Option<(String, String)> {
        let columns = || {
            let columns = table.columns.iter();
            columns
                .filter(|it| unique.columns.contains(&it.name) && self.place_of(&it.name).is_some())
        };
        let is_key = |name: &String| self.layout.reading.key.iter().any(|(key, _)| key == name);
        if let Some(column) = columns().find(|it| it.nullable && !is_key(&it.name)) {
            return Some((column.name.clone(), "NULL".to_owned()));
        }
        let points = |name: &String| {
            table
                .references
                .iter()
                .any(|key| key.columns.contains(name))
        };
        let free = columns().filter(|it| !is_key(&it.name) && !points(&it.name));
        let mut free = free.filter_map(|column| {
            let place = self.place_of(&column.name)?;
            let value = beyond(*self.layout.kinds.get(place)?)?;
            Some((column.name.clone(), value))
        });
        free.next()
    }

    fn place_of(&self, name: &String) -> Option<usize> {
        let mut columns = self.layout.reading.columns.iter();
        columns.position(|(column, _)| column == name)
    }
}

/// A value for the staged row that no row of the table has: `e.least` and `e.most` are the ends of what there is.
fn beyond(kind: Kind) -> Option<String> {
    match kind {
        Kind::Integer | Kind::Decimal | Kind::Float | Kind::Double => {
            Some(format!("LEAST(e.least, 0) - CAST({NUMBER} AS SIGNED)"))
        }
        Kind::Unsigned => Some(format!("e.most + {NUMBER}")),
        // A control character is the beginning of no text that people wrote.
        Kind::Text | Kind::Encoded | Kind::Bytes => {
            Some(format!("CONCAT(CHAR(1), CONV({NUMBER}, 10, 36))"))
        }
        Kind::Date => Some(format!("e.least - INTERVAL {NUMBER} DAY")),
        Kind::DateTime => Some(format!("e.least - INTERVAL {NUMBER} SECOND")),
        _ => None,
    }
}
