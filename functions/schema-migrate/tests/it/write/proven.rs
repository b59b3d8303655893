//! What is written leads there and back.

use test_services::PostgresSetup;

use super::desk::Desk;

const BEFORE: &str = include_str!("before.sql");
const AFTER: &str = include_str!("after.sql");

#[test]
fn the_articles_path_from_nothing_to_companies_and_their_address() {
    let desk = Desk::new();
    desk.declare(
        "CREATE TABLE companies (company_id uuid PRIMARY KEY, name varchar NOT NULL);
         CREATE UNIQUE INDEX company_name ON companies (name);",
    );
    desk.write(&["init"])
        .with_code(0)
        .says("_init.up.sql")
        .says("proven");
    let (up, down) = desk.newest();
    assert!(
        up.starts_with("-- create \"companies\" table\nCREATE TABLE "),
        "{up}"
    );
    assert!(up.ends_with(";\n"), "{up}");
    assert!(
        down.contains("-- reverse: create \"companies\" table\nDROP TABLE "),
        "{down}"
    );
    desk.stage.run(&["up"]).with_code(0);
    desk.stage
        .run(&["describe", "companies"])
        .with_code(0)
        .says("\"companies_pkey\" PRIMARY KEY, btree (company_id)")
        .says("\"company_name\" UNIQUE, btree (name)");

    desk.declare(
        "CREATE TABLE companies (company_id uuid PRIMARY KEY, name varchar NOT NULL, address varchar NOT NULL);
         CREATE UNIQUE INDEX company_name ON companies (name);",
    );
    desk.stage
        .sql("INSERT INTO companies VALUES (gen_random_uuid(), 'one')");
    desk.write(&["add_address", "--backfill", "companies.address=''"])
        .with_code(0);
    desk.stage.run(&["up"]).with_code(0);
    assert_eq!(
        desk.stage.sql("SELECT name, address FROM companies"),
        "one|"
    );
    desk.write(&["again"])
        .with_code(0)
        .says("nothing was written");
    desk.stage.run(&["hash", "--check"]).with_code(0);
    assert_eq!(desk.left_behind(), "0");
}

#[test]
fn twenty_tables_and_fourteen_changes_with_the_rename_answered() {
    let desk = Desk::new();
    desk.declare(BEFORE).write(&["init"]).with_code(0);
    desk.declare(AFTER);
    desk.write(&["change"])
        .with_code(4)
        .says("--rename 'price_list.code:sku'")
        .says("--drop 'price_list.code'");
    assert_eq!(
        desk.files().len(),
        3,
        "nothing is written while a question is open"
    );
    desk.write(&[
        "change",
        "--rename",
        "public.price_list.code:sku",
        "--backfill",
        "public.supplier.address=''",
        "--backfill",
        "public.shelf.price=0",
    ])
    .with_code(0)
    .says("proven");
    desk.write(&["again"])
        .with_code(0)
        .says("nothing was written");
    desk.stage.run(&["up"]).with_code(0);
    desk.stage
        .run_with(&["drift"], &[("SCRATCH_URL", &desk.stage.server.url())])
        .with_code(0);
    desk.stage.run(&["down", "--all"]).with_code(0);
    assert_eq!(desk.stage.sql("SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'schema_migrations%'"), "0");
}

#[test]
fn a_newer_server_proves_it_too() {
    let desk = Desk::on(PostgresSetup::newer().start().unwrap());
    desk.declare(BEFORE).write(&["init"]).with_code(0);
    desk.declare(AFTER);
    desk.write(&["change", "--unsafe", "--rename", "price_list.code:sku"])
        .with_code(0);
    desk.write(&["again"])
        .with_code(0)
        .says("nothing was written");
}

#[test]
fn without_a_scratch_server_it_starts_one_from_installed_binaries() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE item (id int PRIMARY KEY)");
    desk.stage
        .run(&["write", "init"])
        .with_code(0)
        .says("_init.up.sql");
}

#[test]
fn declared_files_are_run_in_the_order_of_their_paths_with_what_a_dump_sets_for_itself() {
    let desk = Desk::new();
    desk.declare_file(
        "1_types/status.sql",
        "SELECT pg_catalog.set_config('search_path', '', false);\nCREATE TYPE public.status AS ENUM ('a', 'b');\n",
    );
    desk.declare_file(
        "2_tables/b.sql",
        "\u{feff}CREATE TABLE line (item_id int REFERENCES item);\r\n",
    );
    desk.declare_file(
        "2_tables/a.sql",
        "CREATE TABLE item (id int PRIMARY KEY, st status)",
    );
    desk.declare_file("notes.txt", "no SQL");
    desk.write(&["init"]).with_code(0);
    let (up, _) = desk.newest();
    assert!(up.contains("\"line\"") && up.contains("\"status\""), "{up}");
}

#[test]
fn what_a_concurrent_index_needs_is_a_file_of_its_own_without_a_transaction() {
    let desk = Desk::new();
    desk.declare("CREATE TABLE item (id int PRIMARY KEY, name text)")
        .write(&["init"])
        .with_code(0);
    desk.declare(
        "CREATE TABLE item (id int PRIMARY KEY, name text); CREATE INDEX item_name ON item (name)",
    );
    desk.write(&["index"]).with_code(0);
    let (up, down) = desk.newest();
    assert!(up.starts_with("-- atlas:txmode none\n\n-- "), "{up}");
    assert!(up.contains("CREATE INDEX CONCURRENTLY"), "{up}");
    assert!(down.contains("DROP INDEX CONCURRENTLY"), "{down}");
    desk.stage.run(&["up"]).with_code(0);
    desk.stage.run(&["down", "1"]).with_code(0);
}
