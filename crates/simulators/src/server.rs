//! An HTTP/1.1 server on a free loopback port; stops on drop and keeps the requests it saw.

use std::error::Error;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::Sleep;
use tokio_rustls::TlsAcceptor;

use crate::exchange::{Answer, Request, Seen};
use crate::fault::{Effect, Script};

/// How long what was sent may take to leave before a connection is cut.
const FLUSH: Duration = Duration::from_millis(20);

/// What a simulator is, apart from the wire.
pub(crate) trait Service: Send + Sync + 'static {
    /// Does what the request asks.
    fn answer(&self, request: &Request) -> Answer;

    /// Adds what every answer of the service itself carries. `running` requests are under way.
    fn sign(&self, answer: Answer, running: usize) -> Answer;
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

    pub(crate) fn most_running(&self) -> usize {
        self.most_running.load(Ordering::SeqCst)
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
    pub(crate) shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to serve on `port` of the loopback address; 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken, or no thread can be had.
    pub(crate) fn start(
        port: u16,
        tls: Option<TlsAcceptor>,
        service: Arc<impl Service>,
    ) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (stop, stopped) = oneshot::channel();
        let accepting = accept(listener, tls, service, Arc::clone(&shared));
        let thread = std::thread::Builder::new()
            .name("simulator".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::select! {
                        () = accepting => {}
                        _ = stopped => {}
                    }
                });
            })?;
        Ok(Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        })
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

/// A request that ends with a closed connection in place of an answer, or of the rest of one.
#[derive(Debug)]
struct Cut;

impl fmt::Display for Cut {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("connection cut")
    }
}

impl Error for Cut {}

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
    let mut headers = Vec::new();
    for effect in effects {
        match effect {
            Effect::Answer(answer) => scripted = Some(answer),
            Effect::Cut => return Err(Cut),
            Effect::CutAfter(bytes) => cut = Some(bytes),
            Effect::Delay(delay) => tokio::time::sleep(delay).await,
            Effect::Header(name, value) => headers.push((name, value)),
            Effect::Change(change) => change(),
        }
    }
    let mut answer = scripted.unwrap_or_else(|| service.answer(&request));
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
    let sent = cut.map_or(answer.body.len(), |bytes| bytes.min(answer.body.len()));
    let page = Page {
        content: Some(answer.body.slice(..sent)),
        cut: cut.map(|_| Box::pin(tokio::time::sleep(FLUSH))),
        _running: running,
    };
    response.body(page).map_err(|_| Cut)
}

/// Counts a request as under way until its answer was handed over whole.
struct Running {
    shared: Arc<Shared>,
    count: usize,
}

impl Running {
    fn enter(shared: &Arc<Shared>) -> Self {
        let count = shared.running.fetch_add(1, Ordering::SeqCst) + 1;
        shared.most_running.fetch_max(count, Ordering::SeqCst);
        Self {
            shared: Arc::clone(shared),
            count,
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The body of an answer, whole or cut.
struct Page {
    content: Option<Bytes>,
    cut: Option<Pin<Box<Sleep>>>,
    _running: Running,
}

impl Body for Page {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(content) = self.content.take().filter(|content| !content.is_empty()) {
            return Poll::Ready(Some(Ok(Frame::data(content))));
        }
        // hyper writes what it has while this waits; an error at once would discard it.
        match &mut self.cut {
            None => Poll::Ready(None),
            Some(wait) => wait.as_mut().poll(context).map(|()| Some(Err(Cut))),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.cut.is_none() && self.content.as_ref().is_none_or(Bytes::is_empty)
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
