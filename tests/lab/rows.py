"""What is tried in the laboratory, and what has to come of it."""
import json
import pathlib
import signal
import subprocess
import time

import faults
import world

DOMAINS = {  # the prooftype that authenticates the hosted domain, and its evil twin
    'pkix.example': ('pkix', 'pkix-twin.example'),
    'example.com': ('dns', 'twin.com'),
    'dane.example': ('dane', 'dane-twin.example'),
    'island.example': ('dnssec-ta', 'island-twin.example'),
    'posh.example': ('posh', 'posh-twin.example'),
}


class Lab:
    def __init__(self, program, world, servers):
        self.program, self.world, self.servers = program, world, servers
        ports = world.ports
        self.udp = f'udp://127.0.0.1:{ports["dns"]}'
        self.carriers = {
            'udp': [self.udp],
            'udp, mixed case': [self.udp, '--mixed-case'],
            'tcp': [f'tcp://127.0.0.1:{ports["dns"]}'],
            'tls by name': [f'tls://dns.example:{ports["dot"]}#127.0.0.1'],
            'tls by address': [f'tls://127.0.0.1:{ports["dot"]}'],
            'https by POST': [f'https://dns.example:{ports["doh"]}/dns-query#127.0.0.1'],
            'https by GET': [f'https://dns.example:{ports["doh"]}/dns-query{{?dns}}#127.0.0.1'],
        }
        self.root, self.ca = world.folder / 'root.ds', world.folder / 'ca.pem'

    def call(self, *words, resolver=None, anchors=None, seconds=60):
        words = [str(word) for word in words]
        resolver = resolver if resolver is not None else [self.udp]
        words += ['--format', 'json', '--tls-ca', str(self.ca), '--anchors', str(anchors or self.root)]
        for one in resolver:
            words += [one] if one.startswith('--') else ['--resolver', one]
        done = subprocess.run([str(self.program), *words], capture_output=True, text=True, timeout=seconds)
        said = json.loads(done.stdout) if done.stdout.startswith('{') else {}
        return done.returncode, said, done.stdout + done.stderr

    def xmpp(self, domain, *words, **more):
        ports = self.world.ports
        return self.call('xmpp', domain, '--ca', self.ca, '--allow-private', '--proof-port', ports['http'], '--posh-port', ports['https'],
                         *words, **more)

    def check(self, domain, provider, *words, **more):
        return self.call('check', domain, '--provider', provider, *words, **more)

    def proof(self, domain):
        return ['--proof', f'http://example.net:{self.world.ports["http"]}/{domain}.cert', '--ca', self.ca, '--allow-private',
                '--proof-port', self.world.ports['http']]

    def tell(self):
        ports = self.world.ports
        print(f'''
{self.program} validate www.secure.example A --anchors {self.root} --resolver {self.udp}
{self.program} check example.com --provider example.net --anchors {self.root} --resolver {self.udp}
{self.program} xmpp island.example --anchors {self.root} --resolver {self.udp} --ca {self.ca} --tls-ca {self.ca} --allow-private --proof-port {ports["http"]} --posh-port {ports["https"]}
''')

    # rows: a name, and whether it is as it should be, or what is wrong

    def validations(self):
        for title, resolver in self.carriers.items():
            for name, kind, verdict, content in (
                ('www.secure.example', 'A', 'secure', 'records'), ('alias.secure.example', 'A', 'secure', 'records'),
                ('a.wild.secure.example', 'A', 'secure', 'records'), ('nothing.secure.example', 'A', 'secure', 'nxdomain'),
                ('www.secure.example', 'AAAA', 'secure', 'nodata'), ('big.secure.example', 'TXT', 'secure', 'records'),
                ('_xmpp-server._tcp.island.example', 'SRV', 'insecure', None), ('posh.example', 'A', 'insecure', None),
                ('_xmpp-server._tcp.broken.example', 'SRV', 'bogus', None),
            ):
                code, said, text = self.call('validate', name, kind, resolver=resolver)
                good = said.get('verdict') == verdict and said.get('content') == content
                good = good and code == (0 if verdict == 'secure' else 1)
                yield f'{title}: {name} {kind} is {verdict}', good or text

    def questions(self):
        """Not more than it needs."""
        for name, kind, most in (('www.secure.example', 'A', 6), ('_xmpp-server._tcp.example.com', 'SRV', 6), ('example.com', 'DNSKEY', 5),
                                 ('.', 'SOA', 2), ('nothing.secure.example', 'A', 6), ('posh.example', 'A', 5)):
            _, said, text = self.call('validate', name, kind)
            asked = said.get('network', {}).get('asked', 99)
            yield f'{name} {kind}: {asked} questions, {most} are needed', asked == most or text

    def delegations(self):
        for title, resolver in self.carriers.items():
            more = {'resolver': resolver}
            code, said, text = self.check('example.com', 'example.net', **more)
            yield f'{title}: example.com delegates', code == 0 and said['prooftype'] == 'dns' or text
            code, said, text = self.check('twin.com', 'example.net', **more)
            yield f'{title}: twin.com does not', code == 1 and said['reason']['code'] == 'provider-not-a-target' or text
            for anchors in (None, 'none'):
                code, said, text = self.check('island.example', 'example.net', *self.proof('island.example'), anchors=anchors, **more)
                good = code == 0 and said['prooftype'] == 'dnssec-ta'
                yield f'{title}, anchors {anchors or "of the root"}: island.example delegates by its proof', good or text
                code, said, text = self.check('island-twin.example', 'example.net', *self.proof('island-twin.example'), anchors=anchors, **more)
                good = code == 1 and said['reason']['code'] == 'certificate-unknown-ca'
                yield f'{title}, anchors {anchors or "of the root"}: its twin does not', good or text
            code, said, text = self.check('island.example', 'example.net', **more)
            yield f'{title}: island.example does not without a proof', code == 1 and said['step'] == 6 or text
            code, said, text = self.check('broken.example', 'example.net', *self.proof('island.example'), **more)
            yield f'{title}: broken.example is not rescued', code == 1 and said['step'] == 4 or text

    def prooftypes(self):
        sides = {'client': [], 'server': ['--from', 'lab.example']}
        for domain, (prooftype, twin) in DOMAINS.items():
            for side, words in sides.items():
                for tls in ('starttls', 'direct'):
                    code, said, text = self.xmpp(domain, '--tls', tls, *words)
                    first = said.get('prooftype')
                    others = {row['prooftype'] for row in said.get('prooftypes', []) if row['proved']} - {prooftype}
                    yield f'{side}, {tls}: {domain} by {prooftype} alone', code == 0 and first == prooftype and not others or text
                    code, said, text = self.xmpp(twin, '--tls', tls, *words)
                    good = code == 1 and said['outcome'] == 'fail' and said['endpoint'] and len(said['prooftypes']) == 5
                    yield f'{side}, {tls}: {twin} by nothing', good or text
        for title, resolver in self.carriers.items():
            for domain, (prooftype, twin) in DOMAINS.items():
                code, said, text = self.xmpp(domain, resolver=resolver)
                yield f'{title}: {domain} by {prooftype}', code == 0 and said.get('prooftype') == prooftype or text
                code, said, text = self.xmpp(twin, resolver=resolver)
                yield f'{title}: {twin} by nothing', code == 1 and said.get('outcome') == 'fail' or text
        code, said, text = self.xmpp('island.example', anchors='none')
        yield 'without an anchor: island.example by its proof', code == 0 and said['prooftype'] == 'dnssec-ta' or text
        code, said, text = self.xmpp('example.com', anchors='none')
        yield 'without an anchor: example.com by nothing', code == 1 or text
        code, said, text = self.xmpp('broken.example')
        yield 'broken.example is not connected to', code == 1 and said['endpoint'] is None or text
        log = (self.servers.folder / 'prosody' / 'log').read_text()
        yield 'prosody was told what is valid', 'The peer says that island.example is valid' in log or log
        yield 'prosody was told what is not', 'The peer says that island-twin.example is invalid' in log or log

    def scan(self, names, *words, resolver=None):
        """The program's output, by domain, and what was seen of the process while it ran."""
        words = [self.program, 'scan', names, '--service', 'xmpp-server', '--rate', 0, '--anchors', self.root, '--tls-ca', self.ca, *words]
        for one in resolver or [self.udp]:
            words += ['--resolver', one]
        file = self.world.folder / 'scan.out'
        with open(file, 'w') as out:
            running = subprocess.Popen([str(word) for word in words], stdout=out, stderr=subprocess.PIPE, text=True)
            memory, sockets = [], []
            while running.poll() is None:
                try:
                    status = (pathlib.Path('/proc') / str(running.pid) / 'status').read_text()
                    memory += [int(line.split()[1]) for line in status.splitlines() if line.startswith('VmRSS')]
                    sockets.append(faults.open_sockets(running.pid))
                except OSError:
                    pass
                time.sleep(0.1)
        err = running.stderr.read()
        lines = [json.loads(line) for line in file.read_text().splitlines()]
        return running.returncode, lines, err, memory, sockets

    def scans(self):
        names = self.world.folder / 'names'
        wanted = [f'd{index}.secure.example' for index in range(world.DOMAINS - 400)] + [f'n{index}.secure.example' for index in range(396)]
        wanted += ['example.com', 'island.example', 'broken.example', 'pkix.example']
        names.write_text('# all of them\n\n' + '\n'.join(wanted) + '\n')

        def told(lines):
            return sorted((line['domain'], line['verdict'], tuple(line['targets']), (line['reason'] or {}).get('code')) for line in lines)

        first = self.scan(names)
        again = self.scan(names)
        for title, (code, lines, err, memory, sockets) in (('once', first), ('twice', again)):
            print(f'     {err.strip().splitlines()[-1]}; {max(memory)} KiB at most, {max(sockets)} sockets at most', flush=True)
            verdicts = [line['verdict'] for line in lines]
            good = code == 0 and len(lines) == len(wanted) and verdicts.count('secure') == len(wanted) - 3
            good = good and verdicts.count('insecure') == 2 and verdicts.count('bogus') == 1
            yield f'{len(wanted)} domains, {title}', good or err
            half = len(memory) // 2
            grown = max(memory[half:]) - max(memory[:half])
            yield f'memory stays flat in the second half: {grown} KiB more', grown < 8192 or str(memory)
            yield f'sockets stay within bounds: {max(sockets)}', max(sockets) <= 3 * 32 + 8 or str(sockets)
        yield 'the same result both times', told(first[1]) == told(again[1]) or 'they differ'
        asked = int(again[2].split(' questions asked')[0].rsplit(' ', 1)[-1])
        yield f'{asked} questions for {len(wanted)} domains', asked < len(wanted) + 40 or again[2]

        few = self.world.folder / 'few'
        few.write_text('\n'.join(wanted[:300]) + '\n')
        for title, resolver in self.carriers.items():
            code, lines, err, *_ = self.scan(few, resolver=[one for one in resolver if not one.startswith('--')])
            yield f'{title}: 300 domains', code == 0 and len(lines) == 300 or err
        code, lines, err, *_ = self.scan(few, '--dane')
        good = code == 0 and all(line['endpoints'][0]['dane'] == 'no-dane' for line in lines)
        yield 'with DANE for each target', good or err

        # stopped in the middle, and resumed
        out = self.world.folder / 'results'
        words = [str(self.program), 'scan', str(few), '--service', 'xmpp-server', '--anchors', str(self.root), '--resolver', self.udp, '--out', str(out)]
        # However slow the machine is, some lines are there, and most are to come: all of them would take half a minute.
        # Whoever runs in the background of a shell is deaf to it, and all of its children with it.
        hearing = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # noqa: E731
        running = subprocess.Popen([*words, '--rate', '10'], stderr=subprocess.PIPE, text=True, preexec_fn=hearing)
        while running.poll() is None and (not out.exists() or out.read_text().count('\n') < 30):
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        running.communicate()
        part = out.read_text()
        valid = part.endswith('\n') and all(json.loads(line) for line in part.splitlines())
        yield f'stopped by Ctrl-C: {len(part.splitlines())} whole lines', valid and 20 < len(part.splitlines()) < 300 or part[-200:]
        out.write_text(part + '{"command":"scan","domain":"d29')
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        lines = [json.loads(line) for line in out.read_text().splitlines()]
        names = [line['domain'] for line in lines]
        yield 'resumed: each domain once', done.returncode == 0 and len(names) == len(set(names)) == 300 or done.stderr
        done = subprocess.run(words, capture_output=True, text=True, timeout=60)
        yield 'resumed again: nothing is left to do', done.returncode == 0 and '300 of 300 domains' in done.stderr or done.stderr

    def faults(self):
        yield from faults.rows(self)

    # figures, beside delv and unbound-host in one run

    def figures(self):
        name, kind, folder = 'www.secure.example', 'A', self.world.folder
        anchors = folder / 'bind.keys'
        anchors.write_text(subprocess.run([str(self.program), 'anchor', 'convert', str(self.root), '--to', 'bind'], check=True, capture_output=True, text=True).stdout)

        def commands(port):
            conf = folder / f'host-{port}.conf'
            conf.write_text('server:\n  do-not-query-localhost: no\n  chroot: ""\n  username: ""\n  do-ip6: no\n'
                            f'forward-zone:\n  name: "."\n  forward-addr: 127.0.0.1@{port}\n')
            return {
                'dnsproof validate': [self.program, 'validate', name, kind, '--anchors', self.root, '--resolver', f'udp://127.0.0.1:{port}'],
                'delv': ['delv', '@127.0.0.1', '-p', port, '-a', anchors, '+root=.', name, kind],
                'unbound-host': ['unbound-host', '-C', conf, '-f', self.root, '-v', '-t', kind, name],
            }

        def once(words):
            began = time.perf_counter()
            done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
            seconds = time.perf_counter() - began
            proved = 'SECURE' in done.stdout or 'fully validated' in done.stdout or '(secure)' in done.stdout
            if not proved:
                raise SystemExit(f'{words}\n{done.stdout}{done.stderr}')
            return seconds

        def fresh():
            self.servers.without_carrier()
            self.servers.carrier()

        carrier = self.world.ports['dns']
        for title, delay in (('loopback', 0), ('20 ms for each answer', 0.02)):
            with faults.Proxy(carrier, delay=delay) as proxy:
                words = commands(proxy.port)
                times = {(tool, state): [] for tool in words for state in ('cold', 'warm')}
                questions = {}
                for _ in range(15):
                    for tool, command in words.items():
                        fresh()
                        times[tool, 'cold'].append(once(command))
                        before = proxy.seen
                        times[tool, 'warm'].append(once(command))
                        questions[tool] = proxy.seen - before
                for tool in words:
                    cold, warm = (sorted(times[tool, state])[7] * 1000 for state in ('cold', 'warm'))
                    print(f'{title}: {tool}: cold {cold:.1f} ms, warm {warm:.1f} ms, {questions[tool]} questions', flush=True)
        return 0

    def run(self, only=''):
        began, count, bad = time.monotonic(), 0, 0
        for group in (self.validations, self.questions, self.delegations, self.prooftypes, self.scans, self.faults):
            if only and only in group.__name__:
                pick = ''
            else:
                pick = only
            if only and pick and only in ('validations', 'questions', 'delegations', 'prooftypes', 'scans', 'faults'):
                continue
            for name, good in group():
                if pick not in name:
                    continue
                count += 1
                if isinstance(good, str) or not good:
                    bad += 1
                    print(f'BAD  {name}\n     {str(good).strip()[:1200]}', flush=True)
        print(f'laboratory: {count} rows, {bad} bad, {time.monotonic() - began:.0f} s')
        return bad
