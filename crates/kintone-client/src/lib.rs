//! The Kintone REST API as this workspace uses it.
mod app;
mod decode;
mod field;
mod form;
pub mod limits;
mod page;
mod record;
pub use app::App;
pub use field::FieldType;
pub use form::{Cell, Field, FieldMapping, FormFields, FormLayout, Lookup, Section};
pub use page::Page;
pub use record::{FieldValue, Fields, File, Record, Row, User, Value};
