"""What operators do seldom to wide random networks (wide_network.py): renames,
columns of NAT rules and routes set one by one, chains of routers, networks of
one family, types of ports that change under their neighbours, gateways that
come and go, references to what is elsewhere."""

NAT_MORE = [
    'external_mac="0a:0e:00:00:00:{n}"', 'external_mac=[]', 'logical_port=[]',
    'logical_port=nobody', 'allowed_ext_ips=[]', 'exempted_ext_ips=[]',
    'gateway_port=[]', 'external_ip=172.30.1.{n}',
    'logical_ip=10.0.0.{n}', 'logical_ip=10.0.0.0/24', 'type=dnat', 'options:add_route=false',
    'logical_ip=10.0.1.{n}/32', 'external_ip=10.0.0.{n}']
ROUTE_MORE = [
    'output_port=[]', 'bfd=[]',
    'options:ecmp_symmetric_reply=false', 'ip_prefix=10.77.0.0/32',
    'ip_prefix=192.168.0.0/24', 'route_table=red']
POLICY_MORE = [
    'action=reroute', 'nexthops=[]', 'nexthops="10.0.0.{n}","10.0.1.{n}"',
    'nexthops="10.0.0.{n}"', 'nexthop="10.0.0.{n}"', 'nexthop=[]',
    'nexthops="fd00::{n}"', 'priority=77', 'match="tcp && ip4"',
    'nexthops="10.0.0.{n}","fd00::{n}"', 'options:pkt_mark=[]',
    'match="inport == \\"nobody\\""', 'options:pkt_mark=7']
LRP_MORE = [
    'ipv6_ra_configs:send_periodic=false', 'ipv6_ra_configs:mtu=100',
    'ipv6_ra_configs:router_preference=MEDIUM',
    'ipv6_ra_configs:max_interval=4', 'ipv6_ra_configs:min_interval=3',
    'ipv6_ra_configs:rdnss="fd00::1 fd00::2"',
    'ipv6_ra_configs:dnssl="a.org,b.org"', 'ipv6_prefix="fd0a::/64"',
    'options:gateway_mtu=1500', 'options:redirect-type=[]',
    'ipv6_ra_configs:address_mode=none',
    'ipv6_ra_configs:route_info="LOW-fd08::/40,fd07::/64"',
    'enabled=[]', 'external_ids:x=y', 'options:route_table=main']
LSP_MORE = [
    'options:requested-chassis="hv1,hv2"', 'options:nat-addresses=router',
    'options:network_name=x', 'tag=0', 'type=""', 'enabled=false',
    'options:router-port=nobody', 'options:virtual-ip=10.0.0.99',
    'options:l2gateway-chassis=hv2', 'options:qdisc_queue_id=0',
    'dhcpv4_options=[]', 'port_security=[]', 'options={}',
    'external_ids:neutron\\:port_name=q', 'tag_request=5', 'enabled=[]',
    'ha_chassis_group=[]', 'parent_name=""']
SWITCH_MORE = [
    'other_config:subnet=10.0.0.0/30', 'other_config:exclude_ips=10.0.0.2',
    'other_config:subnet=10.0.0.0/16', 'other_config:mac_only=false',
    'other_config:vlan-passthru=false', 'other_config:ipv6_prefix="fd05::"',
    'other_config:exclude_ips="10.0.0.2..10.0.0.4\\ 10.0.0.9"',
    'other_config:broadcast-arps-to-all-routers=true',
    'external_ids:neutron\\:network_name=n', 'load_balancer=[]', 'acls=[]',
    'qos_rules=[]', 'dns_records=[]']
LB_MORE = [
    'vips:"172.30.0.9:80"="10.0.0.10:80,10.0.1.11:80"',
    'vips:"[fd99::9]:80"="[fd00::a]:80"', 'vips:"172.30.0.9"="10.0.0.10"',
    'vips:"10.0.0.1:80"="10.0.0.11:8080"', 'vips={}', 'protocol=[]',
    'options:hairpin_snat_ip="10.9.9.8\\ fd99::8"', 'selection_fields=[]',
    'options:reject=[]',
    'vips:"10.0.0.250:53"=""', 'options:skip_snat=[]']
DHCP_MORE = ['cidr=10.0.1.0/24', 'cidr="fd00::/64"', 'options:lease_time=60',
             'options={}', 'options:server_mac="0a:00:00:00:0d:02"',
             'options:server_id=10.0.0.254', 'external_ids:a=b',
             'options:no_such_option=1', 'options:router=10.0.0.254',
             'options:hostname="\\"x\\""', 'options:offerip=10.0.0.9']
