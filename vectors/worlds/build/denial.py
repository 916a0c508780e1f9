"""Denial of existence: good answers of each kind from each kind of zone, and twins of them in which a piece is wrong."""
from parts import wire

from . import edit, world
from .edit import change, covering, denial, drop, flip, matching, unsign

# name of the case, owner below the zone ('' is the apex), type, closest encloser, what the zone proves
GOODS = [
    ('nodata', 'www', 'MX', None, 'the name has no such type'),
    ('nodata-apex', '', 'AAAA', None, 'the apex has no such type'),
    ('nodata-case', 'WwW', 'MX', None, 'names compare without case (RFC 4343)'),
    ('nodata-ds', 'www', 'DS', None, 'no zone cut at the name, and it is there'),
    ('nodata-delegation-ds', 'unsub', 'DS', None, 'the delegation has no DS'),
    ('nodata-octets', r'\195\188ber', 'MX', None, 'a label with 8-bit octets'),
    ('nodata-dot', r'dot\.ted', 'MX', None, 'a label with a dot in it'),
    ('nodata-srv', '_sip._tcp', 'A', None, 'SRV but not A'),
    ('nodata-last', 'zzz', 'MX', None, 'a name near the end of the zone'),
    ('ent', 'c', 'A', None, 'an empty non-terminal has no data'),
    ('ent-deep', 'b.c', 'A', None, 'an empty non-terminal below another'),
    ('ent-above-wildcard', 'wild', 'A', None, 'an empty non-terminal that only holds a wildcard'),
    ('ent-srv', '_tcp', 'SRV', None, 'an empty non-terminal above SRV'),
    ('star-literal-nodata', '*.wild', 'MX', None, 'the wildcard asked for by its own name'),
    ('nxdomain', 'nope', 'A', '', 'no such name and no wildcard'),
    ('nxdomain-deep', 'x.y.nope', 'A', '', 'no such name, three labels below the apex'),
    ('nxdomain-first', '!', 'A', '', 'before all other names in the zone'),
    ('nxdomain-last', 'zzzz', 'A', '', 'after the last name: the denial wraps around to the apex'),
    ('nxdomain-below-ent', 'q.c', 'A', 'c', 'the closest encloser is an empty non-terminal'),
    ('nxdomain-below-name', 'q.www', 'A', 'www', 'below a name with data'),
    ('nxdomain-below-existing', 'q.exist.wild', 'A', 'exist.wild', 'the existing name shields its descendants from *.wild (RFC 4592 2.2.1)'),
    ('nxdomain-octets', r'\195\189ber', 'A', '', 'a label with 8-bit octets beside one that exists'),
    ('nxdomain-dot', r'dot\.\.ted', 'A', '', 'a label with dots in it'),
    ('nxdomain-ds', 'nope', 'DS', '', 'no such name, asked for DS'),
    ('wildcard', 'q.wild', 'A', 'wild', 'expanded from *.wild'),
    ('wildcard-deep', 'q.r.wild', 'A', 'wild', 'expanded over two labels'),
    ('wildcard-txt', 'q.wild', 'TXT', 'wild', 'another type of the same wildcard'),
    ('wildcard-below-ent', 'q.x.ent', 'TXT', 'x.ent', 'the wildcard stands below empty non-terminals'),
    ('wildcard-nodata', 'q.wild', 'MX', 'wild', 'the wildcard has no such type'),
    ('wildcard-nodata-deep', 'q.r.wild', 'MX', 'wild', 'the wildcard has no such type, two labels'),
    ('wildcard-nodata-ent', 'q.x.ent', 'A', 'x.ent', 'the wildcard below an empty non-terminal has no such type'),
    ('star-literal', '*.wild', 'A', None, 'the wildcard asked for by its own name: not an expansion (RFC 4592 2.1.1)'),
    ('exist-under-wildcard', 'exist.wild', 'A', None, 'a name that exists beside the wildcard'),
    ('nodata-under-wildcard', 'exist.wild', 'TXT', None, 'a name that exists gets nothing from the wildcard (RFC 4592 2.2.1)'),
    ('sub-apex-ds', 'sub', 'DS', None, 'the DS of a signed child'),
]
# zone -> prefix, servers to take in turn
FLAVOURS = {'nsec.test.': ('nsec', ['bind', 'nsd', 'knot']), 'nsec3.test.': ('nsec3', ['nsd', 'knot', 'bind']),
            'optout.test.': ('optout', ['bind', 'knot', 'nsd']), 'knot.test.': ('knot', ['knot', 'bind', 'nsd'])}


def join(below, zone):
    return f'{below}.{zone}' if below else zone


def shape(case):
    """nodata, ent, nxdomain, wildcard, wildcard-nodata or positive."""
    for start in ('wildcard-nodata', 'wildcard', 'nxdomain', 'nodata', 'ent'):
        if case.startswith(start):
            return 'nodata' if start == 'ent' else start
    return 'nodata' if case.endswith('nodata') else 'positive'


CLAUSES = {'nsec': {'nodata': '4035#5.4', 'nxdomain': '4035#5.4', 'wildcard': '4035#5.3.4', 'wildcard-nodata': '4035#5.4', 'positive': '4035#5.3'},
           'nsec3': {'nodata': '5155#8.5', 'nxdomain': '5155#8.4', 'wildcard': '5155#8.8', 'wildcard-nodata': '5155#8.7', 'positive': '4035#5.3'}}


def clause(prefix, case):
    if 'ds' in case.split('-') and shape(case) == 'nodata' and prefix != 'nsec':
        return '5155#8.6'
    return CLAUSES['nsec' if prefix == 'nsec' else 'nsec3'][shape(case)]


