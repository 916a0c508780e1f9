//! Files of trust anchors: real ones of each form, round trips, and what is said of broken ones.

use std::fs;

use dnsproof::anchor::{self, Anchors, Entry, Format, IANA, IANA_DATE, KeyState, TrustPoint};
use dnsproof::codes::{Algorithm, DigestType, Type};
use dnsproof::crypto::Ring;
use dnsproof::name::NameBuf;
use dnsproof::time::Time;

fn file(name: &str) -> String {
    let path = format!("{}/vectors/anchors/formats/{name}", env!("CARGO_MANIFEST_DIR"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn name(text: &str) -> NameBuf {
    text.parse().unwrap()
}

/// `. 20326 DS`, `corp. negative`; `+` where the zone's keys are to be followed.
fn shown(anchors: &Anchors) -> Vec<String> {
    let one = |entry: &Entry| {
        let anchor = entry.anchor();
        let kind =
            entry.rtype().map_or("negative".to_owned(), |rtype| format!("{} {rtype}", anchor.key_tag().unwrap()));
        format!("{} {kind}{}", anchor.zone(), if entry.is_managed() { "+" } else { "" })
    };
    anchors.entries().iter().map(one).collect()
}

#[test]
fn every_real_file_is_read_whole() {
    let root = [". 20326 DS", ". 38696 DS"];
    let keys = [". 20326 DNSKEY", ". 38696 DNSKEY"];
    let cases: &[(&str, Format, &[&str])] = &[
        ("root.ds", Format::Records, &root),
        ("root.key", Format::Records, &keys),
        ("kresd-root.keys", Format::Records, &keys),
        ("systemd.positive", Format::Records, &[". 20326 DS", ". 38696 DS", "example.com. 13155 DNSKEY"]),
        ("Kexample.com.+013+13155.key", Format::Records, &["example.com. 13155 DNSKEY"]),
        ("Kexample.org.+008+05219.key", Format::Records, &["example.org. 5219 DNSKEY"]),
        ("Kexample.org.+008+05219.ds", Format::Records, &["example.org. 5219 DS"]),
        ("keymgr.dnskey", Format::Records, &["example.net. 28117 DNSKEY"]),
        ("keymgr.ds", Format::Records, &["example.net. 28117 DS", "example.net. 28117 DS"]),
        ("unbound-anchor.key", Format::Records, &[". 20326 DS"]),
        ("bind.keys", Format::Bind, &[". 20326 DNSKEY+", ". 38696 DS+"]),
        (
            "trust-anchors.conf",
            Format::Bind,
            &[
                "corp. negative",
                "lan.example. negative",
                ". 20326 DS+",
                ". 38696 DNSKEY+",
                "example.com. 13155 DNSKEY",
                "example.net. 28117 DNSKEY+",
                "example.org. 5219 DS",
            ],
        ),
        ("managed-keys.conf", Format::Bind, &[". 20326 DNSKEY+", "example.com. 13155 DNSKEY"]),
        ("trusted-keys.conf", Format::Bind, &[". 20326 DNSKEY", "example.com. 13155 DNSKEY"]),
        ("autotrust.key", Format::Autotrust, &["rollover.test. 39370 DNSKEY+"]),
        ("autotrust-revoked.key", Format::Autotrust, &[]),
        (
            "unbound.conf",
            Format::Unbound,
            &[
                ". 20326 DS",
                "example.com. 13155 DNSKEY",
                "example.org. 5219 DS",
                "corp. negative",
                "lan.example. negative",
            ],
        ),
        (
            "systemd.negative",
            Format::Negative,
            &[
                "10.in-addr.arpa. negative",
                "168.192.in-addr.arpa. negative",
                "corp. negative",
                "home.arpa. negative",
                "lan. negative",
            ],
        ),
        (
            "root-anchors.xml",
            Format::Xml,
            &[". 19036 DS", ". 20326 DS", ". 20326 DNSKEY", ". 38696 DS", ". 38696 DNSKEY"],
        ),
    ];
    for (name, format, expected) in cases {
        let reading = anchor::read(&file(name), name);
        assert_eq!(reading.format, *format, "{name}");
        assert!(reading.broken.is_empty(), "{name}: {:?}", reading.broken);
        assert_eq!(shown(&reading.anchors), *expected, "{name}");
        let marked = anchor::read(&format!("\u{FEFF}{}", file(name)), name);
        assert_eq!((marked.format, marked.broken.len()), (*format, 0), "{name} with a byte order mark");
    }
    // Unbound's states go on as ours.
    let point = TrustPoint::read(&file("autotrust.key")).unwrap();
    let states: Vec<&str> = point.keys().iter().map(|key| key.state().as_str()).collect();
    assert_eq!(states, ["valid", "revoked"]);
    assert_eq!(TrustPoint::read(&point.to_string()).unwrap(), point);
    let deleted = TrustPoint::read(&file("autotrust-revoked.key")).unwrap();
    assert!(deleted.is_deleted() && deleted.anchors().is_empty());
    let many = anchor::read(&file("itar-anchors.mf"), "itar");
    assert_eq!((many.format, many.broken.len()), (Format::Records, 0));
    let zones: std::collections::BTreeSet<String> =
        many.anchors.iter().map(|anchor| anchor.zone().to_string()).collect();
    assert_eq!(zones.len(), 22);
    assert!(many.anchors.iter().count() > 60);
}

#[test]
fn what_the_constant_says_is_what_iana_signed() {
    let constant = Anchors::parse(IANA).unwrap();
    let xml = Anchors::parse(&file("root-anchors.xml")).unwrap();
    let current: Anchors =
        xml.at(IANA_DATE).entries().iter().filter(|entry| entry.rtype() == Some(Type::DS)).cloned().collect();
    assert_eq!(shown(&constant), [". 20326 DS", ". 38696 DS"]);
    let rdata = |anchors: &Anchors| anchors.entries().iter().map(|entry| entry.rdata().to_vec()).collect::<Vec<_>>();
    assert_eq!(rdata(&constant), rdata(&current));
    assert_eq!(rdata(&constant), rdata(&Anchors::parse(&file("root.ds")).unwrap()));
    // The keys of the file are those of its digests.
    let keys: Anchors =
        xml.at(IANA_DATE).entries().iter().filter(|entry| entry.rtype() == Some(Type::DNSKEY)).cloned().collect();
    let digested = keys.digested(DigestType::SHA256, &Ring).unwrap();
    assert_eq!((shown(&digested), rdata(&digested)), (shown(&current), rdata(&current)));
    assert!(constant.iter().all(|anchor| anchor.algorithm() == Some(Algorithm::RSASHA256)));
}

#[test]
fn each_form_has_its_word() {
    for (format, word) in Format::ALL.into_iter().zip(["records", "bind", "unbound", "autotrust", "negative", "xml"]) {
        assert_eq!((format.as_str(), format.to_string().as_str(), word.parse()), (word, word, Ok(format)));
    }
    let expected = "expected records, bind, unbound, autotrust, negative or xml";
    assert_eq!(["", "Records"].map(str::parse::<Format>), [Err(expected), Err(expected)]);
}

/// Any line that only such a file has makes it one; what it begins with has records alone.
#[test]
fn states_of_trust_points() {
    for text in [";;id: . 1\n", "; autotrust trust anchor file\n", ". DS 1 8 9 00 ;;state=2\n"] {
        assert_eq!(Format::recognise(text), Format::Autotrust, "{text}");
    }
    let digest = format!(". DS 20326 8 2 {DIGEST}\n");
    let bare = TrustPoint::read(&digest).unwrap();
    assert_eq!(bare.keys()[0].state(), KeyState::Valid);
    let both = format!("{digest}. DS 1 8 9 00\n");
    assert_eq!(TrustPoint::read(&both).unwrap().keys().len(), 2, "a trust point may begin with several");
    let dig = format!(";; ANSWER SECTION:\n{both}");
    assert_eq!(TrustPoint::read(&dig).unwrap().keys().len(), 2, "comments are no state");
    for stated in [format!(";;id: . 1\n{both}"), format!("{digest}. DS 1 8 9 00 ;;state=2\n{digest}")] {
        assert!(TrustPoint::read(&stated).is_err(), "{stated}");
    }
    let root = Anchors::parse(&both).unwrap();
    let point = TrustPoint::new(&name(".").as_name(), &root);
    let [one, other] = point.keys() else { panic!("{point}") };
    assert_eq!(one, &bare.keys()[0], "wherever it was read");
    assert_ne!(one, other, "they differ in nothing but their digests");
    let missing = TrustPoint::read(&point.to_string().replace(";;state=2", ";;state=3")).unwrap();
    assert_ne!(one, &missing.keys()[0], "they differ in nothing but their states");
}

#[test]
fn iana_says_from_when_until_when() {
    let xml = Anchors::parse(&file("root-anchors.xml")).unwrap();
    let windows: Vec<(u16, u64, u64)> = xml
        .iter()
        .filter(|anchor| anchor.ds().is_some())
        .map(|anchor| (anchor.key_tag().unwrap(), anchor.window().0.0, anchor.window().1.0))
        .collect();
    let never = u64::MAX;
    assert_eq!(
        windows,
        [(19036, 1_279_152_000, 1_547_164_800), (20326, 1_485_993_600, never), (38696, 1_721_260_800, never),]
    );
    assert_eq!(shown(&xml.at(Time(1_300_000_000))), [". 19036 DS"]);
    assert_eq!(shown(&xml.at(Time(0))), [] as [&str; 0]);
}

/// Written in each form and read again, every anchor that the form has a place for is there.
#[test]
fn round_trips() {
    let all = ["root.ds", "root.key", "trust-anchors.conf", "unbound.conf", "systemd.negative", "itar-anchors.mf"];
    for source in all {
        let anchors = Anchors::parse(&file(source)).unwrap();
        for format in Format::ALL {
            let written = anchors.write(format, &Ring);
            if written.text.is_empty() {
                assert_eq!(written.left_out.len(), anchors.entries().len(), "{source} as {format}");
                continue;
            }
            let again = anchor::read(&written.text, "again");
            assert_eq!((again.format, again.broken.as_slice()), (format, &[] as &[_]), "{source}:\n{}", written.text);
            let left_out = |entry: &&Entry| !written.left_out.iter().any(|left_out| left_out.entry == **entry);
            let mut kept: Vec<(NameBuf, Option<Type>, Vec<u8>)> = Vec::new();
            for entry in anchors.entries().iter().filter(left_out) {
                kept.push((entry.anchor().zone().to_buf(), entry.rtype(), entry.rdata().to_vec()));
            }
            // XML has a digest for each key.
            let digest = format == Format::Xml;
            let read = again.anchors.entries().iter().filter(|entry| {
                !digest
                    || entry.rtype() == Some(Type::DNSKEY)
                    || kept.iter().any(|(_, _, rdata)| rdata == entry.rdata())
            });
            let mut read: Vec<_> =
                read.map(|entry| (entry.anchor().zone().to_buf(), entry.rtype(), entry.rdata().to_vec())).collect();
            let key =
                |(zone, rtype, rdata): &(NameBuf, Option<Type>, Vec<u8>)| (zone.to_string(), *rtype, rdata.clone());
            read.sort_by_key(key);
            kept.sort_by_key(key);
            kept.dedup();
            assert_eq!(read, kept, "{source} as {format}:\n{}", written.text);
        }
    }
    // Who is to be followed stays who is to be followed.
    let bind = Anchors::parse(&file("trust-anchors.conf")).unwrap();
    let again = Anchors::parse(&bind.write(Format::Bind, &Ring).text).unwrap();
    let mut expected = shown(&bind);
    expected.sort();
    let mut read = shown(&again);
    read.sort();
    assert_eq!(read, expected);
    // And so do the times, in the form that has them.
    let xml = Anchors::parse(&file("root-anchors.xml")).unwrap();
    let again = Anchors::parse(&xml.write(Format::Xml, &Ring).text).unwrap();
    assert_eq!(shown(&again), shown(&xml));
    let windows = |anchors: &Anchors| anchors.iter().map(|anchor| anchor.window()).collect::<Vec<_>>();
    assert_eq!(windows(&again), windows(&xml));
}

/// A form that has one zone has the keys of it, each once.
#[test]
fn forms_with_one_zone() {
    let mut mixed = Anchors::default();
    mixed.add_negative(name("corp"));
    mixed.extend(&Anchors::parse(&file("root.ds")).unwrap());
    let written = mixed.write(Format::Autotrust, &Ring);
    assert_eq!(shown(&Anchors::parse(&written.text).unwrap()), [". 20326 DS+", ". 38696 DS+"]);
    let left_out: Vec<String> = written.left_out.iter().map(ToString::to_string).collect();
    assert_eq!(left_out, ["left out of the negative anchor corp.: all of it: the form has one zone"]);
    // A key stands beside its digest.
    let xml = Anchors::parse(&file("root-anchors.xml")).unwrap();
    assert_eq!(xml.write(Format::Xml, &Ring).text.matches("<KeyDigest").count(), 3);
    // A digest of it that another zone has is none of it.
    let mut apart = Anchors::parse(&file("root.key")).unwrap();
    let digest = Anchors::parse(&file("root.ds")).unwrap().entries()[0].rdata().to_vec();
    apart.add(Entry::new(name("example"), Type::DS, digest).unwrap());
    let written = apart.write(Format::Xml, &Ring);
    let again = shown(&Anchors::parse(&written.text).unwrap());
    assert_eq!(again, [". 20326 DS", ". 20326 DNSKEY", ". 38696 DS", ". 38696 DNSKEY"]);
    assert_eq!(written.left_out.len(), 1);
}

/// Nothing is written that would say more than the set does.
#[test]
fn no_form_widens_an_anchor() {
    let root = Anchors::parse(&file("root.ds")).unwrap();
    let scoped = root.within(&name("example"));
    let timed = root.valid(Time(5), Time(9));
    for format in Format::ALL {
        let written = scoped.write(format, &Ring);
        assert_eq!(written.left_out.len(), 2, "{format}");
        assert!(anchor::read(&written.text, "").anchors.is_empty(), "{format}: {}", written.text);
        let written = timed.write(format, &Ring);
        let read = anchor::read(&written.text, "").anchors;
        match format {
            Format::Xml => assert!(read.iter().all(|anchor| anchor.window() == (Time(5), Time(9)))),
            _ => assert!(read.is_empty() && written.left_out.len() == 2, "{format}"),
        }
    }
    assert_eq!(
        scoped.write(Format::Records, &Ring).left_out[0].to_string(),
        "left out of . key 20326: all of it: the form has no place for its scope"
    );
}

const DIGEST: &str = "E06D44B80B8F1D39A95C0B0D7C65D08458E880409BBC683457104237C7F8EC8D";

/// Each with one good entry, which is not lost, and a broken one.
#[test]
fn broken_entries_name_file_line_and_cause() {
    let good_record = format!(". DS 20326 8 2 {DIGEST}\n");
    let records: &[(&str, &str)] = &[
        ("example. A 192.0.2.1", "f:2: the record is A: expected DS or DNSKEY"),
        ("example. DS 1 13 2 0011", "f:2: the SHA-256 digest has 2 octets: expected 32"),
        ("example. DS 1 13 9", "f:2: there is no digest"),
        ("example. DS 70000 13 2 00", "f:2: expected a number up to 65535"),
        ("example. DS 1 13 2 xyz", "f:2: expected hexadecimal digits"),
        ("example. CH DS 1 13 9 00", "f:2: expected class IN"),
        ("example. DNSKEY 0 3 13 AAAA", "f:2: no zone key: flags 0, protocol 3 (expected 256 or 257, and 3)"),
        ("example. DNSKEY 257 2 13 AAAA", "f:2: no zone key: flags 257, protocol 2 (expected 256 or 257, and 3)"),
        ("example. DNSKEY 385 3 13 AAAA", "f:2: key 1166 is revoked"),
        ("example. DNSKEY 257 3 13 A", "f:2: expected base64"),
        ("example. DNSKEY 257 3 13", "f:2: there is no key"),
        ("example. DNSKEY 257 3 13 ( AAAA", "f:2: ( has no partner"),
        ("exa..mple. DS 1 13 9 00", "f:2: name: empty label"),
        ("$INCLUDE other.ds", "f:2: $INCLUDE is not followed"),
        ("just words", "f:2: expected a type"),
    ];
    for (line, expected) in records {
        let text = format!("{good_record}{line}\n; and on\norg. DS 1 13 9 AB\n");
        check(&text, Format::Records, expected, 2);
    }
    let bind: &[(&str, &str)] = &[
        ("example. static-ds 1 13 2 \"0011\";", "f:3: the SHA-256 digest has 2 octets: expected 32"),
        ("example. static-ds 1 13 \"00\";", "f:3: expected three numbers and a key or a digest"),
        ("example. static-ds 1 13 2;", "f:3: expected three numbers and a key or a digest"),
        (
            "example. static 1 13 2 \"00\";",
            "f:3: expected static-key, initial-key, static-ds or initial-ds after the name",
        ),
        ("example. static-ds one 13 2 \"00\";", "f:3: expected three numbers and a key or a digest"),
        ("example. static-ds 1 13 2 \"00) ; (\";", "f:3: expected three numbers and a key or a digest"),
        ("example. static-ds 1 999 2 \"00\";", "f:3: expected an algorithm"),
        ("example. initial-key 257 3 13 \"A\";", "f:3: expected base64"),
        ("exa..mple. static-ds 1 13 9 \"00\";", "f:3: name: empty label"),
        ("example. static-key 385 3 13 \"AAAA\";", "f:3: key 1166 is revoked"),
        ("example. static-ds { 1; };", "f:3: expected an entry that ends with ; and has no { in it"),
        ("example. static-ds 1 13 9 \"00;", "f:3: \" has no partner"),
    ];
    for (line, expected) in bind {
        let text = format!("trust-anchors {{\n . static-ds 20326 8 2 \"{DIGEST}\";\n {line}\n");
        let rest = if line.ends_with("};") { "" } else { "org. static-ds 1 13 9 \"AB\";\n};\n" };
        let rest = if line.ends_with("\"00;") { ";\norg. static-ds 1 13 9 \"AB\";\n};\n" } else { rest };
        check(&format!("{text}{rest}"), Format::Bind, expected, if rest.is_empty() { 1 } else { 2 });
    }
    check(
        "managed-keys { . 257 3 8 \"AAAA\"; };",
        Format::Bind,
        "f:1: expected initial-key or static-key after the name",
        0,
    );
    // What BIND calls so had keys only.
    for method in ["static-ds", "initial-ds"] {
        let text = format!("managed-keys {{ . {method} 20326 8 2 \"{DIGEST}\"; }};");
        check(&text, Format::Bind, "f:1: expected initial-key or static-key after the name", 0);
    }
    check("trusted-keys { . 257 3 8 \"AAAA\";", Format::Bind, "f:1: { has no partner", 1);
    check("trust-anchors { . static-ds 1 8 9 \"00\" };", Format::Bind, "f:1: expected ; before }", 0);
    let unbound: &[(&str, &str)] = &[
        ("trust-anchor: \"example. DS 1 13 2 00\"", "f:3: the SHA-256 digest has 1 octets: expected 32"),
        ("trust-anchor: \"example. DS 1 13 9 00", "f:3: \" has no partner"),
        ("trust-anchor: \"\"", "f:3: expected one DS or DNSKEY record"),
        ("trust-anchor: \"example. A 192.0.2.1\"", "f:3: the record is A: expected DS or DNSKEY"),
        ("domain-insecure: \"a..b\"", "f:3: name: empty label"),
        ("trust-anchor-file: \"/etc/root.key\"", "f:3: the anchors are in another file: read /etc/root.key itself"),
        ("auto-trust-anchor-file: root.key # here", "f:3: the anchors are in another file: read root.key itself"),
    ];
    for (line, expected) in unbound {
        let text = format!("server:\n trust-anchor: \". DS 20326 8 2 {DIGEST}\"\n {line}\n domain-insecure: lan\n");
        check(&text, Format::Unbound, expected, 2);
    }
    check("corp\na..b\nlan\n", Format::Negative, "f:2: name: empty label", 2);
    let state = format!(";;id: . 1\n. 0 IN DS 20326 8 2 {DIGEST} ;;state=2 ;;count=0 ;;lastchange=0\n");
    for (line, expected) in [
        (". 0 IN DS 1 8 2 00 ;;state=2 ;;count=0 ;;lastchange=0", "f:3: the SHA-256 digest has 1 octets: expected 32"),
        (". 0 IN DS 1 8 9 00", "f:3: expected ;;state= behind the key"),
        (". 0 IN DS 1 8 9 00 ;;state=7", "f:3: expected a state from 0 to 5"),
        (". 0 IN DS 1 8 9 00 ;;state=1", "f:3: expected a DNSKEY record"),
        ("org. 0 IN DS 1 8 9 00 ;;state=2", "f:3: expected keys of one zone"),
        (";;last_success: soon", "f:3: expected a number"),
    ] {
        check(&format!("{state}{line}\n"), Format::Autotrust, expected, 1);
    }
}

/// What is behind a parenthesis that nobody closes is read again, from the second line of its entry on.
#[test]
fn lines_are_counted_right_where_reading_goes_back() {
    let text = format!("example. DS ( 1 13\njust words\n9 00 ) (\n. DS 20326 8 2 {DIGEST}\n");
    let reading = anchor::read(&text, "f");
    let told: Vec<String> = reading.broken.iter().map(ToString::to_string).collect();
    assert_eq!(told, ["f:3: ( has no partner", "f:2: expected a type", "f:3: ) has no partner"]);
    assert_eq!(shown(&reading.anchors), [". 20326 DS"]);
    assert_eq!(Anchors::parse("").unwrap_err().to_string(), "there is no trust anchor");
}

fn check(text: &str, format: Format, expected: &str, left: usize) {
    let reading = anchor::read(text, "f");
    assert_eq!(reading.format, format, "{text}");
    let told: Vec<String> = reading.broken.iter().map(ToString::to_string).collect();
    assert_eq!(told.first().map(String::as_str), Some(expected), "{text}");
    assert_eq!(reading.anchors.entries().len(), left, "{text}: {told:?}");
    assert_eq!(reading.strict().unwrap_err().to_string(), expected);
}

#[test]
fn broken_xml() {
    let good = format!(
        "<?xml version=\"1.0\"?>\n<TrustAnchor id=\"A\" source=\"s\">\n<Zone>.</Zone>\n<!-- the one of 2017 -->\n\
         <KeyDigest id=\"K\" validFrom=\"2017-02-02T00:00:00+00:00\">\n<KeyTag>20326</KeyTag><Algorithm>8</Algorithm>\
         <DigestType>2</DigestType><Digest>{DIGEST}</Digest>\n</KeyDigest>\n"
    );
    let element =
        |attributes: &str, inner: &str| format!("{good}<KeyDigest {attributes}>{inner}</KeyDigest>\n</TrustAnchor>\n");
    let from = "validFrom=\"2024-07-18T00:00:00\"";
    let digest = "<KeyTag>1</KeyTag><Algorithm>8</Algorithm><DigestType>9</DigestType><Digest>AB</Digest>";
    assert_eq!(anchor::read(&element(from, digest), "f").strict().unwrap().entries().len(), 2, "a time without offset");
    let before = element(from, digest).replace("<Zone>", "<Comment>org</Comment>\n<Zone>");
    assert_eq!(shown(&anchor::read(&before, "f").anchors), [". 20326 DS", ". 1 DS"], "only Zone is the zone");
    let numbers = "f:8: expected KeyTag, Algorithm, DigestType and Digest; PublicKey and Flags together";
    for (attributes, inner, expected) in [
        ("", digest.to_owned(), "f:8: expected validFrom"),
        (
            "validFrom=\"yesterday\"",
            digest.to_owned(),
            "f:8: expected a time such as 2024-07-18T00:00:00+00:00 in validFrom and validUntil",
        ),
        (from, digest.replace("<KeyTag>1</KeyTag>", ""), numbers),
        (from, digest.replace(">1<", ">one<"), numbers),
        (from, digest.replace(">9<", ">2<"), "f:8: the SHA-256 digest has 1 octets: expected 32"),
        (from, digest.replace("AB", "XY"), "f:8: expected hexadecimal digits"),
        (from, digest.replace("AB", "AB) ("), numbers),
        (from, digest.replace(">8<", ">800<"), "f:8: expected an algorithm"),
    ] {
        check(&element(attributes, &inner), Format::Xml, expected, 1);
    }
    // A key beside its digest.
    for (key, expected) in [
        ("<PublicKey>AAAA</PublicKey>", numbers),
        ("<PublicKey>AAAA</PublicKey><Flags>257</Flags>", "f:8: expected a PublicKey with the tag that KeyTag says"),
        ("<PublicKey>A</PublicKey><Flags>257</Flags>", "f:8: expected base64"),
    ] {
        check(&element(from, &format!("{digest}{key}")), Format::Xml, expected, 2);
    }
    // What is not well-formed, or is more than XML without a DTD, keeps what stands before it.
    for rest in ["<KeyDigest", "<Key></Digest>", "&lol;", "</TrustAnchor></TrustAnchor>", "<!DOCTYPE x>", ""] {
        let reading = anchor::read(&format!("{good}{rest}"), "f");
        let told = reading.broken.first().map(ToString::to_string).unwrap_or_default();
        assert!(told.starts_with("f:8: the XML is not well-formed: "), "{rest}: {told:?}");
        assert_eq!(reading.anchors.entries().len(), 1, "{rest}");
    }
    let bomb = "<!DOCTYPE z [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;&a;\">]><TrustAnchor>&b;</TrustAnchor>";
    assert!(anchor::read(bomb, "f").strict().is_err());
}

#[test]
fn sets_are_values() {
    let root = Anchors::parse(&file("root.ds")).unwrap();
    let mut more = root.clone();
    more.add_negative(name("corp"));
    assert_eq!((root.entries().len(), more.entries().len()), (2, 3));
    assert_eq!(root.union(&more).entries().len(), 3, "nothing stands twice");
    // What comes first stays, where it is.
    let line = |zone: &str, digit: char| format!("{zone} DS 1 8 2 {}\n", digit.to_string().repeat(64));
    let [a, b, c] = [line("a.", '3'), line("B.", '2'), line("c.", '1')];
    let set =
        anchor::read(&[&b, &c, &b.to_lowercase(), &a, &line("b.", '3'), &a].map(String::as_str).concat(), "f").anchors;
    let entries = set.entries().iter().map(|entry| (entry.anchor().zone().to_string(), entry.source().to_string()));
    let expected = [("B.", "f:1"), ("c.", "f:2"), ("a.", "f:4"), ("b.", "f:5")];
    assert_eq!(entries.collect::<Vec<_>>(), expected.map(|(zone, line)| (zone.to_string(), line.to_string())));
    assert_eq!(more.of_zone(&name(".").as_name()).entries().len(), 2);
    // A restriction only narrows.
    let below = more.within(&name("corp")).within(&name("a.corp"));
    let scopes = |anchors: &Anchors| {
        anchors.iter().map(|anchor| anchor.scope().map(|scope| scope.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(scopes(&below), [Some("a.corp.".to_owned()), Some("a.corp.".to_owned()), Some("a.corp.".to_owned())]);
    assert_eq!(scopes(&below.within(&name("corp"))), scopes(&below), "and never widens");
    assert!(below.within(&name("b.corp")).is_empty());
    let timed = root.valid(Time(10), Time(20)).valid(Time(0), Time(15));
    assert!(timed.iter().all(|anchor| anchor.window() == (Time(10), Time(15))));
    assert_eq!(root.entries()[0].source().line, 1);
    assert!(root.noted("why").iter().all(|anchor| anchor.note() == "why"));
}

#[test]
fn random_octets_are_never_a_panic() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for source in
        ["trust-anchors.conf", "unbound.conf", "root-anchors.xml", "itar-anchors.mf", "root.key", "systemd.negative"]
    {
        let whole = file(source).into_bytes();
        for _ in 0..200 {
            let mut octets = whole.clone();
            for _ in 0..1 + random() % 4 {
                let at = usize::try_from(random()).unwrap() % octets.len();
                match random() % 3 {
                    0 => octets[at] = b" \n\"';{}()<>&#/*\\.0A"[usize::try_from(random() % 19).unwrap()],
                    1 => octets.truncate(at.max(1)),
                    _ => drop(octets.remove(at)),
                }
                if octets.is_empty() {
                    octets.push(b'x');
                }
            }
            let reading = anchor::read(&String::from_utf8_lossy(&octets), "f");
            // Whatever was read can be written.
            for format in Format::ALL {
                let written = reading.anchors.write(format, &Ring);
                let again = anchor::read(&written.text, "again");
                assert!(again.broken.is_empty(), "{source} as {format}: {:?}\n{}", again.broken, written.text);
            }
        }
    }
}

/// A text is known by its first character, and zones may be called anything.
#[test]
fn names_that_look_like_another_form() {
    for name in ["<.", "<xml.", "<a.b.", "#.", "{."] {
        let text = format!("\\{name} IN DS 1 8 2 {}\n", "0A".repeat(32));
        let reading = anchor::read(&text, "f");
        assert_eq!((reading.format, reading.broken.len(), reading.anchors.entries().len()), (Format::Records, 0, 1));
        let written = reading.anchors.write(Format::Records, &Ring);
        let again = anchor::read(&written.text, "again");
        assert!(again.broken.is_empty(), "{}: {:?}", written.text, again.broken);
        assert_eq!(again.anchors.entries()[0].anchor().zone(), reading.anchors.entries()[0].anchor().zone(), "{text}");
    }
}
