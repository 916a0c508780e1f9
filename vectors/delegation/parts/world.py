"""The test world: which sets there are, who signs and serves them, and what is asked."""
from collections import namedtuple

ROOT, COM, NET, SOURCE, PROVIDER = '.', 'com.', 'net.', 'example.com.', 'example.net.'
ZONES = [ROOT, COM, NET, SOURCE, PROVIDER]
PARENT = {COM: ROOT, NET: ROOT, SOURCE: COM, PROVIDER: NET}
CHILDREN = {zone: [c for c in PARENT if PARENT[c] == zone] for zone in ZONES}
SRV_NAME = '_xmpp-server._tcp.example.com.'

NOW = '2026-11-23T12:00:00Z'
Window = namedtuple('Window', 'start end')
START = '20261101000000'
EXPIRED = Window('20260901000000', '20261001000000')
FUTURE = Window('20270101000000', '20270201000000')
# the source zone ends first, so that the end of the whole chain is known
ENDS = {ROOT: '20261201000000', COM: '20261130180000', NET: '20261130120000',
        SOURCE: '20261130000000', PROVIDER: '20261130060000'}

# signer: bind (dnssec-signzone), ldns (ldns-signzone), knot (kzonesign); denial: nsec, nsec3, optout
# keys: a word per key, ALGORITHM[/bits][e=exponent]:ksk|zsk|csk
Zone = namedtuple('Zone', 'signer denial keys')
Set = namedtuple('Set', 'server zones family ends')


def pair(algorithm):
    return f'{algorithm}:ksk {algorithm}:zsk'


def make_set(server, rows, family=True, ends=None):
    return Set(server, dict(zip(ZONES, (Zone(*row) for row in rows))), family, {**ENDS, **(ends or {})})


P256, P384, ED25519, ED448 = 'ECDSAP256SHA256', 'ECDSAP384SHA384', 'ED25519', 'ED448'
RSA = 'RSASHA256/2048'
SETS = {
    'p256': make_set('bind', [
        ('bind', 'nsec', pair(P256)), ('ldns', 'optout', pair(P256)), ('knot', 'nsec3', pair(P256)),
        ('bind', 'nsec', pair(P256)), ('ldns', 'nsec', pair(P256))]),
    'rsa2048': make_set('nsd', [
        ('ldns', 'nsec', pair(RSA)), ('bind', 'optout', pair(RSA)), ('bind', 'nsec', pair(RSA)),
        ('knot', 'nsec', pair(RSA)), ('ldns', 'nsec3', pair(RSA))]),
    'ed25519': make_set('knot', [
        ('knot', 'nsec', pair(ED25519)), ('knot', 'optout', pair(ED25519)), ('ldns', 'nsec', pair(ED25519)),
        ('ldns', 'nsec3', pair(ED25519)), ('bind', 'nsec3', pair(ED25519))]),
    # here the earliest end is that of com, not of the zone that holds the answer
    'mixed': make_set('bind', [
        ('bind', 'nsec', pair(RSA)), ('ldns', 'nsec', pair(P256)), ('knot', 'nsec3', pair(ED25519)),
        ('bind', 'nsec3', pair(P384)), ('ldns', 'nsec', 'RSASHA512/2048:csk')], ends={COM: '20261129000000'}),
    'p384': make_set('knot', [
        ('bind', 'nsec', P384 + ':csk'), ('ldns', 'optout', P384 + ':csk'), ('ldns', 'nsec3', P384 + ':csk'),
        ('bind', 'nsec', P384 + ':csk'), ('bind', 'nsec3', P384 + ':csk')], family=False),
    'ed448': make_set('nsd', [
        ('bind', 'nsec', pair(ED448)), ('ldns', 'optout', pair(ED448)), ('knot', 'nsec', pair(ED448)),
        ('ldns', 'nsec', pair(ED448)), ('knot', 'nsec3', pair(ED448))], family=False),
    'rsa-shapes': make_set('nsd', [
        ('bind', 'nsec', 'RSASHA256/4096:ksk RSASHA256/1024:zsk'),
        ('ldns', 'optout', 'RSASHA256/2048e=3:ksk RSASHA256/1024e=3:zsk'),
        ('bind', 'nsec', 'RSASHA512/4096:csk'),
        ('bind', 'nsec3', 'RSASHA256/2048e=4294967297:ksk RSASHA256/1024e=4294967297:zsk'),
        ('ldns', 'nsec', 'RSASHA512/1536:ksk RSASHA512/1024:zsk')], family=False),
    'legacy': make_set('bind', [
        ('bind', 'nsec', 'RSASHA1/2048:ksk RSASHA1/1024:zsk'),
        ('ldns', 'optout', pair('NSEC3RSASHA1/1024')),
        ('bind', 'nsec', pair('RSASHA1/1024')),
        ('knot', 'nsec3', 'NSEC3RSASHA1/2048:ksk NSEC3RSASHA1/1024:zsk'),
        ('ldns', 'nsec', 'RSASHA1/1024:csk')], family=False),
}


