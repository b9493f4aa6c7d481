"""Wide random networks in the words of ovn-nbctl(8), and histories of them.

Nearly everything that ovn-nbctl can enter and Weft translates: 'build()'
gives a whole network as commands, 'change()' one more command: something
new, something else, something gone.  A command is a list of words, perhaps
several commands with "--" between.  The same seed gives the same words.
What may be refused (a router port that is gone) is refused by both sides.
"""
import random

import wide_more
import wide_rare
from wide_balancers import CHANGE_LB, GONE_LB, NEW_LB, Balancers
from wide_match import Matches

SWITCH_CONFIG = [
    'vlan-passthru=true', 'broadcast-arps-to-all-routers=false',
    'subnet=10.0.{i}.0/24', 'subnet=10.0.{i}.0/25',
    'exclude_ips=10.0.{i}.2..10.0.{i}.9', 'ipv6_prefix="fd0{i}::"',
    'mac_only=true', 'requested-tnl-key={key}']
ROUTER_OPTIONS = [
    'learn_from_arp_request=false', 'always_learn_from_arp_request=false',
    'always_learn_from_arp_request=true', 'dynamic_neigh_routers=true',
    'mac_binding_age_threshold=60', 'lb_force_snat_ip=router_ip',
    'lb_force_snat_ip="10.0.0.200 fd00::200"', 'mcast_relay=false',
    'dnat_force_snat_ip=10.0.0.201', 'requested-tnl-key={key}',
    'dnat_force_snat_ip="10.0.0.201 fd00::201"']
LRP_OPTIONS = [
    'route_table=blue', 'route_table=red', 'gateway_mtu=1400',
    'gateway_mtu=900', 'gateway_mtu_bypass="udp.dst == 4500"',
    'redirect-type=bridged', 'redirect-type=overlay',
    'reside-on-redirect-chassis=true']
RA_CONFIGS = [
    'address_mode=slaac', 'address_mode=dhcpv6_stateful',
    'address_mode=dhcpv6_stateless', 'mtu=1450', 'router_preference=HIGH',
    'router_preference=LOW', 'send_periodic=true', 'max_interval=100',
    'min_interval=20', 'rdnss="fd00::53"', 'dnssl="a.org"',
    'route_info="HIGH-fd09::/48"']
LSP_OPTIONS = [
    'requested-chassis=hv1', 'requested-chassis="hv2,hv1"',
    'hostname="\\"vm1\\""', 'requested-tnl-key={key}', 'mcast_flood=true',
    'iface-id-ver=v1', 'qdisc_queue_id=7']
GLOBAL_OPTIONS = [
    'default_acl_drop=true', 'use_ct_inv_match=false',
    'ignore_lsp_down=false', 'use_logical_dp_groups=true',
    'default_acl_drop=false', 'ignore_lsp_down=true',
    'use_ct_inv_match=true']
DHCP4 = [
    'router=10.0.{i}.1', 'netmask=255.255.255.0', 'mtu=1400',
    'dns_server="{{8.8.8.8, 10.0.{i}.2}}"', 'ntp_server=10.0.{i}.3',
    'classless_static_route="{{10.9.0.0/16,10.0.{i}.1, '
    '0.0.0.0/0,10.0.{i}.1}}"', 'domain_name="\\"example.org\\""', 'T1=1000',
    'T2=2000', 'wpad="\\"http://w/\\""', 'ip_forward_enable=1',
    'domain_search_list="\\"a.org,b.a.org\\""', 'tcp_ttl=20',
    'bootfile_name="\\"boot\\""', 'tftp_server="\\"tftp\\""',
    'next_server=10.0.{i}.9', 'tftp_server_address="{{10.0.{i}.8}}"',
    'broadcast_address=10.0.{i}.255', 'arp_cache_timeout=50',
    'hostname="\\"h\\""', 'netbios_node_type=2', 'router_discovery=0',
    'path_prefix="\\"/\\""', 'bootfile_name_alt="\\"alt\\""',
    'log_server=10.0.{i}.4', 'default_ttl=10', 'ethernet_encap=1']
