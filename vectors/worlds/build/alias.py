"""CNAME and DNAME: whole chains as a resolver gives them, the shorter answers of authoritative servers, and twins with a link broken."""
from parts import wire

from . import edit, world
from .edit import change, covering, denial, drop, flip, owned, put, resign, taken, unsign

ZONE = 'alias.test.'
# case, name below alias.test., type, verdict, clause, why
GOODS = [
    ('one', 'a0', 'A', 'secure', '4035#5', 'one CNAME in the zone'),
    ('six', 'a5', 'A', 'secure', '4035#5', 'six CNAME in the zone'),
    ('ten', 'a9', 'A', 'secure', '4035#5', 'ten CNAME in the zone'),
    ('cross', 'cross', 'A', 'secure', '4035#5', 'to a name in another zone'),
    ('cross-two', 'cross2', 'A', 'secure', '4035#5', 'two links, the second in the other zone'),
    ('cross-three', 'cross3', 'A', 'secure', '4035#5', 'through a second zone into a third'),
    ('to-wildcard', 'intowild', 'A', 'secure', '5155#8.8', 'the target is expanded from a wildcard'),
    ('to-unsigned', 'insecure', 'A', 'insecure', '4035#5.2', 'the target is in an unsigned zone'),
    ('through-unsigned', 'viaunsigned', 'A', 'insecure', '4035#5.2', 'signed, unsigned, signed: the weakest link counts'),
    ('to-optout', 'optoutchild', 'A', 'insecure', '5155#8.9', 'the target is in an unsigned zone below Opt-Out'),
    ('nx', 'nx', 'A', 'secure', '4035#5.4', 'the target does not exist in the same zone'),
    ('nx-cross', 'nxcross', 'A', 'secure', '5155#8.4', 'the target does not exist in another zone'),
    ('nx-optout', 'nxoptout', 'A', 'insecure', '5155#9.2', 'the target is denied with Opt-Out'),
    ('nx-unsigned', 'nxinsecure', 'A', 'insecure', '4035#5.2', 'the target does not exist in an unsigned zone'),
    ('nx-iterations', 'itercross', 'A', 'insecure', '9276#3.2', 'the target is denied with 51 iterations'),
    ('nodata', 'nodata', 'MX', 'secure', '4035#5.4', 'the target has no such type'),
    ('nodata-cross', 'nodatacross', 'MX', 'secure', '4035#5.4', 'the target in another zone has no such type'),
    ('nodata-ent', 'entcross', 'A', 'secure', '5155#8.5', 'the target is an empty non-terminal in another zone'),
    ('type-ds', 'a0', 'DS', 'secure', '4035#5.4', 'a CNAME asked for DS: the target has none'),
    ('type-cname', 'a0', 'CNAME', 'secure', '4035#5.3', 'the CNAME asked for by type: not followed'),
    ('wildcard', 'q.wc', 'A', 'secure', '4035#5.3.4', 'a CNAME from a wildcard'),
    ('wildcard-type-cname', 'q.wc', 'CNAME', 'secure', '4035#5.3.4', 'a CNAME from a wildcard, asked for by type'),
    ('wildcard-nx', 'q.wcnx', 'A', 'secure', '4035#5.3.4', 'a CNAME from a wildcard to a name that does not exist'),
    ('wildcard-cross', 'q.wccross', 'A', 'secure', '4035#5.3.4', 'a CNAME from a wildcard to another zone'),
    ('dname', 'leaf.din', 'A', 'secure', '6672#5.3.1', 'a DNAME and the CNAME made from it'),
    ('dname-type-cname', 'leaf.din', 'CNAME', 'secure', '6672#5.3.1', 'the CNAME made from a DNAME, asked for by type'),
    ('dname-type-dname', 'din', 'DNAME', 'secure', '4035#5.3', 'the DNAME asked for by type'),
    ('dname-owner', 'din', 'A', 'secure', '4035#5.4', 'the DNAME does not redirect its own owner'),
    ('dname-nx', 'nope.din', 'A', 'secure', '4035#5.4', 'the target below a DNAME does not exist'),
    ('dname-nodata', 'leaf.din', 'MX', 'secure', '4035#5.4', 'the target below a DNAME has no such type'),
    ('dname-wildcard', 'q.star.din', 'A', 'secure', '4035#5.3.4', 'the target of a DNAME is expanded from a wildcard'),
    ('dname-cross', 'www.dout', 'A', 'secure', '6672#5.3.1', 'a DNAME to another zone'),
    ('dname-cross-nx', 'nope.dout', 'A', 'secure', '4035#5.4', 'a DNAME to a name that does not exist in another zone'),
    ('dname-unsigned', 'www.dinsecure', 'A', 'insecure', '4035#5.2', 'a DNAME into an unsigned zone'),
    ('dname-two', 'leaf.d2', 'A', 'secure', '6672#5.3.1', 'a DNAME below a DNAME'),
    ('cname-dname', 'dchain', 'A', 'secure', '6672#5.3.1', 'a CNAME to a name below a DNAME'),
]


