//! Numbers that IANA assigns, as open newtypes: an unknown number is a value like any other.
//!
//! Source of all of them: the IANA registries "Domain Name System (DNS) Parameters",
//! "DNS Security Algorithm Numbers", "Delegation Signer (DS) Resource Record (RR) Type Digest
//! Algorithms" and "DNSSEC NSEC3 Parameters".

use core::fmt;

/// Makes the constants of one code, its mnemonics and the way back from text.
macro_rules! codes {
    ($(#[$doc:meta])* $name:ident($int:ty), unknown $prefix:literal { $($(#[$item_doc:meta])* $item:ident = $value:literal, $text:literal;)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub $int);

        impl $name {
            $($(#[$item_doc])* pub const $item: Self = Self($value);)*

            /// The registered mnemonic, where this crate knows one.
            #[must_use]
            pub const fn mnemonic(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }

            /// The code for a mnemonic in any case, or for the generic form of an unknown one.
            #[must_use]
            pub fn from_mnemonic(text: &str) -> Option<Self> {
                $(if text.eq_ignore_ascii_case($text) { return Some(Self::$item); })*
                let (head, digits) = text.split_at_checked($prefix.len())?;
                let plain = !digits.is_empty() && digits.bytes().all(|octet| octet.is_ascii_digit());
                if head.eq_ignore_ascii_case($prefix) && plain { digits.parse().ok().map(Self) } else { None }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match self.mnemonic() {
                    Some(text) => f.write_str(text),
                    None => write!(f, concat!($prefix, "{}"), self.0),
                }
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    };
}

codes! {
    /// An RR type (RFC 9499 section 5). Unknown ones print as `TYPE65280` (RFC 3597 section 5).
    ///
    /// ```
    /// use dnsproof::codes::Type;
    /// assert_eq!(Type::from_mnemonic("srv"), Some(Type::SRV));
    /// assert_eq!(Type(65280).to_string(), "TYPE65280");
    /// ```
    Type(u16), unknown "TYPE" {
        /// IPv4 address (RFC 1035).
        A = 1, "A";
        /// Authoritative name server (RFC 1035).
        NS = 2, "NS";
        /// Mail destination (obsolete, RFC 1035).
        MD = 3, "MD";
        /// Mail forwarder (obsolete, RFC 1035).
        MF = 4, "MF";
        /// Canonical name of an alias (RFC 1035).
        CNAME = 5, "CNAME";
        /// Start of a zone of authority (RFC 1035).
        SOA = 6, "SOA";
        /// Mailbox domain name (RFC 1035).
        MB = 7, "MB";
        /// Mail group member (RFC 1035).
        MG = 8, "MG";
        /// Mail rename domain name (RFC 1035).
        MR = 9, "MR";
        /// Domain name pointer (RFC 1035).
        PTR = 12, "PTR";
        /// Host information (RFC 1035).
        HINFO = 13, "HINFO";
        /// Mailbox information (RFC 1035).
        MINFO = 14, "MINFO";
        /// Mail exchange (RFC 1035).
        MX = 15, "MX";
        /// Text strings (RFC 1035).
        TXT = 16, "TXT";
        /// Responsible person (RFC 1183).
        RP = 17, "RP";
        /// AFS data base location (RFC 1183).
        AFSDB = 18, "AFSDB";
        /// Route through (RFC 1183).
        RT = 21, "RT";
        /// Signature (RFC 2535); in use only for SIG(0).
        SIG = 24, "SIG";
        /// Key (RFC 2535).
        KEY = 25, "KEY";
        /// X.400 mail mapping (RFC 2163).
        PX = 26, "PX";
        /// IPv6 address (RFC 3596).
        AAAA = 28, "AAAA";
        /// Location (RFC 1876).
        LOC = 29, "LOC";
        /// Next domain (obsolete, RFC 2535).
        NXT = 30, "NXT";
        /// Server selection (RFC 2782).
        SRV = 33, "SRV";
        /// Naming authority pointer (RFC 3403).
        NAPTR = 35, "NAPTR";
        /// Key exchanger (RFC 2230).
        KX = 36, "KX";
        /// Certificate (RFC 4398).
        CERT = 37, "CERT";
        /// IPv6 address, experimental (RFC 2874).
        A6 = 38, "A6";
        /// Redirection of a subtree (RFC 6672).
        DNAME = 39, "DNAME";
        /// EDNS pseudo record (RFC 6891).
        OPT = 41, "OPT";
        /// Delegation signer (RFC 4034).
        DS = 43, "DS";
        /// SSH key fingerprint (RFC 4255).
        SSHFP = 44, "SSHFP";
        /// `IPsec` key (RFC 4025).
        IPSECKEY = 45, "IPSECKEY";
        /// Signature over an RRset (RFC 4034).
        RRSIG = 46, "RRSIG";
        /// Next secure name (RFC 4034).
        NSEC = 47, "NSEC";
        /// DNS key (RFC 4034).
        DNSKEY = 48, "DNSKEY";
        /// DHCP identifier (RFC 4701).
        DHCID = 49, "DHCID";
        /// Hashed next secure name (RFC 5155).
        NSEC3 = 50, "NSEC3";
        /// NSEC3 parameters (RFC 5155).
        NSEC3PARAM = 51, "NSEC3PARAM";
        /// TLS association (RFC 6698).
        TLSA = 52, "TLSA";
        /// S/MIME association (RFC 8162).
        SMIMEA = 53, "SMIMEA";
        /// Child DS (RFC 7344).
        CDS = 59, "CDS";
        /// Child DNSKEY (RFC 7344).
        CDNSKEY = 60, "CDNSKEY";
        /// `OpenPGP` key (RFC 7929).
        OPENPGPKEY = 61, "OPENPGPKEY";
        /// Child-to-parent synchronisation (RFC 7477).
        CSYNC = 62, "CSYNC";
        /// Message digest over a zone (RFC 8976).
        ZONEMD = 63, "ZONEMD";
        /// Service binding (RFC 9460).
        SVCB = 64, "SVCB";
        /// Service binding for HTTPS (RFC 9460).
        HTTPS = 65, "HTTPS";
        /// Sender policy framework (RFC 7208).
        SPF = 99, "SPF";
        /// Non-existent name, in type bitmaps only (RFC 9824).
        NXNAME = 128, "NXNAME";
        /// Transaction signature (RFC 8945).
        TSIG = 250, "TSIG";
        /// Incremental transfer (RFC 1995).
        IXFR = 251, "IXFR";
        /// Transfer of a zone (RFC 5936).
        AXFR = 252, "AXFR";
        /// A request for all types (RFC 1035, RFC 8482).
        ANY = 255, "ANY";
        /// Uniform resource identifier (RFC 7553).
        URI = 256, "URI";
        /// Certification authority restriction (RFC 8659).
        CAA = 257, "CAA";
        /// Look-aside validation (RFC 4431, historic by RFC 8749).
        DLV = 32769, "DLV";
    }
}

impl Type {
    /// Whether a question may name it but no record of a zone can have it (RFC 6895 section 3.1).
    #[must_use]
    pub const fn is_meta(self) -> bool {
        matches!(self.0, 41 | 128..=255)
    }
}

codes! {
    /// A DNS class (RFC 1035 section 3.2.4). Unknown ones print as `CLASS32` (RFC 3597 section 5).
    Class(u16), unknown "CLASS" {
        /// The Internet.
        IN = 1, "IN";
        /// Chaos.
        CH = 3, "CH";
        /// Hesiod.
        HS = 4, "HS";
        /// None (RFC 2136).
        NONE = 254, "NONE";
        /// Any class.
        ANY = 255, "ANY";
    }
}

codes! {
    /// A DNSSEC algorithm number (RFC 4034 appendix A.1, IANA registry).
    Algorithm(u8), unknown "ALG" {
        /// Delete marker in CDS and CDNSKEY records (RFC 8078 section 4).
        DELETE = 0, "DELETE";
        /// RSA with MD5: must not be used (RFC 6944).
        RSAMD5 = 1, "RSAMD5";
        /// DSA with SHA-1: must not be used.
        DSA = 3, "DSA";
        /// RSA with SHA-1 (RFC 3110).
        RSASHA1 = 5, "RSASHA1";
        /// DSA with SHA-1 for zones with NSEC3 (RFC 5155).
        DSA_NSEC3_SHA1 = 6, "DSA-NSEC3-SHA1";
        /// RSA with SHA-1 for zones that may use NSEC3 (RFC 5155).
        RSASHA1_NSEC3_SHA1 = 7, "RSASHA1-NSEC3-SHA1";
        /// RSA with SHA-256 (RFC 5702).
        RSASHA256 = 8, "RSASHA256";
        /// RSA with SHA-512 (RFC 5702).
        RSASHA512 = 10, "RSASHA512";
        /// GOST R 34.10-2001 (deprecated by RFC 9906).
        ECC_GOST = 12, "ECC-GOST";
        /// ECDSA on P-256 with SHA-256 (RFC 6605).
        ECDSAP256SHA256 = 13, "ECDSAP256SHA256";
        /// ECDSA on P-384 with SHA-384 (RFC 6605).
        ECDSAP384SHA384 = 14, "ECDSAP384SHA384";
        /// Ed25519 (RFC 8080).
        ED25519 = 15, "ED25519";
        /// Ed448 (RFC 8080).
        ED448 = 16, "ED448";
        /// SM2 with SM3 (RFC 9563).
        SM2SM3 = 17, "SM2SM3";
        /// ML-DSA-44 (registered 2026); not built yet.
        ML_DSA_44 = 18, "MLDSA44";
        /// GOST R 34.10-2012 (RFC 9558).
        ECC_GOST12 = 23, "ECC-GOST12";
        /// Named by a domain name in the key (RFC 4034 appendix A.1.1).
        PRIVATEDNS = 253, "PRIVATEDNS";
        /// Named by an object identifier in the key (RFC 4034 appendix A.1.1).
        PRIVATEOID = 254, "PRIVATEOID";
    }
}

impl Algorithm {
    /// Whether its signatures rest on SHA-1 (RFC 9905).
    #[must_use]
    pub const fn uses_sha1(self) -> bool {
        matches!(self, Self::DSA | Self::RSASHA1 | Self::DSA_NSEC3_SHA1 | Self::RSASHA1_NSEC3_SHA1)
    }

    /// Whether its keys are RSA keys in the form of RFC 3110.
    #[must_use]
    pub const fn is_rsa(self) -> bool {
        matches!(self, Self::RSAMD5 | Self::RSASHA1 | Self::RSASHA1_NSEC3_SHA1 | Self::RSASHA256 | Self::RSASHA512)
    }
}

codes! {
    /// A DS digest type (RFC 4034 appendix A.2, IANA registry).
    DigestType(u8), unknown "DIGEST" {
        /// SHA-1 (RFC 4034).
        SHA1 = 1, "SHA-1";
        /// SHA-256 (RFC 4509).
        SHA256 = 2, "SHA-256";
        /// GOST R 34.11-94 (deprecated by RFC 9906).
        GOST = 3, "GOST";
        /// SHA-384 (RFC 6605).
        SHA384 = 4, "SHA-384";
    }
}

impl DigestType {
    /// How long its digests are; `None` where this crate does not know it.
    #[must_use]
    pub const fn octets(self) -> Option<usize> {
        match self {
            Self::SHA1 => Some(20),
            Self::SHA256 | Self::GOST => Some(32),
            Self::SHA384 => Some(48),
            _ => None,
        }
    }
}

codes! {
    /// An NSEC3 hash algorithm (RFC 5155 section 11).
    Nsec3Hash(u8), unknown "NSEC3HASH" {
        /// SHA-1.
        SHA1 = 1, "SHA-1";
    }
}

codes! {
    /// A response code, with the upper bits of EDNS (RFC 6895 section 2.3).
    Rcode(u16), unknown "RCODE" {
        /// No error.
        NOERROR = 0, "NOERROR";
        /// The server could not read the question.
        FORMERR = 1, "FORMERR";
        /// The server failed.
        SERVFAIL = 2, "SERVFAIL";
        /// The name does not exist.
        NXDOMAIN = 3, "NXDOMAIN";
        /// Not implemented.
        NOTIMP = 4, "NOTIMP";
        /// Refused by policy.
        REFUSED = 5, "REFUSED";
        /// A name exists where it should not (RFC 2136).
        YXDOMAIN = 6, "YXDOMAIN";
        /// Not authoritative, or not authorised (RFC 2136, RFC 8945).
        NOTAUTH = 9, "NOTAUTH";
        /// EDNS version not supported, or bad signature (RFC 6891, RFC 8945).
        BADVERS = 16, "BADVERS";
        /// Bad or missing cookie (RFC 7873).
        BADCOOKIE = 23, "BADCOOKIE";
    }
}

codes! {
    /// A kind of query (RFC 6895 section 2.2).
    Opcode(u8), unknown "OPCODE" {
        /// A standard query.
        QUERY = 0, "QUERY";
        /// Notice of a changed zone (RFC 1996).
        NOTIFY = 4, "NOTIFY";
        /// Dynamic update (RFC 2136).
        UPDATE = 5, "UPDATE";
    }
}

codes! {
    /// An extended DNS error (RFC 8914 section 4, IANA registry).
    Ede(u16), unknown "EDE" {
        /// Something that no other code says.
        OTHER = 0, "Other Error";
        /// No DNSKEY algorithm that the validator supports.
        UNSUPPORTED_DNSKEY_ALGORITHM = 1, "Unsupported DNSKEY Algorithm";
        /// No DS digest type that the validator supports.
        UNSUPPORTED_DS_DIGEST_TYPE = 2, "Unsupported DS Digest Type";
        /// Validation ended without a statement.
        DNSSEC_INDETERMINATE = 5, "DNSSEC Indeterminate";
        /// Validation failed.
        DNSSEC_BOGUS = 6, "DNSSEC Bogus";
        /// No signature that has not expired.
        SIGNATURE_EXPIRED = 7, "Signature Expired";
        /// No signature that holds already.
        SIGNATURE_NOT_YET_VALID = 8, "Signature Not Yet Valid";
        /// No DNSKEY matches the DS or the signature.
        DNSKEY_MISSING = 9, "DNSKEY Missing";
        /// No signature where there should be one.
        RRSIGS_MISSING = 10, "RRSIGs Missing";
        /// No key with the zone flag.
        NO_ZONE_KEY_BIT_SET = 11, "No Zone Key Bit Set";
        /// No NSEC or NSEC3 record where there should be one.
        NSEC_MISSING = 12, "NSEC Missing";
        /// A server said so earlier.
        CACHED_ERROR = 13, "Cached Error";
        /// The server is not ready.
        NOT_READY = 14, "Not Ready";
        /// No server answered.
        NO_REACHABLE_AUTHORITY = 22, "No Reachable Authority";
        /// The network failed.
        NETWORK_ERROR = 23, "Network Error";
        /// The zone's data are not usable.
        INVALID_DATA = 24, "Invalid Data";
        /// The signature's window ends before it begins.
        SIGNATURE_EXPIRED_BEFORE_VALID = 25, "Signature Expired before Valid";
        /// NSEC3 iterations above the limit (RFC 9276).
        UNSUPPORTED_NSEC3_ITERATIONS = 27, "Unsupported NSEC3 Iterations Value";
        /// A type that may not be asked for (RFC 9824).
        INVALID_QUERY_TYPE = 30, "Invalid Query Type";
    }
}
