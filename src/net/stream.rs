//! Connections that carry many questions at a time: TCP and TLS.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::BTreeMap;
use std::format;
use std::io;
use std::string::ToString;
use std::sync::{Arc, Mutex, PoisonError};
use std::vec::Vec;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf, WriteHalf, split};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::{Asked, Fault};

/// A TCP stream, or TLS over one.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(std::boxed::Box<TlsStream<TcpStream>>),
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, buf),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}

/// Connects over TCP.
pub(super) async fn tcp(address: std::net::SocketAddr) -> Result<TcpStream, Fault> {
    let stream = TcpStream::connect(address).await.map_err(|error| Fault::Unreachable(error.to_string()))?;
    // Questions are small and somebody waits for the answer.
    let _slower_without = stream.set_nodelay(true);
    Ok(stream)
}

/// TLS over it.
pub(super) async fn tls(
    stream: TcpStream,
    config: &Arc<rustls::ClientConfig>,
    name: rustls_pki_types::ServerName<'static>,
) -> Result<TlsStream<TcpStream>, Fault> {
    let connector = TlsConnector::from(Arc::clone(config));
    connector.connect(name, stream).await.map_err(|error| Fault::Tls(error.to_string()))
}

/// Who waits for which answer; `None` once the connection is over.
type Waiting = Arc<Mutex<Option<BTreeMap<u16, oneshot::Sender<Vec<u8>>>>>>;

/// A connection in use. When it is dropped, it is closed, and the task that reads from it ends.
pub(super) struct Pipe {
    writer: WriteHalf<Stream>,
    waiting: Waiting,
    reader: AbortHandle,
    /// A question was not written to its end: what follows would be garbage.
    broken: bool,
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

fn with<T>(waiting: &Waiting, act: impl FnOnce(&mut Option<BTreeMap<u16, oneshot::Sender<Vec<u8>>>>) -> T) -> T {
    // Each change is complete before anything could panic.
    act(&mut waiting.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Pipe {
    pub(super) fn new(stream: Stream) -> Self {
        let (mut reader, writer) = split(stream);
        let waiting: Waiting = Arc::new(Mutex::new(Some(BTreeMap::new())));
        let theirs = Arc::clone(&waiting);
        let task = tokio::spawn(async move {
            while let Ok(length) = reader.read_u16().await {
                let mut message = std::vec![0; length.into()];
                if reader.read_exact(&mut message).await.is_err() {
                    break;
                }
                let id = message.first_chunk().map_or(0, |id| u16::from_be_bytes(*id));
                // What nobody waits for is dropped.
                let reply = with(&theirs, |waiting| waiting.as_mut()?.remove(&id));
                let _gone = reply.map(|reply| reply.send(message));
            }
            // Whoever waits learns that nothing comes.
            with(&theirs, Option::take);
        });
        Self { writer, waiting, reader: task.abort_handle(), broken: false }
    }

    pub(super) fn is_open(&self) -> bool {
        !self.broken && with(&self.waiting, |waiting| waiting.is_some())
    }

    /// Sends a question; what comes of it is waited for without holding the connection. Its number is changed if
    /// another question on the way has the same.
    pub(super) async fn send(&mut self, asked: &mut Asked) -> Result<oneshot::Receiver<Vec<u8>>, Fault> {
        let closed = || Fault::Unreachable("the connection was closed".to_string());
        let (reply, receiver) = oneshot::channel();
        let id = with(&self.waiting, |waiting| {
            let waiting = waiting.as_mut()?;
            // Whoever stopped waiting makes room.
            waiting.retain(|_, reply| !reply.is_closed());
            let wanted = asked.id();
            let id = (0..=u16::MAX).map(|step| wanted.wrapping_add(step)).find(|id| !waiting.contains_key(id))?;
            waiting.insert(id, reply);
            Some(id)
        });
        asked.set_id(id.ok_or_else(closed)?);
        let octets = asked.octets();
        let length = u16::try_from(octets.len()).map_err(|_| closed())?;
        // The length and the message in one segment (RFC 7766 section 8).
        let frame = [&length.to_be_bytes(), octets].concat();
        self.broken = true;
        let written = async {
            self.writer.write_all(&frame).await?;
            self.writer.flush().await
        };
        written.await.map_err(|error| Fault::Unreachable(error.to_string()))?;
        self.broken = false;
        Ok(receiver)
    }
}

/// The answer, or that there is none.
pub(super) async fn receive(receiver: oneshot::Receiver<Vec<u8>>, asked: &Asked) -> Result<Vec<u8>, Fault> {
    let closed = |_| Fault::Unreachable("the connection was closed before the answer".to_string());
    let octets = receiver.await.map_err(closed)?;
    asked.is_answered_by(&octets).map_err(|why| Fault::Garbage(format!("over a stream: {why}")))?;
    Ok(octets)
}
