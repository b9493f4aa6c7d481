#!/usr/bin/python3
"""Mirrors of ports: the rows that stock ovn-controller and ours make of the
same ones, and the copies of the same packets, as they arrive at the sink.

The sink is a machine on the underlay, where the GRE packets are caught."""
import json
import time
import unittest

import scapy.all as scapy
from twins import Twins, socket_in
from sandbox import SandboxError, run, wait_until

SINK = '192.168.77.9'
ROWS = {
    'nb/logical_switch/n1': {},
    **{f'nb/logical_switch_port/p{i}': {
        'switch': 'n1', 'addresses': [f'0a:00:00:00:00:0{i} 10.0.0.{i}']}
       for i in (1, 2, 3)},
}


def table(s, name, *columns):
    """{name: [columns]} of a table, ports by their names, sets sorted."""
    ports = dict(reversed(line.split(',')) for line in s.hv(
        1, 'ovs-vsctl', '--format=csv', '--no-headings',
        '--columns=name,_uuid', 'list', 'Port').stdout.split())

    def plain(value):
        if isinstance(value, list) and value[0] == 'uuid':
            return [ports.get(value[1], value[1])]
        if isinstance(value, list):
            return sorted(str(plain(v) if v[0] == 'uuid' else v)
                          for v in value[1])
        return value

    text = s.hv(1, 'ovs-vsctl', '--format=json',
                f'--columns=name,{",".join(columns)}', 'list', name).stdout
    return {row[0]: [plain(v) for v in row[1:]]
            for row in json.loads(text)['data']}


def rows(s):
    """The mirrors, their tunnels, and how many the bridge has."""
    mirrors = table(s, 'Mirror', 'select_src_port', 'select_dst_port',
                    'output_port', 'external_ids')
    tunnels = {name: row for name, row in table(
        s, 'Interface', 'type', 'options').items()
        if name.startswith('ovn-')}
    return mirrors, tunnels, len(table(s, 'Bridge', 'mirrors')['br-int'][0])


class Mirrors(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.twins = t = cls.enterClassContext(Twins(
            ROWS, {'v1': 'p1', 'v2': 'p2', 'v3': 'p3'}))
        for world in t.worlds:
            s = world.sandbox
            ul = s.netns('ul')
            run(['ip', '-n', ul, 'addr', 'add', f'{SINK}/24', 'dev', 'br0'])
            world.sink = socket_in(ul, 'br0')
            cls.addClassCleanup(world.sink.close)

    def same(self, wanted, what):
        def both():
            return {w.name: rows(w.sandbox) for w in self.twins.worlds}
        try:
            wait_until(what, lambda: (lambda b: b['stock'] == b['weft']
                                      and wanted(b['weft']))(both()))
        except SandboxError:
            print(json.dumps(both(), indent=1), flush=True)
            raise

    def copies(self, device, frame, n=1):
        """The copies of `frame` at both sinks when it is sent: the tunnel's
        addresses, and what is in it."""
        result = {}
        for world in self.twins.worlds:
            end = time.monotonic() + 10
            got = []
            while len(got) < n and time.monotonic() < end:
                world.sockets[device].send(bytes(frame))
                until = time.monotonic() + 0.5
                while len(got) < n and time.monotonic() < until:
                    world.sink.settimeout(0.1)
                    try:
                        packet = scapy.Ether(world.sink.recv(65536))
                    except TimeoutError:
                        continue
                    if bytes(frame) in bytes(packet) and scapy.GRE in packet:
                        gre = packet[scapy.GRE]
                        got.append((packet[scapy.IP].src,
                                    packet[scapy.IP].dst, gre.proto,
                                    bytes(gre.payload).hex()))
            result[world.name] = got
        return result

    def test(self):
        t = self.twins
        for words in (
                ['mirror-add', 'sent', 'gre', '7', 'from-lport', SINK],
                ['mirror-add', 'got', 'gre', '8', 'to-lport', SINK],
                ['mirror-add', 'six', 'gre', '0', 'from-lport', 'fd00::9'],
                ['mirror-add', 'span', 'erspan', '9', 'to-lport', SINK],
                ['lsp-attach-mirror', 'p1', 'sent']):
            t.nbctl(*words)
        self.same(lambda r: list(r[0]) == ['sent'], 'one')
        frame = (scapy.Ether(src='0a:00:00:00:00:01', dst='0a:00:00:00:00:02')
                 / scapy.IP(src='10.0.0.1', dst='10.0.0.2')
                 / scapy.UDP(sport=5, dport=6) / b'mirrored')
        got = self.copies('v1', frame)
        self.assertEqual(got['weft'], got['stock'])
        self.assertEqual(got['weft'], [
            ('192.168.77.1', SINK, 0x6558, bytes(frame).hex())])

        for port, mirror in ('p2', 'got'), ('p2', 'sent'), ('p3', 'six'), (
                'p3', 'span'), ('p1', 'span'):
            t.nbctl('lsp-attach-mirror', port, mirror)
        self.same(lambda r: len(r[0]) == 4, 'four')
        for name, *changes in (('sent', 'index=70', 'filter=to-lport'),
                               ('span', 'type=gre', 'sink="fd00::10"')):
            for nbctl in t.stock_nbctl, t.weft_nbctl:
                row = nbctl('--bare', '--columns=_uuid', 'find', 'Mirror',
                            f'name={name}').strip()
                nbctl('set', 'Mirror', row, *changes)
        t.nbctl('lsp-detach-mirror', 'p2', 'got')
        self.same(lambda r: sorted(r[0]) == ['sent', 'six', 'span'],
                  'changed')
        back = (scapy.Ether(src='0a:00:00:00:00:03', dst='0a:00:00:00:00:01')
                / scapy.IP(src='10.0.0.3', dst='10.0.0.1')
                / scapy.UDP(sport=7, dport=8) / b'received')
        got = self.copies('v3', back)
        self.assertEqual(got['weft'], got['stock'])
        self.assertEqual(got['weft'][0][3], bytes(back).hex())

        show = ['--columns=name,type,index,filter,sink', 'list', 'Mirror']
        ours = t.weft.weftctl(*show, name='ovn-sbctl').stdout
        theirs = run(['ovn-sbctl', f'--db=unix:{t.stock.sb_path}',
                      *show]).stdout
        self.assertEqual(sorted(ours.split()), sorted(theirs.split()))
        t.nbctl('mirror-del')
        self.same(lambda r: r == ({}, {}, 0), 'none')


if __name__ == '__main__':
    unittest.main()
