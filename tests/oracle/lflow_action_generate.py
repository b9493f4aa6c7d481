"""Random lists of actions that OpenFlow accepts: generate(rng, place)."""
import re

# Fields of each width that may be written anywhere, without prerequisites.
WRITABLE = {
    32: [f"reg{i}" for i in range(9)] + ["flags", "pkt.mark"],
    48: ["eth.src", "eth.dst"],
    64: ["xreg0", "xreg1", "xreg2", "xreg3", "xreg4"],
    128: ["xxreg0", "xxreg1"],
}
READABLE = {**WRITABLE, 32: WRITABLE[32] + ["ct_mark"],
            128: WRITABLE[128] + ["ct_label"]}
STRINGS = ["inport", "outport"]
PORTS = ["p1", "p2", "p3", "nosuch", "q1", "_MC_flood", ""]
# Prerequisite of the flow, and what may be written, by width.
PROTOCOLS = {
    "ip4": {32: ["ip4.src", "ip4.dst"], 8: ["ip.ttl"]},
    "ip6": {128: ["ip6.src", "ip6.dst"], 8: ["ip.ttl"]},
    "ip4 && tcp": {16: ["tcp.src", "tcp.dst"], 32: ["ip4.src"]},
    "ip6 && udp": {16: ["udp.src", "udp.dst"], 128: ["ip6.dst"]},
    "ip4 && sctp": {16: ["sctp.src", "sctp.dst"]},
    "ip4 && icmp4": {8: ["icmp4.type", "icmp4.code"]},
    "arp": {32: ["arp.spa", "arp.tpa"], 48: ["arp.sha", "arp.tha"],
            16: ["arp.op"]},
    "nd_ns": {128: ["nd.target"], 48: ["nd.sll"]},
    "nd_na": {128: ["nd.target"], 48: ["nd.tll"]},
    "vlan.present": {12: ["vlan.vid"], 3: ["vlan.pcp"]},
    "": {},
}


def ipv4(rng):
    return ".".join(str(rng.randrange(256)) for _ in range(4))


def ipv6(rng):
    return rng.choice(("fe80::", "fd00:1::", "2001:db8::")) \
        + f"{rng.randrange(1, 65536):x}"


def mac(rng):
    return ":".join(f"{rng.randrange(256):02x}" for _ in range(6))


def bits(rng, name, width):
    """NAME, or some bits of it, and how many."""
    if name in ("flags",) or width < 16 or rng.random() < 0.6 \
            or name.startswith(("tcp", "udp", "sctp", "arp.op")):
        return name, width
    low = rng.randrange(width)
    high = rng.randrange(low, width)
    return (f"{name}[{low}]" if low == high else f"{name}[{low}..{high}]",
            high - low + 1)


def writable(rng, match, width=None):
    """A field to write: (text, bits)."""
    pool = [(name, n) for n, names in WRITABLE.items() for name in names]
    pool += 3 * [(name, n) for n, names in PROTOCOLS[match].items()
                 for name in names]
    if width:
        pool = [(name, n) for name, n in pool if n == width]
    return rng.choice(pool)


def constant(rng, n_bits):
    value = rng.getrandbits(n_bits)
    if n_bits == 32 and rng.random() < 0.5:
        return ipv4(rng)
    if n_bits == 48:
        return mac(rng)
    if n_bits == 128 and rng.random() < 0.5:
        return ipv6(rng)
    if n_bits > 64 or rng.random() < 0.5:
        return hex(value)
    return str(value)


def masked(rng, text, n_bits):
    """The constant with a mask, now and then."""
    if n_bits < 16 or rng.random() < 0.8:
        return text
    if text.startswith("0x"):
        return f"{text}/{hex(rng.getrandbits(n_bits) | 1)}"
    if "." in text:
        return f"{text}/{rng.randrange(1, 33)}"
    return text


def assign(rng, match):
    name, n = writable(rng, match)
    field, n = bits(rng, name, n)
    maskable = not name.startswith(("ip.ttl", "icmp4", "arp.op"))
    text = constant(rng, n)
    return f"{field} = {masked(rng, text, n) if maskable else text};"


