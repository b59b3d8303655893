//! A script as files, in Atlas's style: a comment above each change, each statement with its semicolon.

use jiff::Timestamp;
use migration_folder::{Direction, File, Folder, NewFile, Title, TitleError, next_version};
use schema_diff::{Mode, Part, Script};

use super::WriteError;

/// Atlas's words for a file that must not be in a transaction, which `up` understands too.
const NO_TRANSACTION: &str = "-- atlas:txmode none\n\n";

/// The two files of a migration.
pub(super) struct Pair {
    up: NewFile,
    down: NewFile,
}

impl Pair {
    /// The file there, as `replay` takes it.
    pub(super) fn up(&self) -> File {
        as_file(&self.up)
    }

    /// The file back.
    pub(super) fn down(&self) -> File {
        as_file(&self.down)
    }

    /// Both.
    pub(super) fn files(self) -> [NewFile; 2] {
        [self.up, self.down]
    }
}

fn as_file(file: &NewFile) -> File {
    File::new(file.name.clone(), file.text.clone().into_bytes())
}

/// A migration for each part of `script`, in their order: the first is made at `now`, or right above the newest of
/// `folder`, and each further one a second later.
pub(super) fn migrations(
    script: &Script,
    title: &Title,
    folder: &Folder,
    now: Timestamp,
) -> Result<Vec<Pair>, WriteError> {
    let mut newest = folder.migrations().keys().next_back().copied();
    let mut migrations = Vec::new();
    for part in &script.parts {
        let version = next_version(newest, now)?;
        let title = match &part.suffix {
            Some(suffix) => extended(title, suffix)?,
            None => title.clone(),
        };
        let file = |direction| NewFile::new(version, &title, direction, text(part, direction));
        migrations.push(Pair {
            up: file(Direction::Up),
            down: file(Direction::Down),
        });
        newest = Some(version);
    }
    Ok(migrations)
}

/// The suffix may hold the name of an object, the title must not hold all that a name may.
fn extended(title: &Title, suffix: &str) -> Result<Title, TitleError> {
    let whole = format!("{title}_{suffix}");
    whole
        .parse()
        .or_else(|error: TitleError| error.offered.parse())
}

fn text(part: &Part, direction: Direction) -> String {
    let mut text = match part.mode {
        Mode::Transaction => String::new(),
        Mode::NoTransaction => NO_TRANSACTION.to_owned(),
    };
    let mut push = |comment: &str, statements: &[String]| {
        // A name may hold whatever ends a comment.
        let comment = comment.replace(['\n', '\r'], " ");
        text.push_str("-- ");
        text.push_str(&comment);
        text.push('\n');
        for statement in statements {
            text.push_str(statement);
            text.push_str(";\n");
        }
    };
    match direction {
        Direction::Up => {
            for step in &part.steps {
                push(&step.comment, &step.up);
            }
        }
        Direction::Down => {
            for step in part.steps.iter().rev() {
                push(&format!("reverse: {}", step.comment), &step.down);
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use schema_diff::Step;

    use super::*;

    fn step(comment: &str, up: &str, down: &str) -> Step {
        Step {
            comment: comment.to_owned(),
            up: vec![up.to_owned()],
            down: vec![down.to_owned()],
        }
    }

    #[test]
    fn each_part_is_a_migration_a_second_after_the_one_before() {
        let part = |suffix: Option<&str>, mode, steps| Part {
            suffix: suffix.map(str::to_owned),
            mode,
            steps,
        };
        let steps = vec![
            step("add \"a\nb\"", "ALTER 1", "ALTER 2"),
            step("x", "UP", "DOWN"),
        ];
        let index = step(
            "index",
            "CREATE INDEX CONCURRENTLY i ON t (a)",
            "DROP INDEX CONCURRENTLY i",
        );
        let script = Script {
            parts: vec![
                part(None, Mode::Transaction, steps),
                part(Some("index Größe"), Mode::NoTransaction, vec![index]),
            ],
            notes: Vec::new(),
        };
        let folder = Folder::read_or_empty(Path::new("/nowhere/at/all")).unwrap();
        let now = "2023-03-30T01:32:50Z".parse().unwrap();
        let migrations = migrations(&script, &"add".parse().unwrap(), &folder, now).unwrap();
        let files: Vec<_> = migrations.into_iter().flat_map(Pair::files).collect();
        let names: Vec<_> = files.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "20230330013250_add.up.sql",
                "20230330013250_add.down.sql",
                "20230330013251_add_index_gr_e.up.sql",
                "20230330013251_add_index_gr_e.down.sql",
            ]
        );
        assert_eq!(files[0].text, "-- add \"a b\"\nALTER 1;\n-- x\nUP;\n");
        assert_eq!(
            files[1].text,
            "-- reverse: x\nDOWN;\n-- reverse: add \"a b\"\nALTER 2;\n"
        );
        assert_eq!(
            files[2].text,
            "-- atlas:txmode none\n\n-- index\nCREATE INDEX CONCURRENTLY i ON t (a);\n"
        );
    }
}
