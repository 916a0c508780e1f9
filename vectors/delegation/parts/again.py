"""Makes everything once more beside what is here, and compares. ECDSA signatures are random, so they count for nothing."""
import filecmp
import pathlib

from . import record, wire


def is_ecdsa(algorithm, signature):
    """Also where one bit of the algorithm number was turned."""
    return algorithm in (12, 13, 14) or len(signature) == 96


def masked(line):
    """A recorded message without its ECDSA signatures; any other line as it is."""
    if not line or line.startswith('#'):
        return line
    raw = bytes.fromhex(line)
    for section in wire.Message(raw).sections:
        for rr in section:
            if rr.kind == wire.RRSIG:
                start, size = len(wire.read_name(rr.rdata, 18)[0]) + 18, len(rr.rdata)
                if is_ecdsa(rr.rdata[2], rr.rdata[start:]):
                    raw = raw[:rr.at + start] + bytes(size - start) + raw[rr.at + size:]
    return raw.hex()


def same(old, new):
    """True, False, or 'masked' if only ECDSA signatures differ."""
    if filecmp.cmp(old, new, shallow=False):
        return True
    lines = [[masked(line) for line in path.read_text().splitlines()] for path in (old, new)]
    return lines[0] == lines[1] and 'masked'


def run(here, labels, scratch):
    fresh = pathlib.Path(scratch) / 'fresh'
    fresh.mkdir()
    bad = 0
    for label in labels:
        record.record(fresh / label, label, pathlib.Path(scratch))
        names = {path.name for folder in (here, fresh) for path in (folder / label).iterdir()}
        found = {True: [], 'masked': [], False: []}
        for name in sorted(names):
            both = [folder / label / name for folder in (here, fresh)]
            found[all(path.exists() for path in both) and same(*both)].append(name)
        print(f"{label}: {len(found[True])} files the same, {len(found['masked'])} but for ECDSA signatures, "
              f"{len(found[False])} not: {' '.join(found[False]) or '-'}")
        bad += len(found[False])
    record.manifest(fresh)
    wanted, rows = [[line for line in (folder / 'cases.tsv').read_text().splitlines()[1:] if line.split('\t')[0] in labels]
                    for folder in (here, fresh)]
    print(f"cases.tsv: {len(rows)} rows, {'the same' if rows == wanted else 'NOT the same'}")
    return bad > 0 or rows != wanted
