"""Random command lines for ovn-nbctl: a grammar of its commands, and database
commands made from OVN's schema.

A line of GRAMMAR is options, a colon, a command and its arguments.  An
argument in capitals is a value from POOLS, '?' before it one that may be left
out, '*' any number, 'a|b' one of those words; another is itself.  Few names
are in the pools, so that commands meet what others made."""
import json

BAD = 0.06          # How often a value is one that cannot be right.

POOLS = {
    'LS': ('s0 s1 s2', 'nosw @x 7'),
    'LR': ('r0 r1', 'nort'),
    'LSP': ('p0 p1 p2 p3 p4 p5 q-r', 'noport'),
    'LRP': ('r0-s0 r0-s1 r1-s1', 'nolrp'),
    'MAC': ('00:00:00:00:00:01 00:00:00:00:00:02 0A:00:00:00:00:03',
            '00:00:00:00:00 foo'),
    'IP4': ('10.0.0.1 10.0.0.2 10.0.1.1 172.16.0.9', '10.0.0 300.1.1.1 foo'),
    'IP6': ('fd00::1 fd00:0::2 FD00::A', 'fd00:::1'),
    'IP': ('10.0.0.1 10.0.0.2 10.0.1.1 fd00::1 fd00::2', 'foo 10.0.0'),
    'NET4': ('10.0.0.1/24 10.0.1.1/24 172.16.0.1/16', '10.0.0.1/33 foo'),
    'NET': ('10.0.0.1/24 10.0.1.1/24 fd00::1/64', '10.0.0.1/33 foo'),
    'PREFIX': ('10.0.0.0/8 10.1.2.3/16 0.0.0.0/0 192.168.0.0/24 ::/0 '
               'fd00::/64 10.5.0.1', 'foo 10.0.0.0/99 10.0.0.0/x'),
    'PRIO': ('0 1 100 100 200 1001 32767', '-1 32768 x 1.5'),
    'DIR': ('from-lport to-lport from to', 'x up'),
    'MATCH': ('ip|tcp|ip4.src == 10.0.0.1|outport == "p0" && ip6', ''),
    'ACTION': ('allow allow-related allow-stateless drop reject', 'foo'),
    'SEVERITY': ('alert warning notice info debug', 'foo'),
    'TYPE': ('switch port-group', 'foo'),
    'PG': ('pg0 pg1', 'nopg'),
    'MARK': ('pkt_mark=100', 'pkt_mark'),
    'RATE': ('rate=10 rate=4294967295', 'rate=0 rate=x rate='),
    'BURST': ('burst=10 burst=1', 'burst=0 burst=x'),
    'DSCP': ('dscp=0 dscp=63 dscp=10', 'dscp=64 dscp=x'),
    'METER': ('m0 m1 m2', 'nometer __m'),
    'NUM': ('1 10 4294967295', '0 -5 x 4294967296'),
    'UNIT': ('kbps pktps', 'foo'),
    'MIRROR': ('mi0 mi1', 'nomirror'),
    'MTYPE': ('gre erspan', 'foo'),
    'TAG': ('0 1 7 4095', '4096 -1 x'),
    'STATE': ('enabled disabled', 'foo'),
    'PTYPE': ('router localnet localport l2gateway vtep virtual external '
              'remote', 'foo'),
    'KV': ('a=b a=c b=1 c=', 'x'),
    'CH': ('hv1 hv2 hv3', 'nochassis'),
    'FG': ('fg0 fg1', 'nofg'),
    'REDIRECT': ('overlay bridged', 'foo'),
    'POLICY': ('dst-ip src-ip', 'foo'),
    'RTABLE': ('rt0 rt1', ''),
    'HOP': ('10.0.0.9 10.0.1.9 fd00::9 discard', 'foo'),
    'HOPS': ('10.0.0.9 10.0.0.9,10.0.0.8 fd00::9 10.0.0.9,fd00::9', 'foo'),
    'PACTION': ('allow drop reroute', 'foo'),
    'NTYPE': ('snat dnat dnat_and_snat', 'foo'),
    'LB': ('lb0 lb1 lb2', 'nolb'),
    'VIP': ('10.9.0.1 10.9.0.1:80 10.9.0.2:443 [fd00::9]:80 fd00::9',
            'foo 10.9.0.1:x foo:80 10.9.0.1:0 10.9.0.1:70000'),
    'BACKENDS': ('10.0.0.1:80 10.0.0.1:80,10.0.0.2:8080 10.0.0.1 '
                 '[fd00::1]:80 fd00::1,fd00::2', 'foo 10.0.0.1:x'),
    'PROTO': ('tcp udp sctp', 'foo'),
    'HG': ('hg0 hg1', 'nohg'),
    'COPP': ('c0 c1', 'nocopp'),
    'CPROTO': ('arp dns icmp4-error nd-na reject', 'foo'),
    'AS': ('as0 as1', 'noas'),
    'TARGET': ('ptcp:6641 pssl:6642 ptcp:6641:127.0.0.1', 'foo'),
    'RANGE': ('1-3000 500', 'x 5-2 0-10'),
    'DHCP': ('<<dhcp_options>> <<8:dhcp_options>>',
             'foo 11111111-1111-1111-1111-111111111111'),
    'ADDRESS': ('unknown|dynamic|router|00:00:00:00:00:01|'
                '00:00:00:00:00:02 10.0.0.2|00:00:00:00:00:03 fd00::3|'
                'dynamic 10.0.0.7', 'foo|00:00:00:00:00'),
    'SECURITY': ('00:00:00:00:00:01|00:00:00:00:00:02 10.0.0.2', ''),
    'UUID': ('<<acl>>|<<qos>>|<<logical_router_policy>>|'
             '11111111-1111-1111-1111-111111111111', '11111111'),
}
SPACED = {'MATCH', 'ADDRESS', 'SECURITY', 'UUID'}       # Joined by '|'.