DHCP6 = ['dns_server="fd0{i}::2"', 'domain_search="\\"a.org\\""',
         'dhcpv6_stateless=true', 'dns_server="{{fd0{i}::2, fd0{i}::3}}"']


class Wide(Matches, Balancers):
    """See the module's text.  Names are kept even of what is gone."""

    def __init__(self, seed, odd_names=True, more=False):
        self.more = more        # Also what wide_more.py has.
        self.pending = []       # What must come next.
        self.rng = random.Random(seed)
        self.n = 0
        # Names that have to be quoted and encoded.
        self.mark = ('.-/:@ %'[self.rng.randrange(7)]
                     if odd_names and self.chance(.2) else '')
        self.switches, self.vms, self.specials = [], {}, {}
        self.routers, self.lrps, self.attached = {}, {}, {}
        self.gateway_routers = set()    # On one chassis, that is.
        self.groups, self.sets, self.nats = [], [], []
        self.dhcp = {'v4': {}, 'v6': {}}
        self.acls, self.qos, self.ha_groups = [], [], []
        self.lbs, self.lb_groups, self.lb_checkable = [], [], {}
        self.has_dynamic, self.has_meter = set(), False
        self.globals_ = ['.']

    # --- dice

    def chance(self, p):
        return self.rng.random() < p

    def number(self):
        self.n += 1
        return self.n

    def mac(self):
        n = self.number()
        return f'0a:00:00:00:{n >> 8:02x}:{n & 255:02x}'

    def pick(self, some):
        some = list(some)
        return self.rng.choice(some) if some else None

    def some(self, of, p):
        return [x for x in of if self.chance(p)]

    def text(self, words, i=0):
        return [w.replace('{{', '{').replace('}}', '}').replace(
            '{i}', str(i)).replace('{key}', str(1000 + self.number()))
            for w in words]

    def name(self, prefix):
        return f'{prefix}{self.mark}{self.number()}'

    # --- all of it

    def build(self):
        found = [['set', 'NB_Global', '.', 'options:mac_prefix=fa:16:3e',
                  'options:svc_monitor_mac="0e:57:65:66:74:01"']]
        for _ in range(self.rng.randrange(1, 5)):
            found.append(self.new_switch())
            i = len(self.switches) - 1
            found += [self.new_vm(i) for _ in range(self.rng.randrange(5))]
        for _ in range(self.pick([0, 1, 1, 2])):
            found.append(self.new_router())
            router = list(self.routers)[-1]
            for i in range(len(self.switches)):
                if self.chance(.7):
                    found.append(self.new_lrp(router, i))
        # One kind of thing at a time, so that each occurs in company...
        for new in self.rng.sample(NEW, len(NEW)):
            if self.chance(.6):
                found += [new(self) for _ in range(self.rng.randrange(1, 5))]
        # ...and options of everything.
        found += [self.pick(CHANGE)(self)
                  for _ in range(self.rng.randrange(12))]
        if self.more:
            found += [self.pick(wide_more.MORE_NEW + wide_more.MORE_CHANGE)(
                self) for _ in range(self.rng.randrange(12))]
            found += self.pending
            self.pending = []
        return [c for c in found if c]

    def change(self):
        """One more command, or None."""
        if self.pending:
            return self.pending.pop(0)
        if self.more and self.chance(.5):
            return self.pick(self.pick([wide_more.MORE_CHANGE,
                                        wide_rare.RARE]))(self)
        kind = self.rng.random()
        return self.pick(NEW if kind < .35 else
                         CHANGE if kind < .65 else GONE)(self)

    # --- switches and their ports

    def new_switch(self):
        if len(self.switches) > 5:
            return None
        i = len(self.switches)
        self.switches.append(self.name('s'))
        words = ['ls-add', self.switches[i]]
        config = self.text(self.some(SWITCH_CONFIG, .12), i)
        if config:
            words += ['--', 'set', 'Logical_Switch', self.switches[i],
                      *(f'other_config:{c}' for c in config)]
        return words

    def ips(self, i, host):
        return self.some([f'10.0.{i}.{host}', f'fd0{i}::{host:x}'], .75)

    def addresses(self, i, host, mac):
        rng = self.rng
        one = ' '.join([mac, *self.ips(i, host)])
        kind = rng.random()
        if kind < .08:
            return ['unknown']
        if kind < .14:
            return [one, 'unknown']
        if kind < .2:
            return [one, f'{self.mac()} 10.0.{i}.{host + 100}']
        if kind < .25:
            return [f'{one} 10.0.{i}.{host + 50} fd0{i}:1::{host:x}']
        if kind < .3 and i not in self.has_dynamic:
            self.has_dynamic.add(i)
            return [rng.choice(['dynamic', f'{mac} dynamic',
                                f'dynamic 10.0.{i}.{host}',
                                f'dynamic fd0{i}::{host:x}'])]
        return [] if kind < .33 else [one]

    def security(self, i, host, mac):
        one = self.rng.choice([
            mac, f'{mac} 10.0.{i}.{host}', f'{mac} fd0{i}::{host:x}',
            f'{mac} 10.0.{i}.{host} fd0{i}::{host:x}',
            f'{mac} 10.0.{i}.{host}/24', f'{mac} 10.0.{i}.0/25',
            f'{mac} 10.0.{i}.0/24 fd0{i}::/64',
            f'{mac} fd0{i}::{host:x}/64 fe80::{host:x}',
            f'{mac} 0.0.0.0/0', f'{mac} 10.0.{i}.{host} 10.0.{i}.77/32'])
        return [one] + ([self.mac()] if self.chance(.15) else [])

    def new_vm(self, i=None):
        i = self.rng.randrange(len(self.switches)) if i is None else i
        host, name, mac = 10 + self.number() % 90, self.name('p'), self.mac()
        self.vms[name] = (i, host, mac)
        words = ['lsp-add', self.switches[i], name]
        parents = [v for v, (j, _, _) in self.vms.items() if v != name]
        if parents and self.chance(.07):
            words += [self.pick(parents), str(self.number())]
        addresses = self.addresses(i, host, mac)
        if addresses:
            words += ['--', 'lsp-set-addresses', name, *addresses]
        if self.chance(.35):
            words += ['--', 'lsp-set-port-security', name,
                      *self.security(i, host, mac)]
        if self.chance(.06):
            words += ['--', 'lsp-set-enabled', name, 'disabled']
        return words

    def new_special(self):
        """A port of another type."""
        i = self.rng.randrange(len(self.switches))
        type_ = self.pick(['localnet', 'localnet', 'localport', 'virtual',
                           'virtual', 'external', 'l2gateway'])
        name, host = self.name(type_), 120 + self.number() % 90
        self.specials[name] = i
        words = ['lsp-add', self.switches[i], name, '--', 'lsp-set-type',
                 name, type_]
        return words + getattr(self, f'{type_}_words')(i, name, host)

    def localnet_words(self, i, name, host):
        words = ['--', 'lsp-set-addresses', name, 'unknown', '--',
                 'lsp-set-options', name, f'network_name=phys{i}',
                 *self.some(['localnet_learn_fdb=true',
                             'qdisc_queue_id=4'], .2)]
        return words + (['--', 'set', 'Logical_Switch_Port', name, 'tag=7']
                        if self.chance(.3) else [])


    def virtual_words(self, i, name, host):
        parents = [v for v, (j, _, _) in self.vms.items() if i == j][:2]
        ip = self.pick([f'10.0.{i}.{host}', f'fd0{i}::{host:x}'])
        return ['--', 'lsp-set-addresses', name, f'{self.mac()} {ip}', '--',
                'lsp-set-options', name, f'virtual-ip={ip}',
                'virtual-parents=' + ','.join(parents or ['nobody'])]

    def localport_words(self, i, name, host):
        return ['--', 'lsp-set-addresses', name, ' '.join(
            [self.mac(), *self.ips(i, host)])]

    external_words = localport_words

    def l2gateway_words(self, i, name, host):
        return ['--', 'lsp-set-addresses', name, 'unknown', '--',
                'lsp-set-options', name, f'network_name=l2{i}',
                'l2gateway-chassis=hv1']

    # --- routers

    def new_router(self):
        if len(self.routers) > 3:
            return None
        name = self.name('r')
        self.routers[name] = len(self.routers)
        words = ['lr-add', name]
        options = self.text(self.some(ROUTER_OPTIONS, .08))
        if self.chance(.35):
            options.append('chassis=' + self.pick(['hv1', 'hv2', 'hv9']))
            self.gateway_routers.add(name)
        if options:
            words += ['--', 'set', 'Logical_Router', name,
                      *(f'options:{o}' for o in options)]
        return words

    def lrp_networks(self, i, r):
        found = self.some([f'10.0.{i}.{1 + r}/24', f'fd0{i}::{1 + r}/64'],
                          .8)
        found += self.some([f'10.1.{i}.{1 + r}/24', f'fd1{i}::{1 + r}/64'],
                           .12)
        return found or [f'10.0.{i}.{1 + r}/24']

    def new_lrp(self, router=None, i=None):
        router = router or self.pick(self.routers)
        if not router or not self.switches:
            return None
        if i is None:
            i = self.rng.randrange(len(self.switches))
        if (router, i) in self.attached:
            return None
        lrp, lsp = self.name('lrp'), self.name('rp')
        self.attached[router, i] = lrp
        self.lrps[lrp] = (router, i, lsp)
        key = 100 + self.number()   # Symmetric replies name ports by it.
        words = ['lrp-add', router, lrp, self.mac(),
                 *self.lrp_networks(i, self.routers[router]), '--', 'set',
                 'Logical_Router_Port', lrp,
                 f'options:requested-tnl-key={key}',
                 *(f'options:{o}' for o in self.some(LRP_OPTIONS, .04)),
                 '--', 'lsp-add', self.switches[i], lsp, '--',
                 'lsp-set-type', lsp, 'router', '--', 'lsp-set-addresses',
                 lsp, self.pick(['router'] * 5 + [
                     f'{self.mac()} 10.0.{i}.{1 + self.routers[router]}']),
                 '--', 'lsp-set-options', lsp, f'router-port={lrp}',
                 *self.lsp_router_options(i)]
        if router not in self.gateway_routers and self.chance(.3):
            words += ['--', 'lrp-set-gateway-chassis', lrp, 'hv1', '10']
        return words

    def lsp_router_options(self, i):
        found = []
        if self.chance(.12):
            found.append('arp_proxy=' + self.pick([
                f'10.0.{i}.90', f'10.0.{i}.90 10.0.{i}.91',
                f'10.0.{i}.90 fd0{i}::90']))
        if self.chance(.2):
            found.append('nat-addresses=' + self.pick([
                'router', f'{self.mac()} 10.0.{i}.95']))
        return found

    def new_direct(self):
        """Two routers without a switch between them."""
        if len(self.routers) < 2:
            return None
        a, b = self.rng.sample(list(self.routers), 2)
        k = self.number()
        p, q = self.name('peer'), self.name('peer')
        self.lrps[p], self.lrps[q] = (a, None, None), (b, None, None)
        return ['lrp-add', a, p, self.mac(), f'100.64.{k}.1/30', f'fd64:{k}::1/64',
                f'peer={q}', '--', 'lrp-add', b, q, self.mac(),
                f'100.64.{k}.2/30', f'fd64:{k}::2/64', f'peer={p}', '--',
                'set', 'Logical_Router_Port', p,
                f'options:requested-tnl-key={100 + self.number()}', '--',
                'set', 'Logical_Router_Port', q,
                f'options:requested-tnl-key={100 + self.number()}', '--',
                'lr-route-add', a, f'10.{200 + self.number() % 50}.0.0/16',
                f'100.64.{k}.2']

    def distributed(self):
        """Router ports that may be gateway ports."""
        return [p for p, v in self.lrps.items()
                if v[0] not in self.gateway_routers]

    def new_gateway(self):
        lrp = self.pick(self.distributed())
        if not lrp:
            return None
        return ['lrp-set-gateway-chassis', lrp,
                self.pick(['hv1', 'hv2', 'hv3']),
                str(self.rng.randrange(1, 30))]

    def at(self):
        """A router, one of its ports, and the number of its switch."""
        lrp = self.pick([p for p, v in self.lrps.items()
                         if v[1] is not None])
        return (self.lrps[lrp][0], lrp, self.lrps[lrp][1]) if lrp else None

    def new_nat(self):
        where = self.at()
        if not where:
            return None
        router, lrp, i = where
        vm = self.pick(self.vms)
        j, host, _ = self.vms[vm] if vm else (i, 10, None)
        six = self.chance(.25)
        # An address on the router's network, the router's own, elsewhere.
        n = self.number()
        outside = (self.pick([f'fd0{i}::{n + 300:x}',
                              f'fd0{i}::{1 + self.routers[router]}',
                              f'fd99::{n:x}']) if six else
                   self.pick([f'10.0.{i}.{100 + n % 150}',
                              f'10.0.{i}.{1 + self.routers[router]}',
                              f'172.30.0.{1 + n % 250}']))
        inside = f'fd0{j}::{host:x}' if six else f'10.0.{j}.{host}'
        type_ = self.pick(['snat', 'dnat', 'dnat_and_snat', 'dnat_and_snat'])
        if type_ != 'snat' and any(nat[0] == router and nat[2] == outside
                                   for nat in self.nats):
            return None         # OVN takes either.
        if type_ == 'snat' and self.chance(.6):
            inside = (f'fd0{j}::/64' if six
                      else f'10.0.{j}.{self.pick(["0/24", "0/26", "64/26"])}')
        if type_ == 'snat' and self.chance(.1):
            inside = '::/0' if six else '0.0.0.0/0'
        options, words = [], ['lr-nat-add', router, type_, outside, inside]
        if type_ == 'dnat_and_snat' and vm and self.chance(.35):
            words += [vm, self.mac()]
        if type_ == 'dnat_and_snat' and self.chance(.2):
            options.append('--stateless')
        elif self.chance(.15):
            options.append('--portrange')
            words += ([] if len(words) > 5 else []) + [
                self.pick(['3000-4000', '5000', '1-65535'])]
        if router not in self.gateway_routers and self.chance(.15):
            options.append(f'--gateway-port={lrp}')
        if self.chance(.1):
            options.append('--add-route')
        self.nats.append((router, type_, outside,
                          inside if type_ == 'snat' else outside))
        return [*options, *words]

    def new_ext_ips(self):
        if not self.nats or not self.sets:
            return None
        router, type_, outside, key = self.pick(self.nats)
        # Not both of one rule: Weft stores none that northd skips.
        return [*(['--is-exempted'] if len(outside) % 2 else []),
                'lr-nat-update-ext-ip', router, type_, key,
                self.pick(self.sets)]

    def new_route(self):
        where = self.at()
        if not where:
            return None
        router, lrp, i = where
        six = self.chance(.35)
        prefix = self.pick(['::/0', 'fd77::/32', 'fd77:1::/64', 'fd77::9',
                            f'fd0{i}::/64'] if six else [
                                '0.0.0.0/0', '172.16.0.0/16', '172.16.5.0/24',
                                '192.168.7.9', '10.0.0.0/8', f'10.0.{i}.0/24',
                                '10.64.0.1/16'])
        k = self.pick([200, 201, 202, 203])
        hop = self.pick(([f'fd0{i}::{k}'] * 4 + ['fe80::5', 'fd55::1'])
                        if six else [f'10.0.{i}.{k}'] * 5 + ['9.9.9.9'])
        options, words = [], ['lr-route-add', router, prefix, hop]
        if self.chance(.08):
            words[-1] = 'discard'
        elif hop == 'fe80::5' or self.chance(.3):
            words.append(lrp)
        if self.chance(.2):
            options.append('--policy=src-ip')
        if self.chance(.2):
            options.append('--route-table=' + self.pick(['blue', 'red']))
        if self.chance(.35):
            options.append('--ecmp')
        elif self.chance(.25) and words[3] != 'discard':
            options.append('--ecmp-symmetric-reply')
        if len(words) > 4 and words[3] != 'discard' and self.chance(.08):
            options.append('--bfd')
        return [*options, *words]

    def new_policy(self):
        where = self.at()
        if not where:
            return None
        router, _, i = where
        six = self.chance(.3)
        action = self.pick(['allow', 'drop', 'reroute', 'reroute'])
        words = ['lr-policy-add', router, str(self.number()),
                 self.policy_match(i, six), action]
        if action == 'reroute':
            hops = [f'fd0{i}::{0x210 + k:x}' if six else f'10.0.{i}.{210 + k}'
                    for k in range(self.rng.randrange(1, 4))]
            words.append(','.join(hops))
        if self.chance(.25):
            words.append(f'pkt_mark={self.number()}')
        return words

    def new_binding(self):
        lrp = self.pick(self.lrps)
        if not lrp:
            return None
        i = self.lrps[lrp][1] or 0
        return [*(['--override-dynamic-mac'] if self.chance(.5) else []),
                'static-mac-binding-add', lrp, self.pick(
                    [f'10.0.{i}.80', f'fd0{i}::80', f'10.0.{i}.81']),
                self.mac().replace('0a', '0e', 1)]

    # --- what is shared

    def new_group(self):
        if len(self.groups) > 3:
            return None
        self.groups.append(f'pg{self.number()}')
        return ['pg-add', self.groups[-1], *self.some(self.vms, .5)]

    def new_set(self):
        if len(self.sets) > 3:
            return None
        self.sets.append(f'as{self.number()}')
        return ['create', 'Address_Set', f'name={self.sets[-1]}',
                'addresses=' + ','.join(f'"{a}"' for a in self.some(
                    ['10.0.0.10', '10.0.1.0/24', '172.16.0.1', '192.0.2.0/26',
                     'fd00::/64', 'fd01::11'], .6))]

    def new_ha_group(self):
        if len(self.ha_groups) > 2:
            return None
        name = f'ha{self.number()}'
        self.ha_groups.append(name)
        words = ['--id=@h', 'create', 'HA_Chassis_Group', f'name={name}']
        for hv in self.some(['hv1', 'hv2', 'hv3'], .6):
            words += ['--', 'ha-chassis-group-add-chassis', name, hv,
                      str(self.rng.randrange(1, 99))]
        for port in self.some([s for s in self.specials
                               if s.startswith('external')], .6):
            words += ['--', 'set', 'Logical_Switch_Port', port,
                      'ha_chassis_group=@h']
        for lrp in self.some(self.distributed(), .2):
            words += ['--', 'set', 'Logical_Router_Port', lrp,
                      'ha_chassis_group=@h']
        return words

    def new_acl(self):
        entity = (self.pick(self.groups) if self.groups and self.chance(.5)
                  else self.pick(self.switches))
        kind = 'port-group' if entity in self.groups else 'switch'
        direction = self.pick(['from-lport', 'to-lport'])
        action = self.pick(['allow', 'allow-related', 'allow-related',
                            'allow-stateless', 'drop', 'reject'])
        options = [f'--type={kind}']
        if direction == 'from-lport' and self.chance(.25):
            options.append('--apply-after-lb')
        if self.chance(.2):
            options += ['--log', '--severity=' + self.pick(
                ['alert', 'warning', 'notice', 'info', 'debug'])]
            options += self.some(['--name=an acl'], .5)
            if self.has_meter:
                options += self.some(['--meter=m0'], .5)
        if action == 'allow-related' and self.chance(.25):
            options.append(f'--label={self.number()}')
        acl = [entity, direction, str(self.rng.randrange(32768)),
               self.acl_match(direction, entity, kind)]
        self.acls.append((kind, acl))
        return [*options, 'acl-add', *acl, action]

    def new_qos(self):
        qos = [self.pick(self.switches),
               self.pick(['from-lport', 'to-lport']),
               str(self.rng.randrange(32768)), self.plain_match()]
        self.qos.append(qos)
        return ['qos-add', *qos, *self.pick([
            ['dscp=46'], ['rate=1000'], ['rate=1000', 'burst=500'],
            ['dscp=0', 'rate=64'], ['dscp=63', 'rate=9', 'burst=1']])]

    def new_meter(self):
        if self.has_meter:
            return None
        self.has_meter = True
        return [*self.some(['--fair'], .5), 'meter-add', 'm0', 'drop', '10',
                self.pick(['pktps', 'kbps']), *self.some(['20'], .5)]

    def new_dhcp(self):
        i = self.rng.randrange(len(self.switches))
        family = self.pick(['v4', 'v6'])
        if i in self.dhcp[family]:
            return None
        tag = f'd{self.number()}'
        self.dhcp[family][i] = tag
        if family == 'v4':
            options = [f'server_id=10.0.{i}.1', f'server_mac="{self.mac()}"',
                       'lease_time=3600', *self.text(self.some(DHCP4, .2), i)]
            cidr = f'10.0.{i}.0/24'
        else:
            options = [f'server_id="{self.mac()}"',
                       *self.text(self.some(DHCP6, .4), i)]
            cidr = f'"fd0{i}::/64"'
        words = [f'--id=@{tag}', 'create', 'DHCP_Options', f'cidr={cidr}',
                 *(f'options:{o}' for o in options)]
        ports = [v for v, (j, _, _) in self.vms.items() if i == j]
        ports += [e for e, j in self.specials.items()
                  if i == j and e.startswith('external')]
        for port in self.some(ports, .7):
            words += ['--', 'set', 'Logical_Switch_Port', port,
                      f'dhcp{family}_options=@{tag}']
        return words

    def new_dns(self):
        tag = f'n{self.number()}'
        return [f'--id=@{tag}', 'create', 'DNS',
                'records={"a.org"="10.0.0.10 fd00::10"}', '--', 'add',
                'Logical_Switch', self.pick(self.switches), 'dns_records',
                f'@{tag}']


