"""Where security ends: unsigned delegations, DS of unknown kinds, islands; and what must not end it. Also key rollovers, where it goes on."""
from parts import wire

from . import edit, rollover
from .denial_more import proof, soa
from .edit import answer, change, covering, denial, drop, flip, matching, put, resign, taken, unsign, with3, with_kinds

UNSIGNED = [('unsigned', 'unsigned.test.', 'NSEC at the delegation'), ('unsigned-tld', 'unsigned-tld.', 'NSEC of the root at the delegation'),
            ('unsub-nsec', 'unsub.nsec.test.', 'NSEC at the delegation'), ('unsub-nsec3', 'unsub.nsec3.test.', 'NSEC3 at the delegation'),
            ('unsub-knot', 'unsub.knot.test.', 'NSEC3 at the delegation'), ('unsub-optout', 'unsub.optout.test.', 'Opt-Out over the delegation'),
            ('mid-nsec', 'ins.mid.nsec.test.', 'NSEC at a delegation below an empty non-terminal'),
            ('mid-nsec3', 'ins.mid.nsec3.test.', 'NSEC3 at a delegation below an empty non-terminal'),
            ('mid-optout', 'ins.mid.optout.test.', 'Opt-Out over a delegation below an empty non-terminal without NSEC3'),
            ('two-levels', 'two.levels.unsigned.test.', 'two unsigned delegations below each other')]
RULES = {'nsec': '6840#4.4', 'nsec3': '5155#8.9', 'knot': '5155#8.9', 'optout': '5155#8.9'}


def add(book):
    w = book.w
    for turn, (case, zone, why) in enumerate(UNSIGNED):
        rule = next((r for key, r in RULES.items() if case.endswith(f'-{key}')), '4035#5.2')
        for what, name, kind in [('a', f'www.{zone}', 'A'), ('nodata', f'www.{zone}', 'MX'), ('nxdomain', f'nope.{zone}', 'A')]:
            server = ('bind', 'nsd', 'knot')[turn % 3]
            book.add('insecure', f'{case}-{what}', (name, kind), w.ask(name, kind, server), 'insecure', rule, f'no DS: {why}', server=server)
    for rounds, verdict, note in [(51, 'insecure', 'above 50 iterations: as if unsigned'), (2500, 'bogus', 'refused: above 500 iterations')]:
        name = f'www.unsub.iter{rounds}.test.'
        book.add('insecure', f'unsub-iter{rounds}', (name, 'A'), w.ask(name, 'A'), verdict, '9276#3.2', f'the denial of DS has {rounds}; {note}')
    junk = taken(w.ask('www.nsec.test.', 'A', 'bind'), edit.owned('www.nsec.test.', wire.A), wire.ANSWER)[1]
    name = 'www.unsigned.test.'
    book.add('insecure', 'unsigned-with-signature', (name, 'A'),
             change(w.ask(name, 'A'), put([junk.copy(owner=wire.name(name))], wire.ANSWER)), 'insecure', '4035#5.2',
             'an unsigned zone with an RRSIG that means nothing there')
    delegations(book)
    hidden(book)
    odd_ds(book)
    island(book)
    absent(book)
    rollover.add(book)


