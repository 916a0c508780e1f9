"""The test keys: BIND key files in keys/<set>/, made once and checked in. They protect nothing."""
import base64
import math
import pathlib
import subprocess

from . import wire, world

HERE = pathlib.Path(__file__).resolve().parent.parent / 'keys'
RSA_FIELDS = ['Modulus', 'PublicExponent', 'PrivateExponent', 'Prime1', 'Prime2', 'Exponent1', 'Exponent2', 'Coefficient']
NUMBERS = dict(RSASHA1=5, NSEC3RSASHA1=7, RSASHA256=8, RSASHA512=10, ECDSAP256SHA256=13, ECDSAP384SHA384=14,
               ED25519=15, ED448=16)


class Key:
    """A key file pair; `base` is the path without .key or .private."""

    def __init__(self, base):
        self.base = pathlib.Path(base)
        line = next(l for l in self.path('.key').read_text().splitlines() if not l.startswith(';'))
        self.zone, words = line.split()[0], line.split('DNSKEY', 1)[1].split()
        flags, protocol, algorithm = map(int, words[:3])
        self.flags, self.algorithm = flags, algorithm
        self.rdata = bytes([flags >> 8, flags & 255, protocol, algorithm]) + base64.b64decode(''.join(words[3:]))
        self.tag = wire.key_tag(self.rdata)
        self.text = f"{self.zone} DNSKEY {' '.join(words[:3])} {''.join(words[3:])}"

    def path(self, suffix):
        return self.base.with_name(self.base.name + suffix)

    @property
    def is_ksk(self):
        return bool(self.flags & 1)

    def private(self):
        """The fields of the .private file; octets where they are base64."""
        fields = dict(l.split(': ', 1) for l in self.path('.private').read_text().splitlines())
        return {k: base64.b64decode(v) for k, v in fields.items() if k in RSA_FIELDS + ['PrivateKey']}


def load(folder, zone=None):
    """The keys in keys/<folder>, key-signing keys first."""
    keys = [Key(path.with_suffix('')) for path in sorted((HERE / folder).glob('K*.key'))]
    return sorted((k for k in keys if zone in (None, k.zone)), key=lambda k: not k.is_ksk)


def run(*words, **more):
    return subprocess.run(words, check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more).stdout


def generate(folder, zone, spec):
    """One key from its word in world.py, such as RSASHA256/1024e=3:zsk."""
    kind, role = spec.rsplit(':', 1)
    kind, _, exponent = kind.partition('e=')
    algorithm, _, bits = kind.partition('/')
    path = HERE / folder
    path.mkdir(parents=True, exist_ok=True)
    flags = {'zsk': 256, 'revoked': 385}.get(role, 257)
    if exponent:
        return write_rsa(path, zone, flags, NUMBERS[algorithm], openssl_rsa(bits, exponent))
    words = ['dnssec-keygen', '-q', '-C', '-K', path, '-a', algorithm, '-n', 'ZONE']
    words += ['-b', bits] if bits else []
    words += ['-f', 'KSK'] if flags & 1 else []
    words += ['-f', 'REVOKE'] if flags & 128 else []
    run(*words, zone)


def openssl_rsa(bits, exponent):
    """The eight numbers of a new RSA key, in the order of RSA_FIELDS."""
    pem = run('openssl', 'genpkey', '-algorithm', 'RSA', '-pkeyopt', f'rsa_keygen_bits:{bits}',
              '-pkeyopt', f'rsa_keygen_pubexp:{exponent}')
    der = run('openssl', 'rsa', '-traditional', '-outform', 'DER', input=pem)
    numbers, at = [], 4  # past the SEQUENCE header
    while at < len(der):
        size, at = der[at + 1], at + 2
        if size >= 0x80:
            long = size & 0x7f
            size, at = int.from_bytes(der[at:at + long], 'big'), at + long
        numbers.append(int.from_bytes(der[at:at + size], 'big'))
        at += size
    return numbers[1:]


