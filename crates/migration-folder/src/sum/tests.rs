//! The vectors: the article's two migrations, and Atlas's issue 3460.

use std::path::Path;

use super::*;
use crate::SumState;

const INIT_UP: &str = include_str!("article/20230330013250_init.up.sql");
const INIT_DOWN: &str = include_str!("article/20230330013250_init.down.sql");
const ADDRESS_UP: &str = include_str!("article/20230330050530_add_address.up.sql");
const ADDRESS_DOWN: &str = include_str!("article/20230330050530_add_address.down.sql");

const A_UP_AND_DOWN: &str = "h1:9Q41C7XBzFb7Go44QIbX/nXscaXPwQGCbbFFtbc2qmA=\n\
    20230330013250_init.down.sql h1:bG899DJfmsGFwLcw7cusih4xkhsBxPx1SLlmk7MSbYM=\n\
    20230330013250_init.up.sql h1:MXD1h6XhwATT87mVyGOu9nClE9d3gq2ToCVzDM8XrNY=\n";
const A_UP_ONLY: &str = "h1:DTv8bWkjqVmsaLGnic4RnS/WX1p9nDK/F3GPK4A3ffY=\n\
    20230330013250_init.up.sql h1:bdFWAWltZQP8xvE1+28LkVD8C2PyhFiwWzqo7Rk6L+Q=\n";
const B_UP_AND_DOWN: &str = "h1:s3TtTBKUdYz4x66/QJT8vLep+wksmTH9px1e22/z7Tk=\n\
    20230330013250_init.down.sql h1:bG899DJfmsGFwLcw7cusih4xkhsBxPx1SLlmk7MSbYM=\n\
    20230330013250_init.up.sql h1:MXD1h6XhwATT87mVyGOu9nClE9d3gq2ToCVzDM8XrNY=\n\
    20230330050530_add_address.down.sql h1:3FoQx3wyWZ28fjBwO+btTKa7vsmGDBRC1VQNZbFMDKE=\n\
    20230330050530_add_address.up.sql h1:gm34SHW/C1Pea9/steVzxhb9If7O7nXZaDJX62kJeZg=\n";
const B_UP_ONLY: &str = "h1:aPca1rjTyM2Uv36Y8meG85c48k00+23IiarDc9xgBOY=\n\
    20230330013250_init.up.sql h1:bdFWAWltZQP8xvE1+28LkVD8C2PyhFiwWzqo7Rk6L+Q=\n\
    20230330050530_add_address.up.sql h1:TL3sJzFkM9fP35eOfNnvbS69yxRefaN9qqwhvvZArks=\n";

/// A folder of these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn article(with_address: bool) -> tempfile::TempDir {
    let mut files = vec![
        ("20230330013250_init.up.sql", INIT_UP),
        ("20230330013250_init.down.sql", INIT_DOWN),
    ];
    if with_address {
        files.push(("20230330050530_add_address.up.sql", ADDRESS_UP));
        files.push(("20230330050530_add_address.down.sql", ADDRESS_DOWN));
    }
    folder(&files)
}

fn sum_of(path: &Path, variant: Variant) -> String {
    compute(&Folder::read(path).unwrap(), variant)
}

/// What `text` as `atlas.sum` makes of the folder.
fn state(path: &Path, text: &str) -> SumState {
    fs::write(path.join(FILE_NAME), text).unwrap();
    Folder::read(path).unwrap().sum().clone()
}

