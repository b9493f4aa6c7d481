"""put_dhcpv6_opts and put_nd_ra_opts against clients that scapy plays: RFC
8415, 4861."""
import os
import socket
import struct
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from respond import *       # noqa: E402,F403
from scapy.all import (DHCP6_Advertise, DHCP6_Confirm, DHCP6_Decline,
                       DHCP6_InfoRequest, DHCP6_Rebind, DHCP6_Release,
                       DHCP6_Renew, DHCP6_Reply, DHCP6_Request,
                       DHCP6_Solicit, DHCP6OptClientId, DHCP6OptDNSServers,
                       DHCP6OptIA_NA, DHCP6OptIA_PD, DHCP6OptIAAddress,
                       DHCP6OptRapidCommit, DHCP6OptServerId,
                       DHCP6OptStatusCode, DUID_LL, Ether, ICMPv6ND_RA,
                       ICMPv6ND_RS, ICMPv6NDOptMTU, ICMPv6NDOptPrefixInfo,
                       ICMPv6NDOptSrcLLAddr, IPv6, Raw, UDP)    # noqa: E402

MAC, SERVER_MAC = 'fa:16:3e:a9:4c:c7', '00:00:00:10:00:02'
ADDRESS, DNS = 'fc11::5', 'fc11::53'


def opt(code, value):
    return struct.pack('>HH', code, len(value)) + value


def ip6(text):
    return socket.inet_pton(socket.AF_INET6, text)


STATELESS = (opt(2, bytes.fromhex(SERVER_MAC.replace(':', '')))
             + opt(23, ip6(DNS)))
STATEFUL = opt(5, ip6(ADDRESS)) + STATELESS
CLIENT = DHCP6OptClientId(duid=DUID_LL(lladdr=MAC))
ME = DHCP6OptServerId(duid=DUID_LL(lladdr=SERVER_MAC))
OTHER = DHCP6OptServerId(duid=DUID_LL(lladdr='00:00:00:99:99:99'))


def ia(address=None, iaid=7):
    return DHCP6OptIA_NA(iaid=iaid, ianaopts=[DHCP6OptIAAddress(addr=address)]
                         if address else [])