GRAMMAR = '''
--may-exist --add-duplicate : ls-add ?LS
--may-exist : ls-add LS
--if-exists : ls-del LS
: ls-list
: show ?LS|LR
--may-exist : lsp-add LS LSP
--may-exist : lsp-add LS LSP
--may-exist : lsp-add LS LSP LSP TAG
--if-exists : lsp-del LSP
: lsp-list LS
: lsp-get-parent LSP
: lsp-get-tag LSP
: lsp-set-addresses LSP *ADDRESS
: lsp-set-addresses LSP ADDRESS
: lsp-get-addresses LSP
: lsp-set-port-security LSP SECURITY ?SECURITY
: lsp-get-port-security LSP
: lsp-get-up LSP
: lsp-set-enabled LSP STATE
: lsp-get-enabled LSP
: lsp-set-type LSP PTYPE
: lsp-get-type LSP
: lsp-set-options LSP *KV
: lsp-get-options LSP
: lsp-set-dhcpv4-options LSP ?DHCP
: lsp-get-dhcpv4-options LSP
: lsp-set-dhcpv6-options LSP ?DHCP
: lsp-get-dhcpv6-options LSP
: lsp-get-ls LSP
--may-exist : lsp-attach-mirror LSP MIRROR
: lsp-detach-mirror LSP MIRROR
--type=TYPE --log --severity=SEVERITY --may-exist --name=n0 --meter=METER --label=NUM --apply-after-lb : acl-add LS|PG DIR PRIO MATCH ACTION
--may-exist : acl-add LS DIR PRIO MATCH ACTION
--type=TYPE : acl-del LS|PG ?DIR
--type=TYPE : acl-del LS|PG DIR PRIO MATCH
--type=TYPE : acl-list LS|PG
--may-exist : qos-add LS DIR PRIO MATCH ?RATE ?BURST ?DSCP
: qos-del LS ?DIR
: qos-del LS DIR PRIO MATCH
: qos-del LS UUID
: qos-list LS
--may-exist : mirror-add MIRROR MTYPE NUM DIR IP
: mirror-del ?MIRROR
: mirror-list
--fair --may-exist : meter-add METER drop NUM UNIT ?NUM
: meter-del ?METER
: meter-list
--liveness : fwd-group-add FG LS IP4 MAC LSP ?LSP
--if-exists : fwd-group-del FG
: fwd-group-list ?LS
--may-exist --add-duplicate : lr-add ?LR
--may-exist : lr-add LR
--if-exists : lr-del LR
: lr-list
--may-exist : lrp-add LR LRP MAC NET
--may-exist : lrp-add LR LRP MAC NET ?NET ?peer=r1-s1
: lrp-set-gateway-chassis LRP CH ?PRIO
: lrp-set-options LRP *KV
: lrp-del-gateway-chassis LRP CH
: lrp-get-gateway-chassis LRP
--if-exists : lrp-del LRP
: lrp-list LR
: lrp-set-enabled LRP STATE
: lrp-get-enabled LRP
: lrp-set-redirect-type LRP REDIRECT
: lrp-get-redirect-type LRP
--may-exist --policy=POLICY --ecmp --route-table=RTABLE : lr-route-add LR PREFIX HOP ?LRP
--may-exist --ecmp-symmetric-reply --bfd : lr-route-add LR PREFIX HOP LRP
: lr-route-add LR PREFIX HOP
--if-exists --policy=POLICY --route-table=RTABLE : lr-route-del LR ?PREFIX
--if-exists --policy=POLICY --route-table=RTABLE : lr-route-del LR PREFIX HOP ?LRP
--route-table=RTABLE : lr-route-list LR
--may-exist : lr-policy-add LR PRIO MATCH PACTION ?HOPS ?MARK
--if-exists : lr-policy-del LR ?PRIO
--if-exists : lr-policy-del LR PRIO MATCH
--if-exists : lr-policy-del LR UUID
: lr-policy-list LR
--may-exist --stateless --portrange --add-route --gateway-port=LRP : lr-nat-add LR NTYPE IP IP ?LSP ?MAC ?RANGE
--may-exist : lr-nat-add LR NTYPE IP IP
--may-exist --add-route : lr-nat-add LR snat IP4 PREFIX
--may-exist : lr-nat-add LR dnat_and_snat IP IP LSP MAC
--if-exists : lr-nat-del LR ?NTYPE ?IP ?LRP
: lr-nat-list LR
--is-exempted : lr-nat-update-ext-ip LR NTYPE IP AS
--may-exist --add-duplicate --reject --event --add-route : lb-add LB VIP BACKENDS ?PROTO
--may-exist : lb-add LB VIP BACKENDS ?PROTO
--if-exists : lb-del LB ?VIP
: lb-list ?LB
--may-exist : lr-lb-add LR LB
--if-exists : lr-lb-del LR ?LB
: lr-lb-list LR
--may-exist : ls-lb-add LS LB
--if-exists : ls-lb-del LS ?LB
: ls-lb-list LS
: dhcp-options-create 10.0.0.0/24 *KV
: dhcp-options-create fd00::/64 *KV
: dhcp-options-del DHCP
: dhcp-options-list
: dhcp-options-set-options DHCP *KV
: dhcp-options-get-options DHCP
: get-connection
: del-connection
--inactivity-probe=NUM : set-connection *TARGET
: get-ssl
: del-ssl
--bootstrap : set-ssl key cert ca ?TLSv1.2 ?HIGH
: pg-add PG ?LSP ?LSP
: pg-set-ports PG LSP ?LSP
: pg-del PG
: ha-chassis-group-add HG
: ha-chassis-group-del HG
: ha-chassis-group-list
: ha-chassis-group-add-chassis HG CH PRIO
: ha-chassis-group-set-chassis-prio HG CH PRIO
: ha-chassis-group-remove-chassis HG CH
: copp-add COPP CPROTO METER
: copp-del COPP ?CPROTO
: copp-list COPP
: ls-copp-add COPP LS
: lr-copp-add COPP LR
--may-exist : static-mac-binding-add LRP IP MAC
--if-exists : static-mac-binding-del LRP IP
: static-mac-binding-list
: create address_set name=AS addresses=["10.0.0.1"]
: sync
: comment some words
'''.strip().split('\n')

