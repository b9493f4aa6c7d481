"""Weft's northbound rows as OVSDB operations of stock OVN's northbound: one
transaction makes the network (ovn-nbctl takes minutes for a large one)."""
import json

from scenario_weft import P

# Weft's table -> OVN's, and {column of ours: (column of theirs, as a set)}.
TABLES = {
    'logical_switch': 'Logical_Switch',
    'logical_router': 'Logical_Router',
    'logical_switch_port': 'Logical_Switch_Port',
    'logical_router_port': 'Logical_Router_Port',
    'gateway_chassis': 'Gateway_Chassis',
    'logical_router_static_route': 'Logical_Router_Static_Route',
    'nat': 'NAT',
    'port_group': 'Port_Group',
    'acl': 'ACL',
    'address_set': 'Address_Set',
    'dhcp_options': 'DHCP_Options',
}
# A child's column that names its parent -> the parent's column of children.
PARENTS = {
    ('logical_switch_port', 'switch'): ('logical_switch', 'ports'),
    ('logical_router_port', 'router'): ('logical_router', 'ports'),
    ('gateway_chassis', 'router_port'): ('logical_router_port',
                                         'gateway_chassis'),
    ('logical_router_static_route', 'router'): ('logical_router',
                                                'static_routes'),
    ('nat', 'router'): ('logical_router', 'nat'),
    ('acl', 'port_group'): ('port_group', 'acls'),
}
NAMED = {'logical_switch', 'logical_router', 'logical_switch_port',
         'logical_router_port', 'port_group', 'address_set'}


class Network:
    """Rows with their references, until they are all known."""

    def __init__(self):
        self.rows = {}                  # (table, id) -> columns
        self.sets = {}                  # (table, id, column) -> members
        self.uuids = {}                 # (table, id) -> a name of it

    def reference(self, table, name):
        uuid = self.uuids.setdefault((table, name), f'r{len(self.uuids)}')
        return ['named-uuid', uuid]

    def add(self, table, name, row):
        if table in ('port_group_port', 'address_set_address'):
            parent, member = name.split('/', 1)
            if table == 'port_group_port':
                self.member('port_group', parent, 'ports', self.reference(
                    'logical_switch_port', member))
            else:
                self.member('address_set', parent, 'addresses', member)
            return
        columns = {'name': name} if table in NAMED else {}
        for column, value in row.items():
            if (table, column) in PARENTS:
                parent, children = PARENTS[table, column]
                self.member(parent, value, children,
                            self.reference(table, name))
            elif column == 'dhcpv4_options':
                columns[column] = self.reference('dhcp_options', value)
            else:
                columns[column] = self.value(value)
        if table == 'gateway_chassis':
            columns['name'] = name
        self.rows[table, name] = columns

    def member(self, table, name, column, value):
        self.sets.setdefault((table, name, column), []).append(value)

    @staticmethod
    def value(value):
        if isinstance(value, list):
            return ['set', value]
        if isinstance(value, dict):
            return ['map', [list(pair) for pair in value.items()]]
        return value

    def operations(self):
        for (table, name, column), members in self.sets.items():
            self.rows[table, name][column] = ['set', members]
        return [{'op': 'insert', 'table': TABLES[table], 'row': columns,
                 'uuid-name': self.reference(table, name)[1]}
                for (table, name), columns in self.rows.items()]


def operations(rows):
    """Of [(key, JSON)], as Rows.items() gives them."""
    network = Network()
    for key, text in rows:
        table, name = key[len(f'{P}/nb/'):].split('/', 1)
        network.add(table, name, json.loads(text))
    return network.operations()
