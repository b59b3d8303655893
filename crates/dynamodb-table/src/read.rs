//! Items read back.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::ops::Range;
use std::time::Duration;

use aws_client::AwsError;
use aws_sdk_dynamodb::operation::scan::ScanOutput;
use aws_sdk_dynamodb::operation::scan::builders::ScanFluentBuilder;
use aws_sdk_dynamodb::types::{KeysAndAttributes, Select};
use dynamodb_format::Item;
use function_core::{Backoff, retry};
use futures_util::{Stream, TryStreamExt as _, stream};

use crate::value::{SdkItem, from_sdk, to_sdk};
use crate::{Description, TableError, Tables, Time};

/// The most keys of one request. **Source**: Amazon DynamoDB API Reference, `BatchGetItem`.
const KEYS_MAX: usize = 100;

/// How often a page is asked for, besides what the SDK repeats itself, and how long is waited between. A provisioned
/// table may be throttled for minutes.
const ATTEMPTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);
const FIRST_DELAY: Duration = Duration::from_millis(200);
const LONGEST_DELAY: Duration = Duration::from_secs(20);

/// Into how many segments a table is cut to be counted.
const COUNTED_AT_ONCE: u32 = 8;

/// How long keys may stay unprocessed.
const BUSY_WITHIN: Duration = Duration::from_mins(3);

/// How a table is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scan {
    /// The segments that are read, all at once, of those that the table is cut into: `0..4` of 4 is all of it.
    pub segments: Range<u32>,
    /// Into how many the table is cut, 1 to 1,000,000.
    pub total_segments: u32,
    /// Whether all is read that was written before; it costs twice as much.
    pub is_consistent: bool,
    /// Whether only key attributes are wanted. It costs as much.
    pub keys_only: bool,
}

/// Where a segment goes on.
enum Next {
    Begin,
    After(SdkItem),
    End,
}

