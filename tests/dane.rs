//! DANE: which certificates fit which TLSA records (the rows of `vectors/dane`, on which `openssl s_client` agrees), and
//! what is known of endpoints in each situation of RFC 7671 to 7673.

use std::path::Path;
use std::sync::Arc;

use dnsproof::binding::{Authorities, Rules, certificates};
use dnsproof::codes::Type;
use dnsproof::dane::{Decision, Discovery, Hop, MismatchCause, NoDane, Plan, Progress, Requirement, usable};
use dnsproof::lookup::{Answered, Security};
use dnsproof::name::NameBuf;
use dnsproof::time::{Clock, Time};
use dnsproof::wire::rdata::Tlsa;
use rustls_pki_types::CertificateDer;

const NOW: Time = Time(1_795_435_200);

fn name(text: &str) -> NameBuf {
    text.parse().unwrap()
}

fn pem(file: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors/dane").join(file);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn certificate(file: &str) -> CertificateDer<'static> {
    certificates(&pem(&format!("{file}.pem")), &Rules::standard()).unwrap().remove(0)
}

/// `3 1 1 00112233`
fn record(text: &str) -> (u8, u8, u8, Vec<u8>) {
    let words: Vec<&str> = text.split(' ').collect();
    let data = words[3].trim_matches('-');
    let data = data_encoding::HEXLOWER_PERMISSIVE.decode(data.as_bytes()).unwrap();
    (words[0].parse().unwrap(), words[1].parse().unwrap(), words[2].parse().unwrap(), data)
}

fn word(cause: &MismatchCause) -> &'static str {
    match cause {
        MismatchCause::NotPresented => "not-presented",
        MismatchCause::Path(_) => "path",
        MismatchCause::OtherCa(_) => "other-ca",
        MismatchCause::Ended => "ended",
        MismatchCause::NotTried => "not-tried",
    }
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# MUST be found in any of the PKIX certification paths for the end entity certificate given by the server in TLS.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# The presented certificate MUST pass PKIX certification path validation, and a CA certificate that matches the TLSA
//# record MUST be included as part of a valid certification path.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# MUST be matched with the end entity certificate given by the server in TLS.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# The target certificate MUST pass PKIX certification path validation and MUST match the TLSA record.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# MUST be used as the trust anchor when validating the end entity certificate given by the server in TLS.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# The target certificate MUST pass PKIX certification path validation, with any certificate matching the TLSA record
//# considered to be a trust anchor for this certification path validation.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# MUST match the end entity certificate given by the server in TLS.
//= https://www.rfc-editor.org/rfc/rfc6698#section-2.1.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# The target certificate MUST match the TLSA record.
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# If a certificate association contains a certificate usage, selector, or matching type that is not understood by the
//# TLS client, that certificate association MUST be considered unusable.
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# If the comparison data for a certificate is malformed, the certificate association MUST be considered unusable.
//= https://www.rfc-editor.org/rfc/rfc6698#section-6
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# TLS clients conforming to this specification MUST be able to correctly interpret TLSA records with certificate
//# usages 0, 1, 2, and 3.
//= https://www.rfc-editor.org/rfc/rfc6698#section-6
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# TLS clients conforming to this specification MUST be able to compare a certificate association with a certificate
//# from the TLS handshake using selector types 0 and 1, and matching type 0 (no hash used) and matching type 1
//# (SHA-256), and SHOULD be able to make such comparisons with matching type 2 (SHA-512).
//= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# With the exception of TLSA certificate usage DANE-EE(3), where name checks are not applicable (see Section 5.1),
//# DANE clients MUST verify that the client has reached the correct server by checking that the server name is listed
//# in the server certificate's SAN or CN (when still supported).
//= https://www.rfc-editor.org/rfc/rfc7671#section-14
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# when PKIX-TA(0) and PKIX-EE(1) are supported by the application protocol, clients MUST implement these certificate
//# usages as described in [RFC6698] and this document.
//= https://www.rfc-editor.org/rfc/rfc7671#section-4.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# However, if usable secure TLSA records are published, then authentication MUST succeed.
//= https://www.rfc-editor.org/rfc/rfc7671#section-5.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# The server MUST be considered authenticated even if none of the names in the certificate match the client's
//# reference identity for the server.
//= https://www.rfc-editor.org/rfc/rfc7671#section-5.1
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# Also, with DANE-EE(3), the expiration date of the server certificate MUST be ignored.
//= https://www.rfc-editor.org/rfc/rfc7671#section-5.2.2
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# This is also the only type of DANE-TA(2) record for which the client MUST be able to verify the server's certificate
//# chain even if the TA certificate appears only in DNS and is absent from the TLS handshake server certificate
//# message.
//= https://www.rfc-editor.org/rfc/rfc7671#section-9
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# For each usage and selector, the client SHOULD process only any usable records with a matching type of Full(0) and
//# the usable records whose digest algorithm is considered by the client to be the strongest
//= https://www.rfc-editor.org/rfc/rfc7673#section-4.2
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# If the client received one or more usable TLSA certificate associations, it SHALL process them as described in
//# Section 2.1 of [RFC6698].
//= https://www.rfc-editor.org/rfc/rfc7673#section-4.2
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# If the TLS server's certificate -- or the public key of the server's certificate -- matches a usable TLSA record
//# with certificate usage DANE-EE, the client MUST ignore validation checks from [RFC5280] and reference identifier
//# checks from [RFC6125].
//= https://www.rfc-editor.org/rfc/rfc9102#section-7
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# Clients that implement DANE-EE(3) and DANE-TA(2) MUST implement the relevant updates in [RFC7671].
//= https://www.rfc-editor.org/rfc/rfc9102#section-7
//= type=test
//= reason=rows of vectors/dane/rows.tsv
//# This RRset MUST NOT be used beyond its received TTL.
#[test]
fn rows() {
    let text = String::from_utf8(pem("rows.tsv")).unwrap();
    let (mut good, mut bad) = (0, 0);
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [title, chain, records, names, ca, wanted, _] = columns[..] else { panic!("{line}") };
        let chain: Vec<_> = chain.split(' ').map(certificate).collect();
        let records: Vec<_> = records.split("; ").map(record).collect();
        let records: Vec<Tlsa<'_>> = records
            .iter()
            .map(|(usage, selector, matching_type, data)| Tlsa {
                usage: *usage,
                selector: *selector,
                matching_type: *matching_type,
                data,
            })
            .collect();
        let (associations, unusable) = usable(&records, true);
        if associations.is_empty() {
            assert_eq!((wanted, unusable.len()), ("unusable", records.len()), "{title}");
            bad += 1;
            continue;
        }
        let names: Vec<NameBuf> = names.split(' ').map(name).collect();
        let requirement =
            Requirement { associations, sni: names[0], names, service: None, valid_until: Time(NOW.0 + 300) };
        let authorities = match ca {
            "-" => Authorities::none(),
            ca => Authorities::parse(&pem(&format!("{ca}.pem"))).unwrap(),
        };
        match requirement.check(&chain, &authorities, NOW.into()) {
            Ok(found) => {
                good += 1;
                assert_eq!(found.association.to_string(), wanted, "{title}");
                assert_eq!(found.name.is_none(), found.association.usage == 3, "{title}");
                assert!(found.valid_until <= Time(NOW.0 + 300), "{title}");
            }
            Err(mismatch) => {
                bad += 1;
                assert_eq!(word(&mismatch.why[0].1), wanted, "{title}: {mismatch}");
            }
        }
        // Records that hold no more authenticate nobody, whatever they say.
        let late = Clock::exact(Time(NOW.0 + 301));
        assert!(requirement.check(&chain, &authorities, late).is_err(), "{title}");
        assert!(requirement.check(&[], &authorities, NOW.into()).is_err(), "{title}");
    }
    assert!(good > 40 && bad > 40, "{good} good, {bad} bad");
}

