//! A responder on a loopback address, for all worlds at once: a world's top is the label that says its seed.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::thread;

use crate::keys::Keys;
use crate::message::{OPT, question};
use crate::peers::ours::Asked;
use crate::scene::Scene;
use crate::world::server::read;
use crate::world::{Name, Question};
use crate::worlds::{Options, reference};

/// Worlds that are kept.
const KEPT: usize = 20_000;
/// More is sent over TCP.
const LARGEST: usize = 4_096;

pub struct Responder {
    pub keys: Arc<Keys>,
    pub changed: bool,
    pub asked: Asked,
    scenes: Mutex<HashMap<u64, Arc<Scene>>>,
}

impl Responder {
    pub fn new(keys: Arc<Keys>, changed: bool, asked: Asked) -> Self {
        Self { keys, changed, asked, scenes: Mutex::default() }
    }

    /// The world of a seed; changed, if that is wanted.
    pub fn scene(&self, seed: u64) -> Arc<Scene> {
        if let Some(scene) = self.scenes.lock().unwrap().get(&seed) {
            return Arc::clone(scene);
        }
        let scene = Scene::labelled(seed, &self.keys);
        let scene = if self.changed { reference(scene, true, self.asked, None).1 } else { Arc::new(scene) };
        let mut scenes = self.scenes.lock().unwrap();
        if scenes.len() >= KEPT {
            scenes.clear();
        }
        Arc::clone(scenes.entry(seed).or_insert(scene))
    }

    fn find(&self, name: &Name) -> Option<Arc<Scene>> {
        let label = std::str::from_utf8(name.labels().first()?.strip_prefix(b"w")?).ok()?;
        label.parse().ok().map(|seed| self.scene(seed))
    }

    /// The response to a query.
    pub fn respond(&self, query: &[u8], largest: usize) -> Option<Vec<u8>> {
        let (name, rtype, end) = question(query)?;
        let name = read(&name);
        let mut octets = match self.find(&name) {
            Some(scene) => {
                let question = Question { name, rtype };
                match self.asked {
                    Asked::Server => scene.answer(&question),
                    Asked::Resolver => scene.resolved(&question),
                }
                .encode()
            }
            // Refused: the root and all that is not of a world.
            None => [&[0, 0, 0x80, 5, 0, 1, 0, 0, 0, 0, 0, 0][..], &query[12..end]].concat(),
        };
        octets[..2].copy_from_slice(&query[..2]);
        octets[2] |= query[2] & 1;
        if self.asked == Asked::Resolver {
            octets[3] |= 0x80;
        }
        // The letters as they were asked.
        octets[12..end].copy_from_slice(&query[12..end]);
        if octets.len() + OPT.len() > largest {
            octets.truncate(end);
            octets[2] |= 2;
            octets[6..12].fill(0);
        }
        octets[11] = 1;
        octets.extend(OPT);
        Some(octets)
    }

    /// Answers on UDP and TCP until the program ends.
    pub fn start(self: &Arc<Self>, address: SocketAddr) -> std::io::Result<()> {
        let socket = UdpSocket::bind(address)?;
        let listener = TcpListener::bind(address)?;
        for _ in 0..2 {
            let (socket, responder) = (socket.try_clone()?, Arc::clone(self));
            thread::spawn(move || {
                let mut octets = [0; 4096];
                while let Ok((len, from)) = socket.recv_from(&mut octets) {
                    if let Some(response) = responder.respond(&octets[..len], LARGEST) {
                        let _ = socket.send_to(&response, from);
                    }
                }
            });
        }
        let responder = Arc::clone(self);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let responder = Arc::clone(&responder);
                thread::spawn(move || responder.converse(stream));
            }
        });
        Ok(())
    }

    fn converse(&self, mut stream: TcpStream) -> Option<()> {
        loop {
            let mut len = [0; 2];
            stream.read_exact(&mut len).ok()?;
            let mut query = vec![0; usize::from(u16::from_be_bytes(len))];
            stream.read_exact(&mut query).ok()?;
            let response = self.respond(&query, 65_535)?;
            let len = u16::try_from(response.len()).ok()?.to_be_bytes();
            stream.write_all(&[&len[..], &response].concat()).ok()?;
        }
    }
}

/// Serves until it is ended.
pub fn run(arguments: &[String]) -> ExitCode {
    let options = Options::new(arguments);
    let asked = if options.has("resolver") { Asked::Resolver } else { Asked::Server };
    let address: SocketAddr = options.text("listen").unwrap_or("127.0.0.53:5300").parse().expect("an address");
    assert!(address.ip().is_loopback(), "on loopback only");
    let responder = Arc::new(Responder::new(options.keys(), options.has("changed"), asked));
    responder.start(address).expect("an address that is free");
    println!("serving on {address}");
    loop {
        thread::park();
    }
}
