//! Names of projects, locations, configs and runs.

/// The parts of a path such as `/v1/projects/P/locations/L/transferConfigs/C/runs/R`.
#[derive(Clone, Debug, Default)]
pub(super) struct Name {
    pub(super) project: String,
    /// In lower case; `None` without one, which stands for the multi-region US.
    pub(super) location: Option<String>,
    pub(super) data_source: String,
    pub(super) config: String,
    pub(super) run: String,
    pub(super) dataset: String,
    pub(super) table: String,
    pub(super) job: String,
}

impl Name {
    /// Reads a path; a custom verb at its end, such as `:startManualRuns`, is no part of a name.
    pub(super) fn parse(path: &str) -> Self {
        let mut name = Self::default();
        let parts: Vec<&str> = without_verb(path).split('/').collect();
        for pair in parts.windows(2) {
            let value = plain(pair[1]);
            match pair[0] {
                "projects" => name.project = value,
                "locations" => name.location = Some(value.to_lowercase()),
                "dataSources" => name.data_source = value,
                "transferConfigs" => name.config = value,
                "runs" => name.run = value,
                "datasets" => name.dataset = value,
                "tables" => name.table = value,
                "jobs" | "queries" => name.job = value,
                _ => {}
            }
        }
        name
    }

    /// The location, in lower case.
    pub(super) fn location(&self) -> &str {
        self.location.as_deref().unwrap_or("us")
    }
}

fn without_verb(path: &str) -> &str {
    match path.rsplit_once(':') {
        Some((name, verb)) if verb.chars().all(|letter| letter.is_ascii_alphabetic()) => name,
        _ => path,
    }
}

/// A part of a path without its escapes.
fn plain(part: &str) -> String {
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}
