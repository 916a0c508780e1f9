"""Signs a zone with one of three signers: dnssec-signzone, ldns-signzone, kzonesign."""
import calendar
import shutil
import subprocess
import time

from . import keys, wire, world
from .world import Window

TEMPLATES = keys.HERE.parent / 'zones'


def template(zone):
    return (TEMPLATES / f"{'root.' if zone == '.' else zone}zone").read_text()


def ds_lines(zone, zone_keys, digest=2):
    """DS records for the key-signing keys."""
    return [wire.ds_text(zone, wire.ds_rdata(zone, key.rdata, digest)) for key in zone_keys if key.is_ksk]


def stamp(text):
    return calendar.timegm(time.strptime(text, '%Y%m%d%H%M%S'))


def sign(scratch, zone, text, zone_keys, window, signer, denial):
    """Writes and signs a zone in the scratch folder; gives the path of the signed file."""
    label = 'root' if zone == '.' else zone.rstrip('.')
    folder = scratch / f'sign-{label}'
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plain, signed = folder / 'zone', folder / 'signed'
    plain.write_text(text)
    for key in zone_keys:
        for suffix in ('.key', '.private'):
            shutil.copy(key.path(suffix), folder)
    SIGNERS[signer](folder, zone, plain, signed, [k.base.name for k in zone_keys], window, denial)
    return signed


def tool(folder, *words):
    done = subprocess.run([str(w) for w in words], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, words))}\n{done.stdout}")


def with_keys(folder, plain, names):
    """The zone with its DNSKEY records at the end."""
    lines = [keys.Key(folder / name).text for name in names]
    plain.write_text(plain.read_text() + '\n'.join(lines) + '\n')


def bind(folder, zone, plain, signed, names, window, denial):
    with_keys(folder, plain, names)
    extra = {'nsec': [], 'nsec3': ['-3', '-'], 'optout': ['-3', '-', '-A'],
             'optout-salted': ['-3', 'AABBCCDD', '-H', '1', '-A']}[denial]
    extra += ['-z'] if len(names) == 1 else ['-x']
    # -P: the broken zones must get through as well
    tool(folder, 'dnssec-signzone', '-q', '-P', '-N', 'keep', *extra, '-s', window.start, '-e', window.end,
         '-o', zone, '-f', signed.name, plain.name, *names)


def ldns(folder, zone, plain, signed, names, window, denial):
    with_keys(folder, plain, names)
    extra = {'nsec': [], 'optout': ['-n', '-p', '-t', '0']}.get(denial)
    if extra is None:  # nsec3, or nsec3-ITERATIONS
        extra = ['-n', '-t', denial.partition('-')[2] or '0']
    tool(folder, 'ldns-signzone', *extra, '-i', window.start, '-e', window.end, '-o', zone, '-f', signed.name,
         plain.name, *names)


KNOT_SIGN = '''
database:
  storage: {folder}/kasp
policy:
  - id: p
    manual: on
    single-type-signing: {single}
    reproducible-signing: on
    rrsig-lifetime: {lifetime}
    rrsig-refresh: 5d
    rrsig-pre-refresh: 1h
    cds-cdnskey-publish: none
    nsec3: {nsec3}
    nsec3-opt-out: {optout}
    nsec3-iterations: 0
    nsec3-salt-length: 0
zone:
  - domain: {zone}
    file: {plain}
    dnssec-signing: on
    dnssec-policy: p
    serial-policy: increment
'''
KNOT_BACKDATES = 90 * 60  # seconds by which Knot puts the inception before its clock


def knot(folder, zone, plain, signed, names, window, denial):
    clock = stamp(window.start) + KNOT_BACKDATES
    onoff = {True: 'on', False: 'off'}
    (folder / 'kasp').mkdir()
    config = folder / 'knot.conf'
    config.write_text(KNOT_SIGN.format(
        folder=folder, zone=zone, plain=plain, lifetime=stamp(window.end) - clock,
        single=onoff[len(names) == 1], nsec3=onoff[denial != 'nsec'], optout=onoff[denial == 'optout']))
    for name in names:
        tool(folder, 'keymgr', '-c', config, zone, 'import-bind', folder / name)
        key = keys.Key(folder / name)
        times = [f'{t}={clock - 7200}' for t in ('created', 'publish', 'active')]
        times += [f'ready={clock - 7200}'] if key.is_ksk else []
        tool(folder, 'keymgr', '-c', config, zone, 'set', key.tag, *times)
    out = folder / 'out'
    out.mkdir()
    tool(folder, 'kzonesign', '-c', config, '-o', out, '-t', clock, zone)
    next(out.iterdir()).rename(signed)


SIGNERS = {'bind': bind, 'ldns': ldns, 'knot': knot}
