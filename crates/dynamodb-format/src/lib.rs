//! The objects of a DynamoDB export: manifests, items, incremental records.
