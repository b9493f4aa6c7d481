"""Stock OVN and Weft side by side: the same rows and ports in two sandboxes
of one hypervisor, the same frames into both, and what comes out of each.

    with Twins(rows, {'a': 'p1'}) as twins:
        answers = twins.ask({'a': frame})
        answers['stock']['a']       # [frame that came out, ...]

No VM's kernel answers: ports are veths in a namespace without addresses, and
each has a packet socket of this process.
"""
import ctypes
import json
import os
import select
import socket
import sys
import time

sys.path[:0] = [os.path.join(os.path.dirname(__file__), '..', d)
                for d in ('support', 'bench')]
import northbound                                       # noqa: E402
from measure import Gateway                             # noqa: E402
from sandbox import Sandbox, run                        # noqa: E402
from stock_ovn import StockOvn                          # noqa: E402

ETH_P_ALL, CLONE_NEWNET = 3, 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def socket_in(netns, device):
    """A packet socket on a device in another network namespace."""
    with open('/proc/self/ns/net', encoding='ascii') as here, \
            open(f'/run/netns/{netns}', encoding='ascii') as there:
        assert LIBC.setns(there.fileno(), CLONE_NEWNET) == 0
        try:
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                              socket.htons(ETH_P_ALL))
            s.bind((device, ETH_P_ALL))
        finally:
            assert LIBC.setns(here.fileno(), CLONE_NEWNET) == 0
    return s


class World:
    """One of the two: a sandbox and the sockets of its ports."""

    def __init__(self, name, sandbox):
        self.name, self.sandbox, self.sockets = name, sandbox, {}

    def plug(self, ports, bridge='br-int'):
        """{device: logical port, or None on another bridge}."""
        s, ns = self.sandbox, self.sandbox.netns('vms')
        if not os.path.exists(f'/run/netns/{ns}'):
            run(['ip', 'netns', 'add', ns])
            run(['ip', 'netns', 'exec', ns, 'sysctl', '-qw',
                 'net.ipv6.conf.all.disable_ipv6=1',
                 'net.ipv6.conf.default.disable_ipv6=1'])
        argv = ['ovs-vsctl']
        for device, port in ports.items():
            run(['ip', 'link', 'add', f't-{device}', 'netns',
                 s.netns('hv1'), 'type', 'veth', 'peer', 'name', device,
                 'netns', ns])
            run(['ip', '-n', ns, 'link', 'set', device, 'arp', 'off', 'up'])
            run(['ip', '-n', s.netns('hv1'), 'link', 'set', f't-{device}',
                 'up'])
            argv += ['--', 'add-port', bridge, f't-{device}']
            if port:
                argv += ['--', 'set', 'Interface', f't-{device}',
                         f'external_ids:iface-id={port}']
        s.hv(1, *argv)
        for device in ports:
            self.sockets[device] = socket_in(ns, device)

    def map_network(self, network, bridge):
        self.sandbox.hv(
            1, 'ovs-vsctl', 'add-br', bridge, '--', 'set', 'bridge', bridge,
            'datapath_type=netdev', 'fail_mode=standalone', '--', 'set',
            'Open_vSwitch', '.',
            f'external_ids:ovn-bridge-mappings={network}:{bridge}')


class Twins:
    """Both; `ports` are {device: logical port}, `outside` devices on a
    bridge that is the physical network `phys`; `sandbox` makes what each
    lives in."""

    def __init__(self, rows, ports, outside=(), sandbox=Sandbox):
        self.sandbox = sandbox
        self.rows, self.ports, self.outside = rows, ports, outside
        self.stock = self.weft = None
        self.worlds = []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__(*sys.exc_info())
            raise
        return self

    def __exit__(self, kind, value, trace):
        for world in self.worlds:
            for s in world.sockets.values():
                s.close()
            world.sandbox.__exit__(kind, value, trace)
        if self.stock:
            self.stock.nb.close()
            self.stock.watch.ovsdb.close()

    def start(self):
        self.stock = StockOvn(self.sandbox)
        self.worlds.append(World('stock', self.stock.sandbox))
        self.weft = self.sandbox(hypervisors=1)
        self.worlds.append(World('weft', self.weft))
        self.weft.start_weft()
        self.stock.start()
        for world in self.worlds:
            if self.outside:
                world.map_network('phys', 'br-ex')
                world.plug({device: None for device in self.outside},
                           'br-ex')
        self.enter(self.rows)
        for world in self.worlds:
            world.plug(self.ports)
        self.ready()

    def enter(self, rows):
        """The rows, all new, in both."""
        self.stock.nb.transact('OVN_Northbound',
                               *northbound.Transaction(rows).operations())
        puts = [(f'/weft/v1/{key}', json.dumps(row))
                for key, row in rows.items()]
        gateway = Gateway(self.weft.etcd_url)
        for i in range(0, len(puts), 100):
            gateway.txn(puts[i:i + 100])
        gateway.connection.close()

    def ready(self):
        """Until every port is up and everything is in the switches."""
        for port in filter(None, self.ports.values()):
            for nbctl in self.stock_nbctl, self.weft_nbctl:
                nbctl('--timeout=30', 'wait-until', 'logical_switch_port',
                      port, 'up=true')
        self.stock.sync('hv_cfg')
        self.weft.weftctl('--wait=hv', 'sync')

    def stock_nbctl(self, *argv):
        return run(['ovn-nbctl', f'--db=unix:{self.stock.nb_path}',
                    *argv]).stdout

    def weft_nbctl(self, *argv):
        return self.weft.weftctl(*argv, name='ovn-nbctl').stdout

    def nbctl(self, *argv):
        """The same command in both, until it is in the switches."""
        self.stock_nbctl('--wait=hv', *argv)
        self.weft_nbctl('--wait=hv', *argv)

    def ask(self, frames, expect=None, timeout=8, quiet=0.3):
        """Sends {device: frame} into both and returns {world: {device:
        [frames that came out]}}.  Waits until each device in `expect` (all
        that sent) has got one in both, or `timeout` s; and then until
        nothing has come for `quiet` s."""
        expect = set(frames if expect is None else expect)
        got = {w.name: {d: [] for d in w.sockets} for w in self.worlds}
        self.collect(got, set(), 0, 0)          # What is left from before.
        for devices in got.values():
            for list_ in devices.values():
                list_.clear()
        for world in self.worlds:
            for device, frame in frames.items():
                world.sockets[device].send(bytes(frame))
        self.collect(got, expect, timeout, quiet)
        return got

    def collect(self, got, expect, timeout, quiet):
        sources = {s: (w.name, device) for w in self.worlds
                   for device, s in w.sockets.items()}
        start = last = time.monotonic()
        while True:
            ready = select.select(list(sources), [], [], 0.05 if quiet
                                  else 0)[0]
            now = time.monotonic()
            for s in ready:
                world, device = sources[s]
                frame, address = s.recvfrom(65536)
                if address[2] != socket.PACKET_OUTGOING:
                    got[world][device].append(frame)
                    last = now
            missing = any(not got[w.name][d] for w in self.worlds
                          for d in expect)
            if not ready and (now - start > timeout if missing
                              else now - last > quiet):
                return
