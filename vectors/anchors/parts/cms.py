"""Makes the test certificates and the detached CMS signatures in cms/."""
import datetime
import pathlib
import subprocess
import tempfile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

# The time at which the signers sign; the certificates hold from 2020 to 2045.
SIGNED = '2026-01-15 12:00:00'
FROM, UNTIL = datetime.datetime(2020, 1, 1), datetime.datetime(2045, 1, 1)

KEYS = {'ca': 'rsa', 'other-ca': 'rsa', 'intermediate': 'rsa', 'signer': 'rsa', 'other-signer': 'rsa', 'signer-ec': 'p256',
        'ca-ec': 'p384'}

# name: (subject, key, issuer, serial number, further settings)
CERTS = {
    'ca': ('Anchor Test CA', 'ca', 'ca', 1, {'ca': True}),
    'other-ca': ('Other Test CA', 'other-ca', 'other-ca', 1, {'ca': True}),
    'same-name-ca': ('Anchor Test CA', 'other-ca', 'same-name-ca', 1, {'ca': True}),
    'ca-ec': ('Anchor Test EC CA', 'ca-ec', 'ca-ec', 1, {'ca': True}),
    'intermediate': ('Anchor Test Intermediate', 'intermediate', 'ca', 2, {'ca': True, 'depth': 0}),
    'intermediate-expired': ('Anchor Test Intermediate', 'intermediate', 'ca', 3,
                             {'ca': True, 'until': datetime.datetime(2021, 1, 1)}),
    'intermediate-no-sign': ('Anchor Test Intermediate', 'intermediate', 'ca', 4, {'ca': True, 'usage': ['digital_signature']}),
    'signer': ('Anchor Test Signer', 'signer', 'ca', 16, {}),
    'signer-ec': ('Anchor Test EC Signer', 'signer-ec', 'ca', 17, {}),
    'signer-ec-of-ec': ('Anchor Test EC Signer', 'signer-ec', 'ca-ec', 17, {}),
    'signer-of-intermediate': ('Anchor Test Signer', 'signer', 'intermediate', 18, {}),
    'signer-of-other': ('Anchor Test Signer', 'signer', 'other-ca', 19, {}),
    'signer-of-same-name': ('Anchor Test Signer', 'signer', 'same-name-ca', 20, {}),
    'signer-expired': ('Anchor Test Signer', 'signer', 'ca', 21, {'until': datetime.datetime(2021, 1, 1)}),
    'signer-future': ('Anchor Test Signer', 'signer', 'ca', 22, {'from': datetime.datetime(2044, 1, 1)}),
    'signer-server': ('Anchor Test Signer', 'signer', 'ca', 23, {'purposes': [ExtendedKeyUsageOID.SERVER_AUTH]}),
    'signer-any-purpose': ('Anchor Test Signer', 'signer', 'ca', 24, {'purposes': []}),
    'signer-encipher': ('Anchor Test Signer', 'signer', 'ca', 25, {'usage': ['key_encipherment']}),
    'signer-critical': ('Anchor Test Signer', 'signer', 'ca', 26, {'unknown': True}),
    'signer-of-signer': ('Anchor Test Signer Below', 'other-signer', 'signer', 27, {}),
    'signer-self': ('Anchor Test Signer', 'signer', 'signer-self', 28, {}),
}


def run(*words, **settings):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, **settings).stdout


def keys(folder):
    """The private keys; makes those that are missing."""
    found = {}
    for name, kind in KEYS.items():
        path = folder / f'{name}.key'
        if not path.exists():
            made = {'rsa': lambda: rsa.generate_private_key(65537, 2048), 'p256': lambda: ec.generate_private_key(ec.SECP256R1()),
                    'p384': lambda: ec.generate_private_key(ec.SECP384R1())}[kind]()
            path.write_bytes(made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                serialization.NoEncryption()))
        found[name] = serialization.load_pem_private_key(path.read_bytes(), None)
    return found


