"""A small world of CAs, and certificates for the keys of zones: all of them made by the program openssl."""
import shutil
import subprocess
import sys

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from zones import SETS, key_of
from parts import keys
from parts.world import COM, SOURCE

FROM, UNTIL = '20260601000000Z', '20270601000000Z'
CA_FROM, CA_UNTIL = '20250101000000Z', '20350101000000Z'
CA = 'basicConstraints=critical,CA:TRUE{}\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n'
LEAF = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n'
DNS = 'subjectAltName=DNS:{}\n'
SRV_NAME, XMPP_ADDR = '1.3.6.1.5.5.7.8.7', '1.3.6.1.5.5.7.8.5'
CONFIG = '''
[ca]
default_ca = d
[d]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = optional
organizationName = optional
'''

# name: (subject, key, issuer, extensions, more)
CAS = {
    'root': ('Proof Test Root', 'ca-root', 'root', CA.format(''), {}),
    'other-root': ('Another Test Root', 'ca-other', 'other-root', CA.format(''), {}),
    'short-root': ('Short Test Root', 'ca-short', 'short-root', CA.format(',pathlen:0'), {}),
    'old-root': ('Another Test Root', 'ca-other', 'old-root', CA.format(''), {'until': '20260101000000Z'}),
    'root-no-sign': ('Test Root That Does Not Sign', 'ca-other', 'root-no-sign',
                     'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature\n', {}),
    'intermediate': ('Proof Test Intermediate', 'ca-intermediate', 'root', CA.format(',pathlen:0'), {}),
    'constrained': ('Constrained Test Intermediate', 'ca-constrained', 'root',
                    CA.format('') + 'nameConstraints=critical,permitted;DNS:example.net\n', {}),
    'excluding': ('Excluding Test Intermediate', 'ca-constrained', 'root',
                  CA.format('') + 'nameConstraints=critical,excluded;DNS:example.net\n', {}),
    'below-short': ('Intermediate Below Short', 'ca-intermediate', 'short-root', CA.format(''), {}),
    'too-deep': ('Intermediate Too Deep', 'ca-constrained', 'intermediate', CA.format(''), {}),
    'no-ca': ('Not A CA', 'ca-constrained', 'root', LEAF, {}),
    'no-sign': ('CA That Does Not Sign', 'ca-constrained', 'root', 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,cRLSign\n', {}),
    'old-intermediate': ('Old Test Intermediate', 'ca-constrained', 'root', CA.format(''), {'until': '20260701000000Z'}),
}


def other_name(*names):
    return 'subjectAltName=' + ','.join(f'otherName:{oid};{text}' for oid, text in names) + '\n'


# file: (subject, key, issuer, extensions, more); the key is that of the set p256 unless it says otherwise
ATTACKS = {
    'upper-case': ('c', 'zone', 'root', LEAF + DNS.format('EXAMPLE.com'), {}),
    'several-names': ('c', 'zone', 'root', LEAF + DNS.format('example.org,DNS:*.example.com,DNS:example.com'), {}),
    'srv-name': ('c', 'zone', 'root', LEAF + other_name((SRV_NAME, 'IA5:_xmpp-server.example.com')), {}),
    'xmpp-addr': ('c', 'zone', 'root', LEAF + other_name((XMPP_ADDR, 'UTF8:example.com')), {}),
    'excluding': ('c', 'zone', 'excluding', LEAF + DNS.format('example.com'), {}),
    'sub': ('c', 'zone', 'root', LEAF + DNS.format('sub.example.com'), {}),
    'inner': ('c', 'zone', 'root', LEAF + DNS.format('inner.example.com'), {}),
    'out': ('c', 'zone', 'root', LEAF + DNS.format('out.example.com'), {}),
    'alias': ('c', 'zone', 'root', LEAF + DNS.format('alias.example.com'), {}),
    'no-usage': ('c', 'zone', 'root', DNS.format('example.com'), {}),
    'other-name': ('c', 'zone', 'root', LEAF + DNS.format('example.org'), {}),
    'other-name-common-name': ('example.com', 'zone', 'root', LEAF + DNS.format('example.org'), {}),
    'longer-name': ('c', 'zone', 'root', LEAF + DNS.format('example.com.evil.example'), {}),
    'parent-name': ('c', 'zone', 'root', LEAF + DNS.format('com'), {}),
    'sibling-name': ('c', 'zone', 'root', LEAF + DNS.format('sibling.example.com'), {}),
    'wildcard': ('c', 'zone', 'root', LEAF + DNS.format('*.example.com'), {}),
    'wildcard-above': ('c', 'zone', 'root', LEAF + DNS.format('*.com'), {}),
    'common-name': ('example.com', 'zone', 'root', LEAF, {}),
    'trailing-dot': ('c', 'zone', 'root', LEAF + DNS.format('example.com.'), {}),
    'email-name': ('c', 'zone', 'root', LEAF + 'subjectAltName=email:x@example.com,URI:https://example.com/\n', {}),
    'srv-name-other-service': ('c', 'zone', 'root', LEAF + other_name((SRV_NAME, 'IA5:_imap.example.com')), {}),
    'srv-name-constrained': ('c', 'zone', 'constrained', LEAF + other_name((SRV_NAME, 'IA5:_xmpp-server.example.com')), {}),
    'xmpp-addr-constrained': ('c', 'zone', 'constrained', LEAF + other_name((XMPP_ADDR, 'UTF8:example.com')), {}),
    'srv-name-wrong-string': ('c', 'zone', 'root', LEAF + other_name((SRV_NAME, 'UTF8:_xmpp-server.example.com')), {}),
    'expired': ('c', 'zone', 'root', LEAF + DNS.format('example.com'), {'until': '20260901000000Z'}),
    'not-yet': ('c', 'zone', 'root', LEAF + DNS.format('example.com'), {'from': '20270101000000Z'}),
    'intermediate-expired': ('c', 'zone', 'old-intermediate', LEAF + DNS.format('example.com'), {}),
    'ends-soon': ('c', 'zone', 'root', LEAF + DNS.format('example.com'), {'until': '20261123123000Z'}),
    'unknown-ca': ('c', 'zone', 'other-root', LEAF + DNS.format('example.com'), {}),
    'self-signed': ('c', 'zone', 'self', LEAF + DNS.format('example.com'), {}),
    'constrained': ('c', 'zone', 'constrained', LEAF + DNS.format('example.com'), {}),
    'too-deep': ('c', 'zone', 'too-deep', LEAF + DNS.format('example.com'), {}),
    'below-short': ('c', 'zone', 'below-short', LEAF + DNS.format('example.com'), {}),
    'issuer-no-ca': ('c', 'zone', 'no-ca', LEAF + DNS.format('example.com'), {}),
    'issuer-no-sign': ('c', 'zone', 'no-sign', LEAF + DNS.format('example.com'), {}),
    'is-a-ca': ('c', 'zone', 'root', CA.format('') + DNS.format('example.com'), {}),
    'client-only': ('c', 'zone', 'root', LEAF.replace('serverAuth', 'clientAuth') + DNS.format('example.com'), {}),
    'not-for-signatures': ('c', 'zone', 'root', LEAF.replace('digitalSignature', 'keyAgreement') + DNS.format('example.com'), {}),
    'critical': ('c', 'zone', 'root', LEAF + DNS.format('example.com') + '1.3.6.1.4.1.32473.1=critical,DER:0500\n', {}),
    'key-not-in-zone': ('c', 'stranger', 'root', LEAF + DNS.format('example.com'), {}),
    'key-of-other-set': ('c', 'zone-p384', 'root', LEAF + DNS.format('example.com'), {}),
    'key-of-parent': ('c', 'zone-com', 'root', LEAF + DNS.format('example.com'), {}),
    'zsk': ('c', 'zone-zsk', 'root', LEAF + DNS.format('example.com'), {}),
    'rsa-1024': ('c', 'rsa-1024', 'root', LEAF + DNS.format('example.com'), {}),
    'p521': ('c', 'p521', 'root', LEAF + DNS.format('example.com'), {}),
    'rsa-pss': ('c', 'rsa-pss', 'root', LEAF + DNS.format('example.com'), {}),
    'sha1': ('c', 'zone', 'root', LEAF + DNS.format('example.com'), {'digest': 'sha1'}),
}


def run(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, **more)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stderr.decode()}")
    return done.stdout


