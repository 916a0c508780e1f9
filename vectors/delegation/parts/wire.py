"""Just enough of the DNS wire format to look into a recorded message and to change it."""
import hashlib
import re
import struct

A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV, OPT, DS, RRSIG, NSEC, DNSKEY, TLSA, CAA = (
    1, 2, 5, 6, 12, 15, 16, 28, 33, 41, 43, 46, 47, 48, 52, 257)
DNAME, NSEC3, NSEC3PARAM, CDS, CDNSKEY, NXNAME = 39, 50, 51, 59, 60, 128
TYPES = dict(A=A, NS=NS, CNAME=CNAME, SOA=SOA, MX=MX, TXT=TXT, AAAA=AAAA, SRV=SRV, DS=DS, RRSIG=RRSIG,
             NSEC=NSEC, DNSKEY=DNSKEY, TLSA=TLSA, CAA=CAA, PTR=PTR, DNAME=DNAME, NSEC3=NSEC3, NSEC3PARAM=NSEC3PARAM,
             CDS=CDS, CDNSKEY=CDNSKEY)
ANSWER, AUTHORITY, ADDITIONAL = 0, 1, 2
# where names stand in the rdata of types that servers compress: octets before the name, number of names
NAMES_IN = {NS: (0, 1), CNAME: (0, 1), PTR: (0, 1), SOA: (0, 2), MX: (2, 1), SRV: (6, 1)}


def name(text):
    """Presentation form to wire form."""
    out = b''
    for label in re.findall(r'(?:\\[0-9]{3}|\\.|[^.\\])+', text):
        octets = re.sub(rb'\\([0-9]{3})|\\(.)', lambda m: m[2] or bytes([int(m[1])]), label.encode())
        out += bytes([len(octets)]) + octets
    return out + b'\0'


def read_name(raw, at):
    """The uncompressed name at an offset, and the offset after it."""
    out, end = b'', None
    while True:
        if len(out) > 255:
            raise ValueError('name too long')
        size = raw[at]
        if size >= 0xc0:
            end = end or at + 2
            to = (size & 0x3f) << 8 | raw[at + 1]
            if to >= at:
                raise ValueError('pointer does not point back')
            at = to
        elif size:
            out += raw[at:at + 1 + size]
            at += 1 + size
        else:
            return out + b'\0', end or at + 1


class Record:
    def __init__(self, owner, kind, klass, ttl, rdata, at=None, ttl_at=None):
        self.owner, self.kind, self.klass, self.ttl, self.rdata = owner, kind, klass, ttl, rdata
        self.at, self.ttl_at = at, ttl_at  # offsets in the message as recorded

    def copy(self, **change):
        new = Record(self.owner, self.kind, self.klass, self.ttl, self.rdata)
        new.__dict__.update(change)
        return new

    def covers(self, kind):
        return self.kind == RRSIG and struct.unpack('>H', self.rdata[:2])[0] == kind

    def wire(self):
        return self.owner + struct.pack('>HHIH', self.kind, self.klass, self.ttl, len(self.rdata)) + self.rdata


class Message:
    """A message taken apart; build() writes it again without compression."""

    def __init__(self, raw):
        self.raw = raw
        self.id, self.flags, *counts = struct.unpack('>6H', raw[:12])
        self.question, at = read_name(raw, 12)
        self.qtype, self.qclass = struct.unpack('>HH', raw[at:at + 4])
        at += 4
        self.sections = []
        for count in counts[1:]:
            records = []
            for _ in range(count):
                record, at = self._record(at)
                records.append(record)
            self.sections.append(records)
        assert at == len(raw)

    def _record(self, at):
        owner, at = read_name(self.raw, at)
        kind, klass, ttl, size = struct.unpack('>HHIH', self.raw[at:at + 10])
        start, end = at + 10, at + 10 + size
        rdata = self.raw[start:end]
        if kind in NAMES_IN:
            fixed, names = NAMES_IN[kind]
            rdata, here = self.raw[start:start + fixed], start + fixed
            for _ in range(names):
                part, here = read_name(self.raw, here)
                rdata += part
            rdata += self.raw[here:end]
        return Record(owner, kind, klass, ttl, rdata, start, at + 4), end

    @property
    def rcode(self):
        return self.flags & 15

    def find(self, want, section=ANSWER):
        """The first record that fits."""
        return next(r for r in self.sections[section] if want(r))

    def build(self):
        head = struct.pack('>6H', self.id, self.flags, 1, *map(len, self.sections))
        question = self.question + struct.pack('>HH', self.qtype, self.qclass)
        return head + question + b''.join(r.wire() for s in self.sections for r in s)


def flip(raw, at, bit=1):
    """The same message with one bit turned."""
    return raw[:at] + bytes([raw[at] ^ bit]) + raw[at + 1:]


def query(owner, kind):
    """RD clear, DO set, EDNS 1232, message id 0, no cookie."""
    return (struct.pack('>6H', 0, 0, 1, 0, 0, 1) + name(owner) + struct.pack('>HH', kind, 1)
            + b'\0' + struct.pack('>HHIH', OPT, 1232, 0x8000, 0))


def key_tag(rdata):
    """RFC 4034 appendix B (not for algorithm 1)."""
    total = sum(b << (0 if i & 1 else 8) for i, b in enumerate(rdata))
    return (total + (total >> 16)) & 0xffff


def ds_rdata(owner, dnskey, digest=2):
    """RFC 4034 section 5.1.4 for digest types 1, 2 and 4."""
    make = {1: hashlib.sha1, 2: hashlib.sha256, 4: hashlib.sha384}[digest]
    return struct.pack('>HBB', key_tag(dnskey), dnskey[3], digest) + make(name(owner.lower()) + dnskey).digest()


def ds_text(owner, rdata):
    tag, algorithm, digest = struct.unpack('>HBB', rdata[:4])
    return f'{owner} DS {tag} {algorithm} {digest} {rdata[4:].hex().upper()}'
