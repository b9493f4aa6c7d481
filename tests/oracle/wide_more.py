"""What wide random networks (wide_network.py) have besides: the columns of
ovn-nb(5) that commands seldom touch, set straight; rows that refer to what is
not there; what goes, and comes back under its name, elsewhere or otherwise."""
import json

LRP_NETWORKS = [
    '10.0.{i}.{r}/24', '10.0.{i}.{r}/25 10.3.{i}.1/30', '10.3.{i}.{r}/31',
    '10.0.{i}.{r}/24 10.0.{i}.1{r}/24', 'fd0{i}::{r}/64', '10.0.{i}.{r}/32',
    '10.0.{i}.{r}/24 fd0{i}::{r}/64 fe80::{r}/64', 'fd0{i}::{r}/128',
    '10.0.{i}.{r}/24 fd0{i}::{r}/64 fd0{i}:2::{r}/48', '169.254.0.{r}/16']
LRP_MORE = ['gateway_mtu=68', 'gateway_mtu=65535',
            'prefix=true',
            'reside-on-redirect-chassis=false', 'route_table=""',
            'route_table=a\\ table', 'mcast_flood=true']
ROUTE_COLUMNS = [
    'policy=src-ip', 'policy=dst-ip', 'route_table=blue', 'route_table=""',
    'options:ecmp_symmetric_reply=true', 'options:origin=connected',
    'external_ids:ic-learned-route=x', 'nexthop=discard',
    'output_port=nobody']
POLICY_COLUMNS = [
    'action=allow', 'action=drop', 'options:pkt_mark=0',
    'options:pkt_mark=4294967295', 'priority=0', 'priority=32767',
    'match="ip4"', 'match="1"', 'external_ids:a=b']
NAT_COLUMNS = [
    'external_port_range=1-65535', 'external_port_range=80',
    'external_port_range=""', 'options:stateless=true',
    'options:stateless=false', 'options:add_route=true', 'type=snat',
    'type=dnat_and_snat', 'external_ids:a=b']
ACL_COLUMNS = [
    'label=0', 'label=4294967295', 'options:log-related=true', 'log=true',
    'log=false', 'name=x', 'severity=debug', 'severity=[]', 'meter=nothing',
    'meter=m0', 'priority=0', 'priority=32767', 'direction=to-lport',
    'direction=from-lport', 'action=allow-related', 'action=allow-stateless',
    'action=reject', 'options:apply-after-lb=true', 'match="ip"',
    'match="inport == \\"nobody\\" && ip4"', 'match="outport == @nothing"',
    'match="ip4.src == $nothing"', 'external_ids:a=b']
QOS_COLUMNS = ['action:dscp=0', 'action:dscp=63', 'bandwidth:rate=4294967295',
               'bandwidth:burst=1', 'priority=0', 'direction=to-lport',
               'match="ip6"']
DHCP4_MORE = [
    'lpr_server=10.0.{i}.5', 'swap_server=10.0.{i}.5', 'mtu=68',
    'policy_filter=10.0.{i}.5', 'router_solicitation=10.0.{i}.5',
    'nis_server="{{10.0.{i}.5,10.0.{i}.6}}"', 'server_id=10.9.9.9',
    'netbios_name_server=10.0.{i}.5', 'tcp_keepalive_interval=255',
    'ms_classless_static_route="{{10.9.0.0/16,10.0.{i}.1}}"',
    'lease_time=4294967295', 'lease_time=0', 'router="{{10.0.{i}.1,10.0.{i}.2}}"',
    'netmask=255.255.255.128', 'domain_name="\\"a b\\""']
LSP_MORE = ['qos_min_rate=1000', 'qos_max_rate=2000', 'qos_burst=100',
            'activation-strategy=rarp', 'vif-plug-type=representor',
            'vif-plug-mtu-request=1400', 'requested-chassis=""',
            'requested-chassis=nowhere', 'hostname="\\"a.b\\""',
            'mcast_flood_reports=true', 'no-such-option=x']