fn fault(path: &Path, text: &str) -> (Variant, SumFault) {
    match state(path, text) {
        SumState::Broken { variant, fault } => (variant, fault),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_first_migration_of_the_article_has_the_sums_of_atlas() {
    assert_eq!((INIT_UP.len(), INIT_DOWN.len()), (259, 150));
    let folder = article(false);
    assert_eq!(sum_of(folder.path(), Variant::UpAndDown), A_UP_AND_DOWN);
    assert_eq!(sum_of(folder.path(), Variant::UpOnly), A_UP_ONLY);
}

#[test]
fn both_migrations_of_the_article_have_the_sums_of_atlas() {
    assert_eq!((ADDRESS_UP.len(), ADDRESS_DOWN.len()), (101, 84));
    let folder = article(true);
    assert_eq!(sum_of(folder.path(), Variant::UpAndDown), B_UP_AND_DOWN);
    assert_eq!(sum_of(folder.path(), Variant::UpOnly), B_UP_ONLY);
}

#[test]
fn empty_files_have_the_sums_of_atlas_issue_3460() {
    let names = [1, 2, 3].map(|n| [format!("{n}_foo.up.sql"), format!("{n}_foo.down.sql")]);
    let files: Vec<_> = names
        .iter()
        .flatten()
        .map(|name| (name.as_str(), ""))
        .collect();
    let folder = folder(&files);
    let up_only = sum_of(folder.path(), Variant::UpOnly);
    let mut lines = up_only.lines();
    assert_eq!(
        lines.next(),
        Some("h1:U7koTgSs9HfZBVlJvVyjl3TYQsL1XtYgN3wGlgpbSz4=")
    );
    let first = "1_foo.up.sql h1:sA//QCV2RBTEr8hSuRTm/DFDWs0VcSQHQKZDIGNQ7Y0=";
    assert_eq!(lines.next(), Some(first));
    let both = sum_of(folder.path(), Variant::UpAndDown);
    assert_eq!(
        both.lines().next(),
        Some("h1:vhPiFlhkYSJ1MVyYMAM2gjEm5pjE1ny4RLyYRKvyeB0=")
    );
}

#[test]
fn a_folder_tells_which_variant_it_has() {
    let folder = article(true);
    assert_eq!(
        state(folder.path(), B_UP_AND_DOWN),
        SumState::Good(Variant::UpAndDown)
    );
    assert_eq!(
        state(folder.path(), B_UP_ONLY),
        SumState::Good(Variant::UpOnly)
    );
    // A checkout on Windows changes the line ends of the sum itself too; Atlas does not mind those.
    let windows = B_UP_ONLY.replace('\n', "\r\n");
    assert_eq!(
        state(folder.path(), &windows),
        SumState::Good(Variant::UpOnly)
    );
    fs::remove_file(folder.path().join(FILE_NAME)).unwrap();
    assert_eq!(
        Folder::read(folder.path()).unwrap().sum(),
        &SumState::Absent
    );
}

#[test]
fn an_edited_file_is_named() {
    let folder = article(true);
    let up = folder.path().join("20230330013250_init.up.sql");
    fs::write(&up, INIT_UP.replace('\n', "\r\n")).unwrap();
    let name = || "20230330013250_init.up.sql".to_owned();
    for (sum, variant, line) in [
        (B_UP_AND_DOWN, Variant::UpAndDown, 3),
        (B_UP_ONLY, Variant::UpOnly, 2),
    ] {
        let expected = (variant, SumFault::Changed { line, name: name() });
        assert_eq!(fault(folder.path(), sum), expected);
    }
}

#[test]
fn an_edited_down_file_shows_in_the_older_variant_alone() {
    let folder = article(true);
    fs::write(
        folder.path().join("20230330013250_init.down.sql"),
        "SELECT 1;\n",
    )
    .unwrap();
    assert_eq!(
        state(folder.path(), B_UP_ONLY),
        SumState::Good(Variant::UpOnly)
    );
    let (_, fault) = fault(folder.path(), B_UP_AND_DOWN);
    assert!(
        matches!(fault, SumFault::Changed { line: 2, .. }),
        "{fault:?}"
    );
}

#[test]
fn an_added_file_is_named_wherever_it_comes_in_order() {
    for name in [
        "1_first.up.sql",
        "20230330020000_between.up.sql",
        "3_last.up.sql",
    ] {
        let folder = article(true);
        fs::write(folder.path().join(name), "SELECT 1;\n").unwrap();
        let added = SumFault::Added {
            name: name.to_owned(),
        };
        assert_eq!(fault(folder.path(), B_UP_ONLY).1, added);
        assert_eq!(fault(folder.path(), B_UP_AND_DOWN).1, added);
    }
}

#[test]
fn a_removed_file_is_named() {
    let folder = article(true);
    let name = "20230330050530_add_address.up.sql".to_owned();
    fs::remove_file(folder.path().join(&name)).unwrap();
    let removed = |line| SumFault::Removed {
        line,
        name: name.clone(),
    };
    assert_eq!(fault(folder.path(), B_UP_ONLY).1, removed(3));
    assert_eq!(fault(folder.path(), B_UP_AND_DOWN).1, removed(5));
}

#[test]
fn a_sum_that_git_merged_by_itself_is_found_by_its_first_line() {
    let folder = article(true);
    let merged = B_UP_ONLY.replace("h1:aPca", "h1:bPca");
    let (variant, fault) = fault(folder.path(), &merged);
    assert!(matches!(fault, SumFault::Total { .. }), "{fault:?}");
    assert_eq!(variant, Variant::UpOnly);
}

#[test]
fn a_merge_conflict_is_malformed_at_its_line() {
    let folder = article(true);
    let conflict = B_UP_AND_DOWN.replacen("20230330050530", "<<<<<<< HEAD\n20230330050530", 1);
    let (variant, fault) = fault(folder.path(), &conflict);
    assert_eq!(fault, SumFault::Malformed { line: 4 });
    assert_eq!(variant, Variant::UpAndDown);
    for text in ["", "\n", "h2:x\n", "<<<<<<< HEAD\nh1:x\n"] {
        assert_eq!(
            self::fault(folder.path(), text).1,
            SumFault::Malformed { line: 1 },
            "{text:?}"
        );
    }
}

#[test]
fn other_sql_files_count_in_the_older_variant_and_files_that_are_no_sql_in_none() {
    let folder = article(false);
    fs::write(folder.path().join("seed.sql"), "SELECT 1;\n").unwrap();
    fs::write(folder.path().join("2_a.up.txt"), "SELECT 1;\n").unwrap();
    fs::create_dir(folder.path().join("old.up.sql")).unwrap();
    assert_eq!(sum_of(folder.path(), Variant::UpOnly), A_UP_ONLY);
    let both = sum_of(folder.path(), Variant::UpAndDown);
    assert_eq!(both.lines().count(), 4);
    assert!(both.contains("\nseed.sql h1:"), "{both}");
}

#[test]
fn an_ignored_file_has_no_line_and_counts_by_its_name() {
    let folder = article(false);
    let before = sum_of(folder.path(), Variant::UpOnly);
    let ignored = folder.path().join("20230330013251_local.up.sql");
    fs::write(&ignored, "-- atlas:sum ignore\nSELECT 1;\n").unwrap();
    assert_eq!(sum_of(folder.path(), Variant::UpOnly), before);
    let last = folder.path().join("20230330050530_add_address.up.sql");
    fs::write(&last, ADDRESS_UP).unwrap();
    let with = sum_of(folder.path(), Variant::UpOnly);
    fs::remove_file(&ignored).unwrap();
    assert_ne!(sum_of(folder.path(), Variant::UpOnly), with);
}

#[test]
fn the_order_is_that_of_the_names_bytes() {
    let folder = folder(&[
        ("10_a.up.sql", ""),
        ("9_a.up.sql", ""),
        ("1_Z.down.sql", ""),
    ]);
    let sum = sum_of(folder.path(), Variant::UpAndDown);
    let names: Vec<_> = sum
        .lines()
        .skip(1)
        .map(|line| line.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["10_a.up.sql", "1_Z.down.sql", "9_a.up.sql"]);
}

#[test]
fn a_written_sum_is_good_and_leaves_nothing_beside_it() {
    for variant in [Variant::UpAndDown, Variant::UpOnly] {
        let folder = article(true);
        write(&Folder::read(folder.path()).unwrap(), variant).unwrap();
        assert_eq!(
            Folder::read(folder.path()).unwrap().sum(),
            &SumState::Good(variant)
        );
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
    }
}
