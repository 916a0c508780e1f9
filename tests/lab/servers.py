"""Servers of the laboratory, each started by hand on loopback and stopped by its process."""
import pathlib
import socket
import subprocess
import time

from parts import serve, wire

UNBOUND = '''
server:
  directory: "{folder}"
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 0
  num-threads: 1
  do-ip6: no
  do-not-query-localhost: no
  interface: 127.0.0.1@{dns}
  interface: 127.0.0.1@{dot}
  interface: 127.0.0.1@{doh}
  port: {dns}
  tls-port: {dot}
  https-port: {doh}
  tls-service-key: "{elsewhere}/resolver.key"
  tls-service-pem: "{elsewhere}/resolver.pem"
  module-config: "iterator"
  minimal-responses: no
  qname-minimisation: no
  edns-buffer-size: 1232
  max-udp-size: 1232
  outgoing-range: 512
  num-queries-per-thread: 2048
  msg-cache-size: 32m
  rrset-cache-size: 64m
  incoming-num-tcp: 200
  ip-ratelimit: 0
remote-control:
  control-enable: no
'''
STUB = 'stub-zone:\n  name: "{zone}"\n  stub-addr: 127.0.0.1@{port}\n  stub-prime: no\n'

PROSODY = '''
daemonize = false
run_as_root = true
certificates = "{certificates}"
pidfile = "{folder}/pid"
data_path = "{folder}/data"
log = {{ info = "{folder}/log"; }}
plugin_paths = {{ "{modules}" }}
interfaces = {{ "127.0.5.1" }}
c2s_ports = {{ {c2s} }}
s2s_ports = {{ {s2s} }}
c2s_direct_tls_ports = {{ {c2s_direct} }}
s2s_direct_tls_ports = {{ {s2s_direct} }}
http_ports = {{ }}
https_ports = {{ }}
authentication = "internal_hashed"
c2s_require_encryption = true
s2s_require_encryption = true
modules_enabled = {{ "tls", "saslauth", "dialback" }}
modules_disabled = {{ "s2s_auth_certs", "offline" }}
ssl = {{ certificate = "{certificates}/example.net.pem", key = "{certificates}/example.net.key" }}
'''
HOST = '''
VirtualHost "{domain}"
  ssl = {{ certificate = "{certificates}/{certificate}.pem", key = "{certificates}/{certificate}.key" }}
'''
DNA = '''  modules_enabled = {{ "dna" }}
  dna_proofs = {{ ["urn:ietf:params:dna:proof:dnssec-ta"] = "http://example.net:{http}/{domain}.cert" }}
'''

NGINX = '''
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{ listen 127.0.5.1:{http}; root {web}; }}
  server {{
    listen 127.0.5.2:{https} ssl;
    ssl_certificate {elsewhere}/web.pem; ssl_certificate_key {elsewhere}/web.key;
    root {web}/$host;
  }}
}}
'''


class Process:
    """A server that runs until it is told to stop."""

    def __init__(self, words, folder, ready):
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / 'output'
        with open(self.log, 'w') as log:
            self.process = subprocess.Popen([str(word) for word in words], stdout=log, stderr=log, cwd=folder)
        for _ in range(300):
            if self.process.poll() is not None:
                break
            if ready() and self.process.poll() is None:
                return
            time.sleep(0.05)
        self.stop()
        logs = [file.read_text() for file in (self.log, folder / 'log', folder / 'error.log') if file.is_file()]
        raise SystemExit(f'{words[0]} did not start:\n' + '\n'.join(logs))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def takes(address, port):
    def ready():
        try:
            socket.create_connection((address, port), 0.2).close()
            return True
        except OSError:
            return False
    return ready


class Servers:
    """Everything, in the order in which one needs the other."""

    def __init__(self, world, folder):
        self.world, self.folder, self.running, self.authoritative = world, folder, [], []
        self.started, self.authoritative_ever = [], []

    def processes(self):
        """Every process that was ever started."""
        return self.started + [server.process for server in self.authoritative_ever]

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def start(self):
        world, ports, folder = self.world, self.world.ports, self.folder
        where = {}
        for kind in ('nsd', 'bind', 'knot'):
            files = world.files(kind)
            server = serve.Server(kind, files, folder / kind)
            self.authoritative.append(server.__enter__())
            self.authoritative_ever.append(server)
            where |= dict.fromkeys(files, server.port)
        self.where = where
        self.carrier()
        lua = pathlib.Path(__file__).resolve().parent.parent.parent / 'contrib' / 'prosody'
        self.prosody(lua)
        text = NGINX.format(folder=folder / 'nginx', web=world.web, elsewhere=world.elsewhere, **ports)
        (folder / 'nginx').mkdir()
        (folder / 'nginx' / 'conf').write_text(text)
        (folder / 'nginx' / 'error.log').touch()
        words = ['nginx', '-p', folder / 'nginx', '-e', folder / 'nginx' / 'error.log', '-c', folder / 'nginx' / 'conf']
        self.keep(Process(words, folder / 'nginx', takes('127.0.5.2', ports['https'])))

    def keep(self, process):
        self.running.append(process)
        self.started.append(process.process)

    def carrier(self):
        """The resolver that carries messages. It validates nothing."""
        ports, folder = self.world.ports, self.folder / 'unbound'
        folder.mkdir(exist_ok=True)
        text = UNBOUND.format(folder=folder, elsewhere=self.world.elsewhere, **ports)
        text += ''.join(STUB.format(zone=zone, port=port) for zone, port in self.where.items())
        (folder / 'conf').write_text(text)

        def ready():
            try:
                query = bytearray(wire.query('.', wire.SOA))
                query[2] |= 1  # RD: it is no authoritative server
                return wire.Message(serve.over_udp(ports['dns'], bytes(query), 0.2)).rcode == 0
            except OSError:
                return False
        self.unbound = Process(['unbound', '-d', '-c', folder / 'conf'], folder, ready)
        self.keep(self.unbound)

    def without_carrier(self):
        self.unbound.stop()
        self.running.remove(self.unbound)

    def prosody(self, modules):
        world, ports, folder = self.world, self.world.ports, self.folder / 'prosody'
        (folder / 'data').mkdir(parents=True)
        text = PROSODY.format(folder=folder, modules=modules, certificates=world.certificates, **ports)
        own = {'pkix.example': 'pkix.example', 'dane.example': 'dane.example', 'dane-twin.example': 'dane-twin.example'}
        domains = [zone.rstrip('.') for zone in ('example.net.', 'example.com.', 'twin.com.', 'island.example.', 'island-twin.example.',
                                                 'broken.example.', 'dane.example.', 'dane-twin.example.', 'pkix.example.',
                                                 'pkix-twin.example.', 'posh.example.', 'posh-twin.example.')]
        for domain in domains:
            text += HOST.format(domain=domain, certificate=own.get(domain, 'example.net'), certificates=world.certificates)
            if domain.startswith('island'):
                text += DNA.format(domain=domain, **ports)
        (folder / 'conf.lua').write_text(text)
        words = ['prosody', '-F', '--config', folder / 'conf.lua']
        self.keep(Process(words, folder, takes('127.0.5.1', ports['s2s_direct'])))

    def __exit__(self, *_):
        for one in reversed(self.running):
            one.stop()
        for one in reversed(self.authoritative):
            one.__exit__()
        self.running, self.authoritative = [], []