ROUTER_MORE = ['snat-ct-zone=7', 'chassis=hv1', 'chassis=nowhere',
               'mac_binding_age_threshold=0',
               'dnat_force_snat_ip=""', 'lb_force_snat_ip="fd00::200"',
               'dynamic_neigh_routers=false', 'learn_from_arp_request=true',
               'no-such-option=x']
ROUTER_PORT_MORE = [
    'arp_proxy="fd0{i}::90"', 'arp_proxy="fd0{i}::90 10.0.{i}.91"',
    'nat-addresses=router', 'nat-addresses="0a:0e:00:00:00:02 10.0.{i}.95"',
    'exclude-lb-vips-from-garp=true', 'router-port=nobody']


def set_lrp(net):
    lrp = net.pick(net.lrps)
    if not lrp:
        return None
    i = net.lrps[lrp][1] or 0
    what = net.pick(['networks', 'options', 'options', 'mac'])
    if what == 'networks':
        text = net.text([net.pick(LRP_NETWORKS)], i)[0].replace(
            '{r}', str(1 + net.number() % 7))
        value = 'networks=' + ','.join(f'"{n}"' for n in text.split())
    elif what == 'options':
        value = f'options:{net.pick(LRP_MORE)}'
    else:           # Of a peer that is not there northd finds no end.
        value = f'mac="{net.mac()}"'
    return ['set', 'Logical_Router_Port', lrp, value]


def any_of(table, columns):
    """Sets a column of a row without a name: "@table:k" is the k-th of its
    table, whatever its UUID on either side (resolved())."""
    def change(net):
        return ['set', table, f'@{table}:{net.rng.randrange(100)}',
                net.pick(columns)]
    return change


# What tells rows without names from one another.
KEYS = {
    'NAT': 'type,external_ip,logical_ip',
    'Logical_Router_Static_Route': 'ip_prefix,nexthop,route_table',
    'Logical_Router_Policy': 'priority,match',
    'ACL': 'priority,direction,match', 'QoS': 'priority,direction,match',
    'DHCP_Options': 'cidr', 'DNS': 'records',
    'BFD': 'logical_port,dst_ip', 'Static_MAC_Binding': 'logical_port,ip'}


def resolved(side, words):
    """The words with UUIDs for "@table:k", or None if there are no rows of
    the table that nothing else is like."""
    found = list(words)
    for at, word in enumerate(words):
        before, at_sign, reference = word.rpartition('@')
        table, _, k = reference.partition(':')
        if not at_sign or before[-1:] not in ('', '=') or table not in KEYS:
            continue
        rows = json.loads(side.nbctl(
            '--format=json', f'--columns=_uuid,{KEYS[table]}', 'list',
            table) or '{"data": []}')['data']
        texts = [json.dumps(row[1:]) for row in rows]
        some = sorted((text, row[0][1]) for text, row in zip(texts, rows)
                      if texts.count(text) == 1)
        if not some:
            return None
        found[at] = before + some[int(k) % len(some)][1]
    return found


def set_of(table, names, prefix, values):
    def change(net):
        name = net.pick(getattr(net, names))
        return name and ['set', table, name,
                         prefix + net.text([net.pick(values)], 0)[0]]
    return change


def set_router_lsp(net):
    lsps = [(v[2], v[1]) for v in net.lrps.values() if v[2]]
    lsp = net.pick(lsps)
    return lsp and ['set', 'Logical_Switch_Port', lsp[0], 'options:'
                    + net.text([net.pick(ROUTER_PORT_MORE)], lsp[1])[0]]


def set_router_lsp_addresses(net):
    lsps = [(v[2], v[1]) for v in net.lrps.values() if v[2]]
    lsp = net.pick(lsps)
    return lsp and ['lsp-set-addresses', lsp[0], *net.pick([
        ['router'], ['router'], ['unknown'], [net.mac()], ['router', 'unknown'],
        [f'{net.mac()} 10.0.{lsp[1]}.1 fd0{lsp[1]}::1']])]


def set_type(net):
    vm = net.pick(net.vms)
    return vm and ['lsp-set-type', vm, net.pick(
        ['', '', '', 'localport', 'external', 'virtual', 'vtep', 'remote',
         'localnet', 'l2gateway'])]


