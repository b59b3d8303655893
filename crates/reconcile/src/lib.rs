//! Follows long work on a service, tick by tick, to a verdict.