# What is new, a creator each.
NEW = [Wide.new_vm, Wide.new_special, Wide.new_special, Wide.new_lrp,
       Wide.new_direct, Wide.new_gateway, Wide.new_nat, Wide.new_nat,
       Wide.new_ext_ips, Wide.new_route, Wide.new_route, Wide.new_policy,
       Wide.new_binding, Wide.new_group, Wide.new_set, Wide.new_ha_group,
       Wide.new_acl, Wide.new_acl, Wide.new_acl, Wide.new_qos,
       Wide.new_meter, Wide.new_dhcp, Wide.new_dns, Wide.new_switch,
       Wide.new_router, *NEW_LB]


# ---- What changes: a table, a record of it, a column, its values --------------

def setter(table, names, prefix, values):
    """A function that sets one of 'values' of one of 'names'."""
    def change(net):
        name = net.pick(getattr(net, names))
        return name and ['set', table, name, *(
            prefix + v for v in net.text([net.pick(values)], 0))]
    return change


def clearer(table, names, columns):
    def change(net):
        name = net.pick(getattr(net, names))
        return name and ['clear', table, name, net.pick(columns)]
    return change


def on_vm(command):
    """A function that runs 'command(net, name, i, host, mac)' on a port."""
    def change(net):
        name = net.pick(net.vms)
        return name and command(net, name, *net.vms[name])
    return change


