"""A cloud of tenants for agents.py: each a router with ten switches of twenty
ports, security groups with ACLs, DHCP; and where its ports are.  Pure and
deterministic.

A hypervisor has twenty ports, of two tenants as a rule, and so reaches 22
datapaths, and a tenant is on twenty hypervisors; neither depends on the size
of the cloud.
"""
import json
import random

P = '/weft/v1'
SWITCHES, PORTS = 10, 20                # of a tenant, of a switch
CHUNKS = (10, 10)                      # a hypervisor's ports, by tenant
PER_AGENT = sum(CHUNKS)
GROUPS = 4                              # security groups of a tenant


class Cloud:
    """As many tenants as the agents have room for."""

    def __init__(self, n_agents, seed=1):
        self.n_agents = n_agents
        self.n_tenants = max(1, n_agents * PER_AGENT // (SWITCHES * PORTS))
        self.random = random.Random(seed)
        self.places = self.place()      # chassis -> its ports
        self.agents_of = {}             # tenant -> chassis that have some
        for chassis, ports in self.places.items():
            for port in ports:
                self.agents_of.setdefault(self.tenant_of(port),
                                          set()).add(chassis)

    @staticmethod
    def tenant_of(port):
        """Of 't7s3p15' or of a port of change()."""
        return int(port.split('t', 1)[1].split('s', 1)[0])

    def place(self):
        """Cuts each tenant's ports in pieces of ten, and deals them out: two
        to a hypervisor."""
        piles = [[] for _ in CHUNKS]
        for t in range(self.n_tenants):
            ports = [f't{t}s{i}p{j}' for i in range(SWITCHES)
                     for j in range(PORTS)]
            self.random.shuffle(ports)
            while ports:
                for pile, size in zip(piles, CHUNKS):
                    pile.append(ports[:size])
                    ports = ports[size:]
        for pile in piles:
            self.random.shuffle(pile)
        return {f'hv{a}': [p for pile in piles for p in pile[a]]
                for a in range(min(self.n_agents, len(piles[0])))}

    # --- rows

    @staticmethod
    def row(table, name, **columns):
        return (f'{P}/nb/{table}/{name}',
                json.dumps(columns, separators=(',', ':')))

    @staticmethod
    def net(t, i):
        return f'10.{t >> 4}.{(t & 15) * SWITCHES + i}'

    def port(self, name, t, i, mac, host):
        address = f'{mac} {self.net(t, i)}.{host}'
        return self.row('logical_switch_port', name, switch=f't{t}s{i}',
                        addresses=[address], port_security=[address],
                        dhcpv4_options=f'dhcp-t{t}s{i}')

    def switch(self, t, i):
        name, net = f't{t}s{i}', self.net(t, i)
        mac = f'0a:01:00:{t >> 8:02x}:{t & 255:02x}:{i:02x}'
        yield self.row('logical_switch', name)
        yield self.row('dhcp_options', f'dhcp-{name}', cidr=f'{net}.0/24',
                       options={'server_id': f'{net}.1', 'server_mac': mac,
                                'lease_time': '3600', 'router': f'{net}.1'})
        yield self.row('logical_router_port', f't{t}-{name}', router=f't{t}',
                       mac=mac, networks=[f'{net}.1/24'])
        yield self.row('logical_switch_port', f'{name}-t{t}', switch=name,
                       type='router', addresses=['router'],
                       options={'router-port': f't{t}-{name}'})
        for j in range(PORTS):
            yield self.port(f'{name}p{j}', t, i, '0a:00:'
                            f'{t >> 8:02x}:{t & 255:02x}:{i:02x}:{j:02x}',
                            j + 10)

    def group(self, t, g):
        """A security group: its members may talk with each other."""
        name = f'pg{g}t{t}'
        yield self.row('port_group', name)
        for k, (direction, match, action) in enumerate((
                ('from-lport', f'inport == @{name} && ip4', 'allow-related'),
                ('to-lport', f'outport == @{name} && ip4 && ip4.src == '
                 f'${name}_ip4', 'allow-related'),
                ('to-lport', f'outport == @{name} && ip4 && tcp.dst == 22',
                 'allow-related'),
                ('to-lport', f'outport == @{name} && ip', 'drop'))):
            yield self.row('acl', f'{name}-{k}', port_group=name,
                           direction=direction, match=match, action=action,
                           priority=1001 if action == 'drop' else 1002)

    def member(self, g, t, port):
        return self.row('port_group_port', f'pg{g}t{t}/{port}')

    def rows(self):
        """[(key, JSON)] of the whole northbound."""
        out = []
        for t in range(self.n_tenants):
            out.append(self.row('logical_router', f't{t}'))
            for i in range(SWITCHES):
                out += self.switch(t, i)
                out += [self.member(j % GROUPS, t, f't{t}s{i}p{j}')
                        for j in range(PORTS)]
            for g in range(GROUPS):
                out += self.group(t, g)
        return out

    # --- changes

    def new_port(self, k, tenant=None):
        """(name, [(key, JSON)]) of the port that number k adds."""
        t = k * 7 % self.n_tenants if tenant is None else tenant
        i = k // self.n_tenants % SWITCHES
        name = f'x{k}t{t}s{i}'
        mac = f'0e:00:{k >> 24:02x}:{k >> 16 & 255:02x}:' \
              f'{k >> 8 & 255:02x}:{k & 255:02x}'
        return name, [self.port(name, t, i, mac, 30 + k % 211),
                      self.member(k % GROUPS, t, name)]
