"""Health checks beside stock OVN: the same load balancers in both, and this
test is the backend.  It answers, refuses and is silent as SCRIPT says, and
what each sends it (all bytes but what is random) and finds is compared.
"""
import os
import socket
import sys
import time
import unittest
import warnings

warnings.filterwarnings('ignore')
sys.path.insert(0, os.path.dirname(__file__))
from twins import Twins                                 # noqa: E402
from scapy.config import conf                           # noqa: E402
conf.ipv6_enabled = True
from scapy.layers.inet import ICMP, IP, TCP, UDP        # noqa: E402
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6  # noqa: E402
from scapy.layers.l2 import Ether                       # noqa: E402
from scapy.packet import Raw                            # noqa: E402

MONITOR, A = '0a:00:00:00:99:01', '0a:00:00:00:02:01'
VIPS = {'tcp': ('10.0.9.1:80', '10.0.1.10:8080', '10.0.1.10'),
        'udp': ('10.0.9.1:53', '10.0.1.10:5353', '10.0.1.10'),
        'tcp6': ('[fd00:9::1]:80', '[fd00:1::10]:8080', '[fd00:1::10]'),
        'udp6': ('[fd00:9::1]:53', '[fd00:1::10]:5353', '[fd00:1::10]')}
# What the backend does with one probe after the other: answers, refuses, or
# says nothing.
SCRIPT = 'ar-a'


def rows():
    out = {'nb/nb_global/global': {'options': {'svc_monitor_mac': MONITOR}},
           'nb/logical_switch/s': {'load_balancer': list(VIPS)},
           'nb/logical_switch_port/a': {
               'switch': 's', 'addresses': [f'{A} 10.0.1.10 fd00:1::10']}}
    for name, (vip, backend, ip) in VIPS.items():
        source = '[fd00:1::fe]' if '[' in ip else '10.0.1.254'
        out[f'nb/load_balancer/{name}'] = {
            'protocol': name[:3], 'vips': {vip: backend},
            'ip_port_mappings': {ip: f'a:{source}'}}
        out[f'nb/load_balancer_health_check/{name}'] = {
            'load_balancer': name, 'vip': vip,
            'options': {'interval': '2', 'timeout': '1'}}
    return out


def kind(p):
    """The load balancer that a probe is for, or None."""
    return (p.src == MONITOR and (TCP in p or UDP in p)
            and ('tcp' if TCP in p else 'udp') + ('6' if IPv6 in p else '')
            or None)


def fields(p):
    """What of a packet is to be the same."""
    l3 = p[IPv6] if IPv6 in p else p[IP]
    ip = ((l3.hlim, l3.tc, l3.plen) if IPv6 in p
          else (l3.ttl, l3.tos, str(l3.flags), l3.len))
    l4 = ((p[TCP].dport, str(p[TCP].flags), p[TCP].window, p[TCP].urgptr,
           bytes(p[TCP].payload)) if TCP in p
          else (p[UDP].dport, bytes(p[UDP].payload)))
    return (p.src, p.dst, l3.src, l3.dst) + ip + l4


def answer(p, said):
    ip = IPv6 if IPv6 in p else IP
    back = Ether(src=p.dst, dst=p.src) / ip(src=p[ip].dst, dst=p[ip].src)
    if TCP in p:
        return back / TCP(sport=p[TCP].dport, dport=p[TCP].sport, seq=1000,
                          ack=(p[TCP].seq + 1) % 2**32,
                          flags='SA' if said == 'a' else 'RA')
    quoted = Raw(bytes(p[ip]))
    return back / (ICMPv6DestUnreach(code=4) if IPv6 in p
                   else ICMP(type=3, code=3)) / quoted


class Backend:
    """Port a in one of the worlds."""

    def __init__(self, world):
        self.socket = world.sockets['p1']
        self.probes = {name: [] for name in VIPS}   # (time, packet)
        self.resets = {name: [] for name in VIPS}   # After which probe.

    def take(self, now):
        while True:
            try:
                frame, address = self.socket.recvfrom(
                    65536, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            p = Ether(frame)
            name = kind(p)
            if address[2] == socket.PACKET_OUTGOING or not name:
                continue
            elif TCP in p and p[TCP].flags.R:
                self.resets[name].append((self.probes[name][-1][1], p))
                continue
            self.probes[name].append((now, p))
            n = len(self.probes[name]) - 1
            said = SCRIPT[min(n, len(SCRIPT) - 1)]
            # Silence of UDP is an answer.
            if said == 'r' or (said == 'a' and TCP in p):
                self.socket.send(bytes(answer(p, said)))


class HealthProbes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twins = cls.enterClassContext(Twins(rows(), {'p1': 'a'}))
        cls.backends = {w.name: Backend(w) for w in cls.twins.worlds}
        end = time.monotonic() + 60
        while time.monotonic() < end and any(
                len(b.probes[name]) < len(SCRIPT)
                for b in cls.backends.values() for name in VIPS):
            for backend in cls.backends.values():
                backend.take(time.monotonic())
            time.sleep(0.005)

    def test_probes(self):
        for name in VIPS:
            with self.subTest(name):
                seen = {w: {fields(p) for _, p in b.probes[name]}
                        for w, b in self.backends.items()}
                self.assertEqual(len(seen['weft']), 1)
                self.assertEqual(seen['stock'], seen['weft'])

    def test_resets(self):
        for name in 'tcp', 'tcp6':
            with self.subTest(name):
                seen = {w: {fields(p) for _, p in b.resets[name]}
                        for w, b in self.backends.items()}
                self.assertEqual(len(seen['weft']), 1)
                self.assertEqual(seen['stock'], seen['weft'])
                numbers = {w: {((p[TCP].seq - probe[TCP].seq) % 2**32,
                                p[TCP].ack) for probe, p in b.resets[name]}
                           for w, b in self.backends.items()}
                # Stock's is one further than what the backend waits for.
                self.assertEqual(numbers, {'stock': {(2, 1001)},
                                           'weft': {(1, 1001)}})

    def test_intervals(self):
        """Stock waits for 'interval' after the answer or the time-out."""
        for name in VIPS:
            times = [t for t, _ in self.backends['weft'].probes[name]]
            gaps = [b - a for a, b in zip(times, times[1:])][1:]
            self.assertGreater(min(gaps), 1.7, name)


if __name__ == '__main__':
    sys.exit(unittest.main(verbosity=2))
