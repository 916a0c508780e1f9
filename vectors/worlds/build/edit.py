"""Changes to recorded messages: a step takes a message apart and changes it in place; change() runs steps and writes the result."""
import base64
import hashlib
import struct

from parts import hand, wire

from .zones import EXPIRED, WINDOW

DENIALS = (wire.NSEC, wire.NSEC3)


def change(raw, *steps):
    message = wire.Message(raw)
    for step in steps:
        step(message)
    return message.build()


# --- which record ---

def any_of(*kinds):
    return lambda rr: rr.kind in kinds


denial = any_of(*DENIALS)


def owned(name, kind=None):
    raw = wire.name(name).lower()
    return lambda rr: rr.owner.lower() == raw and rr.kind != wire.RRSIG and kind in (None, rr.kind)


def matching(zone, name):
    """The NSEC or NSEC3 whose owner stands for this name."""
    return lambda rr: denial(rr) and spot(rr, zone, name) == 'match'


def covering(zone, name):
    return lambda rr: denial(rr) and spot(rr, zone, name) == 'cover'


def both(*wants):
    return lambda rr: any(want(rr) for want in wants)


def spot(rr, zone, name):
    """Does this NSEC or NSEC3 of the zone match the name, cover it, or say nothing about it?"""
    if rr.kind == wire.NSEC:
        first, here, after = (order(n) for n in (rr.owner, wire.name(name), wire.read_name(rr.rdata, 0)[0]))
        last = order(wire.name(zone))
    else:
        algorithm, flags, rounds, salt, after, _ = split3(rr.rdata)
        first, here, last = rr.owner[1:1 + rr.owner[0]].lower(), hashed(name, rounds, salt), None
        after = b32(after)
    if first == here:
        return 'match'
    wraps = after == last if last is not None else after <= first
    return 'cover' if first < here < after or wraps and (here > first or last is None and here < after) else None


def order(raw):
    """Key for the canonical order of names (RFC 4034 section 6.1)."""
    labels, at = [], 0
    while raw[at]:
        labels.append(raw[at + 1:at + 1 + raw[at]].lower())
        at += 1 + raw[at]
    return labels[::-1]


def b32(octets):
    return base64.b32encode(octets).lower().translate(
        bytes.maketrans(b'abcdefghijklmnopqrstuvwxyz234567', b'0123456789abcdefghijklmnopqrstuv'))


def hashed(name, rounds=0, salt=b''):
    """The hash label (RFC 5155 section 5)."""
    digest = hashlib.sha1(wire.name(name).lower() + salt).digest()
    for _ in range(rounds):
        digest = hashlib.sha1(digest + salt).digest()
    return b32(digest)


def split3(rdata):
    """Algorithm, flags, iterations, salt, next hash, bitmap."""
    algorithm, flags, rounds, size = struct.unpack('>BBHB', rdata[:5])
    salt, at = rdata[5:5 + size], 5 + size
    return algorithm, flags, rounds, salt, rdata[at + 1:at + 1 + rdata[at]], rdata[at + 1 + rdata[at]:]


def join3(algorithm, flags, rounds, salt, after, bitmap):
    return struct.pack('>BBHB', algorithm, flags, rounds, len(salt)) + salt + bytes([len(after)]) + after + bitmap


# --- bitmaps ---

def bitmap(kinds):
    out = b''
    for window in sorted({kind >> 8 for kind in kinds}):
        bits = bytearray(32)
        for kind in kinds:
            if kind >> 8 == window:
                bits[(kind & 255) >> 3] |= 0x80 >> (kind & 7)
        bits = bytes(bits).rstrip(b'\0')
        out += bytes([window, len(bits)]) + bits
    return out


def kinds_in(octets):
    out, at = set(), 0
    while at < len(octets):
        window, size = octets[at], octets[at + 1]
        out |= {window << 8 | i << 3 | b for i, octet in enumerate(octets[at + 2:at + 2 + size]) for b in range(8) if octet & 0x80 >> b}
        at += 2 + size
    return out


def head_and_kinds(rr):
    """The rdata before the bitmap, and the types in it."""
    at = wire.read_name(rr.rdata, 0)[1] if rr.kind == wire.NSEC else len(rr.rdata) - len(split3(rr.rdata)[5])
    return rr.rdata[:at], kinds_in(rr.rdata[at:])


