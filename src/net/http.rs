//! HTTP over our own sockets.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use std::io;
use std::string::{String, ToString};
use std::vec::Vec;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::rt::{Executor, Read, ReadBufCursor, Write};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A stream of tokio as hyper wants it.
pub(super) struct Io<S>(pub(super) S);

impl<S: AsyncRead + Unpin> Read for Io<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, mut out: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        let mut room = [0; 8192];
        let len = out.remaining().min(room.len());
        let mut read = ReadBuf::new(room.get_mut(..len).unwrap_or_default());
        ready!(Pin::new(&mut self.0).poll_read(cx, &mut read))?;
        out.put_slice(read.filled());
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Write for Io<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, octets: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, octets)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// Runs what hyper does in the background.
#[derive(Clone, Copy)]
pub(super) struct Tasks;

impl<F> Executor<F> for Tasks
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, future: F) {
        tokio::spawn(future);
    }
}

/// The body of a request, whole; or none.
pub(super) struct Whole(Option<Bytes>);

impl Whole {
    pub(super) fn new(octets: Vec<u8>) -> Self {
        Self((!octets.is_empty()).then(|| octets.into()))
    }
}

impl Body for Whole {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.take().map(|octets| Ok(Frame::data(octets))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        let octets = self.0.as_ref().map_or(0, Bytes::len);
        SizeHint::with_exact(u64::try_from(octets).unwrap_or(u64::MAX))
    }
}

/// Why a body is not there.
pub(super) enum BodyError {
    TooLarge,
    Broken(String),
}

/// The body of a response, if it has at most so many octets.
pub(super) async fn read(mut body: Incoming, most: usize) -> Result<Vec<u8>, BodyError> {
    let mut octets = Vec::new();
    while let Some(frame) = core::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let frame = frame.map_err(|error| BodyError::Broken(error.to_string()))?;
        let Ok(data) = frame.into_data() else { continue };
        if octets.len().saturating_add(data.len()) > most {
            return Err(BodyError::TooLarge);
        }
        octets.extend(data);
    }
    Ok(octets)
}
