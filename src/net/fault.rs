//! What went wrong, and whose fault it was.

use core::fmt;
use core::time::Duration;
use std::string::String;

use super::Server;
use crate::codes::{Rcode, Type};
use crate::name::NameBuf;

/// What a server did wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// It cannot be reached, or hangs up.
    Unreachable(String),
    /// It did not answer in time.
    TimedOut(Duration),
    /// Its certificate does not name it, or TLS fails otherwise.
    Tls(String),
    /// It does not speak HTTP/2, or answers with something else than a message.
    Http(String),
    /// What it sends is no response, or none to what was asked.
    Garbage(String),
    /// It says that it failed, or that it does not want to answer.
    Failed(Rcode),
    /// It cuts answers short, over TCP too.
    Truncated,
    /// It leaves signatures out where there have to be some: the keys of a zone that has a trust anchor.
    NoDnssec,
    /// What it said does not hold: this is the verdict and the reason.
    Unproved(String),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "it cannot be reached: {why}"),
            Self::TimedOut(after) => write!(f, "no answer within {} ms", after.as_millis()),
            Self::Tls(why) => write!(f, "TLS: {why}"),
            Self::Http(why) => write!(f, "HTTPS: {why}"),
            Self::Garbage(why) => write!(f, "garbage: {why}"),
            Self::Failed(rcode) => write!(f, "it answered {rcode}"),
            Self::Truncated => f.write_str("it cuts its answer short, over TCP too"),
            Self::NoDnssec => f.write_str("it leaves the signatures out: it cannot carry DNSSEC"),
            Self::Unproved(why) => write!(f, "what it answered is {why}"),
        }
    }
}

/// A fault, whose it was, and what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blame {
    /// Who was asked.
    pub server: Server,
    /// For what.
    pub name: NameBuf,
    /// For which type.
    pub rtype: Type,
    /// What was wrong.
    pub fault: Fault,
}

impl fmt::Display for Blame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, asked for {} {}: {}", self.server, self.name, self.rtype, self.fault)
    }
}
