"""Key rollovers and zones with several signers: every state in which one good path is left is secure (RFC 6840 5.11)."""
from parts import wire

from . import edit, world
from .edit import change, flip, resign


def add(book):
    w = book.w

    def good(case, zone, rule, why, verdict='secure', kind='A', name=None, steps=(), own=None):
        name = name or f'www.{zone}'
        raw = change(w.ask(name, kind), *steps) if steps else w.ask(name, kind)
        book.add('insecure', case, (name, kind), raw, verdict, rule, why, own=own, server=w.zones[zone].server)

    good('double-signature', 'double-sig.test.', '6781#4.1.1.2', 'two KSK and two ZSK, all sign, both KSK have a DS')
    good('double-signature-one-bad', 'double-sig.test.', '4035#5.3.3', 'one of the two signatures is broken', steps=[flip_first])
    good('double-signature-all-bad', 'double-sig.test.', '4035#5.3.3', 'both signatures are broken', 'bogus',
         steps=[flip(edit.owned('www.double-sig.test.', wire.A))])
    good('prepublished-zsk', 'prepub.test.', '6781#4.1.1.1', 'a ZSK that is published but does not sign yet')
    good('standby-ksk', 'standby.test.', '4035#5.2', 'a KSK with a DS that is published but does not sign')
    zone = 'standby.test.'
    standby, active = [k for k in world.zone_keys(zone) if k.is_ksk]
    raw = change(w.ask(zone, 'DS'), resign(w.key('test.'), lambda rr: rr.kind == wire.DS, None))
    message = wire.Message(raw)
    only = [rr for rr in message.sections[0] if rr.kind == wire.DS and rr.rdata == wire.ds_rdata(zone, standby.rdata)]
    assert only and active.tag != standby.tag
    message.sections[0] = only + [edit.signature(only, w.key('test.'))]
    good('standby-ksk-alone', zone, '4035#5.2', 'the DS names only the KSK that does not sign', 'bogus', own={(zone, 'DS'): message.build()})
    algorithms(book, good)
    several_signers(book)
    revoked(book, good)
    for zone in ('cds.test.', 'cds-delete.test.'):
        for kind in ('CDS', 'CDNSKEY'):
            good(f"{zone.split('.')[0]}-{kind.lower()}", zone, '7344#3', f'{kind} is data like any other to a validator', kind=kind, name=zone)
        good(f"{zone.split('.')[0]}-data", zone, '8078#4', 'CDS in the zone changes nothing as long as the DS stands')


def flip_first(message):
    section = message.sections[wire.ANSWER]
    at = next(i for i, rr in enumerate(section) if rr.kind == wire.RRSIG)
    section[at] = section[at].copy(rdata=section[at].rdata[:-1] + bytes([section[at].rdata[-1] ^ 1]))


def only_algorithm(number):
    def step(message):
        message.sections[wire.ANSWER][:] = [rr for rr in message.sections[wire.ANSWER] if rr.kind != wire.RRSIG or rr.rdata[2] == number]
    return step


def algorithms(book, good):
    zone = 'algroll.test.'
    good('algorithm-roll', zone, '6840#5.11', 'algorithms 13 and 15 sign everything, the DS has 13')
    good('algorithm-roll-old', zone, '6840#5.11', 'only the signature of algorithm 13 came', steps=[only_algorithm(13)])
    good('algorithm-roll-new', zone, '6840#5.11', 'only the signature of algorithm 15 came, and its key is in the signed DNSKEY RRset', steps=[only_algorithm(15)])
    keys = book.w.ask(zone, 'DNSKEY')
    good('algorithm-roll-dnskey-new', zone, '4035#5.2', 'the DNSKEY RRset is signed by algorithm 15 only, which has no DS', 'bogus',
         own={(zone, 'DNSKEY'): change(keys, only_algorithm(15))})


def several_signers(book):
    """RFC 8901: each provider signs with keys of its own, and publishes those of the other."""
    w, zone, name = book.w, 'multi.test.', 'www.multi.test.'
    first = {(q, k): w.ask(q, k) for q, k in [(name, 'A'), (zone, 'DNSKEY')]}
    second = w.variant(zone, 'nsd', first, hidden='0 2')
    for case, keys, data in [('one', first, first), ('other', second, second), ('cross', first, second), ('cross-back', second, first)]:
        book.add('insecure', f'multi-signer-{case}', (name, 'A'), data[name, 'A'], 'secure', '8901#3',
                 'the DNSKEY RRset of one provider, the answer of ' + ('the same' if keys is data else 'the other'), own={(zone, 'DNSKEY'): keys[zone, 'DNSKEY']})
    ksk, zsk = world.zone_keys(zone)[0], world.zone_keys(zone)[2]
    message = wire.Message(first[zone, 'DNSKEY'])
    message.sections[0] = [rr for rr in message.sections[0] if rr.rdata in (ksk.rdata, zsk.rdata)]
    message.sections[0].append(edit.signature(message.sections[0], ksk))
    for case, data, verdict in [('alone', first, 'secure'), ('not-shared', second, 'bogus')]:
        book.add('insecure', f'multi-signer-{case}', (name, 'A'), data[name, 'A'], verdict, '8901#3',
                 "the DNSKEY RRset lacks the other provider's keys; the answer is of " + ('this' if data is first else 'the other'),
                 own={(zone, 'DNSKEY'): message.build()})


def revoked(book, good):
    zone = 'revoked.test.'
    good('revoked-ksk-beside', zone, '5011#2.1', 'a revoked KSK beside the one that the DS names')
    key = next(k for k in world.zone_keys(zone) if k.flags & 128)
    raw = change(book.w.ask(zone, 'DS'), resign(book.w.key('test.'), lambda rr: rr.kind == wire.DS,
                                                lambda rr: rr.copy(rdata=wire.ds_rdata(zone, key.rdata))))
    good('revoked-ksk-only', zone, '5011#2.1', 'the DS names only the revoked KSK', 'bogus', own={(zone, 'DS'): raw})
    message = wire.Message(book.w.ask(zone, 'DNSKEY'))
    message.sections[0] = [rr for rr in message.sections[0] if rr.kind == wire.DNSKEY]
    message.sections[0].append(edit.signature(message.sections[0], key))
    good('revoked-ksk-signs', zone, '5011#2.1', 'only the revoked KSK signs the DNSKEY RRset', 'bogus', own={(zone, 'DNSKEY'): message.build()})
