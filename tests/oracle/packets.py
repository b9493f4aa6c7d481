#!/usr/bin/python3
"""Random networks, real packets: what comes out of stock OVN beside Weft.

Each topology (trace_generate.py) is entered by ovn-nbctl in two clouds of
two hypervisors, ovn-northd's and ovn-controller's, and Weft's (one Open
vSwitch with the userspace datapath each; packets_sides.py).  The same frames
are then sent into the same ports of both; whatever comes out of any port or
physical network of either is compared, byte for byte: who gets it, how it was
rewritten, what the hypervisors answered.  VMs answer for their addresses
(ARP, neighbour solicitations) and answer what reaches them, so that
neighbours are learned and connections established.

    packets.py [--seed S] [--first I] [--topologies N] [--packets N]
               [--only I] [--keep]

What may differ is in is_announcement(), is_about_many(), alike().
"""
import argparse
import collections
import os
import shutil
import sys
import time
import warnings

sys.path[:0] = [os.path.dirname(os.path.abspath(__file__)), os.path.join(
    os.path.dirname(os.path.abspath(__file__)), '..', 'support')]
warnings.filterwarnings('ignore')
from scapy.config import conf  # noqa: E402
conf.ipv6_enabled = True
from scapy.layers.inet import ICMP, IP, TCP, UDP, IPerror  # noqa: E402
from scapy.layers.inet6 import (  # noqa: E402
    ICMPv6EchoReply, ICMPv6EchoRequest, ICMPv6ND_NA, ICMPv6ND_NS,
    ICMPv6ND_RA, ICMPv6NDOptDstLLAddr, ICMPv6NDOptSrcLLAddr, IPerror6, IPv6)
from scapy.layers.l2 import ARP, Ether  # noqa: E402
from scapy.layers.sctp import SCTP, SCTPChunkInit  # noqa: E402
from scapy.packet import Raw  # noqa: E402
from packets_sides import StockCloud, WeftCloud, collect  # noqa: E402
from sandbox import wait_until  # noqa: E402
from trace_generate import Topology  # noqa: E402
from trace_topologies import join  # noqa: E402

QUIET_S, LIMIT_S = 0.12, 2


# ---- Frames ---------------------------------------------------------------

def frame_of(match):
    """A frame as a packet of trace_generate.py describes it."""
    terms = dict(t.split(' == ', 1) for t in match.split(' && '))
    terms = {k: v.strip('"') for k, v in terms.items()}
    eth = Ether(src=terms['eth.src'], dst=terms['eth.dst'])
    if 'eth.type' in terms:
        eth.type = int(terms['eth.type'], 0)
        return terms['inport'], eth / Raw(bytes(46))
    if 'arp.op' in terms:
        return terms['inport'], eth / ARP(
            op=int(terms['arp.op']), hwsrc=terms['arp.sha'],
            psrc=terms['arp.spa'], pdst=terms['arp.tpa'],
            hwdst=terms.get('arp.tha', '00:00:00:00:00:00'))
    tos = len(match) % 4 * 40
    if 'ip4.src' in terms:
        ip = IP(src=terms['ip4.src'], dst=terms['ip4.dst'],
                ttl=int(terms['ip.ttl']), tos=tos)
    else:
        ip = IPv6(src=terms['ip6.src'], dst=terms['ip6.dst'],
                  hlim=int(terms['ip.ttl']), tc=tos)
    return terms['inport'], eth / above(ip, terms)


