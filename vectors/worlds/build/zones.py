"""The zones of the world: who signs them, with which keys, which kind of denial, and what is in them."""
from parts import wire
from parts.world import Window

START = '20261101000000'
WINDOW = Window(START, '20261201000000')
EXPIRED = Window('20260901000000', '20261001000000')
NOW = '2026-11-23T12:00:00Z'

SOA = '@ SOA ns hostmaster 1 7200 3600 1209600 300\n@ NS ns\nns A 127.0.0.1\n'
# for denial: aliases, wildcards, empty non-terminals (b.c, c, wild, ent, x.ent, mid, _tcp), labels with odd octets
FULL = SOA + r'''@ MX 10 www
@ TXT "apex"
www A 192.0.2.1
www AAAA 2001:db8::1
a.b.c A 192.0.2.2
*.wild A 192.0.2.3
*.wild TXT "wild"
exist.wild A 192.0.2.4
*.wcname CNAME www
*.x.ent TXT "below an empty non-terminal"
alias CNAME www
dname DNAME c
_sip._tcp SRV 0 0 5060 www
\195\188ber A 192.0.2.5
dot\.ted A 192.0.2.6
sp\032ace A 192.0.2.7
zzz A 192.0.2.8
'''
SMALL = SOA + 'www A 192.0.2.10\nwww TXT "small"\n*.wild A 192.0.2.11\n'
ALIAS = SOA + '''www A 192.0.2.20
a0 CNAME www
''' + ''.join(f'a{n} CNAME a{n - 1}\n' for n in range(1, 31)) + '''cross CNAME www.nsec3.test.
cross2 CNAME alias.nsec3.test.
cross3 CNAME hop.knot.test.
intowild CNAME q.wild.nsec3.test.
insecure CNAME www.unsigned.test.
viaunsigned CNAME back.unsigned.test.
optoutchild CNAME www.unsub.optout.test.
nx CNAME nope.alias.test.
nxcross CNAME nope.nsec3.test.
nxoptout CNAME nope.optout.test.
nxinsecure CNAME nope.unsigned.test.
nodata CNAME ns.alias.test.
nodatacross CNAME www.nsec.test.
entcross CNAME c.nsec3.test.
itercross CNAME nope.iter51.test.
self CNAME self
loop1 CNAME loop2
loop2 CNAME loop1
xloop CNAME xloop.knot.test.
*.wc CNAME www
*.wcnx CNAME nope
*.wccross CNAME www.nsec3.test.
real.wc A 192.0.2.21
din DNAME tree
leaf.tree A 192.0.2.22
*.star.tree A 192.0.2.23
dout DNAME nsec.test.
dinsecure DNAME unsigned.test.
dchain CNAME leaf.din
d2 DNAME din
srv SRV 0 0 443 www
'''


class Zone:
    """`keys`: a word per key as in the delegation set; `ds`: good, none, or a function from the keys to DS lines."""

    def __init__(self, name, signer='bind', denial='nsec', text=SMALL, keys=None, ds='good', server='bind', hidden='', extra=None):
        self.name, self.signer, self.denial, self.text, self.ds, self.server = name, signer, denial, text, ds, server
        self.keys = 'ECDSAP256SHA256:ksk' if keys is None else keys
        self.hidden = hidden  # in the DNSKEY RRset, but not signing: which of the keys, by place
        self.extra = extra  # from the keys to more lines

    @property
    def signed(self):
        return bool(self.signer)


def unsigned(name, text=SMALL, **more):
    return Zone(name, None, None, text, '', 'none', **more)