def zone_pem(key):
    """The private key of a zone as PKCS#8."""
    fields = key.private()
    number = {name: int.from_bytes(value, 'big') for name, value in fields.items()}
    if key.algorithm == 15:
        made = ed25519.Ed25519PrivateKey.from_private_bytes(fields['PrivateKey'])
    elif key.algorithm == 16:
        made = ed448.Ed448PrivateKey.from_private_bytes(fields['PrivateKey'])
    elif key.algorithm in (13, 14):
        made = ec.derive_private_key(number['PrivateKey'], {13: ec.SECP256R1(), 14: ec.SECP384R1()}[key.algorithm])
    else:
        public = rsa.RSAPublicNumbers(number['PublicExponent'], number['Modulus'])
        made = rsa.RSAPrivateNumbers(number['Prime1'], number['Prime2'], number['PrivateExponent'], number['Exponent1'],
                                     number['Exponent2'], number['Coefficient'], public).private_key()
    return made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def private_keys(folder):
    """Keys of CAs and strangers: made once, and checked in. They protect nothing."""
    folder.mkdir(exist_ok=True)
    wanted = {name: ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256'] for name in ('ca-root', 'ca-other', 'ca-short', 'ca-constrained', 'stranger')}
    wanted |= {'ca-intermediate': ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'], 'rsa-1024': ['RSA', '-pkeyopt', 'rsa_keygen_bits:1024'],
               'p521': ['EC', '-pkeyopt', 'ec_paramgen_curve:P-521'], 'rsa-pss': ['RSA-PSS', '-pkeyopt', 'rsa_keygen_bits:2048']}
    for name, words in wanted.items():
        path = folder / f'{name}.pem'
        if not path.exists():
            run('openssl', 'genpkey', '-algorithm', *words, '-out', path)


class Authority:
    """Makes certificates in a scratch folder with `openssl ca`."""

    def __init__(self, here, scratch):
        self.folder, self.keys, self.zones = scratch / 'ca', here / 'keys', scratch / 'zone-keys'
        for folder in (self.folder, self.zones):
            folder.mkdir()
        (self.folder / 'config').write_text(CONFIG)
        for label in SETS:
            (self.zones / f'zone-{label}.pem').write_bytes(zone_pem(key_of(label)))
        (self.zones / 'zone-com.pem').write_bytes(zone_pem(keys.load('p256', COM)[0]))
        (self.zones / 'zone-zsk.pem').write_bytes(zone_pem(keys.load('p256', SOURCE)[1]))

    def key(self, name):
        name = 'zone-p256' if name == 'zone' else name
        folder = self.zones if name.startswith('zone') else self.keys
        return folder / f'{name}.pem'

    def make(self, out, subject, key, issuer, extensions, more):
        folder = self.folder
        (folder / 'index').write_text('')
        (folder / 'extensions').write_text('[e]\n' + extensions)
        subject = 'A Test Certificate' if subject == 'c' else subject
        run('openssl', 'req', '-new', '-key', self.key(key), '-subj', f'/CN={subject}', '-out', 'request', cwd=folder)
        ca = issuer in CAS
        lasting = (CA_FROM, CA_UNTIL) if out.name.removesuffix('.pem') in CAS and ca else (FROM, UNTIL)
        by = ['-selfsign', '-keyfile', self.key(key)]
        if ca and CAS[issuer][1] != key:
            by = ['-cert', folder / f'{issuer}.pem', '-keyfile', self.key(CAS[issuer][1])]
        run('openssl', 'ca', '-config', 'config', '-batch', '-notext', '-in', 'request', '-out', out, *by, '-extfile', 'extensions',
            '-extensions', 'e', '-startdate', more.get('from', lasting[0]), '-enddate', more.get('until', lasting[1]),
            '-md', more.get('digest', 'sha256'), cwd=folder)


def path_of(folder, issuer):
    """The certificates of the CAs between an issuer and its root."""
    found = b''
    while issuer in CAS and CAS[issuer][2] != issuer:
        found += (folder / f'{issuer}.pem').read_bytes()
        issuer = CAS[issuer][2]
    return found


def make(here, scratch):
    print('certificates', file=sys.stderr)
    private_keys(here / 'keys')
    maker = Authority(here, scratch)
    ca = here / 'ca'
    shutil.rmtree(ca, ignore_errors=True)
    ca.mkdir()
    for name, row in CAS.items():
        maker.make(maker.folder / f'{name}.pem', *row)
        if row[2] == name:
            shutil.copy(maker.folder / f'{name}.pem', ca)
    leaf = maker.folder / 'leaf.pem'

    def chain(out, row):
        maker.make(leaf, *row)
        out.write_bytes(leaf.read_bytes() + path_of(maker.folder, row[2]))

    for label in SETS:
        folder = here / label / 'certs'
        folder.mkdir(exist_ok=True)
        chain(folder / 'good.pem', ('c', f'zone-{label}', 'intermediate', LEAF + DNS.format('example.com'), {}))
        run('openssl', 'crl2pkcs7', '-nocrl', '-certfile', folder / 'good.pem', '-outform', 'der', '-out', folder / 'good.p7b')
        run('openssl', 'crl2pkcs7', '-nocrl', '-certfile', folder / 'good.pem', '-out', folder / 'good.p7b.pem')
        chain(folder / 'direct.pem', ('c', f'zone-{label}', 'root', LEAF + DNS.format('example.com'), {}))
        run('openssl', 'x509', '-in', folder / 'direct.pem', '-outform', 'der', '-out', folder / 'good.der')
        (folder / 'direct.pem').unlink()
    folder = here / 'p256' / 'certs'
    for name, row in ATTACKS.items():
        chain(folder / f'{name}.pem', row)
    good = (folder / 'good.pem').read_bytes()
    der = bytearray((folder / 'good.der').read_bytes())
    der[-3] ^= 1
    (folder / 'flipped.der').write_bytes(der)
    (folder / 'cut.der').write_bytes((folder / 'good.der').read_bytes()[:-7])
    (folder / 'without-intermediate.pem').write_bytes(good.split(b'-----END CERTIFICATE-----\n')[0] + b'-----END CERTIFICATE-----\n')
    (folder / 'eleven.pem').write_bytes(good + (folder / 'other-name.pem').read_bytes() * 9)
    (folder / 'ten.pem').write_bytes(good + (folder / 'other-name.pem').read_bytes() * 8)
    (folder / 'large.pem').write_bytes(good + b'\n' * (65537 - len(good)))
    (folder / 'just-not-large.pem').write_bytes(good + b'\n' * (65536 - len(good)))
    (folder / 'empty.pem').write_bytes(b'')
    (folder / 'text.pem').write_bytes(b'<html><title>404 Not Found</title></html>\n')
    (folder / 'with-private-key.pem').write_bytes(good + (here / 'keys' / 'stranger.pem').read_bytes())
    # A NUL behind the name, in the place of the first letter of what follows.
    maker.make(leaf, 'c', 'zone', 'root', LEAF + DNS.format('example.comXevil.example'), {})
    run('openssl', 'x509', '-in', leaf, '-outform', 'der', '-out', folder / 'nul.der')
    nul = (folder / 'nul.der').read_bytes().replace(b'example.comXevil', b'example.com\0evil')
    (folder / 'nul.der').write_bytes(nul)
