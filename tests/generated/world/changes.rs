//! What somebody on the way, or a server that lies, makes of true responses.

use arbitrary::{Result, Unstructured};

use super::server::{Record, Response, base32hex};
use super::{Name, Question, Signer, World, name, rtype};

/// Changes some of the responses.
pub fn change(u: &mut Unstructured<'_>, responses: &mut Vec<Response>) -> Result<()> {
    if responses.is_empty() {
        return Ok(());
    }
    let at = u.choose_index(responses.len())?;
    let section = u.choose_index(2)?;
    let other = u.choose_index(responses.len())?;
    match u.int_in_range(0..=12)? {
        0 => drop(responses.remove(at)),
        1 => responses[at].rcode = *u.choose(&[0, 3, 2, 6])?,
        // Another answer under this question.
        2 => {
            let sections = responses[other].sections.clone();
            let mut lie = Response { sections, rcode: responses[other].rcode, ..responses[at].clone() };
            if u.arbitrary()? {
                lie.sections[0].clear();
            }
            responses.insert(0, lie);
        }
        3 => {
            let taken = responses[other].sections[section].clone();
            let to = u.choose_index(2)?;
            responses[at].sections[to].extend(taken);
        }
        4 => responses[at].sections[section].clear(),
        5 => responses.swap(at, other),
        // Letters in another case: names are the same.
        6 => responses[at].sections.iter_mut().flatten().for_each(|record| record.owner.make_ascii_uppercase()),
        _ => {
            let owner = responses[other].name.clone();
            let records = &mut responses[at].sections[section];
            if records.is_empty() {
                return Ok(());
            }
            let index = u.choose_index(records.len())?;
            match u.int_in_range(0..=6)? {
                0 => drop(records.remove(index)),
                1 => records.push(records[index].clone()),
                2 => records[index].owner = owner,
                3 => {
                    let old = records[index].owner.clone();
                    records
                        .iter_mut()
                        .filter(|record| record.owner == old)
                        .for_each(|record| record.owner = owner.clone());
                }
                4 => records[index].ttl = u.arbitrary()?,
                5 => {
                    let rdata = &mut records[index].rdata;
                    if let Some(octet) = u.choose_index(rdata.len().max(1)).ok().and_then(|octet| rdata.get_mut(octet))
                    {
                        *octet ^= 1 << u.int_in_range(0..=7)?;
                    }
                }
                _ => {
                    let len = u.int_in_range(0..=records[index].rdata.len())?;
                    records[index].rdata.truncate(len);
                }
            }
        }
    }
    Ok(())
}

/// A response in which a zone signed whatever came to its mind: denials and others, true or not, that never fit together.
pub fn invented(
    u: &mut Unstructured<'_>,
    world: &World,
    signer: &impl Signer,
    question: &Question,
) -> Result<Response> {
    let zone = world.zone_for(question);
    let mut response = Response {
        name: question.name.wire(),
        rtype: question.rtype,
        rcode: if u.arbitrary()? { 0 } else { 3 },
        sections: Default::default(),
    };
    for _ in 0..u.int_in_range(1..=4)? {
        let near = near(u, &zone.apex, &question.name)?;
        let mut types = std::collections::BTreeSet::new();
        for _ in 0..u.int_in_range(0..=4)? {
            types.insert(*u.choose(&[1, 2, 5, 6, 16, 28, 39, 43, 46, 47, 48, 128])?);
        }
        let bitmap = super::server::bitmap(&types);
        let (section, owner, rtype, rdata) = match u.int_in_range(0..=5)? {
            0 | 1 => (1, near, rtype::NSEC, [self::near(u, &zone.apex, &question.name)?.wire(), bitmap].concat()),
            2..=4 => {
                let (salt, iterations) = (*u.choose(&[&[][..], &[0xAB]])?, *u.choose(&[0_u16, 0, 0, 1, 60, 501])?);
                let hash = |u: &mut Unstructured<'_>, near: &Name| -> Result<[u8; 20]> {
                    let mut hash = signer.nsec3_hash(&near.wire(), salt, iterations);
                    match u.int_in_range(0..=2)? {
                        0 => {}
                        1 => hash[19] = hash[19].wrapping_add(1),
                        _ => hash[19] = hash[19].wrapping_sub(1),
                    }
                    Ok(hash)
                };
                let owner = zone.apex.child(base32hex(&hash(u, &near)?).as_bytes());
                let other = self::near(u, &zone.apex, &question.name)?;
                let next = hash(u, &other)?;
                let flags = *u.choose(&[0, 0, 1, 2])?;
                let salt = [&[u8::try_from(salt.len()).unwrap()], salt].concat();
                let head = [&[1, flags][..], &iterations.to_be_bytes(), &salt, &[20], &next].concat();
                (1, owner, rtype::NSEC3, [head, bitmap].concat())
            }
            _ => (0, near, *u.choose(&[question.rtype, rtype::CNAME])?, question.name.wire()),
        };
        // Found elsewhere than signed, as what comes of a wildcard is.
        let found = if u.ratio(1, 6)? { question.name.clone() } else { owner.clone() };
        let record = |rtype: u16, rdata: Vec<u8>| Record { owner: found.wire(), rtype, ttl: 3600, rdata };
        let set = [rdata];
        response.sections[section].push(record(rtype, set[0].clone()));
        response.sections[section].push(record(rtype::RRSIG, zone.sign(signer, &owner, rtype, &set)));
    }
    Ok(response)
}

/// An answer with a DNAME record at some ancestor of the name, and what follows from it. Nobody signed it.
pub fn made_up_alias(u: &mut Unstructured<'_>, question: &Question) -> Result<Response> {
    let depth = u.int_in_range(0..=question.name.labels().len().saturating_sub(1))?;
    let above = question.name.ancestor(depth);
    let to = if u.arbitrary()? { Name::root() } else { above.clone() }.child(name::label(u)?);
    let target = question.name.moved(&above, &to).unwrap_or_else(Name::root);
    let record = |owner: &Name, rtype: u16, rdata: Vec<u8>| Record { owner: owner.wire(), rtype, ttl: 3600, rdata };
    let mut answer = vec![record(&above, rtype::DNAME, to.wire()), record(&question.name, rtype::CNAME, target.wire())];
    if question.rtype == rtype::A {
        answer.push(record(&target, rtype::A, vec![203, 0, 113, 66]));
    }
    Ok(Response { name: question.name.wire(), rtype: question.rtype, rcode: 0, sections: [answer, Vec::new()] })
}

/// The name, or one of its ancestors in the zone, or a neighbour of these.
fn near(u: &mut Unstructured<'_>, apex: &Name, name: &Name) -> Result<Name> {
    let (least, most) = (apex.labels().len(), name.labels().len().max(apex.labels().len()));
    let ancestor = if name.is_at_or_below(apex) { name.ancestor(u.int_in_range(least..=most)?) } else { apex.clone() };
    match u.int_in_range(0..=2)? {
        0 => Ok(ancestor.child(name::label(u)?)),
        1 => Ok(ancestor.child(b"*")),
        _ => Ok(ancestor),
    }
}
