"""icmp4, icmp6, *_error, reject, tcp_reset, sctp_abort, frag_mtu: answers that
say no, checked by scapy; and what must not be answered."""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
from scapy.all import (Dot1Q, Ether, ICMP as IcmpPacket, ICMPv6DestUnreach,
                       ICMPv6EchoRequest, ICMPv6PacketTooBig, IP, IPv6,
                       Raw, SCTP, SCTPChunkAbort, SCTPChunkData,
                       SCTPChunkInit, TCP, UDP)         # noqa: E402

ETH = Ether(src='0a:00:00:00:00:01', dst='0a:00:00:00:00:02')
IP4 = IP(src='10.0.0.1', dst='10.0.0.2', tos=0x20, ttl=7, id=77, flags='DF')
IP6 = IPv6(src='fd00::1', dst='fd00::2', tc=0x20, hlim=7)


class Errors(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def one(self, opcode, frame, userdata=b'', **metadata):
        replies = self.r.packet(opcode, userdata, frame, **metadata)
        self.assertEqual(len(replies), 1)
        packet = Ether(replies[0].frame)
        self.assertEqual(bytes(packet), replies[0].frame)
        return packet

    def none(self, opcode, frame, reason='not_due'):
        before = self.r.drops().get(reason, 0)
        self.assertEqual(self.r.packet(opcode, b'', frame), [])
        self.assertEqual(self.r.drops().get(reason, 0), before + 1)

    # --- ICMP

    def test_icmp4_has_original(self):
        original = IP4 / UDP(sport=5, dport=6) / Raw(b'x' * 40)
        p = self.one(ICMP, ETH / original)
        self.assertTrue(checksums_are_good(p[IP]))
        self.assertEqual((p.src, p.dst), (ETH.src, ETH.dst))
        self.assertEqual((p[IP].src, p[IP].dst), ('10.0.0.1', '10.0.0.2'))
        self.assertEqual((p[IP].ttl, p[IP].tos, p[IP].frag, p[IP].flags),
                         (255, 0, 0, 'DF'))
        self.assertEqual((p[IcmpPacket].type, p[IcmpPacket].code), (3, 1))
        self.assertEqual(bytes(p[IcmpPacket].payload), bytes(original))

    def test_icmp4_is_at_most_576(self):
        p = self.one(ICMP, ETH / IP4 / UDP(sport=5, dport=6)
                     / Raw(b'x' * 1400))
        self.assertEqual(p[IP].len, 576)
        self.assertEqual(len(bytes(p)), 14 + 576)

    def test_link_padding_is_left_out(self):
        original = IP4 / UDP(sport=5, dport=6)
        p = self.one(ICMP, bytes(ETH / original) + b'\0' * 18)
        self.assertEqual(bytes(p[IcmpPacket].payload), bytes(original))

    def test_icmp6(self):
        original = IP6 / UDP(sport=5, dport=6) / Raw(b'x' * 1400)
        p = self.one(ICMP, ETH / original)
        self.assertTrue(checksums_are_good(p[IPv6]))
        self.assertEqual(p[IPv6].plen, 1240)
        self.assertEqual((p[IPv6].hlim, p[IPv6].tc), (255, 0))
        self.assertEqual(p[ICMPv6DestUnreach].code, 1)
        self.assertEqual(bytes(p[ICMPv6DestUnreach].payload),
                         bytes(original)[:1232])

    def test_vlan_is_kept(self):
        p = self.one(ICMP, ETH / Dot1Q(vlan=42, prio=3) / IP4 / UDP())
        self.assertEqual((p[Dot1Q].vlan, p[Dot1Q].prio), (42, 3))
        self.assertEqual(p[IcmpPacket].type, 3)

    def test_reject_swaps_and_says_port(self):
        p = self.one(REJECT, ETH / IP4 / UDP(sport=5, dport=6))
        self.assertEqual((p.src, p.dst), (ETH.dst, ETH.src))
        self.assertEqual((p[IP].src, p[IP].dst), ('10.0.0.2', '10.0.0.1'))
        self.assertEqual((p[IcmpPacket].type, p[IcmpPacket].code), (3, 3))
        p = self.one(REJECT, ETH / IP6 / UDP(sport=5, dport=6))
        self.assertEqual((p[IPv6].src, p[IPv6].dst), ('fd00::2', 'fd00::1'))
        self.assertEqual(p[ICMPv6DestUnreach].code, 4)
        p = self.one(REJECT, ETH / IP4 / IcmpPacket(type=8))
        self.assertEqual((p[IcmpPacket].type, p[IcmpPacket].code), (3, 1))

    def test_metadata_goes_along(self):
        replies = self.r.packet(ICMP, b'', ETH / IP4 / UDP(), metadata=5,
                                reg14=3, reg9=0xdeadbeef)
        for part in ('metadata', 'reg14', 'reg9', '0xdeadbeef'):
            self.assertIn(part, replies[0].actions)

    def test_nothing_about_errors_and_groups(self):
        for layer in (IcmpPacket(type=3), IcmpPacket(type=11),
                      IcmpPacket(type=5), IcmpPacket(type=12)):
            self.none(ICMP, ETH / IP4 / layer)
        for src, dst in (('0.0.0.0', '10.0.0.2'), ('127.0.0.1', '10.0.0.2'),
                         ('224.0.0.1', '10.0.0.2'),
                         ('240.0.0.1', '10.0.0.2'),
                         ('10.0.0.1', '224.0.0.5'),
                         ('10.0.0.1', '255.255.255.255')):
            self.none(ICMP, ETH / IP(src=src, dst=dst) / UDP())
        self.none(ICMP, Ether(src=ETH.src, dst='ff:ff:ff:ff:ff:ff')
                  / IP4 / UDP())
        self.none(ICMP, ETH / IP(src='10.0.0.1', dst='10.0.0.2', frag=100)
                  / Raw(b'x' * 32))
        self.none(ICMP, ETH / IP6 / ICMPv6DestUnreach())
        self.none(ICMP, ETH / IPv6(src='::', dst='fd00::2') / UDP())
        self.none(ICMP, ETH / IPv6(src='fd00::1', dst='ff02::1') / UDP())
        self.none(REJECT, Ether(src=ETH.src, dst='33:33:00:00:00:01')
                  / IPv6(src='fd00::1', dst='ff02::1') / UDP())

    def test_echo_is_answered(self):
        self.one(ICMP, ETH / IP4 / IcmpPacket(type=8))
        self.one(ICMP, ETH / IP6 / ICMPv6EchoRequest())

    def test_too_big_may_answer_multicast(self):
        self.one(ICMP6_ERROR, Ether(src=ETH.src, dst='33:33:00:00:00:05')
                 / IPv6(src='fd00::1', dst='ff05::5') / UDP())

    def test_frag_mtu(self):
        frame = ETH / IP4 / IcmpPacket(type=3, code=4) / IP4 / UDP()
        replies = self.r.packet(FRAG_MTU4, bytes([5, 220]), frame)
        p = Ether(replies[0].frame)
        self.assertEqual(replies[0].kind, 'resume')
        self.assertEqual(p[IcmpPacket].nexthopmtu, 1500)
        self.assertTrue(checksums_are_good(p[IP]))
        frame = ETH / IP6 / ICMPv6PacketTooBig(mtu=0) / IP6 / UDP()
        replies = self.r.packet(FRAG_MTU6, bytes([0, 0, 5, 20]), frame)
        p = Ether(replies[0].frame)
        self.assertEqual(p[ICMPv6PacketTooBig].mtu, 1300)
        self.assertTrue(checksums_are_good(p[IPv6]))

    # --- TCP

    def test_resets_are_as_ovns(self):
        """TTL, and that IPv4 doesn't cut them."""
        p = self.one(TCP_RESET, ETH / IP4 / TCP(flags='S'))
        self.assertEqual((p[IP].ttl, p[IP].flags), (63, 'DF'))
        self.assertTrue(checksums_are_good(p[IP]))
        p = self.one(TCP_RESET, ETH / IP6 / TCP(flags='S'))
        self.assertEqual(p[IPv6].hlim, 63)

    def test_reset_of_syn(self):
        p = self.one(TCP_RESET, ETH / IP4 / TCP(sport=5, dport=6, seq=100,
                                                 flags='S'))
        self.assertTrue(checksums_are_good(p[IP]))
        self.assertEqual((p[TCP].sport, p[TCP].dport), (6, 5))
        self.assertEqual((p[TCP].seq, p[TCP].ack), (0, 101))
        self.assertEqual(p[TCP].flags, 'RA')
        self.assertEqual(len(bytes(p[TCP])), 20)

    def test_reset_counts_data_and_wraps(self):
        p = self.one(TCP_RESET, ETH / IP4
                     / TCP(seq=0xfffffff0, flags='F',
                           options=[('MSS', 1460)]) / Raw(b'x' * 32))
        self.assertEqual(p[TCP].ack, 0x11)

    def test_reset_of_ack(self):
        p = self.one(TCP_RESET, ETH / IP6 / TCP(seq=5, ack=777, flags='PA')
                     / Raw(b'x'))
        self.assertTrue(checksums_are_good(p[IPv6]))
        self.assertEqual((p[TCP].seq, p[TCP].ack), (777, 0))
        self.assertEqual(p[TCP].flags, 'R')

    def test_no_reset_of_reset(self):
        self.none(TCP_RESET, ETH / IP4 / TCP(flags='R'))
        self.none(REJECT, ETH / IP4 / TCP(flags='RA'))
        self.none(TCP_RESET, ETH / IP4 / UDP())
        self.none(TCP_RESET, Ether(src=ETH.src, dst='01:00:5e:00:00:01')
                  / IP(src='10.0.0.1', dst='224.0.0.1') / TCP(flags='S'))

    def test_reject_of_tcp(self):
        p = self.one(REJECT, ETH / IP4 / TCP(sport=5, dport=6, flags='S'))
        self.assertEqual((p.src, p.dst), (ETH.dst, ETH.src))
        self.assertEqual((p[IP].src, p[TCP].sport), ('10.0.0.2', 6))

    # --- SCTP

    def test_abort_of_data_reflects_tag(self):
        p = self.one(SCTP_ABORT, ETH / IP4 / SCTP(sport=5, dport=6, tag=99)
                     / SCTPChunkData(data=b'x'))
        self.assertEqual((p[SCTP].sport, p[SCTP].dport), (6, 5))
        self.assertEqual(p[SCTP].tag, 99)
        self.assertEqual(p[SCTPChunkAbort].TCB, 1)
        again = IP(bytes(p[IP]))
        del again[SCTP].chksum
        self.assertEqual(bytes(again), bytes(p[IP]))

    def test_abort_of_init_has_its_tag(self):
        p = self.one(SCTP_ABORT, ETH / IP4 / SCTP(sport=5, dport=6, tag=0)
                     / SCTPChunkInit(init_tag=0x12345678))
        self.assertEqual(p[SCTP].tag, 0x12345678)
        self.assertEqual(p[SCTPChunkAbort].TCB, 0)

    def test_no_abort_of_abort(self):
        self.none(SCTP_ABORT, ETH / IP4 / SCTP() / SCTPChunkAbort())
        self.none(REJECT, ETH / IP4 / SCTP() / SCTPChunkAbort())

    # --- the dispatch

    def test_nonsense(self):
        self.none(DHCP6_SERVER, ETH / IP4 / UDP(), 'no_responder')
        self.none(4711, ETH / IP4 / UDP(), 'no_responder')
        self.none(DNS_LOOKUP, ETH / IP4 / UDP(), 'malformed')   # No bit.
        for size in (0, 1, 13, 14, 20, 33, 40):
            frame = bytes(ETH / IP4 / TCP(flags='S'))[:size]
            for opcode in range(26):
                for reply in self.r.packet(opcode, BIT + b'\0' * 4, frame):
                    self.assertIn(reply.kind, ('out', 'resume'))
                    self.assertFalse(reply.bit)


unittest.main()
