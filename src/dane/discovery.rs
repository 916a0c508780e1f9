//! From a service to its endpoints, and what is known of each.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use super::{Association, Requirement, Unusable, usable};
use crate::codes::Type;
use crate::delegation::Service;
use crate::lookup::{Answered, Security};
use crate::name::{Name, NameBuf};
use crate::time::Time;
use crate::wire::rdata::{A, Aaaa, Mx, Srv, Tlsa};

/// Targets of one service that are looked at. More are no better.
const TARGETS: usize = 16;

/// Questions of the DNS.
type Questions = Vec<(NameBuf, Type)>;

/// How endpoints are found.
#[expect(clippy::large_enum_variant, reason = "there is one of it in a discovery")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// RFC 7673.
    Srv { service: Service },
    /// RFC 7672.
    Mx { port: u16 },
    /// RFC 6698 section 3.
    Host { port: u16 },
}

/// Finds the endpoints of a service, and what DANE says of each.
#[derive(Clone, Debug)]
pub struct Discovery {
    kind: Kind,
    source: NameBuf,
    answers: BTreeMap<(NameBuf, Type), Answered>,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The answers to these questions are needed; they may be asked at the same time.
    Ask(Vec<(NameBuf, Type)>),
    /// Nothing more.
    Done(Plan),
}

/// Where to connect, in this order, and on which terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plan {
    /// How the endpoints were found.
    pub hop: Hop,
    /// The endpoints, those with the best priority first.
    pub endpoints: Vec<Endpoint>,
}

/// How much the way from a service to its endpoints is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Hop {
    /// There is none: the host itself is the endpoint.
    Direct,
    /// The records are secure, until then.
    Secure(Time),
    /// The records are not signed: DANE says nothing of where they lead.
    Insecure(String),
    /// It is proved, until then, that there are no records; the service may be at the source itself.
    NoRecords(Time),
    /// There are no records as far as anybody says, and nobody proves it.
    NoRecordsInsecure(String),
    /// The records say that there is no such service.
    NotOffered,
    /// The answer does not hold: nobody must be connected to.
    Bogus(String),
    /// There is no answer: it is to be tried again later.
    Indeterminate(String),
}

/// One place to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The host, as the records name it.
    pub host: NameBuf,
    /// The port.
    pub port: u16,
    /// Less is better.
    pub priority: u16,
    /// Of several with the same priority, the share of each.
    pub weight: u16,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// On which terms.
    pub decision: Decision,
}

/// On which terms an endpoint may be connected to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    //= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
    //# If the TLSA response is "secure" and usable, then the client MUST use TLS when connecting to the target server.
    //= https://www.rfc-editor.org/rfc/rfc7673#section-4
    //# When connecting to a server, the client MUST use TLS if the responses to the SRV and TLSA queries were "secure"
    //# as described above.
    /// With TLS, and only if a TLSA record fits the server's certificates.
    Authenticate(Box<Requirement>),
    /// With TLS, since there are secure TLSA records; but none of them can be used, and something else has to
    /// authenticate the server (RFC 7672 section 2.2, RFC 7673 section 4.1).
    Encrypt(Vec<Unusable>),
    /// As if there were no DANE.
    NoDane(NoDane),
    /// Not at all: an answer does not hold.
    MustNotConnect(String),
    /// Not now: an answer is missing.
    Defer(String),
}

/// Why DANE says nothing of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoDane {
    /// The records that lead to it are not secure.
    InsecureHop,
    /// Its addresses are not secure.
    InsecureAddresses,
    /// Its TLSA records, or that there are none, are not secure.
    InsecureRecords,
    /// It is proved that there are none.
    NoRecords,
}

impl fmt::Display for NoDane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InsecureHop => "the records that lead there are not secure",
            Self::InsecureAddresses => "its addresses are not secure",
            Self::InsecureRecords => "its TLSA records are not secure",
            Self::NoRecords => "it is proved that there are no TLSA records",
        })
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Authenticate(requirement) => {
                let records: Vec<String> = requirement.associations.iter().map(Association::to_string).collect();
                write!(f, "one of the TLSA records has to fit: {}", records.join(", "))
            }
            Self::Encrypt(_) => f.write_str("only with TLS; there are TLSA records, and none can be used"),
            Self::NoDane(why) => write!(f, "no DANE here: {why}"),
            Self::MustNotConnect(why) => write!(f, "must not be connected to: {why}"),
            Self::Defer(why) => write!(f, "not to be connected to now: {why}"),
        }
    }
}

