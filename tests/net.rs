//! The network, with servers of our own on loopback: what is asked, what becomes of answers, and that nothing is left
//! behind. Real servers and a bad network are in the laboratory (`tests/lab`).

mod common;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use common::{messages, parse, read, seconds};
use dnsproof::anchor::Anchors;
use dnsproof::codes::Type;
use dnsproof::lookup::Security;
use dnsproof::name::NameBuf;
use dnsproof::net::{Blame, Client, Fault, Patience, Server, Setup, Validator, Web, mozilla, resolv_conf};
use dnsproof::policy::Policy;
use dnsproof::time::{Clock, Time};
use dnsproof::wire::rdata::Rrsig;
use dnsproof::wire::{Message, Section};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

/// Answers questions from an evidence file over UDP and TCP, and counts them.
struct Fake {
    answers: BTreeMap<String, Vec<u8>>,
    udp: AtomicUsize,
    tcp: AtomicUsize,
    connections: AtomicUsize,
    /// Datagrams are cut short.
    truncates: bool,
}

impl Fake {
    fn answer(&self, query: &[u8]) -> Option<Vec<u8>> {
        let message = Message::parse(query).unwrap();
        let header = message.header();
        assert!(header.recursion_desired() && header.checking_disabled() && !header.authentic_data());
        let opt = message.opt().unwrap();
        assert!(opt.dnssec_ok && opt.udp_payload_size == 1232);
        let question = message.question().unwrap();
        let key = question.to_string().to_ascii_lowercase();
        let mut answer = self.answers.get(&key)?.clone();
        answer[..2].copy_from_slice(&query[..2]);
        // The question is repeated letter by letter.
        let len = question.name.to_buf().as_wire().len();
        answer[12..12 + len].copy_from_slice(&query[12..12 + len]);
        Some(answer)
    }

    async fn start(truncates: bool) -> (Arc<Self>, std::net::SocketAddr) {
        Self::start_with(truncates, |_| ()).await
    }

