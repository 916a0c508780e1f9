//! The elements on a stream: what is read, what is written, and what a hostile peer may send.

use dnsproof::dna::{Element, ElementError, NAMESPACE, ProofType, Reading, domain};
use dnsproof::name::NameBuf;
use proptest::prelude::*;

fn name(text: &str) -> NameBuf {
    text.parse().unwrap()
}

fn parse(text: &str) -> Result<Element, ElementError> {
    Element::parse(text.as_bytes(), &Reading::standard())
}

fn bare(text: &str) -> Result<Element, ElementError> {
    Element::parse(text.as_bytes(), &Reading { bare: Some(name("example.com")), ..Reading::standard() })
}

#[test]
fn all_elements_in_the_forms_that_xml_allows() {
    let (com, kind) = (name("example.com"), ProofType::dnssec_ta());
    let other = ProofType::new("urn:example:other").unwrap();
    let url = "http://example.net/example.com.cert".to_string();
    for (text, element) in [
        ("<assert xmlns='urn:xmpp:dna:0' from='example.com'/>", Element::Assert { from: com }),
        ("<assert from=\"EXAMPLE.com.\" xmlns=\"urn:xmpp:dna:0\" ></assert >", Element::Assert { from: com }),
        ("<d:assert xmlns:d='urn:xmpp:dna:0' from='example.com' xml:lang='en'/>", Element::Assert { from: com }),
        ("<valid xmlns='urn:xmpp:dna:0' to='example.com' since='x'/>", Element::Valid { to: com }),
        (
            "<invalid xmlns='urn:xmpp:dna:0' to='b&#xfc;cher.example'/>",
            Element::Invalid { to: name("xn--bcher-kva.example") },
        ),
        ("<impossible xmlns='urn:xmpp:dna:0' from='example.com'>\n</impossible>", Element::Impossible { from: com }),
        (
            "<challenge xmlns='urn:xmpp:dna:0' to='example.com'>\n <proof type='urn:example:other'/>\n <proof type='urn:ietf:params:dna:proof:dnssec-ta'/></challenge>",
            Element::Challenge { to: com, types: vec![other, kind.clone()] },
        ),
        (
            "<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof type='urn:ietf:params:dna:proof:dnssec-ta'>\n </proof></challenge>",
            Element::Challenge { to: com, types: vec![kind.clone()] },
        ),
        (
            "<proof xmlns='urn:xmpp:dna:0' from='example.com' type='urn:ietf:params:dna:proof:dnssec-ta'>\n http://example.net/example.com.cert </proof>",
            Element::Proof { from: com, prooftype: kind.clone(), url: url.clone() },
        ),
        (
            "<proof xmlns='urn:xmpp:dna:0' from='example.com' type='urn:ietf:params:dna:proof:dnssec-ta'><![CDATA[http://example.net/]]>example&#46;com.cert</proof>",
            Element::Proof { from: com, prooftype: kind, url },
        ),
    ] {
        assert_eq!(parse(text), Ok(element), "{text}");
    }
}

#[test]
fn bare_forms_only_where_they_are_allowed() {
    let (com, kind) = (name("example.com"), ProofType::dnssec_ta());
    let challenge = "<challenge><proof type=\"urn:ietf:params:dna:proof:dnssec-ta\"/></challenge>";
    let proof = "<proof>http://example.net/example.com.cert</proof>";
    assert_eq!(bare(challenge), Ok(Element::Challenge { to: com, types: vec![kind.clone()] }));
    let url = "http://example.net/example.com.cert".to_string();
    assert_eq!(bare(proof), Ok(Element::Proof { from: com, prooftype: kind, url }));
    for text in [challenge, proof] {
        assert_eq!(parse(text), Err(ElementError::Namespace(String::new())));
        // What is read is never written so.
        let written = bare(text).unwrap().to_xml(&Reading::standard());
        assert!(written.contains(NAMESPACE) && parse(&written) == bare(text), "{written}");
    }
    // Not a word more than the first proposal had.
    for text in ["<valid/>", "<invalid/>", "<assert from='example.com'/>", "<impossible/>"] {
        assert!(matches!(bare(text), Err(ElementError::Unknown(_))), "{text}");
    }
    // A mixture of both.
    let mixed = "<challenge><proof xmlns='urn:xmpp:dna:0' type='urn:x:y'/></challenge>";
    assert_eq!(bare(mixed), Err(ElementError::Namespace(NAMESPACE.to_string())));
}

#[test]
fn another_namespace_where_the_caller_says_so() {
    let reading = Reading { namespace: "urn:example:dna".to_string(), ..Reading::standard() };
    let text = "<valid xmlns='urn:example:dna' to='example.com'/>";
    let element = Element::parse(text.as_bytes(), &reading).unwrap();
    assert_eq!(element.to_xml(&reading), text);
    assert_eq!(parse(text), Err(ElementError::Namespace("urn:example:dna".to_string())));
}

