//! Reading a catalog.

mod found;

use futures_util::future::try_join_all;
use serde::de::DeserializeOwned;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, SimpleQueryMessage};

use self::found::{
    FoundDependency, FoundEnumeration, FoundExtension, FoundFunction, FoundOther, FoundSchema,
    FoundSequence, FoundTable, FoundView,
};
use crate::{Catalog, CatalogError, Filter};

/// A name on the search path would be written without its schema. The other settings are in the text of constants.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; \
    SET LOCAL search_path = ''; SET LOCAL quote_all_identifiers = off; SET LOCAL TimeZone = 'UTC'; \
    SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; \
    SET LOCAL bytea_output = 'hex'; SET LOCAL lc_monetary = 'C'; SET LOCAL standard_conforming_strings = on; \
    SHOW server_version_num";

/// The first server that can publish some rows and whole schemas.
const PUBLISHES_ROWS: u32 = 150_000;

macro_rules! query {
    ($name:literal) => {
        concat!(
            include_str!("read/scope.sql"),
            include_str!(concat!("read/", $name, ".sql"))
        )
    };
}

impl Catalog {
    /// Reads what `filter` wants as it is at one moment, in a transaction that only reads. `client` must not be in one.
    ///
    /// # Errors
    /// The line broke, or the server refused.
    pub async fn read(client: &Client, filter: &Filter) -> Result<Self, CatalogError> {
        let begun = client.simple_query(BEGIN).await?;
        let read = read(client, filter, version(&begun)).await;
        let ended = client.batch_execute("ROLLBACK").await;
        let catalog = read?;
        ended?;
        Ok(catalog)
    }
}

fn version(messages: &[SimpleQueryMessage]) -> u32 {
    let rows = messages.iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
        _ => None,
    });
    rows.last().unwrap_or_default()
}

/// All questions are asked at once: they cost the line's delay once.
async fn read(client: &Client, filter: &Filter, version: u32) -> Result<Catalog, CatalogError> {
    let mut queries = vec![
        query!("schemas"),
        query!("extensions"),
        query!("enumerations"),
        query!("sequences"),
        query!("tables"),
        query!("views"),
        query!("functions"),
        query!("dependencies"),
        query!("others"),
    ];
    if version >= PUBLISHES_ROWS {
        queries.push(query!("publications"));
    }
    if filter.has_rights {
        queries.push(query!("rights"));
    }
    let parameters: [(&(dyn ToSql + Sync), Type); 2] = [
        (&filter.schemas, Type::TEXT_ARRAY),
        (&filter.tables_left_out, Type::TEXT_ARRAY),
    ];
    let asked = queries
        .iter()
        .map(|query| client.query_typed(query, &parameters));
    let mut answers = try_join_all(asked).await?.into_iter();
    let mut next = || answers.next().unwrap_or_default();

    let mut catalog = Catalog::default();
    for found in rows::<FoundSchema>(&next())? {
        catalog.schemas.insert(found.name, found.comment);
    }
    for found in rows::<FoundExtension>(&next())? {
        catalog.extensions.insert(found.name, found.schema);
    }
    for found in rows::<FoundEnumeration>(&next())? {
        let (name, enumeration) = found.enumeration();
        catalog.enumerations.insert(name, enumeration);
    }
    for found in rows::<FoundSequence>(&next())? {
        let (name, sequence) = found.sequence();
        catalog.sequences.insert(name, sequence);
    }
    for found in rows::<FoundTable>(&next())? {
        found.put(&mut catalog);
    }
    for found in rows::<FoundView>(&next())? {
        let (name, view) = found.view();
        catalog.views.insert(name, view);
    }
    for found in rows::<FoundFunction>(&next())? {
        let (name, function) = found.function();
        catalog.functions.insert(name, function);
    }
    let dependencies = rows::<FoundDependency>(&next())?;
    for answer in answers {
        for FoundOther(kind, name, text) in rows(&answer)? {
            catalog.others.insert((kind, name), text);
        }
    }
    catalog.dependencies = dependencies
        .into_iter()
        .map(FoundDependency::dependency)
        .filter(|found| catalog.holds(&found.dependent) && catalog.holds(&found.needed))
        .collect();
    Ok(catalog)
}

fn rows<T: DeserializeOwned>(rows: &[tokio_postgres::Row]) -> Result<Vec<T>, CatalogError> {
    rows.iter()
        .map(|row| {
            let told: &str = row.try_get(0)?;
            serde_json::from_str(told).map_err(|source| CatalogError::Strange {
                about: told[..told.floor_char_boundary(100)].to_owned(),
                source,
            })
        })
        .collect()
}
