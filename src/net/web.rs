//! One document from a web server.

use core::time::Duration;
use std::net::{IpAddr, SocketAddr};
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;

use http::header::{ACCEPT, HOST, LOCATION, USER_AGENT};
use http::{Request, Uri};
use hyper::client::conn::http1;
use rustls::RootCertStore;
use rustls_pki_types::ServerName;
use tokio::time::timeout;

use super::client::tls_config;
use super::http::{BodyError, Io, Whole, read};
use super::stream::{Stream, tcp, tls};
use super::{Client, FetchError, is_public};
use crate::name::NameBuf;

/// From whom addresses of hosts come.
#[derive(Clone, Debug)]
pub enum Names {
    /// The system's resolver.
    System,
    /// These resolvers. What they say is not proved; the documents are what has to be.
    Client(Client),
}

/// What came of asking for a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Response {
    /// The document.
    Document(Vec<u8>),
    /// It is elsewhere: the `Location` field.
    Redirect(String),
}

/// Gets documents over HTTP and HTTPS, one connection for each, within bounds.
#[derive(Clone, Debug)]
pub struct Web {
    /// Octets that a document may have.
    pub octets: usize,
    /// How long it may take, all in all.
    pub timeout: Duration,
    /// Whether addresses that are not [public](is_public) will do, as in a laboratory.
    pub allow_private: bool,
    /// Who knows the addresses of hosts.
    pub names: Names,
    /// Who vouches for servers with https.
    pub roots: RootCertStore,
}

/// The CAs that Mozilla trusts to vouch for servers.
#[must_use]
pub fn mozilla() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

impl Web {
    /// 64 KiB, ten seconds, public addresses from the system's resolver, Mozilla's CAs.
    #[must_use]
    pub fn standard() -> Self {
        let timeout = Duration::from_secs(10);
        Self { octets: 65_536, timeout, allow_private: false, names: Names::System, roots: mozilla() }
    }

    /// Asks for one document. Redirects are the caller's business.
    ///
    /// # Errors
    /// If the host has no address that will do, does not answer in time, or answers with anything but one document of
    /// bounded size or a redirect; with https also if its certificate does not name it.
    pub async fn get(&self, url: &str) -> Result<Response, FetchError> {
        let late = |_| FetchError::Failed(std::format!("it takes longer than {} s", self.timeout.as_secs()));
        timeout(self.timeout, self.asked(url)).await.map_err(late)?
    }

    /// The addresses of a host that may be connected to. They are asked for once: what is checked is what is used.
    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, FetchError> {
        let failed = |why: String| FetchError::Failed(why);
        let all: Vec<IpAddr> = match (host.trim_matches(['[', ']']).parse::<IpAddr>(), &self.names) {
            (Ok(address), _) => std::vec![address],
            (_, Names::System) => {
                let found = tokio::net::lookup_host((host, 0)).await;
                found.map_err(|error| failed(std::format!("{host}: {error}")))?.map(|found| found.ip()).collect()
            }
            (_, Names::Client(client)) => {
                let name: NameBuf = host.parse().map_err(|error| failed(std::format!("{host}: {error}")))?;
                let found = client.addresses(&name).await;
                found.map_err(|blames| {
                    let blames: Vec<String> = blames.iter().map(ToString::to_string).collect();
                    failed(std::format!("{host}: no address: {}", blames.join("; ")))
                })?
            }
        };
        if all.is_empty() {
            return Err(failed(std::format!("{host} has no address")));
        }
        let found: Vec<IpAddr> = all.into_iter().filter(|address| self.allow_private || is_public(*address)).collect();
        if found.is_empty() {
            return Err(failed("the host has no public address".to_string()));
        }
        Ok(found)
    }

    async fn connect(&self, host: &str, port: u16, is_https: bool) -> Result<Stream, FetchError> {
        let mut failed = FetchError::Failed("the host has no address".to_string());
        for address in self.addresses(host).await? {
            // One that does not answer leaves time for the others.
            let connected = timeout(Duration::from_secs(3), tcp(SocketAddr::new(address, port))).await;
            let stream = match connected {
                Ok(Ok(stream)) => stream,
                Ok(Err(fault)) => {
                    failed = FetchError::Failed(std::format!("{address}: {fault}"));
                    continue;
                }
                Err(_) => {
                    failed = FetchError::Failed(std::format!("{address}: no connection within 3 s"));
                    continue;
                }
            };
            if !is_https {
                return Ok(Stream::Plain(stream));
            }
            //= https://www.rfc-editor.org/rfc/rfc7711#section-3
            //# the POSH client MUST verify the certificate of the HTTPS service at the source domain in order to
            //# securely "bootstrap" into the use of POSH
            let config = tls_config(self.roots.clone(), &[b"http/1.1"]);
            let config = Arc::new(config.map_err(|error| FetchError::Failed(error.to_string()))?);
            let name = ServerName::try_from(host.trim_matches(['[', ']']).to_string());
            let name = name.map_err(|error| FetchError::Failed(std::format!("{host}: {error}")))?;
            let stream = tls(stream, &config, name).await;
            return Ok(Stream::Tls(stream.map_err(|fault| FetchError::Failed(fault.to_string()))?.into()));
        }
        Err(failed)
    }

    async fn asked(&self, url: &str) -> Result<Response, FetchError> {
        let failed = |why: &dyn ToString| FetchError::Failed(why.to_string());
        let uri: Uri = url.parse().map_err(|error| failed(&error))?;
        let is_https = uri.scheme() == Some(&http::uri::Scheme::HTTPS);
        let authority = uri.authority().ok_or_else(|| failed(&"the URL has no host"))?;
        let port = authority.port_u16().unwrap_or(if is_https { 443 } else { 80 });
        let stream = self.connect(authority.host(), port, is_https).await?;
        let (mut sender, connection) = http1::handshake(Io(stream)).await.map_err(|error| failed(&error))?;
        let task = tokio::spawn(async move {
            // The body says whether it ended well.
            let _over = connection.await;
        });
        let _closed_at_the_end = Closing(task.abort_handle());
        let request = Request::builder()
            .uri(uri.path_and_query().map_or("/", |path| path.as_str()))
            .header(HOST, authority.as_str())
            .header(ACCEPT, "*/*")
            .header(USER_AGENT, concat!("dnsproof/", env!("CARGO_PKG_VERSION")));
        let request = request.body(Whole::new(Vec::new())).map_err(|error| failed(&error))?;
        let response = sender.send_request(request).await.map_err(|error| failed(&error))?;
        match response.status().as_u16() {
            200 => match read(response.into_body(), self.octets).await {
                Ok(octets) => Ok(Response::Document(octets)),
                Err(BodyError::TooLarge) => Err(FetchError::TooLarge(self.octets)),
                Err(BodyError::Broken(why)) => Err(FetchError::Failed(why)),
            },
            301 | 302 | 303 | 307 | 308 => {
                let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
                let location = location.ok_or_else(|| failed(&"a redirect to nowhere"))?;
                Ok(Response::Redirect(location.to_string()))
            }
            status => Err(FetchError::Failed(std::format!("the server answered with status {status}"))),
        }
    }
}

/// Ends a task when it is dropped.
struct Closing(tokio::task::AbortHandle);

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.abort();
    }
}
