"""Answers that nobody honest gives: unsigned, from the wrong side, signed by the wrong zone, unreadable."""
from parts import wire

from . import costly, edit
from .edit import answer, change, denial, drop, flip, owned, put, resign, unsign

ZONES = ['nsec.test.', 'nsec3.test.', 'optout.test.', 'knot.test.']
SERVERS = ['bind', 'nsd', 'bind', 'knot']


def add(book):
    w = book.w
    for zone, server in zip(ZONES, SERVERS):
        short, name = zone.split('.')[0], f'www.{zone}'
        raw, data = w.ask(name, 'A', server), owned(name, wire.A)
        book.add('hostile', f'{short}-good', (name, 'A'), raw, 'secure', '4035#5.3', 'what the others here are made from', server=server)

        def bad(what, why, *steps, rule='4035#5.3.1', raw=raw, name=name, kind='A', short=short, **more):
            book.add('hostile', f'{short}-{what}', (name, kind), change(raw, *steps), 'bogus', rule, why, **more)

        bad('unsigned', 'no signature, in a signed zone', unsign(data), rule='4035#5.5')
        bad('flipped', 'a broken signature', flip(data), rule='4035#5.3.3')
        bad('as-nxdomain', 'NXDOMAIN over an answer that is there', edit.rcode(3), rule='4035#5.4')
        for signer in ('.', 'test.', f'sub.{zone}', 'alias.test.'):
            if signer not in w.zones:
                continue
            what = {'.': 'root', 'test.': 'parent', 'alias.test.': 'sibling'}.get(signer, 'child')
            own = {(signer, k): w.ask(signer, k) for k in ('DS', 'DNSKEY')} if what in ('child', 'sibling') else None
            bad(f'by-{what}', f'signed by {signer} in its own name', resign(w.key(signer), data), own=own)
        bad('by-parent-as-zone', 'signed by the key of test. in the name of the zone', resign(w.key('test.'), data, signer=zone), rule='4035#5.3.1')
        bad('in-additional', 'the answer stands in the additional section', move(0, 2), rule='4035#5.4')
        bad('in-authority', 'the answer stands in the authority section', move(0, 1), rule='4035#5.4')
        bad('other-name', 'the records of another name under this question', edit.rename(name, f'zzz.{zone}'), rule='4035#5.4')
        bad('other-type', 'the records of another type under this question', edit.ask(name, 'AAAA'), rule='4035#5.4', kind='AAAA')
        bad('empty', 'nothing at all', lambda m: m.sections.__setitem__(slice(0, 2), [[], []]), rule='4035#5.4')
        bad('unknown-algorithm', 'the only RRSIG has algorithm 253, which is not in the DNSKEY RRset', other_algorithm, rule='4035#5.3.1')
        book.add('hostile', f'{short}-extra-unsigned', (name, 'A'), change(raw, put([edit.rr('evil.test.', wire.A, b'\6\6\6\6')], wire.ANSWER)), 'secure',
                 '4035#5.3', 'an unsigned record of another name beside the answer: not asked for')
    sides(book)
    keys(book)
    unreadable(book)
    costly.add(book)


def move(source, target):
    def step(message):
        if target == 1:
            message.sections[1] = []
        message.sections[target] = message.sections[source] + message.sections[target]
        message.sections[source] = []
    return step


def other_algorithm(message):
    section = message.sections[wire.ANSWER]
    section[:] = [rr.copy(rdata=rr.rdata[:2] + b'\xfd' + rr.rdata[3:wire.read_name(rr.rdata, 18)[1]] + bytes(range(64)))
                  if rr.kind == wire.RRSIG else rr for rr in section]