#[test]
fn what_is_no_element_of_ours() {
    let long = "x".repeat(300);
    for (text, expected) in [
        ("<valid to='example.com'/>".to_string(), ElementError::Namespace(String::new())),
        ("<valid xmlns='urn:xmpp:dna:1' to='example.com'/>".to_string(), ElementError::Namespace("urn:xmpp:dna:1".to_string())),
        ("<x:valid xmlns='urn:xmpp:dna:0' xmlns:x='urn:x' to='example.com'/>".to_string(), ElementError::Namespace("urn:x".to_string())),
        ("<unknown xmlns='urn:xmpp:dna:0'/>".to_string(), ElementError::Unknown("unknown".to_string())),
        ("<valid xmlns='urn:xmpp:dna:0'/>".to_string(), ElementError::Missing("to")),
        ("<valid xmlns='urn:xmpp:dna:0' xmlns:x='urn:x' x:to='example.com'/>".to_string(), ElementError::Missing("to")),
        ("<assert xmlns='urn:xmpp:dna:0' to='example.com'/>".to_string(), ElementError::Missing("from")),
        ("<proof xmlns='urn:xmpp:dna:0' from='example.com'>http://x/</proof>".to_string(), ElementError::Missing("type")),
        ("<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof/></challenge>".to_string(), ElementError::Missing("type")),
        ("<challenge xmlns='urn:xmpp:dna:0' to='example.com'/>".to_string(), ElementError::Types),
        (
            format!("<challenge xmlns='urn:xmpp:dna:0' to='example.com'>{}</challenge>", "<proof type='urn:x:y'/>".repeat(17)),
            ElementError::Types,
        ),
        ("<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof type='dnssec-ta'/></challenge>".to_string(), ElementError::ProofType("dnssec-ta".to_string())),
        (
            format!("<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof type='urn:x:{long}'/></challenge>"),
            ElementError::ProofType(format!("urn:x:{long}")),
        ),
        ("<valid xmlns='urn:xmpp:dna:0' to=''/>".to_string(), ElementError::Domain(String::new())),
        ("<valid xmlns='urn:xmpp:dna:0' to='a@example.com'/>".to_string(), ElementError::Domain("a@example.com".to_string())),
        ("<valid xmlns='urn:xmpp:dna:0' to='192.0.2.1'/>".to_string(), ElementError::Domain("192.0.2.1".to_string())),
        ("<valid xmlns='urn:xmpp:dna:0' to='*.example.com'/>".to_string(), ElementError::Domain("*.example.com".to_string())),
        ("<valid xmlns='urn:xmpp:dna:0' to='example\\046com'/>".to_string(), ElementError::Domain("example\\046com".to_string())),
        ("<valid xmlns='urn:xmpp:dna:0' to='example.com'>text</valid>".to_string(), ElementError::Text),
        ("<valid xmlns='urn:xmpp:dna:0' to='example.com'><proof type='urn:x:y'/></valid>".to_string(), ElementError::Nested("proof".to_string())),
        ("<valid xmlns='urn:xmpp:dna:0' to='example.com'><x/></valid>".to_string(), ElementError::Nested("x".to_string())),
        (
            "<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof type='urn:x:y'><proof type='urn:x:y'/></proof></challenge>".to_string(),
            ElementError::Nested("proof".to_string()),
        ),
        ("<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof type='urn:x:y'>x</proof></challenge>".to_string(), ElementError::Text),
    ] {
        assert_eq!(parse(&text), Err(expected), "{text}");
    }
}

#[test]
fn what_a_stream_may_not_have() {
    let bomb =
        "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;'>]><valid xmlns='urn:xmpp:dna:0' to='&b;'/>";
    for text in [
        bomb,
        "<!DOCTYPE valid SYSTEM 'http://example.net/x'><valid xmlns='urn:xmpp:dna:0' to='example.com'/>",
        "<?xml version='1.0'?><valid xmlns='urn:xmpp:dna:0' to='example.com'/>",
        "<?php x?><valid xmlns='urn:xmpp:dna:0' to='example.com'/>",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com'><!-- x --></valid>",
        "<!-- x --><valid xmlns='urn:xmpp:dna:0' to='example.com'/>",
        "<valid xmlns='urn:xmpp:dna:0' to='&unknown;'/>",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com' to='example.org'/>",
        "<valid xmlns='urn:xmpp:dna:0' xmlns='urn:x' to='example.com'/>",
        "<valid xmlns='urn:x' xmlns='urn:xmpp:dna:0' to='example.com'/>",
        "<d:valid xmlns:d='urn:x' xmlns:d='urn:xmpp:dna:0' to='example.com'/>",
        "<valid xmlns='urn:xmpp:dna:0' xmlns:a='urn:a' xmlns:b='urn:a' a:x='1' b:x='2' to='example.com'/>",
        "<x:valid to='example.com'/>",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com'/><valid xmlns='urn:xmpp:dna:0' to='example.org'/>",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com'/>x",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com'>",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com'></invalid>",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com'",
        "<valid xmlns='urn:xmpp:dna:0' to='exa<mple.com'/>",
        "<valid xmlns='urn:xmpp:dna:0' to='example.com&#0;'/>",
        "",
        " ",
        "example.com",
    ] {
        assert!(matches!(parse(text), Err(ElementError::Xml(_))), "{text}: {:?}", parse(text));
    }
    let not_utf8 = [b"<valid xmlns='urn:xmpp:dna:0' to='".as_slice(), &[0xFF, 0xC0], b"'/>"].concat();
    assert!(matches!(Element::parse(&not_utf8, &Reading::standard()), Err(ElementError::Xml(_))));
}