def add(book):
    w = book.w
    for turn, (case, below, kind, verdict, rule, why) in enumerate(GOODS):
        name = f'{below}.{ZONE}'
        via = 'via-bind' if case in VIA_BIND else 'via-unbound'
        whole = w.ask(name, kind, via)
        book.add('alias', case, (name, kind), whole, verdict, rule, why, server='unbound in front of bind' if via == 'via-unbound' else 'bind in front of bind')
        server = ('knot', 'bind', 'nsd')[turn % 3] if case not in NSD_ERRS else 'bind'
        own = pieces(w, name, kind, server)
        if len(own) > 1 or server == 'nsd':
            final = wire.Message(list(own.values())[-1])
            first = own.pop((name, kind))
            book.add('alias', f'{case}-short', (name, kind), first, verdict, rule, f'{why}; as an authoritative server answers, with the rest asked for',
                     own=own, rcode={0: 'NOERROR', 3: 'NXDOMAIN'}[final.rcode], server=server,
                     kind='positive' if any(r.kind == wire.TYPES[kind] for r in final.sections[0]) else 'nxdomain' if final.rcode == 3 else 'nodata')
        if case in NSD_ERRS:
            book.add('alias', f'{case}-nsd', (name, kind), w.ask(name, kind, 'nsd'), 'bogus', '4035#5.4', f'{why}; nsd sends {NSD_ERRS[case]}', server='nsd')
    loops(book)
    links(book)
    ends(book)
    wildcards(book)
    dnames(book)


NSD_ERRS = {'dname-wildcard': 'an NSEC that does not cover the name of the target', 'dname-cross-nx': 'no NSEC that covers the name of the target'}
VIA_BIND = {'type-ds', 'six', 'ten', 'cross-two', 'nx', 'dname-cross'}  # BIND without validation leaves out what denies the name of a wildcard


def end_of(raw, name):
    """The name at which the CNAME records in the answer end."""
    at, records = wire.name(name).lower(), wire.Message(raw).sections[wire.ANSWER]
    for _ in records:
        at = next((wire.read_name(r.rdata, 0)[0].lower() for r in records if r.kind == wire.CNAME and r.owner.lower() == at), at)
    return world.present(at)


def pieces(w, name, kind, server):
    """The answer of an authoritative server, and those to the questions that it leaves open."""
    out, at = {}, name
    while (at, kind) not in out:
        raw = out[at, kind] = w.ask(at, kind, server if at == name else None)
        message = wire.Message(raw)
        last = end_of(raw, at) if kind != 'CNAME' else at
        settled = message.rcode == 3 or any(r.kind in (message.qtype, wire.SOA) for s in message.sections[:2] for r in s)
        if last == at or settled:
            break
        at = last
    return out


