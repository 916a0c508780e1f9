//! Asks resolvers, the next where one fails.

use core::fmt;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::string::{String, ToString};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::vec::Vec;

use rustls::{ClientConfig, RootCertStore};
use tokio::sync::{Mutex, OnceCell};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};

use super::https::{self, Session};
use super::stream::{self, Pipe, Stream};
use super::{Asked, Blame, Fault, Server, Transport, asked, udp};
use crate::codes::{Rcode, Type};
use crate::name::{Name, NameBuf};
use crate::wire::{Message, Query, Section, rdata};

/// How long is waited, and how often is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For one answer.
    pub attempt: Duration,
    /// How often one server is asked the same question.
    pub attempts: u32,
    /// For one question, all servers and attempts in all.
    pub overall: Duration,
}

impl Patience {
    /// Two attempts of 2.5 seconds for each server, 15 seconds for a question.
    #[must_use]
    pub const fn standard() -> Self {
        Self { attempt: Duration::from_millis(2500), attempts: 2, overall: Duration::from_secs(15) }
    }
}

/// What is set before a client is made.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Who is asked, the first one first.
    pub servers: Vec<Server>,
    /// Who vouches for servers with TLS and HTTPS. It decides who learns the questions, and nothing else.
    pub roots: RootCertStore,
    /// How long is waited.
    pub patience: Patience,
    /// Write the letters of names in upper and lower case by chance over UDP, and take no answer that does not repeat
    /// them so. Some servers do not.
    pub mixed_case: bool,
}

impl Setup {
    /// These servers; no server with TLS is believed to be who it is; the standard for the rest.
    #[must_use]
    pub fn new(servers: Vec<Server>) -> Self {
        Self { servers, roots: RootCertStore::empty(), patience: Patience::standard(), mixed_case: false }
    }
}

/// Asks resolvers. Connections are kept and used again; a clone uses the same ones. When the last clone is dropped they
/// are closed, and no task is left. It has to be used inside of a runtime of tokio with I/O and time.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    carriers: Vec<Carrier>,
    patience: Patience,
    mixed_case: bool,
    /// Questions on the way: who asks the same waits for the same answer.
    asking: std::sync::Mutex<BTreeMap<Key, Arc<Asking>>>,
    asked: AtomicUsize,
}

/// A question, and who is asked first.
type Key = (NameBuf, Type, usize);
type Asking = OnceCell<Result<Reply, Vec<Blame>>>;

/// Someone who waits for an answer. Whoever leaves last, with it or without, takes the question from the list.
struct Waiter<'i> {
    inner: &'i Inner,
    key: Key,
    own: Arc<Asking>,
}

impl Inner {
    fn asking(&self) -> MutexGuard<'_, BTreeMap<Key, Arc<Asking>>> {
        // Each change is complete before anything could panic.
        self.asking.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut all = self.inner.asking();
        let listed = all.get(&self.key).is_some_and(|other| Arc::ptr_eq(other, &self.own));
        // The list has one, and this the other.
        if listed && (self.own.initialized() || Arc::strong_count(&self.own) <= 2) {
            all.remove(&self.key);
        }
    }
}

/// A server, and the connections to it.
struct Carrier {
    server: Server,
    config: Arc<ClientConfig>,
    pipe: Mutex<Option<Pipe>>,
    session: Mutex<Option<Session>>,
    /// When it last did not answer.
    failed: std::sync::Mutex<Option<Instant>>,
}

/// For how long a server that did not answer is asked after the others.
const PENALTY: Duration = Duration::from_secs(5);

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.inner.carriers.iter().map(|carrier| &carrier.server)).finish()
    }
}

/// A message, and who sent it.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The message: whole, no error of the server, and the answer to the question.
    pub octets: Vec<u8>,
    /// The place of the server in [`Client::servers`].
    pub server: usize,
    /// What servers before it did wrong.
    pub blames: Vec<Blame>,
}

