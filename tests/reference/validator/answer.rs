//! What the answers to a question prove, through aliases to the end.

use std::collections::BTreeSet;

use dnsproof::crypto::Backend;

use super::denial::Denied;
use super::name::{Name, Pointers};
use super::walk::{Court, Signed, Zone};
use super::wire::{CNAME, DNAME, DNSKEY, DS, NOERROR, NXDOMAIN, OPT, RRSIG, Response, Rrset};
use super::{Judgement, Kind, Proved};

/// What one link of the way is: proved, or in a zone that is not signed. The weaker is the lesser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Unsigned,
    Proved,
}

/// All conclusions about records of this name and type.
pub fn answers<B: Backend>(court: &Court<'_, B>, name: &Name, rtype: u16) -> Judgement {
    let mut out = Judgement::default();
    // Nobody signs signatures (RFC 4035 section 2.2), no zone has the root's DS (RFC 4035 section 3.1.4.1), and meta types
    // are no data (RFC 6895 section 3.1).
    let meta = rtype == OPT || (128..=255).contains(&rtype);
    if rtype != RRSIG && !meta && !(rtype == DS && *name == Name::ROOT) {
        for response in court.responses_to(name, rtype) {
            let way = Way { court, rtype, aliases: Vec::new(), standing: Standing::Proved };
            way.follow(response, name, &mut out);
        }
    }
    out
}

/// How a name was arrived at.
struct Way<'w, 'c, B> {
    court: &'w Court<'c, B>,
    rtype: u16,
    aliases: Vec<Name>,
    standing: Standing,
}

impl<B: Backend> Way<'_, '_, B> {
    /// What this response says of the name.
    fn follow(&self, response: &Response, name: &Name, out: &mut Judgement) {
        // RFC 4035 section 2.4: DS belongs to the zone above.
        let zones = match (self.rtype, name.parent()) {
            (DS, Some(parent)) => self.court.zones(&parent),
            _ => self.court.zones(name),
        };
        let unsigned = self.court.may_be_unsigned(&zones, name, self.rtype);
        // RFC 4035 section 5.4. Records under NXDOMAIN are no answer (the project's rule), so there a denial may count; but
        // a CNAME may stand there, as the RCODE is that of its target (RFC 6604 section 3).
        let counts = response.rcode == NOERROR || self.rtype == CNAME;
        let rrset = Rrset::find(&response.answer, name, self.rtype).filter(|_| counts);
        if let Some(rrset) = rrset {
            let mut standings = self.standings(response, &zones, &rrset);
            standings.extend(unsigned.then_some(Standing::Unsigned));
            // RFC 6672 section 5.3.1: a DNAME proves the CNAME made of it, which may be what was asked for.
            if self.rtype == CNAME {
                standings.extend(self.links(response, &zones, name, false).into_iter().map(|(_, standing)| standing));
            }
            for standing in standings {
                self.conclude(Kind::Records, name, &rrset.records, standing, out);
            }
            return;
        }
        // An answer that cannot be read: where nothing is signed, nobody has to read it.
        if counts && response.answer.iter().any(|record| record.owner == *name && record.rtype == self.rtype) {
            if unsigned {
                self.conclude(Kind::Records, name, &[], Standing::Unsigned, out);
            }
            return;
        }
        let links = match self.rtype {
            CNAME => BTreeSet::new(),
            _ => self.links(response, &zones, name, unsigned),
        };
        let is_alias = self.rtype != CNAME && Rrset::find(&response.answer, name, CNAME).is_some();
        if !links.is_empty() || is_alias {
            for (target, standing) in links {
                self.go_on(response, name, &target, standing, out);
            }
            return;
        }
        if unsigned {
            self.conclude(Kind::NoData, name, &[], Standing::Unsigned, out);
        }
        let hash = self.court.hasher();
        for zone in zones.iter().filter(|zone| !self.court.cut_between(zone, name, self.rtype)) {
            for denied in self.court.proof(zone, response, &hash).denies(name, self.rtype) {
                match denied {
                    Denied::NoData => self.conclude(Kind::NoData, name, &[], Standing::Proved, out),
                    // The project's rule: whoever relies on the RCODE must not take the name for one that exists.
                    Denied::NameError if response.rcode != NXDOMAIN => (),
                    Denied::NameError | Denied::SaidByType => {
                        self.conclude(Kind::NameError, name, &[], Standing::Proved, out);
                    }
                    Denied::Unknown => self.conclude(Kind::NoData, name, &[], Standing::Unsigned, out),
                }
            }
        }
    }

