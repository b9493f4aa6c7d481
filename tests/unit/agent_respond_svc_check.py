"""Health checks: probes to backends that scapy plays, and what the agent makes
of their answers (ovn-nb(5), Load_Balancer_Health_Check)."""
import os
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
from scapy.all import (ICMP, ICMPv6DestUnreach, ICMPv6EchoRequest, Ether,  # noqa: E402
                       IP, IPv6, Raw, TCP, UDP)

MONITOR_MAC = '0e:57:65:66:74:01'
PORT = {'tunnel_key': 7, 'chassis': 'hv1', 'up': True, 'addresses': [
    '0a:00:00:00:00:09 10.0.0.9', '0a:00:00:00:00:02 10.0.0.2 fd00::2']}
OPTIONS = {'interval': '1', 'timeout': '1'}
TCP4 = {'protocol': 'tcp', 'ip': '10.0.0.2', 'port': 80,
        'src_mac': MONITOR_MAC, 'src_ip': '10.0.0.254', 'options': OPTIONS}
UDP4 = {**TCP4, 'protocol': 'udp', 'port': 53}
TCP6 = {**TCP4, 'ip': 'fd00::2', 'src_ip': 'fd00::fe'}
UDP6 = {**TCP6, 'protocol': 'udp', 'port': 53}
ID4, ID4U = 'tcp:80:10.0.0.2', 'udp:53:10.0.0.2'
ID6, ID6U = 'tcp:80:fd00::2', 'udp:53:fd00::2'


