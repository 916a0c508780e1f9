"""Makes everything once more beside what is here, and compares. ECDSA signatures are random, so they count for nothing."""
import filecmp

from parts import again

from . import record
from .book import read


def masked(line):
    """Of a message that cannot be read only the length counts: where its signatures stand is not to be known."""
    if line and not line.startswith('#') and not read(bytes.fromhex(line)):
        return f'unreadable, {len(line)}'
    return again.masked(line)


def same(old, new):
    """True, False, or 'masked' if only ECDSA signatures differ."""
    if filecmp.cmp(old, new, shallow=False):
        return True
    lines = [[masked(line) for line in path.read_text().splitlines()] for path in (old, new)]
    return lines[0] == lines[1] and 'masked'


def run(vectors, scratch):
    fresh = scratch / 'fresh'
    (fresh / 'worlds').mkdir(parents=True)
    record.record(fresh, scratch)
    bad = 0
    for folder in [*record.PARTS, 'worlds/zones', 'worlds/anchors']:
        names = sorted({path.name for top in (vectors, fresh) for path in (top / folder).iterdir()})
        found = {True: [], 'masked': [], False: []}
        for name in names:
            both = [top / folder / name for top in (vectors, fresh)]
            found[all(path.exists() for path in both) and same(*both)].append(name)
        print(f"{folder}: {len(found[True])} files the same, {len(found['masked'])} but for ECDSA signatures, "
              f"{len(found[False])} not: {' '.join(found[False]) or '-'}")
        bad += len(found[False])
    return bad > 0