CHANGE = [
    setter('NB_Global', 'globals_', '', [f'options:{o}'
                                         for o in GLOBAL_OPTIONS]),
    setter('Logical_Switch', 'switches', 'other_config:', SWITCH_CONFIG),
    setter('Logical_Router', 'routers', 'options:', ROUTER_OPTIONS),
    setter('Logical_Router', 'routers', 'enabled=',
           ['true', 'true', 'false']),
    setter('Logical_Router_Port', 'lrps', 'options:', LRP_OPTIONS),
    setter('Logical_Router_Port', 'lrps', 'ipv6_ra_configs:', RA_CONFIGS),
    setter('Logical_Router_Port', 'lrps', 'ipv6_ra_configs:', RA_CONFIGS[:3]),
    setter('Logical_Switch_Port', 'vms', 'options:', LSP_OPTIONS),
    setter('Logical_Switch_Port', 'vms', 'external_ids:',
           ['neutron:port_name=x', 'name=friend']),
    setter('Logical_Switch', 'switches', 'external_ids:', ['name=x']),
    on_vm(lambda net, p, i, host, mac: [
        'lsp-set-addresses', p, *net.addresses(i, host, mac)]),
    on_vm(lambda net, p, i, host, mac: [
        'lsp-set-port-security', p, *net.security(i, host, mac)]),
    on_vm(lambda net, p, i, host, mac: [
        'lsp-set-enabled', p, net.pick(['enabled', 'enabled', 'disabled'])]),
    lambda net: net.lrps and ['lrp-set-enabled', net.pick(net.lrps), net.pick(
        ['enabled', 'enabled', 'disabled'])],
    lambda net: net.groups and ['pg-set-ports', net.pick(net.groups),
                                *(net.some(net.vms, .5) or ['nobody'])],
    lambda net: net.sets and ['add', 'Address_Set', net.pick(net.sets),
                              'addresses', net.pick([
                                  '"10.0.2.7"', '"fd02::7"', '"10.4.0.0/14"'])],
    *CHANGE_LB,
]


