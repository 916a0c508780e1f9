"""Signs example.com and the zones above it with BIND, serves them with BIND, and records the answers."""
import shutil
import sys

from parts import hand, keys, serve, sign, wire, world
from parts.world import COM, ROOT, SOURCE

SETS = ['rsa2048', 'p256', 'p384', 'ed25519', 'ed448']
SRV = '_xmpp-server._tcp.example.com.'
WINDOW = world.Window(world.START, '20261231000000')

SOURCE_TEXT = '''
$ORIGIN example.com.
$TTL 3600
@ SOA ns hostmaster 2026110100 1800 900 604800 900
@ NS ns
ns A 192.0.2.4
_xmpp-server._tcp SRV 0 5 5269 example.net.
_xmpp-client._tcp SRV 0 5 5222 example.net.
_imap._tcp SRV 0 0 0 .
_sip._tcp SRV 0 5 5060 other.example.
_matrix._tcp CNAME _matrix-real._tcp
_matrix-real._tcp SRV 0 5 8448 example.net.
_xmpp-server._tcp.sub SRV 0 5 5269 example.net.
_xmpp-server._tcp.sibling SRV 0 5 5269 example.net.
_xmpp-server._tcp.alias CNAME _xmpp-server._tcp.elsewhere.org.
_xmpp-server._tcp.inner CNAME _xmpp-server._tcp
_xmpp-server._tcp.out CNAME _xmpp-server._tcp.child
child NS ns.child
ns.child A 192.0.2.6
'''
ELSEWHERE_TEXT = '''
$ORIGIN elsewhere.org.
$TTL 3600
@ SOA ns hostmaster 1 1800 900 604800 900
@ NS ns
ns A 192.0.2.5
_xmpp-server._tcp SRV 0 5 5269 example.net.
'''
CHILD_TEXT = '''
$ORIGIN child.example.com.
$TTL 3600
@ SOA ns hostmaster 1 1800 900 604800 900
@ NS ns
ns A 192.0.2.6
_xmpp-server._tcp SRV 0 5 5269 example.net.
'''
UNSIGNED = {'elsewhere.org.': ELSEWHERE_TEXT, 'child.example.com.': CHILD_TEXT}
NAMES = [SRV] + [f'{name}.example.com.' for name in (
    '_xmpp-client._tcp', '_imap._tcp', '_sip._tcp', '_matrix._tcp', '_smtp._tcp', '_xmpp-server._tcp.sub',
    '_xmpp-server._tcp.sibling', '_xmpp-server._tcp.alias', '_xmpp-server._tcp.inner', '_xmpp-server._tcp.out',
    '_xmpp-server._tcp.child')] + ['_xmpp-server._tcp.elsewhere.org.']
OWN = [(SOURCE, 'DNSKEY'), ('child.example.com.', 'DS')] + [(name, 'SRV') for name in NAMES]
ABOVE = [(ROOT, 'DNSKEY'), (COM, 'DS'), (COM, 'DNSKEY'), (SOURCE, 'DS')]


def key_of(label):
    """The key that the certificates of a set are for: the one that signs the keys of example.com."""
    return keys.load(label, SOURCE)[0]


def write(path, title, answers):
    lines = [f'# {title}']
    for (owner, kind), raw in answers.items():
        lines += [f'# {owner} {kind}', raw.hex()]
    path.write_text('\n'.join(lines) + '\n')


def ask(scratch, files, questions):
    with serve.Server('bind', {**files, **unsigned(scratch)}, scratch) as server:
        return {question: server.ask(*question) for question in questions}


def unsigned(scratch):
    for zone, text in UNSIGNED.items():
        (scratch / f'unsigned-{zone}').write_text(text)
    return {zone: scratch / f'unsigned-{zone}' for zone in UNSIGNED}


def source(scratch, label, extra='', by=None, window=WINDOW):
    return sign.sign(scratch, SOURCE, SOURCE_TEXT + extra, by or keys.load(label, SOURCE), window, 'bind', 'nsec')


def record(folder, label, scratch):
    print(f'{label}: signing', file=sys.stderr)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    source_keys, com_keys, root_keys = (keys.load(label, zone) for zone in (SOURCE, COM, ROOT))
    own = source(scratch, label)
    root_text = sign.template(ROOT) + '\n'.join(sign.ds_lines(COM, com_keys)) + '\n'
    root = sign.sign(scratch, ROOT, root_text, root_keys, WINDOW, 'bind', 'nsec')
    for name, ds in [('secure', sign.ds_lines(SOURCE, source_keys)), ('insecure', [])]:
        com = sign.sign(scratch, COM, sign.template(COM) + '\n'.join(ds) + '\n', com_keys, WINDOW, 'bind', 'nsec')
        answers = ask(scratch, {ROOT: root, COM: com, SOURCE: own}, ABOVE + OWN)
        write(folder / f'{name}.hex', f'{label}: example.com, and the zones above it: {name}', answers)
    write(folder / 'island.hex', f'{label}: what example.com itself answers', {q: answers[q] for q in OWN})
    (folder / 'root.ds').write_text('\n'.join(sign.ds_lines(ROOT, root_keys)) + '\n')
    (folder / 'example.com.ds').write_text('\n'.join(sign.ds_lines(SOURCE, source_keys)) + '\n')
    if label == 'p256':
        attacks(folder, label, scratch, answers)


