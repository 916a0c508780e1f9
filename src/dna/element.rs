//! The elements that the two sides of a stream exchange.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use rxml::error::EndOrError;
use rxml::parser::{CommentMode, RawEvent, RawParser};
use rxml::{Event, Options, Parse, Parser, WithOptions};

use super::ProofType;
use super::domain::{domain, shown_domain};
use crate::name::NameBuf;

/// The namespace of the elements, unless the caller names another.
pub const NAMESPACE: &str = "urn:xmpp:dna:0";

/// One element.
///
/// ```
/// use dnsproof::dna::{Element, ProofType, Reading};
/// let reading = Reading::standard();
/// let text = "<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof type='urn:ietf:params:dna:proof:dnssec-ta'/></challenge>";
/// let element = Element::parse(text.as_bytes(), &reading)?;
/// assert_eq!(element, Element::Challenge { to: "example.com".parse()?, types: vec![ProofType::dnssec_ta()] });
/// assert_eq!(element.to_xml(&reading), text);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Element {
    /// The sender serves this domain.
    Assert {
        /// The domain.
        from: NameBuf,
    },
    /// The receiver is to prove that it serves the domain.
    Challenge {
        /// The domain.
        to: NameBuf,
        /// The types of proof that will do, the best one first.
        types: Vec<ProofType>,
    },
    /// Where the proof is.
    Proof {
        /// The domain.
        from: NameBuf,
        /// What kind of proof it is.
        prooftype: ProofType,
        /// Where it is.
        url: String,
    },
    /// The domain is proved.
    Valid {
        /// The domain.
        to: NameBuf,
    },
    /// The domain is not proved.
    Invalid {
        /// The domain.
        to: NameBuf,
    },
    /// The sender cannot prove the domain, or takes it back.
    Impossible {
        /// The domain.
        from: NameBuf,
    },
}

/// How elements are read and written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The namespace.
    pub namespace: String,
    /// The domain that elements without a namespace are about: those of the first proposal,
    /// `<challenge><proof type='…'/></challenge>` and `<proof>URL</proof>`. `None`: they are not read. They
    /// are never written.
    pub bare: Option<NameBuf>,
    /// Octets that an element may have.
    pub octets: usize,
    /// Types that a challenge may have.
    pub types: usize,
}

impl Reading {
    /// The namespace [`NAMESPACE`] and no other, 8 KiB, 16 types.
    #[must_use]
    pub fn standard() -> Self {
        Self { namespace: NAMESPACE.to_string(), bare: None, octets: 8192, types: 16 }
    }
}

/// Why an element is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ElementError {
    /// It has more octets than are allowed.
    TooLarge(usize),
    /// It is no XML, or uses what streams may not: a DTD, processing instructions, comments.
    Xml(String),
    /// It has another namespace.
    Namespace(String),
    /// There is no such element.
    Unknown(String),
    /// It has an element where none may be.
    Nested(String),
    /// It has text where none may be.
    Text,
    /// An attribute is missing.
    Missing(&'static str),
    /// An attribute has a value that is no domain.
    Domain(String),
    /// A type of proof is no URI.
    ProofType(String),
    /// A challenge has more types than are allowed, or none.
    Types,
}

impl fmt::Display for ElementError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(allowed) => write!(f, "the element has more than {allowed} octets"),
            Self::Xml(why) => write!(f, "the element is no XML of a stream: {why}"),
            Self::Namespace(found) => write!(f, "the element has the namespace {found:?}"),
            Self::Unknown(name) => write!(f, "there is no element {name:?}"),
            Self::Nested(name) => write!(f, "an element {name:?} has no place there"),
            Self::Text => f.write_str("text has no place there"),
            Self::Missing(name) => write!(f, "the attribute {name:?} is missing"),
            Self::Domain(text) => write!(f, "{text:?} is no domain"),
            Self::ProofType(text) => write!(f, "{text:?} is no URI of a type of proof"),
            Self::Types => f.write_str("a challenge names at least one type of proof, and not too many"),
        }
    }
}

impl core::error::Error for ElementError {}

/// What an element has, before it is known which one it is.
#[derive(Default)]
struct Parts {
    name: String,
    bare: bool,
    to: Option<String>,
    from: Option<String>,
    prooftype: Option<String>,
    children: Vec<Option<String>>,
    text: String,
}

