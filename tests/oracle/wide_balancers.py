"""Load balancers of wide random networks (wide_network.py): directly and by
groups, on switches and routers, with every option that Weft translates."""

LB_OPTIONS = [
    'reject=true', 'reject=false', 'skip_snat=true', 'skip_snat=false',
    'add_route=true', 'neighbor_responder=all', 'neighbor_responder=none',
    'neighbor_responder=reachable', 'affinity_timeout=60',
    'affinity_timeout=0', 'hairpin_snat_ip=10.9.9.9']
FIELDS = ['ip_src', 'ip_src,ip_dst', 'tp_src,tp_dst,ip_src,eth_src']


class Balancers:
    """Needs of what inherits from it: rng, chance(), pick(), some(),
    number(), name(), vms, switches, routers, lrps."""

    def lb_address(self, six, i):
        """A virtual address: on a switch's network, a router's own, nobody's;
        some of them twice."""
        n = self.rng.randrange(6)
        r = self.rng.randrange(2)
        return (self.pick([f'fd0{i}::2{n:x}', f'fd0{i}::{1 + r}',
                           f'fd99::{n:x}']) if six else
                self.pick([f'10.0.{i}.{240 + n}', f'10.0.{i}.{1 + r}',
                           f'172.30.0.{1 + n}']))

    def lb_backend(self, six):
        vm = self.pick(self.vms)
        i, host, _ = self.vms[vm] if vm else (0, 10, None)
        return f'fd0{i}::{host:x}' if six else f'10.0.{i}.{host}'

    def lb_words(self):
        """A virtual address and its backends, as lb-add has them."""
        six, has_port = self.chance(.3), self.chance(.7)
        port = self.pick(['80', '53', '8080'])

        def one(address):
            return (address if not has_port else f'[{address}]:{port}'
                    if six else f'{address}:{port}')
        vip = one(self.lb_address(six, self.rng.randrange(
            len(self.switches))))
        backends = [one(self.lb_backend(six))
                    for _ in range(self.pick([0, 1, 1, 2, 3]))]
        return [vip, ','.join(dict.fromkeys(backends))], has_port

    def new_lb(self):
        name = self.name('lb')
        self.lbs.append(name)
        vip, has_port = self.lb_words()
        if has_port:
            self.lb_checkable[name] = ('[' in vip[0], *vip)
        protocol = ([self.pick(['tcp', 'udp', 'sctp'])]
                    if has_port and self.chance(.5) else [])
        words = [*self.some(['--reject', '--add-route'], .1),
                 'lb-add', name, *vip, *protocol]
        options = self.some(LB_OPTIONS, .08)
        if options:
            words += ['--', 'set', 'Load_Balancer', name,
                      *(f'options:{o}' for o in options)]
        if self.chance(.25):
            words += ['--', 'set', 'Load_Balancer', name,
                      f'selection_fields={self.pick(FIELDS)}']
        for switch in self.some(self.switches, .3):
            words += ['--', 'ls-lb-add', switch, name]
        for router in self.some(self.routers, .4):
            words += ['--', 'lr-lb-add', router, name]
        return words

    def new_lb_vip(self):
        name = self.pick(self.lbs)
        return name and ['--may-exist', 'lb-add', name, *self.lb_words()[0]]

    def new_lb_check(self):
        """A health check, and where the backends are checked; some are
        nowhere."""
        name = self.pick(self.lb_checkable)
        if not name or self.mark:
            return None         # OVN takes a port's name up to a colon.
        six, vip, backends = self.lb_checkable.pop(name)
        tag = f'h{self.number()}'
        words = [f'--id=@{tag}', 'create', 'Load_Balancer_Health_Check',
                 f'vip="{vip}"', *self.some(['options:interval=7',
                                             'options:timeout=2'], .3),
                 '--', 'add', 'Load_Balancer', name, 'health_check',
                 f'@{tag}']
        ips = {f'fd0{i}::{host:x}' if six else f'10.0.{i}.{host}': vm
               for vm, (i, host, _) in self.vms.items()}
        for ip, vm in ips.items():
            if ip in backends and self.chance(.8):
                a, b = (f'[{ip}]', '[fd00::99]') if six else (ip, '10.0.0.99')
                words += ['--', 'set', 'Load_Balancer', name,
                          f'ip_port_mappings:"{a}"="{vm}:{b}"']
        return words

    def new_lb_use(self):
        name = self.pick(self.lbs)
        if not name:
            return None
        router = self.pick(self.routers)
        return (['--may-exist', 'lr-lb-add', router, name]
                if router and self.chance(.5) else
                ['--may-exist', 'ls-lb-add', self.pick(self.switches), name])

    def new_lb_group(self):
        if not self.lbs:
            return None
        name = self.name('lbg')
        self.lb_groups.append(name)
        words = [f'--id=@{name}', 'create', 'Load_Balancer_Group',
                 f'name={name}']
        tag = f'@{name}'
        if self.mark:
            return None         # A tag is a plain word.
        for switch in self.some(self.switches, .4):
            words += ['--', 'add', 'Logical_Switch', switch,
                      'load_balancer_group', tag]
        for router in self.some(self.routers, .4):
            words += ['--', 'add', 'Logical_Router', router,
                      'load_balancer_group', tag]
        for _ in range(self.pick([0, 1, 2])):
            one = f'g{self.number()}'
            vip, _ = self.lb_words()
            words += ['--', f'--id=@{one}', 'create', 'Load_Balancer',
                      f'name={one}', f'vips:"{vip[0]}"="{vip[1]}"', '--',
                      'add', 'Load_Balancer_Group', name, 'load_balancer',
                      f'@{one}']
            self.lbs.append(one)
        return words


NEW_LB = [Balancers.new_lb, Balancers.new_lb, Balancers.new_lb_vip,
          Balancers.new_lb_check, Balancers.new_lb_use,
          Balancers.new_lb_group]


def set_lb(column, values):
    def change(net):
        name = net.pick(net.lbs)
        return name and ['set', 'Load_Balancer', name,
                         column + net.pick(values)]
    return change


CHANGE_LB = [
    set_lb('options:', LB_OPTIONS), set_lb('options:', LB_OPTIONS),
    set_lb('protocol=', ['tcp', 'udp', 'sctp']),
    set_lb('selection_fields=', FIELDS),
]


def gone_lb(command):
    def gone(net):
        name = net.pick(net.lbs)
        owner = net.pick(net.switches if command == 'ls-lb-del'
                         else net.routers)
        return name and owner and ['--if-exists', command, owner, name]
    return gone


def gone_whole_lb(net):
    name = net.pick(net.lbs)
    return name and ['--if-exists', 'lb-del', name]


def gone_lb_column(table, names, columns):
    def gone(net):
        name = net.pick(getattr(net, names))
        return name and ['--if-exists', 'clear', table, name,
                         net.pick(columns)]
    return gone


GONE_LB = [
    gone_lb('ls-lb-del'), gone_lb('lr-lb-del'), gone_whole_lb,
    gone_lb_column('Load_Balancer', 'lbs', [
        'options', 'selection_fields', 'vips', 'health_check',
        'ip_port_mappings']),
    gone_lb_column('Logical_Switch', 'switches', ['load_balancer_group']),
    gone_lb_column('Load_Balancer_Group', 'lb_groups', ['load_balancer']),
    lambda net: net.lb_groups and ['destroy', 'Load_Balancer_Group',
                                   net.pick(net.lb_groups)],
]