def sides(book):
    """A server of the zone above answers for what is below the cut, and the other way round."""
    w = book.w
    asked = [('www.nsec.test.', 'A'), ('nsec.test.', 'NS'), ('ns.nsec.test.', 'A'), ('nsec.test.', 'MX'), ('nsec.test.', 'DNSKEY')]
    for server in ('nsd', 'bind', 'knot'):
        above = w.variant('test.', server, asked)
        for (name, kind), raw in above.items():
            message = wire.Message(raw)
            assert not message.sections[0] and message.sections[1], (server, name, kind)
            if server == 'nsd' or kind == 'A':
                what = f"{name.split('.')[0]}-{kind.lower()}"
                own = {} if kind != 'DNSKEY' else {('www.nsec.test.', 'A'): w.ask('www.nsec.test.', 'A')}
                question = ('www.nsec.test.', 'A') if own else (name, kind)
                book.add('hostile', f'referral-{server}-{what}', question, own.get(question, raw), 'indeterminate', '1034#4.3.1',
                         f'the zone above gives a referral where {kind} was asked for', own={(name, kind): raw} if own else None, server=server)
    up = wire.Message(w.variant('test.', 'nsd', asked)['nsec.test.', 'NS'])
    ns = [rr for rr in up.sections[1] if rr.kind == wire.NS]
    book.add('hostile', 'delegation-ns-as-answer', ('nsec.test.', 'NS'), answer('nsec.test.', 'NS', ns), 'bogus', '4035#2.2',
             'the NS records at the delegation, which are never signed, as the answer')
    book.add('hostile', 'delegation-ns-by-parent', ('nsec.test.', 'NS'), answer('nsec.test.', 'NS', ns + [edit.signature(ns, w.key('test.'))]), 'bogus', '4035#5.3.1',
             'the NS records at the delegation signed by the zone above')
    glue = [rr for rr in up.sections[2] if rr.kind == wire.A]
    book.add('hostile', 'glue-as-answer', ('ns.nsec.test.', 'A'), answer('ns.nsec.test.', 'A', glue), 'bogus', '4035#2.2', 'glue, which is never signed, as the answer')
    book.add('hostile', 'glue-by-parent', ('ns.nsec.test.', 'A'), answer('ns.nsec.test.', 'A', glue + [edit.signature(glue, w.key('test.'))]), 'bogus', '4035#5.3.1',
             'glue signed by the zone above')
    ds = [rr for rr in wire.Message(w.ask('sub.nsec.test.', 'DS')).sections[0] if rr.kind == wire.DS]
    book.add('hostile', 'ds-by-child', ('sub.nsec.test.', 'DS'), answer('sub.nsec.test.', 'DS', ds + [edit.signature(ds, w.key('sub.nsec.test.'))]), 'bogus',
             '4035#2.4', 'the DS RRset signed by the child itself', own={('sub.nsec.test.', 'DNSKEY'): w.ask('sub.nsec.test.', 'DNSKEY')})
    low = 'www.sub.nsec.test.'
    data = [edit.rr(low, wire.A, b'\6\6\6\6')]
    book.add('hostile', 'parent-invents-below-cut', (low, 'A'), answer(low, 'A', data + [edit.signature(data, w.key('nsec.test.'))]), 'bogus', '4035#5.3.1',
             'an address below the cut, held and signed by the zone above')
    child = 'zzz.nsec.test.'
    data = [edit.rr(child, wire.A, b'\6\6\6\6')]
    book.add('hostile', 'child-invents-above-cut', (child, 'A'), answer(child, 'A', data + [edit.signature(data, w.key('sub.nsec.test.'))]), 'bogus', '4035#5.3.1',
             'an address of the zone above, signed by the zone below',
             own={('sub.nsec.test.', k): w.ask('sub.nsec.test.', k) for k in ('DS', 'DNSKEY')})


def keys(book):
    """The chain itself: DNSKEY answers that are empty, denied, unsigned, of another zone."""
    w, zone, name = book.w, 'nsec.test.', 'www.nsec.test.'
    raw = w.ask(zone, 'DNSKEY')
    data = owned(zone, wire.DNSKEY)
    for what, why, message in [
            ('empty', 'the DNSKEY answer is empty', change(raw, drop(data))),
            ('unsigned', 'the DNSKEY RRset has no signature', change(raw, unsign(data))),
            ('by-zsk', 'the DNSKEY RRset is signed by the zone signing key only', change(raw, resign(w.key(zone), data))),
            ('by-parent', 'the DNSKEY RRset is signed by the zone above', change(raw, resign(w.key('test.'), data))),
            ('foreign', 'the DNSKEY RRset of another zone', change(w.ask('knot.test.', 'DNSKEY'), edit.rename('knot.test.', zone), edit.ask(zone))),
            ('denied', 'the denial of DNSKEY in a zone that must have it', change(w.ask(zone, 'AAAA', 'bind'), edit.ask(zone, 'DNSKEY')))]:
        book.add('hostile', f'dnskey-{what}', (name, 'A'), w.ask(name, 'A'), 'bogus', '4035#5.2', why, own={(zone, 'DNSKEY'): message})
    book.add('hostile', 'servfail', (name, 'A'), answer(name, 'A', rcode=2), 'indeterminate', '4035#4.7', 'a server failure, and nothing else', kind='nodata')


def unreadable(book):
    w, name = book.w, 'www.nsec.test.'
    raw = w.ask(name, 'A')
    message = wire.Message(raw)
    at = message.sections[0][0].at
    loop = raw[:12] + b'\xc0\x0c' + raw[12 + len(wire.name(name)):]
    cases = [('cut-short', 'the message ends in the middle of a record', raw[:at + 2]), ('header-only', 'only a header, which counts records', raw[:12]),
             ('pointer-loop', 'the name of the question points to itself', loop),
             ('rdlength', 'the length of a record goes beyond the message', raw[:at - 2] + b'\xff\xff' + raw[at:]),
             ('query', 'the QR bit is clear: this is a query, not a response', raw[:2] + bytes([raw[2] & 0x7f]) + raw[3:]),
             ('rdata-short', 'an A record of three octets', change(raw, lambda m: three(m)))]
    for what, why, bad in cases:
        book.add('hostile', f'unreadable-{what}', (name, 'A'), None, 'bogus', '1035#4.1', f'refused: {why}', own={(name, 'A'): bad}, rcode='NOERROR', kind='positive')
    name = 'www.nsec.test.'
    raw, key = w.ask(name, 'MX'), w.key('nsec.test.')
    for what, why, tail in [('overrun', 'a bitmap window is longer than the record', b'\0\x20\x40'), ('empty', 'a bitmap window has no octets', b'\0\0'),
                            ('order', 'bitmap windows in the wrong order', b'\1\1\x40\0\1\x40'), ('long', 'a bitmap window of 33 octets', b'\0\x21' + bytes(32) + b'\1')]:
        def rewrite(rr, tail=tail):
            return rr.copy(rdata=edit.head_and_kinds(rr)[0] + tail)
        book.add('hostile', f'bitmap-{what}', (name, 'MX'), change(raw, resign(key, denial, rewrite)), 'bogus', '4034#4.1.2', f'refused: {why}')


def three(message):
    section = message.sections[0]
    section[:] = [rr.copy(rdata=rr.rdata[:3]) if rr.kind == wire.A else rr for rr in section]
