"""NSEC3 iterations: up to 50 as usual, up to 500 insecure, above that refused (RFC 9276 3.2); only after the signature was checked."""
from parts import wire

from .edit import change, denial, flip


def add(book):
    for rounds in (50, 51, 151, 500, 501, 2500):
        zone = f'iter{rounds}.test.'
        verdict, note = ('secure', 'within the limit') if rounds <= 50 else ('insecure', 'above 50: as if unsigned') if rounds <= 500 else (
            'bogus', 'refused: above 500')
        questions = [('nxdomain', f'nope.{zone}', 'A'), ('nodata', f'www.{zone}', 'MX'), ('wildcard', f'q.wild.{zone}', 'A')]
        for what, name, kind in questions if rounds != 500 else questions[:1]:
            server = 'knot'
            raw = book.w.ask(name, kind, server)
            assert all(rr.rdata[2:4] == rounds.to_bytes(2, 'big') for rr in wire.Message(raw).sections[1] if rr.kind == wire.NSEC3)
            book.add('denial', f'iter{rounds}-{what}', (name, kind), raw, verdict, '9276#3.2', f'{rounds} iterations, {note}', server=server)
        name = f'nope.{zone}'
        book.add('denial', f'iter{rounds}-nxdomain-flipped', (name, 'A'), change(book.w.ask(name, 'A', 'knot'), flip(denial)), 'bogus', '9276#3.2',
                 f'{rounds} iterations under broken signatures: the count itself is not to be believed')
        book.add('denial', f'iter{rounds}-positive', (f'www.{zone}', 'A'), book.w.ask(f'www.{zone}', 'A', 'knot'), 'secure', '4035#5.3',
                 f'a positive answer needs no denial, so its {rounds} iterations do not matter', server='knot')