impl Client {
    /// # Errors
    /// If TLS cannot be set up with these roots.
    pub fn new(setup: Setup) -> Result<Self, rustls::Error> {
        let dot = Arc::new(tls_config(setup.roots.clone(), &[])?);
        let h2 = Arc::new(tls_config(setup.roots, &[b"h2"])?);
        let carriers = setup.servers.into_iter().map(|server| {
            let config = if matches!(server.transport(), Transport::Https { .. }) { &h2 } else { &dot };
            Carrier {
                server,
                config: Arc::clone(config),
                pipe: Mutex::new(None),
                session: Mutex::new(None),
                failed: std::sync::Mutex::default(),
            }
        });
        let (carriers, patience) = (carriers.collect(), setup.patience);
        Ok(Self {
            inner: Arc::new(Inner {
                carriers,
                patience,
                mixed_case: setup.mixed_case,
                asking: std::sync::Mutex::default(),
                asked: AtomicUsize::new(0),
            }),
        })
    }

    /// Who is asked.
    pub fn servers(&self) -> impl ExactSizeIterator<Item = &Server> {
        self.inner.carriers.iter().map(|carrier| &carrier.server)
    }

    /// Questions that were sent, those counted once that several waited for.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.inner.asked.load(Ordering::Relaxed)
    }

    /// Asks the servers, from number `first` on and round, until one answers. Those that did not answer just now are
    /// asked last.
    ///
    /// # Errors
    /// If none does: what each did wrong.
    pub async fn ask(&self, name: &NameBuf, rtype: Type, first: usize) -> Result<Reply, Vec<Blame>> {
        let key = (*name, rtype, first);
        let own = Arc::clone(self.inner.asking().entry(key).or_default());
        let waiter = Waiter { inner: &self.inner, key, own };
        waiter.own.get_or_init(|| self.ask_now(name, rtype, first)).await.clone()
    }

    async fn ask_now(&self, name: &NameBuf, rtype: Type, first: usize) -> Result<Reply, Vec<Blame>> {
        let Inner { carriers, patience, mixed_case, .. } = &*self.inner;
        let deadline = Instant::now().checked_add(patience.overall);
        self.inner.asked.fetch_add(1, Ordering::Relaxed);
        let mut blames = Vec::new();
        let first = first.checked_rem(carriers.len()).unwrap_or(0);
        let mut order: Vec<_> = carriers.iter().enumerate().cycle().skip(first).take(carriers.len()).collect();
        order.sort_by_key(|(_, carrier)| carrier.has_failed());
        for (server, carrier) in order {
            let asking = carrier.ask(name, rtype, *patience, *mixed_case);
            let answer = match deadline {
                Some(deadline) => timeout_at(deadline, asking).await.unwrap_or(Err(Fault::TimedOut(patience.overall))),
                None => asking.await,
            };
            carrier.note(answer.as_ref().err());
            match answer {
                Ok(octets) => return Ok(Reply { octets, server, blames }),
                Err(fault) => blames.push(Blame { server: carrier.server.clone(), name: *name, rtype, fault }),
            }
        }
        Err(blames)
    }

    /// Asks several questions at the same time. The answers come in the order in which they arrive.
    pub(super) async fn ask_all(
        &self,
        questions: Vec<(NameBuf, Type)>,
        first: usize,
        mut take: impl FnMut((NameBuf, Type), Result<Reply, Vec<Blame>>),
    ) {
        let mut tasks = JoinSet::new();
        for (name, rtype) in questions {
            let client = self.clone();
            tasks.spawn(async move { ((name, rtype), client.ask(&name, rtype, first).await) });
        }
        while let Some(done) = tasks.join_next().await {
            // A task ends without a result only if the runtime is shut down.
            if let Ok((question, answer)) = done {
                take(question, answer);
            }
        }
    }

    /// The addresses of a host as the servers say them, unproved: for connections that prove by other means whom they
    /// lead to.
    ///
    /// # Errors
    /// If no server answers.
    pub async fn addresses(&self, host: &NameBuf) -> Result<Vec<IpAddr>, Vec<Blame>> {
        let (mut found, mut failed) = (Vec::new(), Vec::new());
        self.ask_all(std::vec![(*host, Type::AAAA), (*host, Type::A)], 0, |(_, rtype), answer| match answer {
            Ok(reply) => {
                let message = Message::parse(&reply.octets).ok();
                found.extend(message.into_iter().flat_map(|message| addresses(&message, rtype)));
            }
            Err(blames) => failed.extend(blames),
        })
        .await;
        if found.is_empty() && !failed.is_empty() { Err(failed) } else { Ok(found) }
    }
}

