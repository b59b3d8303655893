//! Which PostgreSQL it is, and how it is set up.

use std::fs;
use std::path::{Path, PathBuf};

use function_core::Env;

use super::{HBA, PostgresServer, SERVICE};
use crate::ServiceError;

/// Which PostgreSQL it is, and how it is set up.
#[derive(Clone, Debug, Default)]
pub struct PostgresSetup {
    programs: Programs,
    locale: Vec<String>,
    settings: Vec<String>,
}

impl PostgresSetup {
    /// The operating system's own PostgreSQL.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A newer one than [`PostgresSetup::new`], that of `TASUKI_POSTGRES_NEWER_BIN`. It has no ICU.
    #[must_use]
    pub fn newer() -> Self {
        Self {
            programs: Programs::Newer,
            ..Self::default()
        }
    }

    /// That of the folder of `initdb`.
    #[must_use]
    pub fn at(folder: &Path) -> Self {
        Self {
            programs: Programs::At(folder.to_owned()),
            ..Self::default()
        }
    }

    /// What `initdb` is told of the locale, such as `--locale-provider=icu` and `--icu-locale=en`; without, it is `C`. None holds a space.
    #[must_use]
    pub fn locale(mut self, options: &[&str]) -> Self {
        self.locale = options.iter().map(ToString::to_string).collect();
        self
    }

    /// A setting of the server, such as `TimeZone=Asia/Tokyo`.
    #[must_use]
    pub fn setting(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }

    /// Starts it; it lets everybody in.
    ///
    /// # Errors
    /// PostgreSQL is not installed or does not start.
    pub fn start(self) -> Result<PostgresServer, ServiceError> {
        let programs = match self.programs {
            Programs::Installed => programs(),
            Programs::Newer => newer_programs(),
            Programs::At(folder) => Ok(folder),
        }?;
        PostgresServer::begin(programs, &self.locale, |folder| {
            fs::write(folder.join("hba"), HBA)?;
            Ok(self.settings)
        })
    }
}

#[derive(Clone, Debug, Default)]
enum Programs {
    #[default]
    Installed,
    Newer,
    At(PathBuf),
}

/// The folder of `initdb`: that of `TASUKI_POSTGRES_BIN`, else the newest of Debian's.
pub(super) fn programs() -> Result<PathBuf, ServiceError> {
    if let Some(named) = Env::from_process().get("TASUKI_POSTGRES_BIN") {
        return Ok(named.into());
    }
    let installed = fs::read_dir("/usr/lib/postgresql");
    let installed = installed.into_iter().flatten().flatten();
    let mut folders: Vec<_> = installed.map(|entry| entry.path().join("bin")).collect();
    folders.retain(|folder| folder.join("initdb").is_file());
    folders.sort();
    folders.pop().ok_or(ServiceError::Missing {
        program: SERVICE,
        repair: "apt-get install postgresql, or set TASUKI_POSTGRES_BIN to the folder of initdb",
    })
}

fn newer_programs() -> Result<PathBuf, ServiceError> {
    let env = Env::from_process();
    let named = env.get("TASUKI_POSTGRES_NEWER_BIN").map(PathBuf::from);
    named
        .filter(|folder| folder.join("initdb").is_file())
        .ok_or(ServiceError::Missing {
            program: "a newer PostgreSQL",
            repair: "run scripts/test/install.sh and source scripts/test/environment.sh, or set TASUKI_POSTGRES_NEWER_BIN to the folder of \
                     its initdb",
        })
}
