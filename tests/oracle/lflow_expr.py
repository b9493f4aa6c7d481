"""Our OpenFlow matches against stock OVN's, for 1,500 match expressions.

ovn-northd does not run: logical flows are written to a stock southbound
database, ovn-controller compiles them into br-int, and lflow_expr_compare
decides whether its flows and ours accept the same packets.  We must never
need more flows, and must have an error where stock OVN has one, in the same
words (ours adds the token and the column).

    /usr/bin/python3 lflow_expr.py [--seed N] [--number N] [--keep]
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import lflow_action_stock as stock  # noqa: E402

BUILD = os.environ.get("WEFT_BUILD_DIR", "build")
COMPARE = os.path.join(BUILD, "tests", "lflow_expr_compare")

ADDRESS_SETS = {
    "v4": ["10.0.0.1", "10.0.0.2", "10.0.0.4/30", "192.168.0.0/16"],
    "v6": ["fe80::1", "fc00::/7"],
    "mac": ["00:00:00:00:00:01", "00:00:00:00:00:02"],
    "empty": [],
    "many": [f"10.1.{i // 250}.{i % 250 + 1}" for i in range(500)],
}
PORT_GROUPS = {"pg": ["p1", "p3"], "pg0": []}
FIXTURE = {
    "ports": {"p1": 1, "p2": 2, "p3": 3, "_MC_flood": 32768},
    "address_sets": ADDRESS_SETS,
    "port_groups": PORT_GROUPS,
    "resident": ["p1", "p2", "p3"],
}

# One line per construct, whatever the generator does.
BY_HAND = r"""
1
0
ip4
ip6
ip
tcp
udp
sctp
icmp
icmp4
icmp6
igmp
arp
rarp
nd
nd_ns
nd_na
nd_rs
nd_ra
mldv1
mldv2
eth.bcast
eth.mcast
eth.mcastv6
!eth.mcast
!eth.bcast
vlan.present
!vlan.present
ip4.mcast
ip4.src_mcast
ip6.mcast
ip6.mcast_flood
ip6.mcast_rsvd
ip6.mcast_all_nodes
ip6.mcast_all_rtrs
ip6.mcast_sol_node
ip.is_frag
ip.later_frag
ip.first_frag
ip.frag == 1
ip.frag != 3
flags.loopback
!flags.loopback
flags.force_snat_for_dnat == 1
flags.force_snat_for_lb == 1
flags.skip_snat_for_lb == 1
flags.use_snat_zone == 1
flags == 5
ct.trk
!ct.trk
ct.new && !ct.est
!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 1
ct.rel || ct.inv || ct.snat || ct.dnat
ct_state[0..1] == 3
ct_state[6]
ct_mark == 5
ct_mark.natted
ct_mark.skip_snat && !ct_mark.force_snat
ct_mark.ecmp_reply_port == 7
ct_label == 0x12345678901234567890
ct_label.blocked
ct_label.natted || ct_label.skip_snat || ct_label.force_snat
ct_label.ecmp_reply_eth == 00:01:02:03:04:05
ct_label.ecmp_reply_port == 0x1234
ct_label.label == 0x12345678
reg0 == 1
reg0[3..7] == 5 && reg1[0] && !reg2[31]
reg4 == 1/1
reg9 == 0xffffffff
xxreg0 == 1
xreg4 == 5
xreg0[3..60] == 6
reg8 != 0
pkt.mark == 3
eth.src == 00:00:00:00:00:01
eth.dst == 01:00:00:00:00:00/01:00:00:00:00:00
eth.type == 0x88cc
eth.type == {0x800, 0x806}
vlan.tci == 0x1003
vlan.vid == 3
vlan.pcp == {1, 3}
vlan.vid != 4
ip.proto == 50
ip.ttl == 64
ip.ttl == {0, 1}
ip4 && ip.ttl == {0, 1}
ip4.src == 10.0.0.0/8
ip4.src == 10.0.0.0/255.0.255.0
ip4.src == {10.0.0.1, 10.0.0.0/24}
ip4.src != 10.0.0.0/8
ip4.src != {10.0.0.1, 10.0.0.2}
ip4.dst > 10.0.0.5
0.0.0.5 <= ip4.dst < 0.0.1.0
ip4.src == 0.0.0.0/0
ip4.src == 1.2.3.4/0.0.0.1
eth.mcast > 0
eth.mcast <= 0
eth.mcast >= 0
eth.mcast == {0, 1}
ip6.src == fe80::/10
ip6.dst == ff02::1:ff00:0/104
ip6.label == 0x12345
ip6.dst[0..63] == 5
icmp4.type == 8
icmp4.type == 3 && icmp4.code == {3, 4}
icmp6.type == {128, 129}
icmp6.type == 1 && icmp6.code == 3
arp.op == 1 && arp.tpa == 10.0.0.1
arp.spa == 10.0.0.0/24 && arp.sha == 00:00:00:00:00:01
arp.tha == 00:00:00:00:00:02
rarp.op == 3 && rarp.tpa == 1.2.3.4
rarp.sha == 00:00:00:00:00:01 && rarp.spa == 1.1.1.1
rarp.tha == 00:00:00:00:00:01
nd.target == fe80::1
nd.sll == 00:00:00:00:00:01
nd.tll == 00:00:00:00:00:02
nd_ns && ip6.dst == ff02::1:ff00:0/104 && nd.target == {fe80::1, fe80::2}
tcp.src == 80
80 == tcp.src
tcp.src == {80, 443} && tcp.dst != 5
tcp.flags == 2
tcp.flags[1]
tcp.flags == 0x12/0x3f
1024 <= tcp.dst <= 49151
49151 >= tcp.dst > 1024
!(1024 <= tcp.dst <= 49151)
tcp.dst < 1024
tcp.dst >= 0
tcp.dst > 65535
udp.src == 546 && udp.dst == 547
sctp.dst == {1, 2, 3}
inport == "p1"
inport == {"p1", "p2"}
outport == {"p1", "p3"} && ip4.src == {1.1.1.1, 2.2.2.2, 3.3.3.3}
outport == "_MC_flood"
inport == "nowhere"
inport == {"p1", "nowhere"}
inport == @pg
inport == @pg0
inport == {@pg, "p2"}
!(inport != "p1")
ip4.src == $v4
tcp.dst != {80, 0x100/0xff00}
ip6.src == $v6
eth.src == $mac
ip4.src == $empty
ip4.src != $empty
ip4.src == {$v4, 1.2.3.4}
ip4.src == $many
ip4.src == $many && ip4.dst == $many
ip4.src == $v4 && ip4.dst == $v4
inport == @pg && ip4 && ip4.src == $v4 && tcp.dst == {80, 443}
is_chassis_resident("p1")
!is_chassis_resident("p1") && ip4
is_chassis_resident("elsewhere") || ip6
ip4 && ip6
ip && !tcp.dst[0]
(ip4.src == 1.1.1.1 || ip4.src == 2.2.2.2) && (tcp.dst == 1 || tcp.dst == 2)
(ip4.src == 1.1.1.1 && tcp.dst == 1) || (ip4.src == 1.1.1.1 && tcp.dst == 2)
(reg0 == 1 || reg1 == 2) && (reg2 == 3 || reg4 == 4)
reg0 == {1, 2} && reg0 == {2, 3}
reg0 == {1, 2} && reg0 != 1
reg0 == 1 || (reg0 == {1, 2, 3} && reg4 == {5, 6, 7})
(reg0 == {1, 2, 3} && reg4 == {5, 6, 7}) || (reg0 == {1, 2, 3} && reg8 == {5, 6})
!(reg0 == 1 && (reg1 == 2 || !(reg2 == 3)))
tcp && (inport == "p1" || ip4.src == 10.0.0.1)
ip4 /* comment */ && tcp // and more
nd || nd_rs || nd_ra || mldv1 || mldv2 || (udp && udp.src == 546 && udp.dst == 547)
!ct.new || ct.est
((ct.new && !ct.est) || (!ct.new && ct.est && !ct.rpl && ct_mark.blocked == 1)) && ip4.dst == $v4
reg0[0] == 1 && reg0[1] == 0 && (ip4 || arp)
"""

ERRORS = r"""
ip4 &&
ip4 = 3
tcp.src
inport
foo == 3
ip4.src == {1.2.3.4, "a"}
ip4.src == "a"
inport == 3
ip4.src == fe80::1
0 < ip4.src > 3.3.3.3
ip.proto < 3
!(ip.proto == 3)
ip.proto != 3
!ip4
ip4 == 0
!tcp
ip4 && ip6 || tcp
!ip4.src == 1.2.3.4
eth.src[0..48] == 1
eth.src[5..3] == 1
ip.proto[0..3] == 1
inport[0] == 1
ip4.src == $nope
inport == @nope
ip4.src == 1.2.3.4/33
tcp.dst == 65536
tcp.dst == 00080
tcp.dst == 0x
tcp.dst == 18446744073709551616
tcp.dst == 80a
tcp.dst == {80, 443
tcp.dst > {80, 443}
tcp.dst > 80/80
tcp.dst > $empty
(ip4
ip4)
ip4 ip6
ip4 & ip6
ip4 | ip6
ip4 # ip6
ip4 /* ip6
ip4 / ip6
$ == 3
@ == 3
ip4.src == .
1 == 2
tcp.dst == 80 == 3
is_chassis_resident
is_chassis_resident(p1)
is_chassis_resident("p1"
inport != "p1"
inport < "p1"
!!ip4
"""

# Where stock OVN 23.03 is known to do something else than ovn-sb(5) says, and
# we do what it says.  The test notices when a line no longer differs.
KNOWN = {
    "ip.dscp == 46": "stock leaves ip.dscp and ip.ecn out of the match",
    "ip.ecn == 2": "the same",
    "!ip.is_frag": "stock negates the prerequisites too, and then drops them",
    "!ip.first_frag": "the same",
    "!ip4.mcast": "the same",
    "vlan.tci[13..15] > 3": "stock's masks of vlan_pcp are lost on the way",
    "vlan.pcp[0]": "the same",
    "xxreg1[64..127] == fe80::1": "stock cuts off what does not fit",
}


class Generator:
    """Random expressions that stock OVN accepts, of bounded size."""

    ORDINAL = {
        "reg0": 32, "reg1": 32, "reg4": 32, "reg8": 32, "xxreg0": 128,
        "xxreg1": 128, "xreg4": 64, "flags": 16, "pkt.mark": 32,
        "ct_mark": 32, "ct_label": 128, "ct_mark.ecmp_reply_port": 16,
        "eth.src": 48, "eth.dst": 48, "vlan.vid": 12,
        "ip4.src": 32, "ip4.dst": 32, "ip6.src": 128,
        "ip6.dst": 128, "ip6.label": 20, "arp.spa": 32, "arp.tpa": 32,
        "arp.sha": 48, "arp.tha": 48, "rarp.spa": 32, "tcp.src": 16,
        "tcp.dst": 16, "tcp.flags": 12, "udp.src": 16, "udp.dst": 16,
        "sctp.src": 16, "sctp.dst": 16, "nd.target": 128, "nd.sll": 48,
        "nd.tll": 48, "reg0[3..10]": 8, "ip4.src[8..15]": 8,
        "udp.dst[0..3]": 4, "ct_label[96..127]": 32,
    }
    NOMINAL = {
        "eth.type": (0x800, 0x806, 0x86dd, 0x8035, 0x88cc),
        "ip.proto": (1, 2, 6, 17, 58, 132), "ip.ttl": (0, 1, 64, 255),
                "arp.op": (1, 2), "rarp.op": (3, 4), "icmp4.type": (0, 3, 8),
        "icmp4.code": (0, 1, 3), "icmp6.type": (128, 129, 133, 135, 136),
        "icmp6.code": (0, 1),
    }
    POSITIVE = ("ip4 ip6 ip tcp udp sctp icmp icmp4 icmp6 igmp arp rarp nd "
                "nd_ns nd_na nd_rs nd_ra mldv1 mldv2 ip6.mcast_flood").split()
    BOOLEAN = ("eth.bcast eth.mcast eth.mcastv6 vlan.present "
               "flags.loopback ct.trk ct.new ct.est ct.rel ct.rpl "
               "ct.inv ct.snat ct.dnat ct_mark.blocked ct_label.natted "
               "reg0[5] tcp.flags[1] ct_state[3]").split()
    STRINGS = ('"p1"', '{"p1", "p2"}', '{"p3", "nowhere"}', "@pg",
               '{@pg, "p2"}')
    SETS = {"ip4.src": "$v4", "ip4.dst": "$many", "ip6.src": "$v6",
            "eth.dst": "$mac", "arp.tpa": "$v4"}

    def __init__(self, seed):
        self.r = random.Random(seed)

    def constant(self, width):
        """A constant that often equals or neighbours another."""
        r = self.r
        value = r.choice((r.randrange(4), (1 << width) - 1 - r.randrange(2),
                          1 << r.randrange(width), r.getrandbits(width)))
        return value & ((1 << width) - 1)

    def masked(self, width):
        mask = self.r.getrandbits(width)
        if self.r.random() < .5:
            mask = ((1 << width) - 1) & ~((1 << self.r.randrange(width)) - 1)
        return f"{self.constant(width) & mask:#x}/{mask:#x}"

    def ordinal(self):
        r = self.r
        name = r.choice(list(self.ORDINAL))
        width = self.ORDINAL[name]
        kind = r.random()
        if name in self.SETS and kind < .4:
            return f"{name} {r.choice(('==', '==', '=='))} {self.SETS[name]}"
        if kind < .35:
            return f"{name} == {self.constant(width):#x}"
        if kind < .5:
            return f"{name} == {self.masked(width)}"
        if kind < .75:
            members = ", ".join(f"{self.constant(width):#x}"
                                for _ in range(r.randrange(2, 5)))
            return f"{name} == {{{members}}}"
        if width > 20:
            return f"{name} == {self.constant(width):#x}"
        self.n_unequal += 1
        if self.n_unequal > 1:          # Stock OVN multiplies them out.
            return f"{name} == {self.constant(width):#x}"
        return (f"{name} {r.choice(('!=', '<', '<=', '>', '>='))} "
                f"{self.constant(width):#x}")

    def comparison(self):
        r = self.r
        kind = r.random()
        if kind < .55:
            return self.ordinal()
        if kind < .65:
            name = r.choice(list(self.NOMINAL))
            values = r.sample(self.NOMINAL[name], r.choice((1, 1, 2)))
            return (f"{name} == {values[0]}" if len(values) == 1 else
                    f"{name} == {{{', '.join(map(str, values))}}}")
        if kind < .75:
            return r.choice(self.POSITIVE)
        if kind < .88:
            return r.choice(("", "!")) + r.choice(self.BOOLEAN)
        return f"{r.choice(('inport', 'outport'))} == {r.choice(self.STRINGS)}"

    def expression(self, size):
        if size <= 1:
            return self.comparison()
        left = self.r.randrange(1, size)
        joint = self.r.choice((" && ", " && ", " || "))
        return (f"({self.expression(left)}){joint}"
                f"({self.expression(size - left)})")

    def __call__(self):
        self.n_unequal = 0
        return self.expression(self.r.choice((1, 2, 2, 3, 3, 4, 5)))


class Oracle(stock.Stock):
    """A stock node with our sets and groups."""

    def prepare(self):
        ops = [{"op": "insert", "table": "Address_Set",
                "row": {"name": name, "addresses": ["set", members]}}
               for name, members in ADDRESS_SETS.items()]
        ops += [{"op": "insert", "table": "Port_Group",
                 "row": {"name": f"1_{name}", "ports": ["set", members]}}
                for name, members in PORT_GROUPS.items()]
        self.transact(*ops)
        self.wait()

    def matches(self, texts):
        """For each text the OpenFlow flows, or the error."""
        log = open(f"{self.dir}/controller.log", encoding="utf-8",
                   errors="replace")
        log.seek(0, os.SEEK_END)
        ops = [{"op": "insert", "table": "Logical_Flow",
                "row": {"logical_datapath": self.dp["switch"],
                        "pipeline": "ingress", "table_id": 10,
                        "priority": number + 1, "match": text,
                        "actions": "next;"}}
               for number, text in enumerate(texts)]
        for start in range(0, len(ops), 150):   # An argument's length.
            self.transact(*ops[start:start + 150])
        self.timeout_s = 60
        self.wait()
        found = {}
        for line in self.ofctl("dump-flows").splitlines():
            hit = re.search(r"table=18, priority=(\d+),?(.*)$", line)
            if hit:
                flow = re.sub(r" actions=", ",actions=", hit[2], count=1)
                found.setdefault(int(hit[1]), []).append(flow.strip(" ,"))
        errors = {}
        for line in log:
            hit = re.search(r'error parsing match "(.*)": (.*)$', line)
            if hit:
                errors[hit[1].replace('\\"', '"')] = hit[2]
        log.close()
        self.transact({"op": "delete", "table": "Logical_Flow", "where": []})
        self.wait()
        return [(found.get(number + 1, []), errors.get(text))
                for number, text in enumerate(texts)]


def compare(texts, answers, folder):
    """What lflow_expr_compare says, a line for each text."""
    fixture = os.path.join(folder, "fixture.json")
    with open(fixture, "w", encoding="utf-8") as f:
        json.dump(FIXTURE, f)
    lines = []
    for text, (flows, error) in zip(texts, answers):
        lines.append(f"expr {text}")
        lines += [f"flow {flow}" for flow in flows]
        if error:
            lines.append(f"error {error}")
        lines.append("end")
    done = subprocess.run([COMPARE, fixture], input="\n".join(lines) + "\n",
                          text=True, capture_output=True, timeout=200)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return done.stdout.splitlines()


def words(ours):
    """Our message without the place and the token that we add."""
    text = re.sub(r"^match:\d+: ", "", ours)
    return re.sub(r" \(at `.*'\)$", "", text)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=1500)
    parser.add_argument("--keep", action="store_true")
    args = parser.parse_args()
    missing = stock.missing()
    if missing:
        print(f"skipped: {missing}")
        return 77
    generator = Generator(args.seed)
    good = [t for t in BY_HAND.splitlines() if t]
    bad = [t for t in ERRORS.splitlines() if t]
    good += [generator() for _ in range(args.number)]
    texts = good + bad + list(KNOWN)
    with Oracle(keep=args.keep) as oracle, \
            tempfile.TemporaryDirectory(prefix="weft-expr-") as folder:
        oracle.prepare()
        answers = []
        for start in range(0, len(texts), 600):
            answers += oracle.matches(texts[start:start + 600])
        verdicts = compare(texts, answers, folder)
    return report(texts, answers, verdicts, len(good), len(bad))


def report(texts, answers, verdicts, n_good, n_bad):
    failures, ours, theirs, accepted = [], 0, 0, 0
    for i, (text, (_, error), verdict) in enumerate(
            zip(texts, answers, verdicts)):
        kind, _, rest = verdict.partition(" ")
        if i >= n_good + n_bad:
            if kind not in ("differ", "only-ours"):
                failures.append(f"{text}: no longer differs: {verdict}")
        elif kind == "same" and i < n_good:
            n_ours, n_theirs, n_accepted = map(int, rest.split())
            ours += n_ours
            theirs += n_theirs
            accepted += n_accepted
            if n_ours > n_theirs:
                failures.append(f"{text}: {n_ours} flows, stock {n_theirs}")
        elif kind == "error" and i >= n_good:
            if words(rest) != error:
                failures.append(f"{text}: {words(rest)}\n    stock: {error}")
        else:
            failures.append(f"{text}: {verdict}\n    stock: {error}")
    if len(verdicts) != len(texts):
        failures.append(f"{len(texts)} texts, {len(verdicts)} verdicts")
    for failure in failures[:60]:
        print(failure)
    print(f"{len(texts)} expressions, {len(failures)} failures; {ours} flows,"
          f" stock OVN {theirs}; {accepted} packets accepted by both")
    return 1 if failures or accepted < n_good else 0


if __name__ == "__main__":
    sys.exit(main())
