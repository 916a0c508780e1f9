"""Cases for which zones are signed once more, in another way, and a real server is asked again."""
import struct

from . import hand, sign, wire, world
from .case import CUTS, bogus, good, by_denial, secure_but
from .changed import rewrite, rrsig, signature
from .maker import QUESTIONS, SRV
from .wire import ANSWER
from .world import COM, PROVIDER_CHAIN, ROOT, SOURCE

KEYS, DELEGATION = (SOURCE, 'DNSKEY'), (SOURCE, 'DS')


def source(variant, ask=(KEYS, SRV), ds=None, **change):
    """The source zone in another form; with `ds` the parent is signed again too."""
    def make(answers, maker):
        replaced = {SOURCE: maker.zone(SOURCE, variant, **resolve(change, maker))}
        wanted = list(ask)
        if ds:
            replaced[COM] = maker.zone(COM, variant, ds={SOURCE: ds(maker)})
            wanted += [(COM, 'DNSKEY'), DELEGATION]
        return {**answers, **maker.ask(wanted, replaced)}
    return make


def resolve(change, maker):
    return {k: v(maker) if callable(v) else v for k, v in change.items()}


def parent(variant, zone, ask, **change):
    """Only one answer of a parent that was signed in another way."""
    def make(answers, maker):
        return {**answers, **maker.ask([ask], {zone: maker.zone(zone, variant, **resolve(change, maker))})}
    return make


def other_srv(text):
    """The source zone with another main record."""
    lines = sign.template(SOURCE).splitlines()
    lines = [f'_xmpp-server._tcp SRV {text}' if line.startswith('_xmpp-server') else line for line in lines]
    return '\n'.join(lines) + '\n'


def foreign_zsk(maker):
    return maker.keys(SOURCE)[:1] + maker.keys(SOURCE, 'other')[1:]


def two_zsks(maker):
    return maker.keys(SOURCE) + maker.keys(SOURCE, 'other')[1:]


def both(maker):
    return maker.keys(SOURCE) + maker.keys(SOURCE, 'second')


def revoked(maker):
    return maker.keys(SOURCE, 'revoked') + maker.keys(SOURCE)[1:]


def one_bad(answers, maker):
    """Two algorithms, and the second one's signature of the SRV has a bit turned."""
    answers = DOUBLE.make(answers, maker)
    algorithm = maker.keys(SOURCE, 'second')[0].algorithm
    record = wire.Message(answers[SRV]).find(lambda r: r.covers(wire.SRV) and r.rdata[2] == algorithm)
    return {**answers, SRV: wire.flip(answers[SRV], record.at + signature(record.rdata))}


def collide_first(answers, maker):
    """The same key set with the other key of that tag in front, and then behind."""
    answers = COLLIDE.make(answers, maker)
    stranger = maker.keys(SOURCE, 'collide')[0].rdata

    def change(message):
        message.sections[ANSWER].sort(key=lambda record: record.rdata != stranger)
    return rewrite(KEYS, change)(answers)


def collide_last(answers, maker):
    answers = COLLIDE.make(answers, maker)
    stranger = maker.keys(SOURCE, 'collide')[0].rdata

    def change(message):
        message.sections[ANSWER].sort(key=lambda record: record.rdata == stranger)
    return rewrite(KEYS, change)(answers)


def wrong_signer(answers, maker):
    """The provider signs the source's record in its own name; the provider's whole chain lies beside it."""
    zsk = maker.keys(world.PROVIDER)[-1]

    def change(message):
        record, old = message.find(lambda r: r.kind == wire.SRV), message.find(rrsig(wire.SRV))
        rdata = hand.rrsig([record], zsk, world.PROVIDER, world.window(maker.set, world.PROVIDER))
        message.sections[ANSWER] = [record, old.copy(rdata=rdata)]
    return rewrite(SRV, change)({**answers, **maker.ask(PROVIDER_CHAIN)})


def signer_beside(answers, maker):
    """The provider's signature in front of the right one."""
    foreign = wire.Message(wrong_signer(answers, maker)[SRV]).find(rrsig(wire.SRV))

    def change(message):
        message.sections[ANSWER].insert(0, foreign)
    return rewrite(SRV, change)(answers)