class Dhcp6(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def send(self, message, given=STATEFUL):
        frame = (Ether(src=MAC, dst='33:33:00:01:00:02')
                 / IPv6(src='fe80::1', dst='ff02::1:2')
                 / UDP(sport=546, dport=547) / message)
        self.frame = bytes(frame)
        replies = self.r.packet(PUT_DHCPV6_OPTS, BIT + given, frame)
        self.assertEqual(len(replies), 1)
        self.assertEqual(replies[0].kind, 'resume')
        return replies[0]

    def ask(self, message, given=STATEFUL):
        reply = self.send(message, given)
        self.assertEqual(reply.bit, 1)
        p = Ether(reply.frame)
        self.assertTrue(checksums_are_good(p[IPv6]))
        self.assertEqual((p[UDP].sport, p[UDP].dport), (546, 547))
        return p

    def refused(self, message, given=STATEFUL):
        reply = self.send(message, given)
        self.assertEqual((reply.bit, reply.frame), (0, self.frame))

    def check_address(self, p):
        self.assertEqual(p[DHCP6OptIA_NA].iaid, 7)
        a = p[DHCP6OptIAAddress]
        self.assertEqual((a.addr, a.validlft), (ADDRESS, 0xffffffff))
        self.assertEqual(p[DHCP6OptServerId].duid.lladdr, SERVER_MAC)
        self.assertEqual(p[DHCP6OptClientId].duid.lladdr, MAC)
        self.assertEqual(p[DHCP6OptDNSServers].dnsservers, [DNS])

    def test_solicit(self):
        p = self.ask(DHCP6_Solicit(trid=0x1234) / CLIENT / ia())
        self.assertEqual(p[DHCP6_Advertise].trid, 0x1234)
        self.check_address(p)

    def test_rapid_commit(self):
        p = self.ask(DHCP6_Solicit() / CLIENT / DHCP6OptRapidCommit() / ia())
        self.assertIn(DHCP6_Reply, p)
        self.assertIn(DHCP6OptRapidCommit, p)
        self.check_address(p)

    def test_request_renew_rebind(self):
        for message in (DHCP6_Request() / CLIENT / ME,
                        DHCP6_Renew() / CLIENT / ME,
                        DHCP6_Rebind() / CLIENT):
            p = self.ask(message / ia(ADDRESS))
            self.assertIn(DHCP6_Reply, p)
            self.check_address(p)

    def test_identifiers(self):
        self.refused(DHCP6_Request() / CLIENT / OTHER / ia())
        self.refused(DHCP6_Request() / CLIENT / ia())
        self.refused(DHCP6_Solicit() / ia())
        self.refused(DHCP6_Solicit() / CLIENT / ME / ia())
        self.refused(DHCP6_Rebind() / CLIENT / ME / ia())
        self.refused(DHCP6_InfoRequest() / CLIENT / ia())
        self.refused(DHCP6_Advertise() / CLIENT / ME)
        self.refused(DHCP6_Solicit() / CLIENT / ia(), given=opt(23, ip6(DNS)))

    def test_old_address_ends(self):
        p = self.ask(DHCP6_Renew() / CLIENT / ME / ia('fc11::99'))
        found = [(o.addr, o.validlft)
                 for o in p[DHCP6OptIA_NA].ianaopts]
        self.assertEqual(found, [(ADDRESS, 0xffffffff), ('fc11::99', 0)])

    def test_confirm(self):
        p = self.ask(DHCP6_Confirm() / CLIENT / ia('fc11::77'))
        self.assertEqual(p[DHCP6OptStatusCode].statuscode, 0)
        p = self.ask(DHCP6_Confirm() / CLIENT / ia('fd77::77'))
        self.assertEqual(p[DHCP6OptStatusCode].statuscode, 4)
        self.refused(DHCP6_Confirm() / CLIENT / ia())

    def test_release_and_decline(self):
        for message in DHCP6_Release(), DHCP6_Decline():
            p = self.ask(message / CLIENT / ME / ia(ADDRESS))
            self.assertEqual(p[DHCP6OptStatusCode].statuscode, 0)
            self.assertNotIn(DHCP6OptIAAddress, p)

    def test_information(self):
        p = self.ask(DHCP6_InfoRequest(trid=5), given=STATELESS
                     + opt(24, b'example.org, a.b'))
        self.assertIn(opt(24, b'\7example\3org\0\1a\1b\0'), bytes(p))
        self.assertEqual(p[DHCP6_Reply].trid, 5)
        self.assertEqual(p[DHCP6OptDNSServers].dnsservers, [DNS])
        self.assertNotIn(DHCP6OptIA_NA, p)

    def test_nothing_to_give(self):
        p = self.ask(DHCP6_Solicit() / CLIENT / ia(), given=STATELESS)
        self.assertEqual(p[DHCP6OptIA_NA].ianaopts[0].statuscode, 2)
        p = self.ask(DHCP6_Solicit() / CLIENT / DHCP6OptIA_PD(iaid=3))
        self.assertEqual(p[DHCP6OptIA_PD].iapdopt[0].statuscode, 6)

    def test_nonsense(self):
        good = bytes(DHCP6_Solicit() / CLIENT / ia(ADDRESS))
        for size in range(len(good)):
            self.send(Raw(good[:size]))
        self.refused(Raw(b''))
        self.refused(Raw(b'\x63\0\0\0'))
        for given in (b'', b'\0', STATEFUL[:7], opt(5, b'x')):
            self.refused(DHCP6_Solicit() / CLIENT / ia(), given)


RA = bytes(ICMPv6ND_RA(chlim=255, M=1, cksum=0)
           / ICMPv6NDOptSrcLLAddr(lladdr=SERVER_MAC)
           / ICMPv6NDOptMTU(mtu=1442)
           / ICMPv6NDOptPrefixInfo(prefix='fc11::', prefixlen=64))


class RouterAdvertisements(unittest.TestCase):
    def setUp(self):
        self.r = Responders().__enter__()

    def tearDown(self):
        self.r.__exit__(None, None, None)

    def send(self, src='fe80::1', hlim=255, options=b'', ra=RA, code=0):
        frame = (Ether(src=MAC, dst='33:33:00:00:00:02')
                 / IPv6(src=src, dst='ff02::2', hlim=hlim)
                 / ICMPv6ND_RS(code=code) / Raw(options))
        return self.r.packet(PUT_ND_RA_OPTS, BIT + ra, frame)[0]

    def test_answer(self):
        p = Ether(self.send().frame)
        self.assertTrue(checksums_are_good(p[IPv6]))
        self.assertEqual((p[IPv6].src, p[IPv6].hlim), ('fe80::1', 255))
        self.assertEqual(p[ICMPv6ND_RA].M, 1)
        self.assertEqual(p[ICMPv6NDOptMTU].mtu, 1442)
        self.assertEqual(p[ICMPv6NDOptPrefixInfo].prefix, 'fc11::')

    def test_unspecified_source_gets_it_as_all_nodes_do(self):
        reply = self.send(src='::')
        self.assertEqual(reply.bit, 1)
        self.assertEqual(Ether(reply.frame)[IPv6].src, 'ff02::1')

    def test_bad_solicitations(self):
        slla = b'\1\1' + bytes(6)
        self.assertEqual(self.send(options=slla).bit, 1)
        self.assertEqual(self.send(hlim=64).bit, 0)
        self.assertEqual(self.send(code=1).bit, 0)
        self.assertEqual(self.send(options=b'\1\0' + bytes(6)).bit, 0)
        self.assertEqual(self.send(options=b'\1\2' + bytes(6)).bit, 0)
        self.assertEqual(self.send(src='::', options=slla).bit, 0)
        self.assertEqual(self.send(ra=RA[:8]).bit, 0)


unittest.main()
