"""Answers that are costly to judge. Where the why begins with "refused", a validator that gives up is right, by whatever limit it has."""
import hashlib
import struct

from parts import wire

from . import edit, world
from .edit import answer, change, denial, owned, put, resign, with3

ENOUGH = '(secure for a validator that does all the work)'


def junk(seed, size):
    """Octets that are the same in every run."""
    return hashlib.shake_256(f'worlds {seed}'.encode()).digest(size)


def colliding(head, octets, tag):
    """A DNSKEY rdata with this key tag: the last two octets are chosen."""
    body = head + octets[:-2]
    for n in range(65536):
        rdata = body + struct.pack('>H', n)
        if wire.key_tag(rdata) == tag:
            return rdata
    raise ValueError('no such tag')


def add(book):
    colliding_keys(book)
    signatures(book)
    many_ds(book)
    rounds(book)
    large(book)
    chain(book)


def dnskeys(book, zone, extra, copies=()):
    """The DNSKEY RRset with more keys, well signed by the real KSK; `copies`: bad signatures in front."""
    w, ksk = book.w, book.w.key(zone, ksk=True)
    keys = [rr for rr in wire.Message(w.ask(zone, 'DNSKEY')).sections[0] if rr.kind == wire.DNSKEY]
    more = [keys[0].copy(rdata=rdata) for rdata in extra]
    records = more + keys
    good = edit.signature(records, ksk)
    return answer(zone, 'DNSKEY', records + [forge(good, n) for n in copies] + [good])


def forge(sig, n):
    """The same RRSIG with a signature that is noise."""
    start = wire.read_name(sig.rdata, 18)[1]
    return sig.copy(rdata=sig.rdata[:start] + b'\x01' + junk(f'signature {n}', len(sig.rdata) - start - 1))


def many(raw, numbers, last=True):
    """Forged signatures before the good one, or instead of it."""
    def step(message):
        section = message.sections[0]
        good = next(rr for rr in section if rr.kind == wire.RRSIG)
        section[:] = [rr for rr in section if rr.kind != wire.RRSIG] + [forge(good, n) for n in numbers] + ([good] if last else [])
    return change(raw, step)


def colliding_keys(book):
    w = book.w
    for short, size, counts in [('nsec', 64, (2, 80)), ('rsa', 260, (2, 40))]:
        zone, name = f'{short}.test.', f'www.{short}.test.'
        key, raw = w.key(zone), w.ask(name, 'A')
        for count in counts:
            lead = b'' if short == 'nsec' else b'\3\1\0\1\xc0'  # an RSA exponent, and a modulus with its top bit set
            extra = [colliding(key.rdata[:4], lead + junk(f'{zone} {n}', size - len(lead)), key.tag) for n in range(count)]
            own = {(zone, 'DNSKEY'): dnskeys(book, zone, extra)}
            few = count == 2
            verdict, note = ('secure', '') if few else ('bogus', 'refused: ')
            book.add('hostile', f'keytrap-{short}-{count}-keys', (name, 'A'), raw, verdict, '4035#5.3.1',
                     f'{note}{count} more keys with the tag of the one that signs ' + ('' if few else ENOUGH), own=own)
            book.add('hostile', f'keytrap-{short}-{count}-keys-{count}-signatures', (name, 'A'), many(raw, range(count)), verdict, '4035#5.3.1',
                     f'{note}{count} more keys of one tag and {count} forged signatures before the good one ' + ('' if few else ENOUGH), own=own)
            book.add('hostile', f'keytrap-{short}-{count}-keys-none-good', (name, 'A'), many(raw, range(count), last=False), 'bogus', '4035#5.3.3',
                     f"{'' if few else 'refused: '}{count} more keys of one tag and {count} forged signatures: none is good", own=own)


