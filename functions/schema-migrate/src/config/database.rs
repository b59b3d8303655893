//! Which database, and how to log in there.

use std::str::FromStr;

use function_core::{Secret, Settings};
use postgres_client::Address;

/// A database and a login.
#[derive(Clone, Debug)]
pub(crate) struct Database {
    /// `DATABASE_URL_FILE` or `DATABASE_URL`: the database, by the role that owns its schema: `postgres://USER:PASSWORD@HOST/DATABASE?sslmode=…`, or `postgres://USER:PASSWORD@/DATABASE?host=/cloudsql/PROJECT:REGION:INSTANCE`. Required by all commands but `write`, `lint` and `hash`.
    pub(crate) address: Address,
    /// `DATABASE_PASSWORD_FILE` or `DATABASE_PASSWORD`: the role's password, in place of the one in the address. Default that one.
    pub(crate) password: Option<Secret>,
    /// `DATABASE_AUTH`: `password`, or `iam` to log in with a token of the service account, as Cloud SQL and AlloyDB take it. Default `password`.
    pub(crate) login: Login,
}

/// What proves who logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Login {
    /// A password, if the server asks for one.
    Password,
    /// A token of the service account that the process runs as, which lasts an hour.
    Iam,
}

impl Database {
    /// `None` where no address is set, or a wrong one, which is told of.
    pub(super) fn read(settings: &mut Settings<'_>, is_needed: bool) -> Option<Self> {
        let url = url(settings, "DATABASE_URL");
        // A file that can't be read is told of already.
        let is_set = ["DATABASE_URL", "DATABASE_URL_FILE"].map(|name| settings.optional(name));
        if is_needed && is_set == [None, None] {
            settings.missing(
                "DATABASE_URL",
                "the database, such as postgres://migrator@host/shop?sslmode=verify-ca; better in a file that DATABASE_URL_FILE names",
            );
        }
        let password = settings.secret("DATABASE_PASSWORD");
        let login = login(settings);
        if login == Login::Iam && password.is_some() {
            settings.refuse_secret(
                "DATABASE_PASSWORD",
                "with DATABASE_AUTH=iam a token is the password: leave one of the two out",
            );
        }
        Some(Self {
            address: Address::parse(&url?).ok()?,
            password,
            login,
        })
    }
}

fn login(settings: &mut Settings<'_>) -> Login {
    let rule = if cfg!(feature = "cloud") {
        "password or iam"
    } else {
        "password; `iam` is for programs that were built with the feature `cloud`"
    };
    settings.parsed_or("DATABASE_AUTH", Login::Password, rule)
}

impl FromStr for Login {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text {
            "password" => Ok(Self::Password),
            "iam" if cfg!(feature = "cloud") => Ok(Self::Iam),
            _ => Err(()),
        }
    }
}

/// The address in `name`, if one is set; a wrong one is told of without being shown.
pub(super) fn url(settings: &mut Settings<'_>, name: &str) -> Option<Secret> {
    let url = settings.secret(name)?;
    match Address::parse(&url) {
        Ok(_) => Some(url),
        Err(error) => {
            settings.refuse_secret(name, &error.rule);
            None
        }
    }
}
