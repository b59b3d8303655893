//! Tables: described, made, deleted.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_client::{AwsError, Direct, SdkConfig, pages};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::endpoint::{DefaultResolver, Params, ResolveEndpoint as _};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType, Tag,
    TimeToLiveDescription, TimeToLiveStatus,
};
use function_core::Env;

use crate::describe::description;
use crate::{Description, KeyAttribute, KeyKind, KeySchema, NewTable, TableError, Time};
use crate::{Writer, WriterOptions};

/// How long a table is waited for that is made or deleted, and how often it is looked at.
const CHANGED_WITHIN: Duration = Duration::from_mins(2);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The tables of one account in one Region. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Tables {
    pub(crate) client: Client,
    config: SdkConfig,
    endpoint: String,
    pub(crate) time: Time,
}

impl Tables {
    /// The tables that `env` names the way to; see [`aws_client`].
    pub async fn open(env: &Env) -> Self {
        let config = aws_client::config(env, "DYNAMODB").await;
        Self {
            client: Client::new(&config),
            endpoint: endpoint(&config).await,
            config,
            time: Time::tokio(),
        }
    }

    /// The same, waiting by `time`; a writer has its own.
    #[must_use]
    pub fn with_time(self, time: Time) -> Self {
        Self { time, ..self }
    }

    /// What the table is; `None` where there is none of that name.
    ///
    /// # Errors
    /// The service refuses, or was not reached.
    pub async fn describe(&self, table: &str) -> Result<Option<Description>, TableError> {
        let answer = self.client.describe_table().table_name(table).send().await;
        let answer = answer.map_err(|error| AwsError::of("DescribeTable", table, &error));
        let Some(answer) = unless_missing(answer)? else {
            return Ok(None);
        };
        let described = answer.table.ok_or_else(|| TableError::Answer {
            operation: "DescribeTable",
            resource: table.to_owned(),
            part: "the table",
        })?;
        description(table, described).map(Some)
    }

    /// The attribute by which the table's items expire; `None` where they don't. It needs a right of its own.
    ///
    /// # Errors
    /// The service refuses, or was not reached.
    pub async fn ttl_attribute(&self, table: &Description) -> Result<Option<String>, TableError> {
        let name = &table.name;
        let request = self.client.describe_time_to_live().table_name(name);
        let answer = request.send().await;
        let answer = answer.map_err(|error| AwsError::of("DescribeTimeToLive", name, &error));
        let ttl = unless_missing(answer)?.and_then(|answer| answer.time_to_live_description);
        let is_on = |ttl: &TimeToLiveDescription| {
            let status = ttl.time_to_live_status.as_ref();
            matches!(
                status,
                Some(TimeToLiveStatus::Enabled | TimeToLiveStatus::Enabling)
            )
        };
        Ok(ttl.filter(is_on).and_then(|ttl| ttl.attribute_name))
    }

    /// Makes a table, on demand, and waits until it can be used.
    ///
    /// # Errors
    /// [`TableError::Exists`]; the service refuses, was not reached, or needs too long.
    pub async fn create(&self, new: &NewTable) -> Result<Description, TableError> {
        let request = self
            .client
            .create_table()
            .table_name(&new.name)
            .set_key_schema(Some(elements(&new.key)))
            .set_attribute_definitions(Some(definitions(&new.key)))
            .billing_mode(BillingMode::PayPerRequest)
            .set_tags(tags(&new.tags));
        let answer = request.send().await;
        let answer = answer.map_err(|error| AwsError::of("CreateTable", &new.name, &error));
        if let Err(error) = answer {
            return Err(match error.code() {
                Some("ResourceInUseException") => TableError::Exists {
                    table: new.name.clone(),
                },
                _ => error.into(),
            });
        }
        self.active(&new.name).await
    }

    /// Waits until a table that was just made can be used.
    async fn active(&self, table: &str) -> Result<Description, TableError> {
        let start = self.time.passed();
        loop {
            let status = match self.describe(table).await? {
                Some(described) if described.status == "ACTIVE" => return Ok(described),
                Some(described) => described.status,
                // What was just made is not known everywhere at once.
                None => "CREATING".to_owned(),
            };
            self.wait_on(table, status, start).await?;
        }
    }

    /// Waits a little for a table to change, if it was not waited for too long.
    async fn wait_on(
        &self,
        table: &str,
        status: String,
        start: Duration,
    ) -> Result<(), TableError> {
        let waited = self.time.passed().saturating_sub(start);
        if waited >= CHANGED_WITHIN {
            return Err(TableError::Inactive {
                table: table.to_owned(),
                status,
                seconds: waited.as_secs(),
            });
        }
        self.time.wait(LOOK_EVERY).await;
        Ok(())
    }

