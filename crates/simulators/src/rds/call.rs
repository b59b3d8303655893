//! A request of the query protocol, taken apart.

use std::collections::BTreeMap;

use super::error::Refusal;
use crate::exchange::Request;

/// The version of the API that every request names.
const VERSION: &str = "2014-10-31";

/// The parameters of one action.
#[derive(Debug)]
pub(crate) struct Call {
    fields: BTreeMap<String, String>,
}

/// What a list of things is narrowed down to: the name of a property and its wanted values.
pub(crate) type Filter = (String, Vec<String>);

impl Call {
    /// Reads the form, or the address of a GET.
    pub(crate) fn parse(request: &Request) -> Result<Self, Refusal> {
        let given = request.parameters().into_iter().chain(request.form());
        let mut fields = given.collect::<BTreeMap<_, _>>();
        fields.remove("Action");
        match fields.remove("Version").as_deref() {
            Some(VERSION) => Ok(Self { fields }),
            other => Err(Refusal::new(
                "InvalidAction",
                format!(
                    "Could not find operation for version {}",
                    other.unwrap_or("NO_VERSION_SPECIFIED")
                ),
            )),
        }
    }

    /// Refuses every parameter that the action does not have; a list is known by its first word.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Refusal> {
        let unknown = self.fields.keys().find(|name| {
            let first = name.split('.').next().unwrap_or_default();
            let list = matches!(first, "Filters" | "ExportOnly");
            !known.contains(&if list { first } else { name })
        });
        unknown.map_or(Ok(()), |name| {
            Err(Refusal::new(
                "InvalidQueryParameter",
                format!("The parameter {name} is not recognized"),
            ))
        })
    }

    /// The parameter; a blank one counts as none.
    pub(crate) fn optional(&self, name: &str) -> Option<&str> {
        let value = self.fields.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Refusal> {
        self.optional(name).ok_or_else(|| {
            Refusal::new(
                "MissingParameter",
                format!("The request must contain the parameter {name}"),
            )
        })
    }

    /// The values of a list, whose items are `NAME.1`, `NAME.2` and so on.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        (1..)
            .map_while(|number| self.fields.get(&format!("{name}.{number}")).cloned())
            .collect()
    }

    /// The filters; one of a name that the action does not have is refused.
    pub(crate) fn filters(&self, known: &[&str]) -> Result<Vec<Filter>, Refusal> {
        let mut filters = Vec::new();
        for number in 1.. {
            let base = format!("Filters.Filter.{number}");
            let Some(name) = self.fields.get(&format!("{base}.Name")) else {
                break;
            };
            let values = self.list(&format!("{base}.Values.Value"));
            if !known.contains(&name.as_str()) {
                return Err(Refusal::value(format!("Unrecognized filter name: {name}")));
            }
            if values.is_empty() {
                return Err(Refusal::value(format!("Filter {name} has no values")));
            }
            filters.push((name.clone(), values));
        }
        Ok(filters)
    }
}

/// Whether some value of each filter is what `property` gives for its name.
pub(crate) fn meets(filters: &[Filter], property: impl Fn(&str) -> Vec<String>) -> bool {
    filters.iter().all(|(name, values)| {
        let own = property(name);
        values.iter().any(|value| own.contains(value))
    })
}

/// Looks for a signature of the right Region and service; what it signs is not checked.
pub(crate) fn authorized(request: &Request, region: &str) -> Result<(), Refusal> {
    let header = request.header("authorization");
    let scope = header
        .strip_prefix("AWS4-HMAC-SHA256 Credential=")
        .and_then(|rest| rest.split([',', ' ']).next())
        .ok_or_else(|| {
            Refusal::new("MissingAuthenticationToken", "Missing Authentication Token")
        })?;
    let parts = scope.split('/').collect::<Vec<_>>();
    match parts[..] {
        [_, _, given, "rds", "aws4_request"] if given == region => Ok(()),
        _ => Err(Refusal::new(
            "SignatureDoesNotMatch",
            format!("Credential should be scoped to a valid Region, and to rds in {region}."),
        )),
    }
}
