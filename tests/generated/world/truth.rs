//! What is true of a question in a world: what an honest validator may say.

use super::server::Outcome;
use super::{Denial, Name, Question, Signer, World, Zone, rtype};

/// NSEC3 iterations up to which a proof counts, and above which it is refused, in the standard policy.
const COUNT: u16 = 50;
const REFUSED: u16 = 500;
/// Aliases that are followed.
const ALIASES: usize = 11;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Said {
    /// The RDATA, sorted.
    Records(Vec<Vec<u8>>),
    NoData,
    NameError,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Truth {
    /// With the names that are aliases.
    Secure(Said, Vec<Name>),
    Insecure,
    /// A zone on the way has DS records that fit none of its keys, or NSEC3 records that are refused.
    Bogus,
    /// Aliases that lead in a circle, too far, or to a name that is too long.
    Endless,
    /// Insecure, and something of the above as well.
    Doubtful,
}

/// How far the zones from the root down to this one are vouched for.
enum Standing {
    Secure,
    Insecure,
    Bogus,
}

/// Whether a proof of absence by this zone counts; if not, what comes of it.
fn denial_counts(zone: &Zone) -> Result<(), Truth> {
    match zone.denial {
        Denial::Nsec3 { iterations, .. } if iterations > REFUSED => Err(Truth::Bogus),
        Denial::Nsec3 { iterations, .. } if iterations > COUNT => Err(Truth::Insecure),
        _ => Ok(()),
    }
}

fn standing(world: &World, zone: &Zone) -> Standing {
    let Some(parent) = world.parent(zone) else { return Standing::Secure };
    match standing(world, parent) {
        Standing::Secure => {}
        other => return other,
    }
    match zone.vouched {
        super::zone::Vouched::Good | super::zone::Vouched::Among => Standing::Secure,
        super::zone::Vouched::Wrong => Standing::Bogus,
        super::zone::Vouched::Unknown => Standing::Insecure,
        super::zone::Vouched::No => match denial_counts(parent) {
            Err(Truth::Bogus) => Standing::Bogus,
            _ => Standing::Insecure,
        },
    }
}

impl World {
    pub fn truth(&self, signer: &impl Signer, question: &Question) -> Truth {
        let mut question = question.clone();
        let mut seen = vec![question.name.clone()];
        let (mut insecure, mut refused) = (false, false);
        // What has become insecure may turn out to be worse further on.
        let worse = |insecure: bool, truth: Truth| if insecure { Truth::Doubtful } else { truth };
        loop {
            let zone = self.zone_for(&question);
            match standing(self, zone) {
                Standing::Secure => {}
                Standing::Insecure => {
                    insecure = true;
                    refused |= self.above(zone).any(|zone| denial_counts(zone) == Err(Truth::Bogus));
                }
                Standing::Bogus => {
                    // A zone above may already have too many iterations for what lies between.
                    let hides = self.above(zone).any(|zone| denial_counts(zone) == Err(Truth::Insecure));
                    return worse(insecure || hides, Truth::Bogus);
                }
            }
            let outcome = zone.outcome(self, signer, &question);
            let opt_out = matches!(zone.denial, Denial::Nsec3 { opt_out: true, .. });
            let (rests_on_denial, hidden) = match &outcome {
                // RFC 5155 section 8.8: with Opt-Out there may be a closer name than the wildcard.
                Outcome::Records(_, wild) | Outcome::Cname(_, wild) => (wild.is_some(), wild.is_some()),
                Outcome::Dname(..) => (false, false),
                // RFC 5155 sections 8.6, 8.7 and 9.2.
                Outcome::NoData(wild) => {
                    let hidden = zone.cuts.contains(&question.name) || wild.is_some();
                    (true, hidden || self.only_insecure(zone, &question.name))
                }
                Outcome::NameError => {
                    refused |= opt_out && self.wildcard_above_hidden(zone, &question);
                    (true, true)
                }
            };
            match denial_counts(zone) {
                Err(Truth::Bogus) if rests_on_denial => return worse(insecure, Truth::Bogus),
                Err(_) if rests_on_denial => insecure = true,
                _ => insecure |= opt_out && hidden,
            }
            let said = match outcome {
                Outcome::Records(mut set, _) => {
                    set.sort();
                    Said::Records(set)
                }
                // The CNAME that comes of a DNAME is an answer too (RFC 6672 section 3.1).
                Outcome::Dname(_, Some(target)) if question.rtype == rtype::CNAME => Said::Records(vec![target.wire()]),
                Outcome::Cname(target, _) | Outcome::Dname(_, Some(target)) => {
                    // Nobody above the top could say anything of its DS records.
                    let is_above_all = question.rtype == rtype::DS && target == *self.top();
                    if seen.contains(&target) || seen.len() > ALIASES || is_above_all {
                        return worse(insecure, Truth::Endless);
                    }
                    seen.push(target.clone());
                    question = Question { name: target, rtype: question.rtype };
                    continue;
                }
                Outcome::Dname(_, None) => return worse(insecure, Truth::Endless),
                Outcome::NoData(_) => Said::NoData,
                Outcome::NameError => Said::NameError,
            };
            seen.pop();
            return match (insecure, refused) {
                (false, _) => Truth::Secure(said, seen),
                (true, false) => Truth::Insecure,
                (true, true) => Truth::Doubtful,
            };
        }
    }

    /// The zones above, up to the root.
    fn above(&self, zone: &Zone) -> impl Iterator<Item = &Zone> {
        std::iter::successors(self.parent(zone), |zone| self.parent(zone))
    }

    /// Whether Opt-Out leaves out the closest encloser, and there is a wildcard at the one above that can be proved: RFC
    /// 5155 section 8.4 has no proof then that there is no such name.
    fn wildcard_above_hidden(&self, zone: &Zone, question: &Question) -> bool {
        let mut above = zone.apex.labels().len()..question.name.labels().len();
        let first = above.find(|labels| self.only_insecure(zone, &question.name.ancestor(labels + 1)));
        first.is_some_and(|labels| {
            let wildcard = question.name.ancestor(labels).child(b"*");
            zone.records.keys().any(|owner| owner.is_at_or_below(&wildcard))
        })
    }

    /// Whether a name is there only because of delegations without DS records below it.
    fn only_insecure(&self, zone: &Zone, name: &Name) -> bool {
        let below = zone.records.keys().filter(|owner| owner.is_at_or_below(name));
        below.clone().count() > 0
            && below.into_iter().all(|owner| {
                zone.cuts.contains(owner)
                    && self.child(owner).is_some_and(|child| child.vouched == super::zone::Vouched::No)
            })
    }
}
