//! Keys that have been parsed already.

use crate::crypto::Backend;
use crate::wire::rdata::Dnskey;

/// The last few keys in the backend's own form. A zone with one key for everything uses it for
/// its DNSKEY RRset and for its data, and parsing can cost a third of a check.
pub(crate) struct ParsedKeys<'m, K> {
    slots: [Option<(Dnskey<'m>, K)>; 2],
}

impl<'m, K> ParsedKeys<'m, K> {
    pub(crate) const fn new() -> Self {
        Self { slots: [None, None] }
    }

    /// The key, parsed now or before; `None` if the backend cannot use it.
    pub(crate) fn get<B: Backend<Key = K>>(&mut self, backend: &B, key: &Dnskey<'m>) -> Option<&K> {
        let known = |slot: &Option<(Dnskey<'m>, K)>| slot.as_ref().is_some_and(|(kept, _)| kept == key);
        let [first, second] = &mut self.slots;
        if !known(first) {
            core::mem::swap(first, second);
        }
        if !known(first) {
            *first = Some((*key, backend.key(key.algorithm, key.public_key)?));
        }
        first.as_ref().map(|(_, parsed)| parsed)
    }
}