def name_of(subject, ca):
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, 'Anchor Test'), x509.NameAttribute(NameOID.COMMON_NAME, subject)]
    return x509.Name(parts if ca else parts + [x509.NameAttribute(NameOID.EMAIL_ADDRESS, 'dnssec@anchor.test')])


def usage(names):
    every = ['digital_signature', 'content_commitment', 'key_encipherment', 'data_encipherment', 'key_agreement', 'key_cert_sign',
             'crl_sign', 'encipher_only', 'decipher_only']
    return x509.KeyUsage(**{name: name in names for name in every})


def certificate(name, pair):
    subject, key, issuer, serial, more = CERTS[name]
    issuer_subject, issuer_key, *_, issuer_more = CERTS[issuer]
    ca, public = more.get('ca', False), pair[key].public_key()
    made = (x509.CertificateBuilder()
            .subject_name(name_of(subject, ca)).issuer_name(name_of(issuer_subject, issuer_more.get('ca', False)))
            .public_key(public).serial_number(serial)
            .not_valid_before(more.get('from', FROM)).not_valid_after(more.get('until', UNTIL))
            .add_extension(x509.BasicConstraints(ca, more.get('depth') if ca else None), True)
            .add_extension(usage(more.get('usage', ['key_cert_sign', 'crl_sign'] if ca else ['digital_signature'])), True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(pair[issuer_key].public_key()), False))
    purposes = more.get('purposes', [] if ca else [ExtendedKeyUsageOID.EMAIL_PROTECTION])
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), False)
    if 'unknown' in more:
        made = made.add_extension(x509.UnrecognizedExtension(ObjectIdentifier('1.3.6.1.4.1.32473.1'), b'\x05\x00'), True)
    return made.sign(pair[issuer_key], hashes.SHA256())


def certificates(folder):
    """All certificates anew. Those that an elliptic curve signs differ each time, so they stay when they are there."""
    pair = keys(folder / 'keys')
    for name, (_, _, issuer, *_) in CERTS.items():
        path = folder / 'certs' / f'{name}.pem'
        if not (path.exists() and CERTS[issuer][1].endswith('-ec')):
            path.write_bytes(certificate(name, pair).public_bytes(serialization.Encoding.PEM))


def sign(folder, tool, cert, content, *words, key='signer'):
    certs = folder / 'certs'
    return run('faketime', SIGNED, 'openssl', tool, '-sign', '-binary', '-outform', 'der', '-in', content,
               '-signer', certs / f'{cert}.pem', '-inkey', folder / 'keys' / f'{key}.key', *words, env={'TZ': 'UTC', 'PATH': '/usr/bin:/bin'})


def flip(der, back):
    """One bit changed, so many octets from the end."""
    return der[:-back] + bytes([der[-back] ^ 1]) + der[len(der) - back + 1:]