def loops(book):
    for case, below, why in [('loop-self', 'self', 'a CNAME to itself'), ('loop-two', 'loop1', 'two CNAME to each other'),
                             ('loop-cross', 'xloop', 'two CNAME to each other in two zones')]:
        name = f'{below}.{ZONE}'
        book.add('alias', case, (name, 'A'), book.w.ask(name, 'A', 'nsd'), 'indeterminate', '1034#3.6.2',
                 f'{why}: all signed, but it leads nowhere, which is an error', server='nsd', kind='nodata')


def is_cname(name):
    return owned(f'{name}.{ZONE}', wire.CNAME)


def links(book):
    """A link without a good signature."""
    w = book.w

    def bad(case, what, why, *steps, rule='4035#5.3.1', verdict='bogus'):
        below, kind = next((g[1], g[2]) for g in GOODS if g[0] == case)
        name = f'{below}.{ZONE}'
        book.add('alias', f'{case}-{what}', (name, kind), change(w.ask(name, kind, 'via-unbound'), *steps), verdict, rule, why)

    key = w.key(ZONE)
    for case, first, last in [('one', is_cname('a0'), owned('www.alias.test.')), ('cross', is_cname('cross'), owned('www.nsec3.test.')),
                              ('cross-three', is_cname('cross3'), owned('www.nsec.test.'))]:
        bad(case, 'first-unsigned', 'the first CNAME has no signature', unsign(first))
        bad(case, 'first-flipped', 'the first CNAME has a broken signature', flip(first), rule='4035#5.3.3')
        bad(case, 'first-expired', 'the first CNAME was signed for September', edit.expire(key, first))
        bad(case, 'target-unsigned', 'the address at the end has no signature', unsign(last))
        bad(case, 'target-flipped', 'the address at the end has a broken signature', flip(last), rule='4035#5.3.3')
    second = owned('hop.knot.test.', wire.CNAME)
    bad('cross-three', 'second-unsigned', 'the second CNAME has no signature, in a signed zone', unsign(second))
    bad('cross-three', 'second-flipped', 'the second CNAME has a broken signature', flip(second), rule='4035#5.3.3')
    bad('cross-three', 'second-by-first-zone', 'the second CNAME is signed by the zone of the first', resign(key, second))
    bad('cross', 'redirected', 'the CNAME points elsewhere under the old signature', redirect(is_cname('cross'), 'www.knot.test.'),
        put(taken(w.ask('www.knot.test.', 'A', 'bind'), owned('www.knot.test.', wire.A), wire.ANSWER), wire.ANSWER), rule='4035#5.3.3')
    bad('cross', 'as-nxdomain', 'NXDOMAIN over an answer that is there', edit.rcode(3), rule='4035#5.4')
    bad('cross', 'reordered', 'the records of the answer back to front', lambda m: m.sections[0].reverse(), rule='4035#5', verdict='secure')
    bad('to-unsigned', 'first-unsigned', 'a CNAME without signature in a signed zone, although it leads out of it', unsign(is_cname('insecure')))
    bad('to-unsigned', 'first-flipped', 'a CNAME with a broken signature, although it leads out of the signed zones', flip(is_cname('insecure')), rule='4035#5.3.3')
    bad('through-unsigned', 'last-unsigned', 'the last address lies in a signed zone, so it must be signed', unsign(owned('www.nsec.test.')))
    bad('through-unsigned', 'last-flipped', 'the last address has a broken signature', flip(owned('www.nsec.test.')), rule='4035#5.3.3')
    # the same in two messages
    name, target = f'cross.{ZONE}', 'www.nsec3.test.'
    first, second = w.ask(name, 'A', 'knot'), w.ask(target, 'A')
    for what, a, b, why in [('first-unsigned', unsign(is_cname('cross')), None, 'the CNAME has no signature'),
                            ('target-flipped', None, flip(owned(target, wire.A)), 'the address in the second message has a broken signature'),
                            ('target-unsigned', None, unsign(owned(target, wire.A)), 'the address in the second message has no signature')]:
        book.add('alias', f'cross-short-{what}', (name, 'A'), change(first, a) if a else first, 'bogus', '4035#5.3.1', why,
                 own={(target, 'A'): change(second, b) if b else second}, kind='positive')
    book.add('alias', 'cross-short-target-absent', (name, 'A'), first, 'indeterminate', '4035#4.3', 'the answer for the target is not there', kind='positive')


