mod constraints;
mod key;
mod time;

use super::*;
use crate::{
    ForeignKey, Generated, Hidden, KeyAction, KeyType, Language, TableName, TimeType, Trigger,
    Unique,
};

fn name(table: &str) -> TableName {
    TableName {
        schema: "public".to_owned(),
        name: table.to_owned(),
    }
}

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

fn a_column(name: &str, type_name: &str) -> Column {
    Column {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        nullable: false,
        generated: Generated::No,
        collation: None,
        key_type: match type_name {
            "bigint" => Some(KeyType::Integer),
            "text" => Some(KeyType::Text),
            _ => None,
        },
        time_type: (type_name == "timestamptz").then_some(TimeType::Moment),
        hindrance: None,
    }
}

fn unique(columns: &[&str]) -> Unique {
    Unique {
        name: format!("item_{}_key", columns.join("_")),
        columns: strings(columns),
        deferrable: false,
        nulls_not_distinct: false,
        special: false,
    }
}

fn to_company() -> ForeignKey {
    ForeignKey {
        name: "item_company_id_fkey".to_owned(),
        table: name("item"),
        columns: strings(&["company_id"]),
        references: name("company"),
        referenced_columns: strings(&["id"]),
        on_delete: KeyAction::Refuse,
        on_update: KeyAction::Refuse,
        deferrable: false,
    }
}

fn item() -> Table {
    Table {
        name: name("item"),
        kind: TableKind::Table,
        columns: vec![
            a_column("id", "bigint"),
            a_column("code", "text"),
            a_column("company_id", "bigint"),
            a_column("price", "numeric(12,2)"),
            a_column("updated_at", "timestamptz"),
        ],
        primary_key: strings(&["id"]),
        uniques: vec![unique(&["code"])],
        references: vec![to_company()],
        referenced_by: Vec::new(),
        below: Vec::new(),
        triggers: Vec::new(),
        row_security: false,
        hidden: Vec::new(),
        rows_estimate: 1000,
    }
}

fn column_mut<'a>(table: &'a mut Table, name: &str) -> &'a mut Column {
    table
        .columns
        .iter_mut()
        .find(|column| column.name == name)
        .unwrap()
}

/// What is done to a table.
type Change = fn(&mut Table);

fn options() -> GateOptions {
    GateOptions::new(Compare::Content, HashMethod::Values)
}

/// What the gate says where the target alone was changed.
fn against(change: impl FnOnce(&mut Table), options: &GateOptions) -> Gate {
    let mut target = item();
    change(&mut target);
    compare(Some(&item()), Some(&target), options)
}

fn words(gate: &Gate) -> Vec<String> {
    let names = Sides {
        source: "development".to_owned(),
        target: "production".to_owned(),
    };
    let differences = gate.differences.iter();
    differences
        .map(|difference| difference.words(Language::En, &names))
        .collect()
}

fn blocked_with(gate: &Gate, expected: &str) {
    assert_eq!(gate.reading, None, "{expected}");
    assert_eq!(words(gate), [expected]);
}

#[test]
fn equal_structures_are_read_by_primary_key_and_time() {
    let gate = against(|table| table.rows_estimate = 5, &options());
    let reading = gate.reading.unwrap();
    assert_eq!(gate.differences, []);
    assert_eq!(reading.key, [("id".to_owned(), KeyType::Integer)]);
    assert_eq!(
        reading.time,
        Some(("updated_at".to_owned(), TimeType::Moment))
    );
    assert_eq!(reading.columns.len(), 5);
}

#[test]
fn each_difference_of_a_column_blocks_and_names_its_repair() {
    let missing = |table: &mut Table| table.columns.retain(|column| column.name != "price");
    blocked_with(
        &against(missing, &options()),
        "column `price` (numeric(12,2)) is missing in production; run the migration that adds it, or name it in LEAVE_OUT",
    );
    let kind =
        |table: &mut Table| column_mut(table, "price").type_name = "numeric(10,2)".to_owned();
    blocked_with(
        &against(kind, &options()),
        "column `price` is numeric(12,2) in development and numeric(10,2) in production; run the migration that changes it, or name it in LEAVE_OUT",
    );
    let nullable = |table: &mut Table| column_mut(table, "price").nullable = true;
    blocked_with(
        &against(nullable, &options()),
        "column `price` may be NULL only in production; run the migration that changes it, or name it in LEAVE_OUT",
    );
    let computed = |table: &mut Table| column_mut(table, "price").generated = Generated::Computed;
    blocked_with(
        &against(computed, &options()),
        "column `price` is an ordinary column in development and computed in production; run the migration that changes it, or name it in LEAVE_OUT",
    );
    let large = |table: &mut Table| {
        column_mut(table, "price").hindrance = Some("it points at large objects".to_owned());
    };
    blocked_with(
        &against(large, &options()),
        "column `price` can't be compared in production: it points at large objects; name it in LEAVE_OUT",
    );
}

#[test]
fn a_column_that_was_left_out_by_name_blocks_nothing() {
    let mut options = options();
    options.leave_out = strings(&["price", "colour"]);
    let gate = against(
        |table| table.columns.retain(|column| column.name != "price"),
        &options,
    );
    let columns = gate.reading.as_ref().unwrap().columns.iter();
    assert!(columns.clone().all(|(name, _)| name != "price"));
    assert_eq!(
        words(&gate),
        [
            "column `price` is left out, as LEAVE_OUT wants",
            "LEAVE_OUT names the column `colour`, which neither side has; take it out there"
        ]
    );
}

#[test]
fn a_missing_table_blocks() {
    let gate = compare(Some(&item()), None, &options());
    blocked_with(
        &gate,
        "the table is missing in production, or may not be read there; run the migration that makes it, or grant SELECT",
    );
    assert_eq!(compare(None, None, &options()).differences.len(), 2);
}

#[test]
fn what_is_no_plain_table_blocks() {
    for kind in [
        TableKind::View,
        TableKind::Foreign,
        TableKind::Inherited,
        TableKind::NotTransactional,
    ] {
        let gate = against(|table| table.kind = kind, &options());
        assert_eq!(gate.reading, None);
        assert_eq!(
            gate.differences,
            [StructureDifference::Kind {
                side: Side::Target,
                kind
            }]
        );
    }
    let gate = against(|table| table.kind = TableKind::Partitioned, &options());
    assert!(gate.reading.is_some());
    let gate = against(|table| table.row_security = true, &options());
    assert_eq!(gate.reading, None);
}

#[test]
fn computed_columns_are_not_compared() {
    let mut table = item();
    column_mut(&mut table, "price").generated = Generated::Computed;
    let reading = compare(Some(&table), Some(&table), &options())
        .reading
        .unwrap();
    assert!(reading.columns.iter().all(|(name, _)| name != "price"));
}

#[test]
fn what_blocks_comes_first() {
    let gate = against(
        |table| {
            column_mut(table, "code").collation = Some("C".to_owned());
            column_mut(table, "price").nullable = true;
        },
        &options(),
    );
    let blocks: Vec<_> = gate
        .differences
        .iter()
        .map(StructureDifference::blocks)
        .collect();
    assert_eq!(blocks, [true, false]);
}
