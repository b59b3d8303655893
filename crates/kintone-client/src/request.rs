//! What to read.

use crate::call::Call;
use crate::client::Bounds;
use crate::error::ClientError;
use crate::limits;

/// One page of records, by `$id`.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// The app.
    pub app: u64,
    /// Which records: a condition in kintone's query language, without order or limit.
    pub condition: Option<String>,
    /// The fields wanted, up to 1,000; empty for all. `$id` and `$revision` come always.
    pub fields: Vec<String>,
    /// Only records with a higher `$id`.
    pub after: u64,
    /// Only records with this `$id` or a lower one.
    pub up_to: Option<u64>,
}

/// All records of a range, by `$id`, page after page.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct ReadRequest {
    /// The app.
    pub app: u64,
    /// Which records: a condition in kintone's query language, without order or limit.
    pub condition: Option<String>,
    /// The fields wanted, up to 1,000; empty for all. `$id` and `$revision` come always.
    pub fields: Vec<String>,
    /// Only records with a higher `$id`.
    pub after: u64,
    /// Only records with this `$id` or a lower one. `None`: also those that come meanwhile.
    pub up_to: Option<u64>,
    /// About how many records there are, if the caller knows it. With `up_to`, the highest `$id`,
    /// it tells whether windows pay.
    pub count: Option<u64>,
    /// Windows of ids that are read at once, 1 to 8. With 1, or 0, one page after the other.
    pub windows: usize,
}

impl PageRequest {
    pub(crate) fn call(&self) -> Result<Call, ClientError> {
        let Self { app, after, .. } = self;
        let what = format!("records of app {app} after $id {after}");
        let query = format!(
            "{} order by $id asc limit {}",
            self.filter(),
            limits::PAGE_RECORDS
        );
        let call = Call::get(what, "records.json")
            .with("app", *app)
            .with("query", query);
        with_fields(call, &self.fields)
    }

    /// The condition and the range of ids, as one condition.
    pub(crate) fn filter(&self) -> String {
        let condition = match self.condition.as_deref().map(str::trim) {
            None | Some("") => String::new(),
            Some(condition) => format!("({condition}) and "),
        };
        let up_to = self.up_to.map(|up_to| format!(" and $id <= {up_to}"));
        format!(
            "{condition}$id > {}{}",
            self.after,
            up_to.unwrap_or_default()
        )
    }
}

impl ReadRequest {
    /// What there is to read, if the caller knows it.
    pub(crate) fn known_bounds(&self) -> Option<Bounds> {
        let (highest_id, count) = self.up_to.zip(self.count)?;
        Some(Bounds { highest_id, count })
    }

    /// The page after `after`, up to `up_to` or as far as the read goes.
    pub(crate) fn page(&self, after: u64, up_to: Option<u64>) -> PageRequest {
        PageRequest {
            app: self.app,
            condition: self.condition.clone(),
            fields: self.fields.clone(),
            after,
            up_to: up_to.or(self.up_to),
        }
    }
}

/// Adds the names of the wanted fields; none for all.
pub(crate) fn with_fields(call: Call, fields: &[String]) -> Result<Call, ClientError> {
    if fields.is_empty() {
        return Ok(call);
    }
    let fields = with_numbers(fields);
    if fields.len() > limits::REQUEST_FIELDS {
        return Err(ClientError::Option {
            option: "fields",
            reason: format!(
                "{} with $id and $revision, a request takes up to {}; leave them out to get all",
                fields.len(),
                limits::REQUEST_FIELDS
            ),
        });
    }
    Ok(call.with("fields", fields))
}

/// `fields` and, where they are not among them, `$id` and `$revision`.
pub(crate) fn with_numbers(fields: &[String]) -> Vec<String> {
    let missing = ["$id", "$revision"]
        .into_iter()
        .filter(|name| !fields.iter().any(|field| field == name));
    fields
        .iter()
        .map(String::as_str)
        .chain(missing)
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(condition: Option<&str>, after: u64, up_to: Option<u64>) -> String {
        let request = PageRequest {
            app: 12,
            condition: condition.map(str::to_owned),
            after,
            up_to,
            ..PageRequest::default()
        };
        request.call().unwrap().text("query").to_owned()
    }

    #[test]
    fn a_page_is_a_range_of_ids_in_order() {
        assert_eq!(query(None, 0, None), "$id > 0 order by $id asc limit 500");
        assert_eq!(
            query(Some(" a = 1 or b = 2 "), 500, Some(1000)),
            "(a = 1 or b = 2) and $id > 500 and $id <= 1000 order by $id asc limit 500"
        );
        assert_eq!(
            query(Some(" "), 7, None),
            "$id > 7 order by $id asc limit 500"
        );
    }

    #[test]
    fn the_numbers_are_asked_for_once() {
        let fields = ["a", "$id"].map(str::to_owned);
        assert_eq!(with_numbers(&fields), ["a", "$id", "$revision"]);
        assert_eq!(with_numbers(&[]), ["$id", "$revision"]);
    }

    #[test]
    fn more_fields_than_a_request_takes_are_refused() {
        let request = |count: usize| PageRequest {
            fields: (0..count).map(|number| format!("f{number}")).collect(),
            ..PageRequest::default()
        };
        assert!(request(998).call().is_ok());
        let error = request(999).call().unwrap_err();
        assert!(error.to_string().contains("up to 1000"), "{error}");
    }
}
