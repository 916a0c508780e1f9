//! Files with private keys: BIND's `K*.private` beside their `K*.key`, and PKCS#8 in PEM.

use std::format;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use data_encoding::BASE64;
use der::asn1::{AnyRef, BitStringRef, ContextSpecific, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Encode, Tag, TagMode, TagNumber};
use zeroize::Zeroizing;

use super::warn;
use crate::binding::{PublicKey, pem};
use crate::codes::{Algorithm, Type};
use crate::name::NameBuf;
use crate::wire::Rdata;
use crate::wire::rdata::{Dnskey, View};
use crate::zonefile::parse;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");

/// A private key as PKCS#8 in DER, wiped when it is dropped; and what its DNSKEY record says.
pub(super) struct KeyFile {
    pub(super) pkcs8: Zeroizing<Vec<u8>>,
    pub(super) dnskey: Option<(NameBuf, PublicKey)>,
}

pub(super) fn read(path: &Path) -> Result<KeyFile, String> {
    let path = &private_of(path);
    let at = |why: &str| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(path).map(Zeroizing::new).map_err(|error| at(&error.to_string()))?;
    if text.contains("-----BEGIN") {
        let parts = pem(&text).collect::<Result<Vec<_>, _>>().map_err(|error| at(&error.to_string()))?;
        let mut keys = parts.into_iter().filter(|(label, _)| label.ends_with("PRIVATE KEY"));
        let (label, octets) = keys.next().ok_or_else(|| at("there is no private key in it"))?;
        let pkcs8 = Zeroizing::new(octets);
        look_at_permissions(path);
        return match label {
            "PRIVATE KEY" => Ok(KeyFile { pkcs8, dnskey: None }),
            "ENCRYPTED PRIVATE KEY" => Err(at("the key is encrypted: openssl pkcs8 -in FILE decrypts it")),
            other => Err(at(&format!("it has a {other}: openssl pkcs8 -topk8 -nocrypt -in FILE makes PKCS#8 of it"))),
        };
    }
    if !text.starts_with("Private-key-format:") {
        return Err(at("expected BIND's K*.private, or PKCS#8 in PEM"));
    }
    look_at_permissions(path);
    let (name, algorithm, public) = public_part(path)?;
    let pkcs8 = from_bind(&text, algorithm, &public).map_err(|why| at(&why))?;
    let key = PublicKey::from_dnskey(algorithm, &public).map_err(|refusal| at(&refusal.to_string()))?;
    Ok(KeyFile { pkcs8, dnskey: Some((name, key)) })
}

/// `K….private`, whichever of the two files was named, or only what they share.
fn private_of(path: &Path) -> PathBuf {
    let text = path.to_string_lossy();
    match text.strip_suffix(".key") {
        Some(stem) => PathBuf::from(format!("{stem}.private")),
        None if !path.exists() => {
            let full = PathBuf::from(format!("{text}.private"));
            if full.exists() { full } else { path.to_path_buf() }
        }
        None => path.to_path_buf(),
    }
}

#[cfg(unix)]
fn look_at_permissions(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Ok(metadata) = std::fs::metadata(path)
        && metadata.permissions().mode() & 0o077 != 0
    {
        let mode = metadata.permissions().mode() & 0o7777;
        warn(&format!("{}: others than its owner may use this private key (mode {mode:04o})", path.display()));
    }
}

#[cfg(not(unix))]
fn look_at_permissions(_: &Path) {}

/// The DNSKEY record beside a private key: its owner, algorithm and Public Key field.
fn public_part(private: &Path) -> Result<(NameBuf, Algorithm, Vec<u8>), String> {
    let path = private.with_extension("key");
    let at = |why: &str| format!("{}: {why}", path.display());
    let text = std::fs::read_to_string(&path).map_err(|error| at(&error.to_string()))?;
    let records = parse(&text, None).map_err(|error| at(&error.to_string()))?;
    let record = records.iter().find(|record| record.rtype == Type::DNSKEY);
    let record = record.ok_or_else(|| at("there is no DNSKEY record in it"))?;
    let key = Dnskey::from_rdata(Rdata::from_octets(&record.rdata)).map_err(|error| at(&error.to_string()))?;
    match () {
        () if key.is_revoked() => Err(at("the key is revoked")),
        () if !key.is_usable() => {
            Err(at(&format!("it is no zone key: flags {}, protocol {}", key.flags, key.protocol)))
        }
        () => Ok((record.owner, key.algorithm, key.public_key.to_vec())),
    }
}

