"""Resolvers that fail or lie, in front of the good one; and a network that loses, delays and reorders."""
import asyncio
import os
import random
import signal
import struct
import subprocess
import threading
import time

from parts import serve, wire


def question_end(message):
    at = 12
    while message[at]:
        at += message[at] + 1
    return at + 5


# What becomes of a query on its way: octets, or None if it is lost; and of its response.

def unchanged(message, _chance):
    return message


def without_do(message, _chance):
    """DO is taken away: what comes back has no signatures."""
    end = question_end(message)
    out = bytearray(message)
    if len(out) > end + 10:
        out[end + 7] &= 0x7F
    return bytes(out)


def flipped(message, chance):
    """One bit of the records is another one."""
    out, end = bytearray(message), question_end(message)
    if len(out) > end + 12:
        out[chance.randrange(end + 10, len(out) - 11)] ^= 1 << chance.randrange(8)
    return bytes(out)


def truncated(message, _chance):
    out = bytearray(message[:question_end(message)])
    out[2] |= 2
    out[6:12] = bytes(6)
    return bytes(out)


def garbage(message, chance):
    return message[:2] + bytes(chance.randrange(256) for _ in range(40))


def other_question(message, _chance):
    out = bytearray(message)
    out[13] ^= 0x01
    return bytes(out)


def other_number(message, _chance):
    return bytes([message[0] ^ 0xFF]) + message[1:]


def servfail(message, _chance):
    out = bytearray(message[:question_end(message)])
    out[2:4] = b'\x81\x82'
    out[6:12] = bytes(6)
    return bytes(out)


def nothing_there(message, _chance):
    """There is no such thing, it says, and proves nothing."""
    out = bytearray(message[:question_end(message)])
    out[2:4] = b'\x81\x83'
    out[6:12] = bytes(6)
    return bytes(out)


def forged(message, _chance):
    """Answers to questions for addresses and SRV records are its own."""
    end = question_end(message)
    kind = struct.unpack('>H', message[end - 4:end - 2])[0]
    if kind not in (1, 33):
        return message
    rdata = b'\x7f\x00\x05\x07' if kind == 1 else struct.pack('>3H', 0, 0, 5269) + wire.name('evil.example.net.')
    record = b'\xc0\x0c' + struct.pack('>HHIH', kind, 1, 300, len(rdata)) + rdata
    return message[:2] + b'\x81\x80' + struct.pack('>4H', 1, 1, 0, 0) + message[12:end] + record


def looping(message, _chance):
    """Every name is an alias of itself."""
    end = question_end(message)
    record = b'\xc0\x0c' + struct.pack('>HHIH', 5, 1, 300, 2) + b'\xc0\x0c'
    return message[:2] + b'\x81\x80' + struct.pack('>4H', 1, 1, 0, 0) + message[12:end] + record


class Proxy:
    """A resolver between the program and the good one, over UDP and TCP. It runs in a thread of its own."""

    def __init__(self, upstream, query=unchanged, response=unchanged, response_tcp=None, delay=0.0, jitter=0.0, loss=0.0, silent=False,
                 hang_up=False, die_after=None, seed=7):
        self.upstream, self.query, self.response, self.response_tcp = upstream, query, response, response_tcp or response
        self.delay, self.jitter, self.loss, self.silent, self.hang_up = delay, jitter, loss, silent, hang_up
        self.die_after, self.seen, self.chance = die_after, 0, random.Random(seed)
        self.port = serve.free_port()

    def __enter__(self):
        self.loop = asyncio.new_event_loop()
        ready = threading.Event()
        self.thread = threading.Thread(target=self.run, args=(ready,), daemon=True)
        self.thread.start()
        ready.wait(5)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)

    def run(self, ready):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self.open())
        ready.set()
        self.loop.run_forever()
        self.transport.close()
        self.server.close()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0.05))
        self.loop.close()

    async def open(self):
        proxy = self

        class Datagrams(asyncio.DatagramProtocol):
            def connection_made(self, transport):
                self.transport = transport

            def datagram_received(self, data, address):
                proxy.loop.create_task(proxy.answer(data, lambda octets: self.transport.sendto(octets, address)))

        self.transport, _ = await self.loop.create_datagram_endpoint(Datagrams, local_addr=('127.0.0.1', self.port))
        self.server = await asyncio.start_server(self.stream, '127.0.0.1', self.port)

    def dies(self):
        self.seen += 1
        return self.die_after is not None and self.seen > self.die_after

    async def answer(self, query, send):
        if self.silent or self.dies() or self.chance.random() < self.loss:
            return
        octets = await self.loop.run_in_executor(None, self.ask, self.query(query, self.chance))
        await asyncio.sleep(self.delay + self.chance.random() * self.jitter)
        if octets and self.chance.random() >= self.loss:
            send(self.response(octets, self.chance))

    def ask(self, query):
        for _ in range(5):
            try:
                return serve.over_udp(self.upstream, query, 2)
            except OSError:
                pass
        return None

    async def stream(self, reader, writer):
        try:
            while True:
                length, = struct.unpack('>H', await reader.readexactly(2))
                query = await reader.readexactly(length)
                if self.hang_up or self.dies():
                    break
                if self.silent:
                    await asyncio.sleep(60)
                octets = await self.loop.run_in_executor(None, serve.over_tcp, self.upstream, self.query(query, self.chance))
                await asyncio.sleep(self.delay)
                octets = self.response_tcp(octets, self.chance)
                writer.write(struct.pack('>H', len(octets)) + octets)
                await writer.drain()
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


