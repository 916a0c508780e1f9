//! `--ca`: who may vouch.

use std::format;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::input::{MOST, is, octets};
use crate::binding::Authorities;

/// The CAs of all the sources; nobody if there is none.
pub(super) fn read(sources: &[String]) -> Result<Authorities, String> {
    let mut all = Authorities::none();
    for source in sources {
        all.extend(match source.as_str() {
            word if is(word, "mozilla") => Authorities::from_anchors(webpki_roots::TLS_SERVER_ROOTS),
            word if is(word, "platform") => platform()?,
            file => {
                let octets = octets(Path::new(file), MOST)?;
                Authorities::parse(&octets).map_err(|error| format!("{file}: {error}"))?
            }
        });
    }
    Ok(all)
}

fn platform() -> Result<Authorities, String> {
    let found = rustls_native_certs::load_native_certs();
    let authorities = Authorities::from_list(found.certs.iter().map(AsRef::as_ref));
    match authorities.is_empty() {
        false => Ok(authorities),
        true => {
            let why: Vec<String> = found.errors.iter().map(ToString::to_string).collect();
            let why = if why.is_empty() { "there are none".to_string() } else { why.join("; ") };
            Err(format!("platform: no CA certificates: {why}"))
        }
    }
}