    /// With changed answers.
    async fn start_with(
        truncates: bool,
        change: impl FnOnce(&mut BTreeMap<String, Vec<u8>>),
    ) -> (Arc<Self>, std::net::SocketAddr) {
        let octets = messages("delegation/p256/good.hex");
        let mut answers = parse(&octets)
            .iter()
            .map(|message| (message.question().unwrap().to_string().to_ascii_lowercase(), message.octets().to_vec()))
            .collect();
        change(&mut answers);
        let (udp, connections) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let own = Arc::new(Self { answers, udp, tcp: AtomicUsize::new(0), connections, truncates });
        let (socket, listener) = loop {
            let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(listener) = TcpListener::bind(socket.local_addr().unwrap()).await {
                break (socket, listener);
            }
        };
        let address = socket.local_addr().unwrap();
        let fake = Arc::clone(&own);
        tokio::spawn(async move {
            let mut room = [0; 4096];
            while let Ok((len, from)) = socket.recv_from(&mut room).await {
                fake.udp.fetch_add(1, Ordering::Relaxed);
                let Some(mut answer) = fake.answer(&room[..len]) else { continue };
                if fake.truncates {
                    let question = Message::parse(&answer).unwrap().question().unwrap().name.to_buf();
                    answer.truncate(12 + question.as_wire().len() + 4);
                    answer[2] |= 2;
                    answer[6..12].fill(0);
                }
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        let fake = Arc::clone(&own);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                fake.connections.fetch_add(1, Ordering::Relaxed);
                let fake = Arc::clone(&fake);
                tokio::spawn(async move {
                    while let Ok(length) = stream.read_u16().await {
                        let mut query = vec![0; length.into()];
                        stream.read_exact(&mut query).await.unwrap();
                        fake.tcp.fetch_add(1, Ordering::Relaxed);
                        if let Some(answer) = fake.answer(&query) {
                            let length = u16::try_from(answer.len()).unwrap().to_be_bytes();
                            stream.write_all(&[&length, answer.as_slice()].concat()).await.unwrap();
                        }
                    }
                });
            }
        });
        (own, address)
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn patience() -> Patience {
    Patience { attempt: Duration::from_millis(300), attempts: 2, overall: Duration::from_secs(5) }
}

fn validator(servers: &[String], mixed_case: bool) -> Validator {
    let servers: Vec<Server> = servers.iter().map(|text| text.parse().unwrap()).collect();
    let setup = Setup { patience: patience(), mixed_case, ..Setup::new(servers) };
    let anchors = Anchors::parse(&read("delegation/p256/root.ds")).unwrap();
    Validator::new(Client::new(setup).unwrap(), anchors, Policy::standard())
}

fn now() -> Clock {
    Clock::exact(Time(seconds("2026-11-23T12:00:00Z")))
}

fn srv() -> (NameBuf, Type) {
    ("_xmpp-server._tcp.example.com".parse().unwrap(), Type::SRV)
}

//= https://www.rfc-editor.org/rfc/rfc4035#section-4.1
//= type=test
//# A security-aware resolver MUST include an EDNS ([RFC2671]) OPT pseudo-RR with the DO ([RFC3225]) bit set when
//# sending queries.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.1
//= type=test
//# A security-aware resolver MUST support a message size of at least 1220 octets, SHOULD support a message size of 4000
//# octets, and MUST use the "sender's UDP payload size" field in the EDNS OPT pseudo-RR to advertise the message size
//# that it is willing to accept.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.6
//= type=test
//# A security-aware resolver MUST clear the AD bit when composing query messages to protect against buggy name servers
//# that blindly copy header bits that they do not understand from the query message to the response message.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.1
//= type=test
//# A validating security-aware stub resolver MUST set the DO bit, because otherwise it will not receive the DNSSEC RRs
//# it needs to perform signature validation.
//= https://www.rfc-editor.org/rfc/rfc4035#section-4.9.2
//= type=test
//# A validating security-aware stub resolver SHOULD set the CD bit
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# Clients that validate the DNSSEC signatures themselves MUST use standard DNSSEC validation procedures.
//= https://www.rfc-editor.org/rfc/rfc6840#section-5.9
//= type=test
//# This document further specifies that validating resolvers SHOULD set the CD bit on every upstream query.
#[test]
fn over_udp_and_tcp() {
    block_on(async {
        for (scheme, mixed, truncates) in
            [("udp", false, false), ("udp", true, false), ("udp", false, true), ("tcp", false, false)]
        {
            let (fake, address) = Fake::start(truncates).await;
            let validator = validator(&[format!("{scheme}://{address}")], mixed);
            let (answered, gathered) = validator.lookup(srv().0, srv().1, now()).await;
            assert_eq!(answered.security, Security::Secure, "{scheme} {mixed} {truncates}: {gathered:?}");
            assert_eq!((gathered.asked, gathered.kept, gathered.blames.len()), (6, 0, 0));
            let counts = [&fake.udp, &fake.tcp, &fake.connections].map(|count| count.load(Ordering::Relaxed));
            let expected = match (scheme, truncates) {
                ("udp", false) => [6, 0, 0],
                ("udp", true) => [6, 6, 1],
                _ => [0, 6, 1],
            };
            assert_eq!(counts, expected, "{scheme} {mixed} {truncates}: one connection for all questions");
            // Again, and another name: nothing, and one question.
            let (answered, gathered) = validator.lookup(srv().0, srv().1, now()).await;
            assert_eq!((answered.security, gathered.asked, gathered.kept), (Security::Secure, 0, 6));
            let (answered, gathered) = validator.lookup("www.example.com".parse().unwrap(), Type::A, now()).await;
            assert_eq!((answered.security, gathered.asked, gathered.kept), (Security::Secure, 1, 5));
        }
    });
}

#[test]
fn questions_that_many_have_are_asked_once() {
    block_on(async {
        let (fake, address) = Fake::start(false).await;
        let validator = validator(&[format!("udp://{address}")], false);
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let own = validator.clone();
            tasks.spawn(async move { own.lookup(srv().0, srv().1, now()).await.0.security });
        }
        let all = tasks.join_all().await;
        assert!(all.len() == 50 && all.iter().all(|security| *security == Security::Secure));
        assert_eq!((fake.udp.load(Ordering::Relaxed), validator.client().asked()), (6, 6));
    });
}

#[test]
fn servers_that_do_not_answer() {
    block_on(async {
        let (_, good) = Fake::start(false).await;
        let silent = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let silent = format!("udp://{}", silent.local_addr().unwrap());
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let half_open = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let half_open_address = half_open.local_addr().unwrap();
        for bad in [
            silent,
            format!("tcp://{closed}"),
            format!("tcp://{half_open_address}"),
            format!("tls://{half_open_address}"),
        ] {
            let validator = validator(&[bad.clone(), format!("udp://{good}")], false);
            let (answered, gathered) = validator.lookup(srv().0, srv().1, now()).await;
            assert_eq!(answered.security, Security::Secure, "{bad}");
            // It is asked for the first batch, and then after the other one.
            assert!((1..=2).contains(&gathered.blames.len()), "{bad}: {:?}", gathered.blames);
            assert!(gathered.blames.iter().all(|blame| blame.server.to_string() == bad));
            assert!(
                gathered
                    .blames
                    .iter()
                    .all(|blame| matches!(blame.fault, Fault::TimedOut(_) | Fault::Unreachable(_) | Fault::Tls(_)))
            );
        }
        // A question that nobody answers.
        let validator = validator(&[format!("udp://{good}")], false);
        let (answered, gathered) = validator.lookup("nobody.example.com".parse().unwrap(), Type::A, now()).await;
        assert_eq!(answered.security, Security::Indeterminate);
        assert!(matches!(gathered.blames[..], [ref blame, ..] if matches!(blame.fault, Fault::TimedOut(_))));
    });
}

/// One server answers one question wrongly and another not at all, where the good one helps out: that one is not blamed.
#[test]
fn whose_fault_it_was() {
    block_on(async {
        let (_, good) = Fake::start(false).await;
        let (_, bad) = Fake::start_with(false, |answers| {
            answers.retain(|question, _| !question.starts_with("com. ds"));
            let flipped = answers.iter_mut().find(|(question, _)| question.starts_with("example.com. ds")).unwrap().1;
            let message = Message::parse(flipped).unwrap();
            let mut records = message.records(Section::Answer);
            let signature = records.find_map(|record| record.view::<Rrsig<'_>>().ok()).unwrap().signature.to_vec();
            let place = flipped.windows(signature.len()).position(|octets| octets == signature).unwrap();
            flipped[place] ^= 1;
        })
        .await;
        let (good, bad) = (format!("udp://{good}"), format!("udp://{bad}"));
        let validator = validator(&[bad.clone(), good], false);
        let (answered, gathered) = validator.lookup(srv().0, srv().1, now()).await;
        assert_eq!(answered.security, Security::Secure, "{gathered:?}");
        let of = |blame: &Blame| (blame.server.to_string(), blame.name.to_string(), blame.fault.clone());
        let blames: Vec<_> = gathered.blames.iter().map(of).collect();
        assert!(
            matches!(&blames[..], [(first, silent, Fault::TimedOut(_)), (second, wrong, Fault::Unproved(_))]
                if *first == bad && *second == bad && silent == "com." && wrong == "example.com."),
            "{blames:?}"
        );
    });
}

//= https://www.rfc-editor.org/rfc/rfc7711#section-3
//= type=test
//# the POSH client MUST verify the certificate of the HTTPS service at the source domain in order to securely
//# "bootstrap" into the use of POSH
/// RFC 7711 section 3: whoever has a document has to be who the URL says, by the word of a CA of the caller's.
#[test]
fn documents_of_servers_that_nobody_vouches_for() {
    let pem = |file: &str| pem::parse(read(&format!("dane/{file}"))).unwrap().into_contents();
    let certificate = |file: &str| rustls_pki_types::CertificateDer::from(pem(&format!("{file}.pem")));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let (chain, key) = (vec![certificate("leaf"), certificate("intermediate")], pem("leaf.key"));
    let config = config.with_no_client_auth().with_single_cert(chain, key.try_into().unwrap()).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let config = Arc::new(config);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut server = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
            let _refused = server.complete_io(&mut stream.unwrap());
        }
    });
    let refused = |roots: rustls::RootCertStore| {
        let web = Web { allow_private: true, roots, ..Web::standard() };
        block_on(async { web.get(&url).await.unwrap_err().to_string() })
    };
    let mut own = rustls::RootCertStore::empty();
    own.add(certificate("root")).unwrap();
    for stranger in [rustls::RootCertStore::empty(), mozilla()] {
        let error = refused(stranger);
        assert!(error.contains("UnknownIssuer"), "{error}");
    }
    // Its own CA vouches for another name.
    let error = refused(own);
    assert!(!error.contains("UnknownIssuer") && error.contains("certificate"), "{error}");
}