def of(proxy, scheme='udp'):
    return f'{scheme}://127.0.0.1:{proxy.port}'


BAD = {
    'drops DNSSEC records': ({'query': without_do}, 'cannot carry DNSSEC'),
    'flips bits': ({'response': flipped}, None),
    'forges answers': ({'response': forged}, 'what it answered is bogus'),
    'denies everything': ({'response': nothing_there}, None),
    'loops': ({'response': looping}, None),
    'sends garbage': ({'response': garbage}, 'garbage'),
    'answers another question': ({'response': other_question}, 'garbage'),
    'answers with other numbers': ({'response': other_number}, 'garbage'),
    'fails': ({'response': servfail}, 'SERVFAIL'),
    'cuts short, over TCP too': ({'response': truncated}, 'cuts its answer short'),
    'is silent': ({'silent': True}, 'no answer within'),
    'is slow': ({'delay': 1.5}, 'no answer within'),
}


FORGERS = ('flips bits', 'forges answers', 'denies everything', 'loops')


def rows(lab):
    name, kind, quick = '_xmpp-server._tcp.example.com', 'SRV', ['--timeout', '300']
    upstream = lab.world.ports['dns']

    def judge(*resolvers, patience='300'):
        return lab.call('validate', name, kind, '--timeout', patience, resolver=list(resolvers))

    for title, (fault, text) in BAD.items():
        with Proxy(upstream, **fault) as proxy:
            code, said, out = judge(of(proxy))
            # a lie is never Secure, and never Insecure
            yield f'alone, it {title}', said.get('verdict') in ('bogus', 'indeterminate') and code in (1, 3) or out
            code, said, out = judge(of(proxy), lab.udp)
            faults = said.get('network', {}).get('faults', [])
            # On a busy machine the good one may be late once. Where it helped out and nobody can tell whose a bogus record
            # is, it is named too, beside the bad one and with the same words.
            first = [fault['text'] for fault in faults if fault['server'] == of(proxy)]
            named = faults and faults[0]['server'] == of(proxy)
            named = named and all(fault['text'] in first or 'no answer within' in fault['text'] for fault in faults)
            good = code == 0 and said['verdict'] == 'secure' and named and (text is None or text in faults[0]['text'])
            yield f'before a good one, it {title}: the other is asked, the first one named', good or out
            code, said, out = judge(lab.udp, of(proxy))
            yield f'behind a good one, it {title}: it is not asked', code == 0 and not said['network']['faults'] or out
            for domain, (prooftype, twin) in (('example.com', ('dns', 'twin.com')), ('island.example', ('dnssec-ta', 'island-twin.example'))):
                both = [of(proxy), lab.udp]
                code, said, out = lab.xmpp(domain, *quick, resolver=both)
                # nobody can tell a forged answer from a zone that no anchor reaches: that leads nowhere, or to the right place
                proved = said.get('prooftype') == prooftype and code == 0
                good = proved or (title in FORGERS and domain == 'island.example' and code in (1, 3) and said.get('outcome') == 'fail')
                yield f'xmpp over it and a good one, it {title}: {domain} by {prooftype}', good or out
                code, said, out = lab.xmpp(twin, *quick, resolver=both)
                yield f'xmpp over it and a good one, it {title}: {twin} by nothing', code in (1, 3) and said.get('outcome') == 'fail' or out
            code, said, out = lab.xmpp('example.com', *quick, resolver=[of(proxy)])
            refused = code in (1, 3) and said.get('outcome') == 'fail'
            yield f'xmpp over it alone, it {title}: nothing is proved', refused or out

    with Proxy(upstream, response=truncated, response_tcp=unchanged) as proxy:
        code, said, out = judge(of(proxy))
        yield 'it cuts every datagram short: TCP is asked', code == 0 and not said['network']['faults'] or out
    down = f'udp://127.0.0.1:{serve.free_port()}'
    code, said, out = judge(down)
    yield 'it is down', code == 3 and 'cannot be reached' in out or out
    code, said, out = judge(down, lab.udp)
    yield 'it is down, and another is not', code == 0 and said['network']['faults'][0]['server'] == down or out
    code, said, out = judge(f'tcp://127.0.0.1:{serve.free_port()}', lab.udp)
    yield 'it is down for TCP', code == 0 or out
    code, said, out = judge(f'tls://dns.example:{upstream}#127.0.0.1', lab.udp)
    yield 'it speaks no TLS', code == 0 and said['network']['faults'] or out
    port = lab.world.ports['dot']
    code, said, out = judge(f'tls://other.example:{port}#127.0.0.1')
    yield 'its certificate is for another name', code == 3 and 'NotValidForName' in out.replace(' ', '') or code == 3 and 'not valid for name' in out or out
    port = lab.world.ports['doh']
    code, said, out = judge(f'https://other.example:{port}/dns-query#127.0.0.1')
    yield 'its certificate is for another name, HTTPS', code == 3 and said['network']['faults'] or out
    code, said, out = judge(f'https://dns.example:{port}/elsewhere#127.0.0.1')
    yield 'its path is another one', code == 3 and 'status 404' in out or out
    code, said, out = judge(f'https://dns.example:{lab.world.ports["https"]}/dns-query#127.0.5.2', lab.udp)
    yield 'it is a web server without DNS', code == 0 and said['network']['faults'] or out

    with Proxy(upstream, hang_up=True) as proxy:
        code, said, out = judge(of(proxy, 'tcp'), lab.udp)
        yield 'it hangs up after each question', code == 0 and said['network']['faults'] or out
    with Proxy(upstream, silent=True) as proxy:
        code, said, out = judge(of(proxy, 'tcp'), lab.udp)
        yield 'half-open: it takes connections and says nothing', code == 0 and said['network']['faults'] or out
        code, said, out = judge(f'tls://dns.example:{proxy.port}#127.0.0.1', lab.udp)
        yield 'half-open: it takes connections and never begins TLS', code == 0 and said['network']['faults'] or out
    for after in range(6):
        for scheme in ('udp', 'tcp'):
            with Proxy(upstream, die_after=after) as proxy:
                code, said, out = judge(of(proxy, scheme), lab.udp)
                yield f'{scheme}: it dies after {after} answers', code == 0 and said['network']['faults'] or out
                code, said, out = judge(of(proxy, scheme))
                yield f'{scheme}: it dies after {after} answers, and is the only one', code == 3 and said['verdict'] == 'indeterminate' or out
    for percent in (1, 5, 20, 50):
        with Proxy(upstream, loss=percent / 100, jitter=0.05, seed=percent) as proxy:
            good = [judge(*[of(proxy)] * (6 if percent == 50 else 2), patience='200')[1].get('verdict') for _ in range(10)]
            wrong = [verdict for verdict in good if verdict not in ('secure', 'indeterminate')]
            enough = good.count('secure') >= {1: 10, 5: 10, 20: 8, 50: 1}[percent]
            yield f'{percent} % are lost, the rest comes in another order: {good.count("secure")} of 10 secure', not wrong and enough or str(good)
    yield from killed(lab)