def nest(net):
    """A container, perhaps within a container, or of nobody."""
    vm, parent = net.pick(net.vms), net.pick([*net.vms, 'nobody'])
    return vm and ['set', 'Logical_Switch_Port', vm, *net.pick([
        [f'parent_name={parent}', f'tag={net.number() % 4095 + 1}'],
        [f'parent_name={parent}'], ['tag=9'], ['tag_request=0'],
        ['parent_name=[]', 'tag=[]', 'tag_request=[]']])]


def move(net):
    """A port that goes to another switch."""
    vm = net.pick(net.vms)
    if not vm:
        return None
    _, host, mac = net.vms[vm]
    i = net.rng.randrange(len(net.switches))
    net.vms[vm] = (i, host, mac)
    # In one transaction stock nbctl takes the port for its own duplicate.
    net.pending.append(['lsp-add', net.switches[i], vm, '--',
                        'lsp-set-addresses', vm,
                        f'{mac} 10.0.{i}.{host} fd0{i}::{host:x}'])
    return ['--if-exists', 'lsp-del', vm]


def swap(net):
    """Two ports that change addresses."""
    if len(net.vms) < 2:
        return None
    a, b = net.rng.sample(list(net.vms), 2)
    (i, h, m), (j, k, n) = net.vms[a], net.vms[b]
    net.vms[a], net.vms[b] = (i, k, n), (j, h, m)
    return ['lsp-set-addresses', a, f'{n} 10.0.{i}.{k}', '--',
            'lsp-set-addresses', b, f'{m} 10.0.{j}.{h} fd0{j}::{h:x}']


def again(net):
    """A switch or router that is deleted and comes back, empty."""
    if net.chance(.5):
        name = net.pick(net.switches)
        return name and ['--if-exists', 'ls-del', name, '--', 'ls-add', name]
    name = net.pick(net.routers)
    if not name:
        return None
    net.gateway_routers.discard(name)
    for at in [a for a in net.attached if a[0] == name]:
        del net.attached[at]
    return ['--all', 'destroy', 'Static_MAC_Binding', '--', '--if-exists',
            'lr-del', name, '--', 'lr-add', name]


def group_again(net):
    group = net.pick(net.groups)
    return group and ['--if-exists', 'pg-del', group, '--', 'pg-add', group,
                      *net.some(net.vms, .5)]


def odd_group(net):
    """Router ports and whatever else in a group."""
    group = net.pick(net.groups)
    some = net.some([*net.vms, *net.specials, *(
        v[2] for v in net.lrps.values() if v[2])], .4)
    return group and some and ['pg-set-ports', group, *some]


def odd_set(net):
    name = net.pick(net.sets)
    return name and ['set', 'Address_Set', name, 'addresses=' + net.pick([
        '"0a:00:00:00:00:01"', '"10.0.0.0/8","10.0.0.10"', '"::/0"',
        '"0.0.0.0/0"', '"10.0.0.1/24"', '[]', '"fd00::/8","10.0.0.10"'])]


def set_virtual(net):
    port = net.pick([s for s in net.specials if s.startswith('virtual')])
    if not port:
        return None
    i = net.specials[port]
    parents = net.some(net.vms, .3) or ['nobody']
    return ['set', 'Logical_Switch_Port', port, net.pick([
        f'options:virtual-ip=10.0.{i}.{130 + net.number() % 90}',
        'options:virtual-parents="' + ','.join(parents) + '"'])]


def odd_localnet(net):
    port = net.pick([s for s in net.specials if s.startswith('localnet')])
    return port and ['set', 'Logical_Switch_Port', port, net.pick([
        'tag=4095', 'tag=[]', 'options:ethtype=802.11ad',
        'options:localnet_learn_fdb=true', 'addresses=[]',
        'addresses="0a:00:00:00:0f:01\\ 10.0.0.250"',
        'options:network_name=other'])]


def set_dhcp(net):
    family = net.pick(['v4', 'v4', 'v6'])
    i = net.pick(net.dhcp[family])
    if i is None:
        return None
    values = DHCP4_MORE if family == 'v4' else [
        'server_id="0a:00:00:00:0d:01"', 'domain_search="\\"a.org,b.org\\""',
        'dhcpv6_stateless=false']
    return ['set', 'DHCP_Options', f'@DHCP_Options:{net.number()}',
            'options:' + net.text([net.pick(values)], i)[0]]


