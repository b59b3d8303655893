//! Kintone records as CSV and lossless NDJSON into a bucket, verified, and on into a database.
