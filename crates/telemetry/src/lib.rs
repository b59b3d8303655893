//! Logs: one JSON line an event, as the platform wants them; used by start-up only.