def signatures(folder, xml, other):
    """Every case: the file, and how it is made."""
    def cms(cert='signer', *words, content=xml, **more):
        return sign(folder, 'cms', cert, content, *words, **more)

    def smime(cert='signer', *words, content=xml, **more):
        return sign(folder, 'smime', cert, content, *words, **more)

    def cert(name):
        return folder / 'certs' / f'{name}.pem'

    def bundle(*names):
        with tempfile.TemporaryDirectory() as scratch:
            path = pathlib.Path(scratch, 'certs.pem')
            path.write_text(''.join(cert(name).read_text() for name in names))
            return run('openssl', 'crl2pkcs7', '-nocrl', '-certfile', path, '-outform', 'der')

    below = ('-certfile', cert('intermediate'))
    plain = smime()
    return {
        'good-smime': lambda: plain,
        'good-cms': lambda: cms(),
        'good-noattr': lambda: cms('signer', '-noattr'),
        'good-keyid': lambda: cms('signer', '-keyid'),
        'good-with-ca': lambda: smime('signer', '-certfile', cert('ca')),
        'good-unrelated-certs': lambda: smime('signer', '-certfile', cert('other-ca')),
        'good-intermediate': lambda: cms('signer-of-intermediate', *below),
        'good-intermediate-noattr': lambda: cms('signer-of-intermediate', '-noattr', *below),
        'good-ecdsa': lambda: cms('signer-ec', key='signer-ec'),
        'good-ecdsa-noattr': lambda: cms('signer-ec', '-noattr', key='signer-ec'),
        'good-ecdsa-ca': lambda: cms('signer-ec-of-ec', key='signer-ec'),
        'good-ecdsa-sha384': lambda: cms('signer-ec', '-md', 'sha384', key='signer-ec'),
        'good-sha384': lambda: cms('signer', '-md', 'sha384'),
        'good-sha512': lambda: cms('signer', '-md', 'sha512'),
        'good-no-purpose': lambda: cms('signer-any-purpose'),
        'odd-pss': lambda: cms('signer', '-keyopt', 'rsa_padding_mode:pss', '-keyopt', 'rsa_pss_saltlen:32'),
        'odd-indefinite': lambda: cms('signer', '-stream'),
        'odd-two-signers': lambda: cms('signer', '-signer', cert('signer-ec'), '-inkey', folder / 'keys' / 'signer-ec.key'),
        'odd-trailing': lambda: plain + b'\0',
        'bad-content': lambda: smime(content=other),
        'bad-content-noattr': lambda: cms('signer', '-noattr', content=other),
        'bad-signature': lambda: flip(plain, 9),
        'bad-signed-attribute': lambda: plain.replace(b'260115120000Z', b'270115120000Z'),
        'bad-other-ca': lambda: smime('signer-of-other', '-certfile', cert('other-ca')),
        'bad-same-name-ca': lambda: smime('signer-of-same-name', '-certfile', cert('same-name-ca')),
        'bad-self-signed': lambda: smime('signer-self'),
        'bad-expired': lambda: smime('signer-expired'),
        'bad-future': lambda: smime('signer-future'),
        'bad-purpose': lambda: smime('signer-server'),
        'bad-usage': lambda: smime('signer-encipher'),
        'bad-critical': lambda: smime('signer-critical'),
        'bad-no-intermediate': lambda: cms('signer-of-intermediate'),
        'bad-intermediate-expired': lambda: cms('signer-of-intermediate', '-certfile', cert('intermediate-expired')),
        'bad-intermediate-no-sign': lambda: cms('signer-of-intermediate', '-certfile', cert('intermediate-no-sign')),
        'bad-not-a-ca': lambda: cms('signer-of-signer', '-certfile', cert('signer'), key='other-signer'),
        'bad-truncated': lambda: plain[:-100],
        'bad-truncated-early': lambda: plain[:20],
        'bad-empty': lambda: b'',
        'bad-attached': lambda: smime('signer', '-nodetach'),
        'bad-attached-other': lambda: smime('signer', '-nodetach', content=other),
        'bad-sha1': lambda: cms('signer', '-md', 'sha1'),
        'bad-md5': lambda: cms('signer', '-md', 'md5'),
        'bad-no-certificate': lambda: smime('signer', '-nocerts'),
        'bad-no-signer': lambda: bundle('signer', 'ca'),
        'bad-content-type': lambda: run('openssl', 'cms', '-data_create', '-binary', '-outform', 'der', '-in', xml),
        'bad-pem': lambda: run('openssl', 'pkcs7', '-inform', 'der', input=plain),
    }


# What makes the same bytes each time; the others hold a random number and stay when they are there.
RANDOM = {'good-ecdsa', 'good-ecdsa-noattr', 'good-ecdsa-ca', 'good-ecdsa-sha384', 'odd-pss', 'odd-two-signers'}


def make(folder, xml):
    """The certificates and signatures, in a folder that has the keys."""
    (folder / 'certs').mkdir(exist_ok=True)
    certificates(folder)
    for name, how in signatures(folder, xml, folder / 'other.xml').items():
        path = folder / f'{name}.p7s'
        if not (name in RANDOM and path.exists()):
            path.write_bytes(how())