BFD_MORE = ['min_tx=500', 'min_rx=700', 'detect_mult=3', 'dst_ip=10.0.0.9',
            'logical_port=nobody', 'options:a=b']
GLOBAL_MORE = [
    'options:svc_monitor_mac="0e:57:65:66:74:02"', 'options:mac_prefix="fa:16:3e"',
    'options:northd_probe_interval=5000', 'options:max_tunid=[]', 'name=x',
    'options:use_ct_inv_match=[]', 'options:ignore_chassis_features=true',
    'external_ids:a=b', 'options:default_acl_drop=[]']

ROWS = [
    ('NAT', NAT_MORE), ('NAT', NAT_MORE), ('NAT', NAT_MORE),
    ('Logical_Router_Static_Route', ROUTE_MORE),
    ('Logical_Router_Static_Route', ROUTE_MORE),
    ('Logical_Router_Policy', POLICY_MORE),
    ('Logical_Router_Policy', POLICY_MORE), ('DHCP_Options', DHCP_MORE),
    ('BFD', BFD_MORE)]
NAMED = [
    ('Logical_Router_Port', 'lrps', LRP_MORE),
    ('Logical_Router_Port', 'lrps', LRP_MORE),
    ('Logical_Switch_Port', 'vms', LSP_MORE),
    ('Logical_Switch_Port', 'specials', LSP_MORE),
    ('Logical_Switch', 'switches', SWITCH_MORE),
    ('Load_Balancer', 'lbs', LB_MORE), ('Load_Balancer', 'lbs', LB_MORE),
    ('NB_Global', 'globals_', GLOBAL_MORE)]


def set_words(net, table, record, value):
    """A value of [] clears."""
    value = value.replace('{n}', str(10 + net.rng.randrange(30)))
    column, _, text = value.partition('=')
    if text not in ('[]', '{}'):
        return ['set', table, record, value]
    column, _, key = column.partition(':')
    return (['remove', table, record, column, key] if key
            else ['clear', table, record, column])


def set_row(net):
    table, values = net.pick(ROWS)
    return set_words(net, table, f'@{table}:{net.rng.randrange(100)}',
                     net.pick(values))


def set_named(net):
    table, names, values = net.pick(NAMED)
    name = net.pick(getattr(net, names))
    return name and set_words(net, table, name, net.pick(values))


def rename(net):
    """What is not named by its key may be called otherwise."""
    table, names = net.pick([
        ('Logical_Switch', net.switches), ('Load_Balancer', net.lbs),
        ('Logical_Router', net.routers)])
    old = net.pick(names)
    if not old:
        return None
    new = net.name('new')
    if isinstance(names, dict):
        names[new] = names.pop(old)
        for lrp, (router, i, lsp) in net.lrps.items():
            if router == old:
                net.lrps[lrp] = (new, i, lsp)
        for router, i in [a for a in net.attached if a[0] == old]:
            net.attached[new, i] = net.attached.pop((router, i))
        net.nats = [(new if nat[0] == old else nat[0], *nat[1:])
                    for nat in net.nats]
        if old in net.gateway_routers:
            net.gateway_routers.add(new)
    else:
        names[names.index(old)] = new
    return ['set', table, old, f'name="{new}"']


def chain(net):
    """Three routers in a row, of one family perhaps."""
    if len(net.routers) < 2:
        return None
    some = net.rng.sample(list(net.routers), min(3, len(net.routers)))
    words = []
    for a, b in zip(some, some[1:]):
        k = net.number()
        p, q = net.name('peer'), net.name('peer')
        net.lrps[p], net.lrps[q] = (a, None, None), (b, None, None)
        six = net.chance(.4)
        ends = ([f'fd65:{k}::1/64', f'fd65:{k}::2/64'] if six else
                [f'100.65.{k}.1/31', f'100.65.{k}.0/31'])
        for one, port, end, other in ((a, p, ends[0], q), (b, q, ends[1], p)):
            words += ['--', 'lrp-add', one, port, net.mac(), end,
                      f'peer={other}', '--', 'set', 'Logical_Router_Port',
                      port, f'options:requested-tnl-key={100 + net.number()}']
        words += ['--', '--ecmp', 'lr-route-add', a,
                  '::/0' if six else '0.0.0.0/0', ends[1].split('/')[0]]
    return words[1:]


