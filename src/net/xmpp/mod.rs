//! An XMPP stream to a server, up to where it has shown its certificates: STARTTLS (RFC 6120 section 5) or TLS from the
//! start (XEP-0368), and the challenge of the dnssec-ta proof on it.
//!
//! What the certificates are worth is for the caller to say, before anything else is sent.

mod xml;

use core::fmt;
use core::time::Duration;
use std::net::SocketAddr;
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;

use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::Shown;
use super::stream::{tcp, tls};
use super::verifier::Later;
use crate::dna::{Element, NoProof, ProofType, Reading};
use crate::name::NameBuf;
use xml::{Item, Node, Reader, escaped};

const STREAMS: &str = "http://etherx.jabber.org/streams";
const TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
/// Elements that are looked at while one is waited for.
const MOST: u32 = 64;

/// Who connects, and to whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// The domain that is wanted.
    pub to: NameBuf,
    /// The domain of the server that asks; `None` for a client.
    pub from: Option<NameBuf>,
    /// TLS from the start, and not by STARTTLS.
    pub direct: bool,
    /// How long each step may take.
    pub timeout: Duration,
}

/// Why there is no stream.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum XmppError {
    /// The server cannot be reached, or TLS fails.
    Unreachable(String),
    /// It ends in the middle.
    Broken(String),
    /// What it sends is no XML, or too much of it.
    Xml(String),
    /// What it sends is no stream of XMPP.
    Protocol(String),
    /// It says that there is an error: this one.
    StreamError(String),
    /// It does not offer TLS.
    NoTls,
    /// It takes too long.
    TimedOut(Duration),
}

impl fmt::Display for XmppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) | Self::Broken(why) => f.write_str(why),
            Self::Xml(why) => write!(f, "what it sends is no XML of a stream: {why}"),
            Self::Protocol(why) => write!(f, "it does not speak XMPP: {why}"),
            Self::StreamError(name) => write!(f, "it answers with the stream error {name:?}"),
            Self::NoTls => f.write_str("it does not offer TLS"),
            Self::TimedOut(after) => write!(f, "nothing within {} ms", after.as_millis()),
        }
    }
}

impl core::error::Error for XmppError {}

/// A stream under TLS. The certificates are those that the server presented; nobody has judged them.
pub struct Session {
    io: TlsStream<TcpStream>,
    reader: Reader,
    visit: Visit,
    reading: Reading,
    /// The server's own certificate first.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Whether its features assert the domain.
    pub asserted: bool,
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("visit", &self.visit)
            .field("certificates", &self.certificates.len())
            .field("asserted", &self.asserted)
            .finish_non_exhaustive()
    }
}

/// Sends a header and reads the server's, and its features.
async fn open<S: AsyncRead + AsyncWrite + Unpin>(io: &mut S, visit: &Visit) -> Result<(Reader, Node), XmppError> {
    let dot = |name: &NameBuf| escaped(name.to_string().trim_end_matches('.'));
    let (namespace, from) = match &visit.from {
        Some(from) => ("jabber:server' xmlns:db='jabber:server:dialback", std::format!(" from='{}'", dot(from))),
        None => ("jabber:client", String::new()),
    };
    let to = dot(&visit.to);
    let header = std::format!(
        "<?xml version='1.0'?><stream:stream to='{to}'{from} version='1.0' xml:lang='en' xmlns='{namespace}' xmlns:stream='{STREAMS}'>"
    );
    send(io, &header).await?;
    let mut reader = Reader::new();
    match reader.next(io).await? {
        Item::Header(header) if header.is(STREAMS, "stream") => {
            // RFC 6120 section 4.7.5: without a version there are no features, and so no TLS.
            if header.attribute("version").is_none() {
                return Err(XmppError::NoTls);
            }
        }
        _ => return Err(XmppError::Protocol("it does not begin with a stream".to_string())),
    }
    let features = element(&mut reader, io).await?;
    match features.is(STREAMS, "features") {
        true => Ok((reader, features)),
        false => Err(XmppError::Protocol(std::format!("expected features, found <{}>", features.name))),
    }
}

async fn send(io: &mut (impl AsyncWrite + Unpin), text: &str) -> Result<(), XmppError> {
    let written = async {
        io.write_all(text.as_bytes()).await?;
        io.flush().await
    };
    written.await.map_err(|error| XmppError::Broken(error.to_string()))
}

