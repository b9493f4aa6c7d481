"""put_dhcp_opts against clients that scapy plays: RFC 2131, 2132, 1534,
6842."""
import os
import socket
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
from scapy.all import BOOTP, DHCP, Ether, IP, Raw, UDP      # noqa: E402

MAC = 'fa:16:3e:a9:4c:c7'
CHADDR = bytes.fromhex(MAC.replace(':', ''))
OFFER_IP, SERVER = '10.1.1.5', '10.1.1.1'
DISCOVER, OFFER, REQUEST, DECLINE, ACK, NAK, RELEASE, INFORM = range(1, 9)


def opt(code, value):
    return bytes([code, len(value)]) + value


def ip(text):
    return socket.inet_aton(text)


OPTIONS = (opt(1, ip('255.255.255.0')) + opt(3, ip(SERVER))
           + opt(26, struct.pack('>H', 1442))
           + opt(51, struct.pack('>I', 43200)) + opt(54, ip(SERVER))
           + opt(58, struct.pack('>I', 100)))


class Dhcp4(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def ask(self, options, given=OPTIONS, src='0.0.0.0',
            dst='255.255.255.255', **bootp):
        frame = (Ether(src=MAC, dst='ff:ff:ff:ff:ff:ff')
                 / IP(src=src, dst=dst) / UDP(sport=68, dport=67)
                 / BOOTP(chaddr=CHADDR, xid=0x1234, **bootp))
        frame /= DHCP(options=options) if options is not None else Raw(b'')
        return self.send(frame, given)

    def send(self, frame, given=OPTIONS):
        replies = self.r.packet(PUT_DHCP_OPTS, BIT + ip(OFFER_IP) + given,
                                frame)
        self.assertEqual(len(replies), 1)
        self.assertEqual(replies[0].kind, 'resume')
        self.frame = bytes(frame)
        self.bit = replies[0].bit
        return Ether(replies[0].frame)

    def options(self, packet):
        found = {}
        for option in packet[DHCP].options:
            if isinstance(option, tuple):
                self.assertNotIn(option[0], found)
                found[option[0]] = (option[1] if len(option) == 2
                                    else option[1:])
        return found

    def refused(self, *args, **kwargs):
        packet = self.ask(*args, **kwargs)
        self.assertEqual(self.bit, 0)
        self.assertEqual(bytes(packet), self.frame)

    def test_discover(self):
        p = self.ask([('message-type', 'discover'), 'end'])
        self.assertEqual(self.bit, 1)
        self.assertTrue(checksums_are_good(p[IP]))
        b = p[BOOTP]
        self.assertEqual((b.op, b.xid, b.yiaddr, b.ciaddr),
                         (2, 0x1234, OFFER_IP, '0.0.0.0'))
        self.assertEqual(b.chaddr[:6], CHADDR)
        self.assertEqual((p[IP].dst, p[UDP].sport, p[UDP].dport),
                         (OFFER_IP, 68, 67))
        self.assertGreaterEqual(p[UDP].len, 308)
        o = self.options(p)
        self.assertEqual(o['message-type'], OFFER)
        self.assertEqual(o['server_id'], SERVER)
        self.assertEqual(o['lease_time'], 43200)
        self.assertEqual(o['interface-mtu'], 1442)
        self.assertEqual(p[DHCP].options[0][0], 'message-type')

    def test_broadcast_flag(self):
        p = self.ask([('message-type', 'discover'), 'end'], flags=0x8000)
        self.assertEqual(p[IP].dst, '255.255.255.255')
        self.assertEqual(int(p[BOOTP].flags), 0x8000)

    def test_request_selecting(self):
        p = self.ask([('message-type', 'request'), ('server_id', SERVER),
                      ('requested_addr', OFFER_IP), 'end'])
        o = self.options(p)
        self.assertEqual((o['message-type'], p[BOOTP].yiaddr),
                         (ACK, OFFER_IP))

    def test_request_of_another_server(self):
        self.refused([('message-type', 'request'),
                      ('server_id', '10.1.1.200'),
                      ('requested_addr', '10.1.1.77'), 'end'])

    def test_request_init_reboot_wrong(self):
        p = self.ask([('message-type', 'request'),
                      ('requested_addr', '192.168.0.7'), 'end'])
        o = self.options(p)
        self.assertEqual(o, {'message-type': NAK, 'server_id': SERVER})
        self.assertEqual((p[BOOTP].yiaddr, p[IP].dst),
                         ('0.0.0.0', '255.255.255.255'))

    def test_request_renewing(self):
        p = self.ask([('message-type', 'request'), 'end'], src=OFFER_IP,
                     dst=SERVER, ciaddr=OFFER_IP)
        self.assertEqual(self.options(p)['message-type'], ACK)
        self.assertEqual((p[BOOTP].ciaddr, p[IP].dst),
                         (OFFER_IP, OFFER_IP))
        p = self.ask([('message-type', 'request'), 'end'], src='10.9.9.9',
                     ciaddr='10.9.9.9')
        self.assertEqual(self.options(p)['message-type'], NAK)

    def test_inform(self):
        p = self.ask([('message-type', 'inform'), 'end'], src='10.1.1.5',
                     ciaddr='10.1.1.5')
        o = self.options(p)
        self.assertEqual((o['message-type'], p[BOOTP].yiaddr),
                         (ACK, '0.0.0.0'))
        self.assertNotIn('lease_time', o)
        self.assertNotIn('renewal_time', o)
        self.assertNotIn('subnet_mask', o)
        self.assertEqual(o['interface-mtu'], 1442)

    def test_decline_and_release(self):
        self.refused([('message-type', 'decline'),
                      ('requested_addr', OFFER_IP), 'end'])
        self.refused([('message-type', 'release'), 'end'], ciaddr=OFFER_IP)

    def test_bootp(self):
        p = self.ask(None, given=OPTIONS + opt(67, b'pxelinux.0'))
        self.assertEqual(self.bit, 1)
        self.assertEqual(p[BOOTP].yiaddr, OFFER_IP)
        self.assertEqual(p[BOOTP].file.rstrip(b'\0'), b'pxelinux.0')
        self.assertNotIn('message-type', self.options(p))

    def test_client_id_comes_back(self):
        p = self.ask([('message-type', 'discover'),
                      ('client_id', b'\1' + CHADDR), 'end'])
        self.assertEqual(bytes(self.options(p)['client_id']),
                         b'\1' + CHADDR)

    def test_boot_files(self):
        given = (opt(67, b'http://boot/script') + opt(254, b'undionly.kpxe')
                 + opt(253, ip('10.1.1.9')) + OPTIONS)
        p = self.ask([('message-type', 'discover'), 'end'], given=given)
        self.assertEqual(self.options(p)['boot-file-name'],
                         b'undionly.kpxe')
        self.assertEqual(p[BOOTP].siaddr, '10.1.1.9')
        p = self.ask([('message-type', 'discover'), (175, b'\x01\x01\x01'),
                      'end'], given=given)
        self.assertEqual(self.options(p)['boot-file-name'],
                         b'http://boot/script')
        p = self.ask([('message-type', 'discover'), 'end'],
                     given=opt(67, b'only') + OPTIONS)
        self.assertEqual(self.options(p)['boot-file-name'], b'only')

    def test_what_was_asked_for_goes_first(self):
        filler = b''.join(opt(code, b'x' * 200) for code in (12, 15, 43))
        p = self.ask([('message-type', 'discover'),
                      ('param_req_list', [1, 26, 51]), 'end'],
                     given=filler + OPTIONS)
        o = self.options(p)
        for name in 'subnet_mask', 'interface-mtu', 'lease_time':
            self.assertIn(name, o)
        self.assertLessEqual(p[IP].len, 576)
        p = self.ask([('message-type', 'discover'),
                      ('max_dhcp_size', 1400), 'end'], given=filler + OPTIONS)
        self.assertEqual(len(self.options(p)), 10)
        self.assertGreater(p[IP].len, 576)

    def test_options_in_file_and_sname(self):
        options = opt(53, b'\3') + opt(52, b'\3') + b'\xff'
        bootp = bytes(BOOTP(chaddr=CHADDR, xid=5))[:236]
        bootp = (bootp[:44] + (opt(54, ip(SERVER)) + b'\xff').ljust(64, b'\0')
                 + (opt(50, ip(OFFER_IP)) + b'\xff').ljust(128, b'\0'))
        frame = (Ether(src=MAC, dst='ff:ff:ff:ff:ff:ff')
                 / IP(src='0.0.0.0', dst='255.255.255.255')
                 / UDP(sport=68, dport=67)
                 / Raw(bootp + b'\x63\x82\x53\x63' + options))
        p = self.send(frame)
        self.assertEqual(self.options(p)['message-type'], ACK)

    def test_nonsense(self):
        self.refused([('message-type', 'discover'), 'end'], op=2)
        self.refused([('message-type', 'offer'), 'end'])
        self.refused([('message-type', 99), 'end'])
        good = bytes(Ether(src=MAC, dst='ff:ff:ff:ff:ff:ff')
                     / IP(src='0.0.0.0', dst='255.255.255.255')
                     / UDP(sport=68, dport=67)
                     / BOOTP(chaddr=CHADDR)
                     / DHCP(options=[('message-type', 'discover')]))
        for size in range(14, len(good), 7):
            cut = IP(good[14:size]) if size > 34 else good[14:size]
            if size > 42:
                cut = (IP(src='0.0.0.0', dst='255.255.255.255')
                       / UDP(sport=68, dport=67) / Raw(good[42:size]))
            frame = good[:14] + bytes(cut)
            replies = self.r.packet(PUT_DHCP_OPTS,
                                    BIT + ip(OFFER_IP) + OPTIONS, frame)
            if size < 42 + 236:
                self.assertEqual((replies[0].bit, replies[0].frame),
                                 (0, frame))

    def test_bad_userdata(self):
        frame = (Ether(src=MAC, dst='ff:ff:ff:ff:ff:ff')
                 / IP(src='0.0.0.0', dst='255.255.255.255')
                 / UDP(sport=68, dport=67) / BOOTP(chaddr=CHADDR)
                 / DHCP(options=[('message-type', 'discover'), 'end']))
        for given in (b'', b'\1', ip(OFFER_IP)[:3]):
            replies = self.r.packet(PUT_DHCP_OPTS, BIT + given, frame)
            self.assertEqual(replies[0].bit, 0)
        replies = self.r.packet(PUT_DHCP_OPTS, BIT + ip(OFFER_IP)
                                + b'\1\xff\0', frame)
        self.assertEqual(replies[0].bit, 1)


unittest.main()
