//! Proofs by NSEC3 records (RFC 5155 section 8).

use super::{Absence, Finding, Gap, Insecurity, ends_the_zone, first_signed, lacks, wildcard_at};
use crate::codes::{Class, Nsec3Hash, Type};
use crate::crypto::Backend;
use crate::name::{MAX_NAME, Name};
use crate::rrsig::{Call, Failure, Signed, Zone};
use crate::wire::rdata::{Nsec3, Nsec3Parameters};
use crate::wire::{Message, Record, Section};

/// More iterations than count, and the signature that shows it.
type Excess<'m> = (Insecurity, Signed<'m>);

/// A SHA-1 hash of a name.
type Hash = [u8; 20];

/// The NSEC3 records of one zone in the authority section of one message. All of them have the
/// same parameters.
#[derive(Clone, Copy)]
pub(crate) struct Nsec3s<'z, 'm> {
    message: Message<'m>,
    zone: &'z Zone<'m>,
    parameters: Nsec3Parameters<'m>,
}

/// One NSEC3 record, not verified yet.
#[derive(Clone, Copy)]
struct Claim<'m> {
    record: Record<'m>,
    /// The first label of the owner: 32 octets, perhaps a hash in base32hex.
    label: &'m [u8; 32],
    next: Hash,
    nsec3: Nsec3<'m>,
}

impl Claim<'_> {
    /// Whether its own hash is this one.
    fn is_at(&self, hash: &Base32hex) -> bool {
        self.label.eq_ignore_ascii_case(&hash.0)
    }

    /// Whether the hash lies between its own and the next. The last record of a zone leads
    /// back to the first, and if it is the only one, to itself.
    fn covers(&self, hash: &Hash) -> bool {
        base32hex(self.label).is_some_and(|own| {
            if own < self.next { own < *hash && *hash < self.next } else { *hash > own || *hash < self.next }
        })
    }
}

/// A hash as the owner of its record has it, in lower case.
struct Base32hex([u8; 32]);

impl Base32hex {
    fn new(hash: &Hash) -> Self {
        let mut text = [0; 32];
        for (letters, octets) in text.as_chunks_mut::<8>().0.iter_mut().zip(hash.as_chunks::<5>().0) {
            let [a, b, c, d, e] = octets.map(u64::from);
            let mut bits = a << 32 | b << 24 | c << 16 | d << 8 | e;
            for letter in letters.iter_mut().rev() {
                let [.., low] = (bits & 31).to_be_bytes();
                *letter = if low < 10 { low.saturating_add(b'0') } else { low.saturating_add(b'a' - 10) };
                bits >>= 5;
            }
        }
        Self(text)
    }
}

/// The closest encloser of a name, and that nothing nearer exists (RFC 5155 section 8.3).
struct Enclosed<'m> {
    encloser: Name<'m>,
    by: Signed<'m>,
    next_closer_by: Signed<'m>,
    opt_out: bool,
}

impl<'m> Enclosed<'m> {
    //= https://www.rfc-editor.org/rfc/rfc5155#section-9.2
    //# The AD bit, as defined by [RFC4035], MUST NOT be set when returning a response containing a closest (provable)
    //# encloser proof in which the NSEC3 RR that covers the "next closer" name has the Opt-Out bit set.
    /// That names may hide under Opt-Out.
    const fn hides<T>(&self) -> Finding<'m, T> {
        Finding::Insecure(Insecurity::OptOut, [Some(self.by), Some(self.next_closer_by), None])
    }
}