def above(ip, terms):
    """The IP packet, whole."""
    data = Raw(b'weft' * 5)
    if 'tcp.src' in terms:
        return ip / TCP(sport=int(terms['tcp.src']), flags='S',
                        dport=int(terms['tcp.dst']), seq=1000)
    if 'udp.src' in terms:
        return ip / UDP(sport=int(terms['udp.src']),
                        dport=int(terms['udp.dst'])) / data
    if 'sctp.src' in terms:
        return ip / SCTP(sport=int(terms['sctp.src']), dport=int(
            terms['sctp.dst'])) / SCTPChunkInit()
    if 'nd.target' in terms:
        return ip / ICMPv6ND_NS(tgt=terms['nd.target']) \
            / ICMPv6NDOptSrcLLAddr(lladdr=terms['nd.sll'])
    if 'icmp4.type' in terms:
        return ip / ICMP(type=int(terms['icmp4.type']), id=7, seq=1) / data
    if 'icmp6.type' in terms:
        echo = (ICMPv6EchoRequest if terms['icmp6.type'] == '128'
                else ICMPv6EchoReply)
        return ip / echo(id=7, seq=1, data=b'weft' * 5)
    if isinstance(ip, IP):
        ip.proto = int(terms['ip.proto'])
    else:
        ip.nh = int(terms['ip.proto'])
    return ip / data


def answer_of(frame, port):
    """(kind, frame) that a VM, or the physical network, answers, or None."""
    p = Ether(frame)
    back = Ether(src=port.mac, dst=p.src)
    if ARP in p:
        return ('arp', back / ARP(
            op=2, hwsrc=port.mac, psrc=p[ARP].pdst, hwdst=p[ARP].hwsrc,
            pdst=p[ARP].psrc)) if (p[ARP].op == 1 and p[ARP].pdst == port.ip4
                                   and p[ARP].psrc != port.ip4) else None
    if ICMPv6ND_NS in p and not port.is_watched:
        return ('nd', back / IPv6(src=port.ip6, dst=p[IPv6].src, hlim=255)
                / ICMPv6ND_NA(tgt=port.ip6, R=0, S=1, O=1)
                / ICMPv6NDOptDstLLAddr(lladdr=port.mac)) \
            if p[ICMPv6ND_NS].tgt == port.ip6 else None
    if p.dst != port.mac:
        return None
    return echo_of(p, back)


def echo_of(p, back):
    """What a VM sends back for an IP packet."""
    if IP in p:
        ip = IP(src=p[IP].dst, dst=p[IP].src)
    elif IPv6 in p:
        ip = IPv6(src=p[IPv6].dst, dst=p[IPv6].src)
    else:
        return None
    if TCP in p and p[TCP].flags == 'S':
        return 'ip', back / ip / TCP(sport=p[TCP].dport, dport=p[TCP].sport,
                                     flags='SA', seq=5000,
                                     ack=p[TCP].seq + 1)
    if UDP in p and p[UDP].dport not in (67, 68):
        return 'ip', back / ip / UDP(sport=p[UDP].dport,
                                     dport=p[UDP].sport) / Raw(b'answer')
    if ICMP in p and p[ICMP].type == 8:
        return 'ip', back / ip / ICMP(type=0, id=p[ICMP].id, seq=p[ICMP].seq
                                      ) / Raw(b'weft' * 5)
    if ICMPv6EchoRequest in p:
        return 'ip', back / ip / ICMPv6EchoReply(
            id=p[ICMPv6EchoRequest].id, seq=p[ICMPv6EchoRequest].seq,
            data=p[ICMPv6EchoRequest].data)
    return None


def is_announcement(p):
    """What gateways say by themselves, at times of their own choice."""
    if ARP in p:
        return p[ARP].psrc == p[ARP].pdst
    return ICMPv6ND_RA in p or (ICMPv6ND_NA in p and not p[ICMPv6ND_NA].S)


def is_question(p):
    return (ARP in p and p[ARP].op == 1) or ICMPv6ND_NS in p


def alike(one, other):
    """Who asks for a neighbour may have learned of it just before the other
    cloud did: a question of one alone says nothing, but what comes of it."""
    return all(is_question(Ether(bytes.fromhex(text)))
               for _, text in (one - other) + (other - one))


