"""Signs all zones, starts the servers, and remembers what they answered."""
import pathlib
import shutil
import struct
import subprocess
import time

from parts import keys, serve, sign, wire

from .zones import WINDOW, ZONES, parent

HERE = pathlib.Path(__file__).resolve().parent.parent
keys.HERE = HERE / 'keys'
DO, CD, RD = 0x8000, 0x10, 0x0100
BY_NAME = {zone.name: zone for zone in ZONES}


def folder(zone):
    return 'root' if zone == '.' else zone.rstrip('.')


def zone_keys(zone, sub=''):
    """In the order of the words in zones.py (they sort by role, then by file name)."""
    return keys.load(folder(zone) + sub, zone)


def fill():
    """Makes test keys that are missing."""
    for zone in ZONES:
        for word in zone.keys.split() if not zone_keys(zone.name) else []:
            keys.generate(folder(zone.name), zone.name, word)


def query(owner, kind, flags):
    return (struct.pack('>6H', 0, flags, 1, 0, 0, 1) + wire.name(owner) + struct.pack('>HH', wire.TYPES[kind], 1)
            + b'\0' + struct.pack('>HHIH', wire.OPT, 1232, DO, 0))


class Server(serve.Server):
    def ask(self, owner, kind):
        return ask(self.port, query(owner, kind, CD))


def ask(port, message):
    raw = serve.over_udp(port, message, 10)
    if wire.Message(raw).flags & 0x0200:
        raw = serve.over_tcp(port, message, 10)
    return raw


UNBOUND = '''
server:
  interface: 127.0.0.1@{port}
  do-ip6: no
  chroot: ""
  username: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  num-threads: 1
  do-daemonize: no
  do-not-query-localhost: no
  module-config: "iterator"
  target-fetch-policy: "0 0 0 0 0"
  qname-minimisation: no
  rrset-roundrobin: no
  minimal-responses: yes
  trust-anchor-signaling: no
  local-zone: "test." nodefault
stub-zone:
  name: "."
  stub-addr: 127.0.0.1@{upstream}
remote-control:
  control-enable: no
'''
BIND = '''
options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; pid-file none;
  session-keyfile "{folder}/session.key"; managed-keys-directory "{folder}"; recursion yes; dnssec-validation no;
  allow-recursion {{ any; }}; qname-minimization off; empty-zones-enable no; answer-cookie no; rrset-order {{ order none; }};
  forward only; forwarders {{ 127.0.0.1 port {upstream}; }}; }};
controls {{ }};
'''


class Resolver:
    """A recursive server without validation in front of the authoritative one."""

    def __init__(self, kind, upstream, scratch):
        self.kind, self.upstream, self.folder = kind, upstream, scratch / f'resolver-{kind}'

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.port = serve.free_port()
        text, command = {'unbound': (UNBOUND, ['unbound', '-d', '-p', '-c']), 'bind': (BIND, ['named', '-f', '-4', '-n', '1', '-c'])}[self.kind]
        (self.folder / 'conf').write_text(text.format(folder=self.folder, port=self.port, upstream=self.upstream))
        with open(self.folder / 'log', 'w') as log:
            self.process = subprocess.Popen([*command, str(self.folder / 'conf')], stdout=log, stderr=log, cwd=self.folder)
        for _ in range(200):
            try:
                serve.over_udp(self.port, query('.', 'SOA', RD | CD), 1)
                return self
            except OSError:
                time.sleep(0.05)
        self.__exit__()
        raise SystemExit(f'{self.kind} did not start:\n{(self.folder / "log").read_text()}')

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, owner, kind):
        return ask(self.port, query(owner, kind, RD | CD))


