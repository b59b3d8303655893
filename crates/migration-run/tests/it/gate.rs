//! A lock that lets a statement wait for as long as a test wants.

use std::io::Write as _;
use std::process::{Child, Command, Stdio};

use crate::jobs::until;
use crate::place::Place;

/// What a statement says to wait at the gate; it needs a `lock_timeout` of zero.
pub(crate) const WAITS: &str = "pg_advisory_xact_lock(7)::text";

/// A gate that is shut. Where the test ends, it opens.
pub(crate) struct Gate(Child);

impl Gate {
    pub(crate) async fn shut(place: &Place) -> Self {
        let holder = Command::new("psql")
            .args(["-X", "-q", &place.url()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut orders = holder.stdin.as_ref().unwrap();
        orders.write_all(b"SELECT pg_advisory_lock(7);\n").unwrap();
        let gate = Self(holder);
        let is_shut = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = 7)";
        until(place, is_shut).await;
        gate
    }

    /// Waits until a statement waits.
    pub(crate) async fn is_waited_at(&self, place: &Place) {
        let waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = 7)";
        until(place, waits).await;
    }

    /// Lets the statement go on.
    pub(crate) fn open(mut self) {
        drop(self.0.stdin.take());
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        drop(self.0.wait());
    }
}
