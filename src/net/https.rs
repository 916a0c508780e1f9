//! DNS over HTTPS (RFC 8484), over HTTP/2.

use std::format;
use std::string::ToString;
use std::sync::Arc;
use std::vec::Vec;

use data_encoding::BASE64URL_NOPAD;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request, StatusCode};
use hyper::client::conn::http2;
use tokio::task::AbortHandle;

use super::http::{BodyError, Io, Tasks, Whole, read};
use super::stream::{tcp, tls};
use super::{Asked, Fault, Server};

const MEDIA_TYPE: &str = "application/dns-message";

/// A connection in use. When it is dropped, it is closed.
pub(super) struct Session {
    sender: http2::SendRequest<Whole>,
    connection: AbortHandle,
}

impl Drop for Session {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

impl Session {
    pub(super) async fn open(
        server: &Server,
        address: std::net::SocketAddr,
        config: &Arc<rustls::ClientConfig>,
    ) -> Result<Self, Fault> {
        let name = server.identity().ok_or_else(|| Fault::Tls("the server has no name".to_string()))?;
        let stream = tls(tcp(address).await?, config, name).await?;
        if stream.get_ref().1.alpn_protocol() != Some(b"h2") {
            return Err(Fault::Http("it does not speak HTTP/2".to_string()));
        }
        let opened = http2::handshake(Tasks, Io(stream)).await;
        let (sender, connection) = opened.map_err(|error| Fault::Http(error.to_string()))?;
        let task = tokio::spawn(async move {
            // Whoever asks next sees that it is over.
            let _over = connection.await;
        });
        Ok(Self { sender, connection: task.abort_handle() })
    }

    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    pub(super) fn sender(&self) -> http2::SendRequest<Whole> {
        self.sender.clone()
    }
}

/// Asks over a connection that others ask over at the same time.
pub(super) async fn exchange(
    mut sender: http2::SendRequest<Whole>,
    server: &Server,
    asked: &Asked,
    get: bool,
) -> Result<Vec<u8>, Fault> {
    let failed = |why: &dyn ToString| Fault::Http(why.to_string());
    let host = if server.host().contains(':') { format!("[{}]", server.host()) } else { server.host().to_string() };
    let base = format!("https://{host}:{}{}", server.port(), server.path());
    let request = Request::builder().header(ACCEPT, MEDIA_TYPE);
    let request = match get {
        // RFC 8484 section 4.1.1: base64url without padding.
        true => {
            let sign = if base.contains('?') { '&' } else { '?' };
            let url = format!("{base}{sign}dns={}", BASE64URL_NOPAD.encode(asked.octets()));
            request.method(Method::GET).uri(url).body(Whole::new(Vec::new()))
        }
        false => {
            let request = request.method(Method::POST).uri(base).header(CONTENT_TYPE, MEDIA_TYPE);
            request.body(Whole::new(asked.octets().to_vec()))
        }
    };
    let request = request.map_err(|error| failed(&error))?;
    sender.ready().await.map_err(|error| failed(&error))?;
    let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
    let media_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    match response.status() {
        StatusCode::OK if media_type.eq_ignore_ascii_case(MEDIA_TYPE) => {}
        StatusCode::OK => return Err(Fault::Http(format!("what it sends is {media_type:?} and not {MEDIA_TYPE}"))),
        status => return Err(Fault::Http(format!("it answered with status {status}"))),
    }
    let octets = read(response.into_body(), usize::from(u16::MAX)).await.map_err(|error| match error {
        BodyError::TooLarge => Fault::Garbage("it has more octets than a message can have".to_string()),
        BodyError::Broken(why) => Fault::Http(why),
    })?;
    asked.is_answered_by(&octets).map_err(Fault::Garbage)?;
    Ok(octets)
}
