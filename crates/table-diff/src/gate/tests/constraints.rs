use super::*;

#[test]
fn constraints_of_a_column_that_was_left_out_are_not_compared() {
    let mut options = options();
    options.leave_out = strings(&["code", "company_id"]);
    let gate = against(
        |table| {
            table.uniques.clear();
            table.references.clear();
        },
        &options,
    );
    assert!(gate.reading.is_some(), "{:?}", gate.differences);
}

#[test]
fn constraints_are_known_by_what_they_demand_and_not_by_name() {
    let renamed = |table: &mut Table| {
        table.uniques[0].name = "u1".to_owned();
        table.references[0].name = "f1".to_owned();
    };
    assert_eq!(against(renamed, &options()).differences, []);
    let dropped = |table: &mut Table| {
        table.uniques.clear();
        table.references[0].on_delete = KeyAction::Cascade;
    };
    let gate = against(dropped, &options());
    assert_eq!(gate.reading, None);
    assert_eq!(
        words(&gate),
        [
            "only development has the unique constraint `item_code_key` (code); run the migration that adds or drops it",
            "only development has the foreign key `item_company_id_fkey` (company_id) → public.company (id); run the migration that adds or drops it",
            "only production has the foreign key `item_company_id_fkey` (company_id) → public.company (id), ON DELETE CASCADE; run the migration that adds or drops it",
        ]
    );
}

#[test]
fn a_schema_of_another_name_is_no_difference() {
    let renamed = |table: &mut Table| {
        table.name.schema = "shop".to_owned();
        table.references[0].table.schema = "shop".to_owned();
        table.references[0].references.schema = "shop".to_owned();
    };
    assert_eq!(against(renamed, &options()).differences, []);
}

#[test]
fn triggers_and_rows_that_point_here_are_told_and_do_not_block() {
    let gate = against(
        |table| {
            table.triggers.push(Trigger {
                name: "touch".to_owned(),
                on: "BEFORE UPDATE".to_owned(),
            });
            let mut key = to_company();
            key.table = name("access_log");
            key.references = name("item");
            table.referenced_by.push(key);
        },
        &options(),
    );
    assert!(gate.reading.is_some());
    assert_eq!(
        words(&gate),
        [
            "only in production rows of public.access_log point here by the foreign key `item_company_id_fkey` (company_id) → public.item (id)",
            "only production has the trigger `touch` (BEFORE UPDATE); if it changes rows that are written, nothing will be written; what it does elsewhere is neither shown nor undone",
        ]
    );
}

#[test]
fn triggers_and_rules_are_told_though_both_sides_have_them() {
    let mut table = item();
    let trigger = |name: &str, on: &str| Trigger {
        name: name.to_owned(),
        on: on.to_owned(),
    };
    table.triggers = vec![
        trigger("touch", "BEFORE INSERT OR UPDATE"),
        trigger("log", "AFTER UPDATE"),
    ];
    let gate = compare(Some(&table), Some(&table), &options());
    assert!(gate.reading.is_some());
    assert_eq!(
        words(&gate),
        [
            "both have the trigger `touch` (BEFORE INSERT OR UPDATE); if it changes rows that are written, nothing will be written; what it does elsewhere is neither shown nor undone",
            "both have the trigger `log` (AFTER UPDATE); if it changes rows that are written, nothing will be written; what it does elsewhere is neither shown nor undone",
        ]
    );
}

/// A foreign key at `column` of the item.
fn to_item(column: &str) -> ForeignKey {
    ForeignKey {
        table: name("access_log"),
        references: name("item"),
        referenced_columns: strings(&[column]),
        ..to_company()
    }
}

#[test]
fn rows_that_follow_updates_are_told_where_their_columns_can_be_updated() {
    let mut table = item();
    for column in ["id", "code"] {
        table.referenced_by.push(ForeignKey {
            on_update: KeyAction::SetNull,
            ..to_item(column)
        });
    }
    let gate = compare(Some(&table), Some(&table), &options());
    assert!(gate.reading.is_some());
    assert_eq!(
        words(&gate),
        [
            "rows of public.access_log follow where (code) changes here, by the foreign key `item_company_id_fkey` (company_id) → public.item (code), ON UPDATE SET NULL; updates that would change such rows are refused"
        ]
    );
}

#[test]
fn foreign_keys_that_are_hidden_are_told_with_their_grant_and_not_compared() {
    let gate = against(
        |table| {
            table.references.clear();
            let grant = "GRANT REFERENCES ON `shop`.* TO 'reader'@'%'".to_owned();
            table.hidden.push(Hidden::Keys { grant });
        },
        &options(),
    );
    assert!(gate.reading.is_some());
    assert_eq!(
        words(&gate),
        [
            "foreign keys of production are hidden from the role that reads, so that nobody knows what a deletion takes along, and nothing can be deleted; run GRANT REFERENCES ON `shop`.* TO 'reader'@'%'"
        ]
    );
}

#[test]
fn rows_that_a_deletion_takes_along_and_nobody_sees_block() {
    let hide = |on_delete| {
        let mut table = item();
        let key = ForeignKey {
            on_delete,
            ..to_item("id")
        };
        table.referenced_by.push(key.clone());
        let source = table.clone();
        let grant = "GRANT SELECT (company_id) ON public.access_log TO reader".to_owned();
        table.hidden.push(Hidden::Rows { key, grant });
        (
            compare(Some(&source), Some(&table), &options()),
            compare(Some(&table), Some(&source), &options()),
        )
    };
    let (of_target, of_source) = hide(KeyAction::Cascade);
    blocked_with(
        &of_target,
        "the rows of public.access_log that a deletion takes along by the foreign key `item_company_id_fkey` are hidden in production from the role that reads; run GRANT SELECT (company_id) ON public.access_log TO reader",
    );
    assert_eq!(of_source.differences, []);
    assert_eq!(hide(KeyAction::Refuse).0.differences, []);
}