def both_groups(net):
    """A gateway port with an HA group and gateway chassis."""
    lrp, group = net.pick(net.distributed()), net.pick(net.ha_groups)
    return lrp and group and [
        'lrp-set-gateway-chassis', lrp, 'hv2', '10', '--',
        'ha-chassis-group-add-chassis', group, net.pick(['hv1', 'nowhere']),
        '10']


def secure_more(net):
    """Several strings, several addresses, prefixes."""
    vm = net.pick(net.vms)
    if not vm:
        return None
    i, host, mac = net.vms[vm]
    return ['lsp-set-port-security', vm, *net.pick([
        [f'{mac} 10.0.{i}.{host} 10.0.{i}.0/28 fd0{i}::/48 fd0{i}::{host:x}',
         f'{net.mac()} 10.0.{i}.{host}/25'],
        [f'{mac} ::/0', f'{mac} 10.0.{i}.{host}'], [f'{mac} 224.0.0.0/4'],
        [f'{mac} 10.0.{i}.255/24'], [f'{mac} fe80::/10'],
        ['00:00:00:00:00:00'], [f'{mac} 10.0.{i}.{host}/32 fd0{i}::1/128'],
        [f'{net.mac()} 10.0.{i}.4/30', f'{net.mac()} 10.0.{i}.5/31']])]


def address_more(net):
    vm = net.pick(net.vms)
    if not vm:
        return None
    i, host, mac = net.vms[vm]
    return ['lsp-set-addresses', vm, *net.pick([
        [f'{mac}'], [f'{mac}', 'unknown'],
        [f'{mac} 10.0.{i}.{host} 10.0.{i}.{host + 100} fd0{i}::{host:x}'],
        [f'{mac} fe80::{host:x}'], ['unknown', f'{mac} 10.0.{i}.{host}'],
        [f'{net.mac()} 10.0.{i}.{host + 100}', f'{net.mac()} '
         f'10.0.{i}.{host}', f'{net.mac()} fd0{i}::{host:x}']])]


def more_dns(net):
    return ['set', 'DNS', f'@DNS:{net.number()}', net.pick([
        'records:b.org=10.0.0.11', 'records:C.ORG="fd00::3\\ fd00::4"',
        'records:11.0.0.10.in-addr.arpa=b.org', 'records:*.d.org=10.0.0.12',
        'external_ids:a=b'])]


def shared_dns(net):
    return ['--id=@n', 'create', 'DNS', 'records={}', *(
        w for s in net.some(net.switches, .6)
        for w in ('--', 'add', 'Logical_Switch', s, 'dns_records', '@n'))]


def forward(net):
    """The forwarding group of a switch, which has one (ovn-nbctl replaces
    it)."""
    i = net.rng.randrange(len(net.switches))
    ports = [v for v, (j, _, _) in net.vms.items() if i == j][:3]
    return ports and [*net.some(['--liveness'], .5), 'fwd-group-add',
                      f'fg{net.number()}', net.switches[i],
                      f'10.0.{i}.{net.number() % 250}', net.mac(), *ports]


MORE_NEW = [forward, nest, shared_dns]
MORE_CHANGE = [
    set_lrp, set_lrp, set_lrp, set_router_lsp, set_router_lsp,
    set_router_lsp_addresses, set_type, nest, move, move, swap, again,
    group_again, odd_group, odd_set, set_virtual, odd_localnet, set_dhcp,
    both_groups, secure_more, secure_more, address_more, address_more,
    more_dns,
    any_of('Logical_Router_Static_Route', ROUTE_COLUMNS),
    any_of('Logical_Router_Policy', POLICY_COLUMNS),
    any_of('NAT', NAT_COLUMNS), any_of('ACL', ACL_COLUMNS),
    any_of('ACL', ACL_COLUMNS), any_of('QoS', QOS_COLUMNS),
    set_of('Logical_Switch_Port', 'vms', 'options:', LSP_MORE),
    set_of('Logical_Router', 'routers', 'options:', ROUTER_MORE)]
