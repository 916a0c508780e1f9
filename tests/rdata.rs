//! Every view on real text, cut at every length, with an octet too many, and with values that
//! its fields may not have.
use dnsproof::codes::{Nsec3Hash, Type};
use dnsproof::error::ParseErrorKind;
use dnsproof::wire::rdata::{
    A, Aaaa, Caa, Cname, Dname, Dnskey, Ds, Mx, Naptr, Ns, Nsec, Nsec3, Nsec3param, Openpgpkey, Ptr, Rrsig, Soa, Srv,
    Sshfp, Svcb, Tlsa, Txt, Uri, View, Zonemd,
};
use dnsproof::wire::{Message, Rdata, Record, Section};
use dnsproof::zonefile::{self, OwnedRecord};

fn record(text: &str) -> OwnedRecord {
    zonefile::parse(&format!(". 0 IN {text}"), None).unwrap_or_else(|error| panic!("{text}: {error}")).swap_remove(0)
}

/// Octets at the end that the view takes as they come: cutting there is no error.
fn cut_everywhere<'a, V: View<'a>>(text: &str, octets: &'a [u8], tail: usize) {
    for end in 0..octets.len().saturating_sub(tail) {
        let result = V::from_rdata(Rdata::from_octets(&octets[..end]));
        let error = result.err().unwrap_or_else(|| panic!("{text}: cut at {end} is accepted"));
        assert!(
            matches!(error.kind, ParseErrorKind::Truncated | ParseErrorKind::BadValue | ParseErrorKind::Contradiction),
            "{text}: cut at {end}: {error}"
        );
        assert!(error.offset <= end, "{text}: {error}");
    }
}

macro_rules! views {
    ($($name:ident: $view:ident, $text:literal, free tail $tail:literal, more $more:ident, $check:expr;)*) => {$(
        #[test]
        fn $name() {
            let record = record($text);
            let octets = record.rdata.as_slice();
            let view: $view = record.as_record().view().unwrap();
            let check: fn(&$view) = $check;
            check(&view);
            cut_everywhere::<$view>($text, octets, $tail);
            let longer: Vec<u8> = octets.iter().copied().chain([0]).collect();
            let takes_more = stringify!($more) == "taken";
            assert_eq!($view::from_rdata(Rdata::from_octets(&longer)).is_ok(), takes_more, "an octet more");
            let other = Record { rtype: Type(65280), ..record.as_record() };
            assert_eq!(other.view::<$view>().unwrap_err().kind, ParseErrorKind::WrongType);
        }
    )*};
}

