//! What moves bytes. The rest of the crate does no I/O.

mod address;
mod fetch;

pub use address::is_public;
pub use fetch::{FetchError, Fetcher};
