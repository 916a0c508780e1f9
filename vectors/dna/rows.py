"""cases.tsv: what is asked with which files, and what has to come of it."""
import calendar
import subprocess
import time

from zones import SETS

COLUMNS = ['set', 'answers', 'anchors', 'proof', 'ca', 'source', 'service', 'provider', 'now', 'outcome', 'step', 'code', 'why']
NOW = '2026-11-23T12:00:00Z'
P = 'p256'


def row(label, answers, proof, step, code, why, anchors='none', ca='root', source='example.com', service='xmpp-server',
        provider='example.net', now=NOW):
    outcome = 'success' if step == 8 else 'fail'
    proof = f'{label}/certs/{proof}' if proof else '-'
    return [label, answers, anchors, proof, f'ca/{ca}.pem', source, service, provider, now, outcome, str(step), code, why]


def good_and_evil():
    for label in SETS:
        for answers, anchors, why in [('secure', 'root.ds', 'the anchor of the caller reaches: nobody is challenged'),
                                      ('island', 'none', 'no anchor at all'), ('insecure', 'root.ds', 'an insecure parent')]:
            yield row(label, answers, 'good.pem', 8, '-', why, anchors)
            yield row(label, answers, 'good.pem', 7, 'provider-not-a-target', why + '; another provider', anchors, provider='evil.example')
        for form in ('good.der', 'good.p7b', 'good.p7b.pem'):
            yield row(label, 'island', form, 8, '-', 'another form of the same')


def certificates():
    for proof, why in [('upper-case', 'names compare without case'), ('several-names', 'one of several names'),
                       ('srv-name', 'SRVName'), ('xmpp-addr', 'XmppAddr'), ('excluding', 'a CA that may not vouch for another name'),
                       ('no-usage', 'a certificate that does not say what it is for'), ('ten', 'ten certificates'),
                       ('just-not-large', '64 KiB')]:
        yield row(P, 'island', f'{proof}.pem', 8, '-', why)
    for proof, code, why in [
            ('other-name', 'certificate-other-name', 'for another name'),
            ('other-name-common-name', 'certificate-other-name', 'a common name beside another name'),
            ('longer-name', 'certificate-other-name', 'the name is only the begin'),
            ('parent-name', 'certificate-other-name', 'for the parent'),
            ('sibling-name', 'certificate-other-name', 'for a sibling'),
            ('sub', 'certificate-other-name', 'for the child'),
            ('wildcard', 'certificate-wildcard-only', 'a wildcard below it'),
            ('wildcard-above', 'certificate-wildcard-only', 'a wildcard that would match'),
            ('common-name', 'certificate-common-name-only', 'only a common name'),
            ('trailing-dot', 'certificate-other-name', 'a dot at the end'),
            ('email-name', 'certificate-other-name', 'names of other forms'),
            ('srv-name-other-service', 'certificate-other-name', 'SRVName for another service'),
            ('srv-name-wrong-string', 'certificate-other-name', 'SRVName in another kind of string'),
            ('srv-name-constrained', 'certificate-constraint', 'SRVName from a CA that is held to other names'),
            ('xmpp-addr-constrained', 'certificate-constraint', 'XmppAddr from a CA that is held to other names'),
            ('expired', 'certificate-expired', 'ended'),
            ('not-yet', 'certificate-not-yet-valid', 'not begun'),
            ('intermediate-expired', 'certificate-expired', 'a CA on the way has ended'),
            ('unknown-ca', 'certificate-unknown-ca', 'nobody named the CA'),
            ('self-signed', 'certificate-unknown-ca', 'self-signed'),
            ('without-intermediate', 'certificate-unknown-ca', 'the CA between is missing'),
            ('constrained', 'certificate-constraint', 'outside of the names of the CA'),
            ('too-deep', 'certificate-constraint', 'more CAs than a CA on the way allows'),
            ('issuer-no-ca', 'certificate-constraint', 'the issuer is no CA'),
            ('issuer-no-sign', 'certificate-constraint', 'the issuer may not sign'),
            ('is-a-ca', 'certificate-constraint', 'the certificate of a CA'),
            ('critical', 'certificate-constraint', 'a critical extension that nobody knows'),
            ('client-only', 'certificate-purpose', 'for clients only'),
            ('not-for-signatures', 'certificate-purpose', 'the key is not for signatures'),
            ('sha1', 'certificate-signature', 'signed with SHA-1'),
            ('key-not-in-zone', 'key-not-in-zone', 'a key of nobody'),
            ('key-of-other-set', 'key-not-in-zone', 'a key of another kind'),
            ('key-of-parent', 'key-not-in-zone', 'the key of the parent'),
            ('zsk', 'key-does-not-sign', 'a key of the zone that does not sign the keys'),
            ('rsa-1024', 'key-too-weak', 'RSA with 1024 bits'),
            ('p521', 'key-unsupported', 'P-521'),
            ('rsa-pss', 'key-unsupported', 'RSA that is for PSS only'),
            ('eleven', 'too-many-certificates', 'eleven certificates'),
            ('large', 'document-too-large', 'one octet more than 64 KiB'),
            ('empty', 'no-certificate', 'nothing'),
            ('text', 'no-certificate', 'a page of HTML'),
            ('with-private-key', 'private-key-published', 'a private key beside it')]:
        yield row(P, 'island', f'{proof}.pem', 6, code, why)
    yield row(P, 'island', 'flipped.der', 6, 'certificate-signature', 'a bit of the signature is another one')
    yield row(P, 'island', 'cut.der', 6, 'certificate-malformed', 'the end is missing')
    yield row(P, 'island', 'nul.der', 6, 'certificate-other-name', 'a NUL behind the name')
    yield row(P, 'island', 'below-short.pem', 6, 'certificate-constraint', 'more CAs than the root allows', ca='short-root')
    yield row(P, 'island', 'unknown-ca.pem', 8, '-', 'the same, but the CA is named', ca='other-root')
    yield row(P, 'island', 'unknown-ca.pem', 6, 'certificate-expired', 'the root itself has ended', ca='old-root')
    yield row(P, 'island', 'xmpp-addr.pem', 6, 'certificate-other-name', 'XmppAddr for another service', service='_matrix._tcp')
    yield row(P, 'island', 'srv-name.pem', 6, 'certificate-other-name', 'SRVName for another service', service='xmpp-client')
    yield row(P, 'island', 'ends-soon.pem', 8, '-', 'the certificate ends before the TTL')
    yield row(P, 'island', 'ends-soon.pem', 6, 'certificate-expired', 'the same, later', now='2026-11-23T12:30:01Z')
    yield row(P, 'island', None, 6, 'no-proof', 'no proof')