def delegations(book):
    """The denial of DS with one piece wrong: the zone below does not become insecure."""
    w = book.w
    for prefix in ('nsec', 'nsec3', 'optout'):
        zone = f'{prefix}.test.'
        cut, key, rule = f'unsub.{zone}', w.key(zone), RULES[prefix]
        name, raw = f'www.unsub.{zone}', w.ask(cut, 'DS', 'bind')
        got = w.ask(name, 'A', 'bind')

        def bad(what, why, *steps, rule=rule, raw=raw, verdict='bogus'):
            book.add('insecure', f'unsub-{prefix}-{what}', (name, 'A'), got, verdict, rule, why, own={(cut, 'DS'): change(raw, *steps)})

        bad('ds-stripped', 'the answer for DS proves nothing', drop(denial))
        bad('ds-unsigned', 'the denial of DS is not signed', unsign(denial))
        bad('ds-flipped', 'the denial of DS has broken signatures', flip(denial), rule='4035#5.3.3')
        bad('ds-expired', 'the denial of DS was signed for September', edit.expire(key, denial), rule='4035#5.3.1')
        other = w.ask(f'www.{zone}', 'DS', 'bind')
        bad('ds-other-name', 'the denial of DS is about another name', drop(denial), put(taken(other, denial)))
        if prefix != 'optout':
            bad('ds-ns-missing', 'without NS in the bitmap there is no cut, so the answer should be signed',
                resign(key, matching(zone, cut), with_kinds(remove=[wire.NS], add=[wire.A])), rule='6840#4.4')
            bad('ds-has-soa', 'SOA in the bitmap: from the wrong side of the cut', resign(key, matching(zone, cut), with_kinds(add=[wire.SOA])))
            bad('ds-has-ds', 'the bitmap has DS', resign(key, matching(zone, cut), with_kinds(add=[wire.DS])),
                rule='5155#8.6' if prefix == 'nsec3' else '4035#5.2')
            bad('ds-has-cname', 'the bitmap has CNAME', resign(key, matching(zone, cut), with_kinds(add=[wire.CNAME])),
                rule='5155#8.6' if prefix == 'nsec3' else '6840#4.3')
        else:
            bad('ds-closer-removed', 'nothing covers the next closer name', drop(covering(zone, cut)))
            bad('ds-encloser-removed', 'nothing matches the closest encloser', drop(matching(zone, zone)))
            bad('ds-optout-cleared', 'the record over the name has no Opt-Out', resign(key, covering(zone, cut), with3(flags=0)))
        bad('ds-by-child', 'the denial of DS is signed by another zone below', resign(w.key(f'sub.{zone}'), denial), rule='4035#5.3.1')


def hidden(book):
    """A signed child that an attacker wants to pass for unsigned."""
    w = book.w
    for prefix in ('nsec', 'nsec3', 'optout'):
        zone = f'{prefix}.test.'
        cut = f'sub.{zone}'
        name = f'www.{cut}'
        signed = w.ask(name, 'A', 'bind')
        forged = change(signed, unsign(edit.owned(name, wire.A)))
        book.add('insecure', f'sub-{prefix}', (name, 'A'), signed, 'secure', '4035#5.2', 'a signed child below the zone', server='bind')
        book.add('insecure', f'sub-{prefix}-unsigned', (name, 'A'), forged, 'bogus', '4035#5.2', 'the DS is there, so the answer must be signed')

        def bad(what, why, ds, rule):
            book.add('insecure', f'sub-{prefix}-{what}', (name, 'A'), forged, 'bogus', rule, why, own={(cut, 'DS'): ds})

        top = soa(book, zone)
        bad('ds-empty', 'no DS and no proof', answer(cut, 'DS', authority=top), '4035#5.2')
        child = w.ask(cut, 'MX', 'bind')
        bad('ds-child-side', 'the record at the apex of the child denies DS', answer(cut, 'DS', authority=wire.Message(child).sections[wire.AUTHORITY]),
            RULES[prefix])
        proofs = taken(w.ask(f'unsub.{zone}', 'DS', 'bind'), denial)
        if any(edit.spot(rr, zone, cut) for rr in proofs if rr.kind != wire.RRSIG) and prefix == 'optout':
            proofs = proof(book, zone, matching(zone, zone)) + proof(book, zone, lambda rr: edit.spot(rr, zone, cut) is None)
        bad('ds-other-delegation', 'the proof of an unsigned delegation beside it', answer(cut, 'DS', authority=top + proofs), RULES[prefix])
        real = proof(book, zone, matching(zone, cut))
        bad('ds-has-ds', 'the true record at the delegation, whose bitmap has DS', answer(cut, 'DS', authority=top + real),
            '4035#5.2' if prefix == 'nsec' else '5155#8.6')
        bad('ds-unsigned', 'the DS RRset without its signature', change(w.ask(cut, 'DS', 'bind'), unsign(edit.owned(cut, wire.DS))), '4035#5.2')