    /// Deletes the table if it is still the one that was described, as soon as it can be deleted. One that is gone
    /// already is no fault. The service deletes on its own: [`Tables::gone`] waits for it.
    ///
    /// # Errors
    /// [`TableError::Replaced`]; the service refuses, was not reached, or needs too long.
    pub async fn delete(&self, table: &Description) -> Result<(), TableError> {
        let start = self.time.passed();
        loop {
            let status = match self.describe(&table.name).await? {
                None => return Ok(()),
                Some(found) if found.id != table.id => {
                    return Err(TableError::Replaced {
                        table: table.name.clone(),
                        expected: table.id.clone(),
                        found: found.id,
                    });
                }
                Some(found) if found.status == "DELETING" => return Ok(()),
                Some(found) => found.status,
            };
            let request = self.client.delete_table().table_name(&table.name);
            let answer = request.send().await;
            let answer = answer.map_err(|error| AwsError::of("DeleteTable", &table.name, &error));
            match unless_missing(answer) {
                // Whoever is made or changed just now can't be deleted yet.
                Err(error) if error.code() == Some("ResourceInUseException") => {
                    self.wait_on(&table.name, status, start).await?;
                }
                answer => {
                    answer?;
                    return Ok(());
                }
            }
        }
    }

    /// Waits until there is no table of that name.
    ///
    /// # Errors
    /// The service refuses, was not reached, or needs too long.
    pub async fn gone(&self, table: &str) -> Result<(), TableError> {
        let start = self.time.passed();
        while let Some(found) = self.describe(table).await? {
            self.wait_on(table, found.status, start).await?;
        }
        Ok(())
    }

    /// The table's tags.
    ///
    /// # Errors
    /// The service refuses, or was not reached.
    pub async fn tags(&self, table: &Description) -> Result<BTreeMap<String, String>, TableError> {
        let arn = &table.arn;
        let tags = pages(move |token| async move {
            let request = self.client.list_tags_of_resource().resource_arn(arn);
            let page = request.set_next_token(token).send().await;
            let page = page.map_err(|error| AwsError::of("ListTagsOfResource", arn, &error))?;
            Ok((page.tags.unwrap_or_default(), page.next_token))
        });
        let tags = tags.await?.into_iter();
        Ok(tags.map(|tag| (tag.key, tag.value)).collect())
    }

    /// Writes items into the table.
    pub fn writer(&self, table: &Description, options: WriterOptions) -> Writer {
        let direct = Direct::new(&self.config, "dynamodb", &self.endpoint);
        Writer::new(&self.client, direct, table, options)
    }
}

/// Where the Region's tables are; empty where that can't be told, which each request tells then.
async fn endpoint(config: &SdkConfig) -> String {
    let parameters = Params::builder()
        .set_region(config.region().map(ToString::to_string))
        .set_endpoint(config.endpoint_url().map(str::to_owned))
        .set_use_fips(config.use_fips())
        .set_use_dual_stack(config.use_dual_stack())
        .build();
    let Ok(parameters) = parameters else {
        return String::new();
    };
    let endpoint = DefaultResolver::new().resolve_endpoint(&parameters).await;
    endpoint.map_or_else(|_| String::new(), |endpoint| endpoint.url().to_owned())
}

/// The answer, or `None` where there is no such table.
fn unless_missing<T>(answer: Result<T, AwsError>) -> Result<Option<T>, AwsError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if error.code() == Some("ResourceNotFoundException") => Ok(None),
        Err(error) => Err(error),
    }
}

pub(crate) fn elements(key: &KeySchema) -> Vec<KeySchemaElement> {
    let element = |attribute: &KeyAttribute, kind| {
        KeySchemaElement::builder()
            .attribute_name(&attribute.name)
            .key_type(kind)
            .build()
            .unwrap_or_else(|_| unreachable!("it has a name and a type"))
    };
    let sort = key.sort.iter().map(|sort| element(sort, KeyType::Range));
    std::iter::once(element(&key.partition, KeyType::Hash))
        .chain(sort)
        .collect()
}

pub(crate) fn definitions(key: &KeySchema) -> Vec<AttributeDefinition> {
    let definition = |attribute: &KeyAttribute| {
        AttributeDefinition::builder()
            .attribute_name(&attribute.name)
            .attribute_type(match attribute.kind {
                KeyKind::S => ScalarAttributeType::S,
                KeyKind::N => ScalarAttributeType::N,
                KeyKind::B => ScalarAttributeType::B,
            })
            .build()
            .unwrap_or_else(|_| unreachable!("it has a name and a type"))
    };
    let sort = key.sort.iter().map(definition);
    std::iter::once(definition(&key.partition))
        .chain(sort)
        .collect()
}

fn tags(tags: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    let tag = |(name, value): (&String, &String)| {
        let tag = Tag::builder().key(name).value(value).build();
        tag.unwrap_or_else(|_| unreachable!("it has a key and a value"))
    };
    // Some emulators refuse an empty list.
    (!tags.is_empty()).then(|| tags.iter().map(tag).collect())
}