def next_closer(name, encloser):
    """One label more than the encloser."""
    names = world.labels(name)
    up = world.labels(encloser)
    return names[len(names) - len(up) - 1]


def roles(raw, zone, name, case, encloser):
    """{role: the records that play it}; by what RFC 4035 5.4 and RFC 5155 8 demand of the shape."""
    what = shape(case)
    if what == 'positive':
        return {}
    nsec3 = any(rr.kind == wire.NSEC3 for rr in wire.Message(raw).sections[wire.AUTHORITY])
    found = {}
    if what == 'nodata' and encloser is None:
        here = [rr for rr in wire.Message(raw).sections[wire.AUTHORITY] if denial(rr)]
        match = [rr for rr in here if matching(zone, name)(rr)]
        return {'match': matching(zone, name)} if match else {'cover': covering(zone, name)}
    top = join(encloser, zone)
    closer, star = next_closer(name, top), '*.' + top
    found['closer'] = covering(zone, closer if nsec3 else name)
    if nsec3 and what != 'wildcard':
        found['encloser'] = matching(zone, top)
    if what == 'wildcard-nodata':
        found['wildcard'] = matching(zone, star)
    if what == 'nxdomain':
        found['wildcard'] = covering(zone, star)
    return found


def opted_out(raw, zone, found):
    """Does the record that covers the next closer name have the Opt-Out bit?"""
    return 'closer' in found and any(found['closer'](rr) and rr.kind == wire.NSEC3 and rr.rdata[1] & 1
                                     for rr in wire.Message(raw).sections[wire.AUTHORITY])


def add(book):
    for zone, (prefix, servers) in FLAVOURS.items():
        for turn, (case, below, kind, encloser, why) in enumerate(GOODS):
            if (case == 'sub-apex-ds' and prefix == 'knot'):
                continue
            good(book, zone, prefix, case, join(below, zone), kind, encloser, why, servers[turn % 3])
    from . import denial_more
    denial_more.add(book)


def good(book, zone, prefix, case, name, kind, encloser, why, server):
    raw = book.w.ask(name, kind, server)
    message = wire.Message(raw)
    found = roles(raw, zone, name, case, encloser)
    verdict = 'secure'
    rule = clause(prefix, case)
    if prefix == 'optout' and case == 'nodata-delegation-ds':
        found = {'closer': covering(zone, name), 'encloser': matching(zone, zone)}
    for role, want in found.items():
        assert any(want(rr) for rr in message.sections[wire.AUTHORITY]), (zone, case, role, server)
    if opted_out(raw, zone, found):
        verdict, rule, why = 'insecure', '5155#9.2', why + ': but only as far as Opt-Out allows'
    book.add('denial', f'{prefix}-{case}', (name, kind), raw, verdict, rule, why, server=server)
    if found and 'case' not in case:
        twins(book, zone, f'{prefix}-{case}', name, kind, raw, found, clause(prefix, case), full=prefix in ('nsec', 'nsec3') and case in FULL)


FULL = ('nodata', 'ent', 'nxdomain', 'nxdomain-below-ent', 'wildcard', 'wildcard-nodata', 'nodata-delegation-ds')


def twins(book, zone, case, name, kind, raw, found, rule, full):
    """The same answer with one piece wrong."""
    key = book.w.key(zone)

    def bad(what, why, *steps, rule=rule):
        book.add('denial', f'{case}-{what}', (name, kind), change(raw, *steps), 'bogus', rule, why)

    what_for = {'match': 'the record at the name', 'cover': 'the record around the name', 'closer': 'the record that covers the next closer name',
                'encloser': 'the record at the closest encloser', 'wildcard': 'the record at or around the wildcard'}
    def hit(want):
        return frozenset(rr.owner for rr in wire.Message(raw).sections[wire.AUTHORITY] if want(rr))

    done = set()
    for role, want in found.items():
        if hit(want) in done:  # one record may play two roles
            continue
        done.add(hit(want))
        if role == 'wildcard' and 'nodata' in case and opted_out(raw, zone, found):
            book.add('denial', f'{case}-{role}-removed', (name, kind), change(raw, drop(want)), 'insecure', '5155#8.5',
                     f'{what_for[role]} is gone; under Opt-Out the name may be an empty non-terminal above unsigned delegations (erratum 3441)')
        else:
            bad(f'{role}-removed', f'{what_for[role]} is gone', drop(want))
        if full:
            bad(f'{role}-unsigned', f'{what_for[role]} has no signature', unsign(want), rule='4035#5.4')
            bad(f'{role}-flipped', f'{what_for[role]} has a signature with one bit turned', flip(want), rule='4035#5.3.3')
            bad(f'{role}-expired', f'{what_for[role]} has a signature for September', edit.expire(key, want), rule='4035#5.3.1')
            bad(f'{role}-by-parent', f'{what_for[role]} is signed by the zone above', edit.resign(book.w.key('test.'), want), rule='4035#5.3.1')
    if full:
        bad('stripped', 'no NSEC or NSEC3 at all', drop(denial))
        sister = {'nsec.test.': 'alias.test.', 'nsec3.test.': 'knot.test.'}[zone]
        foreign = [rr for rr in wire.Message(book.w.ask(join('nope', sister), 'A', 'bind')).sections[wire.AUTHORITY]]
        bad('foreign', f'the denial is that of {sister}', drop(denial), edit.put(foreign))
        other = book.w.ask(join('ns', zone), 'MX', 'bind')
        if not any(want(rr) for want in found.values() for rr in wire.Message(other).sections[wire.AUTHORITY]):
            bad('other-name', 'the denial is about another name of the zone', drop(denial), edit.put(edit.taken(other, denial)))
