"""Denial cases that are made one by one: who may deny what, odd NSEC3 fields, replays."""
from parts import wire

from . import denial_small, edit, iterations
from .edit import answer, change, covering, denial, drop, matching, resign, taken, with3, with_kinds

NSEC_ZONE, NSEC3_ZONE, OPTOUT_ZONE = 'nsec.test.', 'nsec3.test.', 'optout.test.'


def add(book):
    bitmaps(book)
    rcodes(book)
    cuts(book)
    replays(book)
    nsec_only(book)
    fields(book)
    opt_out(book)
    iterations.add(book)
    denial_small.add(book)


def soa(book, zone):
    return taken(book.w.ask(f'nope.{zone}', 'A', 'bind'), edit.owned(zone, wire.SOA))


def proof(book, zone, *wants):
    """Records of the zone's chain that match or cover names, with signatures, each once."""
    if zone not in book.chains:
        book.chains[zone] = book.w.chain(zone)
    out = []
    for want in wants:
        group = next(group for group in book.chains[zone].values() if want(group[0]))
        out += [rr for rr in group if rr not in out]
    return out


def each(book, name, kind, server='bind'):
    """(prefix, zone, full name, answer) for the NSEC and the NSEC3 zone."""
    for zone in (NSEC_ZONE, NSEC3_ZONE):
        full = f'{name}.{zone}' if name else zone
        yield zone.split('.')[0], zone, full, book.w.ask(full, kind, server)


def bitmaps(book):
    for prefix, zone, name, raw in each(book, 'www', 'MX'):
        rule = '5155#8.5' if prefix == 'nsec3' else '4035#5.4'
        for what, bits, why in [('has-type', [wire.MX], 'the bitmap has the type that is denied'),
                                ('has-cname', [wire.CNAME], 'the bitmap has CNAME (RFC 6840 4.3)')]:
            book.add('denial', f'{prefix}-nodata-{what}', (name, 'MX'), change(raw, resign(book.w.key(zone), matching(zone, name), with_kinds(bits))),
                     'bogus', rule if what == 'has-type' or prefix == 'nsec3' else '6840#4.3', why)
        book.add('denial', f'{prefix}-nodata-has-type-unsigned', (name, 'AAAA'), change(book.w.ask(name, 'MX', 'bind'), edit.ask(name, 'AAAA')),
                 'bogus', rule, 'the proof for MX replayed to AAAA, which the bitmap has')
        child = book.w.key(f'sub.{zone}')
        book.add('denial', f'{prefix}-nodata-by-child', (name, 'MX'), change(raw, resign(child, denial)), 'bogus', '4035#5.3.1',
                 'the denial is signed by a zone below', own={(child.zone, kind): book.w.ask(child.zone, kind) for kind in ('DS', 'DNSKEY')})
    for prefix, zone, name, raw in each(book, 'q.wild', 'MX'):
        rule = '5155#8.7' if prefix == 'nsec3' else '4035#5.4'
        for what, bits in [('has-type', [wire.MX]), ('has-cname', [wire.CNAME])]:
            book.add('denial', f'{prefix}-wildcard-nodata-{what}', (name, 'MX'),
                     change(raw, resign(book.w.key(zone), matching(zone, f'*.wild.{zone}'), with_kinds(bits))), 'bogus',
                     '6840#4.3' if (what, prefix) == ('has-cname', 'nsec') else rule, f"the wildcard's bitmap {what.replace('-', ' ')}")


def lenient(prefix):
    """Nobody signs the rcode, and RFC 4035 5.4 asks for a proof only; RFC 5155 8 has a rule for each rcode."""
    return 'bogus' if prefix == 'nsec3' else 'secure'