def is_about_many(p):
    """Stock OVN answers broadcasts, and what comes from no address, by ICMP
    errors and resets too, which RFC 1122, 3.2.2, and RFC 4443, 2.4,
    forbid."""
    return ((IPerror in p and int(p[IPerror].dst.split('.')[0]) >= 224)
            or (IPerror6 in p and p[IPerror6].dst.startswith('ff'))
            or int(p.src[:2], 16) & 1
            or IP in p and (p[IP].dst == '0.0.0.0'
                            or int(p[IP].src.split('.')[0]) >= 224)
            or IPv6 in p and (p[IPv6].dst == '::'
                              or p[IPv6].src.startswith('ff')))


def describe(text):
    return Ether(bytes.fromhex(text)).summary() + '\n      ' + text


# ---- Both clouds ----------------------------------------------------------

class Pair:
    def __init__(self, stock, weft):
        self.clouds = [stock, weft]
        self.stock = stock

    def nbctl(self, *argv):
        for cloud in self.clouds:
            cloud.nbctl(*argv)

    def keep_gateways_watched(self):
        """A group of two gateways that stays: its BFD sessions are up
        before those of a topology are needed."""
        self.nbctl('lr-add', 'watched', '--', 'lrp-add', 'watched', 'lrp-w',
                   '0a:ff:00:00:00:01', '198.51.100.1/24', '--',
                   'lrp-set-gateway-chassis', 'lrp-w', 'hv1', '10', '--',
                   'lrp-set-gateway-chassis', 'lrp-w', 'hv2', '5', '--',
                   'ls-add', 'watched-ls', '--', 'lsp-add', 'watched-ls',
                   'lsp-w', '--', 'lsp-set-type', 'lsp-w', 'router', '--',
                   'lsp-set-addresses', 'lsp-w', 'router', '--',
                   'lsp-set-options', 'lsp-w', 'router-port=lrp-w')
        for cloud in self.clouds:
            for n in (1, 2):
                wait_until('BFD', lambda s=cloud.hypervisors.sandbox, n=n:
                           'state=up' in s.hv(
                               n, 'ovs-vsctl', '--bare',
                               '--columns=bfd_status', 'find', 'Interface',
                               'type=geneve').stdout, 30)

    def enter(self, topology):
        physical = {p.name: f'phys{p.name[2:]}' for p in topology.ports
                    if p.is_localnet}
        for commands in topology.commands, topology.later:
            if commands:
                self.nbctl(*join(commands))
        for cloud in self.clouds:
            cloud.hypervisors.bind(topology.places, physical)
        self.settle(topology)

    def settle(self, topology):
        """Until both are where they will stay."""
        places = {**topology.places, **{
            f'cr-{port}': 'hv1' for port in gateway_ports(topology)}}
        for cloud in self.clouds:
            cloud.nbctl('--wait=hv', 'sync')
            for port, chassis in places.items():
                wait_until(f'{cloud.name}: {port} on {chassis}',
                           lambda c=cloud, p=port, h=chassis:
                           is_bound(c, p, h), 20, 0.1)
            cloud.nbctl('--wait=hv', 'sync')
            cloud.nbctl('--wait=hv', 'sync')
            cloud.hypervisors.drain()

    def leave(self, topology):
        for commands in topology.undo, topology.undo_later:
            if commands:
                self.nbctl(*join(commands))
        for cloud in self.clouds:
            cloud.hypervisors.bind({}, {})
            cloud.nbctl('--wait=hv', 'sync')
            for n in (1, 2):        # What it has tracked and learned.
                cloud.hypervisors.sandbox.hv(
                    n, 'ovs-appctl', '-t', 'ovs-vswitchd',
                    'dpctl/flush-conntrack')

    def send(self, name, frame, vms):
        """What came out: per cloud, a Counter of (port, text)."""
        out = {cloud: collections.Counter() for cloud in self.clouds}
        answered = set()

        def heard(cloud, port, data):
            p = Ether(data)
            if is_announcement(p) or is_about_many(p):
                return False
            out[cloud][port, data.hex()] += 1
            vm = vms.get(port.split('@')[0])
            answer = answer_of(data, vm) if vm else None
            if answer and (cloud, port, answer[0]) not in answered:
                answered.add((cloud, port, answer[0]))
                cloud.hypervisors.socket_of(port).send(bytes(answer[1]))
            return True

        for cloud in self.clouds:
            cloud.hypervisors.socket_of(name).send(bytes(frame))
        collect(self.clouds, QUIET_S, LIMIT_S, heard)
        return [out[cloud] for cloud in self.clouds]


