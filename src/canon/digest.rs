//! What a DS record digests.

use crate::codes::DigestType;
use crate::crypto::{Backend, Digest};
use crate::name::{MAX_NAME, Name};
use crate::wire::rdata::Dnskey;

/// The digest of a key as a DS record holds it: over the owner in canonical form and the
/// DNSKEY RDATA (RFC 4034 section 5.1.4). `None` if the backend does not know the digest type.
pub(crate) fn ds_digest<B: Backend>(
    backend: &B,
    digest_type: DigestType,
    owner: &Name<'_>,
    key: &Dnskey<'_>,
) -> Option<Digest> {
    let mut room = [0; MAX_NAME];
    let written = owner.write_canonical(&mut room)?;
    backend.digest(digest_type, &[room.get(..written)?, key.rdata()])
}
