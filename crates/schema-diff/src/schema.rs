//! Schemas, and the extensions that others rest on.

use postgres_client::quote_identifier;
use schema_catalog::Catalog;

use crate::comment;
use crate::plan::Plan;

/// New schemas and extensions come before all else.
pub(crate) fn add(plan: &mut Plan<'_>) {
    for (name, comment) in &plan.wanted.schemas {
        if plan.state.schemas.contains_key(name) {
            continue;
        }
        let quoted = quote_identifier(name);
        let mut up = vec![format!("CREATE SCHEMA {quoted}")];
        up.extend(comment::made("SCHEMA", &quoted, comment.as_ref()));
        plan.step(
            format!("create {quoted} schema"),
            up,
            vec![drop_schema(&quoted)],
        );
        plan.state.schemas.insert(name.clone(), comment.clone());
    }
    for (name, schema) in &plan.wanted.extensions {
        if plan.state.extensions.contains_key(name) {
            continue;
        }
        let quoted = quote_identifier(name);
        plan.step(
            format!("create {quoted} extension"),
            vec![create_extension(name, schema)],
            vec![format!("DROP EXTENSION {quoted}")],
        );
        plan.state.extensions.insert(name.clone(), schema.clone());
    }
}

/// Schemas and extensions that are gone go after all that was in them.
pub(crate) fn release(plan: &mut Plan<'_>) {
    let Catalog {
        schemas,
        extensions,
        ..
    } = plan.state.clone();
    for (name, schema) in extensions {
        if plan.wanted.extensions.contains_key(&name) {
            continue;
        }
        let quoted = quote_identifier(&name);
        plan.step(
            format!("drop {quoted} extension"),
            vec![format!("DROP EXTENSION {quoted}")],
            vec![create_extension(&name, &schema)],
        );
        plan.state.extensions.remove(&name);
    }
    for (name, comment) in schemas {
        if plan.wanted.schemas.contains_key(&name) {
            continue;
        }
        let quoted = quote_identifier(&name);
        let mut down = vec![format!("CREATE SCHEMA {quoted}")];
        down.extend(comment::made("SCHEMA", &quoted, comment.as_ref()));
        plan.step(
            format!("drop {quoted} schema"),
            vec![drop_schema(&quoted)],
            down,
        );
        plan.state.schemas.remove(&name);
    }
}

fn create_extension(name: &str, schema: &str) -> String {
    format!(
        "CREATE EXTENSION {} SCHEMA {}",
        quote_identifier(name),
        quote_identifier(schema)
    )
}

fn drop_schema(quoted: &str) -> String {
    format!("DROP SCHEMA {quoted}")
}