def gateway_ports(topology):
    return [c[1] for c in topology.commands
            if c[0] == 'lrp-set-gateway-chassis' and c[2] == 'hv1']


def is_bound(cloud, port, chassis):
    out = cloud.sbctl('--bare', '--columns=chassis', 'find', 'Port_Binding',
                      f'logical_port={port}').strip()
    if not out:
        return False
    return cloud.sbctl('--bare', 'get', 'Chassis', out, 'name'
                       ).strip() == chassis


def show(pair, number, name, frame, theirs, ours):
    print(f'--- topology {number}: {name}: {frame.summary()}\n      '
          f'{bytes(frame).hex()}')
    for (port, text), n in sorted((theirs - ours).items()):
        print(f'  only stock, {n} x {port}: {describe(text)}')
    for (port, text), n in sorted((ours - theirs).items()):
        print(f'  only Weft, {n} x {port}: {describe(text)}')
    for cloud in pair.clouds:
        print('  ', cloud.name, 'has learned', sorted(
            cloud.sbctl('--bare', '--columns=logical_port,ip,mac', 'list',
                        'MAC_Binding').replace('\n', ' ').split('  ')))
    for (port, text), n in sorted((ours & theirs).items()):
        print(f'  both, {n} x {port}: {describe(text)}')
    sys.stdout.flush()


def run_topology(pair, topology, n):
    """(packets sent, frames that came out of both, packets that differ)"""
    vms = {p.name: p for p in topology.ports}
    # Stock OVN 23.03 lets advertisements of secured ports pass with a hop
    # limit of 225 (its misprint) only: such VMs are silent.
    secured = {c[1] for c in topology.commands
               if c[0] == 'lsp-set-port-security'}
    for port in topology.ports:
        port.is_watched = port.name in secured
    sent = same = bad = 0
    for packet in topology.packets(n):
        name, frame = frame_of(packet[-1])
        if vms[name].is_localnet:
            name += topology.rng.choice(['@hv1', '@hv2'])
        elif name not in topology.places:
            continue
        theirs, ours = pair.send(name, frame, vms)
        sent += 1
        same += sum((theirs & ours).values())
        if not alike(theirs, ours):
            bad += 1
            show(pair, topology.number, name, frame, theirs, ours)
    return sent, same, bad


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--first', type=int, default=0)
    parser.add_argument('--topologies', type=int, default=10)
    parser.add_argument('--packets', type=int, default=24)
    parser.add_argument('--only', type=int)
    parser.add_argument('--keep', action='store_true',
                        help='wait for Enter before taking it away')
    args = parser.parse_args()
    if not shutil.which('ovn-controller'):
        print('ovn-controller is not installed')
        return 77
    numbers = ([args.only] if args.only is not None
               else range(args.first, args.first + args.topologies))
    totals, started = [0, 0, 0], time.time()
    with StockCloud() as stock, WeftCloud() as weft:
        pair = Pair(stock, weft)
        pair.keep_gateways_watched()
        for number in numbers:
            topology = Topology(args.seed, number)
            pair.enter(topology)
            counts = run_topology(pair, topology, args.packets)
            totals = [a + b for a, b in zip(totals, counts)]
            if args.keep:
                print('\n'.join(map(str, topology.commands)))
                print(stock.hypervisors.sandbox.folder,
                      weft.hypervisors.sandbox.folder)
                input()
            pair.leave(topology)
    sent, same, bad = totals
    print(f'{len(numbers)} topologies, {sent} packets sent, {same} frames '
          f'came out of both alike, {bad} packets differ, '
          f'{time.time() - started:.0f} s')
    return 1 if bad or not same else 0


if __name__ == '__main__':
    sys.exit(main())
