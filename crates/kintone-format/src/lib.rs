//! The files of a Kintone backup: CSV dialects, NDJSON, schema, names.
