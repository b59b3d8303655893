//! A line to a server that is cut, or at which something happens, at a chosen moment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What happens at the chosen message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The line breaks before the server gets it.
    Before,
    /// The server gets it, and its answer is lost.
    After,
    /// As `After`, but for the first message that is `COMMIT` and nothing else; the server is not told that the line is gone.
    Commit,
    /// The server does not get it, and nobody is told, until the client is gone.
    Unsent,
    /// The server gets it, and the client waits for the answer for as long as it lives.
    Unanswered,
}

/// A proxy in front of a server, which counts what clients send.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    /// How many messages clients sent, each as long as what one reading gave.
    sent: Arc<AtomicUsize>,
}

impl Proxy {
    /// A proxy to the server at `port`; the message number `at`, from 1, is cut. Lines that are made afterwards are whole.
    pub(crate) async fn start(port: u16, at: usize, cut: Cut) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap().port();
        let sent = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&sent);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let Ok(server) = TcpStream::connect(("127.0.0.1", port)).await else {
                    return;
                };
                tokio::spawn(carry(client, server, Arc::clone(&counter), at, cut));
            }
        });
        Self { port: own, sent }
    }

    pub(crate) fn sent(&self) -> usize {
        self.sent.load(Ordering::SeqCst)
    }
}

async fn carry(client: TcpStream, server: TcpStream, sent: Arc<AtomicUsize>, at: usize, cut: Cut) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let silent = Arc::new(AtomicBool::new(false));
    let answers = tokio::spawn(answer(from_server, to_client, Arc::clone(&silent)));
    ask(from_client, to_server, &sent, at, cut, &answers, &silent).await;
    answers.abort();
}

async fn ask(
    mut client: OwnedReadHalf,
    mut server: OwnedWriteHalf,
    sent: &AtomicUsize,
    at: usize,
    cut: Cut,
    answers: &tokio::task::JoinHandle<()>,
    silent: &AtomicBool,
) {
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = client.read(&mut buffer).await {
        let number = sent.fetch_add(1, Ordering::SeqCst) + 1;
        let is_cut = match cut {
            Cut::Commit => buffer[..length].ends_with(b"\x03COMMIT"),
            Cut::Before | Cut::After | Cut::Unsent | Cut::Unanswered => number == at,
        };
        if is_cut {
            if matches!(cut, Cut::Unsent | Cut::Unanswered) {
                silent.store(true, Ordering::SeqCst);
            } else {
                answers.abort();
            }
            if !matches!(cut, Cut::Before | Cut::Unsent) {
                server.write_all(&buffer[..length]).await.ok();
            }
            match cut {
                Cut::Before | Cut::After => {}
                Cut::Commit => {
                    drop(client);
                    std::future::pending::<()>().await;
                }
                Cut::Unsent | Cut::Unanswered => {
                    while let Ok(1..) = client.read(&mut buffer).await {}
                }
            }
            return;
        }
        if server.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

async fn answer(mut server: OwnedReadHalf, mut client: OwnedWriteHalf, silent: Arc<AtomicBool>) {
    let mut buffer = vec![0; 256 * 1024];
    while let Ok(length @ 1..) = server.read(&mut buffer).await {
        if silent.load(Ordering::SeqCst) {
            std::future::pending::<()>().await;
        }
        if client.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