def signatures(book):
    w, zone, name = book.w, 'nsec.test.', 'www.nsec.test.'
    raw = w.ask(name, 'A')
    book.add('hostile', 'signatures-2', (name, 'A'), many(raw, range(2)), 'secure', '4035#5.3.3', 'two forged signatures before the good one')
    book.add('hostile', 'signatures-200', (name, 'A'), many(raw, range(200)), 'bogus', '4035#5.3.3', f'refused: 200 forged signatures before the good one {ENOUGH}')
    book.add('hostile', 'signatures-200-none-good', (name, 'A'), many(raw, range(200), last=False), 'bogus', '4035#5.3.3', 'refused: 200 forged signatures, none is good')

    def strangers(message):
        section = message.sections[0]
        good = next(rr for rr in section if rr.kind == wire.RRSIG)
        tags = [n for n in range(1000, 1300) if n not in [k.tag for k in world.zone_keys(zone)]]
        section[1:1] = [forge(good.copy(rdata=good.rdata[:16] + struct.pack('>H', tag) + good.rdata[18:]), tag) for tag in tags]
    book.add('hostile', 'signatures-of-strangers', (name, 'A'), change(raw, strangers), 'secure', '6840#5.12',
             '300 signatures with tags of no key before the good one: they cost nothing')
    book.add('hostile', 'dnskey-signatures-200', (name, 'A'), raw, 'bogus', '4035#5.3.3', f'refused: the DNSKEY RRset has 200 forged signatures before the good one {ENOUGH}',
             own={(zone, 'DNSKEY'): dnskeys(book, zone, [], range(200))})


def many_ds(book):
    w, zone, name = book.w, 'nsec.test.', 'www.nsec.test.'
    raw, test = w.ask(name, 'A'), w.key('test.')
    ksk = w.key(zone, ksk=True)
    good = next(rr for rr in wire.Message(w.ask(zone, 'DS')).sections[0] if rr.kind == wire.DS)

    def ds(rdatas):
        records = [good.copy(rdata=rdata) for rdata in rdatas] + [good]
        return answer(zone, 'DS', records + [edit.signature(records, test)])

    tags = [n for n in range(1, 400) if n not in [k.tag for k in world.zone_keys(zone)]]
    book.add('hostile', 'ds-400-tags', (name, 'A'), raw, 'secure', '4035#5.2', 'some 400 DS with tags of no key before the good one: they cost nothing',
             own={(zone, 'DS'): ds([struct.pack('>HBB', tag, 13, 2) + junk(f'ds {tag}', 32) for tag in tags])})
    same = ds([good.rdata[:4] + junk(f'same {n}', 32) for n in range(400)])
    book.add('hostile', 'ds-400-same-tag', (name, 'A'), raw, 'bogus', '4035#5.2', f'refused: 400 DS with the tag of the KSK and wrong digests before the good one {ENOUGH}',
             own={(zone, 'DS'): same})
    extra = [colliding(ksk.rdata[:4], junk(f'ksk {n}', 64), ksk.tag) for n in range(100)]
    book.add('hostile', 'ds-400-keys-100', (name, 'A'), raw, 'bogus', '4035#5.2', f'refused: 400 DS and 100 keys of one tag: 40000 digests {ENOUGH}',
             own={(zone, 'DS'): same, (zone, 'DNSKEY'): dnskeys(book, zone, extra)})
    book.add('hostile', 'ds-3-same-tag', (name, 'A'), raw, 'secure', '4035#5.2', 'three DS with the tag of the KSK and wrong digests before the good one',
             own={(zone, 'DS'): ds([good.rdata[:4] + junk(f'same {n}', 32) for n in range(3)])})


