//! The Functions Framework contract on axum.
