//! `lint`: what is dangerous in migrations, told from their text alone.

use std::fmt::{self, Display, Write as _};
use std::path::{Path, PathBuf};

use function_core::Exit;
use migration_folder::{Direction, File, FileName, Folder};
use migration_sql::{Finding, LintOptions, Severity, lint};

use crate::context::Context;
use crate::error::CommandError;

/// Tells what is found in the files at `paths`, or in all of the folder; 3 if any of it is more than advice.
pub(crate) fn run(context: &Context, paths: &[PathBuf]) -> Result<Exit, CommandError> {
    let files = if paths.is_empty() {
        files_of(&context.folder()?)
    } else {
        paths
            .iter()
            .map(|path| read(path))
            .collect::<Result<Vec<_>, _>>()?
    };
    let mut text = String::new();
    let mut worst = None;
    for file in &files {
        for finding in look_over(file, &context.config.lint)? {
            worst = worst.max(Some(finding.severity));
            writeln!(text, "{}", Line(file.name(), &finding))
                .unwrap_or_else(|_| unreachable!("a String takes all writes"));
        }
    }
    if text.is_empty() {
        context
            .output
            .say(&format!("nothing found in {} files", files.len()));
    } else {
        context.output.warn(&text);
    }
    Ok(if worst > Some(Severity::Advice) {
        Exit::Differences
    } else {
        Exit::Done
    })
}

/// What is found in `file`, which is judged by the way that its name says it goes.
fn look_over(file: &File, options: &LintOptions) -> Result<Vec<Finding>, CommandError> {
    let name = Path::new(file.name())
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let name = FileName::parse(name).ok().flatten();
    let is_down = name.is_some_and(|name| name.direction == Direction::Down);
    let options = options.clone().for_down(is_down);
    Ok(lint(file.text()?, &options))
}

fn files_of(folder: &Folder) -> Vec<File> {
    let migrations = folder.migrations().values();
    migrations
        .flat_map(|migration| migration.up.iter().chain(&migration.down))
        .cloned()
        .collect()
}

/// The file at `path`, which is called as it was given.
fn read(path: &Path) -> Result<File, CommandError> {
    let file = path.display().to_string();
    match std::fs::read(path) {
        Ok(bytes) => Ok(File::new(file, bytes)),
        Err(source) => Err(CommandError::Unreadable { file, source }),
    }
}

/// `1_a.up.sql:2:1: danger, require-concurrent-index-creation: … (…)`, as editors find their way by.
struct Line<'a>(&'a str, &'a Finding);

impl Display for Line<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(
            file,
            Finding {
                rule,
                position,
                severity,
                message,
                help,
            },
        ) = self;
        let severity = match severity {
            Severity::Advice => "advice",
            Severity::Danger => "danger",
            Severity::Refused => "refused",
        };
        write!(
            formatter,
            "{file}:{}:{}: {severity}, {rule}: {message}",
            position.line, position.column
        )?;
        help.as_ref()
            .map_or(Ok(()), |help| write!(formatter, " ({help})"))
    }
}
