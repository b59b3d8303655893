//! A full generation from a saved one: what is unchanged is copied, the rest is read again.

use std::collections::{HashMap, VecDeque};

use cloud_store::Store;
use futures_util::{StreamExt as _, TryStreamExt as _};
use kintone_client::{Client, PageRequest};
use serde::Deserialize;

use crate::error::ExportError;
use crate::export::Tools;
use crate::lines::SavedLines;
use crate::plan::Scope;
use crate::progress::Stage;
use crate::records::RecordWriter;
use crate::sweep;

/// Records that one request reads again: their ids fit a URL.
const READ_AGAIN: usize = 100;

/// Records that wait for those that are being read again; bounds the memory.
const WAITING: usize = 1_000;

/// Writes the records that the app has now, within `scope`, taking those that are unchanged from
/// the saved lines in `ndjson`. Both are in the order of the ids.
pub(crate) async fn refresh(
    tools: Tools<'_>,
    scope: &Scope,
    ndjson: &str,
    writer: &mut RecordWriter,
) -> Result<(), ExportError> {
    let Tools {
        client,
        store,
        progress,
        ..
    } = tools;
    let mut saved = Saved::open(store, ndjson).await?;
    let mut waiting = Waiting::default();
    let request = sweep::request(scope);
    let mut pages = client.pages(&request).boxed();
    while let Some(page) = pages.try_next().await? {
        for (id, revision) in page.ids()? {
            match saved.take(id).await? {
                Some((saved_revision, line)) if saved_revision == revision => waiting.keep(line),
                _ => waiting.want(id),
            }
            if waiting.is_full() {
                waiting.pass_on(client, scope, writer).await?;
                progress.at(Stage::Reading, writer.records());
            }
        }
    }
    waiting.pass_on(client, scope, writer).await?;
    saved.read_to_end().await
}

/// Records in order, some of which must be read first.
#[derive(Default)]
struct Waiting {
    slots: VecDeque<Slot>,
    wanted: Vec<u64>,
}

enum Slot {
    Kept(String),
    Wanted(u64),
}

impl Waiting {
    fn keep(&mut self, line: String) {
        self.slots.push_back(Slot::Kept(line));
    }

    fn want(&mut self, id: u64) {
        self.slots.push_back(Slot::Wanted(id));
        self.wanted.push(id);
    }

    fn is_full(&self) -> bool {
        self.wanted.len() >= READ_AGAIN || self.slots.len() >= WAITING
    }

    async fn pass_on(
        &mut self,
        client: &Client,
        scope: &Scope,
        writer: &mut RecordWriter,
    ) -> Result<(), ExportError> {
        let mut read = self.read_wanted(client, scope).await?;
        for slot in self.slots.drain(..) {
            let line = match slot {
                Slot::Kept(line) => Some(line),
                // A record that is gone by now is left out; the sweep that follows proves the rest.
                Slot::Wanted(id) => read.remove(&id),
            };
            if let Some(line) = line {
                writer.line(&line).await?;
            }
        }
        Ok(())
    }

    async fn read_wanted(
        &mut self,
        client: &Client,
        scope: &Scope,
    ) -> Result<HashMap<u64, String>, ExportError> {
        let wanted = std::mem::take(&mut self.wanted);
        if wanted.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = wanted
            .iter()
            .map(u64::to_string)
            .collect::<Vec<_>>()
            .join(",");
        let request = PageRequest {
            app: scope.app,
            condition: Some(format!("$id in ({ids})")),
            fields: scope.fields.clone(),
            after: 0,
            up_to: None,
        };
        let page = client.page(&request).await?;
        let records = page.ids()?.into_iter().zip(page.lines());
        Ok(records
            .map(|((id, _), line)| (id, line.into_owned()))
            .collect())
    }
}

/// Saved records, in the order of their ids.
struct Saved {
    lines: SavedLines,
    next: Option<(Head, String)>,
}

/// What identifies a record.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "$id")]
    id: Number,
    #[serde(rename = "$revision")]
    revision: Number,
}

#[derive(Deserialize)]
struct Number {
    #[serde(deserialize_with = "from_text")]
    value: u64,
}

fn from_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}

impl Saved {
    async fn open(store: &Store, key: &str) -> Result<Self, ExportError> {
        Ok(Self {
            lines: SavedLines::open(store, key).await?,
            next: None,
        })
    }

    /// The revision and line of record `id`, passing over all records before it.
    async fn take(&mut self, id: u64) -> Result<Option<(u64, String)>, ExportError> {
        loop {
            if self.next.is_none() {
                self.next = self.read().await?;
            }
            match self.next.take() {
                None => return Ok(None),
                Some((head, _)) if head.id.value < id => {}
                Some((head, line)) if head.id.value == id => {
                    return Ok(Some((head.revision.value, line)));
                }
                later => {
                    self.next = later;
                    return Ok(None);
                }
            }
        }
    }

    /// Passes over what is left: only the end of the stream proves that what was copied is what was saved.
    async fn read_to_end(mut self) -> Result<(), ExportError> {
        while self.lines.next().await?.is_some() {}
        Ok(())
    }

    async fn read(&mut self) -> Result<Option<(Head, String)>, ExportError> {
        let Some(line) = self.lines.next().await? else {
            return Ok(None);
        };
        let head = serde_json::from_str(&line).map_err(ExportError::Record)?;
        Ok(Some((head, line)))
    }
}
