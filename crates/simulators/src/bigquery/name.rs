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
    /// Reads a path; a custom verb such as `:startManualRuns` is no part of a name.
    pub(super) fn parse(path: &str) -> Self {
        let mut name = Self::default();
        let parts: Vec<String> = path.split('/').map(plain).collect();
        for pair in parts.windows(2) {
            let value = pair[1].clone();
            match pair[0].as_str() {
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

/// A part of a path without its escapes and its custom verb. A project of a domain keeps its colon.
fn plain(part: &str) -> String {
    let part = match part.rsplit_once(':') {
        Some((name, verb)) if verb.chars().all(|letter| letter.is_ascii_alphabetic()) => name,
        _ => part,
    };
    percent_encoding::percent_decode_str(part)
        .decode_utf8_lossy()
        .into_owned()
}