def with_kinds(add=(), remove=(), exactly=None):
    """A rewriter for resign(): other types in the bitmap."""
    def rewrite(rr):
        head, kinds = head_and_kinds(rr)
        return rr.copy(rdata=head + bitmap((set(exactly) if exactly else kinds | set(add)) - set(remove)))
    return rewrite


def with3(**more):
    """A rewriter for resign(): other NSEC3 fields."""
    names = ['algorithm', 'flags', 'rounds', 'salt', 'after', 'bitmap']

    def rewrite(rr):
        return rr.copy(rdata=join3(**{**dict(zip(names, split3(rr.rdata))), **more}))
    return rewrite


# --- steps ---

def signs(rrsig, rr):
    return rrsig.covers(rr.kind) and rrsig.owner.lower() == rr.owner.lower()


def drop(want, signatures_only=False):
    """Takes records away with their signatures, or only the signatures."""
    def step(message):
        hit = 0
        for section in message.sections:
            gone = [rr for rr in section if rr.kind != wire.RRSIG and want(rr)]
            hit += len(gone)
            section[:] = [rr for rr in section if not any(signs(rr, g) or rr is g and not signatures_only for g in gone)]
        assert hit, 'nothing to drop'
    return step


def unsign(want):
    return drop(want, signatures_only=True)


def flip(want):
    """Turns a bit of every signature over these records."""
    def step(message):
        hit = 0
        for section in message.sections:
            for rr in [rr for rr in section if rr.kind != wire.RRSIG and want(rr)]:
                for i, sig in enumerate(section):
                    if signs(sig, rr):
                        section[i] = sig.copy(rdata=sig.rdata[:-5] + bytes([sig.rdata[-5] ^ 4]) + sig.rdata[-4:])
                        hit += 1
        assert hit, 'nothing to flip'
    return step


def resign(key, want, rewrite=None, window=WINDOW, signer=None):
    """Rewrites records and signs each RRset anew with this key."""
    def step(message):
        hit = 0
        for section in message.sections:
            wanted = [rr for rr in section if rr.kind != wire.RRSIG and want(rr)]
            for owner, kind in dict.fromkeys((rr.owner, rr.kind) for rr in wanted):
                old = [rr for rr in section if rr.owner == owner and rr.kind == kind]
                at = section.index(old[0])
                new = [rewrite(rr) if rewrite else rr for rr in old]
                section[:] = [rr for rr in section if rr not in old and not signs(rr, old[0])]
                section[at:at] = new + [signature(new, key, window, signer)]
                hit += 1
        assert hit, 'nothing to sign'
    return step


def signature(records, key, window=WINDOW, signer=None, cut=0):
    first = records[0]
    return first.copy(kind=wire.RRSIG, rdata=hand.rrsig(records, key, signer or key.zone, window, cut))


def expire(key, want):
    return resign(key, want, window=EXPIRED)


def put(records, section=wire.AUTHORITY):
    """Adds records (one list, or the section of another message)."""
    return lambda message: message.sections[section].extend(records)


def authority_of(raw):
    """Replaces the authority section by that of another message."""
    def step(message):
        message.sections[wire.AUTHORITY] = [rr.copy() for rr in wire.Message(raw).sections[wire.AUTHORITY]]
    return step


def rcode(number):
    def step(message):
        message.flags = message.flags & 0xfff0 | number
    return step


def ask(name, kind=None):
    """Another question over the same records."""
    def step(message):
        message.question = wire.name(name)
        message.qtype = wire.TYPES[kind] if kind else message.qtype
    return step


def rename(old, new):
    """Owners (also of signatures) that are this name become another."""
    def step(message):
        for section in message.sections:
            section[:] = [rr.copy(owner=wire.name(new)) if rr.owner.lower() == wire.name(old).lower() else rr for rr in section]
    return step


def rr(name, kind, rdata, ttl=3600):
    return wire.Record(wire.name(name), kind, 1, ttl, rdata)


def taken(raw, want, section=wire.AUTHORITY):
    """Records of another message, with their signatures."""
    records = wire.Message(raw).sections[section]
    chosen = [r for r in records if r.kind != wire.RRSIG and want(r)]
    assert chosen, 'nothing to take'
    return [r for r in records if any(r is c or signs(r, c) for c in chosen)]


def answer(name, kind, answers=(), authority=(), rcode=0):
    """A message written from nothing."""
    message = wire.Message(struct.pack('>6H', 0, 0x8400 | rcode, 1, 0, 0, 0) + wire.name(name) + struct.pack('>HH', wire.TYPES[kind], 1))
    message.sections = [list(answers), list(authority), []]
    return message.build()