def redirect(want, target):
    def step(message):
        section = message.sections[wire.ANSWER]
        section[:] = [rr.copy(rdata=wire.name(target)) if want(rr) else rr for rr in section]
        section[:] = [rr for rr in section if rr.kind != wire.RRSIG and not owned('www.nsec3.test.')(rr) or rr.kind == wire.RRSIG and rr.owner != wire.name('www.nsec3.test.')]
    return step


def ends(book):
    """The denial at the end of a chain with a piece missing."""
    w = book.w
    for case, below, kind in [('nx', 'nx', 'A'), ('nx-cross', 'nxcross', 'A'), ('nodata', 'nodata', 'MX'), ('nodata-cross', 'nodatacross', 'MX'),
                              ('dname-nx', 'nope.din', 'A')]:
        name = f'{below}.{ZONE}'
        raw, rule = w.ask(name, kind, 'via-unbound'), next(g[4] for g in GOODS if g[0] == case)

        def bad(what, why, *steps, rule=rule, verdict='bogus', proven=None):
            book.add('alias', f'{case}-{what}', (name, kind), change(raw, *steps), verdict, rule, why, kind=proven)

        bad('denial-removed', 'nothing denies the target', drop(denial))
        bad('denial-unsigned', 'the denial of the target is not signed', unsign(denial))
        bad('denial-flipped', 'the denial of the target has broken signatures', flip(denial), rule='4035#5.3.3')
        bad('denial-of-alias', 'the denial is about the alias, not its target', drop(denial), put(taken(w.ask(f'n0.{ZONE}', 'A', 'bind'), denial)))
        if case != 'dname-nx':
            bad('alias-unsigned', 'the CNAME has no signature', unsign(is_cname(below)), rule='4035#5.3.1')
        swap = 0 if wire.Message(raw).rcode else 3
        # The rcode is not signed. A proof that there is no such type counts under either; one that there is no such name does not
        # answer NOERROR.
        bad('wrong-rcode', f"the rcode is {'NXDOMAIN' if swap else 'NOERROR'} against the proof", edit.rcode(swap),
            verdict='secure' if swap else 'bogus', proven='nodata')
    name = f'nxcross.{ZONE}'
    raw = w.ask(name, 'A', 'via-unbound')
    book.add('alias', 'nx-cross-denied-at-home', (name, 'A'), change(raw, edit.authority_of(w.ask(f'nope.{ZONE}', 'A', 'bind'))), 'indeterminate',
             '5155#8.4', "the denial is of the alias's zone, and nothing at hand is about the target")


def wildcards(book):
    w = book.w
    for case, below, kind in [('wildcard', 'q.wc', 'A'), ('wildcard-cross', 'q.wccross', 'A'), ('wildcard-nx', 'q.wcnx', 'A'), ('wildcard-type-cname', 'q.wc', 'CNAME')]:
        name = f'{below}.{ZONE}'
        raw = w.ask(name, kind, 'via-unbound')
        book.add('alias', f'{case}-denial-removed', (name, kind), change(raw, drop(covering(ZONE, name))), 'bogus', '4035#5.3.4',
                 'nothing denies the name that the wildcard stands in for')
        book.add('alias', f'{case}-denial-unsigned', (name, kind), change(raw, unsign(covering(ZONE, name))), 'bogus', '4035#5.3.4',
                 'what denies the name is not signed')
    name, there = f'q.wc.{ZONE}', f'real.wc.{ZONE}'
    book.add('alias', 'wildcard-replayed', (there, 'A'), change(w.ask(name, 'A', 'via-unbound'), edit.rename(name, there), edit.ask(there)), 'bogus',
             '4035#5.3.4', 'the CNAME of the wildcard replayed to a name that exists')
    name = f'intowild.{ZONE}'
    book.add('alias', 'to-wildcard-denial-removed', (name, 'A'), change(w.ask(name, 'A', 'via-unbound'), drop(denial)), 'bogus', '5155#8.8',
             'nothing denies the name of the target')
    name = f'q.star.din.{ZONE}'
    book.add('alias', 'dname-wildcard-denial-removed', (name, 'A'), change(w.ask(name, 'A', 'via-unbound'), drop(denial)), 'bogus', '4035#5.3.4',
             'nothing denies the name of the target')