views! {
    a: A, "A 192.0.2.1", free tail 0, more refused, |a| assert_eq!(a.address.octets(), [192, 0, 2, 1]);
    aaaa: Aaaa, "AAAA 2001:db8::1", free tail 0, more refused, |aaaa| assert_eq!(aaaa.address.segments()[..2], [0x2001, 0xDB8]);
    ns: Ns, "NS ns.example.", free tail 0, more refused, |ns| assert_eq!(format!("{}", ns.host), "ns.example.");
    cname: Cname, "CNAME a.example.", free tail 0, more refused, |cname| assert_eq!(format!("{}", cname.target), "a.example.");
    dname: Dname, "DNAME a.example.", free tail 0, more refused, |dname| assert_eq!(format!("{}", dname.target), "a.example.");
    ptr: Ptr, "PTR a.example.", free tail 0, more refused, |ptr| assert_eq!(format!("{}", ptr.target), "a.example.");
    mx: Mx, "MX 10 a.example.", free tail 0, more refused, |mx| assert_eq!((mx.preference, format!("{}", mx.exchange)), (10, "a.example.".to_owned()));
    soa: Soa, "SOA ns. mail. 1 2 3 4 5", free tail 0, more refused, |soa| {
        assert_eq!((format!("{} {}", soa.primary, soa.mailbox), soa.serial), ("ns. mail.".to_owned(), 1));
        assert_eq!([soa.refresh, soa.retry, soa.expire, soa.minimum], [2, 3, 4, 5]);
    };
    srv: Srv, "SRV 1 2 3 a.example.", free tail 0, more refused, |srv| assert_eq!([srv.priority, srv.weight, srv.port], [1, 2, 3]);
    naptr: Naptr, "NAPTR 1 2 \"S\" \"SIP+D2T\" \"\" _sip._tcp.example.", free tail 0, more refused, |naptr| {
        assert_eq!((naptr.order, naptr.preference), (1, 2));
        assert_eq!((naptr.flags, naptr.services, naptr.regexp), (&b"S"[..], &b"SIP+D2T"[..], &b""[..]));
        assert_eq!(format!("{}", naptr.replacement), "_sip._tcp.example.");
    };
    uri: Uri, "URI 1 2 \"https://example/\"", free tail 15, more taken, |uri| {
        assert_eq!((uri.priority, uri.weight, uri.target), (1, 2, &b"https://example/"[..]));
    };
    nsec: Nsec, "NSEC b.example. A NSEC TYPE1234", free tail 37, more refused, |nsec| {
        assert_eq!(format!("{}", nsec.next), "b.example.");
        assert!(nsec.types.contains(Type(1234)) && !nsec.types.contains(Type::NS));
    };
    nsec3: Nsec3, "NSEC3 1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr A", free tail 3, more refused, |nsec3| {
        assert_eq!((nsec3.parameters.hash, nsec3.parameters.iterations), (Nsec3Hash::SHA1, 12));
        assert_eq!((nsec3.parameters.salt, nsec3.next.len()), (&[0xAA, 0xBB, 0xCC, 0xDD][..], 20));
        assert!(nsec3.is_opt_out() && nsec3.types.contains(Type::A));
    };
    nsec3param: Nsec3param, "NSEC3PARAM 1 0 12 aabb", free tail 0, more refused, |param| {
        assert_eq!((param.parameters.iterations, param.parameters.salt, param.flags), (12, &[0xAA, 0xBB][..], 0));
    };
    ds: Ds, "DS 1 13 2 aabb", free tail 2, more taken, |ds| assert_eq!((ds.key_tag, ds.digest), (1, &[0xAA, 0xBB][..]));
    dnskey: Dnskey, "DNSKEY 257 3 13 aabb", free tail 3, more taken, |key| {
        assert!(key.is_zone_key() && key.is_secure_entry_point() && !key.is_revoked() && key.is_usable());
    };
    rrsig: Rrsig, "RRSIG A 13 2 300 20260101000000 20250101000000 7 example. aabb", free tail 3, more taken, |rrsig| {
        assert_eq!((rrsig.type_covered, rrsig.labels, rrsig.original_ttl, rrsig.key_tag), (Type::A, 2, 300, 7));
    };
    tlsa: Tlsa, "TLSA 3 1 1 aabb", free tail 2, more taken, |tlsa| assert_eq!([tlsa.usage, tlsa.selector, tlsa.matching_type], [3, 1, 1]);
    smimea: Tlsa, "SMIMEA 3 1 1 aabb", free tail 2, more taken, |tlsa| assert_eq!(tlsa.data, [0xAA, 0xBB]);
    openpgpkey: Openpgpkey, "OPENPGPKEY qrs=", free tail 2, more taken, |key| assert_eq!(key.key, [0xAA, 0xBB]);
    sshfp: Sshfp, "SSHFP 4 2 aabb", free tail 2, more taken, |sshfp| assert_eq!((sshfp.algorithm, sshfp.fingerprint_type, sshfp.fingerprint.len()), (4, 2, 2));
    caa: Caa, "CAA 128 issue \"ca.example\"", free tail 10, more taken, |caa| {
        assert!(caa.is_critical());
        assert_eq!((caa.tag, caa.value), ("issue", &b"ca.example"[..]));
    };
    zonemd: Zonemd, "ZONEMD 1 1 1 000102030405060708090a0b", free tail 0, more taken, |zonemd| {
        assert_eq!((zonemd.serial, zonemd.scheme, zonemd.hash, zonemd.digest.len()), (1, 1, 1, 12));
    };
    txt: Txt, "TXT \"one\"", free tail 0, more taken, |txt| assert_eq!(txt.strings().collect::<Vec<_>>(), [b"one"]);
    svcb: Svcb, "SVCB 1 . port=53", free tail 6, more refused, |svcb| assert_eq!(svcb.param(3), Some(&[0, 53][..]));
    https: Svcb, "HTTPS 1 a.example. alpn=h2,h3 no-default-alpn", free tail 14, more refused, |svcb| {
        assert_eq!(svcb.params().map(|param| param.key).collect::<Vec<_>>(), [1, 2]);
    };
}

/// RFC 8659 section 4.1: bit 0, which is the highest, and none of the others.
#[test]
fn one_bit_of_caa_is_critical() {
    for (flags, critical) in [(0x00, false), (0x7F, false), (0x80, true), (0xFF, true)] {
        let octets = [flags, 1, b'x'];
        let caa = Caa::from_rdata(Rdata::from_octets(&octets)).unwrap();
        assert_eq!(caa.is_critical(), critical, "{flags:#04x}");
    }
}