def one_family(net):
    """A router port that has IPv6 only, or IPv4 only, several networks."""
    lrp = net.pick([p for p, v in net.lrps.items() if v[1] is not None])
    if not lrp:
        return None
    i, r = net.lrps[lrp][1], 1 + net.rng.randrange(4)
    return ['set', 'Logical_Router_Port', lrp, 'networks=' + net.pick([
        f'"fd0{i}::{r}/64"', f'"fd0{i}::{r}/64","fd1{i}::{r}/48"',
        f'"10.0.{i}.{r}/24","10.1.{i}.{r}/24","10.2.{i}.{r}/24"',
        f'"10.0.{i}.{r}/25"', f'"fe80::{r}/64"',
        f'"fe80::{r}/10","fd0{i}::{r}/64"', f'"10.0.{i}.{r}/24"'])]


def any_type(net):
    """A port of a type becomes another's, router ports too."""
    lsps = [v[2] for v in net.lrps.values() if v[2]]
    port = net.pick([*net.specials, *net.specials, *lsps])
    return port and ['lsp-set-type', port, net.pick(
        ['', 'localnet', 'router', 'virtual', 'localport', 'external',
         'l2gateway', 'vtep', 'remote'])]


def another_side(net):
    """A second switch port with the same router port, elsewhere: with two on
    one switch, or of a port that has a peer, OVN's result is chance."""
    lrp = net.pick([p for p, v in net.lrps.items() if v[1] is not None])
    if not lrp:
        return None
    i, lsp = net.rng.randrange(len(net.switches)), net.name('rp')
    if any(v[1] == i for v in net.lrps.values()):
        return None
    net.specials[lsp] = i
    return ['lsp-add', net.switches[i], lsp, '--', 'lsp-set-type', lsp,
            'router', '--', 'lsp-set-addresses', lsp, 'router', '--',
            'lsp-set-options', lsp, f'router-port={lrp}']


def gateways(net):
    """Gateway chassis one by one, with options and priorities."""
    lrp = net.pick(net.distributed())
    chassis = net.pick(['hv1', 'hv2', 'hv9'])
    return lrp and net.pick([
        ['lrp-set-gateway-chassis', lrp, chassis, str(net.rng.randrange(99))],
        ['--if-exists', 'lrp-del-gateway-chassis', lrp, chassis],
        ['set', 'Gateway_Chassis', f'{lrp}-{chassis}', 'priority=0'],
        ['set', 'Gateway_Chassis', f'{lrp}-{chassis}', 'options:a=b'],
        ['set', 'Gateway_Chassis', f'{lrp}-{chassis}', 'chassis_name=hv2'],
        ['lrp-set-redirect-type', lrp, net.pick(['bridged', 'overlay'])],
        ['clear', 'Logical_Router_Port', lrp, 'ha_chassis_group']])


def ha_chassis(net):
    group = net.pick(net.ha_groups)
    return group and net.pick([
        ['ha-chassis-group-add-chassis', group, 'hv2',
         str(net.rng.randrange(99))],
        ['ha-chassis-group-remove-chassis', group, 'hv1'],
        ['ha-chassis-group-del', group],
        ['ha-chassis-group-add-chassis', group, 'nowhere', '99']])


def nat_of(net):
    """Names what NAT rules may name: a gateway port, sets, ports."""
    nat = f'@NAT:{net.rng.randrange(100)}'
    choices = [['set', 'NAT', nat, f'logical_port={p}',
                f'external_mac="{net.mac()}"'] for p in net.some(net.vms, .3)]
    return net.pick(choices)


def group_rename(net):
    """A port group that goes, while its ACLs' matches name it; a set, too."""
    if net.groups and net.chance(.5):
        group = net.pick(net.groups)
        return ['--if-exists', 'pg-del', group]
    name = net.pick(net.sets)
    return name and ['--if-exists', 'destroy', 'Address_Set', name, '--',
                     'create', 'Address_Set', f'name={name}',
                     'addresses="10.0.0.7"']


def binding_more(net):
    row = f'@Static_MAC_Binding:{net.rng.randrange(100)}'
    return ['set', 'Static_MAC_Binding', row, net.pick([
        'override_dynamic_mac=true', 'override_dynamic_mac=false',
        'mac="0e:00:00:00:01:01"', 'ip=10.0.0.82', 'ip="fd00::82"'])]


def dhcp_of(net):
    """Options of the other family, or of another's network."""
    port = net.pick([*net.vms, *net.specials])
    return port and ['set', 'Logical_Switch_Port', port, net.pick([
        'dhcpv4_options', 'dhcpv6_options'])
        + f'=@DHCP_Options:{net.rng.randrange(100)}']


RARE = [set_row, set_row, set_row, set_named, set_named, set_named, rename,
        chain, one_family, any_type, another_side, gateways, gateways,
        ha_chassis, nat_of, group_rename, binding_more, dhcp_of]