def signer_child(answers, maker):
    """A zone that nobody delegated to signs the record well in its own name; its DNSKEY RRset, well signed, lies beside it."""
    child, key, window = '_tcp.example.com.', maker.keys(SOURCE, 'other')[0], world.window(maker.set, SOURCE)

    def sign_srv(message):
        record, old = message.find(lambda r: r.kind == wire.SRV), message.find(rrsig(wire.SRV))
        message.sections[ANSWER] = [record, old.copy(rdata=hand.rrsig([record], key, child, window))]

    def move_keys(message):
        message.question = wire.name(child)
        record, old = [message.find(want).copy(owner=message.question)
                       for want in (lambda r: r.kind == wire.DNSKEY, rrsig(wire.DNSKEY))]
        record.rdata = key.rdata
        old.rdata = hand.rrsig([record], key, child, window)
        message.sections[ANSWER] = [record, old]
    keys = rewrite(KEYS, move_keys)(answers)[KEYS]
    return {**rewrite(SRV, sign_srv)(answers), (child, 'DNSKEY'): keys}


def ksk_not_signing(answers, maker):
    """The DNSKEY RRset as it is, but with the signature of the zone-signing key only."""
    def change(message):
        records = [r for r in message.sections[ANSWER] if r.kind == wire.DNSKEY]
        rdata = hand.rrsig(records, maker.keys(SOURCE)[-1], SOURCE, world.window(maker.set, SOURCE))
        message.sections[ANSWER] = records + [message.find(rrsig(wire.DNSKEY)).copy(rdata=rdata)]
    return rewrite(KEYS, change)(answers)


def labels_below_signer(answers, maker):
    """The source signs its record as one made from *.com., which is not in its zone."""
    def change(message):
        record, old = message.find(lambda r: r.kind == wire.SRV), message.find(rrsig(wire.SRV))
        rdata = hand.rrsig([record], maker.keys(SOURCE)[-1], SOURCE, world.window(maker.set, SOURCE), cut=3)
        message.sections[ANSWER] = [record, old.copy(rdata=rdata)]
    return rewrite(SRV, change)(answers)


def signer_parent(answers, maker):
    """com. holds the record itself and signs it; the delegation beside it says that this is not its to sign."""
    lines = [line for line in sign.template(COM).splitlines() if 'example' not in line or line.startswith(';')]
    lines.append('_xmpp-server._tcp.example 3600 SRV 0 5 5269 example.net.')
    file = maker.zone(COM, 'signer-parent', text='\n'.join(lines) + '\n', ds={SOURCE: []})
    return {**answers, **maker.ask([SRV], {COM: file}, without=[SOURCE])}


def mixed_case(answers, maker):
    """The server is asked in mixed case."""
    asked = {(change_case(owner), kind): (owner, kind) for owner, kind in QUESTIONS}
    return {asked[question]: raw for question, raw in maker.ask(asked).items()}


def change_case(text):
    return ''.join(c.upper() if i % 3 == 0 else c for i, c in enumerate(text))


def ds(*digests, spoil=None, algorithm=None, kind=None):
    """DS lines for the source's KSK with these digest types; one spoilt, or with another algorithm or type number."""
    def make(maker):
        lines = []
        for digest in digests:
            rdata = wire.ds_rdata(SOURCE, maker.keys(SOURCE)[0].rdata, digest)
            if digest == spoil:
                rdata = wire.flip(rdata, 10)
            head = struct.pack('>HBB', wire.key_tag(maker.keys(SOURCE)[0].rdata), algorithm or rdata[2], kind or rdata[3])
            lines.append(wire.ds_text(SOURCE, head + rdata[4:]))
        return lines
    return make


def com_ds(name, *digests, **more):
    return parent(name, COM, DELEGATION, ds=lambda maker: {SOURCE: ds(*digests, **more)(maker)})


DOUBLE = good('double-algorithm', 'two algorithms in the keys and the DS, both sign (RFC 6840 5.11)',
              source('double', ds=lambda m: sign.ds_lines(SOURCE, both(m)), zone_keys=both, signer='bind'))
COLLIDE = good('colliding-tag', 'two zone keys with one key tag: try both (RFC 4034 8, RFC 4035 5.3.1)',
               source('collide', extra=lambda m: m.keys(SOURCE, 'collide')[0].text + '\n'))
