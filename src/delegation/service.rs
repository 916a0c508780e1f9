//! Services and the names of their SRV records.

use core::fmt;
use core::str::FromStr;

use crate::error::ParseError;
use crate::name::{Name, NameBuf};

/// Services that have a short name; all of them run over TCP (RFC 6120 section 3.2,
/// XEP-0368).
const SHORT_NAMES: [&str; 4] = ["xmpp-server", "xmpp-client", "xmpps-server", "xmpps-client"];

/// A service as SRV records name it: `_xmpp-server._tcp` (RFC 2782).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    prefix: NameBuf,
}

impl Service {
    /// The first label: `_xmpp-server`.
    #[must_use]
    pub fn label(&self) -> &[u8] {
        let octets = self.prefix.as_wire();
        let len = octets.first().map_or(0, |len| usize::from(*len));
        octets.get(1..=len).unwrap_or_default()
    }

    /// The second label, that of the transport protocol: `_tcp`.
    #[must_use]
    pub fn transport(&self) -> &[u8] {
        self.prefix.as_name().labels().nth(1).unwrap_or_default()
    }

    /// The name of the SRV records of this service at `source`.
    ///
    /// # Errors
    /// If the name would exceed 255 octets.
    pub fn srv_name(&self, source: &Name<'_>) -> Result<NameBuf, ParseError> {
        self.prefix.before(source)
    }
}

/// `xmpp-server` for the services with a short name, else `_service._proto`.
impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(short) = SHORT_NAMES.iter().find(|short| short.parse() == Ok(*self)) {
            return f.write_str(short);
        }
        let prefix = self.prefix.as_name();
        for (index, label) in prefix.labels().enumerate() {
            f.write_str(if index == 0 { "" } else { "." })?;
            label.iter().try_for_each(|octet| fmt::Write::write_char(f, char::from(*octet)))?;
        }
        Ok(())
    }
}

impl FromStr for Service {
    type Err = ServiceError;

    /// Reads a short name (`xmpp-server`, `xmpp-client`, `xmpps-server`, `xmpps-client`) or any
    /// `_service._proto`.
    ///
    /// # Errors
    /// If it is neither.
    fn from_str(text: &str) -> Result<Self, ServiceError> {
        let label = |text: &str| {
            let word = text.strip_prefix('_')?;
            let plain = word.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'-');
            (!word.is_empty() && plain && text.len() <= 63).then_some(())
        };
        let mut prefix = NameBuf::root();
        let short = SHORT_NAMES.iter().find(|short| text.eq_ignore_ascii_case(short));
        if let Some(short) = short {
            let mut room = [b'_'; 16];
            let octets = room.get_mut(1..=short.len()).ok_or(ServiceError)?;
            octets.copy_from_slice(short.as_bytes());
            prefix.push_label(room.get(..=short.len()).ok_or(ServiceError)?).map_err(|_| ServiceError)?;
            prefix.push_label(b"_tcp").map_err(|_| ServiceError)?;
            return Ok(Self { prefix });
        }
        let (service, proto) = text.split_once('.').ok_or(ServiceError)?;
        for text in [service, proto] {
            label(text).ok_or(ServiceError)?;
            prefix.push_label(text.as_bytes()).map_err(|_| ServiceError)?;
        }
        Ok(Self { prefix })
    }
}

/// The text names no service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServiceError;

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected ")?;
        for short in SHORT_NAMES {
            write!(f, "{short}, ")?;
        }
        f.write_str("or _service._proto such as _sip._udp")
    }
}

impl core::error::Error for ServiceError {}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::ToString;

    #[test]
    fn names_of_services() {
        for (text, shown, prefix) in [
            ("xmpp-server", "xmpp-server", "_xmpp-server._tcp."),
            ("XMPPS-Client", "xmpps-client", "_xmpps-client._tcp."),
            ("_xmpp-server._tcp", "xmpp-server", "_xmpp-server._tcp."),
            ("_sip._udp", "_sip._udp", "_sip._udp."),
        ] {
            let service: Service = text.parse().unwrap();
            assert_eq!((service.to_string().as_str(), service.prefix.to_string().as_str()), (shown, prefix));
            let labels = [service.label(), service.transport()].map(|label| str::from_utf8(label).unwrap());
            assert_eq!(labels.join(".") + ".", prefix);
        }
        for text in
            ["", "xmpp", "_xmpp-server", "xmpp-server._tcp", "_a._b._c", "_._tcp", "_a.", "_ä._tcp", "_a b._tcp"]
        {
            assert_eq!(text.parse::<Service>(), Err(ServiceError), "{text}");
        }
        let long = std::format!("_{}._tcp", "a".repeat(63));
        assert!(long.parse::<Service>().is_err());
    }
}