def rcodes(book):
    for prefix, zone, name, raw in each(book, 'www', 'MX'):
        book.add('denial', f'{prefix}-nodata-as-nxdomain', (name, 'MX'), change(raw, edit.rcode(3)), lenient(prefix),
                 '5155#8.4' if prefix == 'nsec3' else '4035#5.4', 'NXDOMAIN, which nobody signs; proven is that the name has no such type',
                 kind='nodata')
    for prefix, zone, name, raw in each(book, 'c', 'A'):
        book.add('denial', f'{prefix}-ent-as-nxdomain', (name, 'A'), change(raw, edit.rcode(3)), lenient(prefix),
                 '5155#8.4' if prefix == 'nsec3' else '4592#2.2.2', 'NXDOMAIN at an empty non-terminal; proven is that it has no such type',
                 kind='nodata')
    for prefix, zone, name, raw in each(book, 'nope', 'A'):
        book.add('denial', f'{prefix}-nxdomain-as-nodata', (name, 'A'), change(raw, edit.rcode(0)), 'bogus',
                 '5155#8.5' if prefix == 'nsec3' else '4035#5.4', 'NOERROR, but no record matches the name or a wildcard')
    for prefix, zone, name, raw in each(book, 'www', 'A'):
        book.add('denial', f'{prefix}-nxdomain-to-existing', (name, 'A'),
                 change(book.w.ask(f'nope.{zone}', 'A', 'bind'), edit.ask(name)), 'bogus',
                 '5155#8.4' if prefix == 'nsec3' else '4035#5.4', 'the denial of another name replayed to one that exists')


def cuts(book):
    """Who may deny what at a zone cut (RFC 6840 4.1, RFC 5155 8.3)."""
    for zone, prefix, rule in [(NSEC_ZONE, 'nsec', '6840#4.1'), (NSEC3_ZONE, 'nsec3', '5155#8.3')]:
        for what, below in [('delegation', 'sub'), ('dname', 'dname')]:
            name, top = f'x.{below}.{zone}', f'{below}.{zone}'
            wants = [matching(zone, top)]
            wants += [covering(zone, name), covering(zone, f'*.{top}')] if prefix == 'nsec3' else [covering(zone, f'*.{zone}')]
            raw = answer(name, 'A', authority=soa(book, zone) + proof(book, zone, *wants), rcode=3)
            book.add('denial', f'{prefix}-ancestor-{what}', (name, 'A'), raw, 'bogus', rule,
                     f'the record at a {what} denies a name below it')
        top = f'sub.{zone}'
        above = soa(book, zone) + proof(book, zone, matching(zone, top))
        book.add('denial', f'{prefix}-parent-side', (top, 'A'), answer(top, 'A', authority=above), 'bogus', '6840#4.1',
                 'the parent-side record denies a type at the apex of the child')
        low = book.w.ask(top, 'MX', 'bind')
        book.add('denial', f'{prefix}-child-side', (top, 'DS'), answer(top, 'DS', authority=wire.Message(low).sections[wire.AUTHORITY]), 'bogus',
                 '6840#4.4' if prefix == 'nsec' else '5155#8.9', 'the child-side record denies DS',
                 own={(top, 'DNSKEY'): book.w.ask(top, 'DNSKEY')})
        out = book.w.ask(f'nope.{top}', 'A', 'bind')
        name = f'nope.{zone}'
        book.add('denial', f'{prefix}-child-denies-parent', (name, 'A'), change(out, edit.ask(name)), 'bogus', '4035#5.4',
                 'the denial of a zone below, for a name that is not in it',
                 own={(top, kind): book.w.ask(top, kind) for kind in ('DS', 'DNSKEY')})


def replays(book):
    """A wildcard answer where the wildcard does not apply."""
    for prefix, zone, name, raw in each(book, 'q.wild', 'A'):
        rule = '5155#8.8' if prefix == 'nsec3' else '4035#5.3.4'
        there, below, star = (f'{label}.{zone}' for label in ('exist.wild', 'q.exist.wild', '*.wild'))
        book.add('denial', f'{prefix}-wildcard-replayed', (there, 'A'), change(raw, edit.rename(name, there), edit.ask(there)), 'bogus', rule,
                 'the wildcard answer replayed to a name that exists')
        cover = proof(book, zone, covering(zone, below))
        book.add('denial', f'{prefix}-wildcard-shielded', (below, 'A'),
                 change(raw, drop(denial), edit.put(cover), edit.rename(name, below), edit.ask(below)), 'bogus', rule,
                 'the wildcard answer replayed below a name that exists: that name is the closest encloser (RFC 4592 2.2.1)')
        book.add('denial', f'{prefix}-wildcard-as-literal', (star, 'A'), change(raw, drop(denial), edit.rename(name, star), edit.ask(star)),
                 'secure', '4592#2.1.1', 'the record at its own name needs no denial')


