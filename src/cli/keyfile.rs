//! Files with private keys: BIND's `K*.private` beside their `K*.key`, and PKCS#8 in PEM.

use core::fmt::Display;
use std::format;
use std::fs::File;
use std::io::{Error, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use data_encoding::BASE64;
use der::asn1::{AnyRef, BitStringRef, ContextSpecific, ObjectIdentifier, OctetStringRef, UintRef};
use der::{Encode, Tag, TagMode, TagNumber};
use graviola::key_agreement::{p256, p384};
use ring::signature::{Ed25519KeyPair, KeyPair};
use zeroize::Zeroizing;

use super::input::{self, MOST};
use super::warn;
use crate::binding::{PublicKey, pem};
use crate::codes::{Algorithm, Type};
use crate::crypto::Graviola;
use crate::name::NameBuf;
use crate::wire::Rdata;
use crate::wire::rdata::{Dnskey, View};
use crate::zonefile::parse;

/// What PEM begins with (RFC 7468 section 2).
const ARMOUR: &str = "-----BEGIN";
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

/// Reads a private key. The DNSKEY record beside it may be missing where the domain `is_named` otherwise.
pub(super) fn read(path: &Path, is_named: bool) -> Result<KeyFile, String> {
    let (path, octets) = &private_of(path)?;
    let at = |why: &str| format!("{}: {why}", path.display());
    let text = core::str::from_utf8(octets).map_err(|_| at("expected BIND's K*.private, or PKCS#8 in PEM"))?;
    if text.contains(ARMOUR) {
        let parts = pem(text).collect::<Result<Vec<_>, _>>().map_err(|error| at(&error.to_string()))?;
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
    let beside = path.with_extension("key");
    if is_named && matches!(std::fs::exists(&beside), Ok(false)) {
        let (algorithm, public) = public_of(text).map_err(|why| at(&why))?;
        return Ok(KeyFile { pkcs8: from_bind(text, algorithm, &public).map_err(|why| at(&why))?, dnskey: None });
    }
    let (name, algorithm, public) = public_part(&beside)?;
    let pkcs8 = from_bind(text, algorithm, &public).map_err(|why| at(&why))?;
    let key = PublicKey::from_dnskey(algorithm, &public).map_err(|refusal| at(&refusal.to_string()))?;
    Ok(KeyFile { pkcs8, dnskey: Some((name, key)) })
}

/// The file with the private key, and its octets: `K….private`, whichever of BIND's two files was named, or only what they
/// share. Others call files with private keys `.key` too.
fn private_of(path: &Path) -> Result<(PathBuf, Zeroizing<Vec<u8>>), String> {
    let at = |path: &Path, error: &dyn Display| format!("{}: {error}", path.display());
    let named = path.to_string_lossy();
    let other = PathBuf::from(format!("{}.private", named.strip_suffix(".key").unwrap_or(&named)));
    match secret(path) {
        Ok(octets)
            if named.ends_with(".key") && !octets.windows(ARMOUR.len()).any(|part| part == ARMOUR.as_bytes()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound && other.exists() => {}
        done => return done.map(|octets| (path.to_path_buf(), octets)).map_err(|error| at(path, &error)),
    }
    let octets = secret(&other).map_err(|error| at(&other, &error))?;
    Ok((other, octets))
}

/// The octets of a file, in memory that is wiped: none of it is left behind by growing.
fn secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let file = File::open(path)?;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or(MOST);
    let mut octets = Zeroizing::new(Vec::with_capacity(length.min(MOST).saturating_add(1)));
    file.take(u64::try_from(MOST).unwrap_or(u64::MAX).saturating_add(1)).read_to_end(&mut octets)?;
    match octets.len() > MOST {
        true => Err(Error::other("it has more than 16 MiB")),
        false => Ok(octets),
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
fn public_part(path: &Path) -> Result<(NameBuf, Algorithm, Vec<u8>), String> {
    let at = |why: &str| format!("{}: {why}", path.display());
    let text = input::text(path, MOST)?;
    let records = parse(&text, None).map_err(|error| at(&error.to_string()))?;
    let record = records.iter().find(|record| record.rtype == Type::DNSKEY);
    let record = record.ok_or_else(|| at("there is no DNSKEY record in it"))?;
    let key = Dnskey::from_rdata(Rdata::from_octets(&record.rdata)).map_err(|error| at(&error.to_string()))?;
    match () {
        () if key.is_revoked() => Err(at("the key is revoked")),
        () if !key.is_usable() => {
            Err(at(&format!("it is no zone key: flags {}, protocol {}", key.flags, key.protocol)))
        }
        () => {
            if !key.is_secure_entry_point() {
                let why = "the certificate should be for one that signs the zone's keys, flags 257";
                warn(&at(&format!("this key has the flags {}: {why}", key.flags)));
            }
            Ok((record.owner, key.algorithm, key.public_key.to_vec()))
        }
    }
}

/// A field of BIND's form.
fn field(text: &str, name: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let value = value.ok_or_else(|| match text.contains("\nLabel:") || text.contains("\nEngine:") {
        true => "the key is in a hardware module, and only its own tools can sign with it".to_string(),
        false => format!("the field {name} is missing"),
    })?;
    BASE64.decode(value.trim().as_bytes()).map(Zeroizing::new).map_err(|error| format!("{name}: {error}"))
}

/// A private key of a curve. Leading zeros may be left out in BIND's form, and may not elsewhere (RFC 5915 section 3).
fn scalar(text: &str, octets: usize) -> Result<Zeroizing<Vec<u8>>, String> {
    let secret = field(text, "PrivateKey")?;
    let short = octets.checked_sub(secret.len()).ok_or("the private key is too long")?;
    Ok(Zeroizing::new([std::vec![0; short].as_slice(), &secret].concat()))
}

/// The algorithm of a private key, and the Public Key field that belongs to it.
fn public_of(text: &str) -> Result<(Algorithm, Vec<u8>), String> {
    let line = text.lines().find_map(|line| line.strip_prefix("Algorithm:"));
    let number = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let algorithm = number.map(Algorithm).ok_or("the field Algorithm is missing")?;
    let cannot = "the public key cannot be computed on this processor: its K*.key is needed beside it";
    let wrong = |_| "there is no such private key";
    let point = match algorithm {
        Algorithm::ECDSAP256SHA256 => {
            Graviola::new().ok_or(cannot)?;
            let key = p256::StaticPrivateKey::from_bytes(&scalar(text, 32)?).map_err(wrong)?;
            key.public_key_uncompressed().to_vec()
        }
        Algorithm::ECDSAP384SHA384 => {
            Graviola::new().ok_or(cannot)?;
            let key = p384::StaticPrivateKey::from_bytes(&scalar(text, 48)?).map_err(wrong)?;
            key.public_key_uncompressed().to_vec()
        }
        Algorithm::ED25519 => {
            let key = Ed25519KeyPair::from_seed_unchecked(&field(text, "PrivateKey")?);
            let key = key.map_err(|error| format!("PrivateKey: {error}"))?;
            return Ok((algorithm, key.public_key().as_ref().to_vec()));
        }
        Algorithm::RSASHA1 | Algorithm::RSASHA1_NSEC3_SHA1 | Algorithm::RSASHA256 | Algorithm::RSASHA512 => {
            let (exponent, modulus) = (field(text, "PublicExponent")?, field(text, "Modulus")?);
            // RFC 3110 section 2: an exponent of 256 octets or more is none that anyone has.
            let length = u8::try_from(exponent.len()).map_err(|_| "PublicExponent: it is too long")?;
            return Ok((algorithm, [&[length], exponent.as_slice(), &modulus].concat()));
        }
        other => return Err(cannot_sign(other)),
    };
    // RFC 6605 section 4: both numbers, without the octet before them.
    Ok((algorithm, point.get(1..).unwrap_or_default().to_vec()))
}

/// The fields of BIND's form, as PKCS#8 (RFC 5958).
fn from_bind(text: &str, algorithm: Algorithm, public: &[u8]) -> Result<Zeroizing<Vec<u8>>, String> {
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
        let secret = scalar(text, octets)?;
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
            let secret = field(text, "PrivateKey")?;
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
            let fields = FIELDS.iter().map(|name| number(&field(text, name)?));
            let numbers = core::iter::once(number(&[0])).chain(fields).collect::<Result<Vec<_>, _>>()?;
            let write = || {
                let null = AnyRef::new(Tag::Null, &[])?.to_der()?;
                let numbers: Vec<&[u8]> = numbers.iter().map(|number| number.as_slice()).collect();
                pkcs8(&[&RSA.to_der()?, &null], &sequence(&numbers)?)
            };
            write().map_err(failed)
        }
        other => Err(cannot_sign(other)),
    }
}

fn cannot_sign(algorithm: Algorithm) -> String {
    format!("keys of the algorithm {algorithm} cannot sign requests here")
}
