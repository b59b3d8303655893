//! `ListObjectsV2`.

use super::buckets::{Object, refused};
use crate::exchange::Answer;

/// A page of the bucket's objects, which come in the order of their keys.
pub(super) fn page<'a>(
    bucket: &str,
    parameters: &[(String, String)],
    most: usize,
    objects: impl Iterator<Item = (&'a str, &'a Object)>,
) -> Answer {
    let value = |name: &str| {
        let mut named = parameters.iter().filter(|(key, _)| key == name);
        named.next().map_or("", |(_, value)| value.as_str())
    };
    if value("list-type") != "2" {
        return refused(
            501,
            "NotImplemented",
            "The simulator lists by version 2 only.",
        );
    }
    let (prefix, after) = (value("prefix"), value("continuation-token"));
    let size = value("max-keys")
        .parse()
        .map_or(most, |asked: usize| asked.min(most));
    let wanted = objects.filter(|(key, _)| key.starts_with(prefix) && *key > after);
    let mut found: Vec<_> = wanted.take(size + 1).collect();
    let more = found.len() > size;
    found.truncate(size);
    let next = found.last().filter(|_| more).map(|(key, _)| escape(key));
    let contents: String = found
        .iter()
        .map(|(key, object)| entry(key, object))
        .collect();
    let next = next.map_or_else(String::new, |key| {
        format!("<NextContinuationToken>{key}</NextContinuationToken>")
    });
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>{bucket}</Name>\
         <Prefix>{}</Prefix><KeyCount>{}</KeyCount><MaxKeys>{size}</MaxKeys>\
         <IsTruncated>{more}</IsTruncated>{next}{contents}</ListBucketResult>",
        escape(prefix),
        found.len(),
    );
    Answer::new(200, "application/xml", body)
}

fn entry(key: &str, object: &Object) -> String {
    format!(
        "<Contents><Key>{}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>\
         <ETag>{}</ETag><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
        escape(key),
        escape(&object.tag),
        object.content.len()
    )
}

fn escape(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('>', "&gt;").replace('"', "&quot;")
}