/// The addresses in an answer, at the end of its aliases.
fn addresses(message: &Message<'_>, rtype: Type) -> Vec<IpAddr> {
    let Some(question) = message.question() else { return Vec::new() };
    let mut name: Name<'_> = question.name;
    // RFC 1034 section 3.6.2; no one needs more.
    for _ in 0..16 {
        let of_name = || message.records(Section::Answer).filter(move |record| record.owner == name);
        let found: Vec<IpAddr> = of_name()
            .filter(|record| record.rtype == rtype)
            .filter_map(|record| match rtype {
                Type::A => record.view::<rdata::A>().ok().map(|a| a.address.into()),
                _ => record.view::<rdata::Aaaa>().ok().map(|aaaa| aaaa.address.into()),
            })
            .collect();
        let alias = of_name()
            .filter(|record| record.rtype == Type::CNAME)
            .find_map(|record| record.view::<rdata::Cname<'_>>().ok());
        match alias {
            Some(alias) if found.is_empty() => name = alias.target,
            _ => return found,
        }
    }
    Vec::new()
}

/// TLS 1.2 and 1.3 with Ring, under these roots.
pub(super) fn tls_config(roots: RootCertStore, protocols: &[&[u8]]) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    Ok(config)
}

impl Carrier {
    fn has_failed(&self) -> bool {
        let failed = self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        failed.is_some_and(|at| at.elapsed() < PENALTY)
    }

    fn note(&self, fault: Option<&Fault>) {
        let silent = matches!(fault, Some(Fault::TimedOut(_) | Fault::Unreachable(_) | Fault::Tls(_) | Fault::Http(_)));
        *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = silent.then(Instant::now);
    }

    /// The answer of this server, if it is one: whole, and no error.
    async fn ask(&self, name: &NameBuf, rtype: Type, patience: Patience, mixed: bool) -> Result<Vec<u8>, Fault> {
        let mut fault = Fault::TimedOut(patience.attempt);
        for _ in 0..patience.attempts.max(1) {
            match self.attempt(name, rtype, patience.attempt, mixed).await {
                Ok(octets) => return judged(octets),
                // To ask again helps only where something got lost.
                Err(lost @ (Fault::TimedOut(_) | Fault::Unreachable(_))) => fault = lost,
                Err(other) => return Err(other),
            }
        }
        Err(fault)
    }

    async fn attempt(&self, name: &NameBuf, rtype: Type, patience: Duration, mixed: bool) -> Result<Vec<u8>, Fault> {
        let id = asked::random().map(u16::from_be_bytes).ok_or(Fault::Unreachable("no random numbers".to_string()))?;
        let late = |_| Fault::TimedOut(patience);
        match self.server.transport() {
            Transport::Udp => {
                let asked = Asked::new(name, Query::new(id), rtype, mixed);
                let octets = udp::exchange(self.address().await?, &asked, patience).await?;
                if !Message::parse(&octets).is_ok_and(|message| message.header().is_truncated()) {
                    return Ok(octets);
                }
                timeout(patience, self.over_stream(Asked::new(name, Query::new(id), rtype, false)))
                    .await
                    .map_err(late)?
            }
            Transport::Tcp => timeout(patience, self.over_stream(Asked::new(name, Query::new(id), rtype, false)))
                .await
                .map_err(late)?,
            Transport::Tls => {
                let asked = Asked::new(name, Query { block: 128, ..Query::new(id) }, rtype, false);
                timeout(patience, self.over_stream(asked)).await.map_err(late)?
            }
            Transport::Https { get } => {
                // RFC 8484 section 4.1: the same question is the same request, for caches.
                let asked = Asked::new(name, Query { block: 128, ..Query::new(0) }, rtype, false);
                let exchange = async {
                    let sender = self.session().await?;
                    https::exchange(sender, &self.server, &asked, get).await
                };
                timeout(patience, exchange).await.map_err(late)?
            }
        }
    }

