"""Zones, keys and certificates of the laboratory, made anew each time."""
import base64
import datetime
import hashlib
import ipaddress
import json
import pathlib
import re
import subprocess
import sys

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / 'vectors' / 'delegation'))

PROVIDER, WEB = '127.0.5.1', '127.0.5.2'
DOMAINS = 10_000  # domains below secure.example that have a service
SOA = '$ORIGIN {zone}\n$TTL 300\n@ SOA ns hostmaster 1 1800 900 604800 60\n@ NS ns\nns A 127.0.5.9\n'
# zone -> (parent, how it is signed, whether the parent has its DS, which server has it)
ZONES = {
    '.': (None, 'bind', False, 'nsd'),
    'com.': ('.', 'bind', True, 'nsd'),
    'net.': ('.', 'ldns', True, 'nsd'),
    'example.': ('.', 'bind-nsec3', True, 'nsd'),
    'example.com.': ('com.', 'bind', True, 'bind'),
    'twin.com.': ('com.', 'bind', True, 'bind'),
    'example.net.': ('net.', 'ldns-nsec3', True, 'bind'),
    'secure.example.': ('example.', 'bind', True, 'knot'),
    'island.example.': ('example.', 'bind', False, 'knot'),
    'island-twin.example.': ('example.', 'bind', False, 'knot'),
    'broken.example.': ('example.', 'bind', True, 'knot'),
    'dane.example.': ('example.', 'bind', True, 'knot'),
    'dane-twin.example.': ('example.', 'bind', True, 'knot'),
    'pkix.example.': ('example.', None, False, 'bind'),
    'pkix-twin.example.': ('example.', None, False, 'bind'),
    'posh.example.': ('example.', None, False, 'bind'),
    'posh-twin.example.': ('example.', None, False, 'bind'),
}
HOSTED = {  # the domain, and the host that its SRV records name
    'example.com.': 'example.net.', 'twin.com.': 'evil.example.net.', 'island.example.': 'example.net.',
    'island-twin.example.': 'example.net.', 'broken.example.': 'example.net.', 'dane.example.': 'dane.example.net.',
    'dane-twin.example.': 'dane-twin.example.net.', 'pkix.example.': 'example.net.', 'pkix-twin.example.': 'example.net.',
    'posh.example.': 'example.net.', 'posh-twin.example.': 'example.net.',
}


def run(words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)
    if done.returncode:
        raise SystemExit(f'{" ".join(map(str, words))}\n{done.stdout}{done.stderr}')
    return done.stdout


def name(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Authority:
    """A CA for a few days."""

    def __init__(self, title):
        self.key, self.title = ec.generate_private_key(ec.SECP256R1()), name(title)
        self.certificate = self.sign(self.title, self.key.public_key(), [], ca=True)

    def sign(self, subject, key, names, ca=False, days=30):
        now = datetime.datetime.now(datetime.timezone.utc)
        made = x509.CertificateBuilder().subject_name(subject).issuer_name(self.title).public_key(key)
        made = made.serial_number(x509.random_serial_number())
        made = made.not_valid_before(now - datetime.timedelta(days=2)).not_valid_after(now + datetime.timedelta(days=days))
        made = made.add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        usage = dict.fromkeys(['content_commitment', 'key_encipherment', 'data_encipherment', 'key_agreement', 'crl_sign',
                               'encipher_only', 'decipher_only'], False)
        made = made.add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=ca, **usage), critical=True)
        if names:
            made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
        if not ca:
            made = made.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        return made.sign(self.key, hashes.SHA256())


def dns(*names):
    return [x509.DNSName(one.rstrip('.')) for one in names]


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def der(certificate):
    return certificate.public_bytes(serialization.Encoding.DER)


