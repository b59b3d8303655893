//! An app's form: its fields, and how they are laid out.

mod field;
mod layout;

pub use field::{Field, FieldMapping, FormFields, Lookup};
pub use layout::{Cell, FormLayout, Section};
