"""Weft's side of compare.py."""
import json
import os
import re
import statistics
import subprocess
import time

from measure import (Gateway, Watcher, memory_mib, wait_idle)
from ovsdb import Ovsdb
from sandbox import Sandbox, free_port, wait_until
from scenario_weft import APART, P, change, network
from shares import metric
from weft import RECEIVED, Answers, token


class WeftSide:
    """etcd, translator, one real agent (hv0)."""

    def __init__(self, scenario, tls=False):
        self.scenario = scenario
        self.s = Sandbox(hypervisors=1, prefix=f'w{os.getpid() % 100000}')
        self.s.start_etcd(tls=tls)
        self.gateway = Gateway(self.s.etcd_url)
        self.answers, self.k = None, 0

    def stop(self):
        self.s.stop()

    def show_logs(self):
        self.s.show_logs(8)

    # --- driving

    def load(self):
        self.gateway.load(network(self.scenario))

    def bind_remote(self):
        """What the agents of the other hypervisors would have written."""
        rows = []
        for h in range(1, self.scenario.nhv):
            encap = {'type': 'geneve', 'ip': f'127.1.{h >> 8}.{h & 255}'}
            rows.append((f'{P}/chassis/hv{h}/chassis', json.dumps(
                {'hostname': f'hv{h}', 'encaps': [encap]})))
        for port, hv in self.scenario.hvmap().items():
            if hv != 'hv0' and not port.startswith('cr-'):
                rows.append((f'{P}/chassis/{hv}/claim/{port}', json.dumps(
                    {'iface': port, 'installed': True})))
        self.gateway.load(rows)

    def write(self, puts=(), deletes=(), what='sb_revision'):
        revision = self.gateway.txn(
            [*puts, token(what)], deletes)
        if what:
            self.answers.until(what, revision)

    def sb_revision(self):
        """How often anything of the southbound but its leader was written:
        the highest revision below it."""
        return self.gateway.last_revision(
            [f'{P}/sb/chassis/', f'{P}/sb/common/', f'{P}/sb/dp/',
             f'{P}/sb/node/', f'{P}/sb/set/'])

    def start_translator(self):
        """Seconds until the southbound is complete."""
        started = time.monotonic()
        self.s.start_translator()
        self.write()
        return time.monotonic() - started

    # --- series

    def series(self, kind, n, budget, what, hops):
        """Median ms of adding, and of as many hops of etcd alone: by turns,
        for a disk is not equally fast all the time.  Everything is taken out
        again."""
        times, floor, undo, end = [], [], [], time.monotonic() + budget
        watcher = Watcher(self.s.etcd_url, '/bench/floor')
        while len(times) < n and time.monotonic() < end:
            puts = change(self.scenario, kind, self.k)
            self.k += 1
            started = time.perf_counter()
            self.write(puts, what=what)
            times.append((time.perf_counter() - started) * 1e3)
            undo += [key for key, _ in puts]
            floor.append(self.floor(watcher, hops))
        for i in range(0, len(undo), 100):
            self.write(deletes=undo[i:i + 100])
        return statistics.median(times), statistics.median(floor)

    def floor(self, watcher, hops):
        """ms of so many times a put, and its event."""
        started = time.perf_counter()
        for _ in range(hops):
            self.gateway.txn([('/bench/floor', 'x' * 300)])
            watcher.next()
        return (time.perf_counter() - started) * 1e3

    def burst(self, n=1000):
        """Ports a second, all written as fast as etcd takes them."""
        rows = []
        for _ in range(n):
            rows += change(self.scenario, 'lsp-add', self.k)
            self.k += 1
        started = time.monotonic()
        self.gateway.load(rows, batch=120)
        self.write()
        seconds = time.monotonic() - started
        for i in range(0, len(rows), 100):
            self.write(deletes=[key for key, _ in rows[i:i + 100]])
        return n / seconds

    # --- the agent

    def plug(self):
        """Interfaces of the local ports, and some that wait for theirs."""
        names = [(f'v{i}', p) for i, p in enumerate(
            self.scenario.local_ports())]
        names += [(f'w{i}', f'loc{i}') for i in range(40)]
        self.plug_names(names)

    def plug_names(self, names):
        wait_until('br-int', lambda: self.s.hv(
            1, 'ovs-vsctl', 'br-exists', 'br-int', check=False
        ).returncode == 0)
        argv = ['ovs-vsctl']
        for name, iface_id in names:
            argv += ['--', 'add-port', 'br-int', name, '--', 'set',
                     'Interface', name, 'type=internal',
                     f'external_ids:iface-id={iface_id}']
        self.s.hv(1, *argv, timeout=300)

    def n_flows(self):
        out = self.s.hv(1, 'ovs-ofctl', '-O', 'OpenFlow15',
                        'dump-aggregate', 'br-int', check=False).stdout
        found = re.search(r'flow_count=(\d+)', out)
        return int(found.group(1)) if found else 0

    def start_agent(self, chassis='hv0'):
        """Seconds until all its flows are in the switch: until it says so
        itself (status/sync does not wait for an agent that is not up)."""
        started = time.monotonic()
        self.agent_port = free_port()
        self.s.start_agent(1, f'--system-id={chassis}',
                           f'--http-listen=127.0.0.1:{self.agent_port}')
        applied = Watcher(self.s.etcd_url, f'{P}/chassis/{chassis}/sync')
        revision = self.gateway.txn([token('hv_revision')])
        while not any(value and json.loads(value)['revision'] >= revision
                      for value, _ in applied.next()):
            pass
        return time.monotonic() - started

    def start_apart(self):
        """Starts an agent with one interface, on a switch of its own."""
        self.start_agent('apart')
        self.plug_names([('a0', f'{APART}0')])
        self.write(what='hv_revision')
        wait_idle([self.s.pid('agent-hv1')])

    def received(self):
        """Bytes that the agent has received of the southbound."""
        return metric(self.agent_port, RECEIVED)

    def add_elsewhere(self, n):
        """Ports, while the agent is not told to answer."""
        undo = []
        for _ in range(n):
            puts = change(self.scenario, 'lsp-add', self.k)
            self.k += 1
            self.write(puts)
            undo += [key for key, _ in puts]
        wait_idle([self.s.pid('translator'), self.s.pid('agent-hv1')])
        return undo

    def apart(self, figures, n):
        """What the rest of the cloud costs an agent that has nothing to do
        with it."""
        self.s.end('agent-hv1')
        self.s.hv(1, 'ovs-vsctl', 'del-br', 'br-int')
        self.start_apart()
        figures['apart_mib'] = memory_mib(self.s.pid('agent-hv1'), 'VmRSS')
        before = self.received()
        self.add_elsewhere(n)
        figures['apart_bytes'] = (self.received() - before) / n

    def local_port(self, n, budget):
        """ms from the northbound write to ovn-installed on the interface,
        and of three hops of etcd, by turns."""
        ovsdb = Ovsdb(self.s.path('hv1', 'db.sock'))
        ovsdb.call('monitor', 'Open_vSwitch', 'i', {'Interface': [
            {'columns': ['name', 'external_ids']}]})
        times, floor, end = [], [], time.monotonic() + budget
        watcher = Watcher(self.s.etcd_url, '/bench/floor')
        for i in range(min(n, 40)):
            puts = change(self.scenario, 'lsp-add', self.k)
            self.k += 1
            puts = [(key.replace(f'n{self.k - 1}', f'loc{i}'), value)
                    for key, value in puts]
            started = time.perf_counter()
            self.write(puts, what=None)
            self.wait_installed(ovsdb, f'w{i}')
            times.append((time.perf_counter() - started) * 1e3)
            self.write(what='hv_revision')
            floor.append(self.floor(watcher, 3))
            if time.monotonic() > end:
                break
        return statistics.median(times), statistics.median(floor)

    @staticmethod
    def wait_installed(ovsdb, name):
        ovsdb.socket.settimeout(60)
        while True:
            message = ovsdb.receive()
            if message.get('method') != 'update':
                continue
            for row in message['params'][1].get('Interface', {}).values():
                new = row.get('new', {})
                if new.get('name') == name and [
                        'ovn-installed', 'true'] in new.get(
                            'external_ids', ['map', []])[1]:
                    return

    def trace(self, n=5):
        switch, flow = self.scenario.trace()
        times = []
        for _ in range(n):
            started = time.perf_counter()
            done = subprocess.run(
                [self.s.program('ovn-trace'), '--minimal', switch, flow],
                env={**os.environ, **self.s.weft_env()}, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            times.append((time.perf_counter() - started) * 1e3)
            if 'output(' not in done.stdout:
                raise RuntimeError(f'trace: {done.stdout[-300:]}')
        return statistics.median(times)

    # --- all of it

    def measure(self, figures, options):
        self.load()
        self.bind_remote()
        self.answers = Answers(self.s.etcd_url, 'hv0')
        figures['cold_s'] = self.start_translator()
        figures['cold_mib'] = memory_mib(self.s.pid('translator'))
        figures['sb_mb'] = self.gateway.prefix_bytes(f'{P}/sb/')[1] / 1e6
        self.s.end('translator')
        revision = self.sb_revision()
        figures['restart_s'] = self.start_translator()
        figures['restart_writes'] = self.sb_revision() - revision
        wait_idle([self.s.pid('translator')])
        for kind in ('lsp-add', 'acl-add', 'as-add', 'nat-add'):
            figures[f'{kind}_sb_ms'], figures[f'{kind}_floor2_ms'] = (
                self.series(kind, options.n, options.budget, 'sb_revision',
                            2))
        figures['burst_per_s'] = self.burst()
        self.start_agent()
        self.plug()
        self.write(what='hv_revision')
        wait_idle([self.s.pid('agent-hv1'), self.s.pid('vswitchd-hv1')])
        self.s.end('agent-hv1')
        self.s.hv(1, 'ovs-ofctl', '-O', 'OpenFlow15', 'del-flows', 'br-int')
        figures['agent_cold_s'] = self.start_agent()
        figures['agent_flows'] = self.n_flows()
        wait_idle([self.s.pid('agent-hv1')])
        figures['agent_mib'] = memory_mib(self.s.pid('agent-hv1'), 'VmRSS')
        figures['lsp-add_hv_ms'], figures['lsp-add_floor3_ms'] = self.series(
            'lsp-add', options.n, options.budget, 'hv_revision', 3)
        figures['local_ms'], figures['local_floor3_ms'] = self.local_port(
            options.n, options.budget)
        self.s.end('agent-hv1')
        figures['agent_restart_s'] = self.start_agent()
        figures['agent_restart_flows'] = metric(
            self.agent_port, 'weft_agent_flow_mods_total')
        figures['trace_ms'] = self.trace()
        self.apart(figures, options.n)