# Columns whose values Weft's schema checks, and what is good there.
CHECKED = {
    'networks': '10.0.0.1/24 fd00::1/64', 'mac': '00:00:00:00:00:01',
    'vip': '10.9.0.1', 'vmac': '00:00:00:00:00:09',
    'addresses': '10.0.0.1 10.0.0.2', 'ip_prefix': '10.0.0.0/8 fd00::/64',
    'nexthop': '10.0.0.9', 'nexthops': '10.0.0.9 10.0.0.8',
    'match': 'ip ip4', 'external_ip': '10.0.0.1', 'logical_ip': '10.0.1.1',
    'external_mac': '00:00:00:00:00:07', 'cidr': '10.0.0.0/24',
    'dst_ip': '10.0.0.2', 'ip': '10.0.0.3', 'sink': '10.0.0.4',
    'port_security': '00:00:00:00:00:01', 'external_port_range': '1-99',
    'severity': 'alert info', 'name': 'x0 x1', 'type': '', 'meter': 'm0',
    'parent_name': 'p0', 'output_port': 'r0-s0', 'logical_port': 'p0',
    'peer': 'r1-s1', 'ipv6_prefix': 'fd00::/64',
    'vips': '10.0.0.1 10.0.0.2', 'ip_port_mappings': 'p0:10.0.0.9',
    'meters': 'm0 m1', 'ipv6_ra_configs': 'slaac dhcpv6_stateful',
    'records': '10.0.0.1 fd00::1', 'child_port': 'p0 p1',
}
# Keys of maps that Weft's schema checks.
CHECKED_KEYS = {
    'vips': '"10.9.0.1" "10.9.0.2"', 'ip_port_mappings': '"10.0.0.1"',
    'meters': 'arp dns reject', 'ipv6_ra_configs': 'address_mode',
}
# Columns of Weft's views that are not what somebody stored, or that show a
# default as unset, or that are the row's id.
LEFT_OUT = {'up', 'dynamic_addresses', 'status', 'is_connected', 'enabled',
            'policy', 'protocol', 'nb_cfg', 'sb_cfg', 'hv_cfg',
            'nb_cfg_timestamp', 'sb_cfg_timestamp', 'hv_cfg_timestamp',
            'target'}
