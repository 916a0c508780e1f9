//! What happens on the way to a verdict, step by step.

use core::fmt;

use super::reason::Reason;
use super::verdict::Content;
use crate::codes::{Algorithm, Type};
use crate::name::Name;
use crate::rrsig::Signed;
use crate::time::{Clock, Time};

/// Is told every step of a validation, in order. The kernel keeps nothing of it; whoever wants
/// to, does.
///
/// Closures observe, and `()` looks away.
pub trait Observer {
    /// Takes one step.
    fn observe(&mut self, event: Event<'_>);
}

impl Observer for () {
    fn observe(&mut self, _event: Event<'_>) {}
}

impl<F: FnMut(Event<'_>)> Observer for F {
    fn observe(&mut self, event: Event<'_>) {
        self(event);
    }
}

/// One step on the way to a verdict. Its text (`Display`) is for people.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'m> {
    /// The keys of a zone are proved.
    Zone {
        /// The zone.
        zone: Name<'m>,
        /// Whether a trust anchor vouches for them; else DS records do.
        anchored: bool,
        /// The tag of the key that is vouched for, and that signs the keys.
        key_tag: u16,
        /// The algorithm of that key.
        algorithm: Algorithm,
        /// Until when the keys may be relied on.
        until: Time,
        /// Until when they are signed.
        signed_until: Time,
    },
    /// A signature over records holds.
    Signed {
        /// The owner of the records.
        name: Name<'m>,
        /// Their type.
        rtype: Type,
        /// The zone that signs them.
        zone: Name<'m>,
        /// The tag of the key.
        key_tag: u16,
        /// The algorithm of the key.
        algorithm: Algorithm,
        /// Until when they may be relied on.
        until: Time,
        /// Until when they are signed.
        signed_until: Time,
    },
    /// It is proved that no zone begins at this name.
    NoCut {
        /// The name.
        name: Name<'m>,
    },
    /// It is proved that nothing nearer than the wildcard exists.
    Wildcard {
        /// The name that the wildcard was used for.
        name: Name<'m>,
    },
    /// It is proved that there is nothing.
    Absent {
        /// The name.
        name: Name<'m>,
        /// The type that was asked for.
        rtype: Type,
        /// What there is not: the type, or the name.
        content: Content<'m>,
    },
    /// An alias is followed.
    Alias {
        /// The alias.
        name: Name<'m>,
        /// The name that is meant.
        target: Name<'m>,
    },
    /// Here the chain of signed zones ends.
    Insecure(Reason<'m>),
}

impl fmt::Display for Event<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zone { zone, anchored, key_tag, algorithm, .. } => {
                let by = if *anchored { "the trust anchor names" } else { "its DS records name" };
                write!(f, "zone {zone}: {by} key {key_tag} ({algorithm}), which signs the zone's keys")
            }
            Self::Signed { name, rtype, zone, key_tag, algorithm, .. } => {
                write!(f, "{name} {rtype}: signed by {zone} with key {key_tag} ({algorithm})")
            }
            Self::NoCut { name } => write!(f, "{name}: proved that no zone begins here"),
            Self::Wildcard { name } => write!(f, "{name}: made from a wildcard, and nothing nearer exists"),
            Self::Absent { name, rtype, content: Content::NameError } => {
                write!(f, "{name}: proved that the name does not exist, and so no {rtype}")
            }
            Self::Absent { name, rtype, .. } => write!(f, "{name}: proved that the name has no {rtype}"),
            Self::Alias { name, target } => write!(f, "{name}: an alias of {target}"),
            Self::Insecure(reason) => write!(f, "{reason}"),
        }
    }
}

impl<'m> Event<'m> {
    /// A signature of `zone` that holds.
    pub(super) fn signed(signed: &Signed<'m>, zone: Name<'m>, clock: Clock) -> Self {
        let (rrset, key) = (signed.rrset(), signed.key());
        Self::Signed {
            name: rrset.owner(),
            rtype: rrset.rtype(),
            zone,
            key_tag: key.key_tag(),
            algorithm: key.algorithm,
            until: signed.until(clock),
            signed_until: signed.expiration(),
        }
    }

    /// A word for programs: it stays once it is released.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Zone { .. } => "zone",
            Self::Signed { .. } => "signed",
            Self::NoCut { .. } => "no-cut",
            Self::Wildcard { .. } => "wildcard",
            Self::Absent { .. } => "absent",
            Self::Alias { .. } => "alias",
            Self::Insecure(_) => "insecure",
        }
    }

    /// Until when the step holds; `None` where it has no end of its own.
    #[must_use]
    pub const fn until(&self) -> Option<Time> {
        match self {
            Self::Zone { until, .. } | Self::Signed { until, .. } => Some(*until),
            _ => None,
        }
    }

    /// Until when the signature holds that the step rests on, whatever the TTL is; `None` where there is none.
    #[must_use]
    pub const fn signed_until(&self) -> Option<Time> {
        match self {
            Self::Zone { signed_until, .. } | Self::Signed { signed_until, .. } => Some(*signed_until),
            _ => None,
        }
    }
}
