//! The names of things in BigQuery that stand for a table.

use std::collections::BTreeMap;

use crate::place::Engine;
use crate::tables::WantedTable;

/// What a marker begins with.
const MARK: &str = " managed:";

/// The most bytes of a table's name.
///
/// **Source**: BigQuery documentation, "Table naming".
const MOST_BYTES: usize = 1024;

impl WantedTable {
    /// The table in BigQuery: the table's own name, outside PostgreSQL's schema `public` with the schema in front.
    pub(crate) fn destination(&self) -> String {
        match self.engine {
            Engine::Postgresql if self.schema != "public" => {
                format!("{}_{}", self.schema, self.table)
            }
            _ => self.table.clone(),
        }
    }

    /// The name of the config: the article's, and the marker by which the config is found again.
    pub(crate) fn display_name(&self, stack: &str) -> String {
        format!("{}{MARK}{stack}/{}", self.title(), self.key)
    }

    /// The article's name: `{database}-{table}-transfer`.
    fn title(&self) -> String {
        let Self {
            database,
            schema,
            table,
            ..
        } = self;
        match self.engine {
            Engine::Postgresql if schema != "public" => {
                format!("{database}-{schema}.{table}-transfer")
            }
            _ => format!("{database}-{table}-transfer"),
        }
    }
}

/// The stack and the key of the marker in the name of a config, where it has one.
pub(crate) fn marked(display_name: &str) -> Option<(&str, &str)> {
    let (_, marker) = display_name.split_once(MARK)?;
    marker.split_once('/')
}

/// What is wrong with the names of `tables`, in words.
///
/// BigQuery takes letters, marks, digits, connectors, dashes and spaces, in any script; which signs of ASCII it does not take is
/// looked at here, the rest is left to it. A path of the transfer service takes no wildcards in a name.
///
/// **Source**: BigQuery documentation, "Table naming"; "Amazon S3 transfers", "Wildcard support".
pub(crate) fn faults(tables: &[WantedTable], is_case_insensitive: bool) -> Vec<String> {
    let mut faults = Vec::new();
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for table in tables {
        let destination = table.destination();
        if let Some(sign) = destination.chars().find(|sign| !may_be_in_table(*sign)) {
            faults.push(format!(
                "`{}` would be the table `{destination}`, but BigQuery takes no `{}` in names; leave it out by EXCLUDE",
                table.key,
                sign.escape_debug()
            ));
        } else if destination.len() > MOST_BYTES {
            faults.push(format!(
                "`{}` has {} bytes, but BigQuery takes names of up to {MOST_BYTES}; leave it out by EXCLUDE",
                table.key,
                destination.len()
            ));
        }
        if table.database.contains('.') {
            faults.push(format!(
                "`{}` is in the database `{}`, whose dot could not be told from the one before the table; leave it out by EXCLUDE",
                table.key, table.database
            ));
        }
        for part in [&table.database, &table.schema] {
            if let Some(sign) = part.chars().find(|sign| !may_be_in_path(*sign)) {
                faults.push(format!(
                    "`{}` has a `{}` in a name that becomes a part of the path; leave it out by EXCLUDE",
                    table.key,
                    sign.escape_debug()
                ));
                break;
            }
        }
        let place = if is_case_insensitive {
            destination.to_lowercase()
        } else {
            destination.clone()
        };
        if let Some(other) = taken.insert(place, &table.key) {
            faults.push(format!(
                "`{other}` and `{}` would both be the table `{destination}`; leave one out by EXCLUDE, or give it a deployment with a DATASET of its own",
                table.key
            ));
        }
    }
    faults
}

fn may_be_in_table(sign: char) -> bool {
    match sign {
        '-' | '_' | ' ' => true,
        _ if sign.is_ascii() => sign.is_ascii_alphanumeric(),
        _ => !sign.is_control(),
    }
}

/// Whether a name with `sign` can be a part of a path: no wildcard, nothing that ends a folder, nothing that begins a marker.
pub(crate) fn may_be_in_path(sign: char) -> bool {
    !sign.is_control() && !matches!(sign, '*' | '?' | '[' | ']' | '/' | '\\' | ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mysql(database: &str, table: &str) -> WantedTable {
        WantedTable::new(Engine::Mysql, database, "", table)
    }

    #[test]
    fn names_are_the_articles_with_a_marker() {
        let table = mysql("app", "users");
        assert_eq!(table.destination(), "users");
        let name = table.display_name("prod");
        assert_eq!(name, "app-users-transfer managed:prod/app.users");
        assert_eq!(marked(&name), Some(("prod", "app.users")));
        assert_eq!(marked("app-users-transfer"), None);
    }

    #[test]
    fn schemas_outside_public_are_in_front() {
        let public = WantedTable::new(Engine::Postgresql, "app", "public", "users");
        assert_eq!(public.destination(), "users");
        assert_eq!(
            public.display_name("p"),
            "app-users-transfer managed:p/app.public.users"
        );
        let audit = WantedTable::new(Engine::Postgresql, "app", "audit", "users");
        assert_eq!(audit.destination(), "audit_users");
        assert_eq!(
            audit.display_name("p"),
            "app-audit.users-transfer managed:p/app.audit.users"
        );
    }

    #[test]
    fn dashes_underscores_capitals_and_other_scripts_are_names() {
        let tables = [
            "order-items",
            "_x",
            "Users",
            "顧客 一覧",
            "users",
            "users_archive",
        ];
        let tables: Vec<_> = tables.iter().map(|table| mysql("app", table)).collect();
        assert_eq!(faults(&tables, false), Vec::<String>::new());
        let [fault] = &faults(&tables, true)[..] else {
            panic!()
        };
        assert!(
            fault.starts_with("`app.Users` and `app.users` would both be"),
            "{fault}"
        );
    }

    #[test]
    fn what_bigquery_does_not_take_is_named() {
        for table in ["a$b", "a.b", "a*", "a/b", "a`b", "a\nb", "a:b"] {
            assert_eq!(faults(&[mysql("app", table)], false).len(), 1, "{table}");
        }
        assert_eq!(faults(&[mysql("a*p", "users")], false).len(), 1);
        assert_eq!(faults(&[mysql("a.b", "users")], false).len(), 1);
        assert_eq!(faults(&[mysql("app", &"x".repeat(1025))], false).len(), 1);
    }

    #[test]
    fn two_tables_of_one_destination_are_both_named() {
        let fault = faults(&[mysql("app", "users"), mysql("shop", "users")], false);
        assert!(
            fault[0].starts_with("`app.users` and `shop.users` would both be the table `users`")
        );
    }
}
