//! The evidence of one delegation in one file, to be judged again later.
//!
//! A bundle holds what a check was fed with and what it was about. It proves nothing by itself: whoever reads it brings
//! trust anchors, a time, and CAs of their own, and the records have to prove the delegation once more.
//!
//! # Format, version 1
//!
//! The octets `DNSPROOF`, one octet for the version, and then entries: one octet for the tag, four for the length of the
//! value (the most significant first), and the value. Entries lie in the order of their tags; nothing follows the last.
//!
//! | tag | value | how often |
//! |---|---|---|
//! | 1 | the source, a name in wire form without compression | once |
//! | 2 | the service in US-ASCII, as `xmpp-server` | once |
//! | 3 | the provider, a name as in tag 1 | once |
//! | 4 | when it was made: eight octets, seconds since 1970-01-01T00:00:00Z without leap seconds | once |
//! | 5 | where the connection went: a name as in tag 1, and, if it is known, two octets for the port | at most once |
//! | 6 | a response message as in TCP without its length (RFC 1035 section 4.1) | 1 to 64 times |
//! | 7 | the document that the peer showed: certificates in DER, PEM or PKCS #7, up to 64 KiB | at most once |
//!
//! Another version, another tag or another order is an error.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::name::{Name, NameBuf};
use crate::time::Time;
use crate::wire::Message;

const MAGIC: &[u8; 8] = b"DNSPROOF";
const VERSION: u8 = 1;
/// Messages of one bundle: a chain of zones takes two for each.
const MESSAGES: usize = 64;
/// Octets of a document.
const DOCUMENT: usize = 64 << 10;

const SOURCE: u8 = 1;
const SERVICE: u8 = 2;
const PROVIDER: u8 = 3;
const MADE: u8 = 4;
const ENDPOINT: u8 = 5;
const MESSAGE: u8 = 6;
const SHOWN: u8 = 7;

/// The evidence of one delegation.
///
/// ```
/// use dnsproof::proof::Bundle;
/// use dnsproof::time::Time;
///
/// let mut bundle = Bundle::new("example.com".parse()?, "xmpp-server", "example.net".parse()?, Time(1_795_435_200));
/// # let response = b"\0\0\x84\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x21\0\x01";
/// bundle.messages.push(response.to_vec());
/// let octets = bundle.write().unwrap();
/// assert_eq!(Bundle::read(&octets).unwrap(), bundle);
/// assert!(Bundle::read(&octets[..octets.len() - 1]).is_err());
/// # Ok::<(), dnsproof::error::ParseError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    /// The domain that was to be reached.
    pub source: NameBuf,
    /// The service, as `xmpp-server`.
    pub service: String,
    /// The name that the peer had proved.
    pub provider: NameBuf,
    /// When it was made. Nobody vouches for it.
    pub made: Time,
    /// Where the connection went, if that was known.
    pub endpoint: Option<(NameBuf, Option<u16>)>,
    /// The response messages.
    pub messages: Vec<Vec<u8>>,
    /// The document that the peer showed, if it was challenged.
    pub document: Option<Vec<u8>>,
}

/// Why octets are no bundle, or a bundle cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleError {
    /// They do not begin as bundles do.
    NoBundle,
    /// A version that nobody here knows.
    Version(u8),
    /// They end in the middle of an entry.
    Truncated,
    /// The value of the entry with this tag is malformed, or there is another tag, or another order.
    Entry(u8),
    /// The entry with this tag is missing.
    Missing(u8),
    /// There are more than 64 messages.
    TooMany,
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoBundle => f.write_str("it is no bundle: it does not begin with DNSPROOF"),
            Self::Version(version) => write!(f, "version {version} is not known here"),
            Self::Truncated => f.write_str("it ends in the middle of an entry"),
            Self::Entry(tag) => write!(f, "the entry with the tag {tag} is malformed, unknown, or not in its place"),
            Self::Missing(tag) => write!(f, "the entry with the tag {tag} is missing"),
            Self::TooMany => write!(f, "it has more than {MESSAGES} messages"),
        }
    }
}

impl core::error::Error for BundleError {}

impl Bundle {
    /// A bundle without evidence.
    #[must_use]
    pub fn new(source: NameBuf, service: &str, provider: NameBuf, made: Time) -> Self {
        let (endpoint, document) = (None, None);
        Self { source, service: service.into(), provider, made, endpoint, messages: Vec::new(), document }
    }