def window(world, zone):
    return Window(START, world.ends[zone])


# What is asked for good.hex: the data, then each zone's DNSKEY and DS.
SERVICES = ['_xmpp-server', '_xmpp-client', '_xmpps-server', '_xmpps-client', '_sip', '_matrix', '_imap']
CHAIN = [(ROOT, 'DNSKEY'), (COM, 'DS'), (COM, 'DNSKEY'), (SOURCE, 'DS'), (SOURCE, 'DNSKEY')]
PROVIDER_CHAIN = [(NET, 'DS'), (NET, 'DNSKEY'), (PROVIDER, 'DS'), (PROVIDER, 'DNSKEY')]
SOURCE_DATA = ([(f'{s}._tcp.example.com.', 'SRV') for s in SERVICES]
               + [('www.example.com.', 'A'), ('www.example.com.', 'AAAA')]
               + [(SOURCE, kind) for kind in ('MX', 'TXT', 'CAA', 'NS', 'SOA')])
PROVIDER_DATA = [(PROVIDER, 'A'), (PROVIDER, 'AAAA'), ('sip1.example.net.', 'A'), ('sip2.example.net.', 'A'),
                 ('matrix.example.net.', 'A'), ('_5269._tcp.example.net.', 'TLSA')]
GOOD = CHAIN + PROVIDER_CHAIN + SOURCE_DATA + PROVIDER_DATA

# What is asked for more.hex: (name, type, what kind of answer).
MORE = [
    ('www.example.com.', 'MX', 'no such type'),
    ('nothing.example.com.', 'A', 'no such name'),
    ('_nothing._tcp.example.com.', 'SRV', 'no such name'),
    ('_tcp.example.com.', 'SRV', 'empty non-terminal'),
    ('alias.example.com.', 'A', 'CNAME'),
    ('alias.example.com.', 'MX', 'CNAME, then no such type'),
    ('_jabber._tcp.example.com.', 'SRV', 'CNAME'),
    ('some.wild.example.com.', 'TXT', 'wildcard'),
    ('deeper.some.wild.example.com.', 'TXT', 'wildcard, two labels'),
    ('some.wild.example.com.', 'A', 'wildcard, no such type'),
    ('example.net.', 'MX', 'no such type'),
    ('_5270._tcp.example.net.', 'TLSA', 'no such name'),
    ('_tcp.example.com.', 'DS', 'no zone cut at an empty non-terminal'),
    ('_xmpp-server._tcp.example.com.', 'DS', 'no zone cut'),
    ('www.example.com.', 'DS', 'no zone cut'),
    ('_tcp.example.net.', 'DS', 'no zone cut at an empty non-terminal'),
    ('unsigned.com.', 'DS', 'delegation without DS'),
    ('nothing.com.', 'DS', 'no such name'),
    ('nothing.', 'DS', 'no such name'),
]
