"""The rows of the manifest: which verdict each file must get for which question."""
import time

from . import changed, resigned, sign, world
from .world import COM, NET, NOW, PROVIDER, ROOT, SOURCE, SRV_NAME

COLUMNS = ['set', 'file', 'anchors', 'now', 'name', 'type', 'provider', 'verdict', 'check', 'why']
# question name -> the providers that its SRV records name
TARGETS = {'_sip._tcp.example.com.': ['sip1.example.net.', 'sip2.example.net.'], '_matrix._tcp.example.com.': ['matrix.example.net.'],
           '_imap._tcp.example.com.': []}


def rfc3339(stamp):
    return time.strftime('%Y-%m-%dT%H:%M:%SZ', time.gmtime(stamp))


def of_set(folder, label):
    def row(file, verdict, check, why, name=SRV_NAME, kind='SRV', provider='example.net.', anchors='root.ds', now=NOW):
        if kind != 'SRV':
            provider = check = '-'
        return [label, file, anchors, now, name, kind, provider, verdict, check, why]

    yield from good_rows(row)
    yield from time_rows(row, world.SETS[label])
    for name, kind, what in world.MORE:
        verdict = 'insecure' if name in opted_out(world.SETS[label].zones[COM]) else 'secure'
        yield row('more.hex', verdict, 'success' if kind == 'SRV' and what == 'CNAME' else 'fail', f'{what} (RFC 4035 5.4)', name, kind)
    chain = read(folder / 'good.hex')
    cases = list(changed.flips(chain))
    if world.SETS[label].family:
        yield from family_rows(row)
        cases += changed.OTHERS + resigned.CASES
    for case in cases:
        yield row(f'{case.name}.hex', case.verdict, case.check, case.why)


def opted_out(zone):
    """Names whose denial hangs on an NSEC3 with opt-out (RFC 5155 9.2); ldns-signzone gives unsigned.com. its own."""
    return {'optout': ['nothing.com.'] + ['unsigned.com.'] * (zone.signer != 'ldns')}.get(zone.denial, [])


def read(path):
    """An evidence file back into {question: message}."""
    answers, question = {}, None
    for line in path.read_text().splitlines():
        if line.startswith('# '):
            question = tuple(line[2:].split())
        elif line:
            answers[question] = bytes.fromhex(line)
    return answers


def good_rows(row):
    for name, kind in world.GOOD:
        zone = SOURCE if name.endswith(SOURCE) else PROVIDER if name.endswith(PROVIDER) else name
        if kind != 'SRV':
            yield row('good.hex', 'secure', '-', f'the chain to {zone} is whole (RFC 4035 5)', name, kind)
            continue
        targets = TARGETS.get(name, ['example.net.'])
        for provider in targets:
            yield row('good.hex', 'secure', 'success', 'the chain is whole and the target is the provider (RFC 4035 5, RFC 7673 4.1)',
                      name, kind, provider)
        if not targets:
            yield row('good.hex', 'secure', 'fail', 'target "." says that the service is not offered (RFC 2782)', name, kind)
    yield row('good.hex', 'secure', 'fail', 'the target is another name (RFC 7673 4.1)', provider='example.org.')
    yield row('good.hex', 'secure', 'fail', 'a name below the provider is not the provider', provider='xmpp.example.net.')
    yield row('good.hex', 'secure', 'fail', 'a name above the target is not the target', '_sip._tcp.example.com.', provider='example.net.')
    yield row('good.hex', 'secure', 'success', 'the source itself needs no delegation (RFC 7673 4.1)', provider='example.com.')
    yield row('good.hex', 'secure', 'success', 'names compare without case (RFC 4343)', '_XMPP-Server._TCP.Example.COM.', provider='EXAMPLE.net.')
    yield row('good.hex', 'secure', 'success', 'the anchor may be a DNSKEY (RFC 4035 4.4)', anchors='root.dnskey')
    yield row('good.hex', 'secure', 'success', 'the anchor of an island (RFC 4033 2)', anchors='example.com.ds')
    yield row('good.hex', 'indeterminate', '-', 'no anchor above the name (RFC 4033 5)', PROVIDER, 'A', anchors='example.com.ds')


def time_rows(row, world_set):
    for name, kind, path in [(SRV_NAME, 'SRV', [ROOT, COM, SOURCE]), (PROVIDER, 'A', [ROOT, NET, PROVIDER])]:
        start = sign.stamp(world.START)
        end = min(sign.stamp(world_set.ends[zone]) for zone in path)
        for now, ok, why in [(start, True, 'the very second of inception'), (start - 1, False, 'a second before inception'),
                             (end, True, 'the very second of the earliest expiration'),
                             (end + 1, False, 'a second after the earliest expiration')]:
            yield row('good.hex', 'secure' if ok else 'bogus', 'success' if ok else 'fail', f'{why} (RFC 4035 5.3.1)',
                      name, kind, now=rfc3339(now))


def family_rows(row):
    yield row('good.hex', 'bogus', 'fail', 'the root key is not the one of the anchor (RFC 4035 5)', anchors='other.ds')
    yield row('island.hex', 'secure', 'success', 'the anchor of an island needs nothing above it (RFC 4033 2)', anchors='example.com.ds')
    yield row('island.hex', 'indeterminate', 'fail', 'the chain from the root is missing from the evidence (RFC 4035 4.3)')
    yield row('removed-rr.hex', 'bogus', 'fail', 'one of two SRV is gone (RFC 4035 5.3.2)', '_sip._tcp.example.com.',
              provider='sip2.example.net.')
    yield row('other-target.hex', 'secure', 'success', 'well signed, and the provider asked for', provider='evil.example.')
