"""Where the time of a change goes: the daemons' own histograms (/metrics)
over a series, beside what etcd and the switch take by themselves."""
import re
import socket
import statistics
import struct
import time
import urllib.request

from measure import Gateway, Watcher

PHASE = re.compile(r'weft_(\w+)_phase_seconds_(sum|count)'
                   r'\{phase="(\w+)"\} (\S+)')


def metric_text(port):
    with urllib.request.urlopen(f'http://127.0.0.1:{port}/metrics',
                                timeout=5) as answer:
        return answer.read().decode()


def metric(port, name):
    """The value of a counter."""
    return float(re.search(rf'^{name} (\S+)$', metric_text(port),
                           re.MULTILINE).group(1))


def phases(weft):
    """{(program, phase): (seconds, times)} so far."""
    found = {}
    for port in weft.metrics_ports.values():
        for program, what, phase, value in PHASE.findall(metric_text(port)):
            found.setdefault((program, phase), {})[what] = float(value)
    return {key: (v['sum'], v['count']) for key, v in found.items()}


def means(before, after):
    """{(program, phase): mean ms} of what came between."""
    out = {}
    for key, (seconds, count) in after.items():
        seconds0, count0 = before.get(key, (0, 0))
        if count > count0:
            out[key] = (seconds - seconds0) / (count - count0) * 1e3
    return out


class Switch:
    """An OpenFlow 1.5 connection that only sends barriers."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(10)
        self.socket.connect(path)
        self.socket.sendall(struct.pack('!BBHI', 6, 0, 8, 1))   # HELLO
        self.receive(0)

    def read(self, size):
        data = b''
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise EOFError('the switch closed the connection')
            data += more
        return data

    def receive(self, kind):
        while True:
            _, got, size, _ = struct.unpack('!BBHI', self.read(8))
            self.read(size - 8)
            if got == kind:
                return

    def barrier(self):
        """ms of one barrier."""
        started = time.perf_counter()
        self.socket.sendall(struct.pack('!BBHI', 6, 20, 8, 2))
        self.receive(21)
        return (time.perf_counter() - started) * 1e3


def floors(weft, n):
    """Median ms of a bare put, its event at a watch, and a barrier."""
    gateway = Gateway(weft.sandbox.etcd_url)
    watcher = Watcher(weft.sandbox.etcd_url, '/bench/floor')
    puts, hops = [], []
    for _ in range(n):
        started = time.perf_counter()
        gateway.txn([('/bench/floor', 'x' * 300)])
        puts.append((time.perf_counter() - started) * 1e3)
        watcher.next()
        hops.append((time.perf_counter() - started) * 1e3)
    switch = Switch(weft.sandbox.path('hv1', 'br-int.mgmt'))
    barriers = [switch.barrier() for _ in range(n)]
    return {'put': statistics.median(puts), 'hop': statistics.median(hops),
            'barrier': statistics.median(barriers)}


def table(total, ours, floor):
    """[[share, ms, of the total]]: mean of a --wait=hv change by part."""
    translated = ours.get(('translator', 'translated'), 0)
    committed = ours.get(('translator', 'committed'), 0)
    compiled = ours.get(('agent', 'compile'), 0)
    installed = ours.get(('agent', 'install'), 0)
    parts = [
        ('the change: put and its event (floor)', floor['hop']),
        ('translation', translated),
        ("the southbound's commit", committed - translated),
        ('its event (floor)', max(floor['hop'] - floor['put'], 0)),
        ('compilation', compiled),
        ('switch: flows and barrier', installed),
        ("the agent's answer, status: 2 puts, 2 events (floor)",
         2 * floor['hop']),
    ]
    parts.append(('rest: waiting for a processor, other events',
                  total - sum(ms for _, ms in parts)))
    return [[name, f'{ms:.2f}', f'{ms / total * 100:.0f}%']
            for name, ms in parts]