/// Something that is open or has failed.
enum Stop {
    Ask(Questions),
    Decided(Decision),
}

impl Discovery {
    /// The targets of the SRV records of a service (RFC 7673).
    #[must_use]
    pub const fn srv(service: Service, source: NameBuf) -> Self {
        Self { kind: Kind::Srv { service }, source, answers: BTreeMap::new() }
    }

    /// The mail servers of a domain (RFC 7672), at port 25 unless the caller knows better.
    #[must_use]
    pub const fn mx(domain: NameBuf, port: u16) -> Self {
        Self { kind: Kind::Mx { port }, source: domain, answers: BTreeMap::new() }
    }

    /// One host, over TCP.
    #[must_use]
    pub const fn host(host: NameBuf, port: u16) -> Self {
        Self { kind: Kind::Host { port }, source: host, answers: BTreeMap::new() }
    }

    /// Takes what a lookup came to.
    pub fn answer(&mut self, name: NameBuf, rtype: Type, answered: Answered) {
        self.answers.insert((name, rtype), answered);
    }

    /// What comes next, by what is in hand.
    #[must_use]
    pub fn progress(&self) -> Progress {
        let (hop, targets) = match self.hop() {
            Ok(found) => found,
            Err(open) => return Progress::Ask(open),
        };
        let (mut endpoints, mut open) = (Vec::new(), Vec::new());
        let mut targets = targets;
        targets.sort_by_key(|(_, _, priority, weight)| (*priority, core::cmp::Reverse(*weight)));
        for (host, port, priority, weight) in targets.into_iter().take(TARGETS) {
            match self.endpoint(&hop, &host, port) {
                Ok((addresses, decision)) => {
                    endpoints.push(Endpoint { host, port, priority, weight, addresses, decision });
                }
                Err(more) => open.extend(more),
            }
        }
        open.sort();
        open.dedup();
        if open.is_empty() { Progress::Done(Plan { hop, endpoints }) } else { Progress::Ask(open) }
    }

    /// The records that lead to endpoints: host, port, priority, weight.
    #[expect(clippy::type_complexity, reason = "it is taken apart at once")]
    fn hop(&self) -> Result<(Hop, Vec<(NameBuf, u16, u16, u16)>), Questions> {
        let (name, rtype, implicit) = match self.kind {
            Kind::Host { port } => return Ok((Hop::Direct, alloc::vec![(self.source, port, 0, 0)])),
            Kind::Mx { port } => (Ok(self.source), Type::MX, Some(port)),
            Kind::Srv { service } => (service.srv_name(&self.source.as_name()), Type::SRV, None),
        };
        let Ok(name) = name else {
            return Ok((Hop::Bogus("the name of the SRV records is too long".to_string()), Vec::new()));
        };
        let Some(answered) = self.answers.get(&(name, rtype)) else { return Err(alloc::vec![(name, rtype)]) };
        let targets: Vec<(NameBuf, u16, u16, u16)> = match rtype {
            Type::MX => {
                let port = implicit.unwrap_or_default();
                answered.views::<Mx<'_>>().map(|mx| (mx.exchange.to_buf(), port, mx.preference, 0)).collect()
            }
            _ => answered
                .views::<Srv<'_>>()
                .map(|srv| (srv.target.to_buf(), srv.port, srv.priority, srv.weight))
                .collect(),
        };
        let is_root = |(host, ..): &(NameBuf, u16, u16, u16)| host.as_name().is_root();
        // RFC 5321 section 5.1: without MX records the domain is its own mail server.
        let itself = || implicit.map(|port| (self.source, port, 0, 0)).into_iter().collect::<Vec<_>>();
        //= https://www.rfc-editor.org/rfc/rfc7673#section-3.1
        //# For this specification to apply, the entire chain of DNS RRset(s) returned MUST be "secure" according to
        //# DNSSEC validation (Section 5 of [RFC4035]).
        let until = answered.valid_until.unwrap_or(Time(0));
        let found = match answered.standing() {
            //= https://www.rfc-editor.org/rfc/rfc7673#section-3.1
            //# If the SRV lookup fails because the RRset is "bogus" (or the lookup fails for reasons other than no
            //# records), the client MUST abort its attempt to connect to the desired service.
            Security::Bogus => (Hop::Bogus(answered.reason.clone()), Vec::new()),
            Security::Indeterminate => (Hop::Indeterminate(answered.reason.clone()), Vec::new()),
            Security::Secure if targets.is_empty() => (Hop::NoRecords(until), itself()),
            Security::Insecure if targets.is_empty() => (Hop::NoRecordsInsecure(answered.reason.clone()), itself()),
            // RFC 2782, RFC 7505.
            _ if targets.iter().all(is_root) => (Hop::NotOffered, Vec::new()),
            Security::Secure => (Hop::Secure(until), targets),
            Security::Insecure => (Hop::Insecure(answered.reason.clone()), targets),
        };
        Ok((found.0, found.1.into_iter().filter(|target| !is_root(target)).collect()))
    }

