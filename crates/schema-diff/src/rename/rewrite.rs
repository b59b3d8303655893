//! The server's texts as they are after a rename, so that what only has another name is not made anew.

use std::collections::BTreeMap;

use schema_catalog::{Generation, QualifiedName};

use crate::plan::Plan;
use crate::text::{Token, is_same, joined, tokens};

/// An expression over the columns of one table, where `before` is called `after` now.
pub(super) fn column_in(expression: &str, before: &str, after: &str) -> String {
    let mut tokens = tokens(expression);
    let places = columns(&tokens, before);
    name_all(&mut tokens, &places, after)
}

/// The same in what follows the first bracket, as in an index's definition.
pub(super) fn column_in_brackets(definition: &str, before: &str, after: &str) -> String {
    match definition.find('(') {
        Some(open) => format!(
            "{}{}",
            &definition[..open],
            column_in(&definition[open..], before, after)
        ),
        None => definition.to_owned(),
    }
}

/// A trigger's definition: columns are behind `UPDATE OF`, and behind `new.` and `old.`.
pub(super) fn column_in_trigger(definition: &str, before: &str, after: &str) -> String {
    let mut tokens = tokens(definition);
    let mut places = Vec::new();
    let mut is_listed = false;
    for index in 0..tokens.len() {
        let token = &tokens[index];
        if token.is_keyword("OF") {
            is_listed = true;
        } else if token.is_keyword("ON") {
            is_listed = false;
        }
        let row = index
            .checked_sub(2)
            .filter(|_| tokens[index - 1].is_mark('.'));
        let is_of_row =
            row.is_some_and(|row| tokens[row].is_keyword("new") || tokens[row].is_keyword("old"));
        if token.name() == Some(before) && (is_listed || is_of_row) {
            places.push(index);
        }
    }
    name_all(&mut tokens, &places, after)
}

/// `schema.before` as `schema.after`, wherever it is not the name of a function.
pub(super) fn qualified_in(text: &str, before: &QualifiedName, after: &str) -> String {
    let mut tokens = tokens(text);
    let mut places = Vec::new();
    for index in 2..tokens.len() {
        let is_schema =
            tokens[index - 2].name() == Some(&before.schema) && tokens[index - 1].is_mark('.');
        if is_schema && tokens[index].name() == Some(&before.name) {
            places.push(index);
        }
    }
    // `EXECUTE FUNCTION schema.name()`
    places.retain(|place| {
        let words = tokens[..place - 2]
            .iter()
            .rev()
            .find(|token| token.name().is_some());
        !words.is_some_and(|word| word.is_keyword("FUNCTION") || word.is_keyword("PROCEDURE"))
    });
    name_all(&mut tokens, &places, after)
}

/// `nextval('schema.before'::regclass)` with the other name.
pub(super) fn sequence_in(
    expression: &str,
    before: &QualifiedName,
    after: &QualifiedName,
) -> String {
    let mut tokens = tokens(expression);
    for token in &mut tokens {
        if let Token::Constant(constant) = token {
            let inner = constant.trim_matches('\'').replace("''", "'");
            if is_same(&inner, &before.quoted()) {
                *constant = crate::name::literal(&after.quoted());
            }
        }
    }
    joined(&tokens)
}

/// The places of the column's name: not those of functions, types, or of what is behind a point.
fn columns(tokens: &[Token], name: &str) -> Vec<usize> {
    let solid: Vec<_> = (0..tokens.len())
        .filter(|index| !matches!(tokens[*index], Token::Blank(_)))
        .collect();
    let at = |position: Option<usize>| {
        position
            .and_then(|position| solid.get(position))
            .map(|index| &tokens[*index])
    };
    let mut places = Vec::new();
    for (position, index) in solid.iter().enumerate() {
        let (previous, next) = (at(position.checked_sub(1)), at(Some(position + 1)));
        let is_name = tokens[*index].name() == Some(name);
        let is_behind = previous.is_some_and(|token| token.is_mark('.') || token.is_mark(':'));
        let is_before = next.is_some_and(|token| token.is_mark('.') || token.is_mark('('));
        if is_name && !is_behind && !is_before {
            places.push(*index);
        }
    }
    places
}

fn name_all(tokens: &mut [Token], places: &[usize], name: &str) -> String {
    for place in places {
        tokens[*place] = Token::Word {
            name: name.to_owned(),
            is_quoted: true,
        };
    }
    joined(tokens)
}

/// Texts that mean the same as those to be are those.
pub(super) fn adopt_spelling(plan: &mut Plan<'_>) {
    for (name, table) in &mut plan.state.tables {
        let Some(wanted) = plan.wanted.tables.get(name) else {
            continue;
        };
        each(&mut table.columns, &wanted.columns, |mine, theirs| {
            adopt(&mut mine.data_type, &theirs.data_type);
            if let (Some(mine), Some(theirs)) = (&mut mine.default, &theirs.default) {
                adopt(mine, theirs);
            }
            match (&mut mine.generation, &theirs.generation) {
                (Generation::Stored(mine), Generation::Stored(theirs))
                | (Generation::Virtual(mine), Generation::Virtual(theirs)) => adopt(mine, theirs),
                _ => {}
            }
        });
        each(
            &mut table.constraints,
            &wanted.constraints,
            |mine, theirs| adopt(&mut mine.definition, &theirs.definition),
        );
        each(&mut table.indexes, &wanted.indexes, |mine, theirs| {
            adopt(&mut mine.definition, &theirs.definition);
        });
        each(&mut table.triggers, &wanted.triggers, |mine, theirs| {
            adopt(&mut mine.definition, &theirs.definition);
        });
    }
}

fn adopt(mine: &mut String, theirs: &str) {
    if is_same(mine, theirs) {
        theirs.clone_into(mine);
    }
}

fn each<V>(
    mine: &mut BTreeMap<String, V>,
    theirs: &BTreeMap<String, V>,
    mut with: impl FnMut(&mut V, &V),
) {
    for (key, value) in mine {
        if let Some(their) = theirs.get(key) {
            with(value, their);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_column_gets_the_new_name() {
        let text =
            "CHECK (((lower > 0) AND (lower(name) <> 'lower'::text) AND (kind = 'x'::lower)))";
        let renamed =
            "CHECK (((\"low\" > 0) AND (lower(name) <> 'lower'::text) AND (kind = 'x'::lower)))";
        assert_eq!(column_in(text, "lower", "low"), renamed);
    }

    #[test]
    fn an_index_keeps_its_own_name() {
        let text = "CREATE INDEX code ON public.code USING btree (code, upper(code))";
        let renamed = "CREATE INDEX code ON public.code USING btree (\"sku\", upper(\"sku\"))";
        assert_eq!(column_in_brackets(text, "code", "sku"), renamed);
    }

    #[test]
    fn a_trigger_names_columns_in_two_places() {
        let text = "CREATE TRIGGER a AFTER UPDATE OF a, b ON public.a FOR EACH ROW WHEN ((old.a <> new.a)) EXECUTE FUNCTION public.a()";
        let renamed = "CREATE TRIGGER a AFTER UPDATE OF \"z\", b ON public.a FOR EACH ROW WHEN ((old.\"z\" <> new.\"z\")) EXECUTE FUNCTION public.a()";
        assert_eq!(column_in_trigger(text, "a", "z"), renamed);
        let table = QualifiedName {
            schema: "public".to_owned(),
            name: "a".to_owned(),
        };
        let renamed = text.replace("ON public.a ", "ON public.\"z\" ");
        assert_eq!(qualified_in(text, &table, "z"), renamed);
    }
}
