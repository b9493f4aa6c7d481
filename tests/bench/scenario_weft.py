"""The scenario's commands as northbound rows: what an orchestrator would
write.  Understands just the ovn-nbctl words that scenario.py uses."""
import json
import shlex

P = '/weft/v1'


class Rows:
    """Collects {key: row}; give it whole transactions of words."""

    def __init__(self):
        self.rows = {}
        self.n = 0

    def put(self, table, name, row):
        self.rows[f'{P}/nb/{table}/{name}'] = row

    def port(self, name):
        return self.rows[f'{P}/nb/logical_switch_port/{name}']

    def number(self):
        self.n += 1
        return self.n

    def transaction(self, words):
        """Words of one ovn-nbctl call, commands separated by '--'."""
        command = []
        for word in [*words, '--']:
            if word != '--':
                command.append(word)
            elif command:
                self.command(command)
                command = []

    def command(self, words):
        options = [w for w in words if w.startswith('--')]
        verb, *args = [w for w in words if not w.startswith('--')]
        getattr(self, verb.replace('-', '_'))(options, *args)

    def create(self, options, table, *settings):
        values = dict(s.split('=', 1) for s in settings)
        if table == 'Address_Set':
            name = values['name']
            self.put('address_set', name, {})
            for address in values['addresses'].replace('"', '').split(','):
                self.put('address_set_address', f'{name}/{address}', {})
        else:
            name = options[0].split('=', 1)[1]
            pairs = [p.split('=') for p in shlex.split(
                values['options'].replace(',', ' '))]
            self.put('dhcp_options', name, {
                'cidr': values['cidr'], 'options': dict(pairs)})

    def ls_add(self, _, name):
        self.put('logical_switch', name, {})

    def lr_add(self, _, name):
        self.put('logical_router', name, {})

    def lsp_add(self, _, switch, name):
        self.put('logical_switch_port', name, {'switch': switch})

    def lsp_set_addresses(self, _, name, *addresses):
        self.port(name)['addresses'] = list(addresses)

    def lsp_set_port_security(self, _, name, *addresses):
        self.port(name)['port_security'] = list(addresses)

    def lsp_set_type(self, _, name, kind):
        self.port(name)['type'] = kind

    def lsp_set_options(self, _, name, *options):
        self.port(name)['options'] = dict(o.split('=', 1) for o in options)

    def lsp_set_dhcpv4_options(self, _, name, options):
        self.port(name)['dhcpv4_options'] = options

    def lrp_add(self, _, router, name, mac, *networks):
        self.put('logical_router_port', name, {
            'router': router, 'mac': mac, 'networks': list(networks)})

    def lrp_set_gateway_chassis(self, _, port, chassis, priority):
        self.put('gateway_chassis', f'{port}-{chassis}', {
            'router_port': port, 'chassis_name': chassis,
            'priority': int(priority)})

    def lr_route_add(self, _, router, prefix, nexthop, port=None):
        self.put('logical_router_static_route', f'route{self.number()}', {
            'router': router, 'ip_prefix': prefix, 'nexthop': nexthop,
            **({'output_port': port} if port else {})})

    def lr_nat_add(self, _, router, kind, external, logical):
        self.put('nat', f'nat-{router}-{external}-{kind}', {
            'router': router, 'type': kind, 'external_ip': external,
            'logical_ip': logical})

    def pg_add(self, _, name, *ports):
        self.put('port_group', name, {})
        for port in ports:
            self.put('port_group_port', f'{name}/{port}', {})

    def acl_add(self, _, group, direction, priority, match, action):
        self.put('acl', f'acl{self.number()}-{group}', {
            'port_group': group, 'direction': direction,
            'priority': int(priority), 'match': match, 'action': action})

    def items(self):
        """[(key, JSON)] in the order in which they were made."""
        return [(k, json.dumps(v, separators=(',', ':')))
                for k, v in self.rows.items()]


APART, APART_PORTS = 'apart', 20


def network(scenario):
    """[(key, JSON)] of all, and of a switch that nothing joins with it."""
    rows = Rows()
    for words in scenario.load():
        rows.transaction(words)
    rows.ls_add([], APART)
    for j in range(APART_PORTS):
        address = f'0a:09:00:00:00:{j:02x} 10.250.0.{j + 10}'
        rows.lsp_add([], APART, f'{APART}{j}')
        rows.lsp_set_addresses([], f'{APART}{j}', address)
        rows.lsp_set_port_security([], f'{APART}{j}', address)
    return rows.items()


def change(scenario, kind, k):
    """[(key, JSON)] of incremental operation `kind` number k."""
    rows = Rows()
    rows.n = 1000000 + k
    if kind == 'lsp-add':
        p = scenario.new_port(k)
        address = f'{p["mac"]} {p["ip"]}'
        rows.put('logical_switch_port', p['name'], {
            'switch': p['sw'], 'addresses': [address],
            'port_security': [address]})
        rows.put('port_group_port', f'{p["pg"]}/{p["name"]}', {})
    elif kind == 'as-add':
        address = scenario.op(kind, k)[-1].strip('"')
        rows.put('address_set_address', f'as_shared/{address}', {})
    else:
        words = scenario.op(kind, k)
        rows.transaction([w for w in words if w != '--type=port-group'])
    return rows.items()
