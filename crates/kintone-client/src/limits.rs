//! Every documented limit and every rule of thumb of this client, with its source.

use std::time::Duration;

/// Records in an answer, at most. Source: Get Records, `limit`; Add Cursor, `size`.
pub const PAGE_RECORDS: usize = 500;

/// Field codes that a request may name. Source: Get Records, `fields` in a body.
pub const REQUEST_FIELDS: usize = 1_000;

/// Field codes that may stand in an address. Source: Get Records, `fields` in a URL.
pub const ADDRESS_FIELDS: usize = 100;

/// Characters of an address beyond which the request goes as a POST that overrides the method.
///
/// The service refuses addresses from about 8 KB on; proxies in between may refuse earlier.
pub const ADDRESS_CHARACTERS: usize = 4_000;

/// Requests to one app in a day, counted from 09:00 in Japan, in the Standard course; the Wide course
/// has 100,000. Beyond it the service sends a warning mail, but refuses nothing.
///
/// Source: kintone help, "Limits of the API".
pub const DAILY_REQUESTS: u64 = 10_000;

/// API tokens in one request. Source: Authentication, "up to 9 API tokens".
pub const API_TOKENS: usize = 9;

/// Parallel id windows of one read; more would take too much of the domain's 100 requests.
pub const WINDOWS: usize = 8;

/// Ids in a window: as many as a page has records, so one request always holds a window.
pub const WINDOW_IDS: u64 = PAGE_RECORDS as u64;

/// Windows are read in parallel when at least one id in this many belongs to a record.
///
/// In a sparser app most windows are half empty, and the requests of a day are limited (see
/// [`DAILY_REQUESTS`]), so reading on from the last id is cheaper.
pub const WINDOW_IDS_PER_RECORD: u64 = 2;

/// Requests at once of everybody in a domain, where an answer does not tell it.
///
/// Source: Common errors, "number of concurrent connections".
pub const DOMAIN_REQUESTS: u64 = 100;

/// Requests of this client at once, unless [`Options`](crate::Options) says otherwise: four bulks that are written
/// while [`WINDOWS`] pages are read back.
///
/// The domain has [`DOMAIN_REQUESTS`] for everybody.
pub const CONCURRENCY: usize = 12;

/// Share of the domain's concurrent requests, in percent, above which this client slows down:
/// one request at a time, with [`BUSY_PAUSE`] before each.
///
/// Every answer tells the share by `X-ConcurrencyLimit-Running` and `X-ConcurrencyLimit-Limit`;
/// the service refuses everybody's requests (`GAIA_TO04`) at 100 %.
pub const BUSY_PERCENT: u64 = 70;

/// Share in percent at which this client goes back to its own pace. Lower than [`BUSY_PERCENT`], so
/// that it does not change its pace with every answer.
pub const CALM_PERCENT: u64 = 50;

/// Pause before a request while the domain is busy.
pub const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// Wait for a cursor when all 10 of the domain are taken (`GAIA_TM12`).
///
/// A forgotten cursor lives 10 minutes, so the slots come back slowly.
pub const CURSOR_PAUSE: Duration = Duration::from_secs(30);

/// The service's own time limit for making a cursor. Source: Add Cursor.
pub const CURSOR_TIMEOUT: Duration = Duration::from_mins(5);

/// Requests in a bulk. Source: Bulk Request, "up to 20".
pub const BULK_REQUESTS: usize = 20;

/// Records in a request that writes. Source: Add, Update and Delete Records, "up to 100".
pub const WRITE_RECORDS: usize = 100;

/// How long a bulk may take. 2,000 upserts were reported to take some 30 s; cli-kintone waits 10 minutes.
///
/// Source: issue 102 of kintone/cli-kintone.
pub const BULK_TIMEOUT: Duration = Duration::from_mins(5);

/// How often a deletion is begun anew for what is left.
pub const DELETE_ROUNDS: usize = 5;

/// How long the smallest upload may take.
pub const UPLOAD_TIMEOUT: Duration = Duration::from_mins(2);

/// The slowest line, in bytes a second, that an upload is waited for.
pub const UPLOAD_BYTES_PER_SECOND: u64 = 128 * 1024;

/// An id that no record has: the highest whole number that JavaScript is sure of.
///
/// cli-kintone counts down from it for records that it wants added.
pub const NO_RECORD: u64 = 9_007_199_254_740_991;

/// How long a connection without a request is kept. Shorter than gateways keep theirs, which is a minute
/// as a rule: a write on a connection that the other side just closed is one whose fate is not known.
pub const IDLE_CONNECTION: Duration = Duration::from_secs(30);

/// The longest `Retry-After` that is honoured; a longer one is cut to this.
pub const RETRY_AFTER: Duration = Duration::from_mins(5);
