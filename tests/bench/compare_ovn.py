"""Stock OVN's side of compare.py: OVSDB directly, no command-line tools."""
import os
import statistics
import subprocess
import time

from compare_weft import WeftSide
from measure import memory_mib, wait_idle
from ovsdb import Ovsdb, Relay, RowWatch
from sandbox import Sandbox, run, wait_until
from scenario_ovn import operations
from scenario_weft import APART, network
from stock_ovn import BUMP

NB, SB = 'OVN_Northbound', 'OVN_Southbound'


class OvnSide:
    """NB and SB servers, northd, one real ovn-controller (hv0)."""

    def __init__(self, scenario, _=False):
        self.scenario = scenario
        self.s = Sandbox(hypervisors=1, prefix=f'o{os.getpid() % 100000}')
        self.k = 0
        self.env = {k: self.s.folder for k in ('OVN_RUNDIR', 'OVN_LOGDIR',
                                               'OVN_DBDIR')}
        for name in ('nb', 'sb'):
            run(['ovsdb-tool', 'create', self.s.path(f'{name}.db'),
                 f'/usr/share/ovn/ovn-{name}.ovsschema'])
            self.s.spawn(f'{name}-db', [
                'ovsdb-server', self.s.path(f'{name}.db'),
                f'--remote=punix:{self.s.path(name + ".sock")}',
                f'--unixctl={self.s.path(name + ".ctl")}', '-vconsole:off'])
            wait_until(name, lambda n=name: os.path.exists(
                self.s.path(f'{n}.sock')))
        self.nb = Ovsdb(self.s.path('nb.sock'))
        self.nb.transact(NB, {'op': 'insert', 'table': 'NB_Global',
                              'row': {}})
        Ovsdb(self.s.path('sb.sock')).transact(SB, {
            'op': 'insert', 'table': 'SB_Global', 'row': {}})
        self.watch = RowWatch(self.s.path('nb.sock'), NB, 'NB_Global',
                              ['nb_cfg', 'sb_cfg', 'hv_cfg'])

    def stop(self):
        self.s.stop()

    def show_logs(self):
        self.s.show_logs(8)

    # --- driving

    def load(self):
        self.nb.transact(NB, *operations(network(self.scenario)))
        self.ids = {table: {r['name']: r['_uuid'] for r in self.select(
            table, 'name')} for table in (
                'Logical_Switch', 'Port_Group', 'Logical_Router',
                'Address_Set')}

    def select(self, table, *columns):
        return self.nb.transact(NB, {
            'op': 'select', 'table': table, 'where': [],
            'columns': ['_uuid', *columns]})[0]['rows']

    def sync(self, what='sb_cfg'):
        self.commit([], what)

    def commit(self, operations, what):
        result = self.nb.transact(NB, *operations, *BUMP)
        number = result[-1]['rows'][0]['nb_cfg']
        if what:
            self.watch.until(lambda v: v.get(what, -1) >= number)

    def start_northd(self):
        started = time.monotonic()
        self.s.spawn('northd', [
            'ovn-northd', f'--ovnnb-db=unix:{self.s.path("nb.sock")}',
            f'--ovnsb-db=unix:{self.s.path("sb.sock")}',
            f'--unixctl={self.s.path("northd.ctl")}', '-vconsole:off'],
            env=self.env)
        self.sync()
        return time.monotonic() - started

    def bind_remote(self):
        """The rows that ovn-controllers of other hypervisors write."""
        sb = Ovsdb(self.s.path('sb.sock'))
        for h in range(1, self.scenario.nhv):
            sb.transact(SB, {
                'op': 'insert', 'table': 'Encap', 'uuid-name': 'e',
                'row': {'type': 'geneve',
                        'ip': f'127.1.{h >> 8}.{h & 255}',
                        'chassis_name': f'hv{h}'}}, {
                'op': 'insert', 'table': 'Chassis', 'uuid-name': 'c',
                'row': {'name': f'hv{h}', 'hostname': f'hv{h}',
                        'encaps': ['named-uuid', 'e']}})
        chassis = {r['name']: r['_uuid'] for r in sb.transact(SB, {
            'op': 'select', 'table': 'Chassis', 'where': [],
            'columns': ['_uuid', 'name']})[0]['rows']}
        places, operations = self.scenario.hvmap(), []
        for row in sb.transact(SB, {
                'op': 'select', 'table': 'Port_Binding', 'where': [],
                'columns': ['_uuid', 'logical_port']})[0]['rows']:
            where = chassis.get(places.get(row['logical_port']))
            if where:
                operations.append({
                    'op': 'update', 'table': 'Port_Binding',
                    'where': [['_uuid', '==', row['_uuid']]],
                    'row': {'chassis': where, 'up': True}})
        for i in range(0, len(operations), 500):
            sb.transact(SB, *operations[i:i + 500])

    # --- changes

    def insert_member(self, table, name, column, uuid):
        return {'op': 'mutate', 'table': table,
                'where': [['_uuid', '==', self.ids[table][name]]],
                'mutations': [[column, 'insert', uuid]]}

    def port(self, k, name=None):
        p = self.scenario.new_port(k)
        address = f'{p["mac"]} {p["ip"]}'
        uuid = ['named-uuid', 'p']
        return [{'op': 'insert', 'table': 'Logical_Switch_Port',
                 'uuid-name': 'p', 'row': {
                     'name': name or p['name'], 'addresses': address,
                     'port_security': address}},
                self.insert_member('Logical_Switch', p['sw'], 'ports', uuid),
                self.insert_member('Port_Group', p['pg'], 'ports', uuid)]

    def change(self, kind, k):
        if kind == 'lsp-add':
            return self.port(k)
        words = self.scenario.op(kind, k)
        if kind == 'acl-add':
            return [{'op': 'insert', 'table': 'ACL', 'uuid-name': 'a',
                     'row': {'direction': words[3],
                             'priority': int(words[4]), 'match': words[5],
                             'action': words[6]}},
                    self.insert_member('Port_Group', words[2], 'acls',
                                       ['named-uuid', 'a'])]
        if kind == 'as-add':
            return [self.insert_member('Address_Set', 'as_shared',
                                       'addresses', words[4].strip('"'))]
        return [{'op': 'insert', 'table': 'NAT', 'uuid-name': 'n',
                 'row': {'type': words[2], 'external_ip': words[3],
                         'logical_ip': words[4]}},
                self.insert_member('Logical_Router', words[1], 'nat',
                                   ['named-uuid', 'n'])]

    COLUMNS = (('Logical_Switch', 'ports'), ('Port_Group', 'ports'),
               ('Port_Group', 'acls'), ('Logical_Router', 'nat'),
               ('Address_Set', 'addresses'))

    def snapshot(self):
        return {(t, c, r['_uuid'][1]): r[c] for t, c in self.COLUMNS
                for r in self.select(t, c)}

    def restore(self, base):
        now = self.snapshot()
        self.commit([{'op': 'update', 'table': t,
                      'where': [['_uuid', '==', ['uuid', u]]],
                      'row': {c: base[t, c, u]}}
                     for (t, c, u), value in now.items()
                     if value != base[t, c, u]], 'sb_cfg')

    def series(self, kind, n, budget, what):
        base = self.snapshot()
        times, end = [], time.monotonic() + budget
        while len(times) < n and time.monotonic() < end:
            operations = self.change(kind, self.k)
            self.k += 1
            started = time.perf_counter()
            self.commit(operations, what)
            times.append((time.perf_counter() - started) * 1e3)
        self.restore(base)
        return statistics.median(times)

    def burst(self, n=200):
        base = self.snapshot()
        started = time.monotonic()
        for _ in range(n):
            self.nb.transact(NB, *self.port(self.k))
            self.k += 1
        self.sync()
        seconds = time.monotonic() - started
        self.restore(base)
        return n / seconds

    # --- the agent

    plug = WeftSide.plug
    plug_names = WeftSide.plug_names
    n_flows = WeftSide.n_flows

    def start_agent(self, chassis='hv0', sb='sb.sock'):
        started = time.monotonic()
        rundir = self.s.path('hv1')
        self.s.hv(1, 'ovs-vsctl', 'set', 'Open_vSwitch', '.',
                  f'external_ids:system-id={chassis}',
                  f'external_ids:ovn-remote=unix:{self.s.path(sb)}')
        self.s.spawn('agent-hv1', [
            'ovn-controller', f'unix:{rundir}/db.sock',
            f'--pidfile={self.s.path("controller.pid")}', '-vconsole:off'],
            env={**self.env, **self.s.ovs_env(1)})
        wait_until('chassis', lambda: [
            r for r in Ovsdb(self.s.path('sb.sock')).transact(SB, {
                'op': 'select', 'table': 'Chassis_Private', 'where': [],
                'columns': ['name']})[0]['rows'] if r['name'] == chassis],
            300)
        self.sync('hv_cfg')
        return time.monotonic() - started

    def start_apart(self):
        self.relay = Relay(self.s.path('relay.sock'), self.s.path('sb.sock'))
        # hv_cfg waits for each that is there; and no two chassis may have
        # the same tunnel end point.
        Ovsdb(self.s.path('sb.sock')).transact(SB, *({
            'op': 'delete', 'table': table,
            'where': [['name', '==', 'hv0']]} for table in (
                'Chassis_Private', 'Chassis')))
        self.s.hv(1, 'ovs-vsctl', 'set', 'Open_vSwitch', '.',
                  'external_ids:ovn-encap-ip=192.168.77.99')
        self.start_agent('apart', 'relay.sock')
        self.plug_names([('a0', f'{APART}0')])
        self.sync('hv_cfg')
        wait_idle([self.s.pid('agent-hv1')])

    def received(self):
        return self.relay.received

    def add_elsewhere(self, n):
        """Without nb_cfg, which every agent would be told."""
        for _ in range(n):
            self.nb.transact(NB, *self.port(self.k))
            self.k += 1
        wait_idle([self.s.pid('northd'), self.s.pid('agent-hv1')])

    apart = WeftSide.apart

    def local_port(self, n, budget):
        ovsdb = Ovsdb(self.s.path('hv1', 'db.sock'))
        ovsdb.call('monitor', 'Open_vSwitch', 'i', {'Interface': [
            {'columns': ['name', 'external_ids']}]})
        times, end = [], time.monotonic() + budget
        for i in range(min(n, 40)):
            operations = self.port(self.k, f'loc{i}')
            self.k += 1
            started = time.perf_counter()
            self.commit(operations, None)
            WeftSide.wait_installed(ovsdb, f'w{i}')
            times.append((time.perf_counter() - started) * 1e3)
            self.sync('hv_cfg')
            if time.monotonic() > end:
                break
        return statistics.median(times)

    def trace(self, budget, n=5):
        switch, flow = self.scenario.trace()
        times, end = [], time.monotonic() + budget
        while len(times) < n and (not times or time.monotonic() < end):
            started = time.perf_counter()
            done = subprocess.run(
                ['ovn-trace', f'--db=unix:{self.s.path("sb.sock")}',
                 '--minimal', switch, flow], check=False, text=True,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            times.append((time.perf_counter() - started) * 1e3)
            if 'output(' not in done.stdout:
                raise RuntimeError(f'trace: {done.stdout[-300:]}')
        return statistics.median(times)

    # --- all of it

    def measure(self, figures, options):
        self.load()
        figures['cold_s'] = self.start_northd()
        figures['cold_mib'] = memory_mib(self.s.pid('northd'))
        figures['sb_mb'] = os.path.getsize(self.s.path('sb.db')) / 1e6
        self.bind_remote()
        self.sync()
        wait_idle([self.s.pid('northd')])
        self.s.end('northd')
        figures['restart_s'] = self.start_northd()
        wait_idle([self.s.pid('northd')])
        for kind in ('lsp-add', 'acl-add', 'as-add', 'nat-add'):
            figures[f'{kind}_sb_ms'] = self.series(
                kind, options.n, options.budget, 'sb_cfg')
        figures['burst_per_s'] = self.burst()
        figures['trace_ms'] = self.trace(options.budget)
        self.start_agent()
        self.plug()
        self.sync('hv_cfg')
        pids = [self.s.pid('agent-hv1'), self.s.pid('vswitchd-hv1')]
        wait_idle(pids)
        self.s.end('agent-hv1')
        self.s.hv(1, 'ovs-ofctl', '-O', 'OpenFlow15', 'del-flows', 'br-int')
        figures['agent_cold_s'] = self.start_agent()
        wait_idle([self.s.pid('agent-hv1')])
        figures['agent_flows'] = self.n_flows()
        figures['agent_mib'] = memory_mib(self.s.pid('agent-hv1'), 'VmRSS')
        figures['lsp-add_hv_ms'] = self.series(
            'lsp-add', options.n, options.budget, 'hv_cfg')
        figures['local_ms'] = self.local_port(options.n, options.budget)
        self.s.end('agent-hv1')
        figures['agent_restart_s'] = self.start_agent()
        self.apart(figures, options.n)
