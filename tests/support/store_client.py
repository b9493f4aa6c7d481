"""Weft's store client, driven by a test: store_probe as a process.

    with Probe(etcd.env()) as p:
        p.follow('/weft/a/')
        p.check()
"""
import json
import os
import queue
import subprocess
import threading
import time

BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(
        os.path.abspath(__file__)))), 'build'))


class Probe:
    """Commands go in, JSON lines come out; events are kept in .events."""

    def __init__(self, env, quiet=False, timeout_ms=None):
        env = {**os.environ, **env}
        if timeout_ms:
            env['WEFT_ETCD_TIMEOUT'] = str(timeout_ms)
        argv = [os.path.join(BUILD, 'bin', 'store_probe')]
        self.process = subprocess.Popen(
            argv + (['--quiet'] if quiet else []), env=env, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.events = []
        self.troubles = []
        self.leading = None
        self.answers = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        self.n_followed = 0

    def _read(self):
        for line in self.process.stdout:
            message = json.loads(line)
            if message['op'] in ('put', 'delete') and 'watch' in message:
                self.events.append(message)
            elif message['op'] == 'trouble':
                self.troubles.append(message)
            elif message['op'] == 'election':
                self.leading = message['leading']
            else:
                self.answers.put(message)

    def send(self, command):
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()

    def wait(self, op, timeout=20):
        """The next answer, which must be one to 'op'."""
        answer = self.answers.get(timeout=timeout)
        assert answer['op'] == op, f'{op} expected: {answer}'
        return answer

    def ask(self, command, timeout=20):
        """Sends a command and returns its answer."""
        self.send(command)
        return self.wait(command.split()[0], timeout)

    def follow(self, *prefixes, kind='follow'):
        """Follows prefixes until they are synced."""
        for prefix in prefixes:
            self.send(f'{kind} {prefix}')
        for _ in prefixes:
            self.wait('synced')
        self.n_followed += len(prefixes)

    def check(self, timeout=90):
        """The mirror equals what etcd holds, and nothing went wrong on the
        way."""
        answer = self.ask('check', timeout)
        assert answer['equal'], answer
        for fault in ('doubled', 'invented', 'disordered'):
            assert answer[fault] == 0, answer
        return answer

    def stats(self):
        return self.ask('stats')

    def wait_events(self, n, timeout=10):
        """Waits until there are n events altogether."""
        end = time.monotonic() + timeout
        while len(self.events) < n and time.monotonic() < end:
            time.sleep(0.005)
        assert len(self.events) >= n, f'{len(self.events)} events, not {n}'

    def close(self):
        """Ends the process, which must end well."""
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(10)
        self.thread.join(5)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        try:
            self.close()
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            if kind is None:
                raise
        if kind is None:
            assert self.process.returncode == 0, self.process.returncode
