"""Asks unbound and delv about every row: they get nothing but the row's messages, its anchors and its time."""
import calendar
import concurrent.futures
import os
import pathlib
import re
import socketserver
import struct
import subprocess
import tempfile
import threading
import time
import tomllib

from parts import serve, wire

from .book import read
from .world import query

UNBOUND = '''
server:
  interface: 127.0.0.1@{port}
  do-ip6: no
  chroot: ""
  username: ""
  directory: "{folder}"
  pidfile: ""
  use-syslog: no
  verbosity: 1
  val-log-level: 2
  num-threads: 1
  do-daemonize: no
  do-not-query-localhost: no
  module-config: "validator iterator"
  trust-anchor-file: "{folder}/anchors"
  trust-anchor-signaling: no
  val-override-date: "{date}"
  val-sig-skew-min: 0
  val-sig-skew-max: 0
  val-nsec3-keysize-iterations: "1024 50 2048 50 4096 50"
  harden-algo-downgrade: no
  aggressive-nsec: no
  target-fetch-policy: "0 0 0 0 0"
  qname-minimisation: no
  edns-buffer-size: 65535
  max-udp-size: 65535
  discard-timeout: 60000
  local-zone: "test." nodefault
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
remote-control:
  control-enable: no
'''


CLOCK = tempfile.NamedTemporaryFile(suffix='.so')


def rows(vectors, folders):
    for folder in folders:
        head, *lines = (vectors / folder / 'cases.tsv').read_text().splitlines()
        for line in lines:
            yield dict(zip(head.split('\t'), line.split('\t'))) | {'folder': vectors / folder}


def responses(row):
    """{(name, type): message}; an earlier file wins."""
    out = {}
    for file in row['files'].split(' '):
        for line in (row['folder'] / file).read_text().splitlines():
            if line and not line.startswith('#'):
                raw = bytes.fromhex(line)
                message = read(raw)
                key = (message.question.lower(), message.qtype) if message else (wire.name(row['name'].lower()), wire.TYPES[row['type']])
                out.setdefault(key, raw)
    return out


def tail(answers, asked, kind):
    """For a name that an alias in some recorded answer leads to: the rest of that answer, as the resolver that gave it would say it."""
    for raw in answers.values():
        message = read(raw)
        records = message.sections[wire.ANSWER] if message else []
        if not message or message.qtype != kind or not any(rr.kind == wire.CNAME and rr.rdata.lower() == asked.lower() for rr in records):
            continue
        names = [asked.lower()]
        for name in names:
            names += [t for rr in records if rr.kind == wire.CNAME and rr.owner.lower() == name and (t := rr.rdata.lower()) not in names]
        rest = [rr for rr in records if any(rr.owner.lower() == n for n in names)
                or rr.owner != b'\0' and any(n.endswith(rr.owner.lower()) for n in names) and (rr.kind == wire.DNAME or rr.covers(wire.DNAME))]
        ends_here = not rest and not message.sections[wire.AUTHORITY]
        if not ends_here:
            message.question, message.sections[wire.ANSWER] = asked, rest
            return message.build()
    return None


def reply(answers, message, missed):
    """The answer of the evidence to a query, or SERVFAIL."""
    asked, end = wire.read_name(message, 12)
    kind, = struct.unpack('>H', message[end:end + 2])
    raw = answers.get((asked.lower(), kind)) or tail(answers, asked, kind)
    if not raw:
        missed.append((asked, kind))
        raw = struct.pack('>6H', 0, 0x8402, 1, 0, 0, 0) + message[12:end + 4]
    if not read(raw):
        return message[:2] + raw[2:]
    flags, = struct.unpack('>H', raw[2:4])
    rd, = struct.unpack('>H', message[2:4])
    raw = raw[:2] + struct.pack('>H', flags | rd & 0x0100 | 0x80) + raw[4:]
    return message[:2] + raw[2:12] + message[12:end + 4] + raw[end + 4:]  # the question as it was asked, for its case


class Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class Replay:
    """Answers on one port by UDP (cut short above the size that the client takes) and TCP."""

    def __init__(self, answers):
        self.missed = []
        missed = self.missed

        class OverUdp(socketserver.BaseRequestHandler):
            def handle(self):
                message, socket = self.request
                raw = reply(answers, message, missed)
                if len(raw) > 1232:
                    _, end = wire.read_name(message, 12)
                    raw = raw[:2] + bytes([raw[2] | 2]) + raw[3:4] + struct.pack('>4H', 1, 0, 0, 0) + message[12:end + 4]
                socket.sendto(raw, self.client_address)

        class OverTcp(socketserver.StreamRequestHandler):
            def handle(self):
                while size := self.rfile.read(2):
                    raw = reply(answers, self.rfile.read(*struct.unpack('>H', size)), missed)
                    self.wfile.write(struct.pack('>H', len(raw)) + raw)

        while True:
            self.udp = Udp(('127.0.0.1', 0), OverUdp)
            self.port = self.udp.server_address[1]
            try:
                self.tcp = Tcp(('127.0.0.1', self.port), OverTcp)
                break
            except OSError:
                self.udp.server_close()

    def __enter__(self):
        for server in (self.udp, self.tcp):
            threading.Thread(target=server.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()
        return self

    def __exit__(self, *_):
        for server in (self.udp, self.tcp):
            server.shutdown()
            server.server_close()


def anchors(row):
    return ''.join((row['folder'] / file).read_text() for file in row['anchors'].split())


def ask_unbound(row):
    """(verdict, why)."""
    with tempfile.TemporaryDirectory(prefix='check-') as folder, Replay(responses(row)) as replay:
        port = serve.free_port()
        config = pathlib.Path(folder) / 'conf'
        (pathlib.Path(folder) / 'anchors').write_text(anchors(row))
        config.write_text(UNBOUND.format(folder=folder, port=port, upstream=replay.port, date=row['now'].translate(str.maketrans('', '', '-:TZ'))))
        log_path = os.path.join(folder, 'log')
        with open(log_path, 'w') as log:
            process = subprocess.Popen(['unbound', '-d', '-p', '-c', config], stdout=log, stderr=log)
        try:
            for attempt in range(200):
                try:
                    raw = serve.over_udp(port, query(row['name'], row['type'], 0x0100), 30)
                    break
                except ConnectionRefusedError:
                    if attempt == 199 or process.poll() is not None:
                        raise
                    time.sleep(0.02)
                except TimeoutError:
                    return 'timeout', ''
        finally:
            process.terminate()
            process.wait()
        log = pathlib.Path(log_path).read_text()
        flags, = struct.unpack('>H', raw[2:4])
        why = ' '.join(re.findall(r'info: (validation failure.*)', log)[:1])[:200]
        if replay.missed:
            why += f' missed {replay.missed[:2]}'
        if flags & 15 == 2:
            return 'bogus' if 'validation failure' in log else 'failed', why
        rcode = {0: 'NOERROR', 3: 'NXDOMAIN'}.get(flags & 15, str(flags & 15))
        return ('secure' if flags & 0x20 else 'insecure') + ('' if rcode == row['rcode'] else f' {rcode}'), why


def ask_delv(row):
    try:
        return delv_once(row)
    except subprocess.TimeoutExpired:
        return 'timeout', ''


def delv_once(row):
    with tempfile.TemporaryDirectory(prefix='check-') as folder, Replay(responses(row)) as replay:
        words = []
        top = '.'
        for line in anchors(row).splitlines():
            if line and not line.startswith(';'):
                zone, _, _, tag, algorithm, digest, octets = line.split()
                words.append(f'{zone} static-ds {tag} {algorithm} {digest} "{octets}";')
                top = zone
        config = pathlib.Path(folder) / 'anchors'
        config.write_text('trust-anchors { ' + ' '.join(words) + ' };\n')
        done = subprocess.run(['delv', '@127.0.0.1', '-p', str(replay.port), '-a', str(config),
                               f'+root={top}', '-q', row['name'], '-t', row['type']], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=60,
                              env={**os.environ, 'LD_PRELOAD': CLOCK.name, 'CLOCK': str(calendar.timegm(time.strptime(row['now'], '%Y-%m-%dT%H:%M:%SZ')))})
    out = done.stdout
    failed = [line for line in re.findall(r'resolution failed: (.*)', out) if 'ncache' not in line]
    if not failed and ('unsigned answer' in out or 'negative response, unsigned' in out):
        return 'insecure', ''
    if not failed and 'fully validated' in out:
        return 'secure', ''
    found = re.findall(r';; (.*)', out)
    return 'bogus', '; '.join(found)[-150:]


def agrees(said, row):
    wanted = {row['verdict']} | ({'failed', 'bogus'} if row['verdict'] in ('indeterminate', 'bogus') else set())
    return said in wanted


def run(vectors, folders):
    subprocess.run(['cc', '-shared', '-fPIC', '-o', CLOCK.name, pathlib.Path(__file__).with_name('clock.c'), '-ldl'], check=True)
    folders = folders or ['denial', 'insecure', 'alias', 'hostile']
    known = {}
    path = vectors / 'exceptions.toml'
    if path.exists():
        known = {(e['scenario'], e['validator']): e for e in tomllib.loads(path.read_text())['exception']}
    cases = list(rows(vectors, folders))
    bad, used = 0, set()
    with concurrent.futures.ThreadPoolExecutor(3) as pool:
        for validator, ask in (('unbound', ask_unbound), ('delv', ask_delv)):
            differ = 0
            for row, (said, why) in zip(cases, pool.map(ask, cases)):
                if agrees(said, row):
                    continue
                differ += 1
                key = (f"{row['folder'].name}/{row['scenario']}", validator)
                used.add(key)
                if known.get(key, {}).get('verdict') != said:
                    bad += 1
                    print(f"{key[0]}\t{validator}\t{said}\t{row['verdict']}\t{row['rcode']}\t{row['clause']}\t{row['why']}\t{why}")
            print(f'{validator}: {len(cases)} rows, {differ} differ')
    for key in known.keys() - used:
        if key[0].split('/')[0] in folders:
            bad += 1
            print(f'exception without a difference: {key}')
    print(f'{bad} not explained')
    return bad > 0
