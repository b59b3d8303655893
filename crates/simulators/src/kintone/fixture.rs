//! Apps to begin with: the article's, and one with every field type.

mod all_types;
mod article;

pub use all_types::LOOKUP_SOURCE;