def move(rng, match):
    if rng.random() < 0.2:
        a, b = rng.sample(STRINGS, 2)
        return f"{a} {rng.choice(('=', '<->'))} {b};"
    width = rng.choice([32, 48, 64, 128])
    dst = writable(rng, match, width)[0]
    if rng.random() < 0.3:
        return f"{dst} <-> {writable(rng, match, width)[0]};"
    if rng.random() < 0.5:
        return f"{dst} = {rng.choice(READABLE[width])};"
    n = rng.randrange(1, 17)
    a, b = rng.randrange(32 - n), rng.randrange(32 - n)
    return (f"reg{rng.randrange(9)}[{a}..{a + n - 1}] = "
            f"reg{rng.randrange(9)}[{b}..{b + n - 1}];")


def port(rng, _match):
    return f'{rng.choice(STRINGS)} = "{rng.choice(PORTS)}";'


def bit(rng):
    """One bit that no lookup uses for its arguments."""
    return f"reg{rng.randrange(4, 10)}[{rng.randrange(32)}]"


def backends(rng):
    if rng.random() < 0.6:
        with_port = rng.random() < 0.7
        return ",".join(ipv4(rng) + (f":{rng.randrange(1, 65536)}"
                                     if with_port else "")
                        for _ in range(rng.randrange(1, 6)))
    return ",".join(f"[{ipv6(rng)}]:{rng.randrange(1, 65536)}"
                    for _ in range(rng.randrange(1, 4)))


def ct_lb(rng, match):
    if "ip" not in match or rng.random() < 0.1:
        return rng.choice(("ct_lb;", "ct_lb_mark;"))
    fields = rng.choice(("", '; hash_fields="ip_src,ip_dst"',
                         '; hash_fields="eth_src"'))
    flag = rng.choice(("", "; skip_snat", "; force_snat"))
    return f"{rng.choice(('ct_lb', 'ct_lb_mark'))}" \
           f"(backends={backends(rng)}{fields}{flag});"


def ct(rng, _match):
    return rng.choice((
        "ct_next;", "ct_clear;", "ct_commit;", "ct_commit_nat;", "ct_dnat;",
        "ct_snat;", "ct_dnat_in_czone;", "ct_snat_in_czone;",
        f"ct_commit {{ ct_mark = {rng.getrandbits(32)}; }};",
        f"ct_commit {{ ct_mark[{rng.randrange(32)}] = 1; "
        f"ct_label = {hex(rng.getrandbits(128))}; }};",
        "ct_commit { ct_label.label = reg3; };",
        f"ct_commit {{ ct_label[0..31] = reg{rng.randrange(9)}; "
        f"ct_mark.blocked = {rng.randrange(2)}; }};",
        f"ct_{rng.choice(('dnat', 'snat'))}"
        f"{rng.choice(('', '_in_czone'))}({ipv4(rng)});",
        f"ct_{rng.choice(('dnat', 'snat'))}({ipv4(rng)}, "
        f"{rng.randrange(1, 1000)}-{rng.randrange(1000, 65536)});",
        f"ct_{rng.choice(('dnat', 'snat'))}({ipv6(rng)}, "
        f"{rng.randrange(1, 1000)});"))


def select(rng, _match):
    members = ", ".join(f"{rng.randrange(65536)}={rng.randrange(1, 65536)}"
                        for _ in range(rng.randrange(2, 6)))
    return f"reg{rng.randrange(9)}[16..31] = select({members});"


def neighbor(rng, match):
    ip = {"arp": "arp.spa", "ip4": "ip4.dst"}.get(match, "reg0")
    ip6 = {"nd_ns": "nd.target", "ip6": "ip6.src"}.get(match, "xxreg0")
    hw = rng.choice(("eth.src", "eth.dst", "xreg4[0..47]"))
    where = rng.choice(STRINGS)
    return rng.choice((
        f"get_arp({where}, {ip});", f"get_nd({where}, {ip6});",
        f"put_arp({where}, {ip}, {hw});", f"put_nd({where}, {ip6}, {hw});",
        f"{bit(rng)} = lookup_arp({where}, {ip}, {hw});",
        f"{bit(rng)} = lookup_arp_ip({where}, {ip});",
        f"{bit(rng)} = lookup_nd({where}, {ip6}, {hw});",
        f"{bit(rng)} = lookup_nd_ip({where}, {ip6});",
        f"put_fdb({where}, {hw});",
        f"{bit(rng)} = lookup_fdb({where}, {hw});",
        f"outport = get_fdb({hw});", f"reg{rng.randrange(9)} = "
        f"get_fdb({hw});"))


