//! What of the foreign keys around tables the user does not see.
//!
//! The server tells of foreign keys to whom more than reading is allowed on the database; a right on single tables is not enough. Rows that
//! point at a table are counted only where their columns may be read.

use std::collections::BTreeSet;

use mysql_async::Value;
use table_diff::{DatabaseError, ForeignKey, Hidden, TableName};

use super::columns::is_readable;
use super::{Part, STEP, schema_of, text};
use crate::identifier::quote;
use crate::layout::list;

/// Rights on a database that show its foreign keys.
const SHOWING: [&str; 9] = [
    "ALL PRIVILEGES",
    "REFERENCES",
    "INSERT",
    "UPDATE",
    "DELETE",
    "CREATE",
    "DROP",
    "INDEX",
    "ALTER",
];

/// Adds what is hidden to the tables, whose foreign keys are there already.
pub(super) async fn add(part: &mut Part<'_>) -> Result<(), DatabaseError> {
    let unread = unread(part).await?;
    let is_told = part.tables.values().any(|it| !it.references.is_empty());
    let is_hidden = !is_told && !sees_keys(part).await?;
    if unread.is_empty() && !is_hidden {
        return Ok(());
    }
    let user = user(part).await?;
    let home = part.home.to_owned();
    let grant = format!("GRANT REFERENCES ON {}.* TO {user}", pattern(part.schema));
    for table in part.tables.values_mut() {
        let rows = unread.iter().filter(|(key, _)| {
            let mut keys = table.referenced_by.iter().chain(&table.below);
            keys.any(|it| it == key)
        });
        let rows: Vec<_> = rows
            .map(|(key, columns)| Hidden::Rows {
                grant: grants_on(&home, columns, &user),
                key: key.clone(),
            })
            .collect();
        table.hidden.extend(rows);
        if is_hidden {
            let grant = grant.clone();
            table.hidden.push(Hidden::Keys { grant });
        }
    }
    Ok(())
}

/// Columns of a table.
type Columns = (TableName, Vec<String>);

/// The foreign keys at the tables, and below them, that can't be followed, each with the columns on its way that may not be read.
async fn unread(part: &mut Part<'_>) -> Result<Vec<(ForeignKey, Vec<Columns>)>, DatabaseError> {
    let mut keys: Vec<ForeignKey> = Vec::new();
    for table in part.tables.values() {
        for key in table.referenced_by.iter().chain(&table.below) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let home = part.home;
    let tables = || keys.iter().flat_map(|it| [&it.table, &it.references]);
    let schemas: BTreeSet<String> = tables().map(|it| schema_of(home, it)).collect();
    let names: BTreeSet<String> = tables().map(|it| it.name.clone()).collect();
    let places = |count: usize| list(vec!["?".to_owned(); count]);
    let sql = format!(
        "SELECT table_schema, table_name, column_name, privileges FROM information_schema.columns \
         WHERE table_schema IN ({}) AND table_name IN ({})",
        places(schemas.len()),
        places(names.len())
    );
    let bound = schemas.iter().chain(&names).map(Value::from).collect();
    let rows = part.session.rows(STEP, &sql, bound).await?;
    let readable = rows.iter().filter(|row| is_readable(&text(row, 3)));
    let readable: BTreeSet<_> = readable
        .map(|row| (text(row, 0), text(row, 1), text(row, 2)))
        .collect();
    let is_unread = |(table, columns): &Columns| {
        let place = |column: &String| (schema_of(home, table), table.name.clone(), column.clone());
        columns.iter().any(|it| !readable.contains(&place(it)))
    };
    let keys = keys.into_iter().map(|key| {
        let own = (key.table.clone(), key.columns.clone());
        let other = (key.references.clone(), key.referenced_columns.clone());
        let unread: Vec<_> = [own, other].into_iter().filter(is_unread).collect();
        (key, unread)
    });
    Ok(keys.filter(|(_, unread)| !unread.is_empty()).collect())
}

/// Whether a right on the whole database shows its foreign keys.
async fn sees_keys(part: &mut Part<'_>) -> Result<bool, DatabaseError> {
    let grants = part.session.rows(STEP, "SHOW GRANTS", Vec::new()).await?;
    for row in &grants {
        let Some(database) = shown_by(&text(row, 0)) else {
            continue;
        };
        let bound = vec![Value::from(part.schema), Value::from(&database)];
        let alike = part.session.rows(STEP, "SELECT ? LIKE ?", bound).await?;
        if alike.first().is_some_and(|row| text(row, 0) == "1") {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The pattern of the databases whose foreign keys a line of `SHOW GRANTS` shows.
fn shown_by(line: &str) -> Option<String> {
    let (rights, rest) = line.strip_prefix("GRANT ")?.split_once(" ON ")?;
    let (place, _) = rest.split_once(".* TO ")?;
    let shows = rights.split(", ").any(|right| SHOWING.contains(&right));
    shows.then(|| match place {
        "*" => "%".to_owned(),
        name => name.trim_matches('`').replace("``", "`"),
    })
}

/// The user, as statements name it.
async fn user(part: &mut Part<'_>) -> Result<String, DatabaseError> {
    let sql = "SELECT CONCAT(QUOTE(LEFT(CURRENT_USER(), CHAR_LENGTH(CURRENT_USER()) - CHAR_LENGTH(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)) - 1)), \
               '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))";
    let rows = part.session.rows(STEP, sql, Vec::new()).await?;
    Ok(rows.first().map(|row| text(row, 0)).unwrap_or_default())
}

/// Only where a database as a whole is granted, `_` and `%` would stand for other characters.
fn pattern(schema: &str) -> String {
    quote(&schema.replace('_', "\\_").replace('%', "\\%"))
}

fn grants_on(home: &str, columns: &[Columns], user: &str) -> String {
    let grants = columns.iter().map(|(table, columns)| {
        format!(
            "GRANT SELECT ({}) ON {}.{} TO {user}",
            list(columns.iter().map(|name| quote(name))),
            quote(&schema_of(home, table)),
            quote(&table.name)
        )
    });
    grants.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_on_a_whole_database_shows_its_foreign_keys() {
        let all = "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION";
        assert_eq!(shown_by(all).as_deref(), Some("%"));
        let one = r"GRANT SELECT, REFERENCES ON `sh\_op`.* TO `b`@`%`";
        assert_eq!(shown_by(one).as_deref(), Some(r"sh\_op"));
        for none in [
            "GRANT USAGE ON *.* TO `a`@`%`",
            "GRANT SELECT ON `shop`.* TO `a`@`%`",
            "GRANT SELECT, REFERENCES ON `shop`.`item` TO `a`@`%`",
            "GRANT `r` TO `d`@`%`",
        ] {
            assert_eq!(shown_by(none), None, "{none}");
        }
    }
}
