//! A question on its way, and what counts as its answer.

use std::string::{String, ToString};
use std::vec::Vec;

use ring::rand::{SecureRandom, SystemRandom};

use crate::codes::Opcode;
use crate::name::NameBuf;
use crate::wire::{Message, Query, Question};

/// Octets that nobody can guess; `None` if the system has none.
pub(super) fn random<const N: usize>() -> Option<[u8; N]> {
    let mut octets = [0; N];
    SystemRandom::new().fill(&mut octets).ok().map(|()| octets)
}

/// Octets before the question in a message.
const HEADER: usize = 12;

/// A query as it is sent.
pub(super) struct Asked {
    octets: Vec<u8>,
    /// Octets of the name in the question.
    name_len: usize,
    /// Whether letters of the name are upper or lower case by chance, and have to come back so.
    mixed: bool,
}

impl Asked {
    /// A query with a random number; with `mixed`, the letters of the name are a part of what an attacker has to guess
    /// (draft-vixie-dnsext-dns0x20). With `block`, its length is a multiple of that.
    pub(super) fn new(name: &NameBuf, query: Query, rtype: crate::codes::Type, mixed: bool) -> Self {
        let mut octets = query.write(&Question::new(name.as_name(), rtype));
        let name_len = name.as_wire().len();
        let chance = random::<32>().filter(|_| mixed);
        if let Some(chance) = chance {
            let letters = octets.iter_mut().skip(HEADER).take(name_len).enumerate();
            for (index, octet) in letters.filter(|(_, octet)| octet.is_ascii_alphabetic()) {
                let bit = chance.get(index / 8).is_some_and(|eight| eight >> (index % 8) & 1 == 1);
                *octet = if bit { octet.to_ascii_uppercase() } else { octet.to_ascii_lowercase() };
            }
        }
        Self { octets, name_len, mixed: chance.is_some() }
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets
    }

    pub(super) fn id(&self) -> u16 {
        self.octets.first_chunk().map_or(0, |id| u16::from_be_bytes(*id))
    }

    pub(super) fn set_id(&mut self, id: u16) {
        if let Some(place) = self.octets.first_chunk_mut() {
            *place = id.to_be_bytes();
        }
    }

    /// Whether this is a response to this query: its number, its question and no other.
    ///
    /// # Errors
    /// If it is not; says why.
    pub(super) fn is_answered_by(&self, octets: &[u8]) -> Result<(), String> {
        let id = octets.first_chunk().map(|id| u16::from_be_bytes(*id));
        if id != Some(self.id()) {
            return Err("a message with another number".to_string());
        }
        let message = Message::parse(octets).map_err(|error| error.to_string())?;
        if !message.header().is_response() || message.header().opcode() != Opcode::QUERY {
            return Err("a message that is no response to a query".to_string());
        }
        let question = Message::parse(&self.octets).ok().and_then(|query| query.question());
        let same = match message.question() {
            found @ Some(_) => found == question,
            // RFC 1035 section 4.1.1: whoever cannot read a query repeats no question.
            // With mixed case that would leave nothing to guess but the number, so it is waited for something better.
            None => !self.mixed && message.questions().next().is_none() && message.rcode().0 != 0,
        };
        if !same {
            return Err("the answer to another question".to_string());
        }
        let name = HEADER..HEADER.saturating_add(self.name_len);
        if self.mixed && message.question().is_some() && octets.get(name.clone()) != self.octets.get(name) {
            return Err("an answer that does not repeat the question letter by letter".to_string());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codes::Type;

    #[test]
    fn only_the_answer_is_one() {
        let name: NameBuf = "a-long-name-of-letters.example".parse().unwrap();
        let asked = Asked::new(&name, Query::new(7), Type::A, true);
        let mut answer = asked.octets().to_vec();
        answer[2] |= 0x80;
        assert_eq!(asked.is_answered_by(&answer), Ok(()));
        for at in [0, 1, 2, 14, 12 + name.as_wire().len() + 1] {
            let mut other = answer.clone();
            // The number, the direction, a letter's case, the type.
            other[at] ^= if at == 2 { 0x80 } else { 0x20 };
            assert!(asked.is_answered_by(&other).is_err(), "{at}");
        }
        assert!(asked.is_answered_by(&answer[..20]).is_err());
        assert!(asked.is_answered_by(&[]).is_err());
        // An error that repeats no question.
        let mut error = answer[..12].to_vec();
        (error[3], error[5], error[11]) = (1, 0, 0);
        assert!(asked.is_answered_by(&error).is_err());
        let plain = Asked::new(&name, Query::new(7), Type::A, false);
        assert_eq!(plain.is_answered_by(&error), Ok(()));
        // Two queries for one name are hardly ever written alike.
        let again = Asked::new(&name, Query::new(7), Type::A, true);
        assert_ne!(asked.octets(), again.octets());
        assert_eq!(
            Asked::new(&name, Query::new(7), Type::A, false).octets(),
            Asked::new(&name, Query::new(7), Type::A, false).octets()
        );
    }
}
