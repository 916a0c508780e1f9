"""A case: how its evidence file is made, and what a validator has to say to it."""
from collections import namedtuple

# make: good answers (and a Maker, for the re-signed ones) -> answers
# check: the outcome of `check`
# beside: negative answers that the evidence file holds too
Case = namedtuple('Case', 'name verdict check why make beside', defaults=[()])
# no zone cut lies between example.com. and the SRV record: what a record without a usable RRSIG needs
CUTS = [('_tcp.example.com.', 'DS'), ('_xmpp-server._tcp.example.com.', 'DS')]


def good(name, why, make):
    return Case(name, 'secure', 'success', why, make)


def bogus(name, why, make, beside=()):
    return Case(name, 'bogus', 'fail', why, make, beside)


def secure_but(name, why, make):
    """Secure data that does not name the provider."""
    return Case(name, 'secure', 'fail', why, make)


def by_denial(name, verdict, why, make, beside=()):
    """What is proved absent decides."""
    return Case(name, verdict, 'fail', why, make, beside)
