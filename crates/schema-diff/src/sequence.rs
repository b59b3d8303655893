//! Sequences, and the numbers behind identity columns.

use postgres_client::quote_identifier;
use schema_catalog::{Catalog, QualifiedName, Sequence};

use crate::name::{literal, shown};
use crate::plan::Plan;
use crate::{comment, data_type, identity};

/// The statements that make `sequence`; without its owner, who may not be there yet.
pub(crate) fn make(name: &QualifiedName, sequence: &Sequence) -> Vec<String> {
    let quoted = name.quoted();
    let mut words = vec![format!("CREATE SEQUENCE {quoted}")];
    if sequence.data_type != "bigint" {
        words.push(format!("AS {}", sequence.data_type));
    }
    words.extend(unusual(sequence));
    let mut statements = vec![words.join(" ")];
    statements.extend(comment::made(
        "SEQUENCE",
        &quoted,
        sequence.comment.as_ref(),
    ));
    statements
}

/// The sequences that go when the column, or any column of the table, goes.
pub(crate) fn owned<'a>(
    catalog: &'a Catalog,
    table: &QualifiedName,
    column: Option<&str>,
) -> Vec<(&'a QualifiedName, &'a Sequence)> {
    catalog
        .sequences
        .iter()
        .filter(|(_, sequence)| {
            sequence.owner.as_ref().is_some_and(|(owner, owning)| {
                owner == table && column.is_none_or(|column| column == owning)
            })
        })
        .collect()
}

/// The statement that gives the sequence to its owner, or to nobody.
pub(crate) fn own(name: &QualifiedName, owner: Option<&(QualifiedName, String)>) -> String {
    let owner = owner.map_or_else(
        || "NONE".to_owned(),
        |(table, column)| format!("{}.{}", table.quoted(), quote_identifier(column)),
    );
    format!("ALTER SEQUENCE {} OWNED BY {owner}", name.quoted())
}

/// The statement that lets a sequence made anew go on after the numbers in the column that owns it; `None` where that
/// column has no numbers.
pub(crate) fn go_on(
    catalog: &Catalog,
    name: &QualifiedName,
    sequence: &Sequence,
    table: &QualifiedName,
    column: &str,
) -> Option<String> {
    let data_type = &catalog.tables.get(table)?.columns.get(column)?.data_type;
    let named = format!("{}::pg_catalog.regclass", literal(&name.quoted()));
    data_type::are_integers(data_type, data_type)
        .then(|| identity::continue_after(&named, &table.quoted(), column, sequence))
}

/// The statements that make `before` what `after` is, owner and comment excepted.
pub(crate) fn alter(name: &QualifiedName, before: &Sequence, after: &Sequence) -> Vec<String> {
    let quoted = name.quoted();
    let mut statements = Vec::new();
    let mut changes = changes(before, after);
    if after.minimum > before.maximum || after.maximum < before.minimum {
        changes.push("RESTART".to_owned());
    } else if narrows(before, after) {
        // The server refuses bounds that the position is not between.
        statements.push(format!(
            "SELECT pg_catalog.setval({}, LEAST(GREATEST(last_value, {}), {}), is_called) FROM {quoted}",
            literal(&quoted),
            after.minimum,
            after.maximum
        ));
    }
    if !changes.is_empty() {
        statements.push(format!("ALTER SEQUENCE {quoted} {}", changes.join(" ")));
    }
    statements
}

/// Whether a position of `before` may be none of `after`.
pub(crate) fn narrows(before: &Sequence, after: &Sequence) -> bool {
    after.minimum > before.minimum || after.maximum < before.maximum
}

/// The clauses that tell `before` from `after`, such as `INCREMENT BY 2`.
pub(crate) fn changes(before: &Sequence, after: &Sequence) -> Vec<String> {
    let mut clauses = Vec::new();
    let is_other_type = before.data_type != after.data_type;
    if is_other_type {
        clauses.push(format!("AS {}", after.data_type));
    }
    if before.increment != after.increment {
        clauses.push(format!("INCREMENT BY {}", after.increment));
    }
    if is_other_type || before.minimum != after.minimum {
        clauses.push(format!("MINVALUE {}", after.minimum));
    }
    if is_other_type || before.maximum != after.maximum {
        clauses.push(format!("MAXVALUE {}", after.maximum));
    }
    if before.start != after.start {
        clauses.push(format!("START WITH {}", after.start));
    }
    if before.cache != after.cache {
        clauses.push(format!("CACHE {}", after.cache));
    }
    if before.cycles != after.cycles {
        clauses.push(if after.cycles { "CYCLE" } else { "NO CYCLE" }.to_owned());
    }
    clauses
}

/// The clauses that a sequence of this type does not have by itself.
pub(crate) fn unusual(sequence: &Sequence) -> Vec<String> {
    changes(
        &usual(&sequence.data_type, sequence.increment < 0),
        sequence,
    )
}

/// What the sequence is after its column's type became `data_type`: bounds that were those of the type follow.
pub(crate) fn retyped(sequence: &Sequence, data_type: &str) -> Sequence {
    let descends = sequence.increment < 0;
    let (before, after) = (
        usual(&sequence.data_type, descends),
        usual(data_type, descends),
    );
    let mut retyped = sequence.clone();
    after.data_type.clone_into(&mut retyped.data_type);
    if sequence.minimum == before.minimum {
        retyped.minimum = after.minimum;
    }
    if sequence.maximum == before.maximum {
        retyped.maximum = after.maximum;
    }
    retyped
}

/// What `CREATE SEQUENCE AS data_type` makes.
fn usual(data_type: &str, descends: bool) -> Sequence {
    let (lowest, highest) = match data_type {
        "smallint" => (i16::MIN.into(), i16::MAX.into()),
        "integer" => (i32::MIN.into(), i32::MAX.into()),
        _ => (i64::MIN, i64::MAX),
    };
    let (minimum, maximum) = if descends { (lowest, -1) } else { (1, highest) };
    Sequence {
        data_type: data_type.to_owned(),
        start: if descends { maximum } else { minimum },
        // What descends says so.
        increment: 1,
        minimum,
        maximum,
        cache: 1,
        cycles: false,
        owner: None,
        comment: None,
    }
}

/// A new sequence, or other numbers for one that is there; who owns it is another matter.
pub(crate) fn put(plan: &mut Plan<'_>, name: &QualifiedName) {
    let wanted = &plan.wanted.sequences[name];
    let Some(before) = plan.state.sequences.get(name).cloned() else {
        let sequence = Sequence {
            owner: None,
            ..wanted.clone()
        };
        let words = format!("create {} sequence", shown(name));
        plan.step(
            words,
            make(name, &sequence),
            vec![format!("DROP SEQUENCE {}", name.quoted())],
        );
        plan.state.sequences.insert(name.clone(), sequence);
        return;
    };
    let after = Sequence {
        owner: before.owner.clone(),
        comment: before.comment.clone(),
        ..wanted.clone()
    };
    let words = format!("modify {} sequence", shown(name));
    plan.step(
        words,
        alter(name, &before, &after),
        alter(name, &after, &before),
    );
    plan.state.sequences.insert(name.clone(), after);
}
