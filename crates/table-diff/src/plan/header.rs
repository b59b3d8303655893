//! Which databases were compared, when, by whom.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Migrations;
use crate::{Compare, Identity, Sides};

/// Which databases were compared, when, by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// The format: [`FORMAT`](super::FORMAT).
    pub format: u32,
    /// The plan's id.
    pub id: String,
    /// The name and version of what made it.
    pub tool: String,
    /// When the comparison began.
    pub created: Timestamp,
    /// Who wanted it.
    pub by: String,
    /// What was compared.
    pub compare: Compare,
    /// Whether rows go backwards: from production to development.
    pub reverse: bool,
    /// Where rows come from.
    pub source: SideHeader,
    /// Where rows go to.
    pub target: SideHeader,
    /// How the migrations of both sides differ; `None` where a side keeps none.
    pub migrations: Option<Migrations>,
    /// The names of all tables of the plan, in its order.
    pub tables: Vec<String>,
}

/// One database of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideHeader {
    /// What people call it: `development`, `production`.
    pub name: String,
    /// Which one it is.
    pub identity: Identity,
}

impl Header {
    /// What people call both databases.
    pub fn names(&self) -> Sides<String> {
        Sides {
            source: self.source.name.clone(),
            target: self.target.name.clone(),
        }
    }
}
