"""Stock OVN in a sandbox's hypervisor 1, beside Weft's drivers: northbound and
southbound ovsdb-server and ovn-northd in the root namespace on Unix sockets,
ovn-controller with an Open vSwitch of its own."""
import os

from measure import wait_idle
from ovsdb import Ovsdb, RowWatch
from sandbox import Sandbox, run, wait_until

BUMP = [{'op': 'mutate', 'table': 'NB_Global', 'where': [],
         'mutations': [['nb_cfg', '+=', 1]]},
        {'op': 'select', 'table': 'NB_Global', 'where': [],
         'columns': ['nb_cfg']}]


class StockOvn:
    """One hypervisor; `sandbox` makes what it lives in."""

    def __init__(self, sandbox=Sandbox):
        self.sandbox = sandbox(hypervisors=1,
                               prefix=f'o{os.getpid() % 100000}')
        self.nb_path = self.sandbox.path('nb.sock')
        self.sb_path = self.sandbox.path('sb.sock')
        self.env = {k: self.sandbox.folder for k in (
            'OVN_RUNDIR', 'OVN_LOGDIR', 'OVN_DBDIR')}
        for name in ('nb', 'sb'):
            run(['ovsdb-tool', 'create', self.sandbox.path(f'{name}.db'),
                 f'/usr/share/ovn/ovn-{name}.ovsschema'])
            self.sandbox.spawn(f'{name}-db', [
                'ovsdb-server', self.sandbox.path(f'{name}.db'),
                f'--remote=punix:{self.sandbox.path(name + ".sock")}',
                f'--unixctl={self.sandbox.path(name + ".ctl")}',
                '-vconsole:off'])
            wait_until(name, lambda n=name: os.path.exists(
                self.sandbox.path(f'{n}.sock')))
        self.nb = Ovsdb(self.nb_path)
        self.nb.transact('OVN_Northbound', {
            'op': 'insert', 'table': 'NB_Global', 'row': {}})
        sb = Ovsdb(self.sb_path)
        sb.transact('OVN_Southbound', {
            'op': 'insert', 'table': 'SB_Global', 'row': {}})
        sb.close()
        self.watch = RowWatch(self.nb_path, 'OVN_Northbound', 'NB_Global',
                              ['nb_cfg', 'sb_cfg', 'hv_cfg'])
        self.switches = {}

    def load(self, switches):
        """switches: {name: [(port, mac, ip)]}; northd is not up yet."""
        for name, ports in switches.items():
            operations, members = [], []
            for i, (port, mac, ip) in enumerate(ports):
                operations.append(self.insert_port(port, mac, ip, f'p{i}'))
                members.append(['named-uuid', f'p{i}'])
            operations.append({
                'op': 'insert', 'table': 'Logical_Switch',
                'row': {'name': name, 'ports': ['set', members]}})
            result = self.nb.transact('OVN_Northbound', *operations)
            self.switches[name] = result[-1]['uuid']

    @staticmethod
    def insert_port(port, mac, ip, uuid_name):
        return {'op': 'insert', 'table': 'Logical_Switch_Port',
                'uuid-name': uuid_name,
                'row': {'name': port, 'addresses': f'{mac} {ip}',
                        'port_security': f'{mac} {ip}'}}

    def start(self):
        self.sandbox.spawn('northd', [
            'ovn-northd', f'--ovnnb-db=unix:{self.nb_path}',
            f'--ovnsb-db=unix:{self.sb_path}',
            f'--unixctl={self.sandbox.path("northd.ctl")}',
            '-vconsole:off'], env=self.env)
        rundir = self.sandbox.path('hv1')
        self.sandbox.hv(1, 'ovs-vsctl', 'set', 'Open_vSwitch', '.',
                        f'external_ids:ovn-remote=unix:{self.sb_path}')
        self.sandbox.spawn('controller', [
            'ovn-controller', f'unix:{rundir}/db.sock',
            f'--pidfile={self.sandbox.path("controller.pid")}',
            '-vconsole:off'],
            env={**self.env, **self.sandbox.ovs_env(1)})
        self.sync('hv_cfg')

    def sync(self, what='hv_cfg'):
        number = self.nb.transact('OVN_Northbound', *BUMP)[-1]['rows'][0][
            'nb_cfg']
        self.watch.until(lambda v: v.get(what, -1) >= number)

    def add_port(self, switch, port, mac, ip, what='hv_cfg'):
        """One transaction, until sb_cfg or hv_cfg says that it is there."""
        number = self.nb.transact(
            'OVN_Northbound', self.insert_port(port, mac, ip, 'p'),
            {'op': 'mutate', 'table': 'Logical_Switch',
             'where': [['_uuid', '==', self.switches[switch]]],
             'mutations': [['ports', 'insert', ['named-uuid', 'p']]]},
            *BUMP)[-1]['rows'][0]['nb_cfg']
        self.watch.until(lambda v: v.get(what, -1) >= number)

    def pids(self):
        """{name: pid}; a pid is None when the process has ended."""
        return {name: self.sandbox.pid(file) for name, file in (
            ('nb ovsdb-server', 'nb-db'), ('sb ovsdb-server', 'sb-db'),
            ('ovn-northd', 'northd'), ('ovn-controller', 'controller'),
            ('ovs-vswitchd', 'vswitchd-hv1'))}

    def idle(self):
        wait_idle(list(self.pids().values()))
