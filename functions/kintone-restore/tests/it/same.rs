//! Whether two apps hold the same.

use serde_json::{Value, json};

use crate::world::World;

impl World {
    /// The target's records have the content of the source's, in the same order.
    pub(crate) fn assert_restored(&self) {
        self.assert_same(self.source, self.target, &[]);
    }

    /// The same for any two apps, apart from the fields `but`.
    pub(crate) fn assert_same(&self, source: u64, target: u64, but: &[&str]) {
        let was = self.kintone.records(source);
        let is = self.kintone.records(target);
        assert_eq!(is.len(), was.len());
        let plain = |records: &[Value]| -> Vec<Value> {
            let records = records.iter().map(|record| self.plain(record, but));
            let mut records: Vec<_> = records.collect();
            // Bulks that are written at the same time may be numbered in any order.
            if self
                .env()
                .get("PARALLEL_BULKS")
                .is_some_and(|bulks| bulks != "1")
            {
                records.sort_by_key(Value::to_string);
            }
            records
        };
        for (is, was) in plain(&is).iter().zip(&plain(&was)) {
            assert_eq!(is, was);
        }
    }

    /// A record without what a copy of it can't share, and with the content of its files.
    pub(crate) fn plain(&self, value: &Value, but: &[&str]) -> Value {
        const OWN: [&str; 5] = ["$id", "$revision", "id", "レコード番号", "type"];
        match value {
            Value::Array(items) => items.iter().map(|item| self.plain(item, but)).collect(),
            Value::Object(entries) if entries.contains_key("fileKey") => {
                let key = entries["fileKey"].as_str().unwrap();
                let content = self.kintone.content(key).unwrap();
                json!([
                    entries["name"],
                    entries["contentType"],
                    String::from_utf8_lossy(&content)
                ])
            }
            Value::Object(entries) => {
                let entries = entries.iter();
                let entries = entries.filter(|(key, _)| {
                    !OWN.contains(&key.as_str()) && !but.contains(&key.as_str())
                });
                let plain = entries.map(|(key, value)| (key.clone(), self.plain(value, but)));
                Value::Object(plain.collect())
            }
            other => other.clone(),
        }
    }
}
