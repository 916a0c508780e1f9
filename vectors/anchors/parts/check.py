"""Asks other programs about the files: openssl about the signatures, each program about its own configuration."""
import calendar
import pathlib
import subprocess
import tempfile
import time


def passes(*words, **settings):
    return subprocess.run([str(word) for word in words], capture_output=True, **settings).returncode == 0


def openssl(here, file, content, ca, date):
    at = calendar.timegm(time.strptime(date, '%Y-%m-%d'))
    return 'good' if passes('openssl', 'cms', '-verify', '-binary', '-purpose', 'smimesign', '-attime', at, '-inform', 'der',
                            '-in', here / file, '-content', here / content, '-CAfile', here / ca, '-no-CApath', '-no-CAstore',
                            '-out', '/dev/null') else 'bad'


def signatures(here):
    """Each row of cases.tsv against openssl, and each file in some row."""
    rows = [line.split('\t') for line in (here / 'cases.tsv').read_text().splitlines() if not line.startswith('#')]
    for file, content, ca, date, _, want, why in rows:
        got = openssl(here, file, content, ca, date)
        yield f'openssl: {file} at {date}: {want}, {why}' + ('' if got == want else f'; it says {got}'), got == want
    named = {row[0] for row in rows if '/' not in row[0]}
    yield 'cms: a row for each file and a file for each row', named == {path.name for path in here.glob('*.p7s')}
