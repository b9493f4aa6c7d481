"""Random networks in the words of ovn-nbctl, and packets for them.

A topology has switches with VMs; routers between them, distributed or on a
gateway; an outside network with NAT; ACLs on switches and port groups.  The
same seed and number give the same topology and packets everywhere.
"""
import random


def mac(*parts):
    """A MAC of up to five small numbers."""
    return ':'.join(['0a'] + [f'{p:02x}' for p in (list(parts) + [0] * 5)[:5]])


def solicited_node(ip6_last):
    return (f'ff02::1:ff00:{ip6_last:x}',
            f'33:33:ff:00:{ip6_last >> 8:02x}:{ip6_last & 255:02x}')


class Port:
    """A VM's port, or a localnet port."""

    def __init__(self, switch, name, mac_, ip4=None, ip6=None,
                 is_localnet=False):
        self.switch, self.name, self.mac = switch, name, mac_
        self.ip4, self.ip6 = ip4, ip6
        self.is_localnet = is_localnet
        self.unknown = False
        self.is_secured = False     # By IP addresses...
        self.secured_ip4 = False    # ...among them IPv4.


class RouterPort:
    def __init__(self, router, switch, name, mac_, ip4, ip6):
        self.router, self.switch, self.name = router, switch, name
        self.mac, self.ip4, self.ip6 = mac_, ip4, ip6