    fn endpoint(&self, hop: &Hop, host: &NameBuf, port: u16) -> Result<(Vec<IpAddr>, Decision), Questions> {
        let (a, aaaa) = ((*host, Type::A), (*host, Type::AAAA));
        let open: Vec<_> = [a, aaaa].into_iter().filter(|question| !self.answers.contains_key(question)).collect();
        let (Some(v4), Some(v6)) = (self.answers.get(&a), self.answers.get(&aaaa)) else { return Err(open) };
        let v4s = v4.views::<A>().map(|a| IpAddr::from(a.address));
        let addresses: Vec<IpAddr> = v6.views::<Aaaa>().map(|aaaa| IpAddr::from(aaaa.address)).chain(v4s).collect();
        match self.decide(hop, host, port, [v4, v6], &addresses) {
            Ok(decision) | Err(Stop::Decided(decision)) => Ok((addresses, decision)),
            Err(Stop::Ask(open)) => Err(open),
        }
    }

    fn decide(
        &self,
        hop: &Hop,
        host: &NameBuf,
        port: u16,
        found: [&Answered; 2],
        addresses: &[IpAddr],
    ) -> Result<Decision, Stop> {
        // RFC 7673 section 3.2, RFC 7672 section 2.1.2.
        for answered in found {
            failed(answered, &format!("the addresses of {host}"))?;
        }
        if addresses.is_empty() {
            return Ok(Decision::Defer(format!("{host} has no address")));
        }
        if matches!(hop, Hop::Insecure(_) | Hop::NoRecordsInsecure(_)) {
            return Ok(Decision::NoDane(NoDane::InsecureHop));
        }
        let mut with_records = found.into_iter().filter(|answered| !answered.is_empty());
        let secure = with_records.clone().find(|answered| answered.security == Security::Secure);
        //= https://www.rfc-editor.org/rfc/rfc7671#section-7
        //# the preferred TLSA base domain SHOULD be derived from the fully expanded name and, failing that, SHOULD be
        //# the initial domain name.
        //= https://www.rfc-editor.org/rfc/rfc7673#section-3.2
        //# If a returned RRSet is "secure", the client MUST perform a TLSA query for that target server connection
        //# endpoint, as described in the next section.
        let (bases, mut led) = match (secure, with_records.next()) {
            // That the alias leads there is secure for so long.
            (Some(secure), _) if secure.aliased => (alloc::vec![secure.end, *host], secure.valid_until),
            (Some(secure), _) => (alloc::vec![*host], secure.valid_until),
            // RFC 7672 section 2.2.2: whether the alias is secure where it leads to something insecure.
            (None, Some(insecure)) if insecure.aliased && !matches!(self.kind, Kind::Srv { .. }) => {
                let answered = self.known(*host, Type::CNAME)?;
                failed(answered, &format!("the alias of {host}"))?;
                match answered.standing() {
                    Security::Secure if !answered.is_empty() => (alloc::vec![*host], answered.valid_until),
                    _ => return Ok(Decision::NoDane(NoDane::InsecureAddresses)),
                }
            }
            //= https://www.rfc-editor.org/rfc/rfc7673#section-3.2
            //# If no returned RRsets are "secure", the client MUST NOT perform a TLSA query for that target server
            //# connection endpoint; the TLSA query will most likely fail or produce spurious results.
            (None, _) => return Ok(Decision::NoDane(NoDane::InsecureAddresses)),
        };
        let mut none = NoDane::NoRecords;
        for base in bases {
            let Some(name) = tlsa_name(&base.as_name(), port, self.transport()) else { continue };
            let answered = self.known(name, Type::TLSA)?;
            failed(answered, &format!("the TLSA records of {base}"))?;
            match answered.standing() {
                //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
                //# Determining whether a TLSA RRSet can be used MUST be based on the DNSSEC validation state (as
                //# defined in [RFC4033]).
                //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
                //# A TLSA RRSet whose DNSSEC validation state is secure MUST be used as a certificate association for
                //# TLS unless a local policy would prohibit the use of the specific certificate association in the
                //# secure TLSA RRSet.
                //= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
                //# A TLSA RRSet whose DNSSEC validation state is indeterminate or insecure cannot be used for TLS and
                //# MUST be considered unusable.
                Security::Secure if !answered.records.is_empty() => {
                    return Ok(self.records(hop, host, (base, led), answered));
                }
                // That there are none there holds for so long.
                Security::Secure => led = [led, answered.valid_until].into_iter().flatten().min(),
                _ => none = NoDane::InsecureRecords,
            }
        }
        //= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
        //# If the TLSA response is "insecure" (or no TLSA records exist), then the client SHALL proceed as if the
        //# target server had no TLSA records.
        Ok(Decision::NoDane(none))
    }

