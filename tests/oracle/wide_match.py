"""Matches of rules, as complicated as ovn-nb(5) allows, at random."""

# What may stand below "!", and what may not.
ORDINAL = [
    'ip.is_frag',
    '!ip.is_frag', 'ip.first_frag', 'ip.later_frag', '!eth.mcast',
    'eth.mcast', 'ip4.mcast', 'eth.src[40] == 0', 'vlan.present',
    'arp.tpa == 10.0.0.0/24', 'ct.est', '!ct.new && ct.trk',
    'ct.new || ct.rel', 'ct.rpl', '!ct.inv', 'ct_mark == 0', 'ct_label == 0',
    'ct_mark.blocked == 0', 'tcp.flags == 2', 'tcp.flags[1] == 1', '1', '0']
NOMINAL = [
    'ip', 'ip4', 'ip6', 'icmp', 'icmp4', 'icmp6', 'arp', 'nd',
    'icmp4.type == 8 && icmp4.code == 0', 'icmp4.type == {0, 8}',
    'icmp6.type == {128, 129}', 'ip.proto == 50', 'ip.proto == {6, 17}',
    'ip.ecn == 1', 'ip.ttl == {1, 64}', 'ip.dscp == 0', 'eth.bcast', 'ip6.mcast', 'eth.type == 0x800',
    'eth.type == {0x800, 0x86dd}', 'arp.op == 1', 'nd.target == fd00::10',
    'nd_ns', 'nd_na', 'nd_rs', 'udp.dst == 67', 'tcp']


class Matches:
    """Needs of what inherits from it: rng, chance(), pick(), vms, sets."""

    def address(self, six):
        i, host = self.rng.randrange(3), self.pick([1, 10, 11, 12, 13, 77])
        return f'fd0{i}::{host:x}' if six else f'10.0.{i}.{host}'

    def network(self, six):
        i = self.rng.randrange(3)
        return self.pick(['fd00::/16', f'fd0{i}::/64', 'fd00::/8', '::/0']
                         if six else
                         ['10.0.0.0/16', f'10.0.{i}.0/24', f'10.0.{i}.8/29',
                          '0.0.0.0/0', '10.0.0.10/255.255.0.255'])

    def address_term(self):
        six = self.chance(.3)
        field = f'ip{"6" if six else "4"}.{self.pick(["src", "dst"])}'
        some = [self.pick([self.address, self.network])(six)
                for _ in range(self.rng.randrange(1, 4))]
        if self.sets and self.chance(.25):
            some.append(f'${self.pick(self.sets)}')
        if len(some) == 1:
            return f'{field} {self.pick(["==", "==", "!="])} {some[0]}'
        return f'{field} {self.pick(["==", "==", "!="])} {{{", ".join(some)}}}'

    def port_term(self, negated=False):
        l4 = self.pick(['tcp', 'udp', 'sctp'])
        field = f'{l4}.{self.pick(["src", "dst", "dst"])}'
        low = self.pick([22, 53, 80, 443, 1000, 1500])
        return self.pick([
            f'{field} == {low}', f'{field} != {low}', f'{field} > {low}',
            f'{field} <= {low}', f'{field} == {{22, 80, 443}}',
            f'{low} <= {field} <= {low + 700}',
            f'{field} == {hex(low & 0xfff0)}/0xfff0',
            f'{field} >= {low} && {field} < {low + 512}',
            f'{field}[0..3] == {low % 16}', f'{field} == 0x50/0xff',
            f'{field} == 22' if negated else l4])

    def other_term(self, negated=False):
        vm = self.pick(self.vms)
        mac = self.vms[vm][2] if vm else '0a:00:00:00:00:01'
        return self.pick([*ORDINAL, f'eth.src == {mac}', f'eth.dst == {mac}',
                          f'eth.src != {mac}',
                          *([] if negated else NOMINAL)])

    def term(self, negated=False):
        kind = self.pick([0, 0, 1, 2])
        return (self.address_term() if kind == 0 else
                self.port_term(negated) if kind == 1 else
                self.other_term(negated))

    def expression(self, depth, negated=False):
        if depth == 0 or self.chance(.3):
            return self.term(negated)
        if self.chance(.2):
            return f'!({self.expression(depth - 1, True)})'
        joint = self.pick([' && ', ' && ', ' || '])
        return joint.join(f'({self.expression(depth - 1, negated)})'
                          for _ in range(self.rng.randrange(2, 4)))

    def plain_match(self):
        return self.expression(self.pick([0, 0, 1]))

    def policy_match(self, i, six):
        if self.chance(.5):
            return (f'ip6.src == fd0{i}::/64' if six
                    else f'ip4.src == 10.0.{i}.0/24')
        return self.plain_match()

    def acl_match(self, direction, entity, kind):
        """The port or the group first, as most have it."""
        port = 'inport' if direction == 'from-lport' else 'outport'
        terms = []
        if kind == 'port-group' and self.chance(.9):
            terms.append(f'{port} == @{entity}')
        elif self.vms and self.chance(.3):
            terms.append(f'{port} == "{self.pick(self.vms)}"')
        elif self.vms and self.chance(.1):
            terms.append(f'{port} == {{"{self.pick(self.vms)}", '
                         f'"{self.pick(self.vms)}"}}')
        rest = self.expression(self.pick([0, 0, 1, 2]))
        if kind == 'port-group' and self.chance(.2):
            rest = f'ip4.src == ${entity}_ip4'
        terms.append(f'({rest})' if terms and ('||' in rest) else rest)
        return ' && '.join(terms)
