"""Asks unbound about every row of cases.tsv: it gets nothing but the recorded messages, the anchor and the time.

Before that: does every row have its files, every file its row, every column a value that the README allows?"""
import concurrent.futures
import itertools
import os
import pathlib
import socketserver
import struct
import subprocess
import tempfile
import threading
import time

from . import serve, wire

# where unbound is known to say something else: file -> (what it says, why the row stands)
EXCEPTIONS = {
    'signer-parent.hex': ('secure', 'it takes the signer for the zone and does not look for the cut below; RFC 4035 5.3.1 '
                          'wants the zone that contains the RRset'),
    'signer-beside.hex': ('missing', 'it takes the signer of the first RRSIG for the zone and asks for that one\'s keys; '
                          'RFC 4035 5.3.1 rules that RRSIG out'),
    'revoked-ksk.hex': ('secure', 'it looks at the REVOKE bit of trust anchors only; RFC 5011 2.1'),
}
# with this off unbound lets any DS vouch, with it on every algorithm must: RFC 4509 3 needs it on, RFC 6840 5.11 off
HARDENED = {'sha1-ds.hex'}
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
  module-config: "validator iterator"
  trust-anchor-file: "{anchor}"
  trust-anchor-signaling: no
  val-override-date: "{date}"
  val-sig-skew-min: 0
  val-sig-skew-max: 0
  harden-algo-downgrade: {harden}
  target-fetch-policy: "0 0 0 0 0"
  qname-minimisation: no
  edns-buffer-size: 4096
  minimal-responses: yes
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@{upstream}
remote-control:
  control-enable: no
'''


def responses(path):
    """{(name, type): message} as a replay needs it."""
    lines = [bytes.fromhex(line) for line in path.read_text().splitlines() if line and not line.startswith('#')]
    return {(wire.Message(raw).question.lower(), wire.Message(raw).qtype): raw for raw in lines}


class Replay(socketserver.ThreadingUDPServer):
    """Answers from an evidence file, and with SERVFAIL where the file has nothing."""
    daemon_threads = True

    def __init__(self, answers):
        self.answers, self.missed = answers, False
        super().__init__(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.serve_forever, kwargs={'poll_interval': 0.05}, daemon=True).start()


class Handler(socketserver.BaseRequestHandler):
    def handle(self):
        message, socket = self.request
        asked, end = wire.read_name(message, 12)
        kind, = struct.unpack('>H', message[end:end + 2])
        raw = self.server.answers.get((asked.lower(), kind))
        if not raw:
            self.server.missed = True
            raw = struct.pack('>6H', 0, 0x8402, 1, 0, 0, 0) + message[12:end + 4]
        socket.sendto(message[:2] + raw[2:], self.client_address)


def ask(here, row):
    """What unbound says: secure, insecure, bogus, or missing where it failed and had asked for more than the file holds."""
    answers = responses(here / row['set'] / row['file'])
    if row['file'] == 'more.hex':  # unbound asks again where an alias points
        answers = {**responses(here / row['set'] / 'good.hex'), **answers}
    with tempfile.TemporaryDirectory(prefix='check-') as folder, Replay(answers) as replay:
        port = serve.free_port()
        config = pathlib.Path(folder) / 'conf'
        config.write_text(UNBOUND.format(
            folder=folder, port=port, harden='yes' if row['file'] in HARDENED else 'no',
            anchor=here / row['set'] / row['anchors'], upstream=replay.server_address[1],
            date=row['now'].translate(str.maketrans('', '', '-:TZ'))))
        with open(os.path.join(folder, 'log'), 'w') as log:
            process = subprocess.Popen(['unbound', '-d', '-p', '-c', config], stdout=log, stderr=log)
        try:
            question = wire.query(row['name'], wire.TYPES[row['type']])
            question = question[:2] + b'\1\0' + question[4:]
            for attempt in range(200):
                try:
                    reply = wire.Message(serve.over_udp(port, question, 20))
                    break
                except ConnectionRefusedError:
                    if attempt == 199 or process.poll() is not None:
                        raise
                    time.sleep(0.02)
        finally:
            process.terminate()
            process.wait()
            replay.shutdown()
    if reply.rcode == 2:
        return 'missing' if replay.missed else 'bogus'
    return 'secure' if reply.flags & 0x20 else 'insecure'


def problems(here, rows):
    """What is wrong with the manifest itself."""
    used = {(row['set'], row[column]) for row in rows for column in ('file', 'anchors')}
    there = {(path.parent.name, path.name) for label in {row['set'] for row in rows} for path in (here / label).iterdir()}
    yield from (f'no such file: {label}/{name}' for label, name in sorted(used - there))
    yield from (f'no row for {label}/{name}' for label, name in sorted(there - used))
    for row in rows:
        srv = row['type'] == 'SRV'
        allowed = {'verdict': {'secure', 'insecure', 'bogus', 'indeterminate'}, 'check': {'success', 'fail'} if srv else {'-'}}
        yield from (f"{row['set']}/{row['file']} {row['name']} {row['type']}: {column} is {row[column]!r}"
                    for column, values in allowed.items() if row[column] not in values)
        if srv != (row['provider'] != '-'):
            yield f"{row['set']}/{row['file']} {row['name']} {row['type']}: provider is {row['provider']!r}"
        if srv and (row['check'] == 'success') != succeeds(here, row):
            yield f"{row['set']}/{row['file']} {row['name']} {row['provider']}: not {row['check']}, by the SRV records"


def succeeds(here, row):
    """The outcome of `check` by the verdict and the SRV records in the file."""
    raw = responses(here / row['set'] / row['file']).get((wire.name(row['name'].lower()), wire.SRV))
    if row['verdict'] != 'secure' or not raw:
        return False
    targets = [rr.rdata[6:].lower() for rr in wire.Message(raw).sections[wire.ANSWER] if rr.kind == wire.SRV]
    source = row['name'].split('.', 2)[2]
    return targets != [b'\0'] and wire.name(row['provider'].lower()) in targets + [wire.name(source.lower())]


def agrees(row, said):
    return said == row['verdict'] or row['verdict'] == 'indeterminate' and said in ('missing', 'insecure')


def run(here, sets):
    head, *lines = (here / 'cases.tsv').read_text().splitlines()
    rows = [dict(zip(head.split('\t'), line.split('\t'))) for line in lines]
    rows = [row for row in rows if not sets or row['set'] in sets]
    wrong = list(problems(here, rows))
    print('\n'.join(wrong + [f'files and rows: {len(wrong)} problems']))
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for row, said in zip(rows, pool.map(ask, itertools.repeat(here), rows)):
            if not agrees(row, said):
                known = EXCEPTIONS.get(row['file'])
                bad += not known or known[0] != said
                print(f"{row['set']}/{row['file']} {row['name']} {row['type']} {row['anchors']} {row['now']}: "
                      f"unbound says {said}, the row {row['verdict']}" + (f' (known: {known[1]})' if known else ''))
    print(f'{len(rows)} rows, {bad} not explained')
    return bad > 0 or bool(wrong)
