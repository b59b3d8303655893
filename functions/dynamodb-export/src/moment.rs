//! Which day an event is about, and as of which minute.

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::ExportError;

/// A logical date, and the minute as of which tables are exported for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) date: Date,
    pub(crate) time: Timestamp,
}

/// When exports are due.
#[derive(Clone, Debug)]
pub(crate) struct Calendar {
    pub(crate) zone: TimeZone,
    /// `EXPORT_AT`.
    pub(crate) at: Option<Time>,
}

impl Calendar {
    /// The newest moment that is due at `event`: its own minute, or the last `EXPORT_AT` before it.
    pub(crate) fn due(&self, event: Timestamp) -> Result<Moment, ExportError> {
        let date = event.to_zoned(self.zone.clone()).date();
        if self.at.is_none() {
            return Ok(Moment {
                date,
                time: minute(event),
            });
        }
        let today = self.at_date(event, date)?;
        if today.time <= event {
            return Ok(today);
        }
        self.before(event, today)
    }

    /// The moment of `date`, at `EXPORT_AT` or at the event's time of day.
    pub(crate) fn on(&self, event: Timestamp, date: Date) -> Result<Moment, ExportError> {
        let moment = self.at_date(event, date)?;
        if moment.time > event {
            return Err(ExportError::Future {
                date,
                time: moment.time,
            });
        }
        Ok(moment)
    }

    /// The moment of the day before `moment`.
    pub(crate) fn before(&self, event: Timestamp, moment: Moment) -> Result<Moment, ExportError> {
        let date = moment.date;
        let yesterday = date.yesterday();
        self.at_date(event, yesterday.map_err(|_| ExportError::Date { date })?)
    }

    fn at_date(&self, event: Timestamp, date: Date) -> Result<Moment, ExportError> {
        let own = minute(event).to_zoned(self.zone.clone()).time();
        let local = date.to_datetime(self.at.unwrap_or(own));
        let zoned = local.to_zoned(self.zone.clone());
        let time = zoned.map_err(|_| ExportError::Date { date })?.timestamp();
        Ok(Moment { date, time })
    }
}

/// The whole minute that `time` is in.
fn minute(time: Timestamp) -> Timestamp {
    let past = SignedDuration::from_secs(time.as_second().rem_euclid(60));
    let whole = Timestamp::from_second(time.as_second()).unwrap_or(time);
    whole - past
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calendar(at: Option<&str>) -> Calendar {
        Calendar {
            zone: TimeZone::get("Asia/Tokyo").unwrap(),
            at: at.map(|text| text.parse().unwrap()),
        }
    }

    fn moment(date: &str, time: &str) -> Moment {
        Moment {
            date: date.parse().unwrap(),
            time: time.parse().unwrap(),
        }
    }

    fn event(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn without_a_time_of_day_the_events_own_minute_is_due() {
        let due = calendar(None).due(event("2026-11-20T18:00:59.9Z")).unwrap();
        assert_eq!(due, moment("2026-11-21", "2026-11-20T18:00:00Z"));
    }

    #[test]
    fn the_last_time_of_day_before_the_event_is_due() {
        let calendar = calendar(Some("03:00:00"));
        for (event_time, date, time) in [
            ("2026-11-20T18:00:00Z", "2026-11-21", "2026-11-20T18:00:00Z"),
            ("2026-11-21T17:59:59Z", "2026-11-21", "2026-11-20T18:00:00Z"),
            ("2026-11-21T18:00:01Z", "2026-11-22", "2026-11-21T18:00:00Z"),
        ] {
            let due = calendar.due(event(event_time)).unwrap();
            assert_eq!(due, moment(date, time), "{event_time}");
        }
    }

    #[test]
    fn a_day_that_is_asked_for_has_its_own_moment() {
        let now = event("2026-11-20T20:30:07Z");
        let date = "2026-11-19".parse().unwrap();
        assert_eq!(
            calendar(Some("03:00:00")).on(now, date).unwrap(),
            moment("2026-11-19", "2026-11-18T18:00:00Z")
        );
        assert_eq!(
            calendar(None).on(now, date).unwrap(),
            moment("2026-11-19", "2026-11-18T20:30:00Z")
        );
    }

    #[test]
    fn a_moment_in_the_future_is_refused() {
        let now = event("2026-11-20T17:00:00Z");
        let error = calendar(Some("03:00:00"))
            .on(now, "2026-11-21".parse().unwrap())
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "the export of 2026-11-21 is as of 2026-11-20T18:00:00Z, which is still to come; ask for an earlier date"
        );
    }
}