def octets(number):
    return number.to_bytes((number.bit_length() + 7) // 8, 'big')


def rsa_public(modulus, exponent):
    return bytes([len(octets(exponent))]) + octets(exponent) + octets(modulus)  # RFC 3110


def write_rsa(path, zone, flags, algorithm, numbers):
    fields = [f'{k}: {base64.b64encode(octets(v)).decode()}' for k, v in zip(RSA_FIELDS, numbers)]
    write(path, zone, flags, algorithm, rsa_public(numbers[0], numbers[1]), fields)


def write(path, zone, flags, algorithm, public, fields):
    path.mkdir(parents=True, exist_ok=True)
    mnemonic = next(k for k, v in NUMBERS.items() if v == algorithm)
    tag = wire.key_tag(bytes([flags >> 8, flags & 255, 3, algorithm]) + public)
    base = path / f'K{zone}+{algorithm:03}+{tag:05}'
    text = base64.b64encode(public).decode()
    base.with_name(base.name + '.key').write_text(f'{zone} IN DNSKEY {flags} 3 {algorithm} {text}\n')
    head = ['Private-key-format: v1.2', f'Algorithm: {algorithm} ({mnemonic})']
    base.with_name(base.name + '.private').write_text('\n'.join(head + fields) + '\n')


def collide(folder, victim):
    """A key of the same zone, flags, algorithm and key tag as the victim."""
    head = victim.rdata[:4]

    def fits(public):
        return wire.key_tag(head + public) == victim.tag and public != victim.rdata[4:]

    if victim.algorithm in (5, 7, 8, 10):
        # the modulus stays, the exponent moves until the tag fits
        n, _, _, p, q, *_ = openssl_rsa(2048, 65537)
        phi = (p - 1) * (q - 1)
        e = next(e for e in range(65539, 1 << 32, 2) if math.gcd(e, phi) == 1 and fits(rsa_public(n, e)))
        d = pow(e, -1, phi)
        return write_rsa(HERE / folder, victim.zone, victim.flags, victim.algorithm,
                         [n, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p)])
    while True:
        private, public = new_curve_key(victim.algorithm)
        if fits(public):
            fields = [f'PrivateKey: {base64.b64encode(private).decode()}']
            return write(HERE / folder, victim.zone, victim.flags, victim.algorithm, public, fields)


def new_curve_key(algorithm):
    from cryptography.hazmat.primitives import serialization as ser
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    if algorithm == 15:
        key = ed25519.Ed25519PrivateKey.generate()
        raw = ser.Encoding.Raw
        return (key.private_bytes(raw, ser.PrivateFormat.Raw, ser.NoEncryption()),
                key.public_key().public_bytes(raw, ser.PublicFormat.Raw))
    curve, size = {13: (ec.SECP256R1(), 32), 14: (ec.SECP384R1(), 48)}[algorithm]
    numbers = ec.generate_private_key(curve).private_numbers()
    point = numbers.public_numbers
    return (numbers.private_value.to_bytes(size, 'big'),
            point.x.to_bytes(size, 'big') + point.y.to_bytes(size, 'big'))


def fill():
    """Makes the keys that are not there; with all checked in it does nothing."""
    for label, world_set in world.SETS.items():
        for zone, row in world_set.zones.items():
            if not load(label, zone):
                for word in row.keys.split():
                    generate(label, zone, word)
        if not world_set.family:
            continue
        source = world_set.zones[world.SOURCE].keys.split()
        root = world_set.zones[world.ROOT].keys.split()
        second = world.P256 if 'RSA' in source[0] else world.RSA
        wanted = {
            'other': [(world.SOURCE, word) for word in source] + [(world.ROOT, root[0])],
            'second': [(world.SOURCE, word) for word in world.pair(second).split()],
            'revoked': [(world.SOURCE, source[0].replace(':ksk', ':revoked'))],
        }
        for folder, words in wanted.items():
            if not load(f'{label}/{folder}'):
                for zone, word in words:
                    generate(f'{label}/{folder}', zone, word)
        if not load(f'{label}/collide'):
            collide(f'{label}/collide', load(label, world.SOURCE)[-1])
