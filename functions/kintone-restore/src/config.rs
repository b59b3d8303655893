//! The settings, from environment variables.

use function_core::{Secret, Settings};
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use kintone_client::Connection;
use kintone_client::limits::DAILY_REQUESTS;

/// What one deployment of this function may restore, and where from.
#[derive(Clone, Debug)]
pub struct Config {
    /// Which apps, and how to reach them.
    pub kintone: Connection,
    /// `BUCKET`: where the backups are: `gs://bucket/prefix`, `s3://bucket/prefix`, a folder, or a bare bucket name, which means `gs://`. May be unset where `RUNS_URL` is set and events name whole addresses.
    pub bucket: Option<String>,
    /// `RUNS_URL`: where run records, journals and reports go. Default: `runs/` in `BUCKET`.
    pub runs_url: Option<String>,
    /// `DAILY_REQUESTS`: how many requests the app may take a day; a plan that needs more says so. Default 10000.
    pub daily_requests: u64,
    /// `DRILL_APP`: the scratch app of the drill.
    pub drill_app: Option<u64>,
    /// `DRILL_SOURCE`: the app whose newest backup the drill restores.
    pub drill_source: Option<u64>,
    /// `INVOCATION_TIME`: how long one invocation works before it leaves the rest to the next. Default 13m.
    pub invocation_time: SignedDuration,
    /// `MAX_INVOCATIONS`: invocations for one message, at most; Pub/Sub delivers it 100 times at most. Default 100.
    pub max_invocations: u32,
    /// `PARALLEL_BULKS`: bulks that are added at the same time, 1 to 4; with more than 1 the new record numbers are not in the order of the old ones. Default 1.
    pub parallel_bulks: usize,
    /// `SETTLE_SECONDS`: how long a write whose answer was lost may still take effect, 0 to 600. Default 60.
    pub settle: SignedDuration,
    /// `TIME_ZONE`: the zone of the times that people are told. Default `Asia/Tokyo`.
    pub time_zone: TimeZone,
}

impl Config {
    /// Reads the settings; whoever finishes `settings` is told of every one that is missing or wrong.
    pub(crate) fn read(settings: &mut Settings<'_>) -> Self {
        let config = Self {
            kintone: Connection::from_settings(settings, "view, add and edit records"),
            bucket: settings.optional("BUCKET").map(bucket_address),
            runs_url: settings.optional("RUNS_URL").map(bucket_address),
            daily_requests: settings.parsed_or(
                "DAILY_REQUESTS",
                DAILY_REQUESTS,
                "a whole number of requests",
            ),
            drill_app: app_number(settings, "DRILL_APP"),
            drill_source: app_number(settings, "DRILL_SOURCE"),
            invocation_time: settings.duration_or("INVOCATION_TIME", SignedDuration::from_mins(13)),
            max_invocations: settings.bounded(
                "MAX_INVOCATIONS",
                100,
                1..=100_000,
                "a number of invocations, from 1",
            ),
            parallel_bulks: settings.bounded(
                "PARALLEL_BULKS",
                1,
                1..=4,
                "1 to 4 bulks at the same time",
            ),
            settle: SignedDuration::from_secs(settings.bounded(
                "SETTLE_SECONDS",
                60,
                0..=600,
                "0 to 600 seconds",
            )),
            time_zone: settings.time_zone(),
        };
        config.checked(settings)
    }

    /// Settings that are right alone but not together; and the scratch app's token.
    fn checked(mut self, settings: &mut Settings<'_>) -> Self {
        if self.bucket.is_none() && self.runs_url.is_none() {
            settings.missing(
                "BUCKET",
                "where the backups are: gs://bucket, s3://bucket or a folder such as ./backups",
            );
        }
        match (self.drill_app, self.drill_source) {
            (Some(scratch), Some(source)) if scratch == source => {
                settings.refuse(
                    "DRILL_APP",
                    "the drill deletes all records of its app, so it must not be DRILL_SOURCE",
                );
            }
            (Some(scratch), Some(_)) if self.is_listed_beside_others(scratch) => {
                settings.refuse(
                    "DRILL_APP",
                    "the drill deletes all records of its app, so it must not be one that APPID lists beside others; take it out of APPID",
                );
            }
            (Some(scratch), Some(_)) => self.admit(scratch, settings),
            (Some(_), None) => settings.missing(
                "DRILL_SOURCE",
                "the number of the app whose newest backup the drill restores",
            ),
            (None, Some(_)) => settings.missing("DRILL_APP", "the number of the scratch app"),
            (None, None) => {}
        }
        self
    }

    fn is_listed_beside_others(&self, scratch: u64) -> bool {
        self.kintone.apps.len() > 1 && self.kintone.apps.contains(&scratch)
    }

    /// Gives the connection the token of the scratch app, which `APPID` need not list.
    fn admit(&mut self, scratch: u64, settings: &mut Settings<'_>) {
        if self.kintone.tokens.contains_key(&scratch) {
            return;
        }
        let own = settings.secret(&format!("TOKEN_{scratch}"));
        let token: Option<Secret> = own.or_else(|| settings.secret("TOKEN"));
        match token {
            Some(token) => {
                self.kintone.tokens.insert(scratch, token);
            }
            None if self.kintone.username.is_some() => {}
            None => settings.missing(
                &format!("TOKEN_{scratch}_FILE"),
                "the file that holds the API token of DRILL_APP (right: view, add and delete records)",
            ),
        }
    }
}

fn app_number(settings: &mut Settings<'_>, name: &str) -> Option<u64> {
    settings.optional(name)?;
    Some(settings.bounded(name, 1, 1..=u64::MAX, "an app's number, from 1"))
}

/// A bare name is a bucket of Cloud Storage, as in the article; a path has a dot or slash in front.
fn bucket_address(text: &str) -> String {
    let is_address = text.contains("://") || text.starts_with(['.', '/']) || text == "memory:";
    if is_address {
        text.to_owned()
    } else {
        format!("gs://{text}")
    }
}
