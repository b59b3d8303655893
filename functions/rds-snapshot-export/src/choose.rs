//! Which snapshot of a source is exported, and as which run.

use function_core::{Stamp, Trigger};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use reconcile::{Unit, Unverified};

use crate::source::{Snapshot, Source};

/// What a person does about a snapshot that is not there.
const NO_SNAPSHOT: &str = "see in the RDS console that backups are on and when the last one was made; \
                           SNAPSHOT_TYPE says which kind counts and MAX_SNAPSHOT_AGE how old it may be";

/// The newest snapshot that can be exported: of `date` if one is given, else of any day.
pub(crate) fn newest<'a>(
    snapshots: &'a [Snapshot],
    date: Option<Date>,
    zone: &TimeZone,
) -> Option<&'a Snapshot> {
    let of_date = |snapshot: &&Snapshot| date.is_none_or(|date| date == snapshot.date(zone));
    let available = snapshots.iter().filter(|snapshot| snapshot.is_available());
    available
        .filter(of_date)
        .max_by_key(|snapshot| snapshot.created)
}

impl Snapshot {
    /// The day that the snapshot is of.
    pub(crate) fn date(&self, zone: &TimeZone) -> Date {
        self.created.to_zoned(zone.clone()).date()
    }

    fn is_available(&self) -> bool {
        self.status.eq_ignore_ascii_case("available")
    }
}

/// The run of `snapshot`: one a source and day.
pub(crate) fn unit(source: &Source, snapshot: &Snapshot, zone: &TimeZone) -> Unit {
    let date = snapshot.date(zone);
    Unit {
        source: source.id.clone(),
        label: source.to_string(),
        date,
        stamp: Stamp::day(date),
        trigger: Trigger {
            id: snapshot.id.clone(),
            time: snapshot.created,
        },
    }
}

/// The run that tells of a snapshot that is missing: one a source and day.
pub(crate) fn missing_unit(source: &Source, now: Timestamp, zone: &TimeZone) -> Unit {
    const ID: &str = "no-snapshot";
    let date = now.to_zoned(zone.clone()).date();
    Unit {
        source: source.id.clone(),
        label: source.to_string(),
        date,
        stamp: Stamp::day(date).with_id(ID),
        trigger: Trigger {
            id: ID.to_owned(),
            time: now,
        },
    }
}

/// Why the source has no snapshot to export: there is none, or only one that is too old.
pub(crate) fn missing(
    newest: Option<&Snapshot>,
    kind: &str,
    wanted: Option<Date>,
    now: Timestamp,
    oldest: SignedDuration,
) -> Option<Unverified> {
    let words = match (newest, wanted) {
        (None, None) => format!("there is no available {kind} snapshot"),
        (None, Some(date)) => format!("there is no available {kind} snapshot of {date}"),
        (Some(snapshot), None) => {
            let age = now.duration_since(snapshot.created);
            if age <= oldest {
                return None;
            }
            format!(
                "the newest available {kind} snapshot, {}, is {} h old; MAX_SNAPSHOT_AGE is {} h",
                snapshot.id,
                age.as_hours(),
                oldest.as_hours()
            )
        }
        // A person who names a day means it, however long ago it was.
        (Some(_), Some(_)) => return None,
    };
    Some(Unverified::failed(words, NO_SNAPSHOT))
}
