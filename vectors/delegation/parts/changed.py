"""Cases made from the good answers by changing messages: bits turned, signatures taken away, records moved."""
import struct

from . import wire
from .case import CUTS, bogus, good, by_denial
from .maker import SRV
from .wire import ANSWER, DNSKEY, DS, RRSIG
from .world import COM, ROOT, SOURCE

CUT = 'needs the proof, here beside it, that no zone cut lies between'
LABELS = {ROOT: 'root', COM: 'com', SOURCE: 'example-com'}


def is_srv(record):
    return record.kind == wire.SRV


def rrsig(kind):
    return lambda record: record.covers(kind)


def ksk(record):
    return record.kind == DNSKEY and record.rdata[1] & 1 == 1


def zsk(record):
    return record.kind == DNSKEY and record.rdata[1] & 1 == 0


def turn(question, want, offset, bit=1):
    """One bit of one record, in the message as it was recorded."""
    def make(answers):
        record = wire.Message(answers[question]).find(want)
        at = offset(record.rdata) if callable(offset) else offset
        return {**answers, question: wire.flip(answers[question], record.at + at, bit)}
    return make


def rewrite(question, change):
    """The message taken apart, changed and written again."""
    def make(answers):
        message = wire.Message(answers[question])
        change(message)
        return {**answers, question: message.build()}
    return make


def signature(rdata):
    """An octet inside the signature: past the fixed part and the signer's name."""
    return 18 + len(wire.read_name(rdata, 18)[0]) + 8


def middle(rdata):
    """An octet in the middle of a public key."""
    return 4 + (len(rdata) - 4) // 2


def flips(answers):
    srv = [
        ('target', is_srv, 7, 'target'), ('port', is_srv, 5, 'port'),
        ('priority', is_srv, 1, 'priority'), ('weight', is_srv, 3, 'weight'),
        ('rrsig-signature', rrsig(wire.SRV), signature, 'signature'),
        ('rrsig-algorithm', rrsig(wire.SRV), 2, 'RRSIG algorithm: no key has it'),
        ('rrsig-labels', rrsig(wire.SRV), 3, 'RRSIG labels: more than the owner has'),
        ('rrsig-original-ttl', rrsig(wire.SRV), 7, 'RRSIG original TTL'),
        ('rrsig-expiration', rrsig(wire.SRV), 11, 'RRSIG expiration, one second off'),
        ('rrsig-inception', rrsig(wire.SRV), 15, 'RRSIG inception, one second off'),
        ('rrsig-key-tag', rrsig(wire.SRV), 17, 'RRSIG key tag: no key has it'),
    ]
    for part, want, offset, what in srv:
        yield bogus(f'flip-srv-{part}', f'one bit of the SRV {what}: no signature verifies (RFC 4035 5.3.1, 5.3.3)',
                    turn(SRV, want, offset))
    yield good('flip-srv-ttl', 'one bit of the SRV TTL, now above the original TTL: not signed, and no more than the original TTL '
               'and the TTL of the RRSIG count (RFC 4035 5.3.2, 5.3.3)', turn(SRV, is_srv, -3))
    yield bogus('flip-srv-rrsig-signer', 'one bit of the SRV RRSIG signer: not a zone above the name; no RRSIG can be '
                'validated (RFC 4035 5.3.1, 5.5)', turn(SRV, rrsig(wire.SRV), 19), CUTS)
    yield by_denial('flip-srv-rrsig-type', 'bogus', f'the only RRSIG covers type 32: the SRV has none (RFC 4035 5.3.1); {CUT}',
                  turn(SRV, rrsig(wire.SRV), 1), CUTS)
    for zone, label in LABELS.items():
        keys = (zone, 'DNSKEY')
        rows = [('dnskey-ksk', keys, ksk, middle, 'the KSK: neither its DS nor the DNSKEY signature fits (RFC 4035 5.2)'),
                ('dnskey-flags', keys, ksk, lambda rdata: 0, 'the KSK: its zone flag is off (RFC 4035 5.3.1, RFC 4034 2.1.1)'),
                ('dnskey-protocol', keys, ksk, lambda rdata: 2, 'the KSK: its protocol is not 3 (RFC 4034 2.1.2)'),
                ('dnskey-algorithm', keys, ksk, 3, 'the KSK: no DS has its algorithm (RFC 4035 5.2)'),
                ('dnskey-rrsig', keys, rrsig(DNSKEY), signature, 'the signature of the DNSKEY RRset (RFC 4035 5.2)')]
        if any(map(zsk, wire.Message(answers[keys]).sections[ANSWER])):
            rows.append(('dnskey-zsk', keys, zsk, middle, 'the ZSK: the DNSKEY signature does not fit (RFC 4035 5.2)'))
        if zone != ROOT:
            ds = (zone, 'DS')
            rows += [('ds-digest', ds, lambda r: r.kind == DS, 12, 'the DS digest (RFC 4035 5.2, 5.3.3)'),
                     ('ds-tag', ds, lambda r: r.kind == DS, 1, 'the DS key tag (RFC 4035 5.2, 5.3.3)'),
                     ('ds-algorithm', ds, lambda r: r.kind == DS, 2, 'the DS algorithm: must not pass for unsigned (RFC 4035 5.2, 5.3.3)'),
                     ('ds-digest-type', ds, lambda r: r.kind == DS, 3, 'the DS digest type: must not pass for unsigned (RFC 4035 5.2, 5.3.3)'),
                     ('ds-rrsig', ds, rrsig(DS), signature, 'the signature of the DS RRset (RFC 4035 5.3.3)')]
        for part, question, want, offset, what in rows:
            yield bogus(f'flip-{label}-{part}', f'one bit of {zone}: {what}', turn(question, want, offset))