def zones():
    for answers, step, code, why in [
            ('not-signing', 6, 'key-does-not-sign', 'another key signs the keys'),
            ('dnskey-unsigned', 6, 'key-does-not-sign', 'nobody signs the keys'),
            ('dnskey-forged', 6, 'unproved', 'the signature over the keys does not fit'),
            ('revoked', 6, 'key-revoked', 'the zone has revoked the key'),
            ('no-zone-flag', 6, 'key-not-zone-key', 'no zone flag'),
            ('wrong-algorithm', 6, 'key-wrong-algorithm', 'right octets, wrong algorithm'),
            ('stale', 6, 'unproved', 'signatures that have ended'),
            ('srv-unsigned', 6, 'zone-unsigned', 'nobody signs the SRV record'),
            ('srv-forged', 6, 'unproved', 'another target under the old signature'),
            ('srv-other-signer', 6, 'zone-not-above', 'the signer is not above')]:
        yield row(P, answers, 'good.pem', step, code, why, 'root.ds')
    yield row(P, 'bogus', 'good.pem', 4, 'bogus', 'a proof never rescues bogus data', 'root.ds')
    yield row(P, 'no-parent', 'good.pem', 4, 'undecided', 'a proof never stands in for evidence that is held back', 'root.ds')
    yield row(P, 'no-parent', 'good.pem', 8, '-', 'without an anchor nothing of the parent is needed')
    sub = {'source': 'sub.example.com'}
    yield row(P, 'island', 'sub.pem', 8, '-', 'the zone is above the source', **sub)
    yield row(P, 'insecure', 'sub.pem', 8, '-', 'the zone is above the source', 'root.ds', **sub)
    yield row(P, 'island', 'sub.pem', 6, 'certificate-other-name', 'the anchor is for one child only', source='sibling.example.com')
    yield row(P, 'island', 'good.pem', 6, 'certificate-other-name', 'the certificate of the parent', **sub)
    yield row(P, 'island', 'inner.pem', 6, 'unproved', 'an alias that leads out of the scope', source='inner.example.com')
    yield row(P, 'island', 'alias.pem', 6, 'unproved', 'an alias that leads out of the zone', source='alias.example.com')
    yield row(P, 'island', 'alias.pem', 4, 'undecided', 'an anchor reaches the source, and not where its alias leads', 'example.com.ds', source='alias.example.com')
    yield row(P, 'secure', 'out.pem', 4, 'insecure', 'an anchor reaches the source, and its alias leads to a zone that is not signed', 'root.ds', source='out.example.com')
    yield row(P, 'insecure', 'out.pem', 6, 'unproved', 'an alias that leads out of the scope', 'root.ds', source='out.example.com')
    yield row(P, 'island', 'good.pem', 8, '-', 'the anchor of the zone itself', 'example.com.ds')
    yield row(P, 'island', 'good.pem', 8, '-', 'an alias in the zone', service='_matrix._tcp')
    yield row(P, 'island', 'good.pem', 7, 'provider-not-a-target', 'SRV to another provider', service='_sip._tcp')
    yield row(P, 'island', 'good.pem', 7, 'not-offered', 'the target is .', service='_imap._tcp')
    yield row(P, 'island', 'good.pem', 7, 'no-records', 'secure: there is no such name', service='_smtp._tcp')
    yield row(P, 'island', 'good.pem', 8, '-', 'secure: there is no such name, and the peer is the source', service='_smtp._tcp', provider='example.com')
    yield row(P, 'island', 'good.pem', 8, '-', 'clients', service='xmpp-client')


