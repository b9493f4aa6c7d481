"""Rows that a hostile or careless client may write straight to etcd: valid
rows of random networks (tests/oracle/random_network.py) with something wrong
in them, and keys with odd names.  The same seed gives the same."""
import json
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'oracle'))
import random_network                                   # noqa: E402

DEEP = 400


def nested(n):
    value = 1
    for _ in range(n):
        value = [value]
    return value


VALUES = [
    None, True, False, 0, -1, 1, 0.5, 1e308, 2**31, 2**63, 2**64, -2**63,
    10**40, '', ' ', 'x', 'x' * 70000, 'é', '☃' * 400, '\u0000', 'a\u0000b',
    '"', '"; drop;', '\\', 'a\nb', '\t', '../..', '%', '%zz', '/', '//', '$x',
    '@y', '$', '{', '}', '((', '0.0.0.0/0', '::/0', '255.255.255.255',
    '10.0.0.0/33', '::ffff:10.0.0.1', 'fe80::1%eth0', '00:00:00:00:00:00',
    'ff:ff:ff:ff:ff:ff', 'dynamic', 'unknown', 'router', 'true', 'null',
    [], {}, [[]], [None], [{}], {'a': {}}, {'': ''}, ['x'] * 5000,
    nested(DEEP), {str(i): i for i in range(3000)}]
RAW = [b'', b'{', b'null', b'[]', b'"x"', b'1', b'{}{}', b'{"a":1,"a":2}',
       b'\xff\xfe\x00', b'\x00', b'{"switch":"\xff"}', b'[' * 5000,
       b'{"name":"\\ud800"}', b'{"doc":' + b' ' * 300000 + b'1}',
       b'x' * 500000, b'{"no":', b'{"no_such_column":1}', b'{1:2}']
NAMES = ['', ' ', '%', '%zz', '%00', 'a%00b', '%2F', '..', '.', 'a/b', 'é',
         'x' * 5000, '"', "'", '\\', '$a', '@a', '{}', 'a b', 'a:b', '%0A',
         'switch:s0', '-', 'S0', 's0 ', '\x01', '*', '0', 'true']
TABLES = ['logical_switch', 'logical_switch_port', 'logical_router',
          'logical_router_port', 'acl', 'port_group', 'address_set',
          'port_group_port', 'address_set_address', 'nat', 'no_such_table',
          'Logical_Switch', '', 'dhcp_options', 'dns', 'meter', 'bfd']
AGENT = ['chassis', 'claim/p0-0', 'claim/good-a', 'claim/nobody', 'claim/',
         'fdb/switch:s0/0a:00:00:00:00:01', 'fdb/switch:s0/x', 'fdb/x',
         'fdb/router:r0/0a:00:00:00:00:01', 'bfd/b0',
         'igmp_group/switch:s0/239.1.1.1', 'igmp_group/switch:s0/mrouters',
         'igmp_group/router:r0/ff0e::5', 'igmp_group/x', 'tunnels', 'sync',
         'mac_binding/router:r0/r0-s0/10.0.0.9', 'mac_binding/x/y/z',
         'mac_binding/switch:s0/p0-0/10.0.0.9', 'no_such_thing', '']
SB = ['dp/switch:good', 'dp/switch:good/port/good-a',
      'dp/switch:good/port/evil', 'dp/switch:good/flow/lsp:good-a',
      'dp/switch:good/flow/evil', 'dp/switch:good/flow/evil/1',
      'dp/switch:good/fdb/x', 'dp/switch:good/dns/x', 'dp/x', 'dp/x/y/z',
      'common/switch', 'common/nothing', 'set/pg:x', 'set/pg:x/member/y',
      'node/hv1/dp/switch:good', 'node/hv1/dp/none', 'node/hv1/port/good-a',
      'chassis/hv2', 'chassis/evil', 'meter/m', 'clock', 'x']


class Hostile:
    """Changes of keys below the prefix: (key, bytes), or (key, None) for a
    deletion.  'broken' are the northbound keys that hold what no schema
    allows."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.rows, self.broken = {}, set()
        for _ in range(6):
            for key, row in random_network.make(self.rng).items():
                self.rows.setdefault(key, []).append(row)
        self.keys = sorted(self.rows)

    def northbound(self):
        """One change."""
        rng = self.rng
        kind = rng.random()
        if kind < .12:
            return self.odd_key()
        key = rng.choice(self.keys)
        self.broken.discard(key)
        if kind < .3:
            return key, None
        row = json.loads(json.dumps(rng.choice(self.rows[key])))
        if kind < .6:
            return key, json.dumps(row).encode()
        if kind < .7:
            self.broken.add(key)
            return key, rng.choice([r for r in RAW if not r.startswith(
                b'{"doc"')])
        if kind < .75:
            row['no_such_column'] = rng.choice(VALUES)
            self.broken.add(key)
        else:
            for _ in range(rng.choice([1, 1, 2, 3])):
                row = self.mutated(row)
        return key, json.dumps(row).encode()

    def odd_key(self):
        rng = self.rng
        table = rng.choice(TABLES)
        id_ = '/'.join(rng.choice(NAMES) for _ in range(
            rng.choice([1, 1, 1, 2, 3])))
        some = [r for k, rows in self.rows.items() for r in rows
                if k.startswith(f'nb/{table}/')] or [{}]
        return (f'nb/{table}/{id_}',
                None if rng.random() < .3 else
                json.dumps(rng.choice(some)).encode())

    def mutated(self, row):
        """A row, or part of one, with something else somewhere in it."""
        rng = self.rng
        if not row or rng.random() < .15:
            return rng.choice(VALUES) if not isinstance(row, dict) else {
                **row, rng.choice(['name', 'options', 'external_ids', 'tag',
                                   'enabled', 'peer']): rng.choice(VALUES)}
        if isinstance(row, dict):
            at = rng.choice(sorted(row))
            return {**row, at: self.mutated(row[at])}
        if isinstance(row, list):
            at = rng.randrange(len(row))
            return row[:at] + [self.mutated(row[at])] + row[at + 1:]
        if isinstance(row, str) and rng.random() < .5:
            other = rng.choice(self.keys).rsplit('/', 1)[1]
            return rng.choice([other, row * 300, row[:-1], row + ' ',
                               row.upper(), row.replace('.', ':')])
        return rng.choice(VALUES)

    def junk(self):
        rng = self.rng
        return rng.choice([
            rng.choice(RAW), json.dumps(rng.choice(VALUES)).encode(),
            json.dumps({rng.choice(['flows', 'chassis', 'encaps', 'mac',
                                    'port', 'iface', 'type', 'tunnel_key',
                                    'version', 'addresses', 'down']):
                        rng.choice(VALUES)}).encode(),
            b'{"flows":[["no_such_stage",1,"1","next;"]]}',
            b'{"flows":[["ls_in_l2_lkup",1,"((","next;"]]}',
            b'{"flows":[["ls_in_l2_lkup",99999999,"1","no_such_action;"]]}',
            b'{"flows":[["ls_in_l2_lkup",-1,"ip4.dst == $no","next(x"]]}'])

    def of_agent(self):
        """What a hypervisor that was broken into may write."""
        return (f'chassis/evil/{self.rng.choice(AGENT)}', self.junk())

    def southbound(self):
        """What only the translator should write."""
        return (f'sb/{self.rng.choice(SB)}', None
                if self.rng.random() < .15 else self.junk())
