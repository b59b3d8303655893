//! Stopping a run from outside, as a platform does by SIGTERM.

use tokio::sync::watch;

/// Hears whether a run shall stop. Clones hear the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// Tells a run to stop. Dropping it tells nothing.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

impl Stop {
    /// One that is told by the [`Stopper`].
    pub fn new() -> (Stopper, Self) {
        let (told, heard) = watch::channel(false);
        (Stopper(told), Self(heard))
    }

    /// One that nobody tells.
    pub fn never() -> Self {
        Self::new().1
    }

    /// Whether it was told.
    pub fn is_told(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is told.
    pub async fn told(&self) {
        let mut heard = self.0.clone();
        if heard.wait_for(|told| *told).await.is_err() {
            // The stopper is gone untold, so nobody ever will.
            std::future::pending::<()>().await;
        }
    }
}

impl Stopper {
    /// Tells it.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_clone_hears_it() {
        let (stopper, stop) = Stop::new();
        let other = stop.clone();
        assert!(!other.is_told());
        stopper.stop();
        other.told().await;
        drop(stopper);
        assert!(stop.is_told() && other.is_told());
    }

    #[tokio::test]
    async fn a_stopper_that_is_dropped_stops_nothing() {
        let told = Stop::never();
        assert!(!told.is_told());
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(1), told.told());
        assert!(waiting.await.is_err());
    }
}
