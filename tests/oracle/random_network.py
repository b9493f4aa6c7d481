"""Random northbound networks, as rows: for oracles."""
import random


def mac(n):
    return f'0a:00:00:00:{n >> 8:02x}:{n & 255:02x}'


class Maker:
    """Switches s0.. with ports, routers r0.. on them, NAT, routes, ACLs."""

    def __init__(self, rng):
        self.rng, self.rows, self.n = rng, {}, 0

    def chance(self, p):
        return self.rng.random() < p

    def number(self):
        self.n += 1
        return self.n

    def add(self, table, id_, **row):
        self.rows[f'nb/{table}/{id_}'] = row

    def networks(self, i, host):
        found = [f'10.0.{i}.{host}/24']
        if self.chance(.5):
            found.append(f'fd0{i}::{host}/64')
        return found

    def switch(self, i):
        self.add('logical_switch', f's{i}')
        if self.chance(.2):
            self.add('logical_switch_port', f'ln{i}', switch=f's{i}',
                     type='localnet', addresses=['unknown'],
                     options={'network_name': f'phys{i}'})
        for j in range(self.rng.randrange(4)):
            ips = [f'10.0.{i}.{10 + j}', f'fd0{i}::{10 + j}']
            row = {'switch': f's{i}', 'addresses': [' '.join(
                [mac(self.number()), *ips[:self.rng.randrange(3)]])]}
            if self.chance(.1):
                row['enabled'] = False
            if self.chance(.1):
                row['addresses'].append('unknown')
            self.rows[f'nb/logical_switch_port/p{i}-{j}'] = row

    def attach(self, router, i, host):
        port = f'{router}-s{i}'
        row = {'router': router, 'mac': mac(self.number()),
               'networks': self.networks(i, host)}
        if self.chance(.05):
            row['enabled'] = False
        if self.chance(.15):
            row['options'] = {self.rng.choice(
                ['reside-on-redirect-chassis']): 'true'}
        elif self.chance(.15):
            row['options'] = {'gateway_mtu': '1400'}
        if self.chance(.15):
            row['ipv6_ra_configs'] = {'address_mode': self.rng.choice(
                ['slaac', 'dhcpv6_stateful', 'dhcpv6_stateless'])}
        # Symmetric replies name ports by their keys.
        row['options'] = {**row.get('options', {}),
                          'requested-tnl-key': str(i + 1)}
        self.rows[f'nb/logical_router_port/{port}'] = row
        self.rows[f'nb/logical_switch_port/s{i}-{router}'] = {
            'switch': f's{i}', 'type': 'router', 'addresses': ['router'],
            'options': {'router-port': port}}
        return port

    def router(self, r, switches):
        name, options = f'r{r}', {}
        kind = self.rng.choice(['plain', 'gateway', 'distributed'])
        if kind == 'gateway':
            options['chassis'] = 'hv1'
            if self.chance(.3):
                options['dnat_force_snat_ip'] = '10.0.0.200'
        if self.chance(.2):
            options['always_learn_from_arp_request'] = 'false'
        if self.chance(.2):
            options['dynamic_neigh_routers'] = 'true'
        self.add('logical_router', name, options=options)
        ports = [self.attach(name, i, 1 + r) for i in switches]
        if kind == 'distributed' and ports:
            self.add('gateway_chassis', f'{ports[0]}-hv1', chassis_name='hv1',
                     router_port=ports[0], priority=10)
        if kind != 'plain' and ports:
            for _ in range(self.rng.randrange(4)):
                self.nat(name, switches, kind)
        for _ in range(self.rng.randrange(3)):
            self.route(name, switches)
        for _ in range(self.rng.randrange(3)):
            self.policy(name, switches)

    def nat(self, router, switches, kind):
        n, i = self.number(), self.rng.choice(switches)
        type_ = self.rng.choice(['snat', 'dnat', 'dnat_and_snat'])
        row = {'router': router, 'type': type_,
               'external_ip': f'10.0.{switches[0]}.{100 + n % 100}',
               'logical_ip': f'10.0.{i}.{10 + n % 3}'}
        if type_ == 'snat' and self.chance(.5):
            row['logical_ip'] = f'10.0.{i}.0/24'
        if type_ == 'dnat_and_snat':
            if kind == 'distributed' and self.chance(.4):
                row.update(external_mac=mac(1000 + n),
                           logical_port=f'p{i}-0')
            if self.chance(.2):
                row['options'] = {'stateless': 'true'}
            if self.chance(.2):
                self.addresses()
                row[self.rng.choice(['allowed_ext_ips',
                                     'exempted_ext_ips'])] = 'as'
        if self.chance(.15):
            row['external_port_range'] = '3000-4000'
        if self.chance(.25):
            row.update(external_ip=f'fd0{switches[0]}::{100 + n % 100}',
                       logical_ip=f'fd0{i}::{10 + n % 3}')
        self.rows[f'nb/nat/nat{n}'] = row

    def addresses(self):
        self.add('address_set', 'as')
        self.add('address_set_address', 'as/192.0.2.1')

    def route(self, router, switches):
        if switches:
            i = self.rng.choice(switches)
            row = {'router': router,
                   'ip_prefix': self.rng.choice(['0.0.0.0/0', '172.16.0.0/16',
                                                 '192.168.7.0/24']),
                   'nexthop': f'10.0.{i}.{self.rng.randrange(200, 204)}'}
            if self.chance(.2):
                row['policy'] = 'src-ip'
            elif self.chance(.2):
                row['route_table'] = 'blue'
            n = self.number()
            # A generator of its own: the networks of before stay.
            if random.Random(f'{n} {row}').random() < .4:
                row['options'] = {'ecmp_symmetric_reply': 'true'}
            self.rows[f'nb/logical_router_static_route/{n}'] = row

    def policy(self, router, switches):
        action = self.rng.choice(['allow', 'drop', 'reroute'])
        n = self.number()
        row = {'router': router, 'priority': 100 + n, 'action': action,
               'match': f'ip4.src == 10.0.{n % 4}.0/24'}
        if action == 'reroute':
            if not switches:
                return
            row['nexthops'] = [f'10.0.{self.rng.choice(switches)}.{210 + k}'
                               for k in range(self.rng.randrange(1, 3))]
        self.rows[f'nb/logical_router_policy/{n}'] = row

    def acl(self, n_switches):
        n = self.number()
        self.rows[f'nb/acl/{n}'] = {
            'switch': f's{self.rng.randrange(n_switches)}',
            'priority': 1000 + n,
            'direction': self.rng.choice(['from-lport', 'to-lport']),
            'match': self.rng.choice(['ip4', 'tcp.dst == 80', 'udp', 'icmp4',
                                      f'ip4.src == 10.0.{n % 4}.0/24']),
            'action': self.rng.choice(['allow', 'allow-related', 'drop',
                                       'reject', 'allow-stateless'])}
        if self.chance(.2):
            self.rows[f'nb/acl/{n}'].update(log=True, severity='info')
        if self.chance(.2):
            self.rows[f'nb/acl/{n}']['label'] = n


def make(rng):
    from random_features import Features
    maker = Maker(rng)
    n_switches = rng.randrange(1, 5)
    for i in range(n_switches):
        maker.switch(i)
    for r in range(rng.randrange(3)):
        maker.router(r, rng.sample(range(n_switches),
                                   rng.randrange(1, n_switches + 1)))
    for _ in range(rng.randrange(5) if rng.random() < .6 else 0):
        maker.acl(n_switches)
    if rng.random() < .7:
        Features(maker, n_switches)
    return maker.rows
