//! A folder of migrations, a declared schema, and `write`.

use std::fs;
use std::path::PathBuf;

use test_services::PostgresServer;

use crate::stage::{Ended, Stage};

/// A stage with a declared schema; throw-away databases are at the stage's server.
pub(super) struct Desk {
    pub(super) stage: Stage,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::new(),
        }
    }

    pub(super) fn on(server: PostgresServer) -> Self {
        Self {
            stage: Stage::on(server),
        }
    }

    /// The same server, with nothing in the folders.
    pub(super) fn cleared(self) -> Self {
        for folder in [self.stage.migrations(), self.schema_dir()] {
            fs::remove_dir_all(&folder).unwrap();
            fs::create_dir(&folder).unwrap();
        }
        self
    }

    fn schema_dir(&self) -> PathBuf {
        self.stage.migrations().with_file_name("schema")
    }

    /// Makes `sql` the whole declared schema.
    pub(super) fn declare(&self, sql: &str) -> &Self {
        self.declare_file("schema.sql", sql)
    }

    pub(super) fn declare_file(&self, name: &str, sql: &str) -> &Self {
        let path = self.schema_dir().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, sql).unwrap();
        self
    }

    /// `write` with these arguments.
    pub(super) fn write(&self, arguments: &[&str]) -> Ended {
        let url = self.stage.server.url();
        let arguments: Vec<_> = std::iter::once(&"write")
            .chain(arguments)
            .copied()
            .collect();
        self.stage.run_with(&arguments, &[("SCRATCH_URL", &url)])
    }

    /// The files of the folder of migrations with their texts, in order of their names.
    pub(super) fn files(&self) -> Vec<(String, String)> {
        let mut files: Vec<_> = fs::read_dir(self.stage.migrations())
            .unwrap()
            .map(|entry| {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                (name, fs::read_to_string(entry.path()).unwrap())
            })
            .collect();
        files.sort();
        files
    }

    /// The newest up file, and its down file.
    pub(super) fn newest(&self) -> (String, String) {
        let mut texts = [".up.sql", ".down.sql"].map(|end| {
            let files = self.files();
            let found = files.into_iter().rfind(|(name, _)| name.ends_with(end));
            found.unwrap().1
        });
        (std::mem::take(&mut texts[0]), std::mem::take(&mut texts[1]))
    }

    /// How many throw-away databases are left.
    pub(super) fn left_behind(&self) -> String {
        let count = "SELECT count(*) FROM pg_database WHERE datname LIKE 'tasuki%'";
        self.stage.server.query(count).unwrap()
    }
}