impl Element {
    /// Reads one whole element, as octets of UTF-8.
    ///
    /// # Errors
    /// If it is anything else, or larger than is allowed.
    pub fn parse(octets: &[u8], reading: &Reading) -> Result<Self, ElementError> {
        if octets.len() > reading.octets {
            return Err(ElementError::TooLarge(reading.octets));
        }
        let parts = parts(octets, reading)?;
        let bare = || reading.bare.filter(|_| parts.bare);
        let of = |attribute: &Option<String>, name: &'static str| match attribute {
            Some(text) => domain(text).ok_or_else(|| ElementError::Domain(text.clone())),
            None => bare().ok_or(ElementError::Missing(name)),
        };
        let (to, from) = (|| of(&parts.to, "to"), || of(&parts.from, "from"));
        let prooftype = |text: &str| ProofType::new(text).ok_or_else(|| ElementError::ProofType(text.to_string()));
        let element = match parts.name.as_str() {
            "assert" if !parts.bare => Self::Assert { from: from()? },
            "challenge" => {
                if parts.children.is_empty() || parts.children.len() > reading.types {
                    return Err(ElementError::Types);
                }
                let kinds = parts.children.iter().map(|text| match text {
                    Some(text) => prooftype(text),
                    None => Err(ElementError::Missing("type")),
                });
                let types = kinds.collect::<Result<_, _>>()?;
                Self::Challenge { to: to()?, types }
            }
            "proof" => {
                let kind = match &parts.prooftype {
                    Some(text) => prooftype(text)?,
                    None if bare().is_some() => ProofType::dnssec_ta(),
                    None => return Err(ElementError::Missing("type")),
                };
                Self::Proof { from: from()?, prooftype: kind, url: parts.text.trim().to_string() }
            }
            "valid" if !parts.bare => Self::Valid { to: to()? },
            "invalid" if !parts.bare => Self::Invalid { to: to()? },
            "impossible" if !parts.bare => Self::Impossible { from: from()? },
            other => return Err(ElementError::Unknown(other.to_string())),
        };
        let (nested, text) = (matches!(element, Self::Challenge { .. }), matches!(element, Self::Proof { .. }));
        match () {
            () if !nested && !parts.children.is_empty() => Err(ElementError::Nested("proof".to_string())),
            () if !text && !parts.text.trim().is_empty() => Err(ElementError::Text),
            () => Ok(element),
        }
    }

    /// The domain that it is about.
    #[must_use]
    pub const fn domain(&self) -> &NameBuf {
        match self {
            Self::Assert { from } | Self::Proof { from, .. } | Self::Impossible { from } => from,
            Self::Challenge { to, .. } | Self::Valid { to } | Self::Invalid { to } => to,
        }
    }

    /// Writes it, with the namespace.
    #[must_use]
    pub fn to_xml(&self, reading: &Reading) -> String {
        let open = |name: &str, attribute: &str| {
            let (namespace, domain) = (escaped(&reading.namespace), escaped(&shown_domain(self.domain())));
            format!("<{name} xmlns='{namespace}' {attribute}='{domain}'")
        };
        match self {
            Self::Assert { .. } => format!("{}/>", open("assert", "from")),
            Self::Challenge { types, .. } => {
                let proof = |kind: &ProofType| format!("<proof type='{}'/>", escaped(kind.as_str()));
                let proofs: String = types.iter().map(proof).collect();
                format!("{}>{proofs}</challenge>", open("challenge", "to"))
            }
            Self::Proof { prooftype, url, .. } => {
                let kind = escaped(prooftype.as_str());
                format!("{} type='{kind}'>{}</proof>", open("proof", "from"), escaped(url))
            }
            Self::Valid { .. } => format!("{}/>", open("valid", "to")),
            Self::Invalid { .. } => format!("{}/>", open("invalid", "to")),
            Self::Impossible { .. } => format!("{}/>", open("impossible", "from")),
        }
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\'' => out.push_str("&apos;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

/// The next event, `None` at the end.
fn next<P: Parse>(parser: &mut P, rest: &mut &[u8]) -> Result<Option<P::Output>, ElementError> {
    parser.parse(rest, true).map_err(|error| match error {
        EndOrError::Error(error) => ElementError::Xml(error.to_string()),
        EndOrError::NeedMoreData => ElementError::Xml("it ends too soon".to_string()),
    })
}

/// Refuses an attribute that stands there twice, declarations of namespaces among them: of those, `rxml` takes the
/// last one.
fn each_attribute_once(octets: &[u8], options: &Options) -> Result<(), ElementError> {
    let mut parser = RawParser::with_options(options.clone());
    let (mut rest, mut seen) = (octets, BTreeSet::new());
    while let Some(event) = next(&mut parser, &mut rest)? {
        let is_new = match event {
            RawEvent::Attribute(_, name, _) => seen.insert(name),
            RawEvent::ElementHeadClose(_) => {
                seen.clear();
                true
            }
            _ => true,
        };
        if !is_new {
            return Err(ElementError::Xml("an attribute stands there twice".to_string()));
        }
    }
    Ok(())
}

/// Reads the XML. Nothing is kept that no element of ours has.
fn parts(octets: &[u8], reading: &Reading) -> Result<Parts, ElementError> {
    let options = Options { comments: CommentMode::Reject, max_token_length: reading.octets, ..Options::default() };
    each_attribute_once(octets, &options)?;
    let mut parser = Parser::with_options(options);
    let mut rest = octets;
    let mut parts = Parts::default();
    let mut depth = 0_u8;
    while let Some(event) = next(&mut parser, &mut rest)? {
        match event {
            // RFC 6120 section 11.4: it begins a stream, and there is none in it.
            Event::XmlDeclaration(..) => return Err(ElementError::Xml("a declaration inside of a stream".to_string())),
            Event::StartElement(_, (namespace, name), attributes) => {
                let is_ours = namespace.as_str() == reading.namespace;
                let is_bare = namespace.is_none() && reading.bare.is_some();
                // All of it is in the one namespace or in the other.
                if !(is_ours || is_bare) || depth > 0 && is_bare != parts.bare {
                    return Err(ElementError::Namespace(namespace.as_str().to_string()));
                }
                let attribute = |wanted: &str| {
                    let mut own = attributes.iter().filter(|((namespace, _), _)| namespace.is_none());
                    own.find(|((_, name), _)| name.as_str() == wanted).map(|(_, value)| value.clone())
                };
                match depth {
                    0 => {
                        (parts.to, parts.from) = (attribute("to"), attribute("from"));
                        (parts.prooftype, parts.name) = (attribute("type"), name.to_string());
                        parts.bare = is_bare;
                    }
                    1 if name == "proof" && parts.children.len() <= reading.types => {
                        parts.children.push(attribute("type"));
                    }
                    _ => return Err(ElementError::Nested(name.to_string())),
                }
                depth = depth.saturating_add(1);
            }
            Event::EndElement(_) => depth = depth.saturating_sub(1),
            Event::Text(_, text) => match depth {
                1 => parts.text.push_str(&text),
                _ if text.trim().is_empty() => {}
                _ => return Err(ElementError::Text),
            },
        }
    }
    Ok(parts)
}
