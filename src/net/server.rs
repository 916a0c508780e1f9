//! Who is asked, and over what.

use core::fmt;
use core::str::FromStr;
use std::format;
use std::net::{IpAddr, SocketAddr};
use std::string::{String, ToString};
use std::vec::Vec;

use http::Uri;
use rustls_pki_types::ServerName;

/// How messages travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams, and TCP where an answer does not fit (RFC 1035 section 4.2).
    Udp,
    /// TCP (RFC 7766).
    Tcp,
    /// TLS (RFC 7858): the server's certificate has to name it.
    Tls,
    /// HTTPS (RFC 8484), over HTTP/2.
    Https {
        /// GET and not POST: what a URI template with `{?dns}` says.
        get: bool,
    },
}

/// A resolver that carries messages. Nothing that it says is believed.
///
/// ```
/// use dnsproof::net::{Server, Transport};
/// let server: Server = "udp://192.0.2.53".parse()?;
/// assert_eq!((server.transport(), server.port()), (Transport::Udp, 53));
/// // The certificate has to name dns.example; it is at 192.0.2.53.
/// let server: Server = "tls://dns.example#192.0.2.53".parse()?;
/// assert_eq!((server.host(), server.port()), ("dns.example", 853));
/// let server: Server = "https://dns.example/dns-query{?dns}".parse()?;
/// assert_eq!(server.transport(), Transport::Https { get: true });
/// assert!("gopher://dns.example".parse::<Server>().is_err());
/// # Ok::<(), dnsproof::net::ServerError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    transport: Transport,
    host: String,
    port: u16,
    path: String,
    address: Option<IpAddr>,
}

/// The text names no server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerError(String);

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl core::error::Error for ServerError {}

impl Server {
    /// Over plain UDP, and TCP where that is too short.
    #[must_use]
    pub fn udp(address: SocketAddr) -> Self {
        let (host, port) = (address.ip().to_string(), address.port());
        Self { transport: Transport::Udp, host, port, path: String::new(), address: Some(address.ip()) }
    }

    /// How messages travel.
    #[must_use]
    pub const fn transport(&self) -> Transport {
        self.transport
    }

    /// The name or the address that its certificate has to have.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// The path of its URL, with HTTPS.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Where it is, if that is known without asking anyone.
    #[must_use]
    pub const fn address(&self) -> Option<IpAddr> {
        self.address
    }

    /// What its certificate has to name.
    pub(super) fn identity(&self) -> Option<ServerName<'static>> {
        ServerName::try_from(self.host.clone()).ok()
    }
}

impl FromStr for Server {
    type Err = ServerError;

