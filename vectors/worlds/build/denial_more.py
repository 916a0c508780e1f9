"""Denial cases that are made one by one: who may deny what, odd NSEC3 fields, iterations, replays, small-step denial."""


def add(book):
    pass
