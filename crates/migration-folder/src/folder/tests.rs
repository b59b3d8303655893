//! Which files of a folder count, and what is said of the others.

use std::fs;

use function_core::chain;

use super::*;
use crate::Variant;

fn folder(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        fs::write(folder.path().join(name), format!("-- {name}\n")).unwrap();
    }
    folder
}

fn read(names: &[&str]) -> Result<Folder, FolderError> {
    Folder::read(folder(names).path())
}

fn words(names: &[&str]) -> String {
    chain(&read(names).unwrap_err())
}

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

#[test]
fn migrations_come_in_order_of_their_numbers() {
    let folder = read(&[
        "10_c.up.sql",
        "9_b.up.sql",
        "009_b.down.sql",
        "0_a.down.sql",
    ])
    .unwrap();
    let seen: Vec<_> = folder
        .migrations()
        .values()
        .map(|migration| {
            let halves = [&migration.up, &migration.down].map(Option::is_some);
            (
                migration.version.to_bigint(),
                migration.title.as_str(),
                halves,
            )
        })
        .collect();
    let expected = [
        (0, "a", [false, true]),
        (9, "b", [true, true]),
        (10, "c", [true, false]),
    ];
    assert_eq!(seen, expected);
    assert_eq!(folder.newest(), Some(version("10")));
}

#[test]
fn a_migration_has_the_title_of_its_up_file() {
    for names in [
        ["1_a.up.sql", "1_b.down.sql"],
        ["1_b.up.sql", "1_a.down.sql"],
    ] {
        let folder = read(&names).unwrap();
        let up = folder.migration(version("1")).unwrap().up.clone().unwrap();
        let title = &folder.migration(version("1")).unwrap().title;
        assert_eq!(up.name(), format!("1_{title}.up.sql"));
    }
}

#[test]
fn a_folder_that_is_not_there_is_told() {
    let path = tempfile::tempdir().unwrap().path().join("migrations");
    let words = chain(&Folder::read(&path).unwrap_err());
    assert!(words.starts_with("there is no folder /"), "{words}");
    assert!(words.ends_with("name the folder of the migrations by MIGRATIONS_DIR (--dir)"));
    assert!(
        Folder::read_or_empty(&path)
            .unwrap()
            .migrations()
            .is_empty()
    );
}

#[test]
fn a_file_in_place_of_the_folder_is_told() {
    let folder = folder(&["migrations"]);
    let words = chain(&Folder::read(&folder.path().join("migrations")).unwrap_err());
    assert!(words.contains("can't be read: Not a directory"), "{words}");
}

#[test]
fn a_folder_without_migrations_is_an_error_that_names_what_was_meant() {
    let empty = words(&[]);
    assert!(
        empty.ends_with("one is called `1_title.up.sql` or `1_title.down.sql`, with any number")
    );
    let near = words(&["V1__init.sql", "2-add.up.sql", "README.md"]);
    let end = "; rename 2-add.up.sql to 2_add.up.sql, V1__init.sql to 1_init.up.sql";
    assert!(near.ends_with(end), "{near}");
    let many = words(&["1.sql", "2.sql", "3.sql", "4.sql", "5.sql"]);
    assert!(
        many.ends_with("3.sql to 3_.up.sql, and 2 more likewise"),
        "{many}"
    );
    let new = folder(&["V1__init.sql"]);
    assert!(Folder::read_or_empty(new.path()).is_err());
    let new = folder(&[".gitkeep", "README.md"]);
    assert!(
        Folder::read_or_empty(new.path())
            .unwrap()
            .migrations()
            .is_empty()
    );
}

#[test]
fn what_is_passed_over_is_kept_with_what_it_may_have_meant() {
    let folder = folder(&[
        "1_a.up.sql",
        "V2__b.sql",
        "seed.sql",
        ".gitattributes",
        "atlas.sum",
    ]);
    fs::create_dir(folder.path().join("2_old.up.sql")).unwrap();
    let read = Folder::read(folder.path()).unwrap();
    let ignored = |name: &str, meant: Option<&str>| Ignored {
        name: name.to_owned(),
        meant: meant.map(str::to_owned),
    };
    assert_eq!(
        read.ignored(),
        [
            ignored("2_old.up.sql/", None),
            ignored("V2__b.sql", Some("2_b.up.sql")),
            ignored("seed.sql", None)
        ]
    );
}

#[test]
fn two_files_of_the_same_half_are_refused() {
    for [one, other] in [
        ["1_a.up.sql", "1_b.up.sql"],
        ["01_a.up.sql", "1_a.up.sql"],
        ["1_a.up.sql", "1_a.up.sql.bak"],
    ] {
        let words = words(&[one, other]);
        let expected = format!(
            "{one} and {other} are both the up file of version 1: give one of them another version"
        );
        assert_eq!(words, expected);
    }
}

#[test]
fn a_version_that_is_too_large_is_refused_with_its_file() {
    let words = words(&["9223372036854775808_a.up.sql"]);
    let start = "9223372036854775808_a.up.sql can't be a migration: version 9223372036854775808 is above 92";
    assert!(words.starts_with(start), "{words}");
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_utf_8_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    let folder = folder(&["1_a.up.sql"]);
    let name = std::ffi::OsStr::from_bytes(b"2_\x83.up.sql");
    fs::write(folder.path().join(name), "").unwrap();
    let words = chain(&Folder::read(folder.path()).unwrap_err());
    assert!(
        words.starts_with("the name of 2_\u{fffd}.up.sql is not UTF-8"),
        "{words}"
    );
}