class World:
    def __init__(self, scratch):
        self.scratch, self.zones, self.files, self.answers, self.stack = scratch, BY_NAME, {}, {}, []
        for zone in ZONES:
            self.files[zone.name] = self.sign(zone)

    def ds_of(self, zone):
        if zone.ds == 'none':
            return []
        if zone.ds == 'good':
            return sign.ds_lines(zone.name, zone_keys(zone.name))
        return zone.ds(zone_keys(zone.name))

    def sign(self, zone, window=WINDOW, scratch='good', hidden=None):
        children = [child for child in ZONES if parent(child.name, BY_NAME) == zone.name]
        text = f'$ORIGIN {zone.name}\n$TTL 3600\n' + zone.text
        for child in children:
            text += f'{child.name} NS ns.{child.name}\nns.{child.name} A 127.0.0.1\n' if child.name != '.' else ''
            text += ''.join(line + '\n' for line in self.ds_of(child))
        text += zone.extra(zone_keys(zone.name)) if zone.extra else ''
        if not zone.signed:
            path = self.scratch / scratch / f'{zone.name}plain'
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            return path
        all_keys = zone_keys(zone.name)
        silent = [all_keys[int(place)] for place in (zone.hidden if hidden is None else hidden).split()]
        text += ''.join(key.text + '\n' for key in silent)
        return sign.sign(self.scratch / scratch, zone.name, text, [k for k in all_keys if k not in silent], window,
                         zone.signer, zone.denial)

    def __enter__(self):
        self.servers = {}
        for kind in ('bind', 'nsd', 'knot'):
            self.servers[kind] = Server(kind, self.files, self.scratch / kind).__enter__()
        for kind in ('unbound', 'bind'):
            self.servers[f'via-{kind}'] = Resolver(kind, self.servers['bind'].port, self.scratch).__enter__()
        return self

    def __exit__(self, *_):
        for server in self.servers.values():
            server.__exit__()

    def ask(self, owner, kind, server=None):
        """One whole response; by default from the server that the zone of the name names."""
        server = server or self.zones[self.zone_of(owner, kind)].server
        question = (owner, kind, server)
        if question not in self.answers:
            self.answers[question] = self.servers[server].ask(owner, kind)
        return self.answers[question]

    def variant(self, zone, kind, questions, **more):
        """What a server of this kind answers that has the zone signed in another way."""
        path = self.sign(self.zones[zone], scratch='variant', **more)
        with Server(kind, {zone: path}, self.scratch / 'variant') as server:
            return {question: server.ask(*question) for question in questions}

    def zone_of(self, owner, kind='A'):
        """The zone that answers: for DS of an apex the one above."""
        owner = owner.lower()
        if owner in self.zones and not (kind == 'DS' and owner != '.'):
            return owner
        return parent(owner, self.zones)

    def path(self, zone):
        """From the root down to the zone."""
        up = parent(zone, self.zones)
        return (self.path(up) if up else []) + [zone]

    def chain(self, zone):
        """All NSEC or NSEC3 records of a zone with their signatures, found by asking for names that do not exist."""
        found = {}

        def look(name):
            records = wire.Message(self.servers['bind'].ask(name, 'A')).sections[wire.AUTHORITY]
            for rr in records:
                if rr.kind in (wire.NSEC, wire.NSEC3) and rr.owner not in found:
                    signed = [s for s in records if s.covers(rr.kind) and s.owner == rr.owner]
                    if wire.read_name(signed[0].rdata, 18)[0] == wire.name(zone):  # not of a zone below
                        found[rr.owner] = [rr] + signed

        for n in range(200):
            look(f'n{n}x.{zone}')
        seen = set()
        while new := {wire.read_name(group[0].rdata, 0)[0] for group in found.values() if group[0].kind == wire.NSEC} - seen:
            seen |= new
            for raw in new:
                look('!.' + present(raw))  # just below: the record of the name itself, but for delegations and DNAME
                if raw != wire.name(zone):
                    look(present(bytes([raw[0] + 1]) + raw[1:1 + raw[0]] + b'!' + raw[1 + raw[0]:]))
        return found

    def key(self, zone, ksk=False):
        """The key that signs data (or, where asked, the DNSKEY RRset)."""
        found = zone_keys(zone)
        return found[0] if ksk else found[-1]


def labels(text):
    """The name and all above it but the root, in presentation form with escapes kept."""
    raw, out = wire.name(text), []
    while raw[0]:
        out.append(present(raw))
        raw = raw[1 + raw[0]:]
    return out


def present(raw):
    """A wire name as text."""
    out, at = '', 0
    while raw[at]:
        for octet in raw[at + 1:at + 1 + raw[at]]:
            char = chr(octet)
            out += '\\' + char if char in '.\\"();@$' else char if 33 <= octet <= 126 else f'\\{octet:03}'
        out, at = out + '.', at + 1 + raw[at]
    return out or '.'
