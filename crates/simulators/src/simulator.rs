//! A service behind a server of its own: what every simulator does alike.

use std::io;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::exchange::Seen;
use crate::fault::{Effect, When};
use crate::server::{Server, Service};
use crate::tls::Identity;

/// A running service, such as [`Rds`](crate::Rds). It stops when it is dropped.
///
/// Everything about what the service holds is in `S`, which it derefs to; here are its address, its requests, and
/// what is scripted for them. How one starts is told where the service is.
#[derive(Debug)]
pub struct Simulator<S> {
    service: Arc<S>,
    server: Server,
}

impl<S> Deref for Simulator<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.service
    }
}

impl<S> Simulator<S> {
    /// Starts to serve, over https if there is an `identity`.
    ///
    /// # Errors
    /// When the port is taken, or the system gives no thread.
    pub(crate) fn serve(port: u16, identity: Option<Identity>, service: S) -> io::Result<Self>
    where
        S: Service,
    {
        let service = Arc::new(service);
        let server = Server::start(port, identity, Arc::clone(&service))?;
        Ok(Self { service, server })
    }

    /// What was started, for tests, which have no use for the error.
    pub(crate) fn started(result: io::Result<Self>) -> Self {
        match result {
            Ok(simulator) => simulator,
            Err(error) => panic!("the simulator cannot start: {error}"),
        }
    }

    pub(crate) fn server(&self) -> &Server {
        &self.server
    }

    /// The address to give to clients, such as `http://127.0.0.1:40123`.
    pub fn address(&self) -> String {
        format!("{}://{}", self.server.scheme(), self.server.address)
    }

    /// Scripts an effect on requests from now on. Several may meet one request; they happen in
    /// the order in which they were scripted, and of several answers the last one counts.
    ///
    /// Refusals that are a service's own are made by [`rds::refusal`](crate::rds::refusal),
    /// [`dynamodb::refuse`](crate::dynamodb::refuse), [`bigquery::refuse`](crate::bigquery::refuse) and
    /// [`s3::refusal`](crate::s3::refusal).
    pub fn script(&self, when: When, effect: Effect) {
        self.server.shared.script().add(when, effect);
    }

    /// Scripts a change of what the service holds, or of its time, made before the request is looked at.
    pub fn before(&self, when: When, change: impl Fn(&S) + Send + Sync + 'static)
    where
        S: Send + Sync + 'static,
    {
        let service = Arc::downgrade(&self.service);
        let change = move || {
            if let Some(service) = service.upgrade() {
                change(&service);
            }
        };
        self.script(when, Effect::Change(Arc::new(change)));
    }

    /// Forgets everything that was scripted for requests.
    pub fn clear_script(&self) {
        self.server.shared.script().clear();
    }

    /// Sets how much later every answer comes.
    pub fn set_latency(&self, latency: Duration) {
        *self.server.shared.latency() = latency;
    }

    /// Every request so far, in the order in which they came.
    pub fn requests(&self) -> Vec<Seen> {
        self.server.shared.seen().clone()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.server.shared.seen().clear();
    }

    /// The requests that are under way: received, and not answered whole.
    pub fn running(&self) -> usize {
        self.server.shared.running()
    }

    /// Waits until every request that has reached the simulator is [under way](Self::running), or answered already.
    ///
    /// Its thread may not have come to a request for as long as a busy machine likes.
    pub async fn caught_up(&self) {
        self.server.caught_up().await;
    }

    /// The most requests that were under way at one time.
    pub fn max_running(&self) -> usize {
        self.server.shared.most_running()
    }
}