    fn conclude(&self, kind: Kind, name: &Name, records: &[Vec<u8>], standing: Standing, out: &mut Judgement) {
        match standing.min(self.standing) {
            Standing::Unsigned => out.insecure = true,
            Standing::Proved => {
                let (name, records, aliases) = (name.clone(), records.to_vec(), self.aliases.clone());
                out.secure.insert(Proved { kind, name, records, aliases });
            }
        }
    }

    /// All ways in which the RRset is proved.
    fn standings(&self, response: &Response, zones: &[Zone], rrset: &Rrset) -> BTreeSet<Standing> {
        let (mut out, hash) = (BTreeSet::new(), self.court.hasher());
        for zone in zones {
            // RFC 4035 section 5.3.1: the signer is the zone that contains the RRset.
            if self.court.cut_between(zone, &rrset.owner, rrset.rtype) {
                continue;
            }
            if rrset.rtype == DNSKEY && zone.name == rrset.owner {
                // RFC 4035 section 5.2: signed by a key that the zone above, or an anchor, names.
                out.extend(zone.sets.contains(&rrset.records).then_some(Standing::Proved));
                continue;
            }
            for signed in self.court.signed(zone, rrset) {
                match signed {
                    Signed::Exactly => drop(out.insert(Standing::Proved)),
                    // RFC 4592 section 4.6.
                    Signed::Wildcard(_) if rrset.rtype == DS => (),
                    Signed::Wildcard(labels) => {
                        let proof = self.court.proof(zone, response, &hash);
                        let said = proof.expands(&rrset.owner, labels);
                        out.extend(said.iter().map(|denied| match denied {
                            Denied::Unknown => Standing::Unsigned,
                            _ => Standing::Proved,
                        }));
                    }
                }
            }
        }
        out
    }

    /// Where this name leads, by a CNAME or a DNAME record.
    fn links(&self, response: &Response, zones: &[Zone], name: &Name, unsigned: bool) -> BTreeSet<(Name, Standing)> {
        let mut out = BTreeSet::new();
        let cname = Rrset::find(&response.answer, name, CNAME);
        // RFC 2181 section 10.1: an alias has one canonical name.
        let made = cname.as_ref().and_then(only_name);
        if let (Some(rrset), Some(target)) = (&cname, &made) {
            let mut standings = self.standings(response, zones, rrset);
            standings.extend(unsigned.then_some(Standing::Unsigned));
            out.extend(standings.into_iter().map(|standing| (target.clone(), standing)));
        }
        for dname in Rrset::all(&response.answer, DNAME) {
            // RFC 6672 section 2.2: names below the owner; if that is a wildcard, literally so.
            if !name.is_below(&dname.owner) {
                continue;
            }
            let target = only_name(&dname).and_then(|to| name.redirected(&dname.owner, &to));
            let Some(target) = target else { continue };
            // RFC 6672 section 5.3.1: the CNAME is not signed; it is as the DNAME says, or it is not there.
            if cname.is_some() && made.as_ref() != Some(&target) {
                continue;
            }
            let signs = |zone: &&Zone| {
                dname.owner.is_at_or_below(&zone.name)
                    && !self.court.cut_between(zone, &dname.owner, DNAME)
                    && self.court.signed(zone, &dname).contains(&Signed::Exactly)
            };
            if zones.iter().any(|zone| signs(&zone)) {
                out.insert((target.clone(), Standing::Proved));
            }
            if unsigned {
                out.insert((target, Standing::Unsigned));
            }
        }
        out
    }

    /// From an alias to its target: in the same response, or in those to a question about it.
    fn go_on(&self, response: &Response, name: &Name, target: &Name, standing: Standing, out: &mut Judgement) {
        let mut aliases = self.aliases.clone();
        aliases.push(name.clone());
        // A loop leads nowhere.
        if aliases.len() > self.court.rules.aliases || aliases.contains(target) {
            return;
        }
        let way = Way { court: self.court, rtype: self.rtype, aliases, standing: standing.min(self.standing) };
        way.follow(response, target, out);
        for other in self.court.responses_to(target, self.rtype) {
            if !std::ptr::eq(other, response) {
                way.follow(other, target, out);
            }
        }
    }
}

fn only_name(rrset: &Rrset) -> Option<Name> {
    let [rdata] = &rrset.records[..] else { return None };
    let (name, end) = Name::read(rdata, 0, Pointers::Refused)?;
    (end == rdata.len()).then_some(name)
}
