//! Folders that do not belong to what was applied.

use function_core::Exit;
use migration_folder::Folder;
use migration_run::{Goal, Options, PlanError, Repair, RunError};

use crate::place::{Place, options, version, words};

fn place() -> Place {
    Place::new(&[
        ("0001_a.up.sql", "CREATE TABLE a (id int);"),
        ("0001_a.down.sql", "DROP TABLE a;"),
        ("0003_c.up.sql", "CREATE TABLE c (id int);"),
        ("0003_c.down.sql", "DROP TABLE c;"),
    ])
}

#[tokio::test]
async fn a_lower_version_merged_later_is_refused_with_the_commands_that_rename_it() {
    let place = place();
    place.up().await.unwrap();
    place.write(&[
        ("0002_b.up.sql", "CREATE TABLE b (id int);"),
        ("0002_b.down.sql", "DROP TABLE b;"),
    ]);
    let error = place.up().await.unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
    let path = place.path().display();
    let commands = format!(
        "git mv {path}/0002_b.up.sql {path}/0004_b.up.sql && git mv {path}/0002_b.down.sql {path}/0004_b.down.sql"
    );
    assert!(words(&error).contains(&commands), "{error}");
    assert_eq!(place.status().await.out_of_order, [version(2)]);
    let allowed = Options {
        out_of_order: true,
        ..options()
    };
    place.run_with(allowed, Goal::Latest).await.unwrap();
    assert_eq!(
        (place.stored(), place.tables()),
        ("3|f".to_owned(), "a b c".to_owned())
    );
    place.up().await.unwrap();
    place.run(Goal::GoTo(version(1))).await.unwrap();
    assert_eq!(
        (place.stored(), place.tables()),
        ("1|f".to_owned(), "a".to_owned())
    );
}

#[tokio::test]
async fn a_database_does_not_go_back_to_a_version_that_it_never_was_at() {
    let place = place();
    place.up().await.unwrap();
    place.write(&[("0002_b.up.sql", "CREATE TABLE b (id int);")]);
    let error = place.run(Goal::GoTo(version(2))).await.unwrap_err();
    assert!(
        words(&error).contains("version 2 was never applied, so the database can't go back to it"),
        "{error}"
    );
    assert_eq!(error.exit(), Exit::Refused);
    assert_eq!(
        (place.stored(), place.tables()),
        ("3|f".to_owned(), "a c".to_owned())
    );
}

#[tokio::test]
async fn a_file_edited_after_it_was_applied_is_refused_until_it_is_accepted() {
    let place = place();
    place.up().await.unwrap();
    for (name, text) in [
        ("0001_a.up.sql", "CREATE TABLE a (id bigint);"),
        ("0003_c.down.sql", "DROP TABLE c CASCADE;"),
    ] {
        place.write(&[(name, text)]);
        for goal in [Goal::Latest, Goal::DownAll] {
            let error = place.run(goal).await.unwrap_err();
            assert!(
                matches!(error, RunError::Plan(PlanError::Edited { .. })),
                "{error}"
            );
            assert!(
                error
                    .to_string()
                    .starts_with(&format!("{name} was changed after it was applied")),
                "{error}"
            );
        }
        let edited = place.status().await.edited;
        assert_eq!(edited.len(), 1);
        let mut migrator = place.open(options()).await;
        migrator
            .repair(&place.folder(), Repair::Accept(edited[0].version))
            .await
            .unwrap();
        place.up().await.unwrap();
    }
}

#[tokio::test]
async fn a_file_that_is_gone_is_refused_until_that_is_accepted() {
    let place = place();
    place.up().await.unwrap();
    place.remove("0001_a.up.sql");
    place.remove("0001_a.down.sql");
    let error = place.up().await.unwrap_err();
    assert!(
        words(&error).starts_with("version 1 was applied, and the folder has no file of that"),
        "{error}"
    );
    let mut migrator = place.open(options()).await;
    migrator
        .repair(&place.folder(), Repair::Accept(version(1)))
        .await
        .unwrap();
    place.up().await.unwrap();
}

#[tokio::test]
async fn a_renamed_file_is_a_note_and_a_duplicate_is_refused() {
    let place = place();
    place.up().await.unwrap();
    std::fs::rename(
        place.path().join("0003_c.up.sql"),
        place.path().join("3_see.up.sql"),
    )
    .unwrap();
    std::fs::rename(
        place.path().join("0003_c.down.sql"),
        place.path().join("3_see.down.sql"),
    )
    .unwrap();
    place.up().await.unwrap();
    let renamed = place.status().await.renamed;
    assert_eq!(
        (renamed[0].was.as_str(), renamed[0].is.as_str()),
        ("c", "see")
    );
    place.write(&[("03_twice.up.sql", "")]);
    let words = Folder::read(place.path()).unwrap_err().to_string();
    assert!(
        words.contains("are both the up file of version 3"),
        "{words}"
    );
}

#[tokio::test]
async fn what_has_no_down_file_is_not_reverted_unasked() {
    let place = place();
    place.up().await.unwrap();
    place.remove("0003_c.down.sql");
    let error = place.run(Goal::DownAll).await.unwrap_err();
    assert!(
        words(&error).contains("version 3 was applied without a down file"),
        "{error}"
    );
    assert_eq!(place.tables(), "a c");
    let allowed = Options {
        empty_down: true,
        ..options()
    };
    place.run_with(allowed, Goal::DownAll).await.unwrap();
    assert_eq!(
        (place.stored(), place.tables()),
        (String::new(), "c".to_owned())
    );
}

#[tokio::test]
async fn goals_that_can_not_be_are_told() {
    let place = place();
    place.up().await.unwrap();
    for (goal, expected) in [
        (
            Goal::UpTo(version(2)),
            "the folder has no migration of version 2: its newest is 3",
        ),
        (
            Goal::UpTo(version(1)),
            "version 1 is below 3, where the database is: `goto 1` would revert what is above it",
        ),
        (
            Goal::DownBy(9.try_into().unwrap()),
            "9 migrations can't be reverted, for 2 are applied: `down --all` reverts all",
        ),
    ] {
        let error = place.run(goal).await.unwrap_err();
        assert_eq!(
            (error.to_string().as_str(), error.exit()),
            (expected, Exit::Usage)
        );
    }
}

#[tokio::test]
async fn a_database_that_was_made_by_hand_is_taken_over_by_baseline() {
    let place = place();
    place.query("CREATE TABLE a (id int)");
    let mut migrator = place.open(options()).await;
    migrator
        .baseline(&place.folder(), version(1))
        .await
        .unwrap();
    place.up().await.unwrap();
    assert_eq!(place.history(), "1|up|baseline\n3|up|applied");
    let error = migrator
        .baseline(&place.folder(), version(3))
        .await
        .unwrap_err();
    assert_eq!(error.exit(), Exit::Refused);
}

#[tokio::test]
async fn another_tools_table_is_left_alone() {
    let place = place();
    place.query("CREATE TABLE schema_migrations (version varchar PRIMARY KEY); INSERT INTO schema_migrations VALUES ('1')");
    let error = place.up().await.unwrap_err();
    assert!(matches!(error, RunError::AnotherTools { .. }), "{error}");
    let elsewhere = Options {
        table: "kept.versions".parse().unwrap(),
        ..options()
    };
    place.query("CREATE SCHEMA kept");
    place.run_with(elsewhere, Goal::Latest).await.unwrap();
    assert_eq!(
        place.query("SELECT version, dirty FROM kept.versions"),
        "3|f"
    );
    assert_eq!(
        place.query("SELECT count(*) FROM kept.versions_history"),
        "2"
    );
}
