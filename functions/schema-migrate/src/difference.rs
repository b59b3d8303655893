//! Differences between two schemas, for people.

use schema_catalog::Difference;

/// Each difference with what one side has (`-`) and what the other has (`+`). Of a text of several lines only those are
/// shown that the other side does not have.
pub(crate) fn shown(differences: &[Difference]) -> String {
    let mut text = String::new();
    for difference in differences {
        text.push_str(&difference.what);
        text.push('\n');
        push_side(
            &mut text,
            '-',
            difference.mine.as_deref(),
            difference.theirs.as_deref(),
        );
        push_side(
            &mut text,
            '+',
            difference.theirs.as_deref(),
            difference.mine.as_deref(),
        );
    }
    text
}

fn push_side(text: &mut String, sign: char, own: Option<&str>, other: Option<&str>) {
    let Some(own) = own else {
        return;
    };
    let others: Vec<_> = other.unwrap_or_default().lines().collect();
    for line in own.lines().filter(|line| !others.contains(line)) {
        text.push_str("  ");
        text.extend([sign, ' ']);
        text.push_str(line);
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_are_told_and_of_long_texts_only_what_is_not_the_same() {
        let difference = |what: &str, mine: Option<&str>, theirs: Option<&str>| Difference {
            what: what.to_owned(),
            mine: mine.map(str::to_owned),
            theirs: theirs.map(str::to_owned),
        };
        let differences = [
            difference("column public.t.a", Some("integer"), Some("bigint")),
            difference("table public.u", None, Some("")),
            difference(
                "view public.v",
                Some("as SELECT\n a,\n b"),
                Some("as SELECT\n a,\n c"),
            ),
        ];
        assert_eq!(
            shown(&differences),
            "column public.t.a\n  - integer\n  + bigint\ntable public.u\nview public.v\n  -  b\n  +  c\n"
        );
    }
}
