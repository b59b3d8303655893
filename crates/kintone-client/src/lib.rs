//! The Kintone REST API as this workspace uses it.