#[cfg(unix)]
#[test]
fn a_mounted_volume_of_symbolic_links_is_read() {
    let data = folder(&["1_a.up.sql"]);
    let mount = tempfile::tempdir().unwrap();
    for name in ["1_a.up.sql", "..data"] {
        let target = if name == "..data" {
            data.path().to_owned()
        } else {
            data.path().join(name)
        };
        std::os::unix::fs::symlink(target, mount.path().join(name)).unwrap();
    }
    let read = Folder::read(mount.path()).unwrap();
    assert_eq!(
        read.migration(version("1"))
            .unwrap()
            .up
            .as_ref()
            .unwrap()
            .bytes(),
        b"-- 1_a.up.sql\n"
    );
    assert!(read.ignored().is_empty());
}

fn new(name: &str) -> NewFile {
    NewFile {
        name: name.to_owned(),
        text: "SELECT 1;\n".to_owned(),
    }
}

#[test]
fn files_can_be_tried_before_they_are_written() {
    let on_disk = folder(&["1_a.up.sql"]);
    let read = Folder::read(on_disk.path()).unwrap();
    let with = read.with([new("2_b.up.sql"), new("2_b.down.sql")]).unwrap();
    assert_eq!(with.newest(), Some(version("2")));
    assert_eq!(fs::read_dir(on_disk.path()).unwrap().count(), 1);
    let again = with.with([new("2_c.up.sql")]).unwrap_err();
    assert!(matches!(again, FolderError::Duplicate { .. }), "{again}");
}

#[test]
fn added_files_are_written_with_a_sum_of_the_variant_that_is_there() {
    for variant in [Variant::UpAndDown, Variant::UpOnly] {
        let on_disk = folder(&["1_a.up.sql", "1_a.down.sql"]);
        crate::sum::write(&Folder::read(on_disk.path()).unwrap(), variant).unwrap();
        let before = Folder::read(on_disk.path()).unwrap();
        let after = before
            .add(&[new("2_b.up.sql"), new("2_b.down.sql")])
            .unwrap();
        assert_eq!(after.sum(), &SumState::Good(variant));
        let down = after
            .migration(version("2"))
            .unwrap()
            .down
            .as_ref()
            .unwrap();
        assert_eq!(down.text(), Ok("SELECT 1;\n"));
    }
}

#[test]
fn the_first_files_make_the_folder() {
    let path = tempfile::tempdir().unwrap().path().join("a/migrations");
    let folder = Folder::read_or_empty(&path).unwrap();
    let folder = folder.add(&[new("1_a.up.sql")]).unwrap();
    assert_eq!(folder.sum(), &SumState::Good(Variant::UpOnly));
    fs::remove_dir_all(path.parent().unwrap()).unwrap();
}

#[test]
fn a_file_that_came_meanwhile_is_not_overwritten_and_nothing_is_left_half() {
    let on_disk = folder(&["1_a.up.sql"]);
    let read = Folder::read(on_disk.path()).unwrap();
    fs::write(on_disk.path().join("2_b.up.sql"), "theirs").unwrap();
    let error = read
        .add(&[new("2_b.down.sql"), new("2_b.up.sql")])
        .unwrap_err();
    assert!(matches!(error, FolderError::Unwritable { .. }), "{error}");
    assert_eq!(
        fs::read(on_disk.path().join("2_b.up.sql")).unwrap(),
        b"theirs"
    );
    assert_eq!(fs::read_dir(on_disk.path()).unwrap().count(), 2);
}

#[test]
fn nothing_is_added_to_a_folder_whose_sum_is_broken() {
    let on_disk = folder(&["1_a.up.sql"]);
    fs::write(on_disk.path().join("atlas.sum"), "h1:x\n").unwrap();
    let read = Folder::read(on_disk.path()).unwrap();
    let words = chain(&read.add(&[new("2_b.up.sql")]).unwrap_err());
    assert!(
        words.contains("atlas.sum does not belong to its files: 1_a.up.sql is not in atlas.sum"),
        "{words}"
    );
}

#[test]
fn two_thousand_files_are_read_and_verified_in_a_blink() {
    let on_disk = tempfile::tempdir().unwrap();
    for number in 0..1000 {
        for direction in ["up", "down"] {
            let name = format!("{number:04}_step.{direction}.sql");
            fs::write(
                on_disk.path().join(name),
                format!("SELECT {number};\n").repeat(20),
            )
            .unwrap();
        }
    }
    crate::sum::write(&Folder::read(on_disk.path()).unwrap(), Variant::UpAndDown).unwrap();
    let started = std::time::Instant::now();
    let read = Folder::read(on_disk.path()).unwrap();
    let took = started.elapsed();
    assert_eq!(
        (read.migrations().len(), read.sum()),
        (1000, &SumState::Good(Variant::UpAndDown))
    );
    // The benchmark measures it; an unoptimised build on a busy machine gets ten times what that allows.
    assert!(took.as_secs() < 2, "{took:?}");
}
