"""Clients without cost of their own, process accounting, and figures."""
import base64
import http.client
import json
import os
import socket
import statistics
import time


class Gateway:
    """etcd's JSON gateway over one kept-alive connection."""

    def __init__(self, url):
        self.host = url.split('//', 1)[1]
        self.connection = http.client.HTTPConnection(self.host)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP,
                                        socket.TCP_NODELAY, 1)

    def post(self, path, body):
        self.connection.request('POST', f'/v3/{path}', json.dumps(body),
                                {'Content-Type': 'application/json'})
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status != 200:
            raise RuntimeError(data[:500])
        return json.loads(data)

    def txn(self, puts=(), deletes=()):
        """Writes {key: value} pairs and deletes keys; the revision."""
        return int(self.post('kv/txn', {'success': [
            {'requestPut': {'key': b64(k), 'value': b64(v)}}
            for k, v in puts] + [
            {'requestDeleteRange': {'key': b64(k)}} for k in deletes]
        })['header']['revision'])

    def load(self, rows, batch=100):
        """Writes many rows in transactions of `batch`."""
        for i in range(0, len(rows), batch):
            self.txn(rows[i:i + batch])

    def last_revision(self, prefixes):
        """The highest revision at which anything below was written."""
        return max(int(kv['mod_revision']) for prefix in prefixes
                   for kv in self.post('kv/range', {
                       'key': b64(prefix), 'limit': 1, 'keys_only': True,
                       'range_end': b64(prefix[:-1]
                                        + chr(ord(prefix[-1]) + 1)),
                       'sort_target': 'MOD', 'sort_order': 'DESCEND',
                   }).get('kvs', []))

    def prefix_bytes(self, prefix):
        """(keys, bytes of keys and values) below a prefix."""
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        n = size = 0
        key = prefix
        while True:
            answer = self.post('kv/range', {
                'key': b64(key), 'range_end': b64(end), 'limit': 1000})
            kvs = answer.get('kvs', [])
            n += len(kvs)
            size += sum(len(base64.b64decode(kv['key']))
                        + len(base64.b64decode(kv.get('value', '')))
                        for kv in kvs)
            if not answer.get('more'):
                return n, size
            key = base64.b64decode(kvs[-1]['key']).decode() + '\0'


class Watcher:
    """One key of etcd, followed over a connection of its own."""

    def __init__(self, url, key, from_revision=None):
        self.connection = http.client.HTTPConnection(url.split('//', 1)[1])
        create = {'key': b64(key)}
        if from_revision:
            create['start_revision'] = str(from_revision)
        self.connection.request('POST', '/v3/watch', json.dumps(
            {'create_request': create}),
            {'Content-Type': 'application/json'})
        self.answer = self.connection.getresponse()
        self.answer.readline()                  # created

    def next(self):
        """The next events: [(value or None, mod_revision)]."""
        while True:
            result = json.loads(self.answer.readline())['result']
            events = [(base64.b64decode(e['kv'].get('value', '')),
                       int(e['kv']['mod_revision']))
                      for e in result.get('events', [])]
            if events:
                return events


def b64(text):
    data = text if isinstance(text, bytes) else text.encode()
    return base64.b64encode(data).decode()


def cpu_seconds(pid):
    """CPU time of a process and all its threads."""
    with open(f'/proc/{pid}/stat', encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def memory_mib(pid, key='VmHWM'):
    """Peak (VmHWM) or present (VmRSS) resident memory."""
    with open(f'/proc/{pid}/status', encoding='ascii') as f:
        for line in f:
            if line.startswith(key + ':'):
                return int(line.split()[1]) / 1024
    return float('nan')


def wait_idle(pids, quiet=0.4, limit=600):
    """Waits until the processes use (almost) no CPU."""
    end = time.monotonic() + limit
    last = [cpu_seconds(p) for p in pids]
    while time.monotonic() < end:
        time.sleep(quiet)
        now = [cpu_seconds(p) for p in pids]
        if sum(now) - sum(last) < 0.02 * quiet / 0.4:
            return
        last = now


def percentile(values, q):
    values = sorted(values)
    return values[min(len(values) - 1, round(q * (len(values) - 1)))]


def summary(values):
    """'median/95th' of a list of milliseconds."""
    return (statistics.median(values), percentile(values, 0.95))


def load_average():
    return os.getloadavg()[0]


def print_markdown(headings, rows):
    """A table as docs/performance.md can take it."""
    for row in [headings, ['---'] * len(headings), *rows]:
        print('| ' + ' | '.join(str(c) for c in row) + ' |', flush=True)
