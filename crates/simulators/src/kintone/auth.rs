//! Who asks, and what they may do.

use std::collections::HashMap;
use std::ops::BitOr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::error::{Refusal, words};
use super::field::FieldType;
use crate::exchange::Request;

/// The most tokens that one request may carry.
const MOST_TOKENS: usize = 9;

/// Who the service says acted, where a token did.
pub(crate) const ADMINISTRATOR: &str = "Administrator";

/// What a token or a user may do with an app. Join them with `|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rights(u8);

impl Rights {
    /// Read records, forms and files.
    pub const VIEW: Self = Self(1);
    /// Add records.
    pub const ADD: Self = Self(2);
    /// Change records.
    pub const EDIT: Self = Self(4);
    /// Delete records.
    pub const DELETE: Self = Self(8);
    /// Manage the app, which includes setting who created a record and when.
    pub const MANAGE: Self = Self(16);
    /// Everything.
    pub const ALL: Self = Self(31);

    /// Whether all of `other` is in here.
    pub fn contain(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}

impl BitOr for Rights {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Somebody who logs in with a password.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) password: Option<String>,
    pub(crate) rights: Rights,
}

/// Tokens and people of the domain.
#[derive(Debug, Default)]
pub(crate) struct Directory {
    pub(crate) tokens: HashMap<String, (u64, Rights)>,
    pub(crate) users: HashMap<String, User>,
    pub(crate) organizations: HashMap<String, String>,
    pub(crate) groups: HashMap<String, String>,
    pub(crate) basic: Option<(String, String)>,
}

/// Whoever sent a request.
#[derive(Debug)]
pub(crate) enum Caller {
    /// By tokens: the rights to each app.
    Tokens(HashMap<u64, Rights>),
    /// By password: the same rights everywhere.
    User {
        code: String,
        name: String,
        rights: Rights,
    },
}

impl Caller {
    pub(crate) fn may(&self, app: u64, wanted: Rights) -> bool {
        match self {
            Self::Tokens(apps) => apps.get(&app).is_some_and(|rights| rights.contain(wanted)),
            Self::User { rights, .. } => rights.contain(wanted),
        }
    }

    /// Refuses what the caller has no right to.
    pub(crate) fn demand(&self, app: u64, wanted: Rights) -> Result<(), Refusal> {
        match self {
            _ if self.may(app, wanted) => Ok(()),
            Self::Tokens(_) => Err(Refusal::new("GAIA_NO01")),
            Self::User { .. } => Err(Refusal::new("CB_NO02")),
        }
    }

    /// Who is recorded as the author of a write.
    pub(crate) fn author(&self) -> Value {
        match self {
            Self::Tokens(_) => json!({ "code": ADMINISTRATOR, "name": ADMINISTRATOR }),
            Self::User { code, name, .. } => json!({ "code": code, "name": name }),
        }
    }
}

impl Directory {
    /// The name of somebody, as it is shown.
    pub(crate) fn user_name(&self, code: &str) -> Option<String> {
        let user = self.users.get(code).map(|user| user.name.clone());
        user.or_else(|| (code == ADMINISTRATOR).then(|| ADMINISTRATOR.to_owned()))
    }

    pub(crate) fn knows_user(&self, code: &str) -> bool {
        code == ADMINISTRATOR || self.users.contains_key(code)
    }

    /// Whether the environment's own gate lets the request through.
    pub(crate) fn passes_gate(&self, request: &Request) -> bool {
        let Some((user, password)) = &self.basic else {
            return true;
        };
        let expected = BASE64_STANDARD.encode(format!("{user}:{password}"));
        request.header("authorization") == format!("Basic {expected}")
    }

    /// Makes everybody known who is named in a value, without a password.
    pub(crate) fn meet(&mut self, kind: FieldType, value: &Value) {
        let entities = match value {
            Value::Array(items) => items.as_slice(),
            single => std::slice::from_ref(single),
        };
        for entity in entities {
            let (Some(code), Some(name)) = (entity["code"].as_str(), entity["name"].as_str())
            else {
                continue;
            };
            let (code, name) = (code.to_owned(), name.to_owned());
            match kind {
                FieldType::Creator | FieldType::Modifier | FieldType::UserSelect => {
                    let user = User {
                        name,
                        password: None,
                        rights: Rights::ALL,
                    };
                    self.users.entry(code).or_insert(user);
                }
                FieldType::OrganizationSelect => {
                    self.organizations.entry(code).or_insert(name);
                }
                FieldType::GroupSelect => {
                    self.groups.entry(code).or_insert(name);
                }
                _ => {}
            }
        }
    }

    /// Finds out who asks. A password is looked at before tokens.
    pub(crate) fn authenticate(&self, request: &Request) -> Result<Caller, Refusal> {
        let password = request.header("x-cybozu-authorization");
        if !password.is_empty() {
            return self.log_in(password).ok_or(Refusal::new("CB_WA01"));
        }
        let headers = request.headers.get_all("x-cybozu-api-token").iter();
        let values = headers
            .filter_map(|value| value.to_str().ok())
            .collect::<Vec<_>>()
            .join(",");
        let tokens = values
            .split(',')
            .map(str::trim)
            .filter(|token| !token.is_empty());
        let tokens = tokens.collect::<Vec<_>>();
        if tokens.is_empty() {
            return Err(Refusal::new("CB_AU01"));
        }
        if tokens.len() > MOST_TOKENS {
            let words = words(
                "APIトークンは9個までです。",
                "At most 9 API tokens are allowed.",
            );
            return Err(Refusal::invalid("X-Cybozu-API-Token", words));
        }
        let mut apps = HashMap::new();
        for token in tokens {
            let (app, rights) = self.tokens.get(token).ok_or(Refusal::new("GAIA_IA02"))?;
            if apps.insert(*app, *rights).is_some() {
                return Err(Refusal::new("GAIA_DA03"));
            }
        }
        Ok(Caller::Tokens(apps))
    }

    fn log_in(&self, header: &str) -> Option<Caller> {
        let decoded = String::from_utf8(BASE64_STANDARD.decode(header).ok()?).ok()?;
        let (code, password) = decoded.split_once(':')?;
        let user = self.users.get(code)?;
        (user.password.as_deref() == Some(password)).then(|| Caller::User {
            code: code.to_owned(),
            name: user.name.clone(),
            rights: user.rights,
        })
    }
}
