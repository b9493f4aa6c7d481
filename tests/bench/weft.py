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


class Answers:
    """What a client that waits follows (store/sync_token.c): status/sync, and
    the own answer of the one chassis that may be behind."""

    def __init__(self, url, chassis):
        self.status, self.applied = {}, -1
        self.watcher = Watcher(url, f'{P}/status/sync')
        self.chassis = chassis
        self.agent = Watcher(url, f'{P}/chassis/{chassis}/sync')

    def until(self, what, revision):
        """Returns once sb_revision or hv_revision has come to `revision`."""
        while self.status.get('sb_revision', -1) < revision:
            self.next_status()
        while (what == 'hv_revision'
               and self.status.get('hv_revision', -1) < revision):
            if self.status.get('behind') != [self.chassis]:
                self.next_status()
            elif self.applied >= revision:
                break
            else:
                for value, _ in self.agent.next():
                    self.applied = (json.loads(value)['revision'] if value
                                    else -1)

    def next_status(self):
        for value, _ in self.watcher.next():
            if value:
                self.status = json.loads(value)


class Weft:
    """etcd, translator, one agent; written to as an orchestrator would."""

    def __init__(self, prefix='w'):
        self.sandbox = Sandbox(hypervisors=1,
                               prefix=f'{prefix}{os.getpid() % 100000}')
        self.sandbox.start_etcd()
        self.gateway = Gateway(self.sandbox.etcd_url)
        self.answers = None
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
        self.answers = Answers(self.sandbox.etcd_url, 'hv1')
        self.sync()

    def write(self, puts, what='hv_revision'):
        revision = self.gateway.txn([*puts, token(what)])
        self.answers.until(what, revision)

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
