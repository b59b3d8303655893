//! One record a run: claimed, followed, published.