def odd_ds(book):
    w = book.w

    def good(case, verdict, rule, why):
        name = f'www.{case}.test.'
        book.add('insecure', case, (name, 'A'), w.ask(name, 'A'), verdict, rule, why, server=w.zones[f'{case}.test.'].server)

    good('ds-unsup', 'insecure', '4035#5.2', 'the only DS has algorithm 253, which is not known')
    good('ds-digest', 'insecure', '6840#5.2', 'the only DS has digest type 99, which is not known')
    good('ds-both', 'insecure', '6840#5.2', 'three DS, each of an unknown algorithm or digest type')
    good('ds-mixed', 'secure', '6840#5.2', 'two DS that cannot be used beside a good one')
    good('ds-wrong', 'bogus', '4035#5.2', 'the one DS that can be used fits no key; the one beside it cannot make the zone insecure')
    good('double-ds', 'secure', '4035#5.2', 'a DS that fits no key beside one that does')
    test = w.key('test.')
    for case in ('ds-unsup', 'ds-digest', 'ds-mixed'):
        cut, name = f'{case}.test.', f'www.{case}.test.'
        raw, ds = w.ask(cut, 'DS'), edit.owned(cut, wire.DS)
        for what, why, step in [('flipped', 'the DS RRset has a broken signature', flip(ds)), ('unsigned', 'the DS RRset has no signature', unsign(ds)),
                                ('expired', 'the DS RRset was signed for September', edit.expire(test, ds))]:
            book.add('insecure', f'{case}-{what}', (name, 'A'), w.ask(name, 'A'), 'bogus', '4035#5.2', why, own={(cut, 'DS'): change(raw, step)})
    cut, name = 'ds-mixed.test.', 'www.ds-mixed.test.'

    def usable(rr):
        return edit.owned(cut, wire.DS)(rr) and rr.rdata[2:4] == b'\x0d\x02'

    def without(message):
        message.sections[wire.ANSWER][:] = [rr for rr in message.sections[wire.ANSWER] if not usable(rr)]
    raw = change(w.ask(cut, 'DS'), without)
    book.add('insecure', 'ds-mixed-good-removed', (name, 'A'), w.ask(name, 'A'), 'bogus', '4035#5.3.3',
             'the good DS is gone from the RRset under the old signature', own={(cut, 'DS'): raw})
    book.add('insecure', 'ds-mixed-good-never-there', (name, 'A'), w.ask(name, 'A'), 'insecure', '6840#5.2',
             'the same well signed: no DS that can be used', own={(cut, 'DS'): change(raw, resign(test, edit.owned(cut, wire.DS)))})


def island(book):
    w, name = book.w, 'www.island.unsigned.test.'
    good, forged = w.ask(name, 'A'), change(w.ask(name, 'A'), flip(edit.owned(name, wire.A)))
    for what, raw, verdict, why in [('', good, 'secure', 'the anchor of the island'), ('-flipped', forged, 'bogus', 'the anchor of the island, and a broken signature')]:
        book.add('insecure', f'island{what}', (name, 'A'), raw, verdict, '4033#2', why, anchors='island.ds')
        book.add('insecure', f'island{what}-both', (name, 'A'), raw, verdict, '6840#5.10', why + ' beside that of the root', anchors='root.ds island.ds')
        book.add('insecure', f'island{what}-root', (name, 'A'), raw, 'insecure', '4035#5.2', 'from the root there is an unsigned delegation above', anchors='root.ds')
    for what, kind, label in [('nodata', 'MX', 'www'), ('nxdomain', 'A', 'nope')]:
        name = f'{label}.island.unsigned.test.'
        for anchors, verdict in [('island.ds', 'secure'), ('root.ds', 'insecure')]:
            book.add('insecure', f"island-{what}-{anchors.split('.')[0]}", (name, kind), w.ask(name, kind), verdict, '4035#5.4', 'a denial in the island', anchors=anchors)
    name = 'www.nsec.test.'
    book.add('insecure', 'anchor-below-root', (name, 'A'), w.ask(name, 'A', 'bind'), 'secure', '4035#5', 'an anchor in the middle of the tree', anchors='nsec.ds')
    book.add('insecure', 'anchor-elsewhere', ('www.nsec3.test.', 'A'), w.ask('www.nsec3.test.', 'A', 'bind'), 'indeterminate', '4033#5',
             'no anchor at or above the name', anchors='nsec.ds')


def absent(book):
    w = book.w
    for case, name, gone in [('absent-ds', 'www.unsigned.test.', ('unsigned.test.', 'DS')), ('absent-parent-ds', 'www.unsub.nsec.test.', ('nsec.test.', 'DS')),
                             ('absent-dnskey', 'www.unsub.nsec.test.', ('nsec.test.', 'DNSKEY'))]:
        book.add('insecure', case, (name, 'A'), w.ask(name, 'A'), 'indeterminate', '4035#4.3', f"the answer to {' '.join(gone)} is not there", absent=[gone])
