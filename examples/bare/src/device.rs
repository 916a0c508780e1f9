//! What the device does. All memory is on the stack, and nothing in here is unsafe.

use dnsproof::anchor::Anchor;
use dnsproof::budget::{Budget, Limits};
use dnsproof::canon::{Scratch, Span};
use dnsproof::chain::{Terms, Verdict};
use dnsproof::codes::Type;
use dnsproof::crypto::RustCrypto;
use dnsproof::name::Name;
use dnsproof::policy::Policy;
use dnsproof::proof::{self, Proof};
use dnsproof::time::{Clock, Time};
use dnsproof::wire::Question;

/// When this software was built: 2026-11-23T12:00:00Z. The device has no other clock.
const BUILT: Time = Time(1_795_435_200);

/// `_xmpp-server._tcp.example.com.`
const NAME: &[u8] = b"\x0c_xmpp-server\x04_tcp\x07example\x03com\0";

/// Records in an RRset: two keys, and one that takes over.
const RECORDS: usize = 3;
/// Room for so many keys of P-256, which are longer than those of Ed25519, and for the names in this proof.
const OCTETS: usize = Scratch::octets_for(RECORDS, RECORDS * 68, NAME.len());

/// All that the device lends, in octets.
#[cfg(feature = "gauge")]
pub const SCRATCH: usize = OCTETS + RECORDS * size_of::<Span>();

/// What is proved.
const SECURE: u8 = 0;
/// What is refused.
const REFUSED: u8 = 1;
/// What the program was not made for.
const USAGE: u8 = 2;
/// What cannot be judged, because something is missing.
const MISSING: u8 = 3;

macro_rules! proofs {
    ($set:literal) => {
        /// The root's DS record: key tag, algorithm, digest type, digest.
        const ROOT: &[u8] = include_bytes!(concat!("../proofs/", $set, "-root.ds"));

        /// Proofs, as they could come from anyone.
        const PROOFS: [(&[u8], &[u8]); 4] = [
            (b"good", include_bytes!(concat!("../proofs/", $set, "-good"))),
            (b"forged", include_bytes!(concat!("../proofs/", $set, "-forged"))),
            (b"dead", include_bytes!(concat!("../proofs/", $set, "-dead"))),
            (b"missing", include_bytes!(concat!("../proofs/", $set, "-missing"))),
        ];
    };
}

#[cfg(feature = "p256")]
proofs!("p256");
#[cfg(not(feature = "p256"))]
proofs!("ed25519");

/// Judges the proof of that name. `later` is a time that the device learns afterwards, from whomever it has proved to
/// be the right one to ask.
pub fn run(name: &[u8], later: Option<Time>) -> u8 {
    let Some((_, octets)) = PROOFS.iter().find(|(known, _)| *known == name) else { return USAGE };
    check(octets, later).unwrap_or(USAGE)
}

fn check(octets: &[u8], later: Option<Time>) -> Option<u8> {
    let proof = Proof::parse(octets).ok()?;
    let anchors = [Anchor::from_ds(Name::root(), ROOT).ok()?];
    let question = Question::new(Name::from_wire(NAME).ok()?, Type::SRV);
    let (mut room, mut spans) = ([0; OCTETS], [Span::default(); RECORDS]);
    let checked = proof::check(
        &proof,
        question,
        &anchors,
        &mut Terms {
            clock: Clock::not_before(BUILT),
            policy: &Policy::standard(),
            backend: &RustCrypto,
            budget: &mut Budget::new(Limits::default()),
            scratch: &mut Scratch::lent(&mut room, &mut spans),
        },
    );
    Some(match checked.verdict {
        // It was proved at some time that is not before the software was built. Whether that time is over, nobody
        // here could say; the verdict says when it is.
        Verdict::Secure(secure)
            if later.is_none_or(|now| secure.valid_from() <= now && now <= secure.valid_until()) =>
        {
            SECURE
        }
        Verdict::Secure(_) | Verdict::Insecure(_) | Verdict::Bogus(_) => REFUSED,
        Verdict::Indeterminate(_) => MISSING,
    })
}