CASES = [
    bogus('expired', 'all of example.com. signed for September (RFC 4035 5.3.1)', source('expired', window=world.EXPIRED)),
    bogus('not-yet-valid', 'all of example.com. signed for January (RFC 4035 5.3.1)', source('future', window=world.FUTURE)),
    bogus('expired-com', 'the DS RRset of com. was signed for September (RFC 4035 5.3.1)',
          parent('expired-com', ROOT, (COM, 'DS'), window=world.EXPIRED)),
    bogus('expired-com-dnskey', 'the DNSKEY RRset of com. was signed for September (RFC 4035 5.3.1)',
          parent('expired-keys', COM, (COM, 'DNSKEY'), window=world.EXPIRED)),
    bogus('expired-example-com-ds', 'the DS RRset of example.com. was signed for September (RFC 4035 5.3.1)',
          parent('expired-ds', COM, DELEGATION, window=world.EXPIRED)),
    bogus('wrong-key', 'example.com. signed with keys that its DS does not know (RFC 4035 5.2)',
          source('wrong-key', zone_keys=lambda m: m.keys(SOURCE, 'other'))),
    bogus('ksk-not-signing', 'the key of the DS is in the DNSKEY RRset, but only the other key signs the RRset (RFC 4035 5.2)',
          ksk_not_signing),
    bogus('foreign-zsk', 'the SRV signed by a key that is not in the DNSKEY RRset (RFC 4035 5.3.1)',
          source('foreign', ask=[SRV], zone_keys=foreign_zsk)),
    bogus('wrong-signer', 'the SRV signed well by example.net., in its own name (RFC 4035 5.3.1, 5.5)',
          wrong_signer, CUTS),
    bogus('signer-parent', 'the SRV signed well by com., which has delegated the name (RFC 4035 5.3.1)', signer_parent),
    by_denial('signer-child', 'bogus', 'the SRV signed well by _tcp.example.com., which has its own keys and no DS; the proof beside it '
            'shows that there is no such zone (RFC 4035 5.3.1)', signer_child, CUTS),
    good('signer-beside', 'the RRSIG of example.net. in front of the right one: one good RRSIG is enough (RFC 4035 5.3.1, 5.5)',
         signer_beside),
    bogus('labels-below-signer', 'RRSIG labels 1, and the signature fits *.com.: no wildcard of the zone example.com. '
          '(RFC 4035 5.3.1, RFC 4034 3.1.3)', labels_below_signer),
    good('two-zsks', 'two ZSKs in the DNSKEY RRset, both sign everything (RFC 4035 5.3.3)',
         source('two-zsks', zone_keys=two_zsks, signer='bind')),
    by_denial('missing-ds', 'insecure', 'com. proves that example.com. has no DS (RFC 4035 5.2)',
            parent('missing-ds', COM, DELEGATION, ds={SOURCE: []})),
    secure_but('other-target', 'well signed, but another provider (RFC 7673 4.1)',
               source('other-target', ask=[SRV], text=other_srv('0 5 5269 evil.example.'))),
    secure_but('target-dot', 'well signed: the service is not offered (RFC 2782)',
               source('target-dot', ask=[SRV], text=other_srv('0 0 0 .'))),
    good('case-changed', 'the server was asked in mixed case (RFC 4034 6.2, RFC 4343)', mixed_case),
    COLLIDE,
    good('colliding-tag-first', 'as colliding-tag, the key that did not sign comes first', collide_first),
    good('colliding-tag-last', 'as colliding-tag, the key that did not sign comes last', collide_last),
    bogus('revoked-ksk', 'the only KSK that the DS knows is revoked: it vouches for nothing (RFC 5011 2.1)',
          source('revoked', ds=lambda m: sign.ds_lines(SOURCE, revoked(m)), zone_keys=revoked, signer='bind')),
    DOUBLE,
    good('double-algorithm-one-bad', 'of two algorithms one verifies, which is enough (RFC 6840 5.11)', one_bad),
    bogus('sha1-ds', 'the SHA-256 DS is wrong; the right SHA-1 DS beside it must not be used (RFC 4509 3)',
          com_ds('sha1-ds', 1, 2, spoil=2)),
    good('sha1-ds-only', 'a SHA-1 DS alone (RFC 8624 3.3); a policy may call it insecure (RFC 9905)', com_ds('sha1-only', 1)),
    good('sha1-sha256-ds', 'a SHA-1 and a SHA-256 DS, both right (RFC 4509 3)', com_ds('sha1-sha256', 1, 2)),
    good('sha1-ds-wrong', 'the SHA-1 DS is wrong; the right SHA-256 DS beside it is enough (RFC 4509 3)',
         com_ds('sha1-wrong', 1, 2, spoil=1)),
    good('sha384-ds', 'a SHA-384 DS (RFC 6605 2)', com_ds('sha384-ds', 4)),
    good('sha256-beside-wrong-tag', 'one of two DS fits, which is enough (RFC 4035 5.2)',
         parent('two-ds', COM, DELEGATION, ds=lambda m: {SOURCE: ds(2)(m) + sign.ds_lines(SOURCE, m.keys(SOURCE, 'other'))})),
    by_denial('unknown-digest', 'insecure', 'the only DS has digest type 250 (RFC 4035 5.2, RFC 6840 5.2)',
            com_ds('unknown-digest', 2, kind=250)),
    by_denial('unknown-algorithm', 'insecure', 'the only DS has algorithm 200 (RFC 4035 5.2)',
            com_ds('unknown-algorithm', 2, algorithm=200)),
]