/// The fields of BIND's form, as PKCS#8 (RFC 5958).
fn from_bind(text: &str, algorithm: Algorithm, public: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
    let field = |name: &str| -> Result<Zeroizing<Vec<u8>>, String> {
        let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        let value = value.ok_or_else(|| match text.contains("\nLabel:") || text.contains("\nEngine:") {
            true => "the key is in a hardware module, and only its own tools can sign with it".to_string(),
            false => format!("the field {name} is missing"),
        })?;
        BASE64.decode(value.trim().as_bytes()).map(Zeroizing::new).map_err(|error| format!("{name}: {error}"))
    };
    let failed = |error: der::Error| format!("it cannot be written as PKCS#8: {error}");
    let sequence = |parts: &[&[u8]]| -> der::Result<Zeroizing<Vec<u8>>> {
        let all = Zeroizing::new(parts.concat());
        AnyRef::new(Tag::Sequence, &all)?.to_der().map(Zeroizing::new)
    };
    let pkcs8 = |identifier: &[&[u8]], key: &[u8]| -> der::Result<Zeroizing<Vec<u8>>> {
        let (version, identifier) = (UintRef::new(&[0])?.to_der()?, sequence(identifier)?);
        let key = Zeroizing::new(OctetStringRef::new(key)?.to_der()?);
        sequence(&[&version, &identifier, &key])
    };
    let curve = |oid: ObjectIdentifier, octets: usize| -> Result<Zeroizing<Vec<u8>>, String> {
        let secret = field("PrivateKey")?;
        // Leading zeros may be left out there, and may not here (RFC 5915 section 3).
        let short = octets.checked_sub(secret.len()).ok_or("the private key is too long")?;
        let secret = Zeroizing::new([std::vec![0; short].as_slice(), &secret].concat());
        let point = [&[4], public].concat();
        let write = || {
            let bits = BitStringRef::from_bytes(&point)?;
            let public =
                ContextSpecific { tag_number: TagNumber::N1, tag_mode: TagMode::Explicit, value: bits }.to_der()?;
            let (version, secret) =
                (UintRef::new(&[1])?.to_der()?, Zeroizing::new(OctetStringRef::new(&secret)?.to_der()?));
            let key = sequence(&[&version, &secret, &public])?;
            pkcs8(&[&EC.to_der()?, &oid.to_der()?], &key)
        };
        write().map_err(failed)
    };
    match algorithm {
        Algorithm::ECDSAP256SHA256 => curve(P256, 32),
        Algorithm::ECDSAP384SHA384 => curve(P384, 48),
        Algorithm::ED25519 => {
            let secret = field("PrivateKey")?;
            let write = || pkcs8(&[&ED25519.to_der()?], &Zeroizing::new(OctetStringRef::new(&secret)?.to_der()?));
            write().map_err(failed)
        }
        Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 | Algorithm::RSASHA256 | Algorithm::RSASHA512 => {
            const FIELDS: [&str; 8] = [
                "Modulus",
                "PublicExponent",
                "PrivateExponent",
                "Prime1",
                "Prime2",
                "Exponent1",
                "Exponent2",
                "Coefficient",
            ];
            let number = |octets: &[u8]| {
                let der = UintRef::new(octets).and_then(|number| number.to_der());
                der.map(Zeroizing::new).map_err(failed)
            };
            let fields = FIELDS.iter().map(|name| number(&field(name)?));
            let numbers = core::iter::once(number(&[0])).chain(fields).collect::<Result<Vec<_>, _>>()?;
            let write = || {
                let null = AnyRef::new(Tag::Null, &[])?.to_der()?;
                let numbers: Vec<&[u8]> = numbers.iter().map(|number| number.as_slice()).collect();
                pkcs8(&[&RSA.to_der()?, &null], &sequence(&numbers)?)
            };
            write().map_err(failed)
        }
        other => Err(format!("keys of the algorithm {other} cannot sign requests here")),
    }
}