def unsigned(question):
    kind = wire.TYPES[question[1]]

    def change(message):
        message.sections[ANSWER] = [r for r in message.sections[ANSWER] if not r.covers(kind)]
    return rewrite(question, change)


def without(question):
    return lambda answers: {q: raw for q, raw in answers.items() if q != question}


def set_ttl(ttl):
    def change(message):
        message.sections[ANSWER] = [r.copy(ttl=ttl) for r in message.sections[ANSWER]]
    return rewrite(SRV, change)


def forge(message):
    message.flags |= 0x0020  # AD: somebody else's word counts for nothing
    evil = struct.pack('>HHH', 0, 5, 5269) + wire.name('evil.example.')
    message.sections[ANSWER] = [r.copy(rdata=evil) if is_srv(r) else r for r in message.sections[ANSWER]]


def add(message):
    evil = struct.pack('>HHH', 0, 5, 5269) + wire.name('evil.example.')
    message.sections[ANSWER].append(message.find(is_srv).copy(rdata=evil))


def duplicate(message):
    message.sections[ANSWER].insert(0, message.find(is_srv).copy())
    message.sections[ANSWER].append(message.find(is_srv).copy())


def reorder(answers):
    """Every section of every message back to front."""
    out = {}
    for question, raw in answers.items():
        message = wire.Message(raw)
        message.sections = [section[::-1] for section in message.sections]
        out[question] = message.build()
    return out


def second_signature(message):
    """Before the good RRSIG one with the same head and other octets where the signature is."""
    real = message.find(rrsig(wire.SRV))
    at = signature(real.rdata) - 8
    noise = bytes((7 + 31 * i) & 0xff for i in range(len(real.rdata) - at))
    message.sections[ANSWER].insert(0, real.copy(rdata=real.rdata[:at] + noise))


def lower_labels(message):
    message.sections[ANSWER] = [r.copy(rdata=r.rdata[:3] + b'\3' + r.rdata[4:]) if r.covers(wire.SRV) else r
                                for r in message.sections[ANSWER]]


def upper(octets):
    """Every second letter of a name in upper case; length octets are below the letters."""
    return bytes(b - 32 if i % 2 and 97 <= b <= 122 else b for i, b in enumerate(octets))


def change_case(answers):
    """Owners, the SRV target and the signers of all messages."""
    out = {}
    for question, raw in answers.items():
        message = wire.Message(raw)
        for record in message.sections[ANSWER]:
            record.owner = upper(record.owner)
            if is_srv(record):
                record.rdata = record.rdata[:6] + upper(record.rdata[6:])
            if record.kind == RRSIG:
                signer, end = wire.read_name(record.rdata, 18)
                record.rdata = record.rdata[:18] + upper(signer) + record.rdata[end:]
        out[question] = message.build()
    return out


OTHERS = [
    by_denial('stripped', 'bogus', f'no RRSIG with the SRV of a signed zone (RFC 4035 5.3.1); {CUT}',
            unsigned(SRV), CUTS),
    bogus('stripped-dnskey', 'no RRSIG with the DNSKEY RRset that a secure DS vouches for (RFC 4035 5.2)',
          unsigned((SOURCE, 'DNSKEY'))),
    bogus('stripped-ds', 'no RRSIG with a DS RRset that the signed parent answers for (RFC 4035 5.2, 5.3.1)',
          unsigned((SOURCE, 'DS'))),
    by_denial('absent-srv', 'indeterminate', 'the answer is missing from the evidence (RFC 4035 4.3)', without(SRV)),
    by_denial('absent-dnskey', 'indeterminate', 'the DNSKEY answer is missing from the evidence (RFC 4035 4.3)', without((SOURCE, 'DNSKEY'))),
    by_denial('absent-ds', 'indeterminate', 'the DS answer is missing from the evidence (RFC 4035 4.3)', without((SOURCE, 'DS'))),
    by_denial('absent-root', 'indeterminate', 'the root DNSKEY answer is missing from the evidence (RFC 4035 4.3)', without((ROOT, 'DNSKEY'))),
    bogus('forged-target', 'another target under the old RRSIG, and AD set (RFC 4035 5.3.3)', rewrite(SRV, forge)),
    bogus('added-rr', 'a second SRV that the signature does not cover (RFC 4035 5.3.2)', rewrite(SRV, add)),
    bogus('labels-lowered', 'RRSIG labels 3, as of a wildcard: the signature was made over 4 (RFC 4035 5.3.2)',
          rewrite(SRV, lower_labels)),
    good('case-rdata', 'case of owners, target and signers counts for nothing (RFC 4034 6.2, RFC 6840 5.1)', change_case),
    good('ttl-lowered', 'a TTL that a cache has let run down (RFC 4035 5.3.3)', set_ttl(17)),
    good('ttl-raised', 'the original TTL counts, in the signature and as the limit (RFC 4035 5.3.2, 5.3.3)', set_ttl(604800)),
    good('duplicate-rr', 'the same SRV three times is one record (RFC 4034 6.3)', rewrite(SRV, duplicate)),
    good('reordered', 'the order of records has no meaning (RFC 4034 6.3)', reorder),
    good('two-signers', 'one good RRSIG behind a bad one with the same key tag is enough (RFC 4035 5.3.3)',
         rewrite(SRV, second_signature)),
]
