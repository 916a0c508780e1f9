"""Writes the files of a set, and the manifest of all sets."""
import shutil
import sys

from . import changed, resigned, rows, wire, world
from .maker import QUESTIONS, SRV, Maker, check_answers, hex_file


def record(folder, label, scratch):
    """All files of one set."""
    print(f'{label}: signing', file=sys.stderr)
    maker = Maker(label, scratch)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    good, more = maker.ask(world.GOOD), maker.ask(world.CHAIN + world.PROVIDER_CHAIN + [row[:2] for row in world.MORE])
    check_answers(good)
    check_answers(more, negative=True)

    def write(name, title, answers):
        (folder / f'{name}.hex').write_text(hex_file(f'{label}/{name}: {title}', answers))

    write('good', 'all positive answers', good)
    write('more', 'negative answers, aliases, wildcards, and the chain to them', more)
    for zone, kind, file in [('.', 'ds', 'root.ds'), ('.', 'dnskey', 'root.dnskey'), (world.SOURCE, 'ds', 'example.com.ds')]:
        (folder / file).write_text(maker.anchor(zone, kind))
    chain = {question: good[question] for question in QUESTIONS}

    def evidence(case):
        return {**chain, **{question: more[question] for question in case.beside}}

    for case in changed.flips(chain):
        write(case.name, case.why, case.make(evidence(case)))
    if not maker.set.family:
        return
    (folder / 'other.ds').write_text(maker.anchor('.', 'ds', 'other'))
    write('island', 'what the anchor example.com.ds needs', {q: good[q] for q in [(world.SOURCE, 'DNSKEY'), SRV]})
    sip = ('_sip._tcp.example.com.', 'SRV')
    write('removed-rr', 'one of two SRV is gone', remove_one({**{q: good[q] for q in world.CHAIN}, sip: good[sip]}, sip))
    for case in changed.OTHERS:
        write(case.name, case.why, case.make(evidence(case)))
    for case in resigned.CASES:
        print(f'{label}: {case.name}', file=sys.stderr)
        write(case.name, case.why, case.make(evidence(case), maker))


def remove_one(answers, question):
    def change(message):
        message.sections[wire.ANSWER].remove(message.find(lambda record: record.kind == message.qtype))
    return changed.rewrite(question, change)(answers)


def manifest(here):
    """cases.tsv, from what is known about each file."""
    lines = ['\t'.join(rows.COLUMNS)]
    for label in world.SETS:
        if (here / label).is_dir():
            lines += ['\t'.join(row) for row in rows.of_set(here / label, label)]
    (here / 'cases.tsv').write_text('\n'.join(lines) + '\n')
