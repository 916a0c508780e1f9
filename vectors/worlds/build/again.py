"""Makes everything once more beside what is here, and compares. ECDSA signatures are random, so they count for nothing."""
from parts import again

from . import record


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
            found[all(path.exists() for path in both) and again.same(*both)].append(name)
        print(f"{folder}: {len(found[True])} files the same, {len(found['masked'])} but for ECDSA signatures, "
              f"{len(found[False])} not: {' '.join(found[False]) or '-'}")
        bad += len(found[False])
    return bad > 0