def dnames(book):
    w = book.w
    name = f'leaf.din.{ZONE}'
    raw = w.ask(name, 'A', 'via-unbound')
    dname, made = owned(f'din.{ZONE}', wire.DNAME), owned(name, wire.CNAME)

    def case(what, verdict, why, *steps, rule='6672#5.3.1', **more):
        book.add('alias', f'dname-{what}', (name, 'A'), change(raw, *steps), verdict, rule, why, **more)

    def to(target, also=()):
        def step(message):
            section = message.sections[wire.ANSWER]
            section[:] = [rr.copy(rdata=wire.name(target)) if made(rr) else rr for rr in section if made(rr) or rr.owner != wire.name(f'leaf.tree.{ZONE}')]
            section.extend(also)
        return step

    www = taken(w.ask('www.nsec.test.', 'A', 'bind'), owned('www.nsec.test.', wire.A), wire.ANSWER)
    home = taken(w.ask(f'www.{ZONE}', 'A', 'bind'), owned(f'www.{ZONE}', wire.A), wire.ANSWER)
    case('made-elsewhere', 'bogus', 'the CNAME does not follow from the DNAME: it points to another zone', to('www.nsec.test.', www))
    case('made-near', 'bogus', 'the CNAME does not follow from the DNAME: it points to another name of the zone', to(f'www.{ZONE}', home))
    case('itself-unsigned', 'bogus', 'the DNAME has no signature', unsign(dname), rule='4035#5.3.1')
    case('itself-flipped', 'bogus', 'the DNAME has a broken signature', flip(dname), rule='4035#5.3.3')
    case('itself-removed', 'bogus', 'a CNAME without signature and without the DNAME', drop(dname), rule='4035#5.3.1')
    case('target-unsigned', 'bogus', 'the address has no signature', unsign(owned(f'leaf.tree.{ZONE}', wire.A)), rule='4035#5.3.1')
    case('made-ttl-zero', 'secure', 'the TTL of the CNAME is zero, as old servers make it', ttl(made, 0), rule='6672#3.1')
    case('made-case', 'secure', 'the CNAME in mixed case', lambda m: mixed(m, made), rule='4343#3')
    other = f'www.{ZONE}'

    def beside(message):
        """The CNAME is said to be made for a name that is not below the DNAME."""
        section = message.sections[wire.ANSWER]
        section[:] = [rr.copy(owner=wire.name(other)) if made(rr) else rr for rr in section]
    book.add('alias', 'dname-not-above', (other, 'A'), change(raw, beside, edit.ask(other)), 'bogus', '6672#5.3.1', 'the DNAME is not above the name')
    at = f'din.{ZONE}'
    forged = edit.answer(at, 'A', taken(raw, dname, wire.ANSWER) + [edit.rr(at, wire.CNAME, wire.name(f'tree.{ZONE}'))])
    book.add('alias', 'dname-at-owner', (at, 'A'), forged, 'bogus', '6672#2.3', 'a CNAME made for the owner of the DNAME itself, which it does not redirect')


def ttl(want, seconds):
    def step(message):
        section = message.sections[wire.ANSWER]
        section[:] = [rr.copy(ttl=seconds) if want(rr) else rr for rr in section]
    return step


def mixed(message, want):
    section = message.sections[wire.ANSWER]
    section[:] = [rr.copy(owner=rr.owner.upper(), rdata=rr.rdata.upper()) if want(rr) else rr for rr in section]