impl<'z, 'm> Nsec3s<'z, 'm> {
    /// The records of the zone in the message. `None` if there is none that counts.
    ///
    /// Iterations above the policy's limit are noted only once the signature of a record holds,
    /// so that nobody can make a zone insecure by adding one.
    pub(crate) fn new<B: Backend>(
        message: Message<'m>,
        zone: &'z Zone<'m>,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Option<(Self, Option<Excess<'m>>)>, Gap<'m>> {
        let Some(first) = claims(message, zone.apex()).next() else { return Ok(None) };
        let parameters = first.nsec3.parameters;
        if claims(message, zone.apex()).any(|claim| claim.nsec3.parameters != parameters) {
            //= https://www.rfc-editor.org/rfc/rfc5155#section-8.2
            //# A validator MAY treat a response as bogus if the response contains NSEC3 RRs that contain different
            //# values for hash algorithm, iterations, or salt from each other for that zone.
            return Err(Gap::Mixed);
        }
        let nsec3s = Self { message, zone, parameters };
        let iterations = parameters.iterations;
        if iterations <= call.policy.nsec3_iterations() {
            return Ok(Some((nsec3s, None)));
        }
        //= https://www.rfc-editor.org/rfc/rfc5155#section-10.3
        //# A resolver MAY treat a response with a higher value as insecure, after the validator has verified that the
        //# signature over the NSEC3 RR is correct.
        //= https://www.rfc-editor.org/rfc/rfc9276#section-3.2
        //# a validating resolver returning an insecure response MUST still validate the signature over the NSEC3 record
        //# to ensure the iteration count was not altered since record publication
        //= https://www.rfc-editor.org/rfc/rfc9276#section-3.2
        //# Validating resolvers that choose to ignore a response with an unsupported iteration count (and that do not
        //# validate the signature) MUST NOT return this EDE option.
        let (_, signed) = nsec3s.find(call, &|_| true)?;
        if iterations > call.policy.nsec3_iterations_refused() {
            return Err(Gap::Iterations(iterations));
        }
        Ok(Some((nsec3s, Some((Insecurity::Iterations(iterations), signed)))))
    }

    /// That `name` has no records of `rtype`; `exists` if the server says that the name exists.
    /// RFC 5155 section 8 has different rules for the two, so a proof of the one is none of the
    /// other.
    pub(crate) fn negative<B: Backend>(
        &self,
        name: &Name<'m>,
        rtype: Type,
        exists: bool,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Finding<'m, Absence>, Gap<'m>> {
        let hash = self.hash(name, call)?;
        let at = Base32hex::new(&hash);
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.5
        //# The validator MUST verify that an NSEC3 RR that matches QNAME is present and that both the QTYPE and the
        //# CNAME type are not set in its Type Bit Maps field.
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.6
        //# If there is an NSEC3 RR that matches QNAME present in the response, then that NSEC3 RR MUST NOT have the
        //# bits corresponding to DS and CNAME set in its Type Bit Maps field.
        let mut gap = match self.find(call, &|claim| claim.is_at(&at)) {
            // RFC 5155 sections 8.5 and 8.6.
            Ok((claim, signed)) if exists && lacks(&claim.nsec3.types, rtype) => {
                return Ok(Finding::Secure(Absence::NoData, [Some(signed), None, None]));
            }
            Ok(_) => return Err(Gap::Missing),
            Err(failed) => failed,
        };
        let enclosed = self.enclosed(name, hash, call).map_err(|failed| gap.or_nearer(failed))?;
        // RFC 5155 section 8.6: a delegation without DS records may hide there; erratum 3441: or
        // an empty non-terminal above one. Section 9.2: the answer then is not authenticated.
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.6
        //# If there is no such NSEC3 RR, then the validator MUST verify that a closest provable encloser proof for
        //# QNAME is present in the response, and that the NSEC3 RR that covers the "next closer" name has the Opt- Out
        //# bit set.
        if enclosed.opt_out && exists {
            return Ok(enclosed.hides());
        }
        let wildcard = wildcard_at(&enclosed.encloser).ok_or(Gap::Missing)?;
        let hash = self.hash(&wildcard.as_name(), call)?;
        let at = Base32hex::new(&hash);
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.7
        //# The validator MUST verify a closest encloser proof for QNAME and MUST find an NSEC3 RR present in the
        //# response that matches the wildcard name generated by prepending the asterisk label to the closest encloser.
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.7
        //# Furthermore, the bits corresponding to both QTYPE and CNAME MUST NOT be set in the wildcard matching NSEC3
        //# RR.
        let (absence, signed) = match self.find(call, &|claim| claim.is_at(&at)) {
            // RFC 5155 section 8.7.
            Ok((claim, signed)) if exists && lacks(&claim.nsec3.types, rtype) => (Absence::NoData, signed),
            Ok(_) => return Err(Gap::Missing),
            Err(failed) => {
                gap = gap.or_nearer(failed);
                // RFC 5155 section 8.4.
                //= https://www.rfc-editor.org/rfc/rfc5155#section-8.4
                //# A validator MUST verify that there is a closest encloser proof for QNAME present in the response and
                //# that there is an NSEC3 RR that covers the wildcard at the closest encloser (i.e., the name formed by
                //# prepending the asterisk label to the closest encloser).
                let covered = self.find(call, &|claim| claim.covers(&hash));
                (Absence::NameError, covered.map_err(|failed| gap.or_nearer(failed))?.1)
            }
        };
        Ok(match enclosed.opt_out {
            true => enclosed.hides(),
            false => Finding::Secure(absence, [Some(enclosed.by), Some(enclosed.next_closer_by), Some(signed)]),
        })
    }

    /// Whether a zone without DS records begins at `name`.
    pub(crate) fn delegation<B: Backend>(
        &self,
        name: &Name<'m>,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Finding<'m, ()>, Gap<'m>> {
        let hash = self.hash(name, call)?;
        let at = Base32hex::new(&hash);
        let gap = match self.find(call, &|claim| claim.is_at(&at)) {
            Ok((claim, signed)) => {
                let types = &claim.nsec3.types;
                // RFC 5155 section 8.9: the NS set and the SOA clear, so it is the parent's.
                //= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
                //# If there is an NSEC3 RR present in the response that matches the delegation name, then the validator
                //# MUST ensure that the NS bit is set and that the DS bit is not set in the Type Bit Maps field of the
                //# NSEC3 RR.
                //= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
                //# The validator MUST also ensure that the NSEC3 RR is from the correct (i.e., parent) zone.
                if !lacks(types, Type::DS) {
                    return Err(Gap::Missing);
                }
                //= https://www.rfc-editor.org/rfc/rfc6840#section-4.4
                //# The validator also MUST check for the presence of the NS bit in the matching NSEC (or NSEC3) RR
                //# (proving that there is, indeed, a delegation), or alternately make sure that the delegation is
                //# covered by an NSEC3 RR with the Opt-Out flag set.
                return Ok(match types.contains(Type::NS) {
                    true => Finding::Insecure(Insecurity::NoDs, [Some(signed), None, None]),
                    false => Finding::Secure((), [Some(signed), None, None]),
                });
            }
            Err(failed) => failed,
        };
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
        //# If there is no NSEC3 RR present that matches the delegation name, then the validator MUST verify a closest
        //# provable encloser proof for the delegation name.
        let enclosed = self.enclosed(name, hash, call).map_err(|failed| gap.or_nearer(failed))?;
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.9
        //# The validator MUST verify that the Opt-Out bit is set in the NSEC3 RR that covers the "next closer" name to
        //# the delegation name.
        Ok(match enclosed.opt_out {
            true => enclosed.hides(),
            false => Finding::Secure((), [Some(enclosed.by), Some(enclosed.next_closer_by), None]),
        })
    }

    /// That nothing nearer to `name` than a wildcard of `labels` labels exists (RFC 5155
    /// section 8.8).
    pub(crate) fn wildcard<B: Backend>(
        &self,
        name: &Name<'m>,
        labels: u8,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Finding<'m, ()>, Gap<'m>> {
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.8
        //# Validators MUST verify that there is an NSEC3 RR that covers the "next closer" name to QNAME present in the
        //# response.
        let next_closer = labels.checked_add(1).and_then(|labels| name.ancestor(labels)).ok_or(Gap::Missing)?;
        let hash = self.hash(&next_closer, call)?;
        let (claim, signed) = self.find(call, &|claim| claim.covers(&hash))?;
        Ok(match claim.nsec3.is_opt_out() {
            true => Finding::Insecure(Insecurity::OptOut, [Some(signed), None, None]),
            false => Finding::Secure((), [Some(signed), None, None]),
        })
    }

    //= https://www.rfc-editor.org/rfc/rfc5155#section-8.3
    //# In order to verify a closest encloser proof, the validator MUST find the longest name, X, such that
    /// The closest encloser proof of RFC 5155 section 8.3 for a name whose own hash, `hash`,
    /// no record has.
    fn enclosed<B: Backend>(
        &self,
        name: &Name<'m>,
        hash: Hash,
        call: &mut Call<'_, 'm, '_, B>,
    ) -> Result<Enclosed<'m>, Gap<'m>> {
        let mut next_closer = hash;
        let mut gap = Gap::Missing;
        // From the name upwards, at most to the apex: as many steps as there are labels between.
        for labels in (self.zone.apex().label_count()..name.label_count()).rev() {
            let Some(encloser) = name.ancestor(labels) else { break };
            let hash = self.hash(&encloser, call)?;
            let at = Base32hex::new(&hash);
            match self.find(call, &|claim| claim.is_at(&at)) {
                Ok((claim, by)) => {
                    //= https://www.rfc-editor.org/rfc/rfc5155#section-8.3
                    //# Once the closest encloser has been discovered, the validator MUST check that the NSEC3 RR that
                    //# has the closest encloser as the original owner name is from the proper zone.
                    if ends_the_zone(&claim.nsec3.types) {
                        return Err(Gap::Missing);
                    }
                    let covers = self.find(call, &|claim| claim.covers(&next_closer));
                    let (cover, next_closer_by) = covers.map_err(|failed| gap.or_nearer(failed))?;
                    let opt_out = cover.nsec3.is_opt_out();
                    return Ok(Enclosed { encloser, by, next_closer_by, opt_out });
                }
                Err(failed) => gap = gap.or_nearer(failed),
            }
            if matches!(gap, Gap::Failed(Failure::Exhausted(_), ..)) {
                break;
            }
            next_closer = hash;
        }
        Err(gap)
    }

    /// The first record that fits and whose signature holds.
    fn find<B: Backend>(
        &self,
        call: &mut Call<'_, 'm, '_, B>,
        fits: &dyn Fn(&Claim<'m>) -> bool,
    ) -> Result<(Claim<'m>, Signed<'m>), Gap<'m>> {
        let claims = claims(self.message, self.zone.apex()).filter(fits).map(|claim| (claim.record, claim));
        first_signed(self.message, self.zone, Type::NSEC3, claims, call)
    }

    /// The hash of a name, paid by the number of SHA-1 compressions that it costs, and the search for it.
    fn hash<B: Backend>(&self, name: &Name<'_>, call: &mut Call<'_, 'm, '_, B>) -> Result<Hash, Gap<'m>> {
        let Nsec3Parameters { salt, iterations, .. } = self.parameters;
        let apex = self.zone.apex();
        let failed = |failure| Gap::Failed(failure, apex, Type::NSEC3);
        let budget = &mut call.budget;
        let paid = budget.read(self.message.weight());
        let paid = paid.and_then(|()| budget.nsec3_hash(name.wire_len(), salt.len(), iterations));
        paid.map_err(|exhausted| failed(exhausted.into()))?;
        let mut room = [0; MAX_NAME];
        let hash = name.write_canonical(&mut room).and_then(|written| {
            let octets = room.get(..written)?;
            call.backend.nsec3_hash(octets, salt, iterations)
        });
        // A backend without SHA-1 proves nothing here.
        hash.ok_or(Gap::Missing)
    }
}

/// The records of the zone that count: hash 1, no flags but opt-out (RFC 5155 sections 8.1 and
/// 8.2), and the owner is a hash directly below the apex.
fn claims<'m>(message: Message<'m>, apex: Name<'m>) -> impl Iterator<Item = Claim<'m>> + use<'m> {
    let records = message.records(Section::Authority);
    //= https://www.rfc-editor.org/rfc/rfc5155#section-3
    //# The class MUST be the same as the class of the original owner name.
    records.filter(|record| record.rtype == Type::NSEC3 && record.class == Class::IN).filter_map(move |record| {
        if record.owner.label_count() != apex.label_count().checked_add(1)? || !record.owner.is_below(&apex) {
            return None;
        }
        let label = record.owner.labels().next()?.try_into().ok()?;
        let nsec3: Nsec3<'m> = record.view().ok()?;
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.1
        //# A validator MUST ignore NSEC3 RRs with unknown hash types.
        //= https://www.rfc-editor.org/rfc/rfc5155#section-8.2
        //# A validator MUST ignore NSEC3 RRs with a Flag fields value other than zero or one.
        let known = nsec3.parameters.hash == Nsec3Hash::SHA1 && nsec3.flags & !1 == 0;
        known.then_some(Claim { record, label, next: nsec3.next.try_into().ok()?, nsec3 })
    })
}

/// 32 letters and digits of base32hex without padding (RFC 4648 section 7), in any case.
fn base32hex(text: &[u8; 32]) -> Option<Hash> {
    let mut hash = [0; 20];
    for (letters, octets) in text.as_chunks::<8>().0.iter().zip(hash.as_chunks_mut::<5>().0) {
        let mut bits = 0_u64;
        for letter in letters {
            let value = char::from(*letter).to_digit(32)?;
            bits = bits << 5 | u64::from(value);
        }
        let [_, _, _, rest @ ..] = bits.to_be_bytes();
        *octets = rest;
    }
    Some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_as_text_and_back() {
        // RFC 5155 appendix A: the hash of example.
        let text = b"0p9mhaveqvm6t7vbl5lop2u3t2rp3tom";
        let hash = base32hex(text).unwrap();
        assert_eq!(Base32hex::new(&hash).0, *text);
        assert_eq!(base32hex(&text.to_ascii_uppercase().try_into().unwrap()), Some(hash));
        assert_eq!(base32hex(b"0p9mhaveqvm6t7vbl5lop2u3t2rp3tow"), None, "w is no digit of base32hex");
        for octet in [0, 0x5A, 0xFF] {
            assert_eq!(base32hex(&Base32hex::new(&[octet; 20]).0), Some([octet; 20]));
        }
    }
}
