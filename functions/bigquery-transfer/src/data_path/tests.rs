//! Paths are what the export's are, for any day and zone.

use proptest::prelude::*;

use super::*;

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn place(prefix: &str, date: &str) -> ExportPlace {
    ExportPlace {
        bucket: "exports".to_owned(),
        prefix: prefix.to_owned(),
        engine: Engine::Mysql,
        logical_date: date.parse().unwrap(),
    }
}

fn path(prefix: &str, table: &WantedTable) -> String {
    data_path(&place(prefix, "2026-11-21"), table, &zone("Asia/Tokyo")).unwrap()
}

#[test]
fn a_path_has_one_wildcard_after_the_tables_folder() {
    let users = WantedTable::new(Engine::Mysql, "app", "", "users");
    assert_eq!(
        path("export-id-prod-app-db-20261121", &users),
        r#"s3://exports/export-id-prod-app-db-{run_time+9h|"%Y%m%d"}/app/app.users/*.parquet"#
    );
    let events = WantedTable::new(Engine::Postgresql, "app", "audit", "events");
    assert_eq!(
        path("nightly/2026-11-21/e", &events),
        r#"s3://exports/nightly/{run_time+9h|"%Y-%m-%d"}/e/app/audit.events/*.parquet"#
    );
}

#[test]
fn a_retried_export_keeps_its_number_behind_the_date() {
    let users = WantedTable::new(Engine::Mysql, "app", "", "users");
    assert_eq!(
        path("export-id-prod-20261121-2", &users),
        r#"s3://exports/export-id-prod-{run_time+9h|"%Y%m%d"}-2/app/app.users/*.parquet"#
    );
}

#[test]
fn a_prefix_without_a_date_is_literal_and_braces_are_escaped() {
    let table = WantedTable::new(Engine::Mysql, "app", "", "a{b}");
    let template = path("manual", &table);
    assert_eq!(template, r"s3://exports/manual/app/app.a\{b\}/*.parquet");
    let expanded = expand(&template, Timestamp::UNIX_EPOCH);
    assert_eq!(
        expanded.as_deref(),
        Some("s3://exports/manual/app/app.a{b}/*.parquet")
    );
}

#[test]
fn a_prefix_with_a_wildcard_is_refused() {
    let users = WantedTable::new(Engine::Mysql, "app", "", "users");
    let words = data_path(&place("a*", "2026-11-21"), &users, &TimeZone::UTC).unwrap_err();
    assert!(words.contains("takes no `*`"), "{words}");
}

#[test]
fn offsets_are_written_in_hours_or_minutes() {
    for (name, written) in [
        ("Asia/Tokyo", "+9h"),
        ("UTC", ""),
        ("Asia/Kolkata", "+330m"),
        ("America/St_Johns", "-210m"),
        ("America/New_York", "-5h"),
    ] {
        let template = template("20261121", "2026-11-21".parse().unwrap(), &zone(name));
        assert_eq!(
            template,
            format!("{{run_time{written}|\"%Y%m%d\"}}"),
            "{name}"
        );
    }
}

#[test]
fn a_run_is_of_the_days_first_moment_in_the_zone() {
    let date = "2026-11-21".parse().unwrap();
    let time = run_time(date, &zone("Asia/Tokyo"));
    assert_eq!(time.to_string(), "2026-11-20T15:00:00Z");
}

#[test]
fn the_articles_path_is_understood() {
    let template = r#"s3://b/export-id-prod-{run_time|"%Y%m%d"}/app/app.users/1/*.parquet"#;
    let time = "2026-11-20T17:00:00Z".parse().unwrap();
    let expanded = expand(template, time).unwrap();
    assert_eq!(
        expanded,
        "s3://b/export-id-prod-20261120/app/app.users/1/*.parquet"
    );
    assert_eq!(expand("{run_date}", time).as_deref(), Some("20261120"));
    assert_eq!(
        expand(r#"{run_time+7.5h|"%H%M"}"#, time).as_deref(),
        Some("0030")
    );
}

#[test]
fn what_the_service_would_not_understand_is_not_expanded() {
    for template in [
        "{",
        "}",
        "{run_time}",
        "{run_time + 9h|\"%Y\"}",
        "{run_time+9d|\"%Y\"}",
        "{run_time+|\"%Y\"}",
        "{x}",
    ] {
        assert_eq!(expand(template, Timestamp::UNIX_EPOCH), None, "{template}");
    }
}

proptest! {
    #[test]
    fn a_template_at_its_days_run_is_the_prefix(
        days in 0_i32..60_000,
        minutes in -14 * 60_i32..=14 * 60,
        before in "[a-z{}0-9/_-]{0,12}",
        after in "[a-z{}0-9/_-]{0,12}",
        dashes in any::<bool>(),
    ) {
        let date = Date::constant(1970, 1, 2) + jiff::Span::new().days(days);
        let zone = TimeZone::fixed(Offset::from_seconds(minutes * 60).unwrap());
        let day = date.strftime(if dashes { "%Y-%m-%d" } else { "%Y%m%d" }).to_string();
        let prefix = format!("{before}{day}{after}");
        let template = template(&prefix, date, &zone);
        prop_assert!(template.contains("run_time"));
        prop_assert_eq!(expand(&template, run_time(date, &zone)), Some(prefix));
    }

    #[test]
    fn a_template_is_the_prefix_in_every_zone_of_the_world(
        days in 0_i32..60_000,
        zone in proptest::sample::select(jiff::tz::db().available().map(|name| name.to_string()).collect::<Vec<_>>()),
    ) {
        let date = Date::constant(1970, 1, 2) + jiff::Span::new().days(days);
        let zone = TimeZone::get(&zone).unwrap();
        let prefix = format!("export-{}", date.strftime("%Y%m%d"));
        // A day that a zone left out, when it moved across the date line, begins on the next.
        prop_assume!(zone.to_datetime(run_time(date, &zone)).date() == date);
        let template = template(&prefix, date, &zone);
        prop_assert_eq!(expand(&template, run_time(date, &zone)), Some(prefix));
    }
}
