"""Makes everything: the world, the scenarios of all folders, the files."""
import shutil

from parts import wire

from . import alias, book, denial, hostile, insecure, world

PARTS = {'denial': denial, 'insecure': insecure, 'alias': alias, 'hostile': hostile}


def anchor(zones):
    out = f"; Trust anchors for {' '.join(zones)} in the test world. The keys are checked in: test use only.\n"
    for zone in zones:
        out += wire.ds_text(f'{zone} IN', wire.ds_rdata(zone, world.zone_keys(zone)[0].rdata)) + '\n'
    return out


ANCHORS = {'root.ds': ['.'], 'island.ds': ['island.unsigned.test.'], 'nsec.ds': ['nsec.test.']}


def record(vectors, scratch):
    with world.World(scratch) as w:
        collected = book.Book(w)
        for part in PARTS.values():
            part.add(collected)
        for folder in PARTS:
            shutil.rmtree(vectors / folder, ignore_errors=True)
        shutil.rmtree(vectors / 'worlds' / 'zones', ignore_errors=True)
        collected.write(vectors)
    anchors = vectors / 'worlds' / 'anchors'
    anchors.mkdir(exist_ok=True)
    for file, zones in ANCHORS.items():
        (anchors / file).write_text(anchor(zones))
    for folder, scenarios in collected.folders.items():
        print(f'{folder}: {len(scenarios)} scenarios')