def rounds(book):
    w, zone, key = book.w, 'nsec3.test.', book.w.key('nsec3.test.')
    salt = junk('salt', 255)
    for what, fields in [('65535', dict(rounds=65535)), ('65535-salt', dict(rounds=65535, salt=salt))]:
        name = f'nope.{zone}'
        book.add('hostile', f'iterations-{what}', (name, 'A'), change(w.ask(name, 'A'), resign(key, denial, with3(**fields))), 'bogus', '9276#3.2',
                 'refused: 65535 iterations' + (', and 255 octets of salt' if 'salt' in fields else ''))
        cut = f'unsub.{zone}'
        book.add('hostile', f'iterations-{what}-ds', (f'www.{cut}', 'A'), w.ask(f'www.{cut}', 'A'), 'bogus', '9276#3.2', 'refused: 65535 iterations in the denial of DS',
                 own={(cut, 'DS'): change(w.ask(cut, 'DS'), resign(key, denial, with3(**fields)))})
    deep = '.'.join(['a'] * 100) + f'.{zone}'
    book.add('hostile', 'deep-name', (deep, 'A'), w.ask(deep, 'A'), 'secure', '5155#8.4', 'a denied name of 102 labels: each may be hashed once', cuts=False)
    deep = '.'.join(['a'] * 100) + f'.{zone}'
    sets = []
    for n in range(60):
        record = edit.rr('x.' + zone, wire.NSEC3, edit.join3(1, 0, 50, junk(f'salt {n}', 8), junk(f'next {n}', 20), edit.bitmap([wire.A])), 300)
        record = record.copy(owner=b'\x20' + edit.b32(junk(f'owner {n}', 20)) + wire.name(zone))
        sets += [record, edit.signature([record], key)]
    book.add('hostile', 'deep-name-60-sets', (deep, 'A'), change(w.ask(deep, 'A'), edit.drop(denial), put(sets)), 'bogus', '5155#8.2',
             'refused: 60 NSEC3 sets, each with another salt, 50 iterations, and a name of 102 labels: 300000 hashes, and no proof', cuts=False)


def large(book):
    w, zone = book.w, 'nsec.test.'
    key, name = w.key(zone), 'www.nsec.test.'
    texts = [edit.rr(name, wire.TXT, b'\xff' + junk(f'text {n}', 255)) for n in range(228)]
    book.add('hostile', 'large-txt', (name, 'TXT'), answer(name, 'TXT', texts + [edit.signature(texts, key)]), 'secure', '4035#5.3', 'a TXT RRset of 60 KiB')
    broken = texts[:-1] + [texts[-1].copy(rdata=texts[-1].rdata[:-1] + bytes([texts[-1].rdata[-1] ^ 1]))]
    book.add('hostile', 'large-txt-changed', (name, 'TXT'), answer(name, 'TXT', broken + [edit.signature(texts, key)]), 'bogus', '4035#5.3.3',
             'a TXT RRset of 60 KiB with one bit turned at its end')
    small = [edit.rr(name, wire.A, struct.pack('>I', 0xC0000200 + n)) for n in range(1800)]
    book.add('hostile', 'large-a', (name, 'A'), answer(name, 'A', small[::-1] + [edit.signature(small, key)]), 'secure', '4034#6.3',
             '1800 addresses, back to front: they must be sorted')
    extra = [key.rdata[:3] + b'\x08' + b'\3\1\0\1' + junk(f'large {n}', 256) for n in range(200)]
    book.add('hostile', 'large-dnskey', (name, 'A'), w.ask(name, 'A'), 'secure', '4035#5.2', 'a DNSKEY RRset of 55 KiB with 200 keys that nothing uses',
             own={(zone, 'DNSKEY'): dnskeys(book, zone, extra)})
    gone = f'nope.{zone}'
    beside = []
    for n in range(300):
        record = edit.rr(f'b{n:03}.x.{zone}', wire.NSEC, wire.name(f'b{n:03}0.x.{zone}') + edit.bitmap([wire.A, wire.RRSIG, wire.NSEC]), 300)
        beside += [record, edit.signature([record], key)]
    book.add('hostile', 'large-nsec', (gone, 'A'), change(w.ask(gone, 'A'), insert(beside)), 'bogus', '4035#5.4',
             f'refused: 300 well signed NSEC that say nothing about the name before those that do {ENOUGH}')


def insert(records):
    def step(message):
        message.sections[1][:0] = records
    return step


def chain(book):
    name = 'a30.alias.test.'
    raw = book.w.ask(name, 'A', 'nsd')
    book.add('hostile', 'chain-30', (name, 'A'), raw, 'bogus', '1034#3.6.2', f'refused: a chain of 31 CNAME, all well signed {ENOUGH}', server='nsd')
    book.add('hostile', 'chain-30-last-unsigned', (name, 'A'), change(raw, edit.unsign(owned('www.alias.test.', wire.A))), 'bogus', '4035#5.3.1',
             'refused: a chain of 31 CNAME with an unsigned address at its end', server='nsd')
