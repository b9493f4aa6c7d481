"""handle_bfd_msg: a session with a peer that scapy plays (RFC 5880, 5881)."""
import os
import struct
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
from scapy.all import Ether, IP, IPv6, Raw, UDP         # noqa: E402

DOWN, INIT, UP = 1, 2, 3
PORT = {'tunnel_key': 2, 'type': 'l3gateway', 'chassis': 'hv1',
        'mac': ['0a:00:00:00:00:02 10.9.9.9/24 172.16.0.1/24 fd00::1/64']}
SESSION = {'logical_port': 'gw', 'dst_ip': '172.16.0.2', 'min_tx': 1000,
           'min_rx': 1000, 'detect_mult': 3}


def message(state, target=0, flags=0, mine=7):
    return struct.pack('>BBBBIIIII', 0x20, state << 6 | flags, 3, 24, mine,
                       target, 1000000, 1000000, 0)


class Bfd(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()
        self.r.row('router:r', '-', {'tunnel_key': 5, 'type': 'router'})
        self.r.row('router:r', 'port/gw', PORT)
        self.r.row('router:r', 'bfd/b', SESSION)

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def sent(self, seconds=5, wanted=lambda p: True):
        """The next such message of the agent: reply, packet, its BFD."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for reply in self.r.run():
                p = Ether(reply.frame)
                if wanted(p):
                    return reply, p, struct.unpack(
                        '>BBBBIIIII', bytes(p[UDP].payload)[:24])
            time.sleep(0.02)
        return self.fail('nothing was sent')

    def receive(self, bfd, ttl=255, src='172.16.0.2'):
        frame = (Ether(src='0a:00:00:00:00:09', dst='0a:00:00:00:00:02')
                 / IP(src=src, dst='172.16.0.1', ttl=ttl)
                 / UDP(sport=49152, dport=3784) / Raw(bfd))
        self.r.packet(BFD_MSG, b'', frame, metadata=5, reg14=2)

    def state(self):
        self.r.run()
        return self.r.own()['bfd/b']['state']

    def test_what_is_sent(self):
        _, p, bfd = self.sent()
        self.assertEqual((p.src, p.dst), ('0a:00:00:00:00:02',
                                          '00:00:00:00:00:00'))
        self.assertEqual((p[IP].src, p[IP].dst, p[IP].ttl),
                         ('172.16.0.1', '172.16.0.2', 255))
        self.assertEqual(p[UDP].dport, 3784)
        self.assertGreaterEqual(p[UDP].sport, 49152)
        self.assertTrue(checksums_are_good(p[IP]))
        self.assertEqual(bfd[0:4], (0x20, DOWN << 6, 3, 24))
        self.assertEqual(bfd[5:], (0, 1000000, 1000000, 0))
        self.assertEqual(self.state(), 'down')

    def test_up_and_down(self):
        _, _, bfd = self.sent()
        self.receive(message(DOWN))
        self.assertEqual(self.state(), 'init')
        self.receive(message(UP, bfd[4]))
        _, _, bfd = self.sent()
        self.assertEqual(bfd[5], 7)
        self.assertEqual(self.state(), 'up')
        end = time.monotonic() + 10
        while self.state() != 'down':       # Nothing more came.
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)

    def test_poll_is_answered(self):
        self.sent()
        self.receive(message(DOWN, 0, 0x20))
        _, _, bfd = self.sent()
        self.assertTrue(bfd[1] & 0x10)

    def test_what_does_not_count(self):
        self.sent()
        self.receive(message(DOWN), ttl=254)
        self.receive(message(DOWN), src='172.16.0.3')
        self.receive(message(INIT, 12345))
        self.receive(message(DOWN)[:20])
        self.receive(b'')
        self.assertEqual(self.state(), 'down')
        self.receive(message(DOWN))
        self.assertEqual(self.state(), 'init')

    def test_ipv6(self):
        self.r.row('router:r', 'bfd/b', {**SESSION, 'dst_ip': 'fd00::2'})
        _, p, _ = self.sent(wanted=lambda p: IPv6 in p)
        self.assertEqual((p[IPv6].src, p[IPv6].dst, p[IPv6].hlim),
                         ('fd00::1', 'fd00::2', 255))
        self.assertTrue(checksums_are_good(p[IPv6]))

    def test_elsewhere(self):
        self.sent()
        self.assertIn('bfd/b', self.r.own())
        self.r.row('router:r', 'port/gw', {**PORT, 'chassis': 'hv2'})
        self.r.run()
        self.assertNotIn('bfd/b', self.r.own())


if __name__ == '__main__':
    unittest.main()