KSK, ZSK = 'ECDSAP256SHA256:ksk ', 'ECDSAP256SHA256:zsk '
PAIR = KSK + ZSK
ZONES = [
    Zone('.', text=SOA + 'unsigned-tld NS ns\n'),
    Zone('test.', text=SOA),
    Zone('nsec.test.', text=FULL, keys=PAIR),
    Zone('nsec3.test.', 'ldns', 'nsec3', FULL, server='nsd'),
    Zone('optout.test.', 'bind', 'optout-salted', FULL, server='bind'),
    Zone('knot.test.', 'knot', 'nsec3', FULL + 'hop CNAME www.nsec.test.\nxloop CNAME xloop.alias.test.\n', PAIR, server='knot'),
    Zone('alias.test.', text=ALIAS, server='nsd'),
    Zone('compact.test.'),
    unsigned('unsigned.test.', SMALL + 'back CNAME www.nsec.test.\nhop CNAME www\n', server='nsd'),
    unsigned('two.levels.unsigned.test.'),
    Zone('island.unsigned.test.', ds='none', server='knot'),
    Zone('sub.nsec.test.', server='knot'),
    Zone('sub.nsec3.test.', 'ldns', 'nsec3', server='nsd'),
    Zone('sub.optout.test.', 'bind', 'nsec3'),
]
ZONES += [Zone(f'iter{n}.test.', 'ldns', f'nsec3-{n}', server='knot') for n in (50, 51, 151, 500, 501, 2500)]
ZONES += [unsigned(f'unsub.{z}.test.') for z in ('nsec', 'nsec3', 'optout', 'knot', 'iter51', 'iter2500')]
ZONES += [unsigned(f'ins.mid.{z}.test.') for z in ('nsec', 'nsec3', 'optout')]


# delegations whose DS says something odd


def odd_ds(*changes):
    """DS lines of the child, each with another algorithm or digest type; None leaves the line as it is."""
    def lines(keys):
        out = []
        for algorithm, digest, broken in changes:
            rdata = wire.ds_rdata(keys[0].zone, keys[0].rdata)
            rdata = rdata[:2] + bytes([algorithm or rdata[2], digest or rdata[3]]) + (bytes(32) if broken else rdata[4:])
            out.append(wire.ds_text(keys[0].zone, rdata))
        return out
    return lines


def cds(keys, delete=False):
    if delete:
        return '@ CDS 0 0 0 00\n@ CDNSKEY 0 3 0 AA==\n'
    return '\n'.join([wire.ds_text('@', wire.ds_rdata(keys[0].zone, keys[0].rdata)).replace(' DS ', ' CDS '),
                      '@ CDNSKEY' + keys[0].text.partition('DNSKEY')[2]]) + '\n'


UNKNOWN, DIGEST = (253, None, False), (None, 99, False)
ZONES += [
    unsigned('unsigned-tld.', server='knot'),
    Zone('ds-unsup.test.', ds=odd_ds(UNKNOWN)),
    Zone('ds-digest.test.', ds=odd_ds(DIGEST), server='nsd'),
    Zone('ds-both.test.', ds=odd_ds(UNKNOWN, DIGEST, (253, 99, False)), server='knot'),
    Zone('ds-mixed.test.', ds=odd_ds(UNKNOWN, DIGEST, (None, None, False)), server='nsd'),
    Zone('ds-wrong.test.', ds=odd_ds(UNKNOWN, (None, None, True)), server='knot'),
    Zone('double-ds.test.', ds=odd_ds((None, None, True), (None, None, False))),
    Zone('rsa.test.', keys='RSASHA256/2048:ksk RSASHA256/2048:zsk', server='knot'),
    # key rollovers and what looks like them; keys sort by role, then by file name
    Zone('double-sig.test.', keys=KSK + KSK + ZSK + ZSK, server='nsd'),
    Zone('prepub.test.', keys=KSK + ZSK + ZSK, hidden='1', server='knot'),
    Zone('standby.test.', keys=KSK + KSK + ZSK, hidden='0'),
    Zone('algroll.test.', keys='ECDSAP256SHA256:ksk ED25519:ksk ECDSAP256SHA256:zsk ED25519:zsk', server='nsd',
         ds=lambda keys: [wire.ds_text(k.zone, wire.ds_rdata(k.zone, k.rdata)) for k in keys if k.algorithm == 13 and k.is_ksk]),
    Zone('multi.test.', keys=KSK + KSK + ZSK + ZSK, hidden='1 3', server='knot'),
    Zone('revoked.test.', keys=KSK + 'ECDSAP256SHA256:revoked ' + ZSK,
         ds=lambda keys: [wire.ds_text(k.zone, wire.ds_rdata(k.zone, k.rdata)) for k in keys if k.flags == 257]),
    Zone('cds.test.', extra=cds, server='knot'),
    Zone('cds-delete.test.', extra=lambda keys: cds(keys, delete=True), server='nsd'),
]


def parent(name, names):
    """The longest other zone above."""
    while name != '.':
        name = name.partition('.')[2] or '.'
        if name in names:
            return name
    return None
