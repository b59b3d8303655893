//! A line to a server that breaks at a chosen message.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of the chosen message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The server does not get it.
    Before,
    /// The server gets it, and the line breaks while it works.
    During,
    /// The server does it, and its answer is lost.
    After,
}

/// What becomes of lines that are made after that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// They are whole.
    Whole,
    /// There are none, as if the job had been killed.
    Gone,
}

/// A proxy in front of a server, which counts the queries that clients send.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    sent: Arc<AtomicUsize>,
}

#[derive(Clone, Copy)]
struct Plan {
    at: usize,
    cut: Cut,
}

/// The number of a request for TLS, which the proxy declines.
const TLS: u32 = 80_877_103;

impl Proxy {
    /// A proxy to the server at `port`; query number `at`, from 1, is cut.
    pub(crate) async fn start(port: u16, at: usize, cut: Cut, then: Then) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        let plan = Plan { at, cut };
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if then == Then::Gone && counter.load(Ordering::SeqCst) >= at {
                    continue;
                }
                let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&counter), plan));
            }
        });
        Self { port: own, sent }
    }

    /// A proxy that breaks nothing.
    pub(crate) async fn whole(port: u16) -> Self {
        Self::start(port, usize::MAX, Cut::Before, Then::Whole).await
    }

    /// How many queries clients sent.
    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

/// An error of a line ends it, whichever it is.
async fn carry(client: TcpStream, server: TcpStream, sent: Arc<AtomicUsize>, plan: Plan) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let answers = tokio::spawn(answer(from_server, to_client, stopped));
    drop(ask(from_client, to_server, &sent, plan, &stop).await);
    if plan.cut == Cut::After {
        drop(answers.await);
    } else {
        answers.abort();
    }
}

async fn ask(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    sent: &AtomicUsize,
    plan: Plan,
    stop: &tokio::sync::watch::Sender<bool>,
) -> std::io::Result<()> {
    loop {
        let length = client.read_u32().await?;
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        client.read_exact(&mut body).await?;
        // The line goes on without TLS: the server itself is asked, and says no.
        let is_request = body.starts_with(&TLS.to_be_bytes());
        server
            .write_all(&[&length.to_be_bytes()[..], &body].concat())
            .await?;
        if !is_request {
            break;
        }
    }
    loop {
        let kind = client.read_u8().await?;
        let length = client.read_u32().await?;
        let mut body = vec![0; usize::try_from(length).unwrap() - 4];
        client.read_exact(&mut body).await?;
        let is_cut = kind == b'Q' && sent.fetch_add(1, Ordering::SeqCst) + 1 == plan.at;
        if is_cut && plan.cut == Cut::Before {
            return Ok(());
        }
        if is_cut && plan.cut == Cut::After {
            stop.send_replace(true);
        }
        server
            .write_all(&[&[kind][..], &length.to_be_bytes(), &body].concat())
            .await?;
        if is_cut {
            return Ok(());
        }
    }
}

/// Carries answers; told to stop, it waits until the server is ready again, and carries nothing of that.
async fn answer(
    mut server: OwnedReadHalf,
    mut client: OwnedWriteHalf,
    stopped: tokio::sync::watch::Receiver<bool>,
) {
    let mut part = vec![0; 65536];
    let mut last = Vec::new();
    while let Ok(length @ 1..) = server.read(&mut part).await {
        if !*stopped.borrow() {
            if client.write_all(&part[..length]).await.is_err() {
                return;
            }
            continue;
        }
        last.extend_from_slice(&part[..length]);
        // `ReadyForQuery`, idle or in a transaction, ends what the server says.
        if last.len() >= 6 && last[last.len() - 6..].starts_with(b"Z\0\0\0\x05") {
            return;
        }
    }
}
