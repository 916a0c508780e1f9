"""Collects scenarios, works out which shared answers each needs, and writes files and manifests."""
import struct

from parts import wire

from . import world
from .zones import NOW

COLUMNS = ['scenario', 'files', 'anchors', 'now', 'name', 'type', 'verdict', 'rcode', 'kind', 'clause', 'why']
RCODES = {0: 'NOERROR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 6: 'YXDOMAIN'}
KINDS = {number: text for text, number in wire.TYPES.items()}


def read(raw):
    """None if it is no DNS message."""
    try:
        return wire.Message(raw)
    except (ValueError, IndexError, AssertionError, struct.error):
        return None


class Scenario:
    """`own`: {(name, type): message}; the shared answers of the zones on the way are found by the book."""

    def __init__(self, name, question, own, verdict, clause, why, anchors, now, rcode, kind, server):
        self.name, self.question, self.own, self.verdict, self.clause, self.why = name, question, own, verdict, clause, why
        self.anchors, self.now, self.server = anchors, now, server
        raw = next((raw for (owner, type_), raw in own.items() if (owner.lower(), type_) == (question[0].lower(), question[1])), None)
        message = raw and read(raw)
        self.rcode = rcode or (RCODES[message.rcode] if message else 'NOERROR')
        self.kind = kind or (claims(message) if message else 'positive')


def claims(message):
    if any(rr.kind == message.qtype for rr in message.sections[wire.ANSWER]):
        return 'positive'
    return 'nxdomain' if message.rcode == 3 else 'nodata'


class Book:
    def __init__(self, w):
        self.w, self.folders, self.shared, self.chains = w, {}, {}, {}

    def add(self, folder, name, question, message, verdict, clause, why, own=None, anchors='root.ds', now=NOW, rcode=None, kind=None,
            server='-', absent=(), cuts=True):
        """`message` is the response to the question; `own` holds other answers that are particular to the scenario."""
        scenarios = self.folders.setdefault(folder, {})
        assert name not in scenarios, name
        messages = ({question: message} if message else {}) | (own or {})
        scenario = Scenario(name, question, messages, verdict, clause, why, anchors, now, rcode, kind, server)
        scenario.absent = set(absent)
        scenario.cuts = cuts  # whether to hold DS of each name between
        scenario.needs = self.needs(scenario)
        scenarios[name] = scenario
        return message

    def names(self, scenario):
        """The name asked for and each name that an alias leads to."""
        names, records = [scenario.question[0]], [rr for raw in scenario.own.values() if (m := read(raw)) for rr in m.sections[wire.ANSWER]]
        for name in names:
            raw = wire.name(name).lower()
            for rr in records:
                target = wire.read_name(rr.rdata, 0)[0] if rr.kind == wire.CNAME else None
                if target and rr.owner.lower() == raw and world.present(target.lower()) not in names:
                    names.append(world.present(target.lower()))
        return names

    def needs(self, scenario):
        """{zone: questions}: DS and DNSKEY of each zone on the way down, and DS of each name between."""
        needs = {}
        for name in self.names(scenario):
            name = name.lower()
            kind = scenario.question[1] if name == scenario.question[0].lower() else 'A'
            bottom = self.w.zone_of(name, kind)
            for zone in self.w.path(bottom):
                wanted = needs.setdefault(zone, [])
                wanted += [(zone, 'DS')] if zone != '.' else []
                wanted += [(zone, 'DNSKEY')] if self.w.zones[zone].signed else []
            for n in world.labels(name) if scenario.cuts else []:
                if n not in self.w.zones and (n, kind) != (name, 'DS'):
                    needs.setdefault(self.w.zone_of(n), []).append((n, 'DS'))
        needs = {zone: list(dict.fromkeys(q for q in wanted if q not in scenario.absent)) for zone, wanted in needs.items()}
        own = {(owner.lower(), kind) for owner, kind in scenario.own}
        for zone, wanted in needs.items():
            if not own & set(wanted):
                shared = self.shared.setdefault(zone, {})
                for question in wanted:
                    shared[question] = self.w.ask(*question)
        return needs

    def files(self, scenario):
        """The shared files that this one may use, and what it must hold itself because its own answer stands in for a shared one."""
        own = {(owner.lower(), kind) for owner, kind in scenario.own}
        files, extra = [], {}
        for zone, wanted in scenario.needs.items():
            shared = self.shared.get(zone, {})
            if own & set(wanted) or own & set(shared) or scenario.absent & set(shared):
                extra.update({q: self.w.ask(*q) for q in wanted if q not in own})
            elif wanted:
                files.append(world.folder(zone))
        return files, extra

    def write(self, here):
        out = here / 'worlds' / 'zones'
        out.mkdir(parents=True, exist_ok=True)
        for zone, answers in self.shared.items():
            (out / f'{world.folder(zone)}.hex').write_text(text(f'{zone} and what lies in it, for scenarios that share it', answers))
        for folder, scenarios in self.folders.items():
            (here / folder).mkdir(exist_ok=True)
            lines = ['\t'.join(COLUMNS)]
            for scenario in scenarios.values():
                files, extra = self.files(scenario)
                note = '' if scenario.server == '-' else f' (asked of {scenario.server})'
                (here / folder / f'{scenario.name}.hex').write_text(text(f'{scenario.name}: {scenario.why}{note}', scenario.own | extra))
                names = ' '.join([f'{scenario.name}.hex'] + [f'../worlds/zones/{file}.hex' for file in files])
                anchors = ' '.join(f'../worlds/anchors/{file}' for file in scenario.anchors.split())
                lines.append('\t'.join([scenario.name, names, anchors, scenario.now, *scenario.question, scenario.verdict, scenario.rcode,
                                        scenario.kind, scenario.clause, scenario.why]))
            (here / folder / 'cases.tsv').write_text('\n'.join(lines) + '\n')


def text(title, answers):
    """One whole message a line."""
    return f'# {title}\n' + ''.join(f'# {owner} {kind}\n{raw.hex()}\n' for (owner, kind), raw in answers.items())
