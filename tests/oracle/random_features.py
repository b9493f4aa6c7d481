"""What random networks have besides (random_network.py): services, port
types, port security, dynamic addresses, port groups, IPv6 routes and
policies, options of everything."""
from random_network import mac

SWITCH_OPTIONS = [
    {'vlan-passthru': 'true'}, {'broadcast-arps-to-all-routers': 'false'},
    {'subnet': '10.0.{i}.0/24'},
    {'subnet': '10.0.{i}.0/28', 'exclude_ips': '10.0.{i}.3..10.0.{i}.5'},
    {'ipv6_prefix': 'fd0{i}::/64'}, {'mac_only': 'true'},
    {'subnet': '10.0.{i}.0/24', 'ipv6_prefix': 'fd0{i}::'},
]
ROUTER_OPTIONS = [
    {'learn_from_arp_request': 'false'}, {'mcast_relay': 'false'},
    {'mac_binding_age_threshold': '60'},
    {'lb_force_snat_ip': 'router_ip'}, {'lb_force_snat_ip': '10.0.0.200'},
    {'dnat_force_snat_ip': '10.0.0.201'},
    {'dnat_force_snat_ip': '10.0.0.201 fd00::201'},
]
GLOBAL_OPTIONS = [
    {'default_acl_drop': 'true'},
    {'use_ct_inv_match': 'false'}, {'ignore_lsp_down': 'false'},
    {'controller_event': 'true'},
]
DHCP4 = {
    'router': '10.0.{i}.1', 'netmask': '255.255.255.0', 'mtu': '1400',
    'dns_server': '{{8.8.8.8, 10.0.{i}.2}}', 'ntp_server': '10.0.{i}.3',
    'classless_static_route': '{{10.9.0.0/16,10.0.{i}.1, 0.0.0.0/0,10.0.{i}.1}}',
    'domain_name': '"example.org"', 'wpad': '"http://w/"', 'T1': '1000',
    'ip_forward_enable': '1', 'domain_search_list': '"a.org,b.a.org"',
    'bootfile_name': '"boot"', 'tftp_server': '"tftp"',
}