def changed(answers, question, change):
    message = wire.Message(answers[question])
    change(message)
    return {**answers, question: message.build()}


def attacks(folder, label, scratch, insecure):
    """Zones that should not be believed. Each is below a parent that says that example.com is not signed."""
    key, other, zsk = key_of(label), keys.load(f'{label}/other', SOURCE)[0], keys.load(label, SOURCE)[1]
    public = key.text.split()[-1]
    plain_dnskey, plain_srv = (SOURCE, 'DNSKEY'), (SRV, 'SRV')

    def zone(name, title, extra='', by=None, window=WINDOW):
        signed = source(scratch, label, extra, by, window)
        answers = ask(scratch, {SOURCE: signed}, OWN)
        write(folder / f'{name}.hex', f'{label}: {title}', {**{q: insecure[q] for q in ABOVE}, **answers})
        return answers

    zone('not-signing', "the certificate's key is in the zone, and another signs the keys", key.text + '\n', [other, zsk])
    zone('no-zone-flag', "the certificate's key has not the zone flag", f'@ DNSKEY 1 3 13 {public}\n', [other, zsk])
    zone('stale', 'signatures that have ended', window=world.EXPIRED)
    revoked_rdata = bytes([1, 129]) + key.rdata[2:]
    secure = wire.Message(insecure[plain_dnskey])

    def revoke(message):
        dnskeys = [r.copy(rdata=revoked_rdata if r.rdata == key.rdata else r.rdata)
                   for r in message.sections[0] if r.kind == wire.DNSKEY]
        dnskeys.append(dnskeys[0].copy(rdata=other.rdata))
        by = [signing(key, revoked_rdata), other]
        signatures = [dnskeys[0].copy(kind=wire.RRSIG, rdata=hand.rrsig(dnskeys, one, SOURCE, WINDOW)) for one in by]
        message.sections[0] = dnskeys + signatures

    def wrong_algorithm(message):
        dnskeys = [r for r in message.sections[0] if r.kind == wire.DNSKEY and r.rdata != key.rdata]
        dnskeys += [dnskeys[0].copy(rdata=other.rdata), dnskeys[0].copy(rdata=key.rdata[:3] + b'\x0f' + key.rdata[4:])]
        message.sections[0] = dnskeys + [dnskeys[0].copy(kind=wire.RRSIG, rdata=hand.rrsig(dnskeys, other, SOURCE, WINDOW))]

    def without(kind):
        def change(message):
            message.sections[0] = [r for r in message.sections[0] if not r.covers(kind)]
        return change

    def target(message):
        srv = message.find(lambda r: r.kind == wire.SRV)
        srv.rdata = srv.rdata[:6] + wire.name('evil.example.')

    def signer(message):
        rrsig = message.find(lambda r: r.covers(wire.SRV))
        rrsig.rdata = rrsig.rdata.replace(wire.name(SOURCE), wire.name('example.org.'))

    def flipped(message):
        rrsig = message.find(lambda r: r.covers(wire.DNSKEY) and r.rdata[16:18] == key.tag.to_bytes(2, 'big'))
        rrsig.rdata = rrsig.rdata[:-1] + bytes([rrsig.rdata[-1] ^ 1])

    assert secure.rcode == 0
    for name, title, question, change in [
            ('revoked', "the zone has revoked the certificate's key", plain_dnskey, revoke),
            ('wrong-algorithm', "the zone has the octets of the certificate's key under another algorithm", plain_dnskey, wrong_algorithm),
            ('dnskey-unsigned', 'no signature over the keys', plain_dnskey, without(wire.DNSKEY)),
            ('dnskey-forged', 'a signature over the keys that does not fit', plain_dnskey, flipped),
            ('srv-unsigned', 'no signature over the SRV record', plain_srv, without(wire.SRV)),
            ('srv-forged', 'another target under the old signature', plain_srv, target),
            ('srv-other-signer', 'the SRV record is signed by a zone that is not above it', plain_srv, signer)]:
        write(folder / f'{name}.hex', f'{label}: {title}', changed(insecure, question, change))
    # Below a parent that says that it is signed.
    lines = [line for line in (folder / 'secure.hex').read_text().splitlines() if not line.startswith('#')]
    everything = {question: bytes.fromhex(line) for question, line in zip(ABOVE + OWN, lines)}
    write(folder / 'bogus.hex', f'{label}: another target under the old signature, below a signed parent',
          changed(everything, plain_srv, target))
    write(folder / 'no-parent.hex', f'{label}: as secure.hex, but nobody answers for the DS records of example.com',
          {q: raw for q, raw in everything.items() if q != (SOURCE, 'DS')})


def signing(key, rdata):
    """The key with other flags, and so with another tag."""
    class Flagged(keys.Key):
        def __init__(self):
            super().__init__(key.base)
            self.rdata, self.tag = rdata, wire.key_tag(rdata)
    return Flagged()