    fn records(
        &self,
        hop: &Hop,
        host: &NameBuf,
        (base, led): (NameBuf, Option<Time>),
        answered: &Answered,
    ) -> Decision {
        let records: Vec<Tlsa<'_>> = answered.views().collect();
        //= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
        //# The client SHALL determine if the TLSA records returned in the previous step are usable according to Section
        //# 4.1 of [RFC6698].
        let (associations, unusable) = usable(&records, !matches!(self.kind, Kind::Mx { .. }));
        if associations.is_empty() {
            //= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
            //# if TLS encryption cannot be established, the client MUST NOT connect to the server.
            //= https://www.rfc-editor.org/rfc/rfc7671#section-10.3
            //# If expecting TLS support when unusable TLSA records are published is realistic for the application in
            //# question, then the application MUST avoid cleartext.
            //= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
            //# If the client received zero usable TLSA certificate associations, it SHALL validate the server's TLS
            //# certificate using the normal PKIX rules [RFC5280] or protocol-specific rules (e.g., following [RFC6125])
            //# without further input from the TLSA records.
            return Decision::Encrypt(unusable);
        }
        //= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
        //# The primary server name used for this comparison MUST be the TLSA base domain; however, additional
        //# acceptable names may be specified by protocol-specific DANE standards.
        //= https://www.rfc-editor.org/rfc/rfc7671#section-7
        //# When the TLSA base domain is the result of "secure" CNAME expansion, the resulting domain name MUST be used
        //# as the HostName in the client's SNI extension and MUST be the primary reference identifier for peer
        //# certificate matching with certificate usages other than DANE-EE(3).
        //= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
        //# The preferred name SHALL be chosen as follows, and the client SHALL verify the identity asserted by the
        //# server's certificate according to Section 6 of [RFC6125], using a list of reference identifiers constructed
        //# as follows (note again that in RFC 6125 the terms "source domain" and "derived domain" refer to the same
        //# things as "service domain name" and "target server hostname" in this document).
        //= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
        //# SRV is secure: The reference identifiers SHALL include both the service domain name and the SRV target
        //# server hostname (e.g., include both "im.example.com" and "xmpp23.hosting.example.net").
        let mut names = alloc::vec![base];
        for name in [*host, self.source].into_iter().chain(self.expanded(hop)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        //= https://www.rfc-editor.org/rfc/rfc7671#section-10.2
        //# DANE clients MUST send the SNI extension with a HostName value of the base domain of the TLSA RRset.
        //= https://www.rfc-editor.org/rfc/rfc7671#section-3
        //# TLS clients using DANE MUST support the SNI extension of TLS [RFC6066].
        //= https://www.rfc-editor.org/rfc/rfc7671#section-7
        //# When the TLSA base domain is the result of "secure" CNAME expansion, the resulting domain name MUST be used
        //# as the HostName in the client's SNI extension and MUST be the primary reference identifier for peer
        //# certificate matching with certificate usages other than DANE-EE(3).
        let (service, sni) = match &self.kind {
            // RFC 7673 section 4.1: the preferred name is that of the service.
            Kind::Srv { service } => (Some(service.label().to_vec()), self.source),
            Kind::Mx { .. } | Kind::Host { .. } => (None, base),
        };
        //= https://www.rfc-editor.org/rfc/rfc6698#section-8.2
        //# If implementations cache the results of domain name lookups in order to achieve a performance improvement,
        //# they MUST observe the TTL information reported by DNS.
        let until = answered.valid_until.unwrap_or(Time(0));
        let hop = match hop {
            Hop::Secure(until) | Hop::NoRecords(until) => Some(*until),
            _ => None,
        };
        let valid_until = [hop, led].into_iter().flatten().fold(until, Time::min);
        Decision::Authenticate(Box::new(Requirement { associations, names, service, sni, valid_until }))
    }

    /// The label of the transport protocol: that of the SRV records' name, and TCP for everything else.
    fn transport(&self) -> &[u8] {
        match &self.kind {
            Kind::Srv { service } => service.transport(),
            Kind::Mx { .. } | Kind::Host { .. } => b"_tcp",
        }
    }

    /// Where the next hop of mail leads to, if it is an alias and has MX records there (RFC 7672 section 3.2.2).
    fn expanded(&self, hop: &Hop) -> Option<NameBuf> {
        let (Kind::Mx { .. }, Hop::Secure(_)) = (&self.kind, hop) else { return None };
        let answered = self.answers.get(&(self.source, Type::MX))?;
        answered.aliased.then_some(answered.end)
    }

    fn known(&self, name: NameBuf, rtype: Type) -> Result<&Answered, Stop> {
        self.answers.get(&(name, rtype)).ok_or_else(|| Stop::Ask(alloc::vec![(name, rtype)]))
    }
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-4.1
//# If the DNSSEC validation state on the response to the request for the TLSA RRSet is bogus, this MUST cause TLS not
//# to be started or, if the TLS negotiation is already in progress, MUST cause the connection to be aborted.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.2
//# If the address record lookup fails (a validation status of either "bogus" or "indeterminate"), the client MUST NOT
//# connect to this connection endpoint; instead, it uses the next most appropriate SRV target.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.4
//# If the TLSA response is "bogus" or "indeterminate" (or the lookup fails for reasons other than no records), then the
//# client MUST NOT connect to the target server (the client can still use other SRV targets).
/// An answer that does not hold, or is not there, is none.
fn failed(answered: &Answered, what: &str) -> Result<(), Stop> {
    match answered.standing() {
        Security::Secure | Security::Insecure => Ok(()),
        Security::Bogus => {
            Err(Stop::Decided(Decision::MustNotConnect(format!("{what} are bogus: {}", answered.reason))))
        }
        Security::Indeterminate => {
            Err(Stop::Decided(Decision::Defer(format!("{what} cannot be had: {}", answered.reason))))
        }
    }
}

//= https://www.rfc-editor.org/rfc/rfc6698#section-4
//# The TLS session that is to be set up MUST be for the specific port number and transport name that was given in the
//# TLSA query.
//= https://www.rfc-editor.org/rfc/rfc7673#section-3.3
//# The client SHALL construct the TLSA query name as described in Section 3 of [RFC6698], based on the fields from the
//# SRV record: the port number from the SRV RDATA, the transport protocol from the SRV query name, and the TLSA base
//# domain from the SRV target server hostname.
/// `_5269._tcp.example.net.` (RFC 6698 section 3)
fn tlsa_name(base: &Name<'_>, port: u16, transport: &[u8]) -> Option<NameBuf> {
    let mut prefix = NameBuf::root();
    prefix.push_label(format!("_{port}").as_bytes()).ok()?;
    prefix.push_label(transport).ok()?;
    prefix.before(base).ok()
}
