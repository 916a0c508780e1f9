"""Signatures that no zone signer makes: over a name outside of the signer's zone, or over DNSKEYs by the wrong one of two keys."""
import struct

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from . import sign, wire

HASHES = {5: hashes.SHA1, 7: hashes.SHA1, 8: hashes.SHA256, 10: hashes.SHA512, 13: hashes.SHA256, 14: hashes.SHA384}


def rrsig(records, key, signer, window, cut=0):
    """RRSIG rdata over an RRset (RFC 4034 section 3.1.8.1); with `cut` over the wildcard that many labels higher."""
    first = records[0]
    owner = first.owner.lower()
    labels, at = 0, 0
    while owner[at]:
        labels, at = labels + 1, at + 1 + owner[at]
    labels -= owner.startswith(b'\1*')  # RFC 4034 section 3.1.3
    if cut:
        labels -= cut
        for _ in range(cut):
            owner = owner[1 + owner[0]:]
        owner = b'\1*' + owner
    head = struct.pack('>HBBIIIH', first.kind, key.algorithm, labels, first.ttl, sign.stamp(window.end),
                       sign.stamp(window.start), key.tag) + wire.name(signer)
    ordered = sorted((r.copy(owner=owner, rdata=canonical(r)) for r in records), key=lambda r: r.rdata)
    data = head + b''.join(r.wire() for r in ordered)
    return head + signature(key, data)


def canonical(record):
    """Lower case for the name in the rdata."""
    if record.kind not in wire.NAMES_IN:
        return record.rdata
    fixed, _ = wire.NAMES_IN[record.kind]
    return record.rdata[:fixed] + record.rdata[fixed:].lower()


def signature(key, data):
    fields = key.private()
    number = {name: int.from_bytes(value, 'big') for name, value in fields.items()}
    if key.algorithm == 15:
        return ed25519.Ed25519PrivateKey.from_private_bytes(fields['PrivateKey']).sign(data)
    digest = HASHES[key.algorithm]()
    if key.algorithm in (13, 14):
        curve, size = {13: (ec.SECP256R1(), 32), 14: (ec.SECP384R1(), 48)}[key.algorithm]
        pair = decode_dss_signature(ec.derive_private_key(number['PrivateKey'], curve).sign(data, ec.ECDSA(digest)))
        return b''.join(part.to_bytes(size, 'big') for part in pair)
    public = rsa.RSAPublicNumbers(number['PublicExponent'], number['Modulus'])
    private = rsa.RSAPrivateNumbers(number['Prime1'], number['Prime2'], number['PrivateExponent'], number['Exponent1'],
                                    number['Exponent2'], number['Coefficient'], public).private_key()
    return private.sign(data, padding.PKCS1v15(), digest)
