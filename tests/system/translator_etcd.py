#!/usr/bin/python3
"""weft-translator on a real etcd: what `etcdctl put` does, a leader killed
and a standby that takes over, etcd killed and restarted, a burst, metrics.

    translator_etcd.py [--bench ROWS.json]

--bench loads ROWS.json (keys below the prefix and values) and prints how
long a cold start, a restart and single changes take.
"""
import base64
import json
import os
import re
import subprocess
import sys
import time
import urllib.request

SOURCE = os.environ.get('WEFT_SOURCE_DIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('WEFT_BUILD_DIR') or os.path.join(SOURCE, 'build')
sys.path.insert(0, os.path.join(SOURCE, 'tests/support'))

from etcd import Etcd, find_etcd, free_ports  # noqa: E402

PREFIX = '/weft/v1'


class Translator:
    started = []                # Ended by main() where a test did not.

    def __init__(self, etcd, name):
        self.started.append(self)
        self.port = free_ports(1)[0]
        self.log = open(etcd.path(f'{name}.log'), 'ab')
        self.process = subprocess.Popen(
            [os.path.join(BUILD, 'bin/weft-translator'), f'--name={name}',
             '--lease-ttl=2', f'--http-listen=127.0.0.1:{self.port}',
             f'--unixctl={etcd.path(name)}.ctl'],
            env={**os.environ, **etcd.env()}, stdout=self.log,
            stderr=self.log, stdin=subprocess.DEVNULL)

    def metrics(self):
        try:
            with urllib.request.urlopen(
                    f'http://127.0.0.1:{self.port}/metrics', timeout=5) as r:
                text = r.read().decode()
        except OSError:
            return {}
        return {line.rsplit(' ', 1)[0].replace('weft_translator_', ''):
                float(line.rsplit(' ', 1)[1])
                for line in text.splitlines() if not line.startswith('#')}

    def is_settled(self):
        return self.metrics().get('settled') == 1

    def is_synced(self):
        return self.metrics().get('synced') == 1

    def memory_mb(self, peak=False):
        name = 'VmHWM' if peak else 'VmRSS'
        with open(f'/proc/{self.process.pid}/status',
                  encoding='ascii') as f:
            for line in f:
                if line.startswith(name):
                    return int(line.split()[1]) / 1024
        return 0

    def end(self, kill=False):
        if self.process.poll() is None:
            (self.process.kill if kill else self.process.terminate)()
        status = self.process.wait(20)
        self.log.close()
        return status


def wait_until(what, condition, seconds=20):
    deadline = time.time() + seconds
    while not condition():
        if time.time() > deadline:
            raise AssertionError(f'waited {seconds} s in vain: {what}')
        time.sleep(.02)


def put(etcd, key, value):
    etcd.put(f'{PREFIX}/{key}', json.dumps(value)
             if not isinstance(value, str) else value)


def bulk_put(etcd, rows):
    """Many rows by transactions of 128."""
    def b64(text):
        return base64.b64encode(text.encode()).decode()

    items = list(rows.items())
    url = etcd.env()['WEFT_ETCD'].split(',')[0]
    for i in range(0, len(items), 128):
        body = json.dumps({'success': [
            {'requestPut': {'key': b64(f'{PREFIX}/{k}'),
                            'value': b64(json.dumps(v))}}
            for k, v in items[i:i + 128]]}).encode()
        with urllib.request.urlopen(urllib.request.Request(
                f'{url}/v3/kv/txn', data=body), timeout=30) as r:
            r.read()


def get(etcd, key):
    """The row 'key', or None."""
    out = etcd.etcdctl('get', '--print-value-only', f'{PREFIX}/{key}')
    return json.loads(out) if out.strip() else None


def keys(etcd, area):
    return set(etcd.etcdctl('get', '--prefix', '--keys-only',
                            f'{PREFIX}/{area}').split())


def expected(etcd):
    """The southbound that the probe makes of what etcd holds, by key."""
    rows = {}
    for area in ('nb/', 'chassis/'):
        lines = etcd.etcdctl('get', '--prefix', f'{PREFIX}/{area}'
                             ).splitlines()
        for key, value in zip(lines[::2], lines[1::2]):
            key = key[len(PREFIX) + 1:]
            if not key.startswith('nb/sync/'):
                try:
                    rows[key] = json.loads(value)
                except ValueError:
                    rows[key] = value
    out = subprocess.run([os.path.join(BUILD, 'tests/translate_probe'),
                          '--all'], input=json.dumps(rows), text=True,
                         capture_output=True, check=True, timeout=60).stdout
    return {line.split(' ', 1)[0] for line in out.splitlines()}


def check(etcd):
    """Exactly the keys that a fresh translation makes are there."""
    own = {f'{PREFIX}/{k}' for k in ('sb/leader', 'sb/sync', 'sb/clock',
                                     'status/sync')}
    there = {k[len(PREFIX) + 1:] for k in keys(etcd, 's') - own}
    want = expected(etcd)
    assert there == want, (f'missing {sorted(want - there)[:5]}, '
                           f'too many {sorted(there - want)[:5]}')


def port(i, switch='n1'):
    return {'switch': switch, 'addresses': [
        f'0a:00:00:00:{i // 256:02x}:{i % 256:02x} '
        f'10.0.{i // 250}.{i % 250 + 1}']}


# ---- Tests -------------------------------------------------------------------

def test_put_and_delete(etcd):
    """An etcdctl put becomes flows; garbage becomes a status."""
    t = Translator(etcd, 'one')
    put(etcd, 'nb/logical_switch/n1', {})
    put(etcd, 'nb/logical_switch_port/ap', port(1))
    put(etcd, 'nb/logical_switch_port/bad', '{"switch": 1}')
    put(etcd, 'nb/logical_switch_port/worse', '\x01\x02')
    wait_until('flows', lambda: get(
        etcd, 'sb/dp/switch:n1/flow/lsp:ap') is not None)
    wait_until('status', lambda: get(
        etcd, 'status/logical_switch_port/worse') is not None)
    check(etcd)
    row = get(etcd, 'sb/dp/switch:n1')
    assert row['tunnel_key'] == 1 and row['version'] >= 1, row
    # A key with a NUL in it is not the row before the NUL.
    etcd.put(f'{PREFIX}/nb/logical_switch/n1\0', '[]')
    etcd.delete(f'{PREFIX}/nb/logical_switch/n1\0')
    put(etcd, 'nb/logical_switch_port/bad%zz', '{}')
    wait_until('status of a bad key', lambda: get(
        etcd, 'status/logical_switch_port/bad%zz') is not None)
    assert get(etcd, 'sb/dp/switch:n1') == row
    check(etcd)
    etcd.etcdctl('del', f'{PREFIX}/nb/logical_switch_port/ap')
    wait_until('no flows', lambda: get(
        etcd, 'sb/dp/switch:n1/flow/lsp:ap') is None)
    put(etcd, 'nb/sync/me', {'wait': 'sb'})
    wait_until('token', lambda: get(etcd, 'status/sync') is not None)
    assert t.end() == 0
    assert get(etcd, 'sb/leader') is None, 'did not resign'


def test_standby(etcd):
    """A leader killed: the standby leads and writes only the difference."""
    put(etcd, 'nb/logical_switch/n1', {})
    for i in range(20):
        put(etcd, f'nb/logical_switch_port/p{i}', port(i))
    one = Translator(etcd, 'one')
    wait_until('leader', one.is_settled)
    two = Translator(etcd, 'two')
    wait_until('standby', two.is_synced)
    before = {k: get(etcd, k[len(PREFIX) + 1:]) for k in keys(etcd, 'sb/dp')}
    one.end(kill=True)
    put(etcd, 'nb/logical_switch_port/new', port(50))
    wait_until('new leader', two.is_settled)
    wait_until('its write', lambda: get(
        etcd, 'sb/dp/switch:n1/port/new') is not None)
    check(etcd)
    assert two.metrics()['transactions_total'] == 1, two.metrics()
    for key, row in before.items():
        if key != f'{PREFIX}/sb/dp/switch:n1':
            assert get(etcd, key[len(PREFIX) + 1:]) == row, key
    two.end()


def test_etcd_restart(etcd):
    """etcd killed and started again in the middle of changes."""
    t = Translator(etcd, 'one')
    put(etcd, 'nb/logical_switch/n1', {})
    wait_until('leader', t.is_settled)
    for i in range(10):
        put(etcd, f'nb/logical_switch_port/a{i}', port(i))
    etcd.restart(0)
    for i in range(10):
        put(etcd, f'nb/logical_switch_port/b{i}', port(20 + i))
    wait_until('all of it', lambda: get(
        etcd, 'sb/dp/switch:n1/port/b9') is not None, 30)
    wait_until('settled', t.is_settled, 30)
    check(etcd)
    assert t.process.poll() is None
    t.end()


def test_burst(etcd):
    """1,000 ports at once, at no less than 1,000 a second."""
    t = Translator(etcd, 'one')
    put(etcd, 'nb/logical_switch/n1', {})
    wait_until('leader', t.is_settled)
    before = t.metrics()['batches_total']
    bulk_put(etcd, {f'nb/logical_switch_port/p{i}': port(i)
                    for i in range(999)})
    start = time.time()
    put(etcd, 'nb/logical_switch_port/p999', port(999))
    wait_until('the last one', lambda: t.is_settled()
               and t.metrics()['rows'] == 1001)
    took = time.time() - start
    check(etcd)
    batches = t.metrics()['batches_total'] - before
    assert batches <= 20, batches
    assert took < 5, took
    t.end()


# ---- Bench -------------------------------------------------------------------

def test_metrics(etcd):
    """docs/OPERATIONS.md names all that there are, and no others."""
    t = Translator(etcd, 'one')
    wait_until('settled', t.is_settled)
    shown = {re.sub(r'_(bucket|sum|count)?\{.*', '', name)
             for name in t.metrics() if not name.startswith('process_')}
    with open(os.path.join(SOURCE, 'docs/OPERATIONS.md'),
              encoding='utf-8') as f:
        named = set(re.findall(r'`weft_translator_(\w+)', f.read()))
    assert shown == named, shown ^ named
    t.end()


def test_large_pages(etcd):
    """The kernel is asked for large pages for the heap."""
    if not os.path.exists('/sys/kernel/mm/transparent_hugepage'):
        print('this kernel has none')
        return
    t = Translator(etcd, 'one')
    wait_until('settled', t.is_settled)
    with open(f'/proc/{t.process.pid}/smaps', encoding='ascii') as f:
        flags = [line.split()[1:] for line in f
                 if line.startswith('VmFlags:')]
    assert sum('hg' in flag for flag in flags) == 1, flags
    assert t.memory_mb(True) < 64, t.memory_mb(True)
    t.end()


def bench(rows_file):
    """Cold start, restart, single ports on a loaded store."""
    with open(rows_file, encoding='utf-8') as f:
        rows = json.load(f)
    with Etcd() as etcd:
        bulk_put(etcd, rows)
        start = time.time()
        t = Translator(etcd, 'one')
        wait_until('complete', t.is_settled, 300)
        cold = time.time() - start
        m = t.metrics()
        print(f'cold start {cold:.2f} s, {t.memory_mb():.0f} MB '
              f'(peak {t.memory_mb(True):.0f}), {m["outputs"]:.0f} keys, '
              f'{m["written_bytes_total"] / 1e6:.1f} MB written in '
              f'{m["transactions_total"]:.0f} transactions')
        for what in ('translated', 'committed'):
            name = f'phase_seconds_sum{{phase="{what}"}}'
            print(f'  {what} after {m.get(name, 0):.2f} s')
        switch = next(v['switch'] for k, v in rows.items()
                      if k.startswith('nb/logical_switch_port/')
                      and not v.get('type'))
        single(etcd, t, switch)
        t.end()
        time.sleep(.2)
        start = time.time()
        t = Translator(etcd, 'two')
        wait_until('complete', t.is_settled, 300)
        print(f'restart {time.time() - start:.2f} s, '
              f'{t.metrics()["transactions_total"]:.0f} transactions')
        t.end()


def single(etcd, t, switch):
    """Median seconds from event to commit, of single port adds."""
    names = {w: f'phase_seconds_sum{{phase="{w}"}}'
             for w in ('translated', 'committed')}
    took = {w: [] for w in names}
    for i in range(50):
        before = t.metrics()
        put(etcd, f'nb/logical_switch_port/zz{i}', port(i, switch))
        wait_until('batch', lambda: t.metrics()['batches_total']
                   > before['batches_total'])
        after = t.metrics()
        for w, name in names.items():
            took[w].append(after[name] - before[name])
    for w, times in took.items():
        times.sort()
        print(f'  one port: {w} after {times[len(times) // 2] * 1e3:.2f} ms '
              f'(95%: {times[len(times) * 95 // 100] * 1e3:.2f})')


def main():
    if not find_etcd():
        print('no etcd')
        return 77
    if '--bench' in sys.argv:
        bench(sys.argv[sys.argv.index('--bench') + 1])
        return 0
    for test in (test_put_and_delete, test_standby, test_etcd_restart,
                 test_burst, test_metrics, test_large_pages):
        start = time.time()
        with Etcd() as etcd:
            try:
                test(etcd)
            finally:
                for t in Translator.started:
                    t.end(kill=True)
                Translator.started.clear()
        print(f'{test.__name__}: ok, {time.time() - start:.1f} s')
    return 0


if __name__ == '__main__':
    sys.exit(main())
