use clap::error::ErrorKind;

use super::*;

fn read(words: &[&str]) -> Result<CommandLine, clap::Error> {
    CommandLine::read(["schema-migrate"].iter().chain(words).map(OsString::from))
}

fn command(words: &[&str]) -> Command {
    read(words).unwrap().command()
}

fn fault(words: &[&str]) -> ErrorKind {
    let error = read(words).unwrap_err();
    assert_eq!(error.exit_code(), 2, "{words:?}");
    error.kind()
}

fn version(number: u64) -> Version {
    Version::new(number).unwrap()
}

fn up() -> Command {
    Command::Up {
        count: None,
        to: None,
        out_of_order: false,
    }
}

#[test]
fn no_command_is_up() {
    assert_eq!(command(&[]), up());
    assert_eq!(command(&["up"]), up());
    assert_eq!(command(&["-method", "up", "-name", "x"]), up());
    assert_eq!(command(&["-method up"]), up());
}

#[test]
fn unknown_commands_and_surplus_words_are_faults() {
    for words in [
        &["upp"][..],
        &["-method", "upp"],
        &["up", "1", "2"],
        &["status", "now"],
        &["check", "1"],
        &["drift", "x"],
        &["describe", "a", "b"],
        &["goto", "1", "2"],
        &["--nonsense"],
        &["-method"],
        &["help"],
    ] {
        fault(words);
    }
    assert_eq!(
        fault(&["up", "1", "--to", "2"]),
        ErrorKind::ArgumentConflict
    );
    assert_eq!(fault(&["down", "1", "--all"]), ErrorKind::ArgumentConflict);
    for words in [
        &["--to", "1", "--accept", "2"][..],
        &["--skip", "--to", "1"],
        &["--skip", "--accept", "1"],
    ] {
        let words = [&["repair"], words].concat();
        assert_eq!(fault(&words), ErrorKind::ArgumentConflict, "{words:?}");
    }
}

#[test]
fn what_must_be_said_is_asked_for() {
    for words in [
        &["down"][..],
        &["goto"],
        &["baseline"],
        &["describe"],
        &["write"],
    ] {
        assert_eq!(
            fault(words),
            ErrorKind::MissingRequiredArgument,
            "{words:?}"
        );
    }
}

#[test]
fn numbers_are_counts_and_versions() {
    for words in [
        &["up", "0"][..],
        &["up", "-1"],
        &["down", "all"],
        &["goto", "v1"],
        &["baseline", "9223372036854775808"],
    ] {
        fault(words);
    }
    let two = NonZeroUsize::new(2);
    assert_eq!(
        command(&["up", "2"]),
        Command::Up {
            count: two,
            to: None,
            out_of_order: false
        }
    );
    let to = Some(version(20_230_330_013_250));
    let words = ["up", "--to", "20230330013250", "--out-of-order"];
    assert_eq!(
        command(&words),
        Command::Up {
            count: None,
            to,
            out_of_order: true
        }
    );
    let down = Command::Down {
        count: None,
        all: true,
        allow_empty_down: false,
    };
    assert_eq!(command(&["down", "--all"]), down);
    let goto = Command::Goto {
        version: version(0),
        allow_empty_down: false,
    };
    assert_eq!(command(&["goto", "0"]), goto);
}

#[test]
fn write_takes_its_answers() {
    let words = [
        "write",
        "add_address",
        "--rename",
        "a:b",
        "--rename",
        "a.c:d",
        "--drop",
        "e",
        "--backfill",
        "t.c='x'",
        "--unsafe",
    ];
    let expected = WriteArguments {
        name: "add_address".parse().unwrap(),
        renames: vec!["a:b".parse().unwrap(), "a.c:d".parse().unwrap()],
        drops: vec!["e".parse().unwrap()],
        backfills: vec!["t.c='x'".parse().unwrap()],
        is_unsafe: true,
    };
    assert_eq!(command(&words), Command::Write(expected));
}

#[test]
fn a_name_that_is_no_file_name_everywhere_is_refused_with_one_that_is() {
    let words = read(&["write", "Add Address"]).unwrap_err().to_string();
    assert!(words.contains("such as `add_address`"), "{words}");
}

#[test]
fn the_command_line_comes_before_the_environment() {
    let env = Env::from_iter([("MIGRATIONS_DIR", "/env"), ("LOCK_TIMEOUT", "1s")]);
    let words = [
        "--dir",
        "/flag",
        "up",
        "--out-of-order",
        "--statement-timeout",
        "0",
    ];
    let settings = read(&words).unwrap().settings(&env);
    assert_eq!(settings.get("MIGRATIONS_DIR"), Some("/flag"));
    assert_eq!(settings.get("OUT_OF_ORDER"), Some("on"));
    assert_eq!(settings.get("STATEMENT_TIMEOUT"), Some("0"));
    assert_eq!(settings.get("LOCK_TIMEOUT"), Some("1s"));
}

#[test]
fn only_what_works_on_files_needs_no_database() {
    for (words, needs) in [
        (&["up"][..], true),
        (&["status"], true),
        (&["check"], true),
        (&["drift"], true),
        (&["describe", "t"], true),
        (&["hash"], false),
        (&["lint"], false),
        (&["write", "init"], false),
    ] {
        assert_eq!(command(words).needs_database(), needs, "{words:?}");
    }
}
