"""Builds the world of one set, and the worlds beside it in which some zones were signed in another way."""
from . import keys, serve, sign, wire, world
from .world import CHAIN, CHILDREN, ROOT, SOURCE, SRV_NAME, ZONES

SRV = (SRV_NAME, 'SRV')
QUESTIONS = CHAIN + [SRV]  # the whole evidence for the main question


class Maker:
    def __init__(self, label, scratch):
        self.label, self.set, self.scratch = label, world.SETS[label], scratch / label
        self.files = {zone: self.zone(zone, 'good') for zone in ZONES}

    def keys(self, zone, folder=None):
        return keys.load(f'{self.label}/{folder}' if folder else self.label, zone)

    def zone(self, zone, variant, text=None, zone_keys=None, window=None, signer=None, ds=None, extra=''):
        """Signs a zone as its set says, but for what is given here. `ds` replaces the DS lines of children."""
        row = self.set.zones[zone]
        lines = {child: sign.ds_lines(child, self.keys(child)) for child in CHILDREN[zone]}
        lines.update(ds or {})
        text = (text or sign.template(zone)) + ''.join(line + '\n' for child in lines for line in lines[child]) + extra
        return sign.sign(self.scratch / variant, zone, text, zone_keys or self.keys(zone),
                         window or world.window(self.set, zone), signer or row.signer, row.denial)

    def ask(self, questions, replaced=None, without=()):
        """What a real server with these zones answers; {question: whole message}."""
        files = {z: f for z, f in {**self.files, **(replaced or {})}.items() if z not in without}
        with serve.Server(self.set.server, files, self.scratch) as server:
            return {question: server.ask(*question) for question in questions}

    def anchor(self, zone, kind, folder=None):
        """A trust anchor in zone-file form."""
        used = [key for key in self.keys(zone, folder) if key.is_ksk]
        text = {'ds': lambda key: wire.ds_text(f'{zone} IN', wire.ds_rdata(zone, key.rdata)),
                'dnskey': lambda key: key.text.replace(' DNSKEY', ' IN DNSKEY')}[kind]
        head = f'; Trust anchor for {zone} in the test world {self.label}. The key is checked in: test use only.\n'
        return head + ''.join(text(key) + '\n' for key in used)


def hex_file(title, answers):
    """The evidence file: one whole message a line."""
    out = f'# {title}\n'
    for (owner, kind), raw in answers.items():
        out += f'# {owner} {kind}\n{raw.hex()}\n'
    return out


def check_answers(answers, negative=False):
    """What was recorded is what was asked for: authoritative, no error, whole."""
    for (owner, kind), raw in answers.items():
        message = wire.Message(raw)
        assert message.flags & 0x8600 == 0x8400 and message.rcode in ((0, 3) if negative else (0,)), (owner, kind)
        assert message.question.lower() == wire.name(owner).lower() and message.qtype == wire.TYPES[kind]
        if not negative:
            assert any(r.kind == message.qtype for r in message.sections[wire.ANSWER]), (owner, kind)


__all__ = ['Maker', 'QUESTIONS', 'SRV', 'ROOT', 'SOURCE', 'hex_file', 'check_answers']
