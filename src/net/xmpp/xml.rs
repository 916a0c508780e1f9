//! The XML of a stream, element by element, within bounds.

use std::string::{String, ToString};
use std::vec::Vec;

use rxml::error::EndOrError;
use rxml::parser::CommentMode;
use rxml::{Event, Options, Parse, Parser, WithOptions};
use tokio::io::{AsyncRead, AsyncReadExt};

use super::XmppError;

/// Octets that may come before the next element is complete.
const OCTETS: usize = 65_536;
/// Elements within elements.
const DEPTH: usize = 8;
/// Elements that one may have in it, all in all.
const NODES: usize = 512;

/// An element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) namespace: String,
    pub(super) name: String,
    /// Those without a namespace.
    pub(super) attributes: Vec<(String, String)>,
    pub(super) children: Vec<Node>,
    pub(super) text: String,
}

impl Node {
    pub(super) fn is(&self, namespace: &str, name: &str) -> bool {
        self.namespace == namespace && self.name == name
    }

    pub(super) fn child(&self, namespace: &str, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.is(namespace, name))
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is no longer by much when each element in it names its namespace: those are what a hostile server would
    /// make long.
    pub(super) fn is_small(&self) -> bool {
        self.namespace.len() <= 256 && self.children.iter().all(Self::is_small)
    }

    /// As text, with the namespace of each element; for those that are [small](Self::is_small).
    pub(super) fn to_xml(&self) -> String {
        let mut out = std::format!("<{} xmlns='{}'", self.name, escaped(&self.namespace));
        for (name, value) in &self.attributes {
            out.push_str(&std::format!(" {name}='{}'", escaped(value)));
        }
        let inner: String = self.children.iter().map(Self::to_xml).collect();
        out.push_str(&std::format!(">{}{inner}</{}>", escaped(&self.text), self.name));
        out
    }
}

pub(super) fn escaped(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    text.replace('\'', "&apos;").replace('"', "&quot;")
}

/// What a stream has.
#[derive(Debug)]
pub(super) enum Item {
    /// Its header.
    Header(Node),
    /// An element in it.
    Element(Node),
    /// Its end.
    End,
}

/// Reads one stream. After each restart there is a new one.
pub(super) struct Reader {
    parser: Parser,
    unread: Vec<u8>,
    open: Vec<Node>,
    began: bool,
    octets: usize,
    nodes: usize,
}

impl Reader {
    pub(super) fn new() -> Self {
        let options = Options { comments: CommentMode::Reject, max_token_length: OCTETS, ..Options::default() };
        let (unread, open) = (Vec::new(), Vec::new());
        Self { parser: Parser::with_options(options), unread, open, began: false, octets: 0, nodes: 0 }
    }

    /// What has come and was not looked at: there must be none of it when TLS begins.
    pub(super) const fn has_more(&self) -> bool {
        !self.unread.is_empty()
    }

    pub(super) async fn next(&mut self, io: &mut (impl AsyncRead + Unpin)) -> Result<Item, XmppError> {
        loop {
            let mut rest = self.unread.as_slice();
            let event = self.parser.parse(&mut rest, false);
            let taken = self.unread.len().saturating_sub(rest.len());
            self.unread.drain(..taken);
            match event {
                Ok(Some(event)) => {
                    if let Some(item) = self.take(event)? {
                        return Ok(item);
                    }
                }
                Ok(None) => return Ok(Item::End),
                Err(EndOrError::Error(error)) => return Err(XmppError::Xml(error.to_string())),
                Err(EndOrError::NeedMoreData) => {
                    let mut room = [0; 4096];
                    let read = io.read(&mut room).await.map_err(|error| XmppError::Broken(error.to_string()))?;
                    if read == 0 {
                        return Err(XmppError::Broken("the server hangs up".to_string()));
                    }
                    self.octets = self.octets.saturating_add(read);
                    if self.octets > OCTETS {
                        return Err(XmppError::Xml(std::format!("an element of more than {OCTETS} octets")));
                    }
                    self.unread.extend(room.get(..read).unwrap_or_default());
                }
            }
        }
    }

