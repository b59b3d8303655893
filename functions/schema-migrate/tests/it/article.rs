//! The article's path: from nothing to `\d companies`, and one column more.

use std::process::Command;

use crate::stage::Stage;

const INIT_UP: &str =
    include_str!("../../../../crates/migration-folder/src/sum/article/20230330013250_init.up.sql");
const INIT_DOWN: &str = include_str!(
    "../../../../crates/migration-folder/src/sum/article/20230330013250_init.down.sql"
);
const ADDRESS_UP: &str = include_str!(
    "../../../../crates/migration-folder/src/sum/article/20230330050530_add_address.up.sql"
);
const ADDRESS_DOWN: &str = include_str!(
    "../../../../crates/migration-folder/src/sum/article/20230330050530_add_address.down.sql"
);
/// As ent wrote it in 2023, over up and down files.
const INIT_SUM: &str = "h1:9Q41C7XBzFb7Go44QIbX/nXscaXPwQGCbbFFtbc2qmA=\n\
    20230330013250_init.down.sql h1:bG899DJfmsGFwLcw7cusih4xkhsBxPx1SLlmk7MSbYM=\n\
    20230330013250_init.up.sql h1:MXD1h6XhwATT87mVyGOu9nClE9d3gq2ToCVzDM8XrNY=\n";
const ADDRESS_SUM: &str = "h1:s3TtTBKUdYz4x66/QJT8vLep+wksmTH9px1e22/z7Tk=\n\
    20230330013250_init.down.sql h1:bG899DJfmsGFwLcw7cusih4xkhsBxPx1SLlmk7MSbYM=\n\
    20230330013250_init.up.sql h1:MXD1h6XhwATT87mVyGOu9nClE9d3gq2ToCVzDM8XrNY=\n\
    20230330050530_add_address.down.sql h1:3FoQx3wyWZ28fjBwO+btTKa7vsmGDBRC1VQNZbFMDKE=\n\
    20230330050530_add_address.up.sql h1:gm34SHW/C1Pea9/steVzxhb9If7O7nXZaDJX62kJeZg=\n";

/// What the real psql shows.
fn psql(stage: &Stage, table: &str) -> String {
    let output = Command::new("psql")
        .args([
            "-X",
            "-d",
            &stage.server.url_of("shop"),
            "-c",
            &format!("\\d {table}"),
        ])
        .output()
        .expect("psql: apt-get install postgresql-client");
    String::from_utf8(output.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

#[test]
fn the_articles_files_lead_from_nothing_to_its_table_in_a_job() {
    let stage = Stage::with(&[
        ("20230330013250_init.up.sql", INIT_UP),
        ("20230330013250_init.down.sql", INIT_DOWN),
        ("atlas.sum", INIT_SUM),
    ]);
    let ended = stage.run_in_job(&["-method up"], "run-1", 0).with_code(0);
    let log = ended.log();
    let last = log.last().unwrap();
    assert_eq!(
        last["message"],
        "1 migration applied; current version is 20230330013250"
    );
    assert_eq!(last["version"], 20_230_330_013_250_i64);
    assert_eq!(last["severity"], "INFO");
    assert!(
        ended.messages("ERROR").is_empty() && ended.messages("WARNING").is_empty(),
        "{}",
        ended.out
    );
    assert_eq!(stage.version(), "20230330013250|f");

    stage.file("20230330050530_add_address.up.sql", ADDRESS_UP);
    stage.file("20230330050530_add_address.down.sql", ADDRESS_DOWN);
    stage.file("atlas.sum", ADDRESS_SUM);
    stage
        .run_in_job(&[], "run-2", 0)
        .with_code(0)
        .says("current version is 20230330050530");
    let table = stage.run(&["describe", "companies"]).with_code(0).out;
    assert!(
        table.contains(" address    | character varying |           | not null | "),
        "{table}"
    );
    assert_eq!(table.trim_end(), psql(&stage, "companies"));

    stage
        .run(&["down", "--all"])
        .with_code(0)
        .says("2 migrations reverted; no migration is applied");
    assert_eq!(stage.sql("SELECT to_regclass('companies')"), "NULL");
}

#[test]
fn a_table_is_described_in_one_entry_of_the_log() {
    let stage = Stage::new();
    stage.sql("CREATE TABLE companies (company_id uuid PRIMARY KEY, name varchar)");
    let ended = stage
        .run_in_job(&["describe", "companies"], "run-1", 0)
        .with_code(0);
    let [entry] = &ended.messages("INFO")[..] else {
        panic!("{}", ended.out)
    };
    assert_eq!(entry.trim_end(), psql(&stage, "companies"));
    stage
        .run(&["describe", "nothing"])
        .with_code(2)
        .says("there is no table, view or sequence \"nothing\"");
}