impl Tables {
    /// Whether the table holds any item, as of now.
    ///
    /// # Errors
    /// The service refuses, or was not reached.
    pub async fn holds_items(&self, table: &Description) -> Result<bool, TableError> {
        let request = self.client.scan().table_name(&table.name).limit(1);
        let whole = Scan {
            segments: 0..1,
            total_segments: 1,
            is_consistent: true,
            keys_only: true,
        };
        // A page may be empty and not the last one.
        let pages = self.pages(&request.consistent_read(true), table, &whole);
        let mut pages = std::pin::pin!(pages);
        while let Some(page) = pages.try_next().await? {
            if page.count > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The items of the segments, page by page, in no order.
    pub fn scan(
        &self,
        table: &Description,
        scan: &Scan,
    ) -> impl Stream<Item = Result<Vec<Item>, TableError>> + Send + use<> {
        let request = self.client.scan().table_name(&table.name);
        let request = request.consistent_read(scan.is_consistent);
        let request = if scan.keys_only {
            keys_only(request, table)
        } else {
            request
        };
        let name = table.name.clone();
        self.pages(&request, table, scan).and_then(move |page| {
            let items = page.items.unwrap_or_default().into_iter().map(from_sdk);
            let items = items.collect::<Option<Vec<_>>>();
            std::future::ready(items.ok_or_else(|| TableError::Answer {
                operation: "Scan",
                resource: name.clone(),
                part: "a type that is known",
            }))
        })
    }

    /// Whether the table holds more items than so many, as of now. They are counted up to there, which costs as much as
    /// reading them.
    ///
    /// # Errors
    /// The service refuses, or was not reached.
    pub async fn holds_more_than(
        &self,
        table: &Description,
        items: u64,
    ) -> Result<bool, TableError> {
        let request = self.client.scan().table_name(&table.name);
        let request = request.consistent_read(true).select(Select::Count);
        let scan = Scan {
            segments: 0..COUNTED_AT_ONCE,
            total_segments: COUNTED_AT_ONCE,
            is_consistent: true,
            keys_only: true,
        };
        let mut pages = std::pin::pin!(self.pages(&request, table, &scan));
        let mut count = 0;
        while let Some(page) = pages.try_next().await? {
            count += u64::try_from(page.count).unwrap_or(0);
            if count > items {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The pages of the segments of `request`, as they come.
    fn pages(
        &self,
        request: &ScanFluentBuilder,
        table: &Description,
        scan: &Scan,
    ) -> impl Stream<Item = Result<ScanOutput, TableError>> + Send + use<> {
        let segments = scan.segments.clone().map(|segment| {
            let request = match scan.total_segments {
                1 => request.clone(),
                total => {
                    let number = |number| i32::try_from(number).unwrap_or(i32::MAX);
                    let request = request.clone().segment(number(segment));
                    request.total_segments(number(total))
                }
            };
            let (name, time) = (table.name.clone(), self.time.clone());
            Box::pin(stream::try_unfold(Next::Begin, move |next| {
                let (request, name, time) = (request.clone(), name.clone(), time.clone());
                async move {
                    let request = match next {
                        Next::Begin => request,
                        Next::After(key) => request.set_exclusive_start_key(Some(key)),
                        Next::End => return Ok(None),
                    };
                    let mut page = page(&request, &name, &time).await?;
                    let last = page.last_evaluated_key.take();
                    let last = last.filter(|key| !key.is_empty());
                    Ok::<_, TableError>(Some((page, last.map_or(Next::End, Next::After))))
                }
            }))
        });
        stream::select_all(segments)
    }

    /// The items of up to 100 keys, consistently, in no order. A key that has no item gives none.
    ///
    /// # Errors
    /// A key does not fit; the service refuses, or was not reached, or stayed busy.
    pub async fn get(&self, table: &Description, keys: &[Item]) -> Result<Vec<Item>, TableError> {
        let mut found = Vec::new();
        for keys in keys.chunks(KEYS_MAX) {
            let keys = keys.iter().map(|key| table.key.key_of(key));
            let keys = keys.collect::<Result<Vec<_>, _>>();
            let keys = keys.map_err(|source| TableError::Key {
                table: table.name.clone(),
                source,
            })?;
            self.get_batch(&table.name, &keys, &mut found).await?;
        }
        Ok(found)
    }

    async fn get_batch(
        &self,
        table: &str,
        keys: &[Item],
        found: &mut Vec<Item>,
    ) -> Result<(), TableError> {
        let start = self.time.passed();
        let mut backoff = Backoff::new(FIRST_DELAY, LONGEST_DELAY);
        let mut wanted: Vec<SdkItem> = keys.iter().map(to_sdk).collect();
        loop {
            let (items, left) = self.get_once(table, wanted).await?;
            let items = items.into_iter().map(from_sdk).collect::<Option<Vec<_>>>();
            found.extend(items.ok_or_else(|| TableError::Answer {
                operation: "BatchGetItem",
                resource: table.to_owned(),
                part: "a type that is known",
            })?);
            if left.is_empty() {
                return Ok(());
            }
            let passed = self.time.passed().saturating_sub(start);
            if passed >= BUSY_WITHIN {
                return Err(TableError::Busy {
                    table: table.to_owned(),
                    operations: left.len(),
                    seconds: passed.as_secs(),
                });
            }
            self.time.wait(backoff.next_delay()).await;
            wanted = left;
        }
    }

    /// What was found, and the keys that were not looked up.
    async fn get_once(
        &self,
        table: &str,
        keys: Vec<SdkItem>,
    ) -> Result<(Vec<SdkItem>, Vec<SdkItem>), TableError> {
        let wanted = KeysAndAttributes::builder().set_keys(Some(keys));
        let wanted = wanted.consistent_read(true).build();
        let wanted = wanted.unwrap_or_else(|_| unreachable!("it has keys"));
        let request = self.client.batch_get_item().request_items(table, wanted);
        let wait = |delay| self.time.wait(delay);
        let answer = retry(ATTEMPTS, backoff(), wait, || async {
            let answer = request.clone().send().await;
            answer.map_err(|error| AwsError::of("BatchGetItem", table, &error))
        });
        let answer = answer.await?;
        let items = answer.responses.unwrap_or_default().remove(table);
        let left = answer.unprocessed_keys.unwrap_or_default().remove(table);
        let left = left.map_or_else(Vec::new, |left| left.keys);
        Ok((items.unwrap_or_default(), left))
    }
}

async fn page(
    request: &ScanFluentBuilder,
    table: &str,
    time: &Time,
) -> Result<ScanOutput, TableError> {
    let wait = |delay| time.wait(delay);
    let page = retry(ATTEMPTS, backoff(), wait, || async {
        let answer = request.clone().send().await;
        answer.map_err(|error| AwsError::of("Scan", table, &error))
    });
    Ok(page.await?)
}

fn backoff() -> Backoff {
    Backoff::new(FIRST_DELAY, LONGEST_DELAY)
}

/// Names may be reserved words, so each gets another.
fn keys_only(request: ScanFluentBuilder, table: &Description) -> ScanFluentBuilder {
    let names: HashMap<_, _> = table
        .key
        .attributes()
        .enumerate()
        .map(|(index, attribute)| (format!("#k{index}"), attribute.name.clone()))
        .collect();
    let expression = names.keys().cloned().collect::<Vec<_>>().join(",");
    request
        .projection_expression(expression)
        .set_expression_attribute_names(Some(names))
}