class Topology:
    """See the module's text.  'commands' and 'later' (for a transaction after
    those), 'undo' and 'undo_later' are lists of words; 'places' says which
    port is on which chassis."""

    def __init__(self, seed, number, balancers=True):
        self.number = number
        self.rng = random.Random(f'{seed}/{number}')
        self.commands, self.later = [], []
        self.undo, self.undo_later = [], []
        self.places = {}
        self.gateway_ports = []
        self.switches, self.ports, self.router_ports = [], [], []
        self.nat_ips = []
        self.priorities = list(range(1, 3000))
        self.rng.shuffle(self.priorities)
        self.make_switches()
        kinds = self.make_routers()
        self.make_groups()
        self.make_acls()
        self.make_services()
        # By a generator of its own, so that the networks of before stay.
        self.vips = []
        rng, self.rng = self.rng, random.Random(f'{seed}/{number}/lb')
        if balancers:
            self.make_load_balancers(kinds)
        self.rng = rng

    def do(self, *words):
        self.commands.append([str(w) for w in words])

    def maybe(self, probability):
        return self.rng.random() < probability

    # --- switches

    def make_switches(self):
        for s in range(self.rng.randint(1, 3)):
            name = f's{s}'
            self.switches.append(name)
            self.do('ls-add', name)
            self.undo.append(['ls-del', name])
            if self.maybe(.1):
                self.do('set', 'Logical_Switch', name,
                        'other_config:vlan-passthru=true')
            if self.maybe(.1):
                self.do('set', 'Logical_Switch', name,
                        'other_config:broadcast-arps-to-all-routers=false')
            for p in range(self.rng.randint(1, 4)):
                self.make_port(s, name, p)
            if self.maybe(.1):
                self.do('lsp-add', name, f'{name}local', '--',
                        'lsp-set-type', f'{name}local', 'localport', '--',
                        'lsp-set-addresses', f'{name}local',
                        f'{mac(6, s)} 10.0.{s}.254')

    def make_port(self, s, switch, p):
        rng = self.rng
        port = Port(switch, f'{switch}p{p}', mac(1, s, p))
        port.ip4 = f'10.0.{s}.{10 + p}' if self.maybe(.9) else None
        port.ip6 = f'fd0{s}::{10 + p:x}' if self.maybe(.6) else None
        ips = [ip for ip in (port.ip4, port.ip6) if ip]
        addresses = [' '.join([port.mac, *ips])]
        if self.maybe(.15):
            addresses = rng.choice([['unknown'], addresses + ['unknown']])
            port.unknown = True
        elif self.maybe(.1):
            addresses.append(f'{mac(1, s, p, 1)} 10.0.{s}.{100 + p}')
        self.do('lsp-add', switch, port.name)
        self.do('lsp-set-addresses', port.name, *addresses)
        self.make_port_security(port, s, p, ips)
        if self.maybe(.05):
            self.do('lsp-set-enabled', port.name, 'disabled')
        if self.maybe(.1):
            self.do('set', 'Logical_Switch_Port', port.name,
                    'external_ids:name=' + f'friend-of-{port.name}')
        if self.maybe(.9):
            self.places[port.name] = rng.choice(['hv1', 'hv2'])
        self.ports.append(port)

    def make_port_security(self, port, s, p, ips):
        """Without prefix lengths, which ovn-trace ignores."""
        if not self.maybe(.4):
            return
        elements = [self.rng.choice([
            port.mac, ' '.join([port.mac, *ips]),
            f'{port.mac} fd0{s}::{10 + p:x}'])]
        port.is_secured = ' ' in elements[0]
        port.secured_ip4 = '.' in elements[0]
        if self.maybe(.1):
            elements.append(mac(1, s, p, 1))
        self.do('lsp-set-port-security', port.name, *elements)

    # --- routers

    def attach(self, switch, router, s, r, ip4, ip6):
        name = f'lrp-{switch}-{router}'
        port = RouterPort(router, switch, name, mac(2, s, r), ip4, ip6)
        networks = [n for n in (ip4 and f'{ip4}/24', ip6 and f'{ip6}/64')
                    if n]
        peer = f'{switch}-{router}'
        self.do('lrp-add', router, name, port.mac, *networks)
        self.do('lsp-add', switch, peer)
        self.do('lsp-set-type', peer, 'router')
        self.do('lsp-set-addresses', peer,
                'router' if self.maybe(.8) else port.mac)
        options = [f'router-port={name}']
        if ip4 and self.maybe(.1):
            options.append('arp_proxy=' + ip4.rsplit('.', 1)[0] + '.200')
        self.do('lsp-set-options', peer, *options)
        self.router_ports.append(port)
        return port

    def make_routers(self):
        """{router: kind}"""
        rng, kinds = self.rng, {}
        n = rng.choice([0, 1, 1, 1, 2])
        for r in range(n):
            router = f'r{r}'
            self.do('lr-add', router)
            self.undo.append(['lr-del', router])
            kind = rng.choice(['plain', 'distributed', 'distributed',
                               'gateway'])
            kinds[router] = kind
            for option in ('learn_from_arp_request=false',
                           'always_learn_from_arp_request=false',
                           'dynamic_neigh_routers=true'):
                if self.maybe(.08):
                    self.do('set', 'Logical_Router', router,
                            f'options:{option}')
            if kind == 'gateway':
                self.do('set', 'Logical_Router', router,
                        'options:chassis=hv1')
            switches = [s for s in self.switches if r == 0 or self.maybe(.5)]
            inside = [self.attach(
                switch, router, i, r, f'10.0.{i}.{1 + r}',
                f'fd0{i}::{1 + r}' if self.maybe(.7) else None)
                for i, switch in ((self.switches.index(s), s)
                                  for s in switches)]
            outside = (self.make_outside(r, router, kind)
                       if kind != 'plain' else None)
            if kind == 'gateway':
                self.gateway_ports += [p.name for p in inside]
                self.gateway_ports += [f'{p.switch}-{router}'
                                       for p in inside]
                self.gateway_ports += [outside.name,
                                       f'{outside.switch}-{router}']
            if outside:
                self.make_nat(r, router, kind, inside)
                self.make_gateway_options(r, router, kind, inside, outside)
            self.make_routes(r, router, inside, outside)
            if kind == 'plain' and self.maybe(.5):
                self.make_join(r)
        return kinds

    def make_join(self, r):
        """A gateway router behind router 'r', the way to the outside."""
        join, gateway = f'join{r}', f'gw{r}'
        self.do('ls-add', join)
        # Without stateful ACLs OVN clears conntrack's state on the way to a
        # router, by a flow of its load balancers' stages.  In the switch it
        # ends at the patch port, but ovn-trace knows nothing of that.
        self.do('acl-add', join, 'to-lport', self.priorities.pop(),
                'ip4.dst == 192.0.2.1', 'allow-related')
        self.do('lr-add', gateway)
        self.undo += [['ls-del', join], ['lr-del', gateway]]
        self.do('set', 'Logical_Router', gateway, 'options:chassis=hv2')
        self.attach(join, f'r{r}', 12, r, f'100.64.{r}.1', f'fd64:{r}::1')
        port = self.attach(join, gateway, 13, r, f'100.64.{r}.2',
                           f'fd64:{r}::2')
        self.do('lr-route-add', f'r{r}', '0.0.0.0/0', f'100.64.{r}.2')
        self.do('lr-route-add', f'r{r}', '::/0', f'fd64:{r}::2')
        self.do('lr-route-add', gateway, '10.0.0.0/16', f'100.64.{r}.1')
        self.do('lr-route-add', gateway, 'fd00::/8', f'fd64:{r}::1')
        outside = self.make_outside(r, gateway, 'gateway')
        self.do('lr-nat-add', gateway, 'snat', f'172.16.{r}.2',
                '10.0.0.0/16')
        if self.maybe(.5):
            self.do('lr-nat-add', gateway, 'dnat_and_snat',
                    f'172.16.{r}.90', '10.0.0.10')
            self.nat_ips.append(f'172.16.{r}.90')
        self.do('lr-route-add', gateway, '0.0.0.0/0', f'172.16.{r}.1')
        self.gateway_ports += [
            port.name, f'{port.switch}-{gateway}', outside.name,
            f'{outside.switch}-{gateway}']

    def make_outside(self, r, router, kind):
        """A switch with a localnet port, and the router's port there."""
        switch = f'out{r}'
        self.do('ls-add', switch)
        self.undo.append(['ls-del', switch])
        localnet = Port(switch, f'ln{r}', mac(9, r, 1), f'172.16.{r}.1',
                        f'fd1{r}::1', is_localnet=True)
        self.do('lsp-add', switch, localnet.name)
        self.do('lsp-set-type', localnet.name, 'localnet')
        self.do('lsp-set-addresses', localnet.name, 'unknown')
        self.do('lsp-set-options', localnet.name, f'network_name=phys{r}')
        self.ports.append(localnet)
        port = self.attach(switch, router, 8, r, f'172.16.{r}.2',
                           f'fd1{r}::2' if self.maybe(.7) else None)
        if kind == 'distributed':
            self.do('lrp-set-gateway-chassis', port.name, 'hv1', '10')
            if self.maybe(.5):
                self.do('lrp-set-gateway-chassis', port.name, 'hv2', '5')
        return port

    def make_gateway_options(self, r, router, kind, inside, outside):
        if kind == 'gateway' and self.maybe(.3):
            self.do('set', 'Logical_Router', router,
                    f'options:dnat_force_snat_ip=172.16.{r}.2')
        if self.maybe(.2):
            self.do('set', 'Logical_Router_Port', outside.name,
                    'options:gateway_mtu=1400')
        if kind == 'distributed' and inside and self.maybe(.2):
            self.do('set', 'Logical_Router_Port', inside[0].name,
                    'options:reside-on-redirect-chassis=true')

    def make_nat(self, r, router, kind, inside):
        rng = self.rng
        vms = [p for p in self.ports if p.ip4 and not p.is_localnet
               and any(i.switch == p.switch for i in inside)]
        vms6 = [p for p in self.ports if p.ip6 and not p.is_localnet
                and any(i.switch == p.switch and i.ip6 for i in inside)]
        for k, i in enumerate(inside):
            if self.maybe(.5):
                ip = rng.choice([f'172.16.{r}.2', f'172.16.{r}.{50 + k}'])
                self.do('lr-nat-add', router, 'snat', ip, rng.choice([
                    i.ip4.rsplit('.', 1)[0] + '.0/24',
                    i.ip4.rsplit('.', 1)[0] + '.0/28']))
                self.nat_ips.append(ip)
            if i.ip6 and self.maybe(.2):
                net = i.ip6.split('::')[0] + '::/64'
                self.do('lr-nat-add', router, 'snat', f'fd1{r}::{50 + k}',
                        net)
                self.nat_ips.append(f'fd1{r}::{50 + k}')
        for k in range(rng.randint(0, 3)):
            self.make_floating_ip(r, router, kind, k, vms, vms6)

    def make_floating_ip(self, r, router, kind, k, vms, vms6):
        rng = self.rng
        if vms6 and self.maybe(.25):
            vm = rng.choice(vms6)
            external, internal = f'fd1{r}::{100 + k}', vm.ip6
            vms6.remove(vm)
        elif vms:
            vm = rng.choice(vms)
            external, internal = f'172.16.{r}.{100 + k}', vm.ip4
            vms.remove(vm)
        else:
            return
        type_ = rng.choice(['dnat', 'dnat_and_snat', 'dnat_and_snat'])
        words = ['lr-nat-add', router, type_, external, internal]
        if type_ == 'dnat_and_snat' and kind == 'distributed':
            if self.maybe(.4):
                words += [vm.name, mac(3, r, k)]
            elif self.maybe(.15):
                words.insert(1, '--stateless')
                words.remove('lr-nat-add')
                words = ['--stateless', 'lr-nat-add', router, type_,
                         external, internal]
        if type_ == 'dnat' and self.maybe(.2):
            words = ['--portrange', *words, '8000-8010']
        self.do(*words)
        self.nat_ips.append(external)
        if '.' in external and self.maybe(.25) and '--stateless' not in words:
            self.limit_nat(r, k, router, type_, external)

    def limit_nat(self, r, k, router, type_, external):
        """Only for some outside addresses, or for all but some."""
        name = f'ext{r}{k}'
        self.do('create', 'Address_Set', f'name={name}',
                'addresses="172.16.0.1","8.8.8.8"')
        self.undo_later.append(['destroy', 'Address_Set', name])
        words = ['lr-nat-update-ext-ip', router, type_, external, name]
        self.later.append(
            (['--is-exempted'] if self.maybe(.5) else []) + words)

    def make_routes(self, r, router, inside, outside):
        rng = self.rng
        if outside:
            self.do('lr-route-add', router, '0.0.0.0/0', f'172.16.{r}.1')
            if outside.ip6:
                self.do('lr-route-add', router, '::/0', f'fd1{r}::1')
        if inside and self.maybe(.4):
            i = rng.choice(inside)
            hop = i.ip4.rsplit('.', 1)[0] + f'.{rng.choice([10, 11, 77])}'
            prefix = rng.choice(['20.0.0.0/8', '20.1.0.0/16', '20.1.2.3/32'])
            words = ['lr-route-add', router, prefix, hop]
            if self.maybe(.3):
                words = ['--policy=src-ip', 'lr-route-add', router,
                         rng.choice(['10.0.0.0/16', '10.0.1.0/24']), hop]
            if self.maybe(.3):
                words.append(i.name)
            self.do(*words)
        if self.maybe(.1):
            self.do('lr-route-add', router, '30.0.0.0/8', 'discard')
        if len(inside) > 1 and self.maybe(.2):
            self.do('set', 'Logical_Router_Port', inside[0].name,
                    'options:route_table=blue')
            self.do('--route-table=blue', 'lr-route-add', router,
                    '20.0.0.0/8',
                    inside[1].ip4.rsplit('.', 1)[0] + '.10')
        for _ in range(rng.choice([0, 0, 0, 1, 2])):
            self.make_policy(router, inside)

    def make_policy(self, router, inside):
        rng = self.rng
        match = rng.choice(['ip4.dst == 10.0.1.0/24', 'ip4.src == 10.0.0.10',
                            'ip4 && tcp.dst == 80', 'ip6',
                            'ip4.dst == 20.0.0.0/8'])
        action = rng.choice(['allow', 'drop', 'reroute'])
        words = ['lr-policy-add', router, self.priorities.pop(), match,
                 action]
        if action == 'reroute':
            if not inside:
                return
            i = rng.choice(inside)
            if match == 'ip6':
                if not i.ip6:
                    return
                words.append(i.ip6.split('::')[0] + '::b')
            else:
                words.append(i.ip4.rsplit('.', 1)[0] + '.11')
        self.do(*words)

    # --- security

    def make_groups(self):
        vms = [p for p in self.ports if not p.is_localnet]
        self.groups, self.sets = [], []
        if self.maybe(.5):
            for g in range(self.rng.randint(1, 2)):
                name = f'pg{g}'
                members = [p.name for p in vms if self.maybe(.5)]
                self.do('pg-add', name, *members)
                self.undo.append(['pg-del', name])
                self.groups.append(name)
        if self.maybe(.4):
            self.do('create', 'Address_Set', 'name=as0', 'addresses="'
                    + '","'.join(['10.0.0.10', '10.0.1.0/24', '172.16.0.1'])
                    + '"')
            self.undo.append(['destroy', 'Address_Set', 'as0'])
            self.sets.append('as0')

    def acl_match(self, direction, group):
        rng = self.rng
        port = 'inport' if direction == 'from-lport' else 'outport'
        vms = [p for p in self.ports if not p.is_localnet]
        terms = []
        if group:
            terms.append(f'{port} == @{group}')
        elif self.maybe(.4):
            terms.append(f'{port} == "{rng.choice(vms).name}"')
        terms.append(rng.choice([
            'ip', 'ip4', 'ip6', 'icmp4', 'icmp6', 'tcp', 'udp', 'arp',
            'ip4 && tcp.dst == 80', 'ip4 && tcp.dst == {22, 80}',
            'ip4.src == 10.0.0.0/24', 'ip4.dst == {10.0.0.10, 10.0.1.11}',
            'ip6.src == fd00::/64', 'udp.dst >= 1000 && udp.dst <= 2000',
            'ip4.src != 10.0.0.10', f'eth.src == {rng.choice(vms).mac}',
            'tcp && ip4.src == 172.16.0.0/16', 'ip.ttl > 10'])
            if not self.sets or self.maybe(.8) else
            rng.choice(['ip4.src == $as0', 'ip4.dst == $as0 && tcp',
                        'ip4.src == {$as0, 10.0.0.11}']))
        if group and self.maybe(.3):
            terms.append(f'ip4.src == ${group}_ip4')
        return ' && '.join(f'({t})' if '&&' in t else t for t in terms)

    def make_acls(self):
        rng = self.rng
        if self.maybe(.25):
            return
        actions = rng.choice([
            ['allow', 'drop'], ['allow-related', 'drop'],
            ['allow-related', 'drop', 'reject', 'allow'],
            ['allow-related', 'allow-stateless', 'drop', 'reject'],
            ['allow-stateless', 'drop']])
        for _ in range(rng.randint(1, 8)):
            group = (rng.choice(self.groups) if self.groups
                     and self.maybe(.5) else None)
            direction = rng.choice(['from-lport', 'to-lport'])
            match, action = self.acl_match(direction, group), rng.choice(
                actions)
            if 'arp' in match or 'eth' in match:
                # ovn-trace lets what isn't IP go on after a rejection.
                action = action.replace('reject', 'drop')
            words = ['acl-add', group or rng.choice(self.switches),
                     direction, self.priorities.pop(), match, action]
            options = ['--type=port-group' if group else '--type=switch']
            if direction == 'from-lport' and self.maybe(.1):
                options.append('--apply-after-lb')
            if self.maybe(.1):
                options += ['--log', '--severity=info', '--name=acl']
            if action == 'allow-related' and self.maybe(.1):
                options.append('--label=7')
            self.do(*options, *words)

    # --- services

    def make_services(self):
        rng = self.rng
        vms = [p for p in self.ports if not p.is_localnet and p.ip4]
        if vms and self.maybe(.3):
            net = rng.choice(vms).ip4.rsplit('.', 1)[0]
            self.do('--id=@dhcp', 'create', 'DHCP_Options', f'cidr={net}.0/24',
                    f'options={{server_id={net}.1, lease_time=3600, '
                    f'server_mac="{mac(5, 5)}", router={net}.1}}')
            for vm in vms:
                if vm.ip4.startswith(net + '.'):
                    self.do('set', 'Logical_Switch_Port', vm.name,
                            'dhcpv4_options=@dhcp')
        if self.maybe(.2):
            self.do('qos-add', rng.choice(self.switches),
                    rng.choice(['from-lport', 'to-lport']), 100,
                    rng.choice(['ip4', 'ip', 'tcp']), 'dscp=10')

    # --- load balancers

    def make_load_balancers(self, kinds):
        """With one backend each: which of several is chosen is a matter of
        hashes.  kinds: {router: kind}."""
        rng = self.rng
        vms = [p for p in self.ports if not p.is_localnet
               and (p.ip4 or p.ip6)]
        if not vms or self.maybe(.5):
            return
        for k in range(rng.randint(1, 3)):
            vm = rng.choice(vms)
            is_ip4 = bool(vm.ip4) and (not vm.ip6 or self.maybe(.6))
            routers = [r for r, kind in kinds.items() if kind != 'plain'
                       and self.maybe(.6)]
            vip = rng.choice([f'10.9.0.{k}', f'172.16.0.{150 + k}']
                             if is_ip4 else [f'fd09::{k}',
                                             f'fd10::{150 + k}'])
            backend, protocol = vm.ip4 if is_ip4 else vm.ip6, ''
            if self.maybe(.7):
                protocol = rng.choice(['tcp', 'tcp', 'udp', 'sctp'])
                ports = {'tcp': (80, rng.choice([80, 22, 8080])),
                         'udp': (53, 1500), 'sctp': (6, 6)}[protocol]
                bracket = '{}:{}' if is_ip4 else '[{}]:{}'
                addresses = [bracket.format(vip, ports[0]),
                             bracket.format(backend, ports[1])]
            else:
                addresses = [vip, backend]
            if self.maybe(.1):
                addresses[1] = ''
            self.add_load_balancer(f'lb{k}', addresses, protocol, routers)
            self.vips.append(vip)
        for router, kind in kinds.items():
            if kind == 'gateway' and self.maybe(.4):
                self.do('set', 'Logical_Router', router,
                        'options:lb_force_snat_ip=router_ip')

    def add_load_balancer(self, name, addresses, protocol, routers):
        rng = self.rng
        options = ['--reject'] if not addresses[1] and self.maybe(.6) else []
        self.do(*options, 'lb-add', name, *addresses,
                *([protocol] if protocol else []))
        self.undo.append(['lb-del', name])
        for switch in self.switches:
            if self.maybe(.6):
                self.do('ls-lb-add', switch, name)
        for router in routers:
            self.do('lr-lb-add', router, name)
        for probability, option in (
                (.2, 'hairpin_snat_ip="10.8.0.8 fd08::8"'),
                (.15, 'skip_snat=true'), (.15, 'affinity_timeout=60'),
                (.15, 'neighbor_responder=' + rng.choice(['all', 'none']))):
            if self.maybe(probability):
                self.do('set', 'Load_Balancer', name, f'options:{option}')

    # --- packets

    def packets(self, n):
        """A list of arguments of a trace each.  Most have one state of all
        their connections, one of a few: each costs ovn-trace a start, each
        packet with several states another."""
        states = self.rng.sample(['new', 'new', 'est,rpl', 'rel', 'inv'], 2)
        self.options = [[], []] + [[f'--ct={state}'] for state in states] * 3
        self.options.append(self.rng.choice([
            ['--ct=new', '--ct=est'], ['--ct=new', '--ct=rel,rpl'],
            ['--ct=new', '--ct=new']]))
        return [self.packet() for _ in range(n)]

    def packet(self):
        rng = self.rng
        port = rng.choice(self.ports)
        kind = rng.choice(['ip4', 'ip4', 'ip4', 'ip4', 'ip6', 'ip6', 'arp',
                           'nd', 'other'])
        if kind == 'ip6' and not port.ip6:
            kind = 'ip4'
        if port.is_secured and kind in ('arp', 'nd', 'other'):
            # ovn-trace lets ARP pass a port that has no IPv4 addresses, and
            # what isn't IP at all.
            kind = 'arp' if port.secured_ip4 else 'ip6'
        terms = [f'inport == "{port.name}"',
                 f'eth.src == {port.mac if self.maybe(.95) else mac(7, 7)}']
        terms += getattr(self, f'{kind}_terms')(port)
        return [*rng.choice(self.options), port.switch, ' && '.join(terms)]

    def l4_terms(self, family):
        rng = self.rng
        return rng.choice([
            [f'tcp.src == {rng.choice([1024, 40000])}',
             f'tcp.dst == {rng.choice([22, 80, 443])}'],
            [f'udp.src == {rng.choice([68, 5000])}',
             f'udp.dst == {rng.choice([53, 67, 1500])}'],
            [f'icmp{family}.type == '
             + str(rng.choice([8, 0] if family == 4 else [128, 129])),
             f'icmp{family}.code == 0'],
            [f'icmp{family}.type == '
             + str(rng.choice([8] if family == 4 else [128])),
             f'icmp{family}.code == 0'],
            ['ip.proto == 50'], ['sctp.src == 5', 'sctp.dst == 6']])

    def next_hop_mac(self, port, target):
        """The MAC that a packet from 'port' to 'target' (a port, or None for
        elsewhere) would be sent to."""
        rng = self.rng
        routers = [p.mac for p in self.router_ports
                   if p.switch == port.switch]
        if target and target.switch == port.switch and self.maybe(.9):
            return target.mac
        if routers and self.maybe(.95):
            return rng.choice(routers)
        return rng.choice([mac(8, 8), 'ff:ff:ff:ff:ff:ff',
                           rng.choice(self.ports).mac])

    def ip4_terms(self, port):
        rng = self.rng
        target = rng.choice([p for p in self.ports])
        src = (port.ip4 or '10.0.0.99') if self.maybe(.9) else rng.choice(
            ['10.0.0.99', '10.0.1.2', '0.0.0.0', '172.16.0.2'])
        choices = [(target.ip4 or '10.0.0.50', target)] * 5
        choices += [(p.ip4, p) for p in self.router_ports if p.ip4]
        if (port.ip4 and not port.is_localnet and self.maybe(.05)
                and (port.secured_ip4 or not port.is_secured)):
            return self.dhcp_terms()
        choices += [(ip, None) for ip in self.nat_ips if '.' in ip] * 2
        choices += [(ip, None) for ip in self.vips if '.' in ip] * 4
        choices += [(ip, None) for ip in (
            '8.8.8.8', '20.1.2.3', '10.0.0.77', '30.0.0.1', '224.0.0.5',
            '255.255.255.255', '10.0.1.200', '172.16.0.77')]
        dst, who = rng.choice(choices)
        return [f'eth.dst == {self.next_hop_mac(port, who)}',
                f'ip4.src == {src}', f'ip4.dst == {dst}',
                f'ip.ttl == {rng.choice([64, 64, 64, 64, 64, 255, 9, 1, 0])}',
                *self.l4_terms(4)]

    @staticmethod
    def dhcp_terms():
        return ['eth.dst == ff:ff:ff:ff:ff:ff', 'ip4.src == 0.0.0.0',
                'ip4.dst == 255.255.255.255', 'ip.ttl == 64',
                'udp.src == 68', 'udp.dst == 67']

    def ip6_terms(self, port):
        rng = self.rng
        target = rng.choice([p for p in self.ports])
        src = (port.ip6 or 'fd00::99') if self.maybe(.9) else rng.choice(
            ['fd00::99', 'fe80::1', '::'])
        choices = [(target.ip6 or 'fd00::50', target)] * 5
        choices += [(p.ip6, p) for p in self.router_ports if p.ip6]
        choices += [(ip, None) for ip in self.nat_ips if ':' in ip] * 2
        choices += [(ip, None) for ip in self.vips if ':' in ip] * 4
        choices += [(ip, None) for ip in (
            '2001:db8::1', 'fd00::77', 'ff02::1', 'fe80::77', 'fd01::200')]
        dst, who = rng.choice(choices)
        return [f'eth.dst == {self.next_hop_mac(port, who)}',
                f'ip6.src == {src}', f'ip6.dst == {dst}',
                f'ip.ttl == {rng.choice([64, 64, 64, 64, 64, 255, 9, 1, 0])}',
                *self.l4_terms(6)]

    def arp_terms(self, port):
        rng = self.rng
        targets = [p.ip4 for p in self.ports + self.router_ports if p.ip4]
        targets += [ip for ip in self.nat_ips if '.' in ip]
        targets += ['10.0.0.77', port.ip4 or '10.0.0.1']
        op = rng.choice([1, 1, 1, 2])
        return ['eth.dst == ' + ('ff:ff:ff:ff:ff:ff' if op == 1
                                 else self.next_hop_mac(port, None)),
                f'arp.op == {op}', f'arp.sha == {port.mac}',
                f'arp.spa == {port.ip4 or "10.0.0.98"}',
                f'arp.tpa == {rng.choice(targets)}']

    def nd_terms(self, port):
        """Solicitations for VMs: ovn-trace dies of those for routers."""
        rng = self.rng
        vms = [p for p in self.ports if p.ip6 and not p.is_localnet]
        if not vms or not port.ip6:
            return self.arp_terms(port)
        target = rng.choice(vms)
        ip, eth = solicited_node(int(target.ip6.rsplit(':', 1)[1], 16))
        if self.maybe(.3):
            ip, eth = target.ip6, target.mac
        return [f'eth.dst == {eth}', f'ip6.src == {port.ip6}',
                f'ip6.dst == {ip}', 'ip.ttl == 255', 'icmp6.type == 135',
                'icmp6.code == 0', f'nd.target == {target.ip6}',
                f'nd.sll == {port.mac}']

    def other_terms(self, port):
        """Not IP."""
        return ['eth.dst == ' + self.rng.choice([
            'ff:ff:ff:ff:ff:ff', '01:80:c2:00:00:00', mac(8, 8),
            self.rng.choice(self.ports).mac, self.next_hop_mac(port, None)]),
            f'eth.type == {self.rng.choice(["0x88cc", "0x1234"])}']
