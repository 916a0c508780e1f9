//! Unbound, as a process that asks the responder and has the key of each world's top.

use std::collections::HashMap;
use std::fmt::Write;
use std::net::{SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::message::{parse, query};
use crate::peers::ours::{self, Asked};
use crate::scene::Scene;
use crate::serve::Responder;
use crate::tags::{claims, tags};
use crate::tally::Tally;
use crate::verdict::{Verdict, content};
use crate::worlds::{Options, reference};

/// Questions that are open at a time.
const WINDOW: usize = 64;
/// Tops for which one process has keys.
const BATCH: u64 = 10_000;

/// Ends the process when it is no longer wanted.
pub struct Running(pub Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("differential-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn start(scenes: std::ops::Range<u64>, responder: &Responder, server: SocketAddr, at: SocketAddr) -> Running {
    let folder = folder();
    let mut anchors = String::new();
    for seed in scenes {
        writeln!(anchors, "{}", Scene::labelled(seed, &responder.keys).anchor_text()).unwrap();
    }
    fs::write(folder.join("anchors"), anchors).unwrap();
    let configuration = format!(
        "server:\n  interface: {ip}@{port}\n  port: {port}\n  access-control: 127.0.0.0/8 allow\n  do-not-query-localhost: no\n  \
         do-ip6: no\n  username: \"\"\n  chroot: \"\"\n  directory: \"{folder}\"\n  pidfile: \"\"\n  use-syslog: no\n  logfile: \"log\"\n  \
         verbosity: 1\n  val-log-level: 2\n  num-threads: 1\n  module-config: \"validator iterator\"\n  \
         qname-minimisation: no\n  harden-below-nxdomain: no\n  harden-referral-path: no\n  aggressive-nsec: no\n  \
         edns-buffer-size: 4096\n  max-udp-size: 4096\n  target-fetch-policy: \"0 0 0 0 0\"\n  infra-cache-min-rtt: 2000\n  \
         val-nsec3-keysize-iterations: \"1024 50 2048 50 4096 50\"\n  msg-cache-size: 128m\n  rrset-cache-size: 256m\n  \
         key-cache-size: 64m\n  outgoing-range: 900\n  num-queries-per-thread: 512\n  local-zone: \".\" transparent\n  \
         trust-anchor-file: \"anchors\"\n  val-bogus-ttl: 600\n  ratelimit: 0\nremote-control:\n  control-enable: no\nforward-zone:\n  name: \".\"\n  \
         forward-addr: {server_ip}@{server_port}\n",
        ip = at.ip(),
        port = at.port(),
        folder = folder.display(),
        server_ip = server.ip(),
        server_port = server.port()
    );
    fs::write(folder.join("unbound.conf"), configuration).unwrap();
    let program = if std::path::Path::new("/usr/sbin/unbound").exists() { "/usr/sbin/unbound" } else { "unbound" };
    let child = Command::new(program)
        .args(["-d", "-c"])
        .arg(folder.join("unbound.conf"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("unbound");
    let running = Running(child);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    for _ in 0..300 {
        let _ = socket.send_to(&query(1, &[0], 2), at);
        if socket.recv(&mut [0; 4096]).is_ok() {
            return running;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("unbound does not start: see {}", folder.join("log").display());
}

/// What it says of each, in any order.
fn ask(scenes: &[Arc<Scene>], at: SocketAddr, mut say: impl FnMut(&Arc<Scene>, Verdict)) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let mut open: HashMap<u16, (usize, Instant, u8)> = HashMap::new();
    let (mut next, mut octets) = (0, vec![0; 65_536]);
    while next < scenes.len() || !open.is_empty() {
        while open.len() < WINDOW && next < scenes.len() {
            let id = (next % 60_000) as u16;
            let question = &scenes[next].question;
            socket.send_to(&query(id, &question.name.wire(), question.rtype), at).unwrap();
            open.insert(id, (next, Instant::now(), 0));
            next += 1;
        }
        if let Ok(len) = socket.recv(&mut octets)
            && let Some((header, response)) = parse(&octets[..len])
            && let Some((index, ..)) = open.get(&header.id).copied()
        {
            let scene = &scenes[index];
            if header.is_truncated || !response.name.eq_ignore_ascii_case(&scene.question.name.wire()) {
                continue;
            }
            open.remove(&header.id);
            let verdict = match (response.rcode, header.is_authentic) {
                (0 | 3 | 6, true) => Verdict::Secure(content(&response, &scene.question)),
                (0 | 3 | 6, false) => Verdict::Insecure,
                _ => Verdict::Failed,
            };
            say(scene, verdict);
        }
        let late: Vec<u16> = open
            .iter()
            .filter(|(_, (_, since, _))| since.elapsed() > Duration::from_secs(20))
            .map(|(id, _)| *id)
            .collect();
        for id in late {
            let (index, _, tries) = open[&id];
            if tries >= 2 {
                open.remove(&id);
                // No answer at all is told from SERVFAIL.
                say(&scenes[index], Verdict::Indeterminate);
            } else {
                let question = &scenes[index].question;
                socket.send_to(&query(id, &question.name.wire(), question.rtype), at).unwrap();
                open.insert(id, (index, Instant::now(), tries + 1));
            }
        }
    }
}

pub fn run(arguments: &[String]) -> ExitCode {
    let options = Options::new(arguments);
    let (seed, count) = (options.number("seed", 1), options.number("count", 500));
    let changed = options.has("changed");
    let port = u16::try_from(options.number("port", 5310)).expect("a port");
    let [server, at] = [port, port + 1].map(|port| SocketAddr::from(([127, 0, 0, 53], port)));
    let responder = Arc::new(Responder::new(options.keys(), changed, Asked::Resolver));
    responder.start(server).expect("an address that is free");
    let mut total = Tally::new();
    let mut first = seed;
    while first < seed + count {
        let seeds = first..(first + BATCH).min(seed + count);
        first = seeds.end;
        let running = start(seeds.clone(), &responder, server, at);
        let mut scenes = Vec::new();
        let mut said = HashMap::new();
        for seed in seeds {
            // The responder's own is the one that is changed, if any is.
            let (verdict, scene) = if changed {
                let scene = responder.scene(seed);
                (ours::explain(&scene, Asked::Resolver).0, scene)
            } else {
                reference(Scene::labelled(seed, &responder.keys), false, Asked::Resolver, Some(&mut total))
            };
            said.insert(seed, verdict);
            scenes.push(scene);
        }
        ask(&scenes, at, |scene, theirs| {
            let mut tags = tags(scene);
            claims(scene, &said[&scene.seed], &theirs, &mut tags);
            let fits = total.add("unbound", scene.seed, &said[&scene.seed], &theirs, &tags);
            if !fits && options.has("verbose") {
                println!("world {}: ours {:?}, theirs {theirs:?}", scene.seed, said[&scene.seed]);
            }
        });
        drop(running);
    }
    if !options.has("keep") {
        let _ = fs::remove_dir_all(folder());
    }
    total.print()
}