def removal(names, *words, last=()):
    def gone(net):
        name = net.pick(getattr(net, names))
        return name and [*words, name, *last]
    return gone


def gone_lsp(net):
    lsp = net.pick([*net.vms, *net.specials, *(v[2] for v in
                                               net.lrps.values() if v[2])])
    return lsp and ['--if-exists', 'lsp-del', lsp]


def gone_acl(net):
    if not net.acls:
        return None
    kind, acl = net.pick(net.acls)
    return [f'--type={kind}', 'acl-del',
            *(acl[:net.pick([1, 2, 4, 4, 4])])]


def gone_nat(net):
    if not net.nats:
        return None
    router, type_, _, key = net.pick(net.nats)
    return ['--if-exists', 'lr-nat-del', router,
            *([type_, key][:net.pick([0, 1, 2, 2, 2])])]


# Stock northd finds no end when a port goes before its bindings.
NO_BINDINGS = ['--all', 'destroy', 'Static_MAC_Binding', '--']


def gone_lrp(net):
    lrp = net.pick(net.lrps)
    router, i, _ = net.lrps[lrp] if lrp else (None, None, None)
    net.attached.pop((router, i), None)
    return lrp and [*NO_BINDINGS, '--if-exists', 'lrp-del', lrp]


GONE = [
    gone_lsp, gone_lsp, gone_acl, gone_acl, gone_nat, gone_nat, gone_lrp,
    removal('routers', '--if-exists', 'lr-route-del'),
    removal('routers', '--if-exists', 'lr-policy-del'),
    removal('groups', 'pg-del'), removal('sets', 'destroy', 'Address_Set'),
    lambda net: net.qos and ['qos-del', *net.pick(net.qos)],
    clearer('Logical_Switch', 'switches', ['other_config', 'dns_records']),
    clearer('Logical_Router', 'routers', ['options']),
    clearer('Logical_Router_Port', 'lrps', [
        'options', 'ipv6_ra_configs', 'gateway_chassis',
        'ha_chassis_group']),
    clearer('Logical_Switch_Port', 'vms', [
        'addresses', 'port_security', 'dhcpv4_options', 'dhcpv6_options']),
    clearer('Address_Set', 'sets', ['addresses']),
    removal('lrps', 'lrp-del-gateway-chassis', last=['hv1']),
    removal('switches', '--if-exists', 'ls-del'),
    removal('routers', *NO_BINDINGS, '--if-exists', 'lr-del'),
    *GONE_LB,
]
