//! Advice that fits the runner.

use migration_sql::{Finding, LintOptions, Position, Severity, UnknownRule, lint};

fn rules(text: &str, options: &LintOptions) -> Vec<String> {
    lint(text, options)
        .into_iter()
        .map(|finding| finding.rule)
        .collect()
}

/// The article's second migration, which failed on a table with a row.
const REQUIRED: &str = "-- modify \"companies\" table\nALTER TABLE \"companies\" ADD COLUMN \"address\" character varying NOT NULL;\n";

#[test]
fn a_required_column_is_found_with_its_place_and_help() {
    let findings = lint(REQUIRED, &LintOptions::default());
    let finding = findings
        .iter()
        .find(|finding| finding.rule == "adding-required-field")
        .unwrap();
    assert_eq!(
        finding.position,
        Position {
            line: 2,
            column: 25
        }
    );
    assert_eq!(finding.severity, Severity::Danger);
    assert!(
        finding.help.as_deref().unwrap().contains("nullable"),
        "{finding:?}"
    );
}

#[test]
fn what_the_runner_does_itself_is_not_asked_for() {
    let found = rules(REQUIRED, &LintOptions::default());
    assert_eq!(found, ["adding-required-field"]);
    let enclosed = "BEGIN;\nCREATE TABLE t (id bigint);\nCOMMIT;";
    assert_eq!(
        rules(enclosed, &LintOptions::default()),
        Vec::<String>::new()
    );
    let concurrent = "CREATE INDEX CONCURRENTLY i ON t (a);";
    assert_eq!(
        rules(concurrent, &LintOptions::default()),
        Vec::<String>::new()
    );
}

#[test]
fn a_lock_that_hurts_is_found_but_not_on_a_table_of_the_same_file() {
    let index = "CREATE INDEX i ON t (a);";
    assert_eq!(
        rules(index, &LintOptions::default()),
        ["require-concurrent-index-creation"]
    );
    let new = format!("CREATE TABLE t (a bigint);\n{index}");
    assert_eq!(rules(&new, &LintOptions::default()), Vec::<String>::new());
}

#[test]
fn rules_are_left_out_by_name_and_by_comment() {
    let options = LintOptions::excluding(["adding-required-field"]).unwrap();
    assert_eq!(rules(REQUIRED, &options), Vec::<String>::new());
    let ignored = REQUIRED.replace("ALTER", "-- squawk-ignore adding-required-field\nALTER");
    assert_eq!(
        rules(&ignored, &LintOptions::default()),
        Vec::<String>::new()
    );
    let unknown = LintOptions::excluding(["no-such-rule"]).unwrap_err();
    assert_eq!(
        unknown,
        UnknownRule {
            name: "no-such-rule".to_owned()
        }
    );
}

#[test]
fn a_down_file_may_drop_what_the_up_file_made() {
    let drop = "DROP TABLE t;";
    assert_eq!(rules(drop, &LintOptions::default()), ["ban-drop-table"]);
    let options = LintOptions::default().for_down(true);
    assert_eq!(rules(drop, &options), Vec::<String>::new());
}

#[test]
fn an_index_that_a_down_file_drops_is_worth_a_thought_for_its_table_may_go_too() {
    let drop = "DROP INDEX t_a;\nDROP TABLE t;";
    let severity = |is_down| {
        let findings = lint(drop, &LintOptions::default().for_down(is_down));
        let of_the_index = findings
            .iter()
            .find(|finding| finding.rule == "require-concurrent-index-deletion");
        of_the_index.map(|finding| finding.severity)
    };
    assert_eq!(severity(false), Some(Severity::Danger));
    assert_eq!(severity(true), Some(Severity::Advice));
}

#[test]
fn what_will_not_be_run_is_said_first_and_alone() {
    for (text, rule) in [
        ("SELECT 1;\n\\d t\n", "psql-command"),
        ("SELECT 1;\nCOMMIT;\n", "own-transaction"),
        ("SELECT 1;\nSELECT 'a", "unterminated"),
    ] {
        let findings = lint(text, &LintOptions::default());
        let [
            Finding {
                rule: found,
                severity: Severity::Refused,
                position,
                ..
            },
        ] = findings.as_slice()
        else {
            panic!("{findings:?}");
        };
        assert_eq!((found.as_str(), position.line), (rule, 2));
    }
}
