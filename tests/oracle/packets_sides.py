"""Two clouds of two hypervisors each, stock OVN's and Weft's, that take the
same ovn-nbctl commands and the same frames (packets.py).

Both ends of a VM's cable are in its hypervisor's namespace: one is plugged
into br-int, frames are written to and read from the other.  Cables are kept
from one topology to the next.
"""
import ctypes
import os
import select
import socket
import time

from trace_support import Stock, wait_until
from sandbox import Sandbox, run

LIBC = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3
N_CABLES, N_PHYSICAL = 16, 2


def socket_in(netns, device):
    """A packet socket on a device of another namespace."""
    with open('/proc/self/ns/net', encoding='ascii') as home, \
            open(f'/run/netns/{netns}', encoding='ascii') as there:
        if LIBC.setns(there.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), 'setns')
        try:
            s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                              socket.htons(ETH_P_ALL))
            s.bind((device, ETH_P_ALL))
        finally:
            if LIBC.setns(home.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), 'setns')
    s.setblocking(False)
    return s


class Hypervisors:
    """The sandbox of one cloud with its cables."""

    def __init__(self, prefix):
        self.sandbox = Sandbox(hypervisors=2, prefix=prefix)
        self.sockets = {}       # (hypervisor, cable) -> socket
        self.ports = {}         # socket -> name of a port, in a topology
        try:
            for n in (1, 2):
                self.wire(n)
        except BaseException:
            self.sandbox.stop()
            raise

    def wire(self, n):
        """Cables, and a bridge for each physical network."""
        s, ns = self.sandbox, self.sandbox.netns(f'hv{n}')
        batch, vsctl = [], []
        for cable in self.cables():
            batch += [f'link add {cable} type veth peer name {cable}x',
                      f'link set {cable} up promisc on',
                      f'link set {cable}x up']
        run(['ip', '-n', ns, '-batch', '-'], input='\n'.join(batch) + '\n')
        mappings = []
        for i in range(N_PHYSICAL):
            vsctl += ['--', 'add-br', f'br-p{i}', '--', 'set', 'Bridge',
                      f'br-p{i}', 'datapath_type=netdev',
                      'fail_mode=standalone', '--', 'add-port', f'br-p{i}',
                      f'p{i}']
            mappings.append(f'phys{i}:br-p{i}')
        s.hv(n, 'ovs-vsctl', *vsctl[1:], '--', 'set', 'Open_vSwitch', '.',
             'external_ids:ovn-bridge-mappings=' + ','.join(mappings))
        for cable in self.cables():
            self.sockets[n, cable] = socket_in(ns, f'{cable}x')

    @staticmethod
    def cables():
        return [*(f'c{i}' for i in range(N_CABLES)),
                *(f'p{i}' for i in range(N_PHYSICAL))]

    def plug_all(self):
        """Once br-int is there."""
        for n in (1, 2):
            wait_until('br-int', lambda n=n: self.sandbox.hv(
                n, 'ovs-vsctl', 'br-exists', 'br-int',
                check=False).returncode == 0)
            self.sandbox.hv(n, 'ovs-vsctl', *[
                word for i in range(N_CABLES)
                for word in ('--', 'add-port', 'br-int', f'c{i}')][1:])

    def bind(self, places, physical):
        """places: {port: 'hv1'...}; physical: {localnet port: 'phys0'...}."""
        self.ports = {}
        free = {n: [f'c{i}' for i in range(N_CABLES)] for n in (1, 2)}
        words = {1: [], 2: []}
        for port, chassis in places.items():
            n = int(chassis[2:])
            cable = free[n].pop(0)
            self.ports[self.sockets[n, cable]] = port
            words[n] += ['--', 'set', 'Interface', cable,
                         f'external_ids:iface-id={port}']
        for n in (1, 2):
            for cable in free[n]:
                words[n] += ['--', 'remove', 'Interface', cable,
                             'external_ids', 'iface-id']
            self.sandbox.hv(n, 'ovs-vsctl', *words[n][1:])
        for port, network in physical.items():
            for n in (1, 2):
                self.ports[self.sockets[n, 'p' + network[4:]]] = (
                    f'{port}@hv{n}')

    def socket_of(self, name):
        return next(s for s, n in self.ports.items() if n == name)

    def drain(self):
        for s in self.sockets.values():
            try:
                while True:
                    s.recv(65536)
            except BlockingIOError:
                pass

    def stop(self):
        for s in self.sockets.values():
            s.close()
        self.sandbox.stop()


class StockCloud:
    """ovn-northd, two ovn-controllers."""
    name = 'stock'

    def __init__(self):
        self.hypervisors = Hypervisors(f'q{os.getpid() % 100000}')

    def __enter__(self):
        try:
            self.stock = Stock().__enter__()
        except BaseException:
            self.hypervisors.stop()
            raise
        try:
            s = self.hypervisors.sandbox
            for n in (1, 2):
                s.hv(n, 'ovs-vsctl', 'set', 'Open_vSwitch', '.',
                     'external_ids:ovn-remote='
                     f'{self.stock.env["OVN_SB_DB"]}')
                rundir = s.path(f'hv{n}')
                s.spawn(f'controller-hv{n}', [
                    'ovn-controller', f'unix:{rundir}/db.sock',
                    f'--pidfile={rundir}/ovn-controller.pid',
                    '-vconsole:warn'],
                    env={**s.ovs_env(n), **{k: rundir for k in (
                        'OVN_RUNDIR', 'OVN_LOGDIR', 'OVN_DBDIR')}})
            self.hypervisors.plug_all()
        except BaseException:
            self.hypervisors.sandbox.show_logs()
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *exc):
        self.hypervisors.stop()
        self.stock.__exit__(*exc)

    def nbctl(self, *argv):
        return self.stock.nbctl(*argv)

    def sbctl(self, *argv):
        return self.stock.sbctl(*argv)


class WeftCloud:
    """etcd, the translator, two agents."""
    name = 'weft'

    def __init__(self):
        self.hypervisors = Hypervisors(f'w{os.getpid() % 100000}')

    def __enter__(self):
        try:
            self.hypervisors.sandbox.start_weft()
            self.hypervisors.plug_all()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *exc):
        self.hypervisors.stop()

    def nbctl(self, *argv):
        return self.hypervisors.sandbox.weftctl(*argv, name='ovn-nbctl',
                                                timeout=120).stdout

    def sbctl(self, *argv):
        return self.hypervisors.sandbox.weftctl(*argv, name='ovn-sbctl',
                                                timeout=120).stdout


def collect(clouds, quiet_s, limit_s, heard):
    """Calls heard(cloud, port, frame) for each frame that comes out of a
    cable, until none has come for a while."""
    poll, of = select.poll(), {}
    for cloud in clouds:
        for s, port in cloud.hypervisors.ports.items():
            poll.register(s, select.POLLIN)
            of[s.fileno()] = (cloud, s, port)
    now = time.monotonic()
    last, end = now, now + limit_s
    while now < min(last + quiet_s, end):
        for fd, _ in poll.poll(max(1, int((last + quiet_s - now) * 1000))):
            cloud, s, port = of[fd]
            try:
                frame, address = s.recvfrom(65536)
            except BlockingIOError:
                continue
            if address[2] != socket.PACKET_OUTGOING:
                if heard(cloud, port, frame):
                    last = time.monotonic()
        now = time.monotonic()
