//! A simulated domain with one app, and a client whose waits are noted, not waited for.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use kintone_client::{Auth, Client, ClientError, Options, Page, ReadRequest, Sleep};
use simulators::Kintone;
use simulators::kintone::App;

pub(crate) struct World {
    pub(crate) kintone: Kintone,
    pub(crate) app: u64,
    waits: Arc<Mutex<Vec<Duration>>>,
}

impl World {
    pub(crate) fn new(app: App) -> Self {
        Self::with(app, simulators::kintone::Options::default())
    }

    pub(crate) fn with(app: App, options: simulators::kintone::Options) -> Self {
        let kintone = Kintone::start(options);
        let app = kintone.add_app(app);
        let waits = Arc::default();
        Self {
            kintone,
            app,
            waits,
        }
    }

    /// An app with `count` records.
    pub(crate) fn generated(count: u64) -> Self {
        Self::new(App::generated(count))
    }

    pub(crate) fn options(&self) -> Options {
        let auth = Auth::tokens(&self.kintone.token(self.app)).unwrap();
        let mut options = Options::new(self.kintone.base_url(), auth);
        options.attempts = NonZeroU32::new(3).unwrap();
        let waits = Arc::clone(&self.waits);
        options.sleep = Sleep::from_fn(move |delay| {
            waits.lock().unwrap().push(delay);
            tokio::task::yield_now()
        });
        options
    }

    pub(crate) fn client(&self) -> Client {
        Client::new(self.options()).unwrap()
    }

    /// How long the client waited, each time.
    pub(crate) fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    pub(crate) fn read(&self) -> ReadRequest {
        ReadRequest {
            app: self.app,
            ..ReadRequest::default()
        }
    }

    /// The ids of all records, from behind the API.
    pub(crate) fn ids(&self) -> Vec<u64> {
        let records = self.kintone.records(self.app);
        let id = |record: &serde_json::Value| record["$id"]["value"].as_str().unwrap().parse();
        records.iter().map(|record| id(record).unwrap()).collect()
    }

    /// How many requests for records there were so far.
    pub(crate) fn record_requests(&self) -> usize {
        let seen = self.kintone.requests();
        seen.iter()
            .filter(|seen| seen.path.ends_with("/records.json"))
            .count()
    }

    /// Waits until there were so many.
    pub(crate) async fn asked_for_records(&self, count: usize) {
        until(|| self.record_requests() >= count).await;
    }
}

/// Looks again and again, though not for ever.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let looking = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    let patience = Duration::from_mins(1);
    tokio::time::timeout(patience, looking).await.unwrap();
}

pub(crate) async fn read_all(
    client: &Client,
    request: &ReadRequest,
) -> Result<Vec<Page>, ClientError> {
    client.pages(request).try_collect().await
}

pub(crate) fn ids(pages: &[Page]) -> Vec<u64> {
    let ids = pages.iter().flat_map(|page| page.ids().unwrap());
    ids.map(|(id, _)| id).collect()
}