fn sockets() -> usize {
    let entries = std::fs::read_dir("/proc/self/fd").unwrap();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok());
    links.filter(|link| link.to_string_lossy().starts_with("socket:")).count()
}

#[cfg(target_os = "linux")]
#[test]
fn nothing_is_left_behind() {
    // In a process of its own: other tests have sockets.
    if std::env::var_os("DNSPROOF_ALONE").is_none() {
        let program = std::env::current_exe().unwrap();
        let done = std::process::Command::new(program)
            .args(["--exact", "nothing_is_left_behind", "--test-threads", "1"])
            .env("DNSPROOF_ALONE", "1")
            .output()
            .unwrap();
        assert!(
            done.status.success(),
            "{}{}",
            String::from_utf8_lossy(&done.stdout),
            String::from_utf8_lossy(&done.stderr)
        );
        return;
    }
    block_on(async {
        let (_, address) = Fake::start(false).await;
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let half_open = silent.local_addr().unwrap();
        let metrics = tokio::runtime::Handle::current().metrics();
        let (tasks, before) = (metrics.num_alive_tasks(), sockets());
        for server in [
            format!("udp://{address}"),
            format!("tcp://{address}"),
            format!("tcp://{half_open}"),
            format!("tls://{half_open}"),
        ] {
            let validator = validator(&[server], false);
            let _verdict = validator.lookup(srv().0, srv().1, now()).await;
            // One that is given up in the middle.
            let given_up = tokio::time::timeout(
                Duration::from_millis(1),
                validator.lookup("x.example.com".parse().unwrap(), Type::A, now()),
            );
            let _late = given_up.await;
            drop(validator);
        }
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            // The server has a task for a connection until it sees that it is over.
            if metrics.num_alive_tasks() == tasks && sockets() == before {
                return;
            }
        }
        panic!("{} tasks, {} sockets; before {tasks} and {before}", metrics.num_alive_tasks(), sockets());
    });
}

#[test]
fn resolv_conf_names_three_at_most() {
    let text = "# nameserver 192.0.2.1\n; nameserver 192.0.2.2\nnameserver\nnameserver x\nnameserver 192.0.2.3\n\tnameserver ::1\nnameserver 192.0.2.4\nnameserver 192.0.2.5\noptions edns0\n";
    let servers: Vec<String> = resolv_conf(text).iter().map(ToString::to_string).collect();
    assert_eq!(servers, ["udp://192.0.2.3", "udp://[::1]", "udp://192.0.2.4"]);
}