def nsec_only(book):
    zone, key = NSEC_ZONE, book.w.key(NSEC_ZONE)
    name, star = f'exist.wild.{zone}', f'*.wild.{zone}'
    raw = change(book.w.ask(star, 'MX', 'bind'), edit.rename(star, name), edit.ask(name))
    book.add('denial', 'nsec-expanded', (name, 'MX'), raw, 'bogus', '4035#5.3.4', "the wildcard's NSEC, expanded to the name of a record that exists")
    for what, kind, why in [('nsec-type-nsec', 'NSEC', 'the NSEC asked for by type is an answer like any other'),
                            ('nsec-type-rrsig-other', 'TXT', 'denial where the name has only A and AAAA')]:
        name = f'www.{zone}'
        book.add('denial', what, (name, kind), book.w.ask(name, kind, 'bind'), 'secure', '4035#5.3' if kind == 'NSEC' else '4035#5.4', why, server='bind')
    name = f'nope.{zone}'
    raw = book.w.ask(name, 'A', 'bind')

    def far(rr):
        return rr.copy(rdata=wire.name('nope.test.') + rr.rdata[wire.read_name(rr.rdata, 0)[1]:])
    book.add('denial', 'nsec-next-outside', (name, 'A'), change(raw, resign(key, covering(zone, name), far)), 'bogus', '4034#4.1.1',
             'the next name is outside of the zone and not after this one')

    def back(rr):
        return rr.copy(rdata=wire.name(f'a.{zone}') + rr.rdata[wire.read_name(rr.rdata, 0)[1]:])
    book.add('denial', 'nsec-backwards', (name, 'A'), change(raw, resign(key, covering(zone, name), back)), 'bogus', '4034#4.1.1',
             'the next name comes before this one, and is not the apex')


def fields(book):
    """NSEC3 fields that a validator must mind."""
    zone, key, name = NSEC3_ZONE, book.w.key(NSEC3_ZONE), f'nope.{NSEC3_ZONE}'
    raw = book.w.ask(name, 'A', 'bind')
    closer, star, top = covering(zone, name), covering(zone, f'*.{zone}'), matching(zone, zone)

    def bad(what, rule, why, *steps):
        book.add('denial', f'nsec3-nxdomain-{what}', (name, 'A'), change(raw, *steps), 'bogus', rule, why)

    bad('unknown-hash', '5155#8.1', 'hash algorithm 2 is not known: ignored', resign(key, denial, with3(algorithm=2)))
    bad('unknown-hash-one', '5155#8.1', 'hash algorithm 2 in the record over the next closer name: ignored', resign(key, closer, with3(algorithm=2)))
    bad('unknown-flags', '5155#8.2', 'flags 2: ignored', resign(key, denial, with3(flags=2)))
    bad('unknown-flags-optout', '5155#8.2', 'flags 3 are neither zero nor one: ignored', resign(key, closer, with3(flags=3)))
    bad('mixed-salt', '5155#8.2', 'the record over the wildcard has another salt', resign(key, star, with3(salt=b'\xab')))
    # so many that the record, hashed by its own number, does not happen to cover the wildcard
    record = next(rr for rr in wire.Message(raw).sections[wire.AUTHORITY] if denial(rr) and star(rr))
    rounds = next(n for n in range(1, 50) if not star(with3(rounds=n)(record)))
    bad('mixed-iterations', '5155#8.2', 'the record over the wildcard has another number of iterations', resign(key, star, with3(rounds=rounds)))
    bad('forged-iterations', '9276#3.2', 'iterations raised to 151 under the old signatures must not pass for insecure', rewrite(denial, with3(rounds=151)))
    bad('forged-optout', '4035#5.3.3', 'the Opt-Out bit set under the old signature', rewrite(closer, with3(flags=1)))
    bad('short-hash', '5155#8.3', 'the next hash is cut to ten octets', resign(key, closer, lambda rr: with3(after=edit.split3(rr.rdata)[4][:10])(rr)))

    def deeper(rr):
        return rr.copy(owner=rr.owner[:1 + rr.owner[0]] + b'\1c' + rr.owner[1 + rr.owner[0]:])
    bad('two-labels', '5155#8.3', 'the hash stands two labels below the zone, not one', resign(key, closer, deeper))
    bad('encloser-ns', '5155#8.3', 'the closest encloser has NS but no SOA', resign(key, top, with_kinds(remove=[wire.SOA])))
    bad('encloser-dname', '5155#8.3', 'the closest encloser has DNAME', resign(key, top, with_kinds(add=[wire.DNAME])))
    book.add('denial', 'nsec3-nxdomain-upper-case', (name, 'A'), change(raw, upper), 'secure', '4343#3', 'the hash labels in upper case')