#[test]
fn values_that_may_not_be() {
    fn kind<'a, V: View<'a>>(octets: &'a [u8]) -> Option<ParseErrorKind> {
        V::from_rdata(Rdata::from_octets(octets)).err().map(|error| error.kind)
    }
    let bad = Some(ParseErrorKind::BadValue);
    assert_eq!(kind::<Uri<'_>>(&[0, 1, 0, 2]), bad, "an empty URI");
    assert_eq!(kind::<Zonemd<'_>>(&[0; 17]), bad, "a short digest");
    assert_eq!(kind::<Nsec3<'_>>(&[1, 0, 0, 0, 0, 0]), bad, "an empty hash");
    assert_eq!(kind::<Caa<'_>>(&[0, 0]), bad, "an empty tag");
    assert_eq!(kind::<Caa<'_>>(&[0, 1, b'-']), bad, "a tag that is no word");
    assert_eq!(kind::<Txt<'_>>(&[]), Some(ParseErrorKind::Truncated), "no string at all");
    for (name, params, expected) in [
        ("keys twice", &[0, 3, 0, 2, 0, 1, 0, 3, 0, 2, 0, 1][..], bad),
        ("keys out of order", &[0, 3, 0, 2, 0, 1, 0, 2, 0, 0], bad),
        ("a port of one octet", &[0, 3, 0, 1, 9], bad),
        ("an empty alpn", &[0, 1, 0, 0], bad),
        ("an empty alpn identifier", &[0, 1, 0, 1, 0], bad),
        ("an alpn identifier that is cut", &[0, 1, 0, 2, 2, b'h'], bad),
        ("no-default-alpn with a value", &[0, 2, 0, 1, 1], bad),
        ("an address of three octets", &[0, 4, 0, 3, 1, 2, 3], bad),
        ("no address", &[0, 6, 0, 0], bad),
        ("mandatory names itself", &[0, 0, 0, 2, 0, 0], bad),
        ("mandatory out of order", &[0, 0, 0, 4, 0, 4, 0, 3, 0, 3, 0, 2, 0, 1, 0, 4, 0, 4, 1, 2, 3, 4], bad),
        ("mandatory names a key twice", &[0, 0, 0, 4, 0, 3, 0, 3, 0, 3, 0, 2, 0, 1], bad),
        ("mandatory and not there", &[0, 0, 0, 2, 0, 3], Some(ParseErrorKind::Contradiction)),
        ("a key that nobody knows", &[0xFF, 0, 0, 1, 7], None),
        ("mandatory and there", &[0, 0, 0, 2, 0, 3, 0, 3, 0, 2, 0, 1], None),
        ("two that are mandatory", &[0, 0, 0, 4, 0, 2, 0, 3, 0, 2, 0, 0, 0, 3, 0, 2, 0, 1], None),
    ] {
        let octets = [&[0, 1, 0][..], params].concat();
        assert_eq!(kind::<Svcb<'_>>(&octets), expected, "{name}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc4034#section-3.1.7
//= type=test
//# A sender MUST NOT use DNS name compression on the Signer's Name field when transmitting a RRSIG RR.
//= https://www.rfc-editor.org/rfc/rfc4034#section-4.1.1
//= type=test
//# A sender MUST NOT use DNS name compression on the Next Domain Name field when transmitting an NSEC RR.
#[test]
fn names_that_may_not_be_compressed() {
    // A message with one record whose RDATA is a pointer to the owner.
    let message = |rtype: Type, before: &[u8], after: &[u8]| {
        let mut octets = b"\0\0\x81\0\0\0\0\x01\0\0\0\0\x01a\0".to_vec();
        octets.extend(rtype.0.to_be_bytes());
        octets.extend([0, 1, 0, 0, 0, 0]);
        let rdata = [before, &[0xC0, 12], after].concat();
        octets.extend(u16::try_from(rdata.len()).unwrap().to_be_bytes());
        octets.extend(rdata);
        octets
    };
    fn kind<'a, V: View<'a>>(octets: &'a [u8]) -> Option<ParseErrorKind> {
        let message = Message::parse(octets).unwrap();
        let record = message.records(Section::Answer).next().unwrap();
        record.view::<V>().err().map(|error| error.kind)
    }
    let compressed = Some(ParseErrorKind::Compressed);
    assert_eq!(kind::<Dname<'_>>(&message(Type::DNAME, &[], &[])), compressed);
    assert_eq!(kind::<Nsec<'_>>(&message(Type::NSEC, &[], &[0, 1, 0x40])), compressed);
    assert_eq!(kind::<Svcb<'_>>(&message(Type::SVCB, &[0, 1], &[])), compressed);
    assert_eq!(kind::<Rrsig<'_>>(&message(Type::RRSIG, &[0; 18], &[1])), compressed);
    assert_eq!(kind::<Cname<'_>>(&message(Type::CNAME, &[], &[])), None);
    assert_eq!(kind::<Srv<'_>>(&message(Type::SRV, &[0; 6], &[])), None);
    assert_eq!(kind::<Naptr<'_>>(&message(Type::NAPTR, &[0; 7], &[])), None);
}

#[test]
fn every_string_of_txt() {
    let record = record("TXT \"one\" \"\" \"three\"");
    let txt: Txt<'_> = record.as_record().view().unwrap();
    let strings: Vec<String> = txt.strings().map(|string| String::from_utf8(string.to_vec()).unwrap()).collect();
    assert_eq!(strings, vec!["one", "", "three"]);
}