    /// Reads a bundle. Its messages can be read, and nothing more is known of them.
    ///
    /// # Errors
    /// If the octets are not as the [format](self) has it, to the last one.
    pub fn read(octets: &[u8]) -> Result<Self, BundleError> {
        let rest = octets.strip_prefix(MAGIC).ok_or(BundleError::NoBundle)?;
        let (version, mut rest) = rest.split_first().ok_or(BundleError::Truncated)?;
        if *version != VERSION {
            return Err(BundleError::Version(*version));
        }
        let (mut source, mut service, mut provider, mut made) = (None, None, None, None);
        let (mut endpoint, mut messages, mut document) = (None, Vec::new(), None);
        let mut last = 0;
        while let Some((tag, behind)) = rest.split_first() {
            let (length, behind) = behind.split_first_chunk().ok_or(BundleError::Truncated)?;
            let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| BundleError::Truncated)?;
            let (value, behind) = behind.split_at_checked(length).ok_or(BundleError::Truncated)?;
            rest = behind;
            let malformed = BundleError::Entry(*tag);
            if *tag < last || *tag == last && *tag != MESSAGE {
                return Err(malformed);
            }
            last = *tag;
            let name = || Name::from_wire(value).map(|name| name.to_buf()).map_err(|_| malformed);
            match *tag {
                SOURCE => source = Some(name()?),
                SERVICE => service = Some(text(value).ok_or(malformed)?),
                PROVIDER => provider = Some(name()?),
                MADE => made = Some(Time(u64::from_be_bytes(value.try_into().map_err(|_| malformed)?))),
                ENDPOINT => endpoint = Some(place(value).ok_or(malformed)?),
                MESSAGE if messages.len() == MESSAGES => return Err(BundleError::TooMany),
                MESSAGE => {
                    Message::parse(value).map_err(|_| malformed)?;
                    messages.push(value.to_vec());
                }
                SHOWN if value.len() <= DOCUMENT => document = Some(value.to_vec()),
                _ => return Err(malformed),
            }
        }
        if messages.is_empty() {
            return Err(BundleError::Missing(MESSAGE));
        }
        Ok(Self {
            source: source.ok_or(BundleError::Missing(SOURCE))?,
            service: service.ok_or(BundleError::Missing(SERVICE))?,
            provider: provider.ok_or(BundleError::Missing(PROVIDER))?,
            made: made.ok_or(BundleError::Missing(MADE))?,
            endpoint,
            messages,
            document,
        })
    }

    /// The octets of the bundle; what is written reads back as the same.
    ///
    /// # Errors
    /// If there is no message or more than 64, if one is malformed, if the service is not US-ASCII or longer than 255
    /// octets, or if the document exceeds 64 KiB.
    pub fn write(&self) -> Result<Vec<u8>, BundleError> {
        let mut out = Vec::from(MAGIC);
        out.push(VERSION);
        let mut entry = |tag: u8, parts: &[&[u8]]| {
            let length = parts.iter().fold(0_usize, |sum, part| sum.saturating_add(part.len()));
            let length = u32::try_from(length).map_err(|_| BundleError::Entry(tag))?;
            out.push(tag);
            out.extend_from_slice(&length.to_be_bytes());
            parts.iter().for_each(|part| out.extend_from_slice(part));
            Ok(())
        };
        entry(SOURCE, &[self.source.as_wire()])?;
        entry(SERVICE, &[self.service.as_bytes()])?;
        entry(PROVIDER, &[self.provider.as_wire()])?;
        entry(MADE, &[&self.made.0.to_be_bytes()])?;
        if let Some((host, port)) = &self.endpoint {
            let port = port.map(u16::to_be_bytes);
            entry(ENDPOINT, &[host.as_wire(), port.as_ref().map_or(&[], |port| port.as_slice())])?;
        }
        self.messages.iter().try_for_each(|message| entry(MESSAGE, &[message]))?;
        if let Some(document) = &self.document {
            entry(SHOWN, &[document])?;
        }
        // Whoever cannot read it later has nothing.
        Self::read(&out).map(|_| out)
    }
}

fn text(value: &[u8]) -> Option<String> {
    let is_fit = !value.is_empty() && value.len() <= 255 && value.iter().all(u8::is_ascii_graphic);
    core::str::from_utf8(value).ok().filter(|_| is_fit).map(String::from)
}

/// A name, and perhaps a port behind it.
fn place(value: &[u8]) -> Option<(NameBuf, Option<u16>)> {
    if let Ok(name) = Name::from_wire(value) {
        return Some((name.to_buf(), None));
    }
    let (name, port) = value.split_last_chunk()?;
    Some((Name::from_wire(name).ok()?.to_buf(), Some(u16::from_be_bytes(*port))))
}
