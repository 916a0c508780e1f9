//! One question, one datagram, one answer.

use core::time::Duration;
use std::format;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::string::{String, ToString};
use std::vec::Vec;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::{Asked, Fault};

/// Octets that a datagram may have. Servers stay below what the query says, or should.
const ROOM: usize = 4096;
/// Datagrams that are looked at for one question.
const MOST: u32 = 64;

/// Asks, and waits. What is no answer to this very question is passed over: whoever cannot see the question can send
/// datagrams too.
pub(super) async fn exchange(server: SocketAddr, asked: &Asked, patience: Duration) -> Result<Vec<u8>, Fault> {
    let unreachable = |error: std::io::Error| Fault::Unreachable(error.to_string());
    let socket = bind(server).await.map_err(unreachable)?;
    // Only its datagrams are received from now on.
    socket.connect(server).await.map_err(unreachable)?;
    socket.send(asked.octets()).await.map_err(unreachable)?;
    let mut other: Option<String> = None;
    let wait = async {
        let mut room = std::vec![0; ROOM];
        for _ in 0..MOST {
            let len = socket.recv(&mut room).await.map_err(unreachable)?;
            let octets = room.get(..len).unwrap_or_default();
            match asked.is_answered_by(octets) {
                Ok(()) => return Ok(octets.to_vec()),
                Err(why) => other = Some(why),
            }
        }
        Err(Fault::Garbage(format!("{MOST} datagrams, none of them the answer")))
    };
    match timeout(patience, wait).await {
        Ok(done) => done,
        Err(_) => Err(other.map_or(Fault::TimedOut(patience), Fault::Garbage)),
    }
}

/// A socket at a random port (RFC 5452 section 9.2).
async fn bind(server: SocketAddr) -> std::io::Result<UdpSocket> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    for _ in 0..8 {
        let port = super::asked::random::<2>().map_or(0, u16::from_be_bytes) | 0x0400;
        if let Ok(socket) = UdpSocket::bind((any, port)).await {
            return Ok(socket);
        }
    }
    // The system takes one of those that are free.
    UdpSocket::bind((any, 0)).await
}