def check(rng, _match):
    return f"{bit(rng)} = " + rng.choice((
        "chk_lb_hairpin()", "chk_lb_hairpin_reply()", "check_in_port_sec()",
        "check_out_port_sec()", "chk_ecmp_nh()", "chk_ecmp_nh_mac()",
        "chk_lb_aff()", f"check_pkt_larger({rng.randrange(65536)})")) + ";"


def options(rng, _match):
    v4 = [f"router = {ipv4(rng)}", f"mtu = {rng.randrange(65536)}",
          f"lease_time = {rng.getrandbits(32)}", 'hostname = "h"',
          f"dns_server = {{{ipv4(rng)}, {ipv4(rng)}}}",
          f'domain_search_list = "a{rng.randrange(9)}.b.c,x.b.c"',
          f"classless_static_route = {{{ipv4(rng)}/"
          f"{rng.randrange(33)}, {ipv4(rng)}}}",
          f"tftp_server = {ipv4(rng)}", 'bootfile_name = "f"',
          f"next_server = {ipv4(rng)}", 'bootfile_name_alt = "g"',
          f"ip_forward_enable = {rng.randrange(2)}",
          f"default_ttl = {rng.randrange(256)}"]
    v6 = [f"ia_addr = {ipv6(rng)}", f"server_id = {mac(rng)}",
          f"dns_server = {{{ipv6(rng)}, {ipv6(rng)}}}",
          'domain_search = "a.b"']
    ra = [f"mtu = {rng.randrange(65536)}", f"rdnss = {ipv6(rng)}",
          'dnssl = "a.bc,d.ef"', 'router_preference = "LOW"',
          f'route_info = "HIGH-{ipv6(rng)}/{rng.randrange(129)}"']
    kind = rng.randrange(3)
    if kind == 0:
        chosen = rng.sample(v4, rng.randrange(len(v4)))
        chosen.insert(rng.randrange(len(chosen) + 1),
                      f"offerip = {ipv4(rng)}")
        return f"{bit(rng)} = put_dhcp_opts({', '.join(chosen)});"
    if kind == 1:
        chosen = rng.sample(v6, rng.randrange(1, len(v6) + 1))
        return f"{bit(rng)} = put_dhcpv6_opts({', '.join(chosen)});"
    mode = rng.choice(("slaac", "dhcpv6_stateful", "dhcpv6_stateless"))
    chosen = [f'addr_mode = "{mode}"', f"slla = {mac(rng)}",
              f"prefix = {ipv6(rng)}/{rng.randrange(1, 129)}"]
    chosen += rng.sample(ra, rng.randrange(len(ra)))
    return f"{bit(rng)} = put_nd_ra_opts({', '.join(chosen)});"


def misc(rng, _match):
    return rng.choice((
        f"set_queue({rng.randrange(61441)});",
        f"set_meter({rng.randrange(1, 1000)});",
        f"set_meter({rng.randrange(1, 1000)}, {rng.randrange(1, 1000)});",
        f"log(verdict={rng.choice(('allow', 'drop', 'reject'))}, severity="
        f"{rng.choice(('alert', 'warning', 'notice', 'info', 'debug'))});",
        f'log(name="n{rng.randrange(99)}", verdict=allow, meter="meter1");',
        "igmp;", "handle_dhcpv6_reply;", "handle_bfd_msg();",
        f'bind_vport("{rng.choice(PORTS)}", {rng.choice(STRINGS)});',
        f"handle_svc_check({rng.choice(STRINGS)});", "ct_snat_to_vip;",
        'fwd_group(childports="p1", "p2");', 'fwd_group(childports="q1");',
        'trigger_event(event = "empty_lb_backends", vip = '
        f'"{ipv4(rng)}:{rng.randrange(1, 9999)}", protocol = "tcp", '
        'load_balancer = "12345678-abcd-9876-fedc-11119f8e7d6c");',
        f"sample(probability={rng.randrange(1, 65536)},collector_set="
        f"{rng.choice((0, 100, 200, 7))},obs_domain={rng.randrange(256)},"
        f"obs_point={rng.choice(('$cookie', rng.getrandbits(32)))});",
        "push(xxreg0); pop(xxreg1);", "push(eth.src); pop(reg1);"))


