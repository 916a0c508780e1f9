//! The text around DER (RFC 7468). Lines may be of any length.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use data_encoding::BASE64;

/// Why something in a text is no PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PemError {
    /// It begins and does not end.
    Unfinished(String),
    /// What is between is no base64.
    Base64(String),
}

impl fmt::Display for PemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unfinished(label) => write!(f, "after -----BEGIN {label}----- there is no -----END {label}-----"),
            Self::Base64(why) => write!(f, "between its lines of PEM: {why}"),
        }
    }
}

/// The parts of a text with their labels. What stands before, between and behind them does not matter.
pub(crate) fn pem(text: &str) -> impl Iterator<Item = Result<(&str, Vec<u8>), PemError>> {
    const DASHES: &str = "-----";
    let mut rest = text;
    core::iter::from_fn(move || {
        let (_, begun) = rest.split_once("-----BEGIN ")?;
        let (label, body) = begun.split_once(DASHES)?;
        let end = alloc::format!("-----END {label}-----");
        let Some((body, after)) = body.split_once(&end) else {
            rest = "";
            return Some(Err(PemError::Unfinished(label.to_string())));
        };
        rest = after;
        let digits: String = body.split_ascii_whitespace().collect();
        let octets = BASE64.decode(digits.as_bytes());
        Some(octets.map(|octets| (label, octets)).map_err(|error| PemError::Base64(error.to_string())))
    })
}

#[cfg(test)]
mod tests {
    use super::{PemError, pem};

    #[test]
    fn parts_and_what_is_wrong_with_them() {
        let text =
            "x\r\n-----BEGIN A-----\r\nAAEC\r\nAw==\r\n-----END A-----\r\ny -----BEGIN B B-----\n\n-----END B B-----";
        let parts: Result<alloc::vec::Vec<_>, _> = pem(text).collect();
        assert_eq!(parts.unwrap(), [("A", [0, 1, 2, 3].to_vec()), ("B B", [].to_vec())]);
        for text in ["", "-----BEGIN", "-----BEGIN A", "AAEC"] {
            assert_eq!(pem(text).count(), 0, "{text}");
        }
        for text in ["-----BEGIN A-----AAEC", "-----BEGIN A-----AAEC-----END B-----"] {
            assert_eq!(pem(text).next(), Some(Err(PemError::Unfinished("A".into()))), "{text}");
        }
        assert!(matches!(pem("-----BEGIN A-----A!EC-----END A-----").next(), Some(Err(PemError::Base64(_)))));
    }
}
