"""Starts a real name server on loopback, asks it, and stops it again."""
import itertools
import os
import shutil
import socket
import struct
import subprocess
import time

from . import wire, world

BIND = '''
options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }}; pid-file none;
  session-keyfile "{folder}/session.key"; managed-keys-directory "{folder}"; recursion no; dnssec-validation no;
  notify no; rrset-order {{ order none; }}; answer-cookie no; empty-zones-enable no; minimal-responses no; }};
controls {{ }};
'''
BIND_ZONE = 'zone "{zone}" {{ type primary; file "{file}"; check-names ignore; check-integrity no; }};\n'
NSD = '''
server:
  ip-address: 127.0.0.1@{port}
  username: ""
  chroot: ""
  database: ""
  zonesdir: "{folder}"
  pidfile: "{folder}/pid"
  xfrdfile: "{folder}/xfrd"
  zonelistfile: "{folder}/zones.list"
  xfrdir: "{folder}"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
'''
NSD_ZONE = 'zone:\n  name: "{zone}"\n  zonefile: "{file}"\n'
KNOT = '''
server:
  rundir: {folder}
  listen: 127.0.0.1@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
database:
  storage: {folder}/db
control:
  listen: {folder}/sock
log:
  - target: stderr
    any: warning
zone:
'''
KNOT_ZONE = '  - domain: {zone}\n    file: {file}\n    semantic-checks: off\n    zonefile-load: whole\n    journal-content: none\n'
COMMANDS = {
    'bind': (BIND, BIND_ZONE, ['named', '-f', '-4', '-n', '1', '-c']),
    'nsd': (NSD, NSD_ZONE, ['nsd', '-d', '-c']),
    'knot': (KNOT, KNOT_ZONE, ['knotd', '-c']),
}


# below the ports that the system gives away, and each once: no other server of ours can answer in the place of one that is starting
PORTS = itertools.count(os.getpid())


def free_port():
    while True:
        address = '127.0.0.1', 10_000 + next(PORTS) % 20_000
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            try:
                tcp.bind(address)
                udp.bind(address)
                return address[1]
            except OSError:
                pass


def over_udp(port, message, seconds=3):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(seconds)
        udp.connect(('127.0.0.1', port))
        udp.send(message)
        return udp.recv(65535)


def over_tcp(port, message, seconds=3):
    with socket.create_connection(('127.0.0.1', port), timeout=seconds) as tcp:
        tcp.sendall(struct.pack('>H', len(message)) + message)
        with tcp.makefile('rb') as stream:
            size, = struct.unpack('>H', stream.read(2))
            return stream.read(size)


class Server:
    """One real server with all zones: with Server('nsd', files, scratch) as server: server.ask(...)"""

    def __init__(self, kind, files, scratch):
        self.kind, self.files, self.folder = kind, files, scratch / 'server'

    def __enter__(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / 'db').mkdir(parents=True)
        head, row, command = COMMANDS[self.kind]
        self.port = free_port()
        text = head.format(folder=self.folder, port=self.port)
        text += ''.join(row.format(zone=zone, file=file) for zone, file in self.files.items())
        config, self.log = self.folder / 'conf', self.folder / 'log'
        config.write_text(text)
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen(command + [str(config)], stdout=log, stderr=log, cwd=self.folder)
        for _ in range(200):
            if self.process.poll() is not None:
                break
            try:
                if all(wire.Message(over_udp(self.port, wire.query(zone, wire.SOA), 0.2)).rcode == 0 for zone in self.files):
                    return self
            except OSError:
                pass
            time.sleep(0.05)
        self.__exit__()
        raise SystemExit(f'{self.kind} did not start:\n{self.log.read_text()}')

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, owner, kind):
        """The whole response, by TCP where UDP was cut short."""
        message = wire.query(owner, wire.TYPES[kind])
        raw = over_udp(self.port, message)
        if wire.Message(raw).flags & 0x0200:
            raw = over_tcp(self.port, message)
        return raw