class Checks(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()
        self.r.row('switch:s', '-', {'tunnel_key': 5, 'type': 'switch'})
        self.r.row('switch:s', 'port/p', PORT)
        self.r.command('bound p')

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def monitor(self, id_, row, port='p'):
        self.r.row('switch:s', f'service_monitor/{port}/'
                   + id_.replace('/', '%2F'), row)

    def probe(self, seconds=10, wanted=lambda p: True):
        """The next such packet that the agent sends of its own accord."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for reply in self.r.run():
                p = Ether(reply.frame)
                if wanted(p):
                    self.actions = reply.actions
                    return p
            time.sleep(0.02)
        return self.fail('nothing was sent')

    def silence(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.assertEqual(self.r.run(), [])
            time.sleep(0.05)

    def answer(self, frame, port_key=7):
        return self.r.packet(SVC_CHECK, b'', frame, metadata=5,
                             reg14=port_key)

    def tcp(self, p, flags, ack=1, **over):
        """What a server says to probe 'p'."""
        ip = IPv6 if IPv6 in p else IP
        return (Ether(src=p.dst, dst=p.src) / ip(src=p[ip].dst, dst=p[ip].src)
                / TCP(**{'sport': p[TCP].dport, 'dport': p[TCP].sport,
                         'flags': flags, 'seq': 5000,
                         'ack': (p[TCP].seq + ack) % 2**32, **over}))

    def unreachable(self, p, quoted=None):
        quoted = Raw(bytes(p.payload) if quoted is None else quoted)
        if IPv6 in p:
            return (Ether(src=p.dst, dst=p.src)
                    / IPv6(src=p[IPv6].dst, dst=p[IPv6].src)
                    / ICMPv6DestUnreach(code=4) / quoted)
        return (Ether(src=p.dst, dst=p.src)
                / IP(src=p[IP].dst, dst=p[IP].src)
                / ICMP(type=3, code=3) / quoted)

    def status(self, id_=ID4):
        row = self.r.own().get(f'service_monitor/p/{id_}')
        return row and row['status']

    def soon(self, status, id_=ID4, seconds=10):
        end = time.monotonic() + seconds
        while self.status(id_) != status:
            self.assertLess(time.monotonic(), end, status)
            self.r.run()
            time.sleep(0.02)

    def test_tcp_probe(self):
        self.monitor(ID4, TCP4)
        p = self.probe()
        self.assertEqual((p.src, p.dst), (MONITOR_MAC, '0a:00:00:00:00:02'))
        self.assertEqual((p[IP].src, p[IP].dst, p[IP].ttl, p[IP].tos),
                         ('10.0.0.254', '10.0.0.2', 63, 0))
        self.assertEqual((p[TCP].dport, str(p[TCP].flags), p[TCP].ack),
                         (80, 'S', 0))
        self.assertGreaterEqual(p[TCP].sport, 49152)
        self.assertTrue(checksums_are_good(p[IP]))
        # Into the port: past the ingress pipeline, to its own outport.
        self.assertIn('reg15', self.actions)
        self.assertIn('resubmit(,40)', self.actions)
        self.assertIsNone(self.status())        # Nothing is known yet.

    def test_tcp_online_offline(self):
        self.monitor(ID4, TCP4)
        p = self.probe()
        (reset,) = self.answer(self.tcp(p, 'SA'))
        rst = Ether(reset.frame)
        self.assertEqual((str(rst[TCP].flags), rst[TCP].seq, rst[TCP].ack),
                         ('RA', (p[TCP].seq + 1) % 2**32, 5001))
        self.assertEqual((rst[TCP].sport, rst[TCP].dport, rst.dst,
                          rst[IP].dst), (p[TCP].sport, 80, p.dst, p[IP].dst))
        self.assertTrue(checksums_are_good(rst[IP]))
        self.assertEqual(self.status(), 'online')
        p2 = self.probe()
        self.assertEqual(self.answer(self.tcp(p2, 'RA')), [])
        self.assertEqual(self.status(), 'offline')
        self.answer(self.tcp(self.probe(), 'SA'))
        self.assertEqual(self.status(), 'online')
        self.probe()
        self.soon('offline')                    # Silence.

    def test_ipv6(self):
        self.monitor(ID6, TCP6)
        p = self.probe()
        self.assertEqual((p.src, p.dst, p[IPv6].src, p[IPv6].dst,
                          p[IPv6].hlim), (MONITOR_MAC, '0a:00:00:00:00:02',
                                          'fd00::fe', 'fd00::2', 63))
        self.assertTrue(checksums_are_good(p[IPv6]))
        (reset,) = self.answer(self.tcp(p, 'SA'))
        self.assertTrue(checksums_are_good(Ether(reset.frame)[IPv6]))
        self.assertEqual(self.status(ID6), 'online')
        self.answer(self.tcp(self.probe(), 'RA'))
        self.assertEqual(self.status(ID6), 'offline')

    def test_udp(self):
        for id_, row, ip in (ID4U, UDP4, IP), (ID6U, UDP6, IPv6):
            with self.subTest(id_):
                self.monitor(id_, row)
                p = self.probe(wanted=lambda p: ip in p)
                self.assertEqual((p[UDP].dport, bytes(p[UDP].payload)),
                                 (53, bytes(8)))
                self.assertTrue(checksums_are_good(p[ip]))
                self.soon('online', id_)        # Nobody complains.
                p = self.probe(wanted=lambda p: ip in p)
                self.answer(self.unreachable(p))
                self.assertEqual(self.status(id_), 'offline')
                self.soon('online', id_)
                self.monitor(id_, None)
                self.r.run()
                self.assertIsNone(self.status(id_))

    def test_tcp_unreachable(self):
        """A host that has a firewall in front of it."""
        self.monitor(ID4, TCP4)
        p = self.probe()
        self.answer(self.unreachable(p, bytes(p[IP])[:28]))
        self.assertEqual(self.status(), 'offline')

    def test_counts(self):
        self.monitor(ID4, {**TCP4, 'options': {
            **OPTIONS, 'success_count': '2', 'failure_count': '2'}})
        for flags, then in (('SA', None), ('SA', 'online'), ('R', 'online'),
                            ('RA', 'online'), ('SA', 'online'),
                            ('RA', 'online'), ('RA', 'offline'),
                            ('SA', 'offline'), ('SA', 'online')):
            p = self.probe()
            self.answer(self.tcp(p, flags))
            if flags == 'R':                    # No ACK: not from there.
                self.answer(self.tcp(p, 'SA'))
            self.assertEqual(self.status(), then)

    def test_what_does_not_count(self):
        self.monitor(ID4, TCP4)
        self.monitor(ID4U, UDP4)
        p = self.probe(wanted=lambda p: TCP in p)
        good = self.tcp(p, 'SA')
        for other in (self.tcp(p, 'SA', 2), self.tcp(p, 'RA', 0),
                      self.tcp(p, 'S'), self.tcp(p, 'A'), self.tcp(p, 'PA'),
                      self.tcp(p, 'RA', sport=81),
                      self.tcp(p, 'SA', dport=p[TCP].sport ^ 1),
                      Ether(src=p.dst, dst=p.src)
                      / IP(src='10.0.0.9', dst='10.0.0.254') / good[TCP],
                      Ether(src=p.dst, dst=p.src)
                      / IP(src='10.0.0.2', dst='10.0.0.253') / good[TCP],
                      Ether(src=p.dst, dst=p.src)
                      / IP(src='10.0.0.2', dst='10.0.0.254') / ICMP(),
                      Ether(src=p.dst, dst=p.src)
                      / IPv6(src='fd00::2', dst='fd00::fe')
                      / ICMPv6EchoRequest(),
                      self.unreachable(p, b''),
                      self.unreachable(p, bytes(p[IP])[:23]),
                      self.unreachable(p, b'\x4f' + bytes(p[IP])[1:40]),
                      self.unreachable(p, b'\x41' + bytes(p[IP])[1:]),
                      self.unreachable(p, bytes(good[IP])[:28]),
                      Ether(bytes(good)[:45])):
            self.assertEqual(self.answer(other), [], other)
        self.assertEqual(self.answer(good, 8), [])      # Another port's.
        self.assertIsNone(self.status())
        self.assertEqual(len(self.answer(good)), 1)
        self.assertEqual(self.status(), 'online')
        drops = self.r.drops()
        self.assertGreater(drops['malformed'], 3)
        self.assertGreater(drops['not_due'], 3)

    def test_late_answers_are_reset(self):
        """And count no more than once."""
        self.monitor(ID4, {**TCP4, 'options': {**OPTIONS, 'interval': '4',
                                               'success_count': '2'}})
        p = self.probe()
        for _ in range(3):
            self.assertEqual(len(self.answer(self.tcp(p, 'SA'))), 1)
        self.assertIsNone(self.status())

    def test_where(self):
        """Only where the port is, and from the address that has the IP."""
        self.monitor(ID4, TCP4)
        self.answer(self.tcp(self.probe(), 'SA'))
        self.assertEqual(self.status(), 'online')
        # Its flows are not in yet: the status stays, and nothing is sent.
        self.r.row('switch:s', 'port/p', {**PORT, 'up': False})
        self.r.run()
        self.silence(1.3)
        self.assertEqual(self.status(), 'online')
        self.r.row('switch:s', 'port/p', PORT)
        self.answer(self.tcp(self.probe(), 'RA'))
        self.assertEqual(self.status(), 'offline')
        self.r.row('switch:s', 'port/p', {**PORT, 'chassis': 'hv2'})
        self.r.run()
        self.assertIsNone(self.status())
        self.silence(1.3)
        self.r.row('switch:s', 'port/p', PORT)
        self.probe()
        self.r.row('switch:s', 'port/p', None)
        self.r.run()
        self.silence(1.3)

    def test_port_goes_down(self):
        """It is nowhere: offline, until it is somewhere."""
        self.monitor(ID4, TCP4)
        self.answer(self.tcp(self.probe(), 'SA'))
        self.monitor(ID6, TCP6)                 # Nothing was found yet.
        self.r.row('switch:s', 'port/p', {**PORT, 'chassis': ''})
        self.r.run()
        self.assertEqual((self.status(), self.status(ID6)),
                         ('offline', None))
        self.silence(1.3)
        self.r.row('switch:s', 'port/p', PORT)
        self.r.run()
        self.assertEqual(self.status(), 'offline')
        self.answer(self.tcp(self.probe(wanted=lambda p: IP in p), 'SA'))
        self.assertEqual(self.status(), 'online')
        self.r.row('switch:s', 'port/p', {**PORT, 'chassis': ''})
        self.r.run()
        self.r.row('switch:s', 'port/p', {**PORT, 'chassis': 'hv2'})
        self.r.run()
        self.assertIsNone(self.status())

    def test_addresses(self):
        for addresses, mac in (
                (['0a:00:00:00:00:03'], '0a:00:00:00:00:03'),
                (['unknown'], None),
                (['0a:00:00:00:00:03 10.0.0.3'], None),
                (['0a:00:00:00:00:03 fd00::3'], '0a:00:00:00:00:03'),
                (['0a:00:00:00:00:03', '0a:00:00:00:00:04 10.0.0.7 10.0.0.2'],
                 '0a:00:00:00:00:04')):
            with self.subTest(addresses):
                self.monitor(ID4, None)
                self.r.row('switch:s', 'port/p',
                           {**PORT, 'addresses': addresses})
                self.monitor(ID4, TCP4)
                if mac:
                    self.assertEqual(self.probe().dst, mac)
                else:
                    self.silence(1.3)

    def test_monitor_goes(self):
        self.monitor(ID4, TCP4)
        p = self.probe()
        self.answer(self.tcp(p, 'SA'))
        self.monitor(ID4, None)
        self.r.run()
        self.assertIsNone(self.status())
        self.assertEqual(self.answer(self.tcp(p, 'SA')), [])

    def test_many(self):
        """More than there may be are left out; the others are spread."""
        for i in range(4100):
            self.monitor(f'tcp:{i + 1}:10.0.0.2', {**TCP4, 'port': i + 1})
        self.assertLess(len(self.r.run()), 500)
        lines = self.r.command('show')
        self.assertIn('health checks: 4096, left out: 4', lines)
        sent = set()
        end = time.monotonic() + 1
        while time.monotonic() < end:
            sent |= {Ether(reply.frame)[TCP].dport for reply in self.r.run()}
            time.sleep(0.05)
        self.assertGreater(len(sent), 200)
        self.assertLess(len(sent), 1800)


if __name__ == '__main__':
    unittest.main()
