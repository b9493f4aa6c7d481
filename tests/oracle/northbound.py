"""A northbound network, as rows of ours, entered in a stock OVN database.

Rows are {"nb/<table>/<id>": {column: value}}, as docs/KEYS.md has them.  In
OVN's schema parents list their children and references are UUIDs; here
children name their parents and references are ids.
"""
import json
import subprocess

# Child table: column that names the parent -> the parent's list of children.
PARENTS = {
    'logical_switch_port': {'switch': 'ports'},
    'acl': {'switch': 'acls', 'port_group': 'acls'},
    'qos': {'switch': 'qos_rules'},
    'forwarding_group': {'switch': 'forwarding_groups'},
    'logical_router_port': {'router': 'ports'},
    'logical_router_static_route': {'router': 'static_routes'},
    'logical_router_policy': {'router': 'policies'},
    'nat': {'router': 'nat'},
    'gateway_chassis': {'router_port': 'gateway_chassis'},
    'ha_chassis': {'ha_chassis_group': 'ha_chassis'},
    'meter_band': {'meter': 'bands'},
    'load_balancer_health_check': {'load_balancer': 'health_check'},
}
PARENT_TABLE = {
    'switch': 'logical_switch', 'router': 'logical_router',
    'router_port': 'logical_router_port', 'port_group': 'port_group',
    'ha_chassis_group': 'ha_chassis_group', 'meter': 'meter',
    'load_balancer': 'load_balancer',
}
# Columns that hold references.
REFERENCES = {
    ('logical_switch_port', 'dhcpv4_options'): 'dhcp_options',
    ('logical_switch_port', 'dhcpv6_options'): 'dhcp_options',
    ('logical_switch_port', 'ha_chassis_group'): 'ha_chassis_group',
    ('logical_switch_port', 'mirror_rules'): 'mirror',
    ('logical_switch', 'dns_records'): 'dns',
    ('logical_switch', 'load_balancer'): 'load_balancer',
    ('logical_router', 'load_balancer'): 'load_balancer',
    ('logical_switch', 'load_balancer_group'): 'load_balancer_group',
    ('logical_router', 'load_balancer_group'): 'load_balancer_group',
    ('load_balancer_group', 'load_balancer'): 'load_balancer',
    ('logical_router_port', 'ha_chassis_group'): 'ha_chassis_group',
    ('logical_router_static_route', 'bfd'): 'bfd',
    ('nat', 'allowed_ext_ips'): 'address_set',
    ('nat', 'exempted_ext_ips'): 'address_set',
    ('nat', 'gateway_port'): 'logical_router_port',
}
NAMED = {'logical_switch', 'logical_switch_port', 'logical_router',
         'logical_router_port', 'port_group', 'address_set', 'meter',
         'ha_chassis_group', 'gateway_chassis', 'load_balancer',
         'load_balancer_group', 'mirror', 'copp'}
TABLES = {
    'acl': 'ACL', 'qos': 'QoS', 'nat': 'NAT', 'dns': 'DNS', 'bfd': 'BFD',
    'dhcp_options': 'DHCP_Options', 'ha_chassis': 'HA_Chassis',
    'ha_chassis_group': 'HA_Chassis_Group', 'nb_global': 'NB_Global',
    'static_mac_binding': 'Static_MAC_Binding',
    'forwarding_group': 'Forwarding_Group',
}
# Where OVN has no default.
DEFAULTS = {'meter_band': {'action': 'drop'}, 'meter': {'unit': 'kbps'}}
# Deleting these deletes everything.
ROOTS = ['Logical_Switch', 'Logical_Router', 'Port_Group', 'Address_Set',
         'Meter', 'HA_Chassis_Group', 'DNS', 'DHCP_Options', 'Load_Balancer',
         'Load_Balancer_Group', 'Static_MAC_Binding', 'BFD', 'Mirror', 'Copp']


def table_name(table):
    return TABLES.get(table) or '_'.join(w.capitalize()
                                         for w in table.split('_'))


def decode(component):
    out, i = bytearray(), 0
    while i < len(component):
        if component[i] == '%':
            out.append(int(component[i + 1:i + 3], 16))
            i += 3
        else:
            out += component[i].encode()
            i += 1
    return out.decode()


def atoms(value):
    """A column's value as OVSDB's JSON."""
    if isinstance(value, dict):
        return ['map', [[k, v if isinstance(v, (int, float))
                         and not isinstance(v, bool) else str(v)]
                        for k, v in value.items()]]
    if isinstance(value, list):
        return ['set', value]
    return value


class Transaction:
    """The operations that enter a network."""

    def __init__(self, rows):
        self.rows, self.uuids, self.inserts = {}, {}, {}
        for key, row in rows.items():
            parts = key.split('/')
            if parts[0] == 'nb' and parts[1] != 'sync':
                self.rows[parts[1], tuple(map(decode, parts[2:]))] = row
        for i, (table, id_) in enumerate(self.rows):
            self.uuids[table, id_[0]] = ['named-uuid', f'r{i}']

    def reference(self, table, id_):
        return self.uuids.get((table, id_))

    def column(self, table, name, value):
        target = REFERENCES.get((table, name))
        if target:
            many = isinstance(value, list)
            found = [self.reference(target, v)
                     for v in (value if many else [value])]
            return ['set', [f for f in found if f]]
        return atoms(value)

    def child_of(self, table, parent, list_, value):
        insert = self.inserts.get((table, parent))
        if insert is not None:
            insert['row'].setdefault(list_, ['set', []])[1].append(value)

    def operations(self):
        for (table, id_), row in self.rows.items():
            if table in ('port_group_port', 'address_set_address',
                         'nb_global'):
                continue
            columns = {c: self.column(table, c, v) for c, v in row.items()
                       if c not in PARENTS.get(table, {}) and c != 'doc'}
            columns = {**DEFAULTS.get(table, {}), **columns}
            if table in NAMED:
                columns.setdefault('name', id_[0])
            self.inserts[table, id_[0]] = {
                'op': 'insert', 'table': table_name(table),
                'uuid-name': self.uuids[table, id_[0]][1], 'row': columns}
        for (table, id_), row in self.rows.items():
            for column, list_ in PARENTS.get(table, {}).items():
                if row.get(column):
                    self.child_of(PARENT_TABLE[column], row[column], list_,
                                  self.uuids[table, id_[0]])
            if table == 'port_group_port':
                port = self.reference('logical_switch_port', id_[1])
                if port:
                    self.child_of('port_group', id_[0], 'ports', port)
            elif table == 'address_set_address':
                self.child_of('address_set', id_[0], 'addresses', id_[1])
        options = next((r.get('options', {}) for (t, _), r in
                        self.rows.items() if t == 'nb_global'), {})
        return [*self.inserts.values(),
                {'op': 'update', 'table': 'NB_Global', 'where': [],
                 'row': {'options': atoms(options)}}]


def transact(northd, operations):
    """Runs operations in one transaction; raises if one fails."""
    done = subprocess.run(
        ['ovsdb-client', 'transact', northd.env['OVN_NB_DB'],
         json.dumps(['OVN_Northbound', *operations])],
        env=northd.env, check=True, capture_output=True, text=True,
        timeout=30)
    for answer in json.loads(done.stdout):
        if answer and 'error' in answer:
            raise RuntimeError(answer)


def enter(northd, rows):
    transact(northd, Transaction(rows).operations())
    northd.nbctl('--wait=sb', 'sync')


def clear(northd):
    for tables in ROOTS[:3], ROOTS[3:]:
        transact(northd, [{'op': 'delete', 'table': t, 'where': []}
                          for t in tables])
