//! Did `example.com` delegate its service to `example.net`? The question is answered from the
//! SRV records of the source (RFC 2782), which DNSSEC has to prove (RFC 7673 section 4.1).
//!
//! ```
//! use dnsproof::delegation::Service;
//! use dnsproof::name::NameBuf;
//!
//! let source: NameBuf = "example.com".parse()?;
//! let service: Service = "xmpp-server".parse().unwrap();
//! assert_eq!(service.srv_name(&source.as_name())?.to_string(), "_xmpp-server._tcp.example.com.");
//! # Ok::<(), dnsproof::error::ParseError>(())
//! ```

mod outcome;
mod service;

pub use outcome::{Event, FailCode, Failure, Outcome, Success};
pub use service::{Service, ServiceError};

use crate::canon::Rrset;
use crate::chain::{Secure, Verdict};
use crate::codes::Type;
use crate::name::Name;
use crate::wire::rdata::Srv;

/// What the caller knows of the peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// The source domain, which the caller wants to reach.
    pub source: Name<'a>,
    /// The name that the peer has proved by other means: that of its certificate.
    pub provider: Name<'a>,
    /// Where the caller has connected to, if it did: then the provider must be the target of
    /// exactly that SRV record.
    pub endpoint: Option<Endpoint<'a>>,
    /// Whether the name directly above a target will do: `example.net` for
    /// `xmpp1.example.net`. Leave it off unless whoever runs the parent runs the target too.
    pub accept_parent: bool,
}

impl<'a> Request<'a> {
    /// A request with no endpoint known, and no parents accepted.
    #[must_use]
    pub const fn new(source: Name<'a>, provider: Name<'a>) -> Self {
        Self { source, provider, endpoint: None, accept_parent: false }
    }
}

/// A host, and perhaps a port, that the caller has connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// The host.
    pub host: Name<'a>,
    /// The port, if it matters.
    pub port: Option<u16>,
}

impl Endpoint<'_> {
    fn is(&self, srv: &Srv<'_>) -> bool {
        self.host == srv.target && self.port.is_none_or(|port| port == srv.port)
    }
}

/// The SRV records of a proved answer; one that cannot be read is left out.
pub fn targets<'m>(answer: &Rrset<'m>) -> impl Iterator<Item = Srv<'m>> + Clone + use<'m> {
    answer.views::<Srv<'m>>()
}

/// Confirms or refuses the delegation, by the verdict on the SRV records at the
/// [`srv_name`](Service::srv_name) of the service.
///
/// Steps are those of the dnssec-ta proof: 3 validation under the caller's anchors, 4 a
/// challenge where no anchor reaches, 7 matching the targets, 8 success. There is no challenge here: where it
/// would start, the outcome is a failure. `dna::Check` goes on.
#[must_use]
pub fn check<'m>(verdict: &Verdict<'m>, request: &Request<'_>) -> Outcome<'m> {
    let secure = match verdict {
        Verdict::Secure(secure) => secure,
        // A proof never rescues bogus data.
        Verdict::Bogus(reason) => return Failure::new(4, FailCode::Bogus, Some(*reason)).into(),
        //= https://www.rfc-editor.org/rfc/rfc7673#section-4.1
        //# SRV is insecure: The reference identifiers SHALL include the service domain name and MUST NOT include the
        //# SRV target server hostname (e.g., include "im.example.com" but not "xmpp23.hosting.example.net").
        Verdict::Insecure(reason) | Verdict::Indeterminate(reason) => {
            return Failure::new(4, FailCode::Unproved, Some(*reason)).into();
        }
    };
    match refuse(secure, request) {
        Some(code) => Failure::new(7, code, None).into(),
        None => Success::new(secure.answer(), secure.valid_until()).into(),
    }
}

/// Why the proved targets do not name the provider; `None` if they do.
fn refuse(secure: &Secure<'_>, request: &Request<'_>) -> Option<FailCode> {
    let question = secure.question();
    // `_service._proto` before the source: two labels, no more.
    let prefix = question.name.label_count().checked_sub(request.source.label_count());
    if question.rtype != Type::SRV || !question.name.is_below(&request.source) || prefix != Some(2) {
        return Some(FailCode::OtherAnswer);
    }
    let Some(answer) = secure.answer() else {
        // RFC 6120 section 3.2.2: without SRV records the source itself is the host.
        return (request.provider != request.source).then_some(FailCode::NoRecords);
    };
    // RFC 2782: a single record with the target `.` says that the service is not available.
    let mut hosts = targets(&answer).filter(|srv| !srv.target.is_root()).peekable();
    if hosts.peek().is_none() {
        return Some(FailCode::NotOffered);
    }
    if request.provider == request.source {
        return None;
    }
    let mut relevant = hosts.filter(|srv| request.endpoint.is_none_or(|endpoint| endpoint.is(srv))).peekable();
    if relevant.peek().is_none() {
        return Some(FailCode::EndpointNotATarget);
    }
    let named = |srv: Srv<'_>| {
        srv.target == request.provider || request.accept_parent && is_parent(&request.provider, &srv.target)
    };
    let refused =
        if request.endpoint.is_some() { FailCode::ProviderNotTheEndpoint } else { FailCode::ProviderNotATarget };
    (!relevant.any(named)).then_some(refused)
}

/// Whether `parent` is the name directly above `target`, and no top-level domain.
fn is_parent(parent: &Name<'_>, target: &Name<'_>) -> bool {
    parent.label_count() > 1 && target.parent().is_some_and(|above| above == *parent)
}