    /// Reads `udp://ADDRESS[:PORT]`, `tcp://…`, `tls://HOST[:PORT][#ADDRESS]`, `https://HOST[:PORT]/PATH[#ADDRESS]`, or
    /// an address alone, which means UDP.
    ///
    /// # Errors
    /// If it is none of these.
    fn from_str(text: &str) -> Result<Self, ServerError> {
        let expected =
            "expected udp://ADDRESS, tcp://ADDRESS, tls://HOST or https://HOST/PATH, each with an optional :PORT";
        let error = |why: &str| ServerError(format!("{why}: {expected}"));
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::udp(SocketAddr::new(address, 53)));
        }
        if let Ok(address) = text.parse::<SocketAddr>() {
            return Ok(Self::udp(address));
        }
        let (text, at) = match text.split_once('#') {
            Some((text, at)) => {
                let at = at.parse().map_err(|_| error(&format!("{at:?} after # is no address")))?;
                (text, Some(at))
            }
            None => (text, None),
        };
        let (text, get) = text.strip_suffix("{?dns}").map_or((text, false), |text| (text, true));
        let (scheme, _) = text.split_once("://").ok_or_else(|| error("there is no such server"))?;
        let (transport, port) = match scheme.to_ascii_lowercase().as_str() {
            "udp" => (Transport::Udp, 53),
            "tcp" => (Transport::Tcp, 53),
            "tls" => (Transport::Tls, 853),
            "https" => (Transport::Https { get }, 443),
            other => return Err(error(&format!("there is no transport {other:?}"))),
        };
        let uri: Uri = text.parse().map_err(|why| error(&format!("{why}")))?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'));
        let authority = authority.ok_or_else(|| error("there is no host"))?;
        let host = authority.host().trim_matches(['[', ']']).to_string();
        let stated = authority.as_str().strip_prefix(authority.host()).unwrap_or_default();
        let port = match stated.strip_prefix(':') {
            None => port,
            Some(stated) => stated.parse().map_err(|_| error(&format!("{stated:?} is no port")))?,
        };
        let is_https = matches!(transport, Transport::Https { .. });
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let path = match (is_https, path) {
            (true, "/" | "") => "/dns-query",
            (true, path) => path,
            (false, "/" | "") => "",
            (false, _) => return Err(error("only https has a path")),
        };
        if get && !is_https {
            return Err(error("only https has a template"));
        }
        let address = at.or_else(|| host.parse().ok());
        let plain = matches!(transport, Transport::Udp | Transport::Tcp);
        if plain && address.is_none() {
            return Err(error("a server without TLS is named by its address, since nothing else says who it is"));
        }
        if ServerName::try_from(host.as_str()).is_err() {
            return Err(error(&format!("{host:?} is no name of a host")));
        }
        Ok(Self { transport, path: path.to_string(), host, port, address })
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual, template) = match self.transport {
            Transport::Udp => ("udp", 53, ""),
            Transport::Tcp => ("tcp", 53, ""),
            Transport::Tls => ("tls", 853, ""),
            Transport::Https { get: false } => ("https", 443, ""),
            Transport::Https { get: true } => ("https", 443, "{?dns}"),
        };
        let brackets = if self.host.contains(':') { ["[", "]"] } else { ["", ""] };
        write!(f, "{scheme}://{}{}{}", brackets[0], self.host, brackets[1])?;
        if self.port != usual {
            write!(f, ":{}", self.port)?;
        }
        write!(f, "{}{template}", self.path)?;
        match self.address {
            Some(address) if address.to_string() != self.host => write!(f, "#{address}"),
            _ => Ok(()),
        }
    }
}

/// The resolvers of an `/etc/resolv.conf`, at most three, as the C library reads it. What it cannot read it skips.
///
/// ```
/// use dnsproof::net::resolv_conf;
/// let servers = resolv_conf("search example.com\nnameserver 192.0.2.53 # ours\nnameserver 2001:db8::53\n");
/// assert_eq!(servers.len(), 2);
/// assert_eq!(servers[1].to_string(), "udp://[2001:db8::53]");
/// ```
#[must_use]
pub fn resolv_conf(text: &str) -> Vec<Server> {
    let addresses = text.lines().filter_map(|line| {
        let mut words = line.split(['#', ';']).next()?.split_whitespace();
        (words.next()? == "nameserver").then(|| words.next()?.parse::<IpAddr>().ok())?
    });
    addresses.take(3).map(|address| Server::udp(SocketAddr::new(address, 53))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_servers() {
        for (text, shown) in [
            ("127.0.0.1", "udp://127.0.0.1"),
            ("::1", "udp://[::1]"),
            ("[::1]:5353", "udp://[::1]:5353"),
            ("127.0.0.1:5353", "udp://127.0.0.1:5353"),
            ("UDP://127.0.0.1:53", "udp://127.0.0.1"),
            ("tcp://[2001:db8::1]:54", "tcp://[2001:db8::1]:54"),
            ("tls://dns.example", "tls://dns.example"),
            ("tls://dns.example:8853#127.0.0.2", "tls://dns.example:8853#127.0.0.2"),
            ("tls://127.0.0.1:853", "tls://127.0.0.1"),
            ("https://dns.example", "https://dns.example/dns-query"),
            ("https://dns.example/q?x=1{?dns}", "https://dns.example/q?x=1{?dns}"),
            ("https://[::1]:8443/dns-query#127.0.0.1", "https://[::1]:8443/dns-query#127.0.0.1"),
        ] {
            let server: Server = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(server.to_string(), shown);
            assert_eq!(shown.parse::<Server>().unwrap(), server);
        }
        for text in [
            "",
            "udp://",
            "udp://dns.example",
            "tcp://127.0.0.1/path",
            "tls://dns.example:port",
            "tls://dns.example:99999",
            "tls://dns.example#there",
            "tls://dns.example{?dns}",
            "https://user@dns.example/",
            "http://127.0.0.1/",
            "quic://127.0.0.1",
            "tls://dns_example..com",
            "dns.example",
        ] {
            assert!(text.parse::<Server>().is_err(), "{text}");
        }
    }
}
