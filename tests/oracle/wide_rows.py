"""Southbound rows beside stock OVN's (wide_flows.py): ports as Port_Binding
has them, and who is in each Multicast_Group.  OVN has no ports of routers
that are disabled; what leads to such a router on a chassis is a patch there.  Options are not compared: the
views differ there (docs/cli-differences.md), nor is IPv6 among the addresses
to announce, which OVN leaves out."""
import json

COLUMNS = ['logical_port', 'type', 'tag', 'parent_port', 'nat_addresses',
           'mac', 'requested_chassis', 'virtual_parent', 'port_security']


def listed(side, table, columns):
    text = side.sbctl('--format=json', '--columns=' + ','.join(columns),
                      'list', table)
    return [[plain(v) for v in row]
            for row in json.loads(text or '{"data": []}')['data']]


def plain(value):
    if not isinstance(value, list):
        return value
    kind, rest = value
    if kind == 'set':
        return tuple(sorted(str(plain(v)) for v in rest))
    return dict(rest) if kind == 'map' else rest


def as_set(value):
    return value if isinstance(value, tuple) else (value,)


def announced(texts):
    """(MAC, IPv4 address, place), however many a text has."""
    found = set()
    for text in as_set(texts):
        addresses, _, place = text.partition(' is_chassis_resident')
        mac, *ips = addresses.split() or ['']
        found |= {(mac, ip, place) for ip in ips if ':' not in ip}
    return found


def ports(side):
    found = {}
    for row in listed(side, 'Port_Binding', COLUMNS):
        port = dict(zip(COLUMNS, row))
        port['nat_addresses'] = announced(port['nat_addresses'])
        port['mac'] = {m.strip() for m in as_set(port['mac'])}
        port['requested_chassis'] = port['requested_chassis'] != ()
        found[port.pop('logical_port')] = port
    return found


def groups(side):
    """Those of multicast snooping apart."""
    names = dict(listed(side, 'Port_Binding', ['_uuid', 'logical_port']))
    datapaths = {uuid: ids.get('name') for uuid, ids in listed(
        side, 'Datapath_Binding', ['_uuid', 'external_ids'])}
    return {(datapaths[dp], name): {names.get(m) for m in as_set(members)}
            for dp, name, members in listed(side, 'Multicast_Group', [
                'datapath', 'name', 'ports'])
            if name in ('_MC_flood', '_MC_flood_l2', '_MC_unknown')}


def differences(stock, ours):
    """Texts."""
    theirs, mine = ports(stock), ports(ours)
    for name in sorted(set(theirs) - set(mine)):
        yield f'port {name}: only stock'
    for name in sorted(set(theirs) & set(mine)):
        for column, value in theirs[name].items():
            if value != mine[name][column] and 'dynamic' not in str(value) \
                    and (column, value) != ('type', 'patch'):
                yield (f'port {name}: {column} {value}, '
                       f'ours {mine[name][column]}')
    theirs, mine = groups(stock), groups(ours)
    for key in sorted(set(theirs) | set(mine), key=str):
        if theirs.get(key) != mine.get(key):
            yield f'group {key}: {theirs.get(key)}, ours {mine.get(key)}'
