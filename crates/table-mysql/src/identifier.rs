//! Names in SQL.

use table_diff::TableName;

/// `name` as an identifier, whichever characters it holds.
pub(crate) fn quote(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// The table as statements name it. One without schema is of the database that the address names.
pub(crate) fn quote_table(table: &TableName) -> String {
    let name = quote(&table.name);
    if table.schema.is_empty() {
        name
    } else {
        format!("{}.{name}", quote(&table.schema))
    }
}

/// `column` of the table that a statement calls `alias`.
pub(crate) fn column(alias: &str, column: &str) -> String {
    format!("{alias}.{}", quote(column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_hold_any_character() {
        assert_eq!(quote("we`ird\"日本語"), "`we``ird\"日本語`");
    }

    #[test]
    fn a_table_of_the_addressed_database_has_no_schema() {
        let table = |schema: &str| TableName {
            schema: schema.to_owned(),
            name: "item".to_owned(),
        };
        assert_eq!(quote_table(&table("")), "`item`");
        assert_eq!(quote_table(&table("shop")), "`shop`.`item`");
    }
}