class World:
    def __init__(self, folder, ports):
        self.folder, self.ports = folder, ports
        self.zones, self.keys = folder / 'zones', folder / 'keys'
        self.certificates, self.web, self.elsewhere = folder / 'certificates', folder / 'web', folder / 'elsewhere'
        for one in (self.zones, self.keys, self.certificates, self.web, self.elsewhere):
            one.mkdir(parents=True)
        self.ca, self.stranger = Authority('Laboratory CA'), Authority('Unknown CA')
        (folder / 'ca.pem').write_bytes(pem(self.ca.certificate))
        self.make_certificates()
        self.make_zones()
        self.make_proofs()
        self.make_posh()

    # certificates of servers

    def leaf(self, title, names, authority=None, folder=None):
        folder = folder or self.certificates
        key = ec.generate_private_key(ec.SECP256R1())
        if authority is None:  # its own
            authority = Authority.__new__(Authority)
            authority.key, authority.title = key, name(title)
        certificate = authority.sign(name(title), key.public_key(), names)
        for ending in ('pem', 'crt'):  # Prosody looks for the one, and everybody else for the other
            (folder / f'{title}.{ending}').write_bytes(pem(certificate))
        secret = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / f'{title}.key').write_bytes(secret)
        return certificate

    def make_certificates(self):
        self.provider = self.leaf('example.net', dns('example.net'), self.ca)
        self.pkix = self.leaf('pkix.example', dns('pkix.example'), self.ca)
        self.dane = self.leaf('dane.example', dns('something.else'))
        self.other = self.leaf('other', dns('something.else'))
        # A CA vouches for it, and the TLSA records name another one
        self.leaf('dane-twin.example', dns('dane-twin.example', 'dane-twin.example.net'), self.ca)
        # Prosody takes whatever fits from the other folder
        self.leaf('web', dns('posh.example', 'posh-twin.example', 'example.net'), self.ca, self.elsewhere)
        self.leaf('resolver', dns('dns.example') + [x509.IPAddress(ipaddress.ip_address('127.0.0.1'))], self.ca, self.elsewhere)

    # zones

    def tlsa(self, host, certificate):
        spki = certificate.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        digest = hashlib.sha256(spki).hexdigest()
        ports = ('c2s', 's2s', 'c2s_direct', 's2s_direct')
        return ''.join(f'_{self.ports[port]}._tcp.{host} TLSA 3 1 1 {digest}\n' for port in ports)

    def records(self, zone):
        lines = ''
        if zone in HOSTED:
            target, ports = HOSTED[zone], self.ports
            lines += f'_xmpp-client._tcp SRV 5 0 {ports["c2s"]} {target}\n_xmpp-server._tcp SRV 5 0 {ports["s2s"]} {target}\n'
            lines += f'_xmpps-client._tcp SRV 9 0 {ports["c2s_direct"]} {target}\n_xmpps-server._tcp SRV 9 0 {ports["s2s_direct"]} {target}\n'
        if zone == 'example.net.':
            for host in ('@', 'evil', 'dane', 'dane-twin'):
                lines += f'{host} A {PROVIDER}\n'
            lines += self.tlsa('dane', self.dane) + self.tlsa('dane-twin', self.other)
        if zone.startswith('posh'):
            lines += f'@ A {WEB}\n'
        if zone == 'secure.example.':
            lines += 'www A 192.0.2.1\n*.wild A 192.0.2.2\nalias CNAME www\nmany TXT "a"\n'
            lines += ''.join(f'h{index} A 192.0.2.{index % 250}\n' for index in range(200))
            lines += ''.join(f'big TXT "{index:03d}{"x" * 200}"\n' for index in range(20))
            lines += ''.join(f'_xmpp-server._tcp.d{index} SRV 5 0 5269 example.net.\n' for index in range(DOMAINS))
        for child, (parent, _, has_ds, server) in ZONES.items():
            if parent == zone:
                lines += f'{child} NS ns.{child}\nns.{child} A 127.0.5.9\n'
                if has_ds:
                    lines += (self.keys / f'{child}ds').read_text()
        return lines

    def make_zones(self):
        for zone, (_, signer, _, _) in ZONES.items():
            if signer:
                tag = run(['dnssec-keygen', '-q', '-f', 'KSK', '-a', 'ECDSAP256SHA256', '-K', self.keys, '-n', 'ZONE', zone]).strip()
                (self.keys / f'{zone}tag').write_text(tag)
                # a name in a zone file is complete, whatever the origin is
                (self.keys / f'{zone}ds').write_text(run(['dnssec-dsfromkey', '-2', self.keys / f'{tag}.key']))
        for zone, (_, signer, _, _) in ZONES.items():
            plain = self.zones / f'{zone}plain'
            text = SOA.format(zone=zone) + self.records(zone)
            if not signer:
                self.file(zone).write_text(text)
                continue
            tag = (self.keys / f'{zone}tag').read_text()
            key = self.keys / tag
            text += pathlib.Path(f'{key}.key').read_text() if not signer.startswith('ldns') else ''
            plain.write_text(text)
            if signer.startswith('ldns'):
                more = ['-n', '-t', '0'] if signer.endswith('nsec3') else []
                # ldns leaves out the key set's flag: the key signs all
                run(['ldns-signzone', *more, '-f', self.file(zone), '-o', zone, plain, key])
            else:
                more = ['-3', '-', '-H', '0'] if signer.endswith('nsec3') else []
                run(['dnssec-signzone', '-q', '-z', '-d', self.keys, *more, '-K', self.keys, '-o', zone, '-f', self.file(zone), plain, f'{key}.key'])
        broken = self.file('broken.example.')
        text = broken.read_text()
        changed = re.sub(r'(\sSRV\s+)5 0', r'\g<1>6 0', text)
        assert changed != text
        broken.write_text(changed)
        (self.folder / 'root.ds').write_text((self.keys / '.ds').read_text())

    def file(self, zone):
        return self.zones / f'zone-{zone}'

    def files(self, server):
        return {zone: self.file(zone) for zone, (_, _, _, where) in ZONES.items() if where == server}

    # what the web has

    def make_proofs(self):
        for zone, authority in (('island.example.', self.ca), ('island-twin.example.', self.stranger)):
            tag = (self.keys / f'{zone}tag').read_text()
            text = (self.keys / f'{tag}.key').read_text()
            words = next(line for line in text.splitlines() if 'DNSKEY' in line and not line.startswith(';')).split()
            point = base64.b64decode(''.join(words[words.index('DNSKEY') + 4:]))
            key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b'\x04' + point)
            certificate = authority.sign(name(zone.rstrip('.')), key, dns(zone))
            (self.web / f'{zone}cert').write_bytes(pem(certificate))

    def make_posh(self):
        for domain, certificate in (('posh.example', self.provider), ('posh-twin.example', self.other)):
            folder = self.web / domain / '.well-known' / 'posh'
            folder.mkdir(parents=True)
            print_of = base64.b64encode(hashlib.sha256(der(certificate)).digest()).decode()
            own = json.dumps({'fingerprints': [{'sha-256': print_of}], 'expires': 86400})
            (folder / 'own.json').write_text(own)
            # clients by reference, servers directly
            (folder / 'xmpp-server.json').write_text(own)
            url = f'https://{domain}:{self.ports["https"]}/.well-known/posh/own.json'
            (folder / 'xmpp-client.json').write_text(json.dumps({'url': url, 'expires': 3600}))