def learn(rng, match):
    for proto in ("tcp", "udp", "sctp"):
        if match.endswith(f"&& {proto}"):
            v6 = "ip6" in match
            if rng.random() < 0.5:
                return f"commit_ecmp_nh(ipv6 = {str(v6).lower()}, " \
                       f"proto = {proto});"
            a, b = ((f"[{ipv6(rng)}]", f"[{ipv6(rng)}]") if v6 else
                    (ipv4(rng), ipv4(rng)))
            return f'commit_lb_aff(vip = "{a}:{rng.randrange(1, 65536)}", ' \
                   f'backend = "{b}:{rng.randrange(1, 65536)}", ' \
                   f"proto = {proto}, timeout = {rng.randrange(65536)});"
    return "next;"


def go(rng, _match):
    return rng.choice(("next;", "output;", f"next({rng.randrange(29)});",
                       f"next(pipeline=ingress, table={rng.randrange(29)});",
                       f"next(pipeline=egress, table={rng.randrange(22)});"))


def nested(rng, match, depth):
    name, inner = rng.choice((
        ("clone", match), ("reject", ""), ("arp", "arp"),
        ("icmp4", "ip4 && icmp4"), ("icmp4_error", "ip4 && icmp4"),
        ("icmp6", "ip6"), ("icmp6_error", "ip6"), ("nd_ns", "nd_ns"),
        ("nd_na", "nd_na"), ("nd_na_router", "nd_na"),
        ("tcp_reset", "ip4 && tcp"), ("sctp_abort", "ip4 && sctp")))
    if name == "icmp4_error" and rng.random() < 0.5:
        return f"icmp4_error {{ icmp4.frag_mtu = {rng.randrange(65536)}; " \
               "output; };"
    if name == "icmp6_error" and rng.random() < 0.5:
        return "icmp6_error { icmp6.frag_mtu = " \
               f"{rng.getrandbits(32)}; output; }};"
    return f"{name} {{ {statements(rng, inner, depth + 1)} }};"


KINDS = (assign, assign, move, port, ct, ct_lb, select, neighbor, neighbor,
         check, options, misc, learn, go, go)


def statements(rng, match, depth=0):
    texts = []
    for _ in range(rng.randrange(1, 5 if depth == 0 else 3)):
        if depth < 3 and rng.random() < 0.15:
            texts.append(nested(rng, match, depth))
        else:
            texts.append(rng.choice(KINDS)(rng, match))
    return " ".join(texts)


# Braces whose content is userdata, which hides the ids of groups, of meters
# and the flow's cookie: they can't be compared there.
IDS = re.compile(r"ct_lb\w*\(|select\(|fwd_group\(|set_meter\(|meter=|"
                 r"\$cookie")


def ids_in_userdata(actions):
    """Is something of IDS within braces other than clone's?"""
    stack = []
    for token in re.finditer(r"(\w+|=) \{|\}|" + IDS.pattern, actions):
        if token[0].endswith("{"):
            stack.append(token[1])
        elif token[0] == "}":
            stack.pop()
        elif any(name != "clone" for name in stack):
            return True
    return False


def generate(rng, _place):
    """(match, actions).  Never a ct_commit after another action: OVN 23.03.1
    loses it, or makes of it what the switch refuses."""
    while True:
        match = rng.choice(tuple(PROTOCOLS))
        actions = statements(rng, match)
        if not re.search(r".ct_commit( \{|;)", actions) \
                and not ids_in_userdata(actions):
            return match, actions