RECORDS = {
    'Logical_Switch': 's0 s1 s2', 'Logical_Switch_Port': 'p0 p1 p2 p3',
    'Logical_Router': 'r0 r1', 'Logical_Router_Port': 'r0-s0 r0-s1 r1-s1',
    'Port_Group': 'pg0 pg1', 'Address_Set': 'as0 as1',
    'Load_Balancer': 'lb0 lb1', 'Meter': 'm0 m1', 'ACL': 'n0',
    'HA_Chassis_Group': 'hg0 hg1', 'HA_Chassis': 'hv1', 'NAT': '10.0.0.1',
    'NB_Global': '.', 'SSL': '.', 'Connection': 'ptcp:6641',
    'Forwarding_Group': 'fg0',
}
# What OVN keeps because other rows refer to it, and Weft deletes.
DELETED_ALL_THE_SAME = {
    'Logical_Switch_Port', 'Forwarding_Group', 'Load_Balancer_Health_Check',
    'ACL', 'QoS', 'Meter_Band', 'Logical_Router_Port', 'NAT',
    'Logical_Router_Static_Route', 'Logical_Router_Policy', 'Connection',
    'SSL', 'Gateway_Chassis', 'HA_Chassis', 'HA_Chassis_Group',
    'Load_Balancer_Group', 'Address_Set',
}
# Rows of these stay when nothing refers to them any more.
KEPT_WITHOUT_REFERENCE = {('NB_Global', 'ssl'), ('NB_Global', 'connections')}
OPERATORS = ['=', '!=', '<', '>', '<=', '>=', '{=}', '{!=}', '{<}', '{>}',
             '{<=}', '{>=}', '{in}', '{not-in}']
FORMATS = ['table', 'list', 'csv', 'json', 'html']