async fn element(reader: &mut Reader, io: &mut (impl AsyncRead + Unpin)) -> Result<Node, XmppError> {
    match reader.next(io).await? {
        Item::Element(node) if node.is(STREAMS, "error") => {
            let names: Vec<&str> = node.children.iter().map(|child| child.name.as_str()).collect();
            Err(XmppError::StreamError(names.join(" ")))
        }
        Item::Element(node) => Ok(node),
        Item::Header(_) => Err(XmppError::Protocol("a stream in a stream".to_string())),
        Item::End => Err(XmppError::Broken("the server ends the stream".to_string())),
    }
}

/// The element of the proof's own protocol that this is. None of these has more than a few others in it.
fn of_dna(node: &Node, reading: &Reading) -> Option<Element> {
    let is_ours = node.namespace == reading.namespace || reading.bare.is_some();
    (is_ours && node.is_small()).then(|| Element::parse(node.to_xml().as_bytes(), reading).ok())?
}

impl Session {
    /// Connects, opens the stream, and begins TLS. In the SNI extension is the domain that is wanted.
    ///
    /// # Errors
    /// If the server does not get as far as that.
    pub async fn connect(address: SocketAddr, visit: Visit, reading: Reading) -> Result<Self, XmppError> {
        let protocol: &[u8] = if visit.from.is_some() { b"xmpp-server" } else { b"xmpp-client" };
        let protocols: &[&[u8]] = if visit.direct { &[protocol] } else { &[] };
        let config = Later::config(protocols).map_err(|error| XmppError::Unreachable(error.to_string()))?;
        let name = ServerName::try_from(visit.to.to_string().trim_end_matches('.').to_string());
        let name = name.map_err(|_| XmppError::Protocol("the domain is no name of a host".to_string()))?;
        let within = visit.timeout;
        let late = |_| XmppError::TimedOut(within);
        let unreachable = |fault: super::Fault| XmppError::Unreachable(fault.to_string());
        let mut plain = timeout(within, tcp(address)).await.map_err(late)?.map_err(unreachable)?;
        if !visit.direct {
            timeout(within, starttls(&mut plain, &visit)).await.map_err(late)??;
        }
        let secured = timeout(within, tls(plain, &Arc::new(config), name)).await.map_err(late)?;
        let mut io = secured.map_err(unreachable)?;
        let certificates = io.get_ref().1.peer_certificates().unwrap_or_default();
        let certificates = certificates.iter().map(|der| der.clone().into_owned()).collect();
        let (reader, features) = timeout(within, open(&mut io, &visit)).await.map_err(late)??;
        let asserted = features.children.iter().any(|node| {
            let element = of_dna(node, &reading);
            element.is_some_and(|element| element == Element::Assert { from: visit.to })
        });
        Ok(Self { io, reader, visit, reading, certificates, asserted })
    }

    async fn say(&mut self, element: &Element) -> Result<(), XmppError> {
        let text = element.to_xml(&self.reading);
        send(&mut self.io, &text).await
    }

    /// Challenges the server to prove that it serves the domain.
    pub async fn challenge(&mut self, types: &[ProofType]) -> Shown {
        let within = self.visit.timeout;
        match timeout(within, self.exchange(types)).await {
            Ok(Ok(shown)) => shown,
            Ok(Err(_)) | Err(_) => Shown::Nothing(NoProof::Silent),
        }
    }

    async fn exchange(&mut self, types: &[ProofType]) -> Result<Shown, XmppError> {
        self.say(&Element::Challenge { to: self.visit.to, types: types.to_vec() }).await?;
        for _ in 0..MOST {
            let node = element(&mut self.reader, &mut self.io).await?;
            // What is none of ours is none of our business.
            let Some(element) = of_dna(&node, &self.reading) else { continue };
            match element {
                Element::Proof { from, prooftype, url } if from == self.visit.to => {
                    return Ok(Shown::Url(prooftype, url));
                }
                Element::Impossible { from } if from == self.visit.to => {
                    return Ok(Shown::Nothing(NoProof::Impossible));
                }
                _ => {}
            }
        }
        Ok(Shown::Nothing(NoProof::Silent))
    }

