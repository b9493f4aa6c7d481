"""Weft in a sandbox's hypervisor 1, with the methods of StockOvn."""
import json
import os

from measure import Gateway, Watcher, wait_idle
from sandbox import Sandbox, free_port

P = '/weft/v1'
RECEIVED = 'weft_agent_store_received_bytes_total'


def token(what):
    """The row that makes the translator, or the agents too, answer."""
    return (f'{P}/nb/sync/bench',
            '{"wait":"sb"}' if what == 'sb_revision' else '{}')


class Weft:
    """etcd, translator, one agent; written to as an orchestrator would."""

    def __init__(self, prefix='w'):
        self.sandbox = Sandbox(hypervisors=1,
                               prefix=f'{prefix}{os.getpid() % 100000}')
        self.sandbox.start_etcd()
        self.gateway = Gateway(self.sandbox.etcd_url)
        self.status = {}
        self.watcher = None
        self.metrics_ports = {}

    @staticmethod
    def port_row(switch, port, mac, ip):
        return (f'{P}/nb/logical_switch_port/{port}', json.dumps(
            {'switch': switch, 'addresses': [f'{mac} {ip}'],
             'port_security': [f'{mac} {ip}']}))

    def load(self, switches):
        rows = []
        for name, ports in switches.items():
            rows.append((f'{P}/nb/logical_switch/{name}', '{}'))
            rows += [self.port_row(name, *port) for port in ports]
        self.gateway.load(rows)

    def start(self):
        self.metrics_ports = {p: free_port() for p in ('translator',
                                                       'agent')}
        listen = {p: f'--http-listen=127.0.0.1:{port}'
                  for p, port in self.metrics_ports.items()}
        self.sandbox.start_translator('translator', listen['translator'])
        self.sandbox.start_agent(1, listen['agent'])
        self.watcher = Watcher(self.sandbox.etcd_url, f'{P}/status/sync')
        self.sync()

    def until(self, what, revision):
        while self.status.get(what, -1) < revision:
            for value, _ in self.watcher.next():
                if value:
                    self.status = json.loads(value)

    def write(self, puts, what='hv_revision'):
        revision = self.gateway.txn([*puts, token(what)])
        self.until(what, revision)

    def sync(self, what='hv_revision'):
        self.write([], what)

    def add_port(self, switch, port, mac, ip, what='hv_revision'):
        self.write([self.port_row(switch, port, mac, ip)], what)

    def pids(self):
        return {name: self.sandbox.pid(file) for name, file in (
            ('etcd', 'etcd'), ('weft-translator', 'translator'),
            ('weft-agent', 'agent-hv1'),
            ('ovs-vswitchd', 'vswitchd-hv1'))}

    def idle(self):
        wait_idle(list(self.pids().values()))