#[test]
fn what_is_too_large() {
    let million = format!("<valid xmlns='urn:xmpp:dna:0' to='{}'/>", "a".repeat(1 << 20));
    assert_eq!(parse(&million), Err(ElementError::TooLarge(8192)));
    let deep = format!(
        "<valid xmlns='urn:xmpp:dna:0' to='example.com'>{}{}</valid>",
        "<a>".repeat(10_000),
        "</a>".repeat(10_000)
    );
    assert_eq!(parse(&deep), Err(ElementError::TooLarge(8192)));
    // Under a limit of the caller's that would let it in, depth and names still have bounds.
    let generous = Reading { octets: 1 << 22, ..Reading::standard() };
    assert_eq!(Element::parse(deep.as_bytes(), &generous), Err(ElementError::Nested("a".to_string())));
    assert!(matches!(Element::parse(million.as_bytes(), &generous), Err(ElementError::Domain(_))));
    let many: String = (0..400).map(|number| format!(" a{number}='x'")).collect();
    assert_eq!(
        parse(&format!("<valid xmlns='urn:xmpp:dna:0' to='example.com'{many}/>")),
        Ok(Element::Valid { to: name("example.com") })
    );
}

/// What is allowed is allowed to the last octet and the last type.
#[test]
fn what_is_just_not_too_large() {
    let challenge = |types: usize| {
        let proofs = "<proof type='urn:x:y'/>".repeat(types);
        format!("<challenge xmlns='urn:xmpp:dna:0' to='example.com'>{proofs}</challenge>")
    };
    let sixteen = vec![ProofType::new("urn:x:y").unwrap(); 16];
    assert_eq!(parse(&challenge(16)), Ok(Element::Challenge { to: name("example.com"), types: sixteen }));
    assert_eq!(parse(&challenge(17)), Err(ElementError::Types));
    let text = challenge(1);
    let with_room = |octets: usize| Element::parse(text.as_bytes(), &Reading { octets, ..Reading::standard() });
    assert!(with_room(text.len()).is_ok());
    assert_eq!(with_room(text.len() - 1), Err(ElementError::TooLarge(text.len() - 1)));
    // Soft hyphens are nothing in a domain (UTS 46), so that a long text can be a short name.
    let hyphened = |number: usize, text: &str| format!("{}{text}", "\u{AD}".repeat(number));
    let (allowed, long) = (hyphened(507, "ab.example"), hyphened(508, "a.example"));
    assert_eq!((allowed.len(), domain(&allowed)), (1024, Some(name("ab.example"))));
    assert_eq!((long.len(), domain(&long)), (1025, None));
    assert_eq!(domain(&hyphened(507, "a.example")), Some(name("a.example")));
}

fn elements() -> impl Strategy<Value = Element> {
    let domains = "[a-z][a-z0-9-]{0,8}[a-z0-9]\\.(example|net)".prop_filter_map("a domain", |text| domain(&text));
    let types = "urn:[a-z]{2,5}:[a-zA-Z0-9:'&<>]{1,20}".prop_filter_map("a URI", |text| ProofType::new(&text));
    let kinds = proptest::collection::vec(types.clone(), 1..16);
    prop_oneof![
        domains.clone().prop_map(|from| Element::Assert { from }),
        (domains.clone(), kinds).prop_map(|(to, types)| Element::Challenge { to, types }),
        (domains.clone(), types, "[!-~ü]{0,60}").prop_map(|(from, prooftype, url)| Element::Proof {
            from,
            prooftype,
            url
        }),
        domains.clone().prop_map(|to| Element::Valid { to }),
        domains.clone().prop_map(|to| Element::Invalid { to }),
        domains.prop_map(|from| Element::Impossible { from }),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(element in elements()) {
        let reading = Reading::standard();
        let text = element.to_xml(&reading);
        prop_assert_eq!(Element::parse(text.as_bytes(), &reading), Ok(element), "{}", text);
    }

    #[test]
    fn no_octets_make_it_panic(octets in proptest::collection::vec(any::<u8>(), 0..200), at in 0_usize..120, bit in 0_u8..8) {
        let _any = Element::parse(&octets, &Reading::standard());
        let mut text = b"<challenge xmlns='urn:xmpp:dna:0' to='example.com'><proof type='urn:ietf:params:dna:proof:dnssec-ta'/></challenge>".to_vec();
        let at = at % text.len();
        text[at] ^= 1 << bit;
        // Whatever is read can be written.
        if let Ok(element) = Element::parse(&text, &Reading::standard()) {
            let written = element.to_xml(&Reading::standard());
            prop_assert_eq!(Element::parse(written.as_bytes(), &Reading::standard()), Ok(element));
        }
    }
}