    /// Says whether the domain is proved, and ends the stream.
    pub async fn finish(mut self, proved: Option<bool>) {
        let to = self.visit.to;
        let ended = async {
            match proved {
                Some(true) => self.say(&Element::Valid { to }).await?,
                Some(false) => self.say(&Element::Invalid { to }).await?,
                None => {}
            }
            send(&mut self.io, "</stream:stream>").await?;
            while !matches!(self.reader.next(&mut self.io).await?, Item::End) {}
            Ok::<(), XmppError>(())
        };
        // What was to be known is known.
        let _over = timeout(Duration::from_secs(2), ended).await;
        let _closed = timeout(Duration::from_secs(2), self.io.shutdown()).await;
    }
}

//= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
//# if TLS encryption cannot be established, the client MUST NOT connect to the server.
//= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
//# If expecting TLS support when unusable TLSA records are published is realistic for the application in question, then
//# the application MUST avoid cleartext.
/// RFC 6120 section 5.4.2.
async fn starttls<S: AsyncRead + AsyncWrite + Unpin>(io: &mut S, visit: &Visit) -> Result<(), XmppError> {
    let (mut reader, features) = open(io, visit).await?;
    features.child(TLS, "starttls").ok_or(XmppError::NoTls)?;
    send(io, &std::format!("<starttls xmlns='{TLS}'/>")).await?;
    let answer = element(&mut reader, io).await?;
    match () {
        () if !answer.is(TLS, "proceed") => {
            Err(XmppError::Protocol(std::format!("expected proceed, found <{}>", answer.name)))
        }
        // Nothing that came in the clear shall be taken for what comes under TLS.
        () if reader.has_more() => Err(XmppError::Protocol("it goes on in the clear where TLS begins".to_string())),
        () => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, duplex};

    const HEADER: &str = "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='1'>";
    const OFFER: &str = "<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
    const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

    /// What STARTTLS comes to with a server that says this, each after it has heard something.
    fn with(says: &[&str]) -> Result<(), XmppError> {
        let to = "example.com".parse().unwrap();
        let visit = Visit { to, from: None, direct: false, timeout: Duration::from_secs(1) };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (mut ours, mut theirs) = duplex(1 << 20);
            let server = async {
                for text in says {
                    let mut room = [0; 4096];
                    if theirs.read(&mut room).await.unwrap_or(0) == 0 {
                        break;
                    }
                    theirs.write_all(text.as_bytes()).await.unwrap();
                }
                drop(theirs);
            };
            let client = starttls(&mut ours, &visit);
            let mut server = core::pin::pin!(server);
            let mut client = core::pin::pin!(client);
            let mut over = false;
            core::future::poll_fn(|cx| {
                over = over || server.as_mut().poll(cx).is_ready();
                client.as_mut().poll(cx)
            })
            .await
        })
    }

    #[test]
    fn clear_text_is_not_taken_along() {
        let hello = std::format!("{HEADER}{OFFER}");
        assert_eq!(with(&[&hello, PROCEED]), Ok(()));
        let injected = std::format!("{PROCEED}<stream:features/>");
        assert!(matches!(with(&[&hello, &injected]), Err(XmppError::Protocol(_))));
    }

    //= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
    //= type=test
    //# if TLS encryption cannot be established, the client MUST NOT connect to the server.
    //= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
    //= type=test
    //# If expecting TLS support when unusable TLSA records are published is realistic for the application in question,
    //# then the application MUST avoid cleartext.
    #[test]
    fn servers_that_do_not_do_it() {
        let old = HEADER.replace(" version='1.0' id", " id");
        for (hello, expected) in [
            (std::format!("{HEADER}<stream:features/>"), XmppError::NoTls),
            (std::format!("{old}{OFFER}"), XmppError::NoTls),
            (
                std::format!(
                    "{HEADER}<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
                ),
                XmppError::StreamError("host-unknown".into()),
            ),
            (std::format!("{HEADER}</stream:stream>"), XmppError::Broken("the server ends the stream".into())),
        ] {
            assert_eq!(with(&[&hello]), Err(expected), "{hello}");
        }
        let failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
        assert!(matches!(with(&[&std::format!("{HEADER}{OFFER}"), failure]), Err(XmppError::Protocol(_))));
        for hello in ["HTTP/1.1 400 Bad Request\r\n\r\n", "<html>", "<stream:stream>", "\0\0"] {
            assert!(with(&[hello]).is_err(), "{hello}");
        }
    }
}