def upper(message):
    section = message.sections[wire.AUTHORITY]
    section[:] = [rr.copy(owner=rr.owner.upper()) for rr in section]


def rewrite(want, change_rdata):
    """Without a new signature."""
    def step(message):
        section = message.sections[wire.AUTHORITY]
        section[:] = [change_rdata(rr) if rr.kind != wire.RRSIG and want(rr) else rr for rr in section]
    return step


def opt_out(book):
    zone, key = NSEC3_ZONE, book.w.key(NSEC3_ZONE)
    on = with3(flags=1)
    name = f'nope.{zone}'
    raw = book.w.ask(name, 'A', 'bind')
    why = 'the record over the next closer name has Opt-Out: no secure denial'
    book.add('denial', 'nsec3-nxdomain-optout-set', (name, 'A'), change(raw, resign(key, covering(zone, name), on)), 'insecure', '5155#9.2', why)
    book.add('denial', 'nsec3-nxdomain-optout-elsewhere', (name, 'A'), change(raw, resign(key, matching(zone, zone), on)), 'secure', '5155#9.2',
             'only the record at the closest encloser has Opt-Out: it denies nothing')
    name = f'q.wild.{zone}'
    raw = book.w.ask(name, 'A', 'bind')
    book.add('denial', 'nsec3-wildcard-optout-set', (name, 'A'), change(raw, resign(key, covering(zone, name), on)), 'insecure', '5155#9.2', why)
    name = f'www.{zone}'
    book.add('denial', 'nsec3-nodata-optout-set', (name, 'MX'), change(book.w.ask(name, 'MX', 'bind'), resign(key, denial, on)), 'secure', '5155#8.5',
             'Opt-Out at a record that matches changes nothing')
    zone, key = OPTOUT_ZONE, book.w.key(OPTOUT_ZONE)
    name = f'unsub.{zone}'
    raw = book.w.ask(name, 'DS', 'bind')
    book.add('denial', 'optout-delegation-ds-cleared', (name, 'DS'), change(raw, resign(key, covering(zone, name), with3(flags=0))), 'bogus', '5155#8.6',
             'no record matches, and the one over the next closer name has no Opt-Out')
    # the whole name could be an empty non-terminal above unsigned delegations only
    name = f'mid.{zone}'
    book.add('denial', 'optout-ent-above-unsigned', (name, 'A'), book.w.ask(name, 'A', 'bind'), 'insecure', '5155#8.5',
             'an empty non-terminal above unsigned delegations has no record of its own (erratum 3441)', server='bind')
    raw = book.w.ask(f'mid.{zone}', 'A', 'bind')
    said = [rr for rr in wire.Message(raw).sections[wire.AUTHORITY] if denial(rr)]
    name = next(n for n in (f'{label}.{zone}' for label in ('www', 'zzz', 'ns', 'alias')) if not any(edit.spot(rr, zone, n) for rr in said))
    book.add('denial', 'optout-nodata-other', (name, 'MX'), change(raw, edit.ask(name, 'MX')), 'bogus', '5155#8.5',
             'Opt-Out over another name says nothing about this one')
