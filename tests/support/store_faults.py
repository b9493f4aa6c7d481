"""What the store's system tests share: which etcd they run on, a writer that
keeps etcd busy, and a runner.

    run(test_a, test_b)   as the main program of a test: runs them in order;
                          --etcd=trixie takes the newer etcd, exit status 77
                          (skipped) if it cannot be had; names select tests.
"""
import http.client
import os
import random
import subprocess
import sys
import threading
import time

from etcd import EtcdError, b64

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))


class Writer:
    """Random puts, deletes and transactions under some prefixes, until
    stop().  .done has (revision, key) of what etcd acknowledged."""

    def __init__(self, etcd, prefixes=('/weft/a/', '/weft/b/'), pause=0.002,
                 n_keys=40, seed=1):
        self.etcd, self.prefixes, self.pause = etcd, prefixes, pause
        self.n_keys = n_keys
        self.random = random.Random(seed)
        self.done = []
        self.n_failed = 0
        self.stopping = False
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _request(self, key):
        if self.random.random() < 0.3:
            return {'request_delete_range': {'key': b64(key)}}
        value = 'x' * self.random.randrange(300)
        return {'request_put': {'key': b64(key), 'value': b64(value)}}

    def _run(self):
        member = 0
        while not self.stopping:
            n = self.random.choice((1, 1, 1, 5, 20))
            keys = {self.random.choice(self.prefixes)
                    + str(self.random.randrange(self.n_keys))
                    for _ in range(n)}
            requests = [self._request(key) for key in sorted(keys)]
            try:
                answer = self.etcd.call('/v3/kv/txn', {'success': requests},
                                        member, timeout=2)
            except (OSError, EtcdError, ValueError,
                    http.client.HTTPException):
                self.n_failed += 1
                member = (member + 1) % self.etcd.n
                time.sleep(0.02)
                continue
            revision = int(answer['header']['revision'])
            for key, request, response in zip(sorted(keys), requests,
                                              answer['responses']):
                deleted = response.get('response_delete_range', {})
                if 'request_put' in request or int(deleted.get('deleted', 0)):
                    self.done.append((revision, key))
            time.sleep(self.pause)

    def stop(self):
        self.stopping = True
        self.thread.join(20)
        assert not self.thread.is_alive()
        return self

    def assert_told(self, probe):
        """Everything acknowledged was told, once (when nothing had to be
        listed again)."""
        told = [(e['mod'], e['key']) for e in probe.events if not e['listed']]
        assert len(told) == len(set(told)), 'told twice'
        missing = set(self.done) - set(told)
        assert not missing, f'never told: {sorted(missing)[:5]}'


def wait_for(what, condition, timeout=20):
    end = time.monotonic() + timeout
    while not condition():
        assert time.monotonic() < end, f'{what}: not within {timeout} s'
        time.sleep(0.02)


# How a test that is the same over HTTP/1.1 and HTTP/2 is run: both ways on
# bookworm's etcd, over HTTP/2 on trixie's (so that all takes less time).
MODES = [{}, {'tls': True}]


def choose_etcd(name):
    if name == 'trixie':
        done = subprocess.run([os.path.join(SOURCE, 'deploy', 'etcd-trixie')],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            print('skipped: trixie\'s etcd cannot be had here')
            sys.exit(77)
        os.environ['WEFT_ETCD_BIN'] = done.stdout.strip()
        MODES.remove({})


def run(*tests):
    names = [a for a in sys.argv[1:] if not a.startswith('--')]
    for argument in sys.argv[1:]:
        if argument.startswith('--etcd='):
            choose_etcd(argument.split('=', 1)[1])
    for test in tests:
        if names and test.__name__ not in names:
            continue
        start = time.monotonic()
        print(f'{test.__name__}...', flush=True)
        test()
        print(f'    ok, {time.monotonic() - start:.1f} s', flush=True)
