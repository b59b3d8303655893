use std::collections::BTreeSet;

use proptest::prelude::*;
use table_diff::{Action, ForeignKey, KeyAction, Table, TableKind, TableName, Unique};

use super::{OrderError, Part, Step, steps};

fn name(name: &str) -> TableName {
    TableName {
        schema: "public".into(),
        name: name.into(),
    }
}

fn table(own: &str) -> Table {
    Table {
        name: name(own),
        kind: TableKind::Table,
        columns: Vec::new(),
        primary_key: vec!["id".into()],
        uniques: Vec::new(),
        references: Vec::new(),
        referenced_by: Vec::new(),
        below: Vec::new(),
        triggers: Vec::new(),
        row_security: false,
        hidden: Vec::new(),
        rows_estimate: 0,
    }
}

fn pointing(own: &str, parents: &[&str], deferrable: bool) -> Table {
    let key = |parent: &&str| ForeignKey {
        name: format!("{own}_{parent}_fkey"),
        table: name(own),
        columns: vec![format!("{parent}_id")],
        references: name(parent),
        referenced_columns: vec!["id".into()],
        on_delete: KeyAction::Refuse,
        on_update: KeyAction::Refuse,
        deferrable,
    };
    Table {
        references: parents.iter().map(key).collect(),
        ..table(own)
    }
}

fn unique(mut table: Table) -> Table {
    table.uniques.push(Unique {
        name: "code_key".into(),
        columns: vec!["code".into()],
        deferrable: false,
        nulls_not_distinct: false,
        special: false,
    });
    table
}

/// The order as `-item +category`, where all is done to all tables.
fn order(tables: &[Table], changed: &[&[&str]]) -> Result<Vec<String>, OrderError> {
    let all = BTreeSet::from([Action::Insert, Action::Update, Action::Delete]);
    let changed: Vec<BTreeSet<String>> = (0..tables.len())
        .map(|at| {
            let columns = changed.get(at).copied().unwrap_or_default();
            columns.iter().map(|&name| name.to_owned()).collect()
        })
        .collect();
    let parts: Vec<Part<'_>> = tables
        .iter()
        .zip(&changed)
        .map(|(table, changed)| Part {
            table,
            actions: &all,
            changed,
        })
        .collect();
    let word = |step: Step| {
        let sign = match step.action {
            Action::Insert => '+',
            Action::Update => '~',
            Action::Delete => '-',
        };
        format!("{sign}{}", tables[step.part].name.name)
    };
    Ok(steps(&parts)?.into_iter().map(word).collect())
}

fn at(order: &[String], step: &str) -> usize {
    order.iter().position(|it| it == step).unwrap()
}

#[test]
fn children_are_deleted_first_and_inserted_last_wherever_they_stand_in_the_alphabet() {
    let tables = [
        pointing("a_item", &["category"], false),
        table("category"),
        pointing("price", &["a_item"], false),
    ];
    let order = order(&tables, &[]).unwrap();
    assert_eq!(
        order,
        [
            "-price",
            "-a_item",
            "-category",
            "~a_item",
            "~category",
            "~price",
            "+category",
            "+a_item",
            "+price"
        ]
    );
}

#[test]
fn rows_are_pointed_elsewhere_after_the_new_parent_came_and_before_the_old_one_goes() {
    let tables = [table("category"), pointing("item", &["category"], false)];
    let order = order(&tables, &[&[], &["category_id"]]).unwrap();
    assert!(at(&order, "+category") < at(&order, "~item"));
    assert!(at(&order, "~item") < at(&order, "-category"));
}

#[test]
fn unique_values_are_freed_first_unless_a_foreign_key_forbids_it() {
    let tables = [
        unique(table("category")),
        pointing("item", &["category"], false),
    ];
    let free = order(&tables, &[&["code"], &["price"]]).unwrap();
    assert!(at(&free, "-category") < at(&free, "~category"));
    assert!(at(&free, "~category") < at(&free, "+category"));
    let bound = order(&tables, &[&[], &["category_id"]]).unwrap();
    assert!(at(&bound, "+category") < at(&bound, "-category"));
}

#[test]
fn keys_that_may_be_the_same_to_the_table_are_freed_first_where_foreign_keys_can_wait() {
    let order_of = |deferrable| {
        let tables = [
            table("category"),
            pointing("item", &["category"], deferrable),
        ];
        order(&tables, &[&[], &["category_id"]]).unwrap()
    };
    let free = order_of(true);
    assert!(at(&free, "-category") < at(&free, "+category"), "{free:?}");
    let bound = order_of(false);
    assert!(at(&bound, "+category") < at(&bound, "-category"));
}

#[test]
fn a_table_that_points_at_itself_needs_no_order_of_its_own() {
    let tables = [pointing("staff", &["staff"], false)];
    assert_eq!(order(&tables, &[]).unwrap(), ["-staff", "~staff", "+staff"]);
    let moved = order(&tables, &[&["staff_id"]]).unwrap();
    assert_eq!(moved, ["+staff", "~staff", "-staff"]);
}

#[test]
fn a_circle_is_written_where_a_key_can_be_deferred() {
    let tables = [
        pointing("a", &["b"], true),
        pointing("b", &["a"], false),
        table("c"),
    ];
    let order = order(&tables, &[]).unwrap();
    assert_eq!(order.len(), 9);
    assert!(at(&order, "+a") < at(&order, "+b"), "{order:?}");
}

#[test]
fn a_circle_that_can_not_be_deferred_is_refused_with_the_names_of_its_keys_alone() {
    let tables = [
        pointing("a", &["b"], false),
        pointing("b", &["a"], false),
        pointing("c", &["a"], false),
    ];
    let error = order(&tables, &[]).unwrap_err();
    assert_eq!(error.keys, ["a_b_fkey of public.a", "b_a_fkey of public.b"]);
}

proptest! {
    #[test]
    fn without_circles_every_foreign_key_is_kept(pairs in proptest::collection::vec((0_usize..6, 0_usize..6), 0..12)) {
        let names = ["t0", "t1", "t2", "t3", "t4", "t5"];
        // A table points at those with a smaller number only; the alphabet runs the other way for half of them.
        let parents = |child: usize| {
            let pairs = pairs.iter().map(|&(a, b)| (a.max(b), a.min(b)));
            let mut parents: Vec<&str> = pairs.filter(|&(a, b)| a == child && b < a).map(|(_, b)| names[b]).collect();
            parents.dedup();
            parents
        };
        let mut tables: Vec<Table> = (0..6).map(|child| pointing(names[child], &parents(child), false)).collect();
        tables.rotate_left(pairs.len() % 6);
        let order = order(&tables, &[]).unwrap();
        for table in &tables {
            for key in &table.references {
                let (child, parent) = (&table.name.name, &key.references.name);
                let at = |sign: &str, name: &str| at(&order, &format!("{sign}{name}"));
                prop_assert!(at("+", parent) < at("+", child));
                prop_assert!(at("-", child) < at("-", parent));
            }
        }
    }
}