#[test]
fn mail_servers_have_no_public_ca() {
    let data = [0; 32];
    let tlsa = |usage| Tlsa { usage, selector: 1, matching_type: 1, data: &data };
    let (found, others) = usable(&[tlsa(0), tlsa(1), tlsa(2), tlsa(3)], false);
    assert_eq!(found.iter().map(|association| association.usage).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(others.len(), 2);
}

// What is known of endpoints. An answer is written as `security`, or `security: records`; `briefly` is secure, for 7 seconds.

fn answered(name: &NameBuf, rtype: Type, text: &str) -> Answered {
    let (security, records) = text.split_once(": ").unwrap_or((text, ""));
    let (security, alias) = match security.split_once('>') {
        Some((security, end)) => (security, Some(end)),
        None => (security, None),
    };
    let brief = security == "briefly";
    let security = match security {
        "secure" | "briefly" => Security::Secure,
        "insecure" => Security::Insecure,
        "bogus" => Security::Bogus,
        "missing" => Security::Indeterminate,
        other => panic!("{other}"),
    };
    let end = alias.map_or(*name, self::name);
    let rdata = |text: &str| -> Vec<u8> {
        let words: Vec<&str> = text.split(' ').collect();
        let number = |word: &str| word.parse::<u16>().unwrap().to_be_bytes();
        match rtype {
            Type::A => text.parse::<std::net::Ipv4Addr>().unwrap().octets().to_vec(),
            Type::AAAA => text.parse::<std::net::Ipv6Addr>().unwrap().octets().to_vec(),
            Type::MX => [&number(words[0]), self::name(words[1]).as_wire()].concat(),
            Type::SRV => [&number(words[0]), &number("0"), &number(words[1]), self::name(words[2]).as_wire()].concat(),
            Type::CNAME => self::name(text).as_wire().to_vec(),
            Type::TLSA => {
                let (usage, selector, matching_type, data) = record(&format!("{text} {}", "00".repeat(32)));
                [&[usage, selector, matching_type], data.as_slice()].concat()
            }
            other => panic!("{other}"),
        }
    };
    let records = records.split(", ").filter(|text| !text.is_empty()).map(rdata).collect();
    let reason = if security == Security::Secure { String::new() } else { "as the table says".to_owned() };
    let seconds = match rtype {
        _ if brief => 7,
        Type::A | Type::AAAA => 40,
        Type::TLSA => 50,
        _ => 60,
    };
    let valid_until = (security == Security::Secure).then_some(Time(NOW.0 + seconds));
    Answered { security, reason, code: None, end, aliased: alias.is_some(), records, valid_until }
}

/// Plays a discovery; a question that the table does not have is an error, and so is an answer that nobody asks for.
fn play(mut discovery: Discovery, table: &[(&str, &str, &str)]) -> Plan {
    let mut left: Vec<_> = table.to_vec();
    loop {
        let open = match discovery.progress() {
            Progress::Done(plan) => {
                assert!(left.is_empty(), "nobody asked for {left:?}");
                return plan;
            }
            Progress::Ask(open) => open,
        };
        assert!(!open.is_empty());
        for (asked, rtype) in open {
            let index = left.iter().position(|(of, kind, _)| name(of) == asked && rtype.to_string() == **kind);
            let (.., text) = left.remove(index.unwrap_or_else(|| panic!("{asked} {rtype} is not to be asked")));
            discovery.answer(asked, rtype, answered(&asked, rtype, text));
        }
    }
}

fn told(decision: &Decision) -> String {
    match decision {
        Decision::Authenticate(requirement) => {
            let names: Vec<String> = requirement.names.iter().map(ToString::to_string).collect();
            format!("{} sni {} names {}", requirement.associations[0], requirement.sni, names.join(" "))
        }
        Decision::Encrypt(_) => "encrypt".to_owned(),
        Decision::NoDane(NoDane::InsecureHop) => "no dane: hop".to_owned(),
        Decision::NoDane(NoDane::InsecureAddresses) => "no dane: addresses".to_owned(),
        Decision::NoDane(NoDane::InsecureRecords) => "no dane: records".to_owned(),
        Decision::NoDane(NoDane::NoRecords) => "no dane: none".to_owned(),
        Decision::MustNotConnect(_) => "must not connect".to_owned(),
        Decision::Defer(_) => "defer".to_owned(),
    }
}

const A: &str = "secure: 192.0.2.1";
const SRV: (&str, &str, &str) = ("_xmpp-server._tcp.example.com", "SRV", "secure: 5 5269 example.net");
const TLSA: &str = "_5269._tcp.example.net";

fn srv(table: &[(&str, &str, &str)]) -> Plan {
    play(Discovery::srv("xmpp-server".parse().unwrap(), name("example.com")), table)
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# Determining whether a TLSA RRSet can be used MUST be based on the DNSSEC validation state (as defined in [RFC4033]).
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# A TLSA RRSet whose DNSSEC validation state is secure MUST be used as a certificate association for TLS unless a
//# local policy would prohibit the use of the specific certificate association in the secure TLSA RRSet.
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# If the DNSSEC validation state on the response to the request for the TLSA RRSet is bogus, this MUST cause TLS not
//# to be started or, if the TLS negotiation is already in progress, MUST cause the connection to be aborted.
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# A TLSA RRSet whose DNSSEC validation state is indeterminate or insecure cannot be used for TLS and MUST be
//# considered unusable.
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# If a certificate association contains a certificate usage, selector, or matching type that is not understood by the
//# TLS client, that certificate association MUST be considered unusable.
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# If an application has a configuration setting that has turned on TLSA use, or has any indication that TLSA is in use
//# (regardless of whether or not this is configurable), that application either MUST NOT start a TLS connection or it
//# MUST abort a TLS handshake if both of the two criteria above are not met.
//= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
//= type=test
//# if TLS encryption cannot be established, the client MUST NOT connect to the server.
//= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
//= type=test
//# If expecting TLS support when unusable TLSA records are published is realistic for the application in question, then
//# the application MUST avoid cleartext.
//= https://www.rfc-editor.org/rfc/rfc7671#section-3
//= type=test
//# TLS clients using DANE MUST support the SNI extension of TLS [RFC6066].
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.2
//= type=test
//# If a returned RRSet is "secure", the client MUST perform a TLSA query for that target server connection endpoint, as
//# described in the next section.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.2
//= type=test
//# If no returned RRsets are "secure", the client MUST NOT perform a TLSA query for that target server connection
//# endpoint; the TLSA query will most likely fail or produce spurious results.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.2
//= type=test
//# If the address record lookup fails (a validation status of either "bogus" or "indeterminate"), the client MUST NOT
//# connect to this connection endpoint; instead, it uses the next most appropriate SRV target.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
//= type=test
//# The client SHALL determine if the TLSA records returned in the previous step are usable according to Section 4.1 of
//# [RFC6698].
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
//= type=test
//# If the TLSA response is "secure" and usable, then the client MUST use TLS when connecting to the target server.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
//= type=test
//# If the TLSA response is "bogus" or "indeterminate" (or the lookup fails for reasons other than no records), then the
//# client MUST NOT connect to the target server (the client can still use other SRV targets).
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
//= type=test
//# If the TLSA response is "insecure" (or no TLSA records exist), then the client SHALL proceed as if the target server
//# had no TLSA records.
//= https://www.rfc-editor.org/rfc/rfc7673#section-4
//= type=test
//# When connecting to a server, the client MUST use TLS if the responses to the SRV and TLSA queries were "secure" as
//# described above.
//= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
//= type=test
//# If the client received zero usable TLSA certificate associations, it SHALL validate the server's TLS certificate
//# using the normal PKIX rules [RFC5280] or protocol-specific rules (e.g., following [RFC6125]) without further input
//# from the TLSA records.
//= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
//= type=test
//# The preferred name SHALL be chosen as follows, and the client SHALL verify the identity asserted by the server's
//# certificate according to Section 6 of [RFC6125], using a list of reference identifiers constructed as follows (note
//# again that in RFC 6125 the terms "source domain" and "derived domain" refer to the same things as "service domain
//# name" and "target server hostname" in this document).
//= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
//= type=test
//# SRV is secure: The reference identifiers SHALL include both the service domain name and the SRV target server
//# hostname (e.g., include both "im.example.com" and "xmpp23.hosting.example.net").
#[test]
fn endpoints_of_srv_records() {
    let only = |a: &str, aaaa: &str, tlsa: Option<&str>| {
        let mut table = vec![SRV, ("example.net", "A", a), ("example.net", "AAAA", aaaa)];
        table.extend(tlsa.map(|tlsa| (TLSA, "TLSA", tlsa)));
        let plan = srv(&table);
        assert_eq!(plan.hop, Hop::Secure(Time(NOW.0 + 60)));
        told(&plan.endpoints[0].decision)
    };
    // RFC 7673 section 3.2: addresses.
    let names = "3 1 1 sni example.com. names example.net. example.com.";
    assert_eq!(only(A, "secure", Some("secure: 3 1 1")), names);
    assert_eq!(only("secure", "secure: 2001:db8::1", Some("secure: 3 1 1")), names);
    assert_eq!(only("insecure: 192.0.2.1", "insecure", None), "no dane: addresses");
    assert_eq!(only(A, "insecure: 2001:db8::1", Some("secure: 3 1 1")), names);
    assert_eq!(only("bogus", "secure: 2001:db8::1", None), "must not connect");
    assert_eq!(only("missing", "secure: 2001:db8::1", None), "defer");
    assert_eq!(only(A, "bogus", None), "must not connect");
    assert_eq!(only(A, "missing", None), "defer");
    assert_eq!(only("secure", "secure", None), "defer");
    // Section 3.4: TLSA records.
    assert_eq!(only(A, "secure", Some("secure")), "no dane: none");
    assert_eq!(only(A, "secure", Some("insecure")), "no dane: records");
    assert_eq!(only(A, "secure", Some("insecure: 3 1 1")), "no dane: records");
    assert_eq!(only(A, "secure", Some("bogus")), "must not connect");
    assert_eq!(only(A, "secure", Some("missing")), "defer");
    assert_eq!(only(A, "secure", Some("secure: 9 9 9")), "encrypt");
    assert_eq!(only(A, "secure", Some("secure: 9 9 9, 3 1 1")), names);
    // Usages of the PKIX may be used here.
    assert_eq!(only(A, "secure", Some("secure: 1 1 1")), "1 1 1 sni example.com. names example.net. example.com.");
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-4
//= type=test
//# The TLS session that is to be set up MUST be for the specific port number and transport name that was given in the
//# TLSA query.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.1
//= type=test
//# For this specification to apply, the entire chain of DNS RRset(s) returned MUST be "secure" according to DNSSEC
//# validation (Section 5 of [RFC4035]).
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.1
//= type=test
//# If the SRV lookup fails because the RRset is "bogus" (or the lookup fails for reasons other than no records), the
//# client MUST abort its attempt to connect to the desired service.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.3
//= type=test
//# The client SHALL construct the TLSA query name as described in Section 3 of [RFC6698], based on the fields from the
//# SRV record: the port number from the SRV RDATA, the transport protocol from the SRV query name, and the TLSA base
//# domain from the SRV target server hostname.
#[test]
fn the_way_to_srv_targets() {
    // RFC 7673 section 3.1.
    let hop = |text: &str| srv(&[(SRV.0, "SRV", text)]);
    assert!(matches!(hop("bogus").hop, Hop::Bogus(_)));
    assert!(matches!(hop("missing").hop, Hop::Indeterminate(_)));
    assert_eq!(hop("briefly").hop, Hop::NoRecords(Time(NOW.0 + 7)));
    assert!(matches!(hop("insecure").hop, Hop::NoRecordsInsecure(_)));
    assert_eq!(hop("secure: 0 0 .").hop, Hop::NotOffered);
    for text in ["bogus", "missing", "secure", "insecure", "secure: 0 0 ."] {
        assert!(hop(text).endpoints.is_empty(), "{text}");
    }
    // An insecure way: no TLSA records are asked for, since they say nothing of example.com.
    let plan = srv(&[
        (SRV.0, "SRV", "insecure: 5 5269 example.net"),
        ("example.net", "A", A),
        ("example.net", "AAAA", "secure"),
    ]);
    assert_eq!(told(&plan.endpoints[0].decision), "no dane: hop");
    // Several targets, each for itself, the best one first.
    let plan = srv(&[
        (SRV.0, "SRV", "secure: 20 5269 b.example.net, 10 5270 a.example.net"),
        ("a.example.net", "A", A),
        ("a.example.net", "AAAA", "secure"),
        ("_5270._tcp.a.example.net", "TLSA", "missing"),
        ("b.example.net", "A", A),
        ("b.example.net", "AAAA", "secure"),
        ("_5269._tcp.b.example.net", "TLSA", "secure: 3 0 1"),
    ]);
    let decisions: Vec<_> = plan.endpoints.iter().map(|endpoint| (endpoint.port, told(&endpoint.decision))).collect();
    let second = "3 0 1 sni example.com. names b.example.net. example.com.".to_owned();
    assert_eq!(decisions, [(5270, "defer".to_owned()), (5269, second)]);
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-4
//= type=test
//# The TLS session that is to be set up MUST be for the specific port number and transport name that was given in the
//# TLSA query.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.3
//= type=test
//# The client SHALL construct the TLSA query name as described in Section 3 of [RFC6698], based on the fields from the
//# SRV record: the port number from the SRV RDATA, the transport protocol from the SRV query name, and the TLSA base
//# domain from the SRV target server hostname.
/// A question for another name is an error here.
#[test]
fn the_transport_is_that_of_the_service() {
    let names = "3 1 1 sni example.com. names sip.example.net. example.com.";
    for (service, tlsa) in [
        ("_sip._udp", "_5061._udp.sip.example.net"),
        ("_x._sctp", "_5061._sctp.sip.example.net"),
        ("_sips._tcp", "_5061._tcp.sip.example.net"),
    ] {
        let table = [
            (&*format!("{service}.example.com"), "SRV", "secure: 5 5061 sip.example.net"),
            ("sip.example.net", "A", A),
            ("sip.example.net", "AAAA", "secure"),
            (tlsa, "TLSA", "secure: 3 1 1"),
        ];
        let plan = play(Discovery::srv(service.parse().unwrap(), name("example.com")), &table);
        assert_eq!(told(&plan.endpoints[0].decision), names, "{service}");
    }
}

//= https://www.rfc-editor.org/rfc/rfc7671#section-7
//= type=test
//# When the TLSA base domain is the result of "secure" CNAME expansion, the resulting domain name MUST be used as the
//# HostName in the client's SNI extension and MUST be the primary reference identifier for peer certificate matching
//# with certificate usages other than DANE-EE(3).
//= https://www.rfc-editor.org/rfc/rfc7671#section-7
//= type=test
//# the preferred TLSA base domain SHOULD be derived from the fully expanded name and, failing that, SHOULD be the
//# initial domain name.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.2
//= type=test
//# If no returned RRsets are "secure", the client MUST NOT perform a TLSA query for that target server connection
//# endpoint; the TLSA query will most likely fail or produce spurious results.
#[test]
fn aliases() {
    // RFC 7671 section 7: where a secure alias leads to comes first, and then the name itself.
    let alias = "secure>host.provider.example: 192.0.2.1";
    let to = |first: &str, second: Option<&str>| {
        let mut table = vec![
            SRV,
            ("example.net", "A", alias),
            ("example.net", "AAAA", "secure>host.provider.example"),
            ("_5269._tcp.host.provider.example", "TLSA", first),
        ];
        table.extend(second.map(|text| (TLSA, "TLSA", text)));
        told(&srv(&table).endpoints[0].decision)
    };
    let expanded = "2 0 1 sni example.com. names host.provider.example. example.net. example.com.";
    assert_eq!(to("secure: 2 0 1", None), expanded);
    assert_eq!(to("secure", Some("secure: 2 0 1")), "2 0 1 sni example.com. names example.net. example.com.");
    assert_eq!(to("insecure", Some("secure: 2 0 1")), "2 0 1 sni example.com. names example.net. example.com.");
    assert_eq!(to("secure", Some("secure")), "no dane: none");
    assert_eq!(to("bogus", None), "must not connect");
    assert_eq!(to("missing", None), "defer");
    assert_eq!(to("secure", Some("missing")), "defer");
    // Unusable records are records: the first secure set counts.
    assert_eq!(to("secure: 9 9 9", None), "encrypt");
    // For SRV targets, RFC 7673 section 3.2 asks for no more where the addresses are insecure.
    let table =
        [SRV, ("example.net", "A", "insecure>host.provider.example: 192.0.2.1"), ("example.net", "AAAA", "insecure")];
    assert_eq!(told(&srv(&table).endpoints[0].decision), "no dane: addresses");
    // Where there was no alias, nothing but the name itself leads to TLSA records.
    let (host, mut discovery) = (name("example.net"), Discovery::host(name("example.net"), 443));
    let found = Answered { aliased: false, ..answered(&host, Type::A, alias) };
    discovery.answer(host, Type::A, found);
    discovery.answer(host, Type::AAAA, answered(&host, Type::AAAA, "secure"));
    assert_eq!(discovery.progress(), Progress::Ask(vec![(name("_443._tcp.example.net"), Type::TLSA)]));
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# If the DNSSEC validation state on the response to the request for the TLSA RRSet is bogus, this MUST cause TLS not
//# to be started or, if the TLS negotiation is already in progress, MUST cause the connection to be aborted.
//= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
//= type=test
//# DANE clients MUST send the SNI extension with a HostName value of the base domain of the TLSA RRset.
//= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
//= type=test
//# The primary server name used for this comparison MUST be the TLSA base domain; however, additional acceptable names
//# may be specified by protocol-specific DANE standards.
#[test]
fn endpoints_of_mail() {
    let mail = |table: &[(&str, &str, &str)]| play(Discovery::mx(name("example.com"), 25), table);
    let mx = ("example.com", "MX", "secure: 10 mx.example.net");
    let tlsa = "_25._tcp.mx.example.net";
    let only = |a: &str, more: &[(&str, &str, &str)]| {
        let mut table = vec![mx, ("mx.example.net", "A", a), ("mx.example.net", "AAAA", "secure")];
        table.extend(more);
        told(&mail(&table).endpoints[0].decision)
    };
    // RFC 7672 section 3.2.3: the base domain in SNI, and the next hop as a name that will do.
    let names = "3 1 1 sni mx.example.net. names mx.example.net. example.com.";
    assert_eq!(only(A, &[(tlsa, "TLSA", "secure: 3 1 1")]), names);
    assert_eq!(only(A, &[(tlsa, "TLSA", "missing")]), "defer");
    assert_eq!(only(A, &[(tlsa, "TLSA", "bogus")]), "must not connect");
    assert_eq!(only(A, &[(tlsa, "TLSA", "secure")]), "no dane: none");
    // Section 3.1.3: a public CA is of no use.
    assert_eq!(only(A, &[(tlsa, "TLSA", "secure: 1 1 1")]), "encrypt");
    assert_eq!(only(A, &[(tlsa, "TLSA", "secure: 0 0 1, 2 0 1")]), names.replace("3 1 1", "2 0 1"));
    // Section 2.2.2: a secure alias to an insecure place.
    let insecure = "insecure>mx.hosting.example: 192.0.2.1";
    let cname = |text| ("mx.example.net", "CNAME", text);
    assert_eq!(only(insecure, &[cname("secure: mx.hosting.example"), (tlsa, "TLSA", "secure: 3 1 1")]), names);
    assert_eq!(only(insecure, &[cname("insecure: mx.hosting.example")]), "no dane: addresses");
    // It is proved that there is no such alias.
    assert_eq!(only(insecure, &[cname("secure")]), "no dane: addresses");
    assert_eq!(only(insecure, &[cname("bogus")]), "must not connect");
    assert_eq!(only(insecure, &[cname("missing")]), "defer");
    assert_eq!(only("insecure: 192.0.2.1", &[]), "no dane: addresses");
    // Section 2.2.1, RFC 5321 section 5.1, RFC 7505.
    assert!(matches!(mail(&[("example.com", "MX", "missing")]).hop, Hop::Indeterminate(_)));
    assert!(matches!(mail(&[("example.com", "MX", "bogus")]).hop, Hop::Bogus(_)));
    assert_eq!(mail(&[("example.com", "MX", "secure: 0 .")]).hop, Hop::NotOffered);
    let implicit = mail(&[
        ("example.com", "MX", "secure"),
        ("example.com", "A", A),
        ("example.com", "AAAA", "secure"),
        ("_25._tcp.example.com", "TLSA", "secure: 3 1 1"),
    ]);
    assert_eq!(told(&implicit.endpoints[0].decision), "3 1 1 sni example.com. names example.com.");
    let insecure = mail(&[
        ("example.com", "MX", "insecure: 10 mx.example.net"),
        ("mx.example.net", "A", A),
        ("mx.example.net", "AAAA", "secure"),
    ]);
    assert_eq!(told(&insecure.endpoints[0].decision), "no dane: hop");
}

/// RFC 7672 section 3.2.2: the example, in which the next hop is an alias.
#[test]
fn where_a_next_hop_leads_to_is_a_name_that_will_do() {
    let mail = |mx: &str, tlsa: &str, addresses: &str| {
        let table = [
            ("exchange.example.org", "MX", mx),
            ("mx20.example.com", "A", addresses),
            ("mx20.example.com", "AAAA", addresses.split_once(": ").map_or("secure", |(security, _)| security)),
            (tlsa, "TLSA", "secure: 2 0 1"),
        ];
        let plan = play(Discovery::mx(name("exchange.example.org"), 25), &table);
        told(&plan.endpoints[0].decision)
    };
    let (mx, tlsa) = ("secure>example.com: 20 mx20.example.com", "_25._tcp.mx20.example.com");
    let names = "2 0 1 sni mx20.example.com. names mx20.example.com. exchange.example.org.";
    assert_eq!(mail(mx, tlsa, A), format!("{names} example.com."));
    assert_eq!(mail("secure: 20 mx20.example.com", tlsa, A), names);
    let names = "2 0 1 sni mxbackup.example.net. names mxbackup.example.net. mx20.example.com. exchange.example.org.";
    let (tlsa, alias) = ("_25._tcp.mxbackup.example.net", "secure>mxbackup.example.net: 198.51.100.20");
    assert_eq!(mail(mx, tlsa, alias), format!("{names} example.com."));
    // "if different from the original next-hop domain"
    let again = "secure>exchange.example.org: 20 mx20.example.com";
    assert_eq!(
        mail(again, "_25._tcp.mx20.example.com", A),
        "2 0 1 sni mx20.example.com. names mx20.example.com. exchange.example.org."
    );
    // Without MX records the addresses say where the next hop leads to.
    let table = [
        ("exchange.example.org", "MX", "secure>example.com"),
        ("exchange.example.org", "A", "secure>example.com: 192.0.2.10"),
        ("exchange.example.org", "AAAA", "secure>example.com"),
        ("_25._tcp.example.com", "TLSA", "secure: 2 0 1"),
    ];
    let plan = play(Discovery::mx(name("exchange.example.org"), 25), &table);
    assert_eq!(told(&plan.endpoints[0].decision), "2 0 1 sni example.com. names example.com. exchange.example.org.");
}

//= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
//= type=test
//# DANE clients MUST send the SNI extension with a HostName value of the base domain of the TLSA RRset.
//= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
//= type=test
//# The primary server name used for this comparison MUST be the TLSA base domain; however, additional acceptable names
//# may be specified by protocol-specific DANE standards.
//= https://www.rfc-editor.org/rfc/rfc7671#section-3
//= type=test
//# TLS clients using DANE MUST support the SNI extension of TLS [RFC6066].
//= https://www.rfc-editor.org/rfc/rfc7671#section-7
//= type=test
//# When the TLSA base domain is the result of "secure" CNAME expansion, the resulting domain name MUST be used as the
//# HostName in the client's SNI extension and MUST be the primary reference identifier for peer certificate matching
//# with certificate usages other than DANE-EE(3).
#[test]
fn one_host() {
    let host = |table: &[(&str, &str, &str)]| play(Discovery::host(name("www.example.com"), 443), table);
    let plan = host(&[
        ("www.example.com", "A", "secure>cdn.example.net: 192.0.2.1"),
        ("www.example.com", "AAAA", "secure>cdn.example.net"),
        ("_443._tcp.cdn.example.net", "TLSA", "secure: 3 1 1"),
    ]);
    assert_eq!(plan.hop, Hop::Direct);
    let decision = "3 1 1 sni cdn.example.net. names cdn.example.net. www.example.com.";
    assert_eq!(told(&plan.endpoints[0].decision), decision);
    assert_eq!(plan.endpoints[0].addresses, ["192.0.2.1".parse::<std::net::IpAddr>().unwrap()]);
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-8.2
//= type=test
//# If implementations cache the results of domain name lookups in order to achieve a performance improvement, they MUST
//# observe the TTL information reported by DNS.
//= https://www.rfc-editor.org/rfc/rfc9102#section-7
//= type=test
//# This RRset MUST NOT be used beyond its received TTL.
/// A requirement holds for as long as all that it follows from: the SRV records, the addresses or the alias that they are
/// found by, and the TLSA records.
#[test]
fn the_least_of_all_ends() {
    let until = |plan: Plan| match &plan.endpoints[0].decision {
        Decision::Authenticate(requirement) => requirement.valid_until.0 - NOW.0,
        other => panic!("{other:?}"),
    };
    let table = [SRV, ("example.net", "A", A), ("example.net", "AAAA", "secure"), (TLSA, "TLSA", "secure: 3 1 1")];
    assert_eq!(until(srv(&table)), 40);
    let table = [(SRV.0, "SRV", "briefly: 5 5269 example.net"), table[1], table[2], table[3]];
    assert_eq!(until(srv(&table)), 7);
    let table = [
        ("www.example.com", "A", "secure>cdn.example.net: 192.0.2.1"),
        ("www.example.com", "AAAA", "secure>cdn.example.net"),
        ("_443._tcp.cdn.example.net", "TLSA", "secure: 3 1 1"),
    ];
    assert_eq!(until(play(Discovery::host(name("www.example.com"), 443), &table)), 40);
    // And what is denied: MX records, and TLSA records where the alias leads.
    let table = [
        ("example.net", "MX", "briefly"),
        ("example.net", "A", A),
        ("example.net", "AAAA", "secure"),
        ("_25._tcp.example.net", "TLSA", "secure: 3 1 1"),
    ];
    assert_eq!(until(play(Discovery::mx(name("example.net"), 25), &table)), 7);
    let table = [
        ("www.example.com", "A", "secure>cdn.example.net: 192.0.2.1"),
        ("www.example.com", "AAAA", "secure>cdn.example.net"),
        ("_443._tcp.cdn.example.net", "TLSA", "briefly"),
        ("_443._tcp.www.example.com", "TLSA", "secure: 3 1 1"),
    ];
    assert_eq!(until(play(Discovery::host(name("www.example.com"), 443), &table)), 7);
    // The alias itself, where it leads to what is not signed.
    let table = [
        ("www.example.com", "A", "insecure>cdn.example.net: 192.0.2.1"),
        ("www.example.com", "AAAA", "insecure>cdn.example.net"),
        ("www.example.com", "CNAME", "briefly: cdn.example.net"),
        ("_443._tcp.www.example.com", "TLSA", "secure: 3 1 1"),
    ];
    assert_eq!(until(play(Discovery::host(name("www.example.com"), 443), &table)), 7);
}

/// A client that wants this of a server with this certificate.
fn ends(requirement: Requirement, server: &str) -> (rustls::ClientConfig, Arc<rustls::ServerConfig>) {
    let key = rustls_pki_types::PrivateKeyDer::try_from(key(&format!("{server}.key"))).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![certificate(server)], key).unwrap();
    let verifier = dnsproof::net::DaneVerifier::new(requirement, Authorities::none());
    (verifier.config().unwrap(), Arc::new(config))
}

/// Both ends of TLS in memory.
fn connect(
    client: &Arc<rustls::ClientConfig>,
    server: &Arc<rustls::ServerConfig>,
) -> Result<rustls::HandshakeKind, rustls::Error> {
    let sni = rustls_pki_types::ServerName::try_from("mail.example.net").unwrap();
    let mut client = rustls::ClientConnection::new(Arc::clone(client), sni).unwrap();
    let mut server = rustls::ServerConnection::new(Arc::clone(server)).unwrap();
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut octets = wire.as_slice();
        while !octets.is_empty() {
            server.read_tls(&mut octets).unwrap();
            server.process_new_packets()?;
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut octets = wire.as_slice();
        while !octets.is_empty() {
            client.read_tls(&mut octets).unwrap();
            client.process_new_packets()?;
        }
    }
    assert!(!client.is_handshaking() && !server.is_handshaking());
    Ok(client.handshake_kind().unwrap())
}

fn handshake(requirement: Requirement, server: &str) -> Result<(), rustls::Error> {
    let (client, server) = ends(requirement, server);
    connect(&Arc::new(client), &server).map(|_| ())
}

fn key(file: &str) -> Vec<u8> {
    pem::parse(pem(file)).unwrap().into_contents()
}

/// That the server has this certificate.
fn of(file: &str) -> Requirement {
    let der = certificate(file);
    let data = ring::digest::digest(&ring::digest::SHA256, &der).as_ref().to_vec();
    let tlsa = Tlsa { usage: 3, selector: 0, matching_type: 1, data: &data };
    let (associations, _) = usable(&[tlsa], true);
    // The verifier goes by the clock of TLS, which is that of the machine.
    let valid_until = Time(u64::MAX);
    let names = vec![name("mail.example.net")];
    Requirement { associations, sni: names[0], names, service: None, valid_until }
}

/// A session that is resumed asks no verifier, so that a server would go on when its TLSA records have ended.
#[test]
fn no_session_is_resumed() {
    use rustls::HandshakeKind::{Full, Resumed};
    let (client, server) = ends(of("self"), "self");
    let mut resuming = client.clone();
    resuming.resumption = rustls::client::Resumption::default();
    for (client, again) in [(client, Full), (resuming, Resumed)] {
        let client = Arc::new(client);
        assert_eq!(connect(&client, &server), Ok(Full));
        assert_eq!(connect(&client, &server), Ok(again));
    }
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# During the TLS handshake, if none of the certificate associations matches the certificate given by the TLS server,
//# the TLS client MUST abort the handshake.
//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//= type=test
//# If an application has a configuration setting that has turned on TLSA use, or has any indication that TLSA is in use
//# (regardless of whether or not this is configurable), that application either MUST NOT start a TLS connection or it
//# MUST abort a TLS handshake if both of the two criteria above are not met.
//= https://www.rfc-editor.org/rfc/rfc7671#section-3
//= type=test
//# This document specifies that TLS clients that support DANE/TLSA MUST support at least TLS 1.0 and SHOULD support TLS
//# 1.2 or later.
//= https://www.rfc-editor.org/rfc/rfc7671#section-5.1
//= type=test
//# Also, with DANE-EE(3), the expiration date of the server certificate MUST be ignored.
//= https://www.rfc-editor.org/rfc/rfc7673#section-4.2
//= type=test
//# If the TLS server's certificate -- or the public key of the server's certificate -- matches a usable TLSA record
//# with certificate usage DANE-EE, the client MUST ignore validation checks from [RFC5280] and reference identifier
//# checks from [RFC6125].
#[test]
fn a_verifier_for_rustls() {
    handshake(of("self"), "self").unwrap();
    // An expired certificate of its own is as good.
    handshake(of("self-expired"), "self-expired").unwrap();
    let error = handshake(of("self"), "leaf").unwrap_err();
    assert!(error.to_string().contains("NotPresented"), "{error}");
    handshake(of("leaf"), "self").unwrap_err();
    let ended = Requirement { valid_until: Time(1), ..of("self") };
    handshake(ended, "self").unwrap_err();
}