class Generator:
    """Endless command lines (lists of arguments) from a random.Random."""

    def __init__(self, rng, schema_path):
        self.rng = rng
        with open(schema_path, encoding='utf-8') as f:
            self.tables = json.load(f)['tables']

    def chance(self, p):
        return self.rng.random() < p

    def pool(self, name):
        good, bad = POOLS[name]
        text = bad if bad and self.chance(BAD) else good
        return self.rng.choice(text.split('|' if name in SPACED else None))

    def word(self, token):
        token = self.rng.choice(token.split('|'))
        for name in POOLS:
            if token == name:
                return self.pool(name)
            if token.endswith(f'={name}'):
                return f'{token[:-len(name)]}{self.pool(name)}'
        return token

    def from_grammar(self):
        options, command = self.rng.choice(GRAMMAR).split(':', 1)
        args = [self.word(o) for o in options.split() if self.chance(.35)]
        for token in command.split():
            if token[0] == '?' and self.chance(.5):
                continue
            times = self.rng.choice([0, 1, 1, 2]) if token[0] == '*' else 1
            for _ in range(times):
                args.append(self.word(token.lstrip('?*')))
        return args

    # --- Database commands

    def table(self):
        return self.rng.choice(sorted(self.tables))

    def columns(self, table):
        return sorted(c for c in self.tables[table]['columns']
                      if c not in LEFT_OUT
                      and (table, c) not in KEPT_WITHOUT_REFERENCE)

    def record(self, table):
        if self.chance(BAD):
            return 'norecord'
        if table in RECORDS and self.chance(.8):
            return self.rng.choice(RECORDS[table].split())
        size = self.rng.choice(['', '8:'])
        return f'<<{size}{table.lower()}>>'

    def spell(self, name):
        """A table's or column's name as people write it."""
        return self.rng.choice([name.lower(), name.lower(), name,
                                name.lower().replace('_', '-')])

    def atom(self, column, base):
        if isinstance(base, str):
            base = {'type': base}
        if self.chance(BAD):
            return self.rng.choice(['"', '[', 'a b', '99999999999999999999'])
        kind = base['type']
        if 'enum' in base:
            return self.rng.choice(base['enum'][1])
        if kind == 'string':
            words = CHECKED.get(column, 'u v "w x"')
            word = self.rng.choice(words.split() or [''])
            return json.dumps(word.strip('"')) if ':' in word or not word \
                else word
        if kind == 'integer':
            low = base.get('minInteger', 0)
            high = base.get('maxInteger', 1000)
            return str(self.rng.choice([low, low, high, low + 1, high + 1]))
        if kind == 'boolean':
            return self.rng.choice(['true', 'false', 'yes', 'no', 'on', '0'])
        return f'<<{base["refTable"].lower()}>>'

    def value(self, table, column):
        kind = self.tables[table]['columns'][column]['type']
        if isinstance(kind, str):
            return self.atom(column, kind)
        if 'value' in kind:
            keys = kind['key']
            key = 'a' if isinstance(keys, str) else self.atom(column, keys)
            if column in CHECKED_KEYS:
                key = self.rng.choice(CHECKED_KEYS[column].split())
            elif not isinstance(keys, dict):
                key = self.rng.choice(['a', 'b', '"c d"'])
            return f'{key}={self.atom(column, kind["value"])}'
        atoms = [self.atom(column, kind['key'])
                 for _ in range(self.rng.choice([1, 1, 2]))]
        text = ','.join(atoms)
        return self.rng.choice([text, f'[{text}]', atoms[0]])

    def is_map(self, table, column):
        kind = self.tables[table]['columns'][column]['type']
        return isinstance(kind, dict) and 'value' in kind

    def assignment(self, table):
        column = self.rng.choice(self.columns(table))
        value = self.value(table, column)
        if self.is_map(table, column) and self.chance(.5):
            return f'{self.spell(column)}:{value}'
        return f'{self.spell(column)}={value}'

    def condition(self, table):
        column = self.rng.choice(self.columns(table))
        value = self.value(table, column)
        op = self.rng.choice(OPERATORS)
        if self.is_map(table, column) and self.chance(.5):
            key, _, value = value.partition('=')
            return f'{column}:{key}{op}{value}'
        return f'{column}{op}{self.rng.choice([value, value, "[]"])}'

    def some_columns(self, table):
        columns = self.columns(table)
        chosen = self.rng.sample(columns, min(len(columns),
                                              self.rng.randint(1, 4)))
        if self.chance(.3):
            chosen.append('_uuid')
        return f'--columns={",".join(map(self.spell, chosen))}'

    def output(self, table):
        args = [self.some_columns(table)]
        if self.chance(.5):
            args.append(f'--format={self.rng.choice(FORMATS)}')
        if self.chance(.3):
            args.append('--data='
                        + self.rng.choice(['string', 'bare', 'json']))
        if self.chance(.1):
            args.append('--no-headings')
        return args

    def from_database(self):
        t = self.table()
        rec, name = self.record(t), self.spell(t)
        column = self.rng.choice(self.columns(t))
        exists = ['--if-exists'] if self.chance(.3) else []
        c = self.rng.choice(
            'list list find find get get set set add remove clear create '
            'destroy wait id'.split())
        if c == 'list':
            return [*self.output(t), *exists, 'list', name,
                    *([rec] if self.chance(.5) else [])]
        if c == 'find':
            return [*self.output(t), 'find', name, self.condition(t),
                    *([self.condition(t)] if self.chance(.2) else [])]
        if c == 'get':
            key = ':a' if self.is_map(t, column) and self.chance(.5) else ''
            return [*exists, 'get', name, rec, column + key]
        if c == 'set':
            return [*exists, 'set', name, rec, self.assignment(t)]
        if c in ('add', 'remove'):
            return [*exists, c, name, rec, self.spell(column),
                    self.value(t, column)]
        if c == 'clear':
            return [*exists, 'clear', name, rec, column]
        if c == 'create' and t in ('SSL', 'Connection'):
            return ['comment', name]
        if c == 'create':
            return ['create', name, self.assignment(t),
                    *([self.assignment(t)] if self.chance(.5) else [])]
        if c == 'destroy' and t in DELETED_ALL_THE_SAME:
            return ['--dry-run', *exists, 'list', name, rec]
        if c == 'destroy':
            return [*exists, 'destroy', name, rec]
        if c == 'wait':
            return ['-t', '1', 'wait-until', name, rec, self.condition(t)]
        return ['--id=@i', 'get', name, rec, '--', 'get', name, '@i', column]

    # --- Whole lines

    def with_references(self):
        """Rows made together that name each other."""
        return self.rng.choice([
            ['--id=@a', 'create', 'acl', f'priority={self.pool("PRIO")}',
             'direction=to-lport', 'match=ip', 'action=drop', '--', 'add',
             'logical_switch', self.pool('LS'), 'acls', '@a'],
            ['--id=@h', 'create', 'ha_chassis', f'chassis_name='
             f'{self.pool("CH")}', f'priority={self.pool("PRIO")}', '--',
             'add', 'ha_chassis_group', self.pool('HG'), 'ha_chassis', '@h'],
            ['add', 'logical_switch', self.pool('LS'), 'dns_records', '@d',
             '--', '--id=@d', 'create', 'dns', 'records:a="10.0.0.1"'],
            ['--id=@l', 'create', 'load_balancer', 'name=lbx',
             'vips:"10.8.0.1"="10.0.0.1"', '--', 'set', 'logical_switch',
             self.pool('LS'), 'load_balancer=@l'],
            ['--id=@o', 'create', 'dhcp_options', 'cidr=10.0.0.0/24', '--',
             'set', 'logical_switch_port', self.pool('LSP'),
             'dhcpv4_options=@o', '--', 'get', 'dhcp_options', '@o', 'cidr'],
            ['--id=@n', 'create', 'nat', 'type=snat',
             'external_ip=10.0.0.1', 'logical_ip=10.0.1.1', '--', 'add',
             'logical_router', self.pool('LR'), 'nat', '@n'],
            ['--id=@q', 'create', 'qos', 'priority=1', 'direction=to-lport',
             'match=ip', 'action:dscp=1', '--', 'add', 'logical_switch',
             self.pool('LS'), 'qos_rules', '@q'],
        ])

    def one(self):
        kind = self.rng.random()
        if kind < .03:
            return self.with_references()
        args = (self.from_grammar() if kind < .72 else self.from_database())
        if self.chance(.03):
            args = args[:-1] or ['']
        elif self.chance(.02):
            args.append('extra')
        return args

    def line(self):
        args = self.one()
        if self.chance(.1):
            args += ['--'] + self.one()
        if self.chance(.03):
            args.insert(0, '--dry-run')
        if self.chance(.05):
            args.insert(0, '--oneline')
        return args
