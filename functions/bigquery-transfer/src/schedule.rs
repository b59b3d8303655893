//! Where the service starts runs by itself: the days that it does not load, and the path that it reads next.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::data_path::run_time;
use crate::day::Day;
use crate::error::TransferError;
use crate::function::BigqueryTransfer;
use crate::place::ExportPlace;

impl BigqueryTransfer {
    /// Whether no scheduled run of the day will come any more.
    pub(crate) fn is_over(&self, day: &Day) -> bool {
        self.clock.now() >= self.end_of(day.message.logical_date)
    }

    /// The first moment after `date`.
    pub(crate) fn end_of(&self, date: Date) -> Timestamp {
        let next = date.tomorrow().unwrap_or(date);
        run_time(next, &self.config.time_zone)
    }

    /// Brings the configs back to the path without the number of a retried export: the next scheduled run comes before the next
    /// message.
    pub(crate) async fn put_path_back(&self, day: &mut Day) -> Result<(), TransferError> {
        if self.config.schedule.is_none() || day.is_path_back || !day.is_judged() {
            return Ok(());
        }
        let place = day.place()?;
        if let Some(prefix) = without_number(&place) {
            let place = ExportPlace { prefix, ..place };
            let source = &day.message.source;
            let exported = day.exported()?;
            Box::pin(self.reconcile(source, &exported, &place, false)).await?;
        }
        day.is_path_back = true;
        Ok(())
    }
}

/// The folder of a retried export without the number at its end, which comes after the date.
fn without_number(place: &ExportPlace) -> Option<String> {
    let (stem, number) = place.prefix.rsplit_once('-')?;
    let is_number = !number.is_empty() && number.chars().all(|sign| sign.is_ascii_digit());
    let mut dates = ["%Y%m%d", "%Y-%m-%d"]
        .into_iter()
        .map(|format| place.logical_date.strftime(format).to_string());
    (is_number && dates.any(|date| stem.contains(&date))).then(|| stem.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::place::Engine;

    #[test]
    fn only_a_number_after_the_date_is_left_out() {
        for (prefix, expected) in [
            ("export-20261121-2", Some("export-20261121")),
            ("export-2026-11-21-12", Some("export-2026-11-21")),
            ("export-20261121", None),
            ("export-2026-11-21", None),
            ("export-7", None),
            ("export-20261121-a", None),
        ] {
            let place = ExportPlace {
                bucket: "exports".to_owned(),
                prefix: prefix.to_owned(),
                engine: Engine::Mysql,
                logical_date: "2026-11-21".parse().unwrap(),
            };
            assert_eq!(without_number(&place).as_deref(), expected, "{prefix}");
        }
    }
}
