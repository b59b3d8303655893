//! The list, and what is chosen.

use super::*;

static NONE: BTreeSet<String> = BTreeSet::new();

fn keys(text: &str, engine: Engine) -> Vec<String> {
    let listed = parse(text).unwrap();
    let table = |entry: &Listed| entry.table(engine, Some("app")).unwrap().key;
    listed.iter().map(table).collect()
}

fn exported(names: &[&str]) -> Vec<WantedTable> {
    let table = |name: &&str| {
        let (database, table) = name.split_once('.').unwrap();
        WantedTable::new(Engine::Mysql, database, "", table)
    };
    names.iter().map(table).collect()
}

fn choice<'a>(exported: Option<&'a [WantedTable]>, listed: Option<&'a [Listed]>) -> Choice<'a> {
    Choice {
        exported,
        had: &NONE,
        others: &NONE,
        listed,
        database: None,
        engine: Engine::Mysql,
        include: &[],
        exclude: &[],
    }
}

fn chosen(wanted: &Wanted) -> Vec<&str> {
    wanted
        .tables
        .iter()
        .map(|table| table.key.as_str())
        .collect()
}

#[test]
fn the_articles_list_is_a_name_a_line() {
    assert_eq!(
        keys("users\norders\n", Engine::Mysql),
        ["app.users", "app.orders"]
    );
}

#[test]
fn comments_blank_lines_quotes_and_line_ends_of_windows_are_understood() {
    let text = "\u{feff}# tables\r\n\r\n  users  # people\r\n`order items`\r\n\"a.b\"\r\nother.\"say \"\"hi\"\"\"\r\n顧客\r\nend#not_a_comment";
    assert_eq!(
        keys(text, Engine::Mysql),
        [
            "app.users",
            "app.order items",
            "app.a.b",
            "other.say \"hi\"",
            "app.顧客",
            "app.end#not_a_comment"
        ]
    );
}

#[test]
fn postgresql_has_schemas() {
    assert_eq!(
        keys("users\naudit.events\nshop.public.users", Engine::Postgresql),
        ["app.public.users", "app.audit.events", "shop.public.users"]
    );
}

#[test]
fn every_line_at_fault_is_named_with_its_number() {
    let faults = parse("users\n\nuser s\n\"open\nusers\na..b\n").unwrap_err();
    assert_eq!(
        faults,
        [
            "line 3 is `user s`: one table a line; quote a name with blanks in it",
            "line 4 is `\"open`: a quoted name does not end",
            "line 5 names `users` again, as line 1 does; take one out",
            "line 6 is `a..b`: a part of the name is empty",
        ]
    );
}

#[test]
fn a_name_without_a_database_needs_one() {
    let listed = parse("# list\nusers").unwrap();
    let words = choice(None, Some(&listed)).choose().unwrap_err();
    assert!(
        words.starts_with("line 2 names `users` without a database"),
        "{words}"
    );
    let words = parse("a.b.c").unwrap()[0]
        .table(Engine::Mysql, None)
        .unwrap_err();
    assert!(words.contains("too many parts"), "{words}");
}

#[test]
fn a_list_without_databases_means_the_only_one_of_the_export() {
    let listed = parse("users\ngone").unwrap();
    let exported = exported(&["app.users", "app.orders"]);
    let wanted = choice(Some(&exported), Some(&listed)).choose().unwrap();
    assert_eq!(chosen(&wanted), ["app.users"]);
    assert_eq!(wanted.missing, ["app.gone"]);
}

#[test]
fn patterns_choose_from_the_export() {
    let exported = exported(&["app.users", "app.users_archive", "app.orders", "app.log_1"]);
    let include = [Pattern::new("app.users*"), Pattern::new("app.log_*")];
    let exclude = [Pattern::new("*_archive")];
    let choice = Choice {
        include: &include,
        exclude: &exclude,
        ..choice(Some(&exported), None)
    };
    assert_eq!(
        chosen(&choice.choose().unwrap()),
        ["app.log_1", "app.users"]
    );
}

#[test]
fn an_export_of_one_database_says_nothing_of_another() {
    let listed = parse("app.users\nshop.items").unwrap();
    let exported = exported(&["app.users"]);
    let wanted = choice(Some(&exported), Some(&listed)).choose().unwrap();
    assert_eq!(chosen(&wanted), ["app.users"]);
    assert_eq!(wanted.databases, Some(BTreeSet::from(["app".to_owned()])));
    assert_eq!(
        choice(None, Some(&listed)).choose().unwrap().databases,
        None
    );
}

#[test]
fn a_listed_table_of_a_database_that_the_source_had_is_missing() {
    let listed = parse("app.users\nshop.items\nother.notes").unwrap();
    let exported = exported(&["app.users"]);
    let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let (had, others): (BTreeSet<String>, _) = (names(&["app", "shop"]), names(&["other"]));
    let choice = Choice {
        had: &had,
        others: &others,
        ..choice(Some(&exported), Some(&listed))
    };
    let wanted = choice.choose().unwrap();
    assert_eq!(chosen(&wanted), ["app.users"]);
    assert_eq!(wanted.missing, ["shop.items"]);
    assert_eq!(wanted.databases, Some(had.clone()));
}

#[test]
fn a_message_without_tables_judges_nothing() {
    let listed = parse("app.users").unwrap();
    let wanted = choice(Some(&[]), Some(&listed)).choose().unwrap();
    let nothing = Wanted {
        tables: Vec::new(),
        missing: Vec::new(),
        databases: Some(BTreeSet::new()),
    };
    assert_eq!(wanted, nothing);
}