    fn take(&mut self, event: Event) -> Result<Option<Item>, XmppError> {
        match event {
            Event::XmlDeclaration(..) => {}
            Event::StartElement(_, (namespace, name), attributes) => {
                let own = attributes.iter().filter(|((namespace, _), _)| namespace.is_none());
                let node = Node {
                    namespace: namespace.as_str().to_string(),
                    name: name.to_string(),
                    attributes: own.map(|((_, name), value)| (name.to_string(), value.to_string())).collect(),
                    ..Node::default()
                };
                if !self.began {
                    self.began = true;
                    self.octets = 0;
                    return Ok(Some(Item::Header(node)));
                }
                self.nodes = self.nodes.saturating_add(1);
                if self.open.len() >= DEPTH || self.nodes > NODES {
                    return Err(XmppError::Xml("an element with too many others in it".to_string()));
                }
                self.open.push(node);
            }
            Event::Text(_, text) => {
                if let Some(node) = self.open.last_mut() {
                    node.text.push_str(&text);
                }
            }
            Event::EndElement(_) => match self.open.pop() {
                None => return Ok(Some(Item::End)),
                Some(node) => match self.open.last_mut() {
                    Some(parent) => parent.children.push(node),
                    None => {
                        (self.octets, self.nodes) = (self.unread.len(), 0);
                        return Ok(Some(Item::Element(node)));
                    }
                },
            },
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "<?xml version='1.0'?><s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>";

    /// Everything that a stream has, until its end or an error.
    fn read(text: &str) -> Result<Vec<Node>, XmppError> {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let (mut reader, mut octets) = (Reader::new(), text.as_bytes());
            let mut nodes = Vec::new();
            loop {
                match reader.next(&mut octets).await? {
                    Item::Header(_) => {}
                    Item::Element(node) => nodes.push(node),
                    Item::End => return Ok(nodes),
                }
            }
        })
    }

    #[test]
    fn elements_and_their_text() {
        let nodes =
            read(&std::format!("{HEADER} <a b='&lt;1'>x<c xmlns='urn:d'>y&amp;</c></a>\n<e/></s:stream>")).unwrap();
        let [a, e] = nodes.as_slice() else { panic!("{nodes:?}") };
        assert!(a.is("jabber:client", "a") && e.is("jabber:client", "e"));
        assert_eq!((a.attribute("b"), a.text.as_str()), (Some("<1"), "x"));
        assert_eq!(a.child("urn:d", "c").unwrap().text, "y&");
        let text = "<a xmlns='jabber:client' b='&lt;1'>x<c xmlns='urn:d'>y&amp;</c></a>";
        assert_eq!(a.to_xml(), text);
    }

    #[test]
    fn long_namespaces_are_not_written_again_and_again() {
        let with =
            |inner: &str| read(&std::format!("{HEADER}<a xmlns='urn:a'>{inner}</a></s:stream>")).unwrap().remove(0);
        assert!(with("<b/><b xmlns='urn:b'/>").is_small());
        let long = std::format!("<b xmlns='{}'/>", "x".repeat(257));
        assert!(!with(&long).is_small());
        assert!(!with(&std::format!("<c>{long}</c>")).is_small());
    }

    #[test]
    fn what_streams_may_not_have() {
        for text in [
            "<!-- comment -->",
            "<?target instruction?>",
            "<!DOCTYPE a>",
            "<a>&entity;</a>",
            "<a b='1' b='2'/>",
            "<a></b>",
            "<x:a/>",
            "<a",
            "\u{1}",
        ] {
            assert!(read(&std::format!("{HEADER}{text}</s:stream>")).is_err(), "{text}");
        }
        assert!(matches!(read(HEADER), Err(XmppError::Broken(_))), "it ends in the middle");
    }

    #[test]
    fn it_stays_within_bounds() {
        let text = |inner: &str| std::format!("{HEADER}{inner}</s:stream>");
        assert!(read(&text(&"<a>".repeat(7).chars().chain("</a>".repeat(7).chars()).collect::<String>())).is_ok());
        assert!(read(&text(&"<a>".repeat(20))).is_err());
        assert!(read(&text(&std::format!("<a>{}</a>", "<b/>".repeat(600)))).is_err());
        assert!(read(&text(&std::format!("<a>{}</a>", "x".repeat(70_000)))).is_err());
        assert!(read(&text(&std::format!("<a b='{}'/>", "x".repeat(70_000)))).is_err());
        // Many small ones are no large one.
        assert_eq!(read(&text(&"<a>0123456789</a>".repeat(20_000))).unwrap().len(), 20_000);
    }
}
