"""dns_lookup against queries that scapy makes (RFC 1035, 6891), and log()."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
from scapy.all import (DNS, DNSQR, DNSRROPT, Ether, IP, IPv6, Raw, TCP,
                       UDP)         # noqa: E402

ETH = Ether(src='0a:00:00:00:00:01', dst='0a:00:00:00:00:02')


def query(name, kind='A', **dns):
    dns.setdefault('rd', 1)
    return DNS(id=0x1234, qd=DNSQR(qname=name, qtype=kind), **dns)


class Dns(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()
        self.r.row('switch:s', '-', {'tunnel_key': 1, 'type': 'switch'})
        self.r.row('switch:s', 'dns/d', {'records': {
            'vm1.Example.org': '10.0.0.4, fd00::4 10.0.0.5',
            'v6only.example.org.': 'fd00::6',
            '4.0.0.10.in-addr.arpa': 'vm1.example.org',
            'many.example.org': ' '.join(f'10.1.{i}.1' for i in range(99))}})
        self.r.row('switch:s', 'dns/owned', {
            'records': {'owned.example.org': '10.0.0.9'},
            'options': {'ovn-owned': 'true'}})

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def send(self, message, ip=IP(src='10.0.0.1', dst='8.8.8.8'), datapath=1):
        frame = ETH / ip / UDP(sport=5000, dport=53) / message
        reply, = self.r.packet(DNS_LOOKUP, BIT, frame, metadata=datapath)
        self.assertEqual(reply.kind, 'resume')
        if not reply.bit:
            self.assertEqual(reply.frame, bytes(frame))
            return None
        p = Ether(reply.frame)
        self.assertTrue(checksums_are_good(p[type(ip)]))
        self.assertEqual((p[UDP].sport, p[UDP].dport), (5000, 53))
        return p[DNS]

    def answers(self, dns):
        return [dns.an[i].rdata for i in range(dns.ancount)]

    def test_a(self):
        dns = self.send(query('vm1.example.org'))
        self.assertEqual((dns.id, dns.qr, dns.aa, dns.rd, dns.rcode, dns.tc),
                         (0x1234, 1, 1, 1, 0, 0))
        self.assertEqual(self.answers(dns), ['10.0.0.4', '10.0.0.5'])
        self.assertEqual(dns.an[0].rrname, b'vm1.example.org.')
        self.assertEqual(dns.qd[0].qname, b'vm1.example.org.')

    def test_aaaa_and_any(self):
        dns = self.send(query('vm1.example.org', 'AAAA'))
        self.assertEqual(self.answers(dns), ['fd00::4'])
        dns = self.send(query('vm1.example.org', 'ALL'))
        self.assertEqual(self.answers(dns),
                         ['10.0.0.4', 'fd00::4', '10.0.0.5'])

    def test_over_ipv6(self):
        dns = self.send(query('vm1.example.org', 'AAAA'),
                        ip=IPv6(src='fd00::1', dst='fd00::53'))
        self.assertEqual(self.answers(dns), ['fd00::4'])

    def test_case_is_kept_and_does_not_matter(self):
        dns = self.send(query('VM1.eXample.ORG'))
        self.assertEqual(dns.qd[0].qname, b'VM1.eXample.ORG.')
        self.assertEqual(len(self.answers(dns)), 2)
        self.assertIsNotNone(self.send(query('v6only.example.org', 'AAAA')))

    def test_ptr(self):
        dns = self.send(query('4.0.0.10.in-addr.arpa', 'PTR'))
        self.assertEqual(self.answers(dns), [b'vm1.example.org.'])

    def test_left_to_others(self):
        self.assertIsNone(self.send(query('www.example.com')))
        self.assertIsNone(self.send(query('vm1.example.org', 'MX')))
        self.assertIsNone(self.send(query('vm1.example.org'), datapath=2))

    def test_no_data(self):
        dns = self.send(query('v6only.example.org', 'A'))
        self.assertEqual((dns.rcode, dns.ancount), (0, 0))
        dns = self.send(query('owned.example.org', 'MX'))
        self.assertEqual((dns.rcode, dns.ancount), (0, 0))

    def test_size(self):
        dns = self.send(query('many.example.org'))
        self.assertEqual(dns.tc, 1)
        self.assertLessEqual(len(bytes(dns)), 512)
        dns = self.send(query('many.example.org',
                              ar=DNSRROPT(rclass=4096)))
        self.assertLessEqual(len(bytes(dns)), 1232)
        self.assertGreater(len(bytes(dns)), 1100)
        self.assertEqual((dns.arcount, dns.ar[0].rclass), (1, 1232))
        dns = self.send(query('vm1.example.org', ar=DNSRROPT(rclass=100)))
        self.assertEqual((dns.tc, dns.ancount, dns.arcount), (0, 2, 1))

    def test_rows_change(self):
        self.r.row('switch:s', 'dns/d', {'records': {'new': '10.0.0.7'}})
        self.assertIsNone(self.send(query('vm1.example.org')))
        self.assertEqual(self.answers(self.send(query('new'))), ['10.0.0.7'])
        self.r.row('switch:s', 'dns/d', None)
        self.assertIsNone(self.send(query('new')))

    def test_nonsense(self):
        good = bytes(query('vm1.example.org'))
        for size in range(len(good)):
            self.assertIsNone(self.send(Raw(good[:size])))
        self.assertIsNone(self.send(query('vm1.example.org', qr=1)))
        self.assertIsNone(self.send(query('vm1.example.org', opcode=2)))
        self.assertIsNone(self.send(Raw(good[:4] + b'\0\2' + good[6:])))
        # A pointer in the question; a label that is too long.
        self.assertIsNone(self.send(Raw(good[:12] + b'\xc0\x0c\0\1\0\1')))
        self.assertIsNone(self.send(Raw(good[:12] + b'\x40' + good[13:])))
        self.assertIsNone(self.send(Raw(good[:12] + (b'\x3f' + b'a' * 63) * 5
                                        + b'\0\0\1\0\1')))


class Log(unittest.TestCase):
    def log(self, userdata, **metadata):
        with Responders() as r:
            r.packet(LOG, userdata, ETH / IP() / TCP(dport=22, flags='S'),
                     **metadata)
            r.process.stdin.close()
            text = r.process.stderr.read()
            r.process.wait(30)
            r.process.stdin = open(os.devnull, 'w')
        return text

    def test_line(self):
        text = self.log(bytes([1, 6]) + b'web', table=16)
        self.assertRegex(text, r'\|acl_log\|INFO\|name="web", verdict=drop, '
                         r'severity=info, direction=from-lport: tcp,')
        self.assertIn('tp_dst=22', text)
        text = self.log(bytes([0, 1]), table=50)
        self.assertRegex(text, r'\|acl_log\|ERR\|name="<unnamed>", '
                         r'verdict=allow, severity=alert, '
                         r'direction=to-lport: ')

    def test_names_make_no_lines(self):
        text = self.log(bytes([2, 4]) + b'a\nb\x1b[2Jc', table=16)
        self.assertIn('name="a?b?[2Jc"', text)
        self.assertEqual(text.count('\n'), 1)


unittest.main()