class Features:
    """Adds to the rows of a Maker with switches s0 to s<n - 1>."""

    def __init__(self, maker, n_switches):
        self.m, self.rng, self.n = maker, maker.rng, n_switches
        for i in range(n_switches):
            self.switch_options(i)
            self.services(i)
            self.more_ports(i)
            self.dynamic_ports(i)
        self.port_options()
        self.router_options()
        self.gateways()
        self.port_groups()
        self.more_routes()
        self.direct()
        # OVN chooses a prefix at random.
        options = {'mac_prefix': 'fa:16:3e'}
        if self.m.chance(.25):
            options.update(self.rng.choice(GLOBAL_OPTIONS))
        self.m.add('nb_global', 'global', options=options)

    def rows(self, table):
        prefix = f'nb/{table}/'
        return {k[len(prefix):]: r for k, r in self.m.rows.items()
                if k.startswith(prefix)}

    # --- switches

    def switch_options(self, i):
        row = self.m.rows[f'nb/logical_switch/s{i}']
        config = {}
        while self.m.chance(.35):
            config.update({k: v.replace('{i}', str(i)) for k, v in
                           self.rng.choice(SWITCH_OPTIONS).items()})
        if config:
            row['other_config'] = config
        if self.m.chance(.2):
            self.m.add('dns', f'd{i}', records={'a.org': f'10.0.{i}.10'})
            row['dns_records'] = [f'd{i}']
        if self.m.chance(.2):
            self.qos(i)

    def qos(self, i):
        row = {'switch': f's{i}', 'priority': self.rng.randrange(1000),
               'direction': self.rng.choice(['from-lport', 'to-lport']),
               'match': self.rng.choice(['ip4', 'tcp.dst == 80'])}
        if self.m.chance(.7):
            row['action'] = {'dscp': self.rng.randrange(64)}
        if 'action' not in row or self.m.chance(.4):
            row['bandwidth'] = {'rate': 1000}
            if self.m.chance(.5):
                row['bandwidth']['burst'] = 500
        self.m.rows[f'nb/qos/{self.m.number()}'] = row

    def services(self, i):
        ports = [p for p, r in self.rows('logical_switch_port').items()
                 if r['switch'] == f's{i}' and p.startswith('p')]
        if self.m.chance(.4):
            options = {'server_id': f'10.0.{i}.1', 'server_mac': mac(500 + i),
                       'lease_time': '3600'}
            for key in self.rng.sample(sorted(DHCP4), 4):
                options[key] = DHCP4[key].format(i=i)
            self.m.add('dhcp_options', f'v4{i}', cidr=f'10.0.{i}.0/24',
                       options=options)
            for p in ports:
                self.m.rows[f'nb/logical_switch_port/{p}'][
                    'dhcpv4_options'] = f'v4{i}'
        if self.m.chance(.3):
            options = {'server_id': mac(600 + i), 'dns_server': f'fd0{i}::2'}
            if self.m.chance(.4):
                options['dhcpv6_stateless'] = 'true'
            if self.m.chance(.3):
                options['domain_search'] = '"a.org"'
            self.m.add('dhcp_options', f'v6{i}', cidr=f'fd0{i}::/64',
                       options=options)
            for p in ports:
                self.m.rows[f'nb/logical_switch_port/{p}'][
                    'dhcpv6_options'] = f'v6{i}'

    # --- ports

    def port(self, i, name, **row):
        self.m.rows[f'nb/logical_switch_port/{name}'] = {
            'switch': f's{i}', **row}

    def more_ports(self, i):
        p = [q for q, r in self.rows('logical_switch_port').items()
             if r['switch'] == f's{i}' and q.startswith('p')]
        addresses = [f'{mac(self.m.number())} 10.0.{i}.60 fd0{i}::60']
        if self.m.chance(.15):
            self.port(i, f'lp{i}', type='localport', addresses=addresses)
        if self.m.chance(.15) and p:
            options = {'virtual-ip': self.rng.choice([f'10.0.{i}.70',
                                                      f'fd0{i}::70']),
                       'virtual-parents': ','.join(p[:2])}
            self.port(i, f'vip{i}', type='virtual', options=options,
                      addresses=[f'{mac(self.m.number())} '
                                 + options['virtual-ip']])
        if self.m.chance(.15):
            self.external(i)
        if self.m.chance(.1):
            self.port(i, f'l2{i}', type='l2gateway', addresses=['unknown'],
                      options={'network_name': 'x',
                               'l2gateway-chassis': 'hv1'})
        if self.m.chance(.15) and p:
            self.port(i, f'c{i}', parent_name=p[0], tag=self.m.number(),
                      addresses=[f'{mac(self.m.number())} 10.0.{i}.61'])
        if self.m.chance(.1):
            self.port(i, f'lnt{i}', type='localnet', addresses=['unknown'],
                      tag=7, options={'network_name': f'tagged{i}'})

    def external(self, i):
        self.m.add('ha_chassis_group', f'h{i}')
        self.m.add('ha_chassis', f'h{i}a', ha_chassis_group=f'h{i}',
                   chassis_name='hv1', priority=5)
        row = {'type': 'external', 'ha_chassis_group': f'h{i}',
               'addresses': [f'{mac(self.m.number())} 10.0.{i}.62 '
                             f'fd0{i}::62']}
        for family in '46':
            if f'v{family}{i}' in self.rows('dhcp_options'):
                row[f'dhcpv{family}_options'] = f'v{family}{i}'
        self.port(i, f'e{i}', **row)

    def dynamic_ports(self, i):
        config = self.m.rows[f'nb/logical_switch/s{i}'].get('other_config',
                                                            {})
        if not self.m.chance(.5):
            return
        # One that takes what comes: OVN serves them in any order.
        what = self.rng.choice(['dynamic', f'{mac(700 + i)} dynamic'])
        self.port(i, f'dyn{i}-0', addresses=[what])
        if 'subnet' in config and self.m.chance(.3):
            self.port(i, f'dyn{i}-1', addresses=[
                f'dynamic 10.0.{i}.9'])

    def port_options(self):
        for name, row in self.rows('logical_switch_port').items():
            addresses = [a for a in row.get('addresses', [])
                         if a[0] == '0']
            if name.startswith('p') and addresses and self.m.chance(.3):
                row['port_security'] = addresses
            if name.startswith('p') and self.m.chance(.1):
                row['options'] = {'hostname': '"h1"'}
            if (row.get('type') == 'router' and self.m.chance(.2)):
                i = row['switch'][1:]
                row['options']['arp_proxy'] = self.rng.choice([
                    f'10.0.{i}.90', f'10.0.{i}.90 10.0.{i}.91'])
            if row.get('type') == 'router' and self.m.chance(.3):
                row['options']['nat-addresses'] = 'router'
            if (row.get('type') == 'localnet' and self.m.chance(.3)):
                row['options']['localnet_learn_fdb'] = 'true'

    # --- routers

    def router_options(self):
        for row in self.rows('logical_router').values():
            options = row.setdefault('options', {})
            while self.m.chance(.3):
                options.update(self.rng.choice(ROUTER_OPTIONS))
            if self.m.chance(.05):
                row['enabled'] = False
        for name, row in self.rows('logical_router_port').items():
            options = row.setdefault('options', {})
            if self.m.chance(.1):
                options['route_table'] = 'blue'
            if self.m.chance(.1):
                options['gateway_mtu'] = '1500'
            if row.get('ipv6_ra_configs') and self.m.chance(.5):
                row['ipv6_ra_configs'].update(self.rng.choice([
                    {'mtu': '1450'}, {'router_preference': 'HIGH'},
                    {'send_periodic': 'true'}, {'rdnss': 'fd00::53'}]))
            if self.m.chance(.1):
                i = name.rsplit('s', 1)[1]
                self.m.add('static_mac_binding', f'b{self.m.number()}',
                           logical_port=name, ip=self.rng.choice([
                               f'10.0.{i}.80', f'fd0{i}::80']),
                           mac=mac(800), override_dynamic_mac=self.m.chance(
                               .5))

    def gateways(self):
        """More of what gateways and their NAT can be told."""
        for name, row in self.rows('logical_router').items():
            ports = [p for p, r in self.rows('logical_router_port').items()
                     if r['router'] == name]
            gateways = [p for p in ports if p in [
                g['router_port'] for g in self.rows(
                    'gateway_chassis').values()]]
            if gateways and len(ports) > 1 and self.m.chance(.2):
                second = [p for p in ports if p not in gateways][0]
                self.m.add('gateway_chassis', f'{second}-hv2', priority=3,
                           chassis_name='hv2', router_port=second)
                gateways.append(second)
            if gateways and self.m.chance(.1):
                self.m.rows[f'nb/logical_router_port/{gateways[0]}'][
                    'options']['redirect-type'] = 'bridged'
            if gateways and self.m.chance(.2):
                self.m.add('gateway_chassis', f'{gateways[0]}-hv3',
                           priority=30, chassis_name='hv3',
                           router_port=gateways[0])
            for nat in self.rows('nat').values():
                if nat['router'] != name:
                    continue
                options = nat.setdefault('options', {})
                if self.m.chance(.15):
                    options['add_route'] = 'true'
                if gateways and self.m.chance(.3):
                    nat['gateway_port'] = self.rng.choice(gateways)

    def direct(self):
        """Two routers without a switch between them."""
        routers = sorted(self.rows('logical_router'))
        if len(routers) == 2 and self.m.chance(.3):
            for k in (0, 1):
                self.m.rows[f'nb/logical_router_port/{routers[k]}-peer'] = {
                    'router': routers[k], 'mac': mac(950 + k),
                    'networks': [f'100.64.0.{k + 1}/30',
                                 f'fd64::{k + 1}/64'],
                    'peer': f'{routers[1 - k]}-peer'}
                self.m.rows[f'nb/logical_router_static_route/'
                            f'{self.m.number()}'] = {
                    'router': routers[k], 'ip_prefix': f'10.{k}.0.0/16',
                    'nexthop': f'100.64.0.{2 - k}'}

    def attached(self, router):
        return [r.rsplit('s', 1)[1] for r, row in
                self.rows('logical_router_port').items()
                if row['router'] == router]

    def more_routes(self):
        for router in list(self.rows('logical_router')):
            at = self.attached(router)
            for _ in range(self.rng.randrange(4) if at else 0):
                self.route(router, at)
            for _ in range(self.rng.randrange(3) if at else 0):
                self.policy(router, at)

    def route(self, router, at):
        i = self.rng.choice(at)
        prefix, hops = self.rng.choice([
            ('::/0', f'fd0{i}::{{}}'), ('fd77::/32', f'fd0{i}::{{}}'),
            ('fd77:1::/64', 'fe80::{}'), ('10.0.0.0/8', f'10.0.{i}.{{}}'),
            ('192.168.7.0/24', f'10.0.{i}.{{}}'),
            ('192.168.7.9', f'10.0.{i}.{{}}')])
        for k in range(self.rng.choice([1, 1, 2, 3])):
            row = {'router': router, 'ip_prefix': prefix,
                   'nexthop': hops.format(50 + k)}
            if prefix == 'fd77:1::/64' or self.m.chance(.2):
                row['output_port'] = f'{router}-s{i}'
            if self.m.chance(.1):
                row['nexthop'] = 'discard'
                row.pop('output_port', None)
            if self.m.chance(.15):
                row['policy'] = 'src-ip'
            if self.m.chance(.15):
                row['route_table'] = 'blue'
            self.m.rows[f'nb/logical_router_static_route/'
                        f'{self.m.number()}'] = row

    def policy(self, router, at):
        i = self.rng.choice(at)
        n = self.m.number()
        row = {'router': router, 'priority': 500 + n,
               'action': self.rng.choice(['allow', 'drop', 'reroute',
                                          'reroute']),
               'match': self.rng.choice(['ip6', f'ip6.src == fd0{i}::/64'])}
        if self.m.chance(.3):
            row['options'] = {'pkt_mark': str(n)}
        if row['action'] == 'reroute':
            hops = [f'fd0{i}::{0x210 + k:x}'
                    for k in range(self.rng.randrange(1, 4))]
            row['nexthops'] = hops
            if len(hops) == 1 and self.m.chance(.5):
                row['nexthop'] = row.pop('nexthops')[0]
        self.m.rows[f'nb/logical_router_policy/{n}'] = row

    # --- groups

    def port_groups(self):
        ports = sorted(p for p, r in self.rows('logical_switch_port').items()
                       if not r.get('type'))
        for g in range(self.rng.choice([0, 0, 1, 2])):
            self.m.add('port_group', f'pg{g}')
            for p in ports:
                if self.m.chance(.5):
                    self.m.add('port_group_port', f'pg{g}/{p}')
            for _ in range(self.rng.randrange(4)):
                self.group_acl(f'pg{g}')

    def group_acl(self, group):
        n = self.m.number()
        direction = self.rng.choice(['from-lport', 'to-lport'])
        port = 'inport' if direction == 'from-lport' else 'outport'
        row = {'port_group': group, 'priority': 2000 + n,
               'direction': direction, 'match': f'{port} == @{group} && '
               + self.rng.choice(['ip4', 'ip6', 'icmp6', 'tcp.dst == 80',
                                  f'ip4.src == ${group}_ip4',
                                  f'ip6.src == ${group}_ip6']),
               'action': self.rng.choice(['allow', 'allow-related', 'drop',
                                          'reject', 'allow-stateless'])}
        if self.m.chance(.2):
            row.update(log=True, name='acl', severity='alert')
            if self.m.chance(.5):
                self.m.add('meter', 'm', unit='pktps', fair=True)
                self.m.add('meter_band', 'm1', meter='m', rate=10)
                row['meter'] = 'm'
        options = {}
        if direction == 'from-lport' and self.m.chance(.2):
            options['apply-after-lb'] = 'true'
        if row['action'] == 'allow-related' and self.m.chance(.2):
            row['label'] = n
            options['log-related'] = 'true'
        if options:
            row['options'] = options
        self.m.rows[f'nb/acl/{n}'] = row
