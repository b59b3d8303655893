//! What declared files hold that is no schema of a database.

use migration_folder::File;
use migration_sql::{Script, words};

use super::WriteError;

/// Refuses statements that would change the throw-away server for good; answers what comes to nothing. A file that
/// can't be cut into statements is told by whoever runs it.
pub(super) fn notes(files: &[File]) -> Result<Vec<String>, WriteError> {
    let mut notes = Vec::new();
    for file in files {
        let Some(script) = file.text().ok().and_then(|text| Script::read(text).ok()) else {
            continue;
        };
        for statement in script.statements {
            let words = words(&statement).unwrap_or_default();
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let (file, line) = (file.name().to_owned(), statement.line);
            if is_of_the_server(&words) {
                let words = words.iter().take(2).copied().collect::<Vec<_>>().join(" ");
                return Err(WriteError::OfTheServer { file, line, words });
            }
            if let Some(what) = of_the_data(&words) {
                notes.push(format!(
                    "{file} line {line}: what this {what} does is in no migration, for neither rows nor where a sequence stands are a \
                     part of a schema: write a migration for it by hand"
                ));
            }
        }
    }
    Ok(notes)
}

/// What a statement does to the data, if that is what it is for.
fn of_the_data<'a>(words: &[&'a str]) -> Option<&'a str> {
    match words {
        [
            word @ ("INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE"),
            ..,
        ] => Some(word),
        ["SELECT", rest @ ..] if rest.contains(&"SETVAL") => Some("setval"),
        ["ALTER", "SEQUENCE", rest @ ..] if rest.contains(&"RESTART") => Some("RESTART"),
        _ => None,
    }
}

/// Whether a statement is about what all databases of a server share.
fn is_of_the_server(words: &[&str]) -> bool {
    match words {
        ["CREATE" | "ALTER" | "DROP", "USER", "MAPPING", ..] => false,
        [
            "CREATE" | "ALTER" | "DROP",
            "DATABASE" | "ROLE" | "USER" | "GROUP" | "TABLESPACE",
            ..,
        ]
        | ["ALTER", "SYSTEM", ..]
        | ["COMMENT", "ON", "DATABASE" | "ROLE" | "TABLESPACE", ..] => true,
        ["GRANT" | "REVOKE", rest @ ..] => {
            let mut after = rest.iter().skip_while(|word| **word != "ON").skip(1);
            // Without ON it is about membership.
            matches!(
                after.next(),
                None | Some(&("DATABASE" | "TABLESPACE" | "PARAMETER"))
            )
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(sql: &str) -> Result<Vec<String>, WriteError> {
        notes(&[File::new("a.sql".to_owned(), sql.as_bytes().to_vec())])
    }

    #[test]
    fn what_a_server_has_for_all_its_databases_is_refused_without_its_password() {
        for sql in [
            "CREATE /* a */ DATABASE evil",
            "ALTER ROLE app PASSWORD 'secret'",
            "CREATE USER \"of mapping\" PASSWORD 'secret'",
            "GRANT admin TO app",
            "GRANT CONNECT ON DATABASE shop TO app",
            "ALTER SYSTEM SET jit = off",
            "COMMENT ON ROLE app IS 'secret'",
        ] {
            let refused = told(&format!("SELECT 1;\n\n{sql};"))
                .unwrap_err()
                .to_string();
            assert!(refused.starts_with("a.sql line 3: "), "{refused}");
            assert!(!refused.contains("secret"), "{refused}");
        }
    }

    #[test]
    fn what_is_of_the_data_is_told() {
        let notes = told(
            "SELECT set_config('search_path', '', false);\nINSERT INTO item VALUES (1);\nSELECT pg_catalog.setval('item_id_seq', 7);\n\
             ALTER SEQUENCE s INCREMENT 2;\nALTER SEQUENCE s RESTART WITH 5;",
        );
        let notes = notes.unwrap();
        let told = [(2, "INSERT"), (3, "setval"), (5, "RESTART")];
        assert_eq!(notes.len(), told.len(), "{notes:?}");
        for (note, (line, what)) in notes.iter().zip(told) {
            let start = format!("a.sql line {line}: what this {what} does is in no migration, ");
            assert!(note.starts_with(&start), "{note}");
        }
    }

    #[test]
    fn what_is_of_one_database_is_not() {
        let told = told(
            "CREATE USER MAPPING FOR app SERVER far; GRANT SELECT ON item TO app; CREATE TABLE database (role int); \
             ALTER DEFAULT PRIVILEGES FOR ROLE app GRANT SELECT ON TABLES TO app; COMMENT ON TABLE role IS 'x'",
        );
        assert_eq!(told.unwrap(), [""; 0]);
    }
}
