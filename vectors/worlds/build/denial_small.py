"""Denial made for each question: small steps around the name (RFC 4470) and compact denial (RFC 9824). Signed by this script."""
from parts import wire

from . import edit
from .edit import answer, bitmap, change, rr, signature

ZONE = 'compact.test.'


def nsec(book, owner, after, kinds):
    record = rr(owner, wire.NSEC, wire.name(after) + bitmap({wire.RRSIG, wire.NSEC, *kinds}), 300)
    return [record, signature([record], book.w.key(ZONE))]


def add(book):
    from .denial_more import soa
    top, key = soa(book, ZONE), book.w.key(ZONE)

    def put(case, name, kind, authority, verdict, rule, why, rcode=0, answers=(), steps=(), proven=None):
        raw = change(answer(name, kind, answers, (top if not answers else []) + authority, rcode), *steps)
        return book.add('denial', case, (name, kind), raw, verdict, rule, why, kind=proven)

    # RFC 4470: two records that cover as little as may be
    name = f'nope.{ZONE}'
    near, star = nsec(book, f'nopd~.{ZONE}', rf'nope\000.{ZONE}', []), nsec(book, f'!~.{ZONE}', f'+.{ZONE}', [])
    put('small-nxdomain', name, 'A', near + star, 'secure', '4470#3', 'minimally covering records around the name and the wildcard', 3)
    put('small-nxdomain-wildcard-removed', name, 'A', near, 'bogus', '4035#5.4', 'nothing around the wildcard', 3)
    put('small-nxdomain-closer-removed', name, 'A', star, 'bogus', '4035#5.4', 'nothing around the name', 3)
    put('small-nxdomain-other', f'nopf.{ZONE}', 'A', near + star, 'bogus', '4035#5.4', 'the small step of a name beside it', 3)
    at = nsec(book, f'www.{ZONE}', rf'\000.www.{ZONE}', [wire.A, wire.TXT])
    put('small-nodata', f'www.{ZONE}', 'MX', at, 'secure', '4470#3', 'a record at the name whose next name comes right after it')
    put('small-nodata-has-type', f'www.{ZONE}', 'TXT', at, 'bogus', '4035#5.4', 'the bitmap has the type that is denied')
    put('small-nodata-below', f'x.www.{ZONE}', 'A', at + star, 'bogus', '4035#5.4', 'the small step at www says nothing about names below it', 3)
    # RFC 9824: the name is said to exist, with NXNAME in the bitmap
    gone = nsec(book, name, rf'\000.{name}', [wire.NXNAME])
    put('compact-nxname', name, 'A', gone, 'secure', '9824#3.1', 'NXNAME says that the name does not exist; the rcode stays NOERROR',
        proven='nxdomain')
    put('compact-nxname-restored', name, 'A', gone, 'secure', '9824#5', 'the same with the rcode restored to NXDOMAIN', 3)
    put('compact-nxname-flipped', name, 'A', gone, 'bogus', '4035#5.3.3', 'one bit of the signature turned', steps=[edit.flip(edit.denial)])
    put('compact-nxname-unsigned', name, 'A', gone, 'bogus', '4035#5.4', 'no signature', steps=[edit.unsign(edit.denial)])
    put('compact-nxname-other', f'nopf.{ZONE}', 'A', gone, 'bogus', '4035#5.4', 'the record of another name')
    put('compact-nxname-below', f'x.nope.{ZONE}', 'A', gone, 'bogus', '4035#5.4', 'the record stands above the name, and its small step does not cover it')
    lie = nsec(book, name, rf'\000.{name}', [])
    put('compact-without-nxname', name, 'A', lie, 'secure', '4035#5.4', 'without NXNAME it is an empty non-terminal, or an older server: no data')
    put('compact-without-nxname-restored', name, 'A', lie, 'secure', '4035#5.4', 'NXDOMAIN, but without NXNAME the record says that the name exists', 3,
        proven='nodata')
    cut = nsec(book, f'cut.{ZONE}', rf'\000.cut.{ZONE}', [wire.NS])
    put('compact-delegation-ds', f'cut.{ZONE}', 'DS', cut, 'secure', '9824#3.4', 'an unsigned delegation')
    signed = nsec(book, f'cut.{ZONE}', rf'\000.cut.{ZONE}', [wire.NS, wire.DS])
    put('compact-delegation-apex', f'cut.{ZONE}', 'A', signed, 'bogus', '6840#4.1', 'the record at a signed delegation denies a type below the cut')
    data = rr(f'q.wild.{ZONE}', wire.A, bytes([192, 0, 2, 11]))
    put('compact-wildcard', f'q.wild.{ZONE}', 'A', [], 'secure', '9824#3.3', 'a wildcard match is signed as if the name were there',
        answers=[data, signature([data], key)])
    put('compact-wildcard-labels', f'q.wild.{ZONE}', 'A', [], 'bogus', '4035#5.3.4', 'expanded by the labels field, but nothing denies the name',
        answers=[data, signature([data], key, cut=1)])
