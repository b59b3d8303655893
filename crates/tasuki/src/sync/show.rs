//! `tasuki sync show`, and how a plan is shown.

use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use function_core::{Exit, chain};
use table_diff::plan::{Summary, WriteSink};
use table_diff::{Class, Language, render};
use table_sync::{SyncError, TableSync};

use super::{Fault, words};

/// Which plan, and how it is shown.
#[derive(Args)]
pub(crate) struct Options {
    /// The plan, as `tasuki sync list` names it
    plan: String,
    #[command(flatten)]
    view: View,
}

/// How a plan is shown.
#[derive(Args)]
pub(super) struct View {
    /// All rows of it, in this form; without it only how many there are of what
    #[arg(long, value_name = "FORM")]
    format: Option<Form>,
    /// Into a file
    #[arg(long, value_name = "FILE", requires = "format")]
    out: Option<PathBuf>,
    /// In which language: en or ja
    #[arg(long, value_name = "LANGUAGE", default_value = "en", value_parser = language)]
    language: Language,
}

#[derive(Clone, Copy, ValueEnum)]
enum Form {
    /// Lines for a terminal
    Text,
    /// One JSON object
    Json,
    /// A page in one file, without scripts
    Html,
}

/// Shows a plan.
pub(super) async fn run(options: &Options, sync: &TableSync) -> Result<Exit, Fault> {
    let summary = sync.summary(&options.plan).await?;
    options.view.show(sync, &summary).await?;
    rights(sync, &summary).await?;
    Ok(Exit::Done)
}

/// Says so where the role that writes may not write all that could be, before anybody decides.
pub(super) async fn rights(sync: &TableSync, summary: &Summary) -> Result<(), Fault> {
    let classes = Class::ALL.into_iter().filter(|it| it.can_be_applied());
    let classes: Vec<Class> = classes.collect();
    if let Err(error) = sync.check_rights(summary, &classes).await {
        writeln!(
            io::stderr(),
            "tasuki: not all of it could be written now: {}",
            chain(&error)
        )?;
    }
    Ok(())
}

impl View {
    /// In which language.
    pub(super) fn language(&self) -> Language {
        self.language
    }

    /// Shows the plan of `summary`.
    pub(super) async fn show(&self, sync: &TableSync, summary: &Summary) -> Result<(), Fault> {
        let Some(form) = self.format else {
            return Ok(words::summary(
                &mut io::stdout().lock(),
                summary,
                self.language,
            )?);
        };
        let plan = sync.reader(&summary.plan.id).await?;
        let sink = self.open()?;
        let view = render::View {
            language: self.language,
            rows_max: u64::MAX,
        };
        let shown = match form {
            Form::Text => render::text(&plan, &view, sink).await,
            Form::Json => render::json(&plan, view.rows_max, sink).await,
            Form::Html => render::html(&plan, &view, sink).await,
        };
        shown.map_err(SyncError::from)?;
        Ok(())
    }

    fn open(&self) -> io::Result<WriteSink<Box<dyn Write + Send>>> {
        Ok(match &self.out {
            Some(path) => {
                let file = File::create(path)?;
                WriteSink::new(Box::new(file), path.display().to_string())
            }
            None => WriteSink::new(Box::new(io::stdout()), "standard output"),
        })
    }
}

fn language(tag: &str) -> Result<Language, String> {
    Language::of_tag(tag).ok_or_else(|| "en or ja".to_owned())
}