def all_rows():
    return [*good_and_evil(), *certificates(), *zones()]


def write(here):
    lines = ['\t'.join(COLUMNS)] + ['\t'.join(cells) for cells in all_rows()]
    (here / 'cases.tsv').write_text('\n'.join(lines) + '\n')


# What openssl thinks of a path: it has no opinion on these.
NO_OPINION = {'certificate-other-name', 'certificate-wildcard-only', 'certificate-common-name-only', 'too-many-certificates',
              'document-too-large', 'private-key-published', 'key-not-in-zone', 'key-does-not-sign', 'key-too-weak',
              'key-unsupported', 'no-proof'}
# Where openssl sees it in another way, and why.
EXCEPTIONS = {
    'srv-name-constrained.pem': 'constraints for one form of names say nothing of the others: we refuse all the same',
    'xmpp-addr-constrained.pem': 'constraints for one form of names say nothing of the others: we refuse all the same',
    'not-for-signatures.pem': 'openssl takes key agreement for a server too',
    'sha1.pem': 'openssl takes SHA-1 at its lowest level of security',
}


def openssl(here, cells):
    """Whether openssl says that the path holds, at that time, for a server."""
    proof, ca, now = here / cells[3], here / cells[4], calendar.timegm(time.strptime(cells[8], '%Y-%m-%dT%H:%M:%SZ'))
    form = ['-in', proof] if proof.suffix == '.pem' else ['-inform', 'der', '-in', proof]
    leaf = subprocess.run(['openssl', 'x509', *form], capture_output=True)
    if leaf.returncode:
        return False
    chain = ['-untrusted', proof] if proof.suffix == '.pem' else []
    done = subprocess.run(['openssl', 'verify', '-auth_level', '0', '-x509_strict', '-attime', str(now), '-purpose', 'sslserver', '-CAfile', ca,
                           '-no-CApath', '-no-CAstore', *chain], input=leaf.stdout, capture_output=True)
    return done.returncode == 0


def check(here):
    bad, asked = [], 0
    rows = [line.split('\t') for line in (here / 'cases.tsv').read_text().splitlines()[1:]]
    if rows != all_rows():
        bad.append('cases.tsv is not what rows.py says')
    for cells in rows:
        name, code = cells[3].rsplit('/', 1)[-1], cells[11]
        if cells[3] == '-' or code in NO_OPINION or 'p7b' in name or not code.startswith(('certificate', '-', 'no-certificate')):
            continue
        asked += 1
        if (openssl(here, cells) == (code == '-')) == (name in EXCEPTIONS):
            bad.append(f'openssl sees {name} in another way: {cells}')
    named = {cells[3] for cells in rows} | {f'{cells[0]}/{cells[1]}.hex' for cells in rows}
    files = {str(path.relative_to(here)) for label in SETS for path in [*(here / label).glob('certs/*'), *(here / label).glob('*.hex')]}
    bad += [f'no row for {name}' for name in sorted(files - named)] + [f'no file for {name}' for name in sorted(named - files - {'-'})]
    for line in bad:
        print('BAD ', line)
    print(f'proofs: {len(rows)} rows, openssl asked about {asked}, {len(bad)} bad')
    return bool(bad)
