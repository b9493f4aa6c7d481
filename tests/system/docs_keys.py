"""docs/KEYS.md shows what really is in etcd: makes the network of its listing
in a sandbox and compares every key and value; then makes one of each kind of
key and looks for it in the document's tables.

    docs_keys.py --update      writes the listing into the document
"""
import json
import os
import re
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'support'))
from sandbox import SOURCE, Sandbox, wait_until  # noqa: E402

DOCUMENT = os.path.join(SOURCE, 'docs', 'KEYS.md')
LISTING = re.compile(r'(<!-- listing -->\n```json\n)(.*?)(```\n)', re.S)
PREFIX = '/weft/v1/'

# What differs from run to run, and how the document writes it.
CHANGING = [
    (r'"(started_ms|time_ms)":\d+', r'"\1":1795351971439'),
    (r'"(revision|sb_revision|hv_revision)":\d+', r'"\1":22'),
    (r'("type":"switch".*"version"):\d+', r'\1:7'),
    (r'"iface":"w\d+-', r'"iface":"tap-'),
    (r'"iface-types":"[^"]*"',
     '"iface-types":"geneve,internal,patch,system,tap,vxlan"'),
    (r'^[^{}\s/]+/[0-9a-f-]{36}$',
     'controller1/5c236586-7183-41a2-a89f-19829594ac7d'),
]


def document():
    with open(DOCUMENT, encoding='utf-8') as f:
        return f.read()


def normal(listing):
    for pattern, instead in CHANGING:
        listing = re.sub(pattern, instead, listing, flags=re.M)
    return listing.strip() + '\n'


def documented_patterns():
    """A regular expression for each key that the tables and examples name:
    `sb/dp/<datapath>/port/<lport>`."""
    text = LISTING.sub('', document())
    keys = re.findall(r'`(?:P/)?((?:nb|status|sb|chassis)/[^`]+)`', text)
    keys += re.findall(r'^    P/(\S+)', text, re.M)
    # The id of a northbound row may have two components.
    return [re.compile(re.sub(r'<[^>]*>', '[^/]+', key.replace(
        '<id>', '[^/]+(?:/[^/]+)?')) + '$') for key in keys]


class DocsKeys(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.s = cls.enterClassContext(Sandbox())
        cls.s.start_weft()

    def listing(self):
        """The network of the listing: one switch, a port on each node."""
        self.s.put('nb/logical_switch/n1', '{}')
        for n, name, address in ((1, 'a', 'fa:16:3e:a9:4c:c7 10.1.1.5'),
                                 (2, 'b', 'fa:16:3e:99:7a:17 10.1.1.6')):
            mac, ip = address.split()
            self.s.put(f'nb/logical_switch_port/{name}p',
                       f'{{"switch":"n1","addresses":["{address}"]}}')
            self.s.add_vm(n, name, mac, f'{ip}/24', iface_id=f'{name}p')
        self.s.ping_soon('a', '10.1.1.6')
        for name in 'ab':
            wait_until(f'{name}p installed', lambda p=name: (
                self.s.get(f'status/logical_switch_port/{p}p') or {}
                ).get('up'))
        self.s.weftctl('--wait=hv', 'sync')
        wait_until('the clock', lambda: self.s.get('sb/clock'))

        def settled():
            now = self.s.etcdctl('get', '--prefix', PREFIX)
            return now if settled.last == now else setattr(
                settled, 'last', now)
        settled.last = None
        return normal(wait_until('settled', settled, 10, 1))

    def test_1_listing(self):
        real = self.listing()
        text = document()
        if '--update' in sys.argv:
            with open(DOCUMENT, 'w', encoding='utf-8') as f:
                f.write(LISTING.sub(lambda m: m[1] + real + m[3], text))
            return
        shown = LISTING.search(text)
        self.assertTrue(shown, 'docs/KEYS.md has no listing')
        self.assertEqual(shown[2].splitlines(), real.splitlines())

    def test_2_every_key_is_documented(self):
        for key, row in (
                ('logical_router/r', {}),
                ('logical_router_port/r-n1', {
                    'router': 'r', 'mac': 'fa:16:3e:f6:e2:8f',
                    'networks': ['10.1.1.1/24']}),
                ('logical_switch_port/n1-r', {
                    'switch': 'n1', 'type': 'router',
                    'addresses': ['router'],
                    'options': {'router-port': 'r-n1'}}),
                ('logical_switch_port/waiting', {'switch': 'n9'}),
                ('logical_switch_port/wrong', {'switch': 7}),
                ('logical_switch_port/cp', {
                    'switch': 'n1', 'addresses': ['unknown']}),
                ('port_group/pg', {}), ('port_group_port/pg/ap', {}),
                ('address_set/web', {}),
                ('address_set_address/web/10.0.0.1', {}),
                ('acl/1', {'port_group': 'pg', 'direction': 'to-lport',
                           'priority': 5, 'action': 'drop',
                           'match': 'ip4.src == $web && outport == @pg'}),
                ):
            self.s.put(f'nb/{key}', row)
        self.s.weftctl('--wait=hv', 'sync')
        self.s.vm('a', 'ping', '-c', '1', '-W', '1', '10.1.1.1', check=False)
        wait_until('set', lambda: self.s.get('sb/set/address_set:web'))
        patterns = documented_patterns()
        for line in self.s.etcdctl('get', '--prefix', '--keys-only',
                                   PREFIX).split():
            key = line[len(PREFIX):]
            with self.subTest(key=key):
                self.assertTrue(any(p.match(key) for p in patterns))
        self.assertTrue(self.s.get('status/logical_switch_port/wrong'))
        self.assertTrue(self.s.get('status/logical_switch_port/waiting'))

    def test_3_examples_are_json(self):
        text = LISTING.sub('', document())
        n = 0
        for example in re.findall(r'`(\{"[^`]*\})`', text):
            with self.subTest(example=example):
                json.loads(re.sub(',?…', '', example))
                n += 1
        self.assertGreater(n, 15)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1], verbosity=2)