def killed(lab):
    """The carrier is killed while a scan asks it, and comes back."""
    process = lab.servers.unbound.process
    names = lab.world.folder / 'killed'
    names.write_text(''.join(f'd{index}.secure.example\n' for index in range(150)))
    with Proxy(lab.world.ports['dns'], delay=0.02) as slow:
        words = [str(lab.program), 'scan', str(names), '--service', 'xmpp-server', '--resolver', of(slow), '--resolver', lab.udp,
                 '--timeout', '300', '--jobs', '4', '--anchors', str(lab.root)]
        running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        time.sleep(0.6)
        os.kill(process.pid, signal.SIGSTOP)
        time.sleep(1)
        os.kill(process.pid, signal.SIGCONT)
        out, err = running.communicate(timeout=120)
    verdicts = [line.split('"verdict":"')[1].split('"')[0] for line in out.splitlines() if '"verdict":"' in line]
    wrong = [verdict for verdict in verdicts if verdict not in ('secure', 'indeterminate')]
    good = len(verdicts) == 150 and not wrong and verdicts.count('secure') > 100
    yield f'the carrier stops in the middle and goes on: {verdicts.count("secure")} of 150 secure', good or out[-600:] + err[-600:]


def open_sockets(pid):
    """Sockets that a process holds."""
    found = 0
    for one in os.listdir(f'/proc/{pid}/fd'):
        try:
            found += os.readlink(f'/proc/{pid}/fd/{one}').startswith('socket:')
        except OSError:
            pass
    return found