    /// Over the connection that is there, or a new one if the server has closed that.
    async fn over_stream(&self, mut asked: Asked) -> Result<Vec<u8>, Fault> {
        let (receiver, fresh) = {
            let mut pipe = self.pipe.lock().await;
            let fresh = !pipe.as_ref().is_some_and(Pipe::is_open);
            (self.pipe(&mut pipe).await?.send(&mut asked).await, fresh)
        };
        let first = match receiver {
            Ok(receiver) => stream::receive(receiver, &asked).await,
            Err(fault) => Err(fault),
        };
        match first {
            // RFC 7766 section 6.2.4: a server closes what is idle, perhaps just now.
            Err(Fault::Unreachable(_)) if !fresh => {
                let receiver = {
                    let mut pipe = self.pipe.lock().await;
                    self.pipe(&mut pipe).await?.send(&mut asked).await?
                };
                stream::receive(receiver, &asked).await
            }
            other => other,
        }
    }

    async fn pipe<'p>(&self, pipe: &'p mut Option<Pipe>) -> Result<&'p mut Pipe, Fault> {
        if !pipe.as_ref().is_some_and(Pipe::is_open) {
            *pipe = None;
            let stream = stream::tcp(self.address().await?).await?;
            let stream = match self.server.transport() {
                Transport::Tls => {
                    let name =
                        self.server.identity().ok_or_else(|| Fault::Tls("the server has no name".to_string()))?;
                    Stream::Tls(stream::tls(stream, &self.config, name).await?.into())
                }
                _ => Stream::Plain(stream),
            };
            *pipe = Some(Pipe::new(stream));
        }
        pipe.as_mut().ok_or_else(|| Fault::Unreachable("there is no connection".to_string()))
    }

    async fn session(&self) -> Result<hyper::client::conn::http2::SendRequest<super::http::Whole>, Fault> {
        let mut session = self.session.lock().await;
        match session.as_ref().filter(|session| session.is_open()) {
            Some(open) => Ok(open.sender()),
            None => {
                let opened = Session::open(&self.server, self.address().await?, &self.config).await?;
                Ok(session.insert(opened).sender())
            }
        }
    }

    /// Where it is; what is known by name only the system is asked for.
    async fn address(&self) -> Result<SocketAddr, Fault> {
        let port = self.server.port();
        if let Some(address) = self.server.address() {
            return Ok(SocketAddr::new(address, port));
        }
        let unknown = |why: String| Fault::Unreachable(why);
        let mut found =
            tokio::net::lookup_host((self.server.host(), port)).await.map_err(|error| unknown(error.to_string()))?;
        found.next().ok_or_else(|| unknown("the system knows no address of it".to_string()))
    }
}

/// A server that fails, or cuts short, has not answered.
fn judged(octets: Vec<u8>) -> Result<Vec<u8>, Fault> {
    let message = Message::parse(&octets).map_err(|error| Fault::Garbage(error.to_string()))?;
    let (truncated, rcode) = (message.header().is_truncated(), message.rcode());
    match rcode {
        _ if truncated => Err(Fault::Truncated),
        Rcode::NOERROR | Rcode::NXDOMAIN => Ok(octets),
        failed => Err(Fault::Failed(failed)),
    }
}
