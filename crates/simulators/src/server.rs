//! An HTTP/1.1 server on a free loopback port; stops on drop and keeps the requests it saw.

mod body;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;

use self::body::{Cut, Page, Running};
use crate::exchange::{Answer, Request, Seen};
use crate::fault::{Effect, Script};
use crate::tls::Identity;

/// What a simulator is, apart from the wire.
pub(crate) trait Service: Send + Sync + 'static {
    /// Does what the request asks, while `running` requests are under way, this one included.
    fn answer(&self, request: &Request, running: usize) -> Answer;

    /// Adds what every JSON answer of the service itself carries; gateways and scripts answer otherwise.
    ///
    /// XML and `application/x-amz-json-1.0` go out as they are.
    fn sign(&self, answer: Answer, _running: usize) -> Answer {
        answer
    }
}

/// Everything that the server's tasks share with the test.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    seen: Mutex<Vec<Seen>>,
    script: Mutex<Script>,
    latency: Mutex<Duration>,
    connections: AtomicU64,
    running: AtomicUsize,
    most_running: AtomicUsize,
}

impl Shared {
    pub(crate) fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        lock(&self.seen)
    }

    pub(crate) fn script(&self) -> MutexGuard<'_, Script> {
        lock(&self.script)
    }

    pub(crate) fn latency(&self) -> MutexGuard<'_, Duration> {
        lock(&self.latency)
    }

    pub(crate) fn running(&self) -> usize {
        self.running.load(Ordering::SeqCst)
    }

    pub(crate) fn most_running(&self) -> usize {
        self.most_running.load(Ordering::SeqCst)
    }
}

/// Waits until `holds` says so, though not for ever.
async fn wait_until(holds: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_mins(1);
    while !holds() && Instant::now() < patience {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Locks; a test that panicked while it held the lock must not hide its own message.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    /// The certificate of the authority that clients must trust; `None` over http.
    pub(crate) ca_pem: Option<String>,
    pub(crate) shared: Arc<Shared>,
    /// Who asks that the server take up what has reached it.
    asked: mpsc::UnboundedSender<oneshot::Sender<()>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve on `port` of the loopback address, over https if there is an `identity`; port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken, or no thread can be had.
    pub(crate) fn start(
        port: u16,
        identity: Option<Identity>,
        service: Arc<impl Service>,
    ) -> std::io::Result<Self> {
        let (tls, ca_pem) = identity
            .map(|identity| (identity.acceptor, identity.ca_pem))
            .unzip();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let (asked, asking) = mpsc::unbounded_channel();
        let accepting = accept(listener, tls, service, Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("simulator".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accepting => {}
                        () = catch_up(asking) => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            ca_pem,
            shared,
            asked,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// Waits until every request is under way, or answered, whose first bytes have reached the server.
    pub(crate) async fn caught_up(&self) {
        let (answer, answered) = oneshot::channel();
        if self.asked.send(answer).is_ok() {
            answered.await.ok();
        }
    }

    /// `https` or `http`.
    pub(crate) fn scheme(&self) -> &'static str {
        match self.ca_pem {
            Some(_) => "https",
            None => "http",
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

/// How often the server looks at its sockets before it has caught up: for a connection, for what comes over it, and once more.
const LOOKS: usize = 4;

/// Answers whoever asks once all sockets were looked at. It ends with the server.
async fn catch_up(mut asking: mpsc::UnboundedReceiver<oneshot::Sender<()>>) {
    while let Some(answer) = asking.recv().await {
        for _ in 0..LOOKS {
            tokio::task::yield_now().await;
        }
        answer.send(()).ok();
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    service: Arc<impl Service>,
    shared: Arc<Shared>,
) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        drop(stream.set_nodelay(true));
        let connection = shared.connections.fetch_add(1, Ordering::SeqCst) + 1;
        let (tls, service, shared) = (tls.clone(), Arc::clone(&service), Arc::clone(&shared));
        tokio::spawn(async move {
            match tls {
                None => serve(stream, connection, service, shared).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, connection, service, shared).await;
                    }
                }
            }
        });
    }
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin + 'static,
    connection: u64,
    service: Arc<impl Service>,
    shared: Arc<Shared>,
) {
    let handle = service_fn(|request| {
        let (service, shared) = (Arc::clone(&service), Arc::clone(&shared));
        async move { handle(request, connection, &*service, shared).await }
    });
    // An error here is a client that went away, or a cut that was scripted.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), handle)
            .await,
    );
}

async fn handle(
    request: http::Request<Incoming>,
    connection: u64,
    service: &impl Service,
    shared: Arc<Shared>,
) -> Result<Response<Page>, Cut> {
    let running = Running::enter(&shared);
    let request = receive(request).await?;
    shared.seen().push(Seen {
        connection,
        method: request.method.to_string(),
        path: request.path.clone(),
        action: request.action(),
        parameters: request.parameters(),
        body_bytes: request.body.len(),
    });
    let latency = *shared.latency();
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let effects = shared.script().take(&request);
    let mut cut = None;
    let mut scripted = None;
    let mut instead = None;
    let (mut is_lost, mut is_unanswered) = (false, false);
    let mut headers = Vec::new();
    for effect in effects {
        match effect {
            Effect::Answer(answer) => scripted = Some(answer),
            Effect::Cut => return Err(Cut),
            Effect::CutAfter(bytes) => cut = Some(bytes),
            Effect::Lose => is_lost = true,
            Effect::Unanswered => is_unanswered = true,
            Effect::Instead(answer) => instead = Some(answer),
            Effect::Delay(delay) => tokio::time::sleep(delay).await,
            Effect::Together(count) => wait_until(|| shared.most_running() >= count).await,
            Effect::Held(hold) => wait_until(|| hold.has_let_go()).await,
            Effect::Header(name, value) => headers.push((name, value)),
            Effect::Change(change) => change(),
        }
    }
    let mut answer = scripted.unwrap_or_else(|| service.answer(&request, running.count));
    if is_lost {
        return Err(Cut);
    }
    if is_unanswered {
        std::future::pending::<()>().await;
    }
    answer = instead.unwrap_or(answer);
    if answer.is_json() {
        answer = service.sign(answer, running.count);
    }
    for (name, value) in headers {
        answer = answer.with_header(name, value);
    }
    respond(&answer, cut, running)
}

async fn receive(request: http::Request<Incoming>) -> Result<Request, Cut> {
    let (parts, body) = request.into_parts();
    Ok(Request {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.collect().await.map_err(|_| Cut)?.to_bytes(),
    })
}

fn respond(answer: &Answer, cut: Option<usize>, running: Running) -> Result<Response<Page>, Cut> {
    let mut response = Response::builder()
        .status(answer.status)
        .header("content-length", answer.body.len());
    for (name, value) in &answer.headers {
        response = response.header(name, value);
    }
    let page = Page::new(&answer.body, cut, running);
    response.body(page).map_err(|_| Cut)
}
