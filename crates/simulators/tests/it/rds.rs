//! RDS's snapshot exports, asked for over the wire and read from the store.

mod auditor;
mod binary;
mod boto3;
mod faults;
mod layout;
mod listing;
mod progress;
mod starting;

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use simulators::rds::{Engine, Options, Snapshot, Source, Table};
use simulators::{Objects, Rds};

/// Two in the morning of 22 November 2026 in Tokyo, three hours after the backup.
const NOW: &str = "2026-11-21T17:00:00Z";
const ROLE: &str = "arn:aws:iam::123456789012:role/export";
const KEY: &str =
    "arn:aws:kms:ap-northeast-1:123456789012:key/11111111-1111-4111-8111-111111111111";
const SIGNED: &str = "AWS4-HMAC-SHA256 \
    Credential=any/20261121/ap-northeast-1/rds/aws4_request, SignedHeaders=host, Signature=any";

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// A standing clock, the cluster of the article, and tonight's snapshot of it.
struct Night {
    rds: Rds,
    objects: Objects,
    snapshot: String,
    client: reqwest::Client,
}

impl Night {
    fn of(source: Source) -> Self {
        Self::with(source, Options::default())
    }

    fn article() -> Self {
        Self::of(Source::article())
    }

    fn with(source: Source, options: Options) -> Self {
        let objects = options.objects.clone();
        let now = Some(at(NOW));
        let rds = Rds::start(Options { now, ..options });
        let identifier = source.identifier().to_owned();
        rds.add(source);
        let taken = Snapshot::automated(at("2026-11-21T14:03:00Z"));
        let snapshot = rds.add_snapshot(&identifier, taken);
        Self {
            rds,
            objects,
            snapshot,
            client: reqwest::Client::new(),
        }
    }

    /// Starts an export of tonight's snapshot to the bucket `night`.
    async fn start(&self, identifier: &str) -> String {
        let (status, body) = self.call("StartExportTask", &self.wanted(identifier)).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Starts an export, and waits until it is over.
    async fn export(&self, identifier: &str) {
        self.start(identifier).await;
        self.rds.advance(Duration::from_mins(15));
    }

    fn wanted<'a>(&'a self, identifier: &'a str) -> [(&'a str, &'a str); 5] {
        wanted(identifier, &self.snapshot)
    }

    async fn call(&self, action: &str, fields: &[(&str, &str)]) -> (u16, String) {
        self.send(SIGNED, action, "2014-10-31", fields).await
    }

    /// Calls `action`, and gives status and XML.
    async fn send(
        &self,
        authorization: &str,
        action: &str,
        version: &str,
        fields: &[(&str, &str)],
    ) -> (u16, String) {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs([("Action", action), ("Version", version)])
            .extend_pairs(fields)
            .finish();
        let mut request = self.client.post(self.rds.address());
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        let form_type = "application/x-www-form-urlencoded; charset=utf-8";
        let request = request.header("content-type", form_type).body(form);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// The code of a refusal.
    async fn refused(&self, action: &str, fields: &[(&str, &str)]) -> (u16, String) {
        let (status, body) = self.call(action, fields).await;
        (status, tag(&body, "Code").unwrap_or(body))
    }

    /// The fields of an export task.
    async fn task(&self, identifier: &str) -> BTreeMap<String, String> {
        let fields = [("ExportTaskIdentifier", identifier)];
        let (status, body) = self.call("DescribeExportTasks", &fields).await;
        assert_eq!(status, 200, "{body}");
        leaves(&body)
    }
}

fn wanted<'a>(identifier: &'a str, arn: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("ExportTaskIdentifier", identifier),
        ("SourceArn", arn),
        ("S3BucketName", "night"),
        ("IamRoleArn", ROLE),
        ("KmsKeyId", KEY),
    ]
}

/// The text of the first element of that name.
fn tag(body: &str, name: &str) -> Option<String> {
    tags(body, name).into_iter().next()
}

/// The texts of all elements of that name.
fn tags(body: &str, name: &str) -> Vec<String> {
    let open = format!("<{name}>");
    let texts = body.split(&open).skip(1);
    texts
        .map(|rest| rest.split('<').next().unwrap().replace("&quot;", "\""))
        .collect()
}

/// The innermost elements with their texts; of several of one name the last.
fn leaves(body: &str) -> BTreeMap<String, String> {
    let named = body.split('<').filter_map(|piece| {
        let (name, text) = piece.split_once('>')?;
        let leaf = body.contains(&format!("<{piece}</{name}>"));
        leaf.then(|| (name.to_owned(), text.replace("&quot;", "\"")))
    });
    named.collect()
}

fn postgresql() -> Source {
    let table = |schema: &str, name: &str| {
        Table::postgresql("shop", schema, name)
            .column("id", "bigint")
            .column("name", "character varying")
    };
    Source::instance("shop", Engine::Postgres)
        .table(table("public", "items").generated(25))
        .table(table("sales", "orders").generated(7))
}
