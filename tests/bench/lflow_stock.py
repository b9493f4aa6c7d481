"""Logical flows to OpenFlow flows: ours against ovn-controller's, in one run.

    tests/bench/lflow [--dumps FOLDER] [--sizes S,M,L] [--json]

Scenarios:

    tutorial    the logical flows of the OVN tutorial as stock OVN 23.03 dumped
                them: FOLDER has lflow-list.txt, sb-port_binding.txt, ... as
                ovn-sbctl prints them (default: WEFT_DUMPS, or the team's
                reference folder; left out where there is none)
    S, M, L     ACLs as ovn-northd writes them, each over a port group and an
                address set: 100 ports and 1,000 addresses; 300 and 3,000;
                1,000 and 10,000

The same flows are in a stock southbound database, without ovn-northd.
ovn-controller drops its cache and computes everything anew, several times;
the CPU time of its main thread counts, less what it takes without those flows.
Ours (lflow_bench) is the CPU time to compile them, put them into the agent's
table of desired flows and compare that with what is installed.  Both see all
datapaths and ports as local.  The tutorial's flows that are the same in
several datapaths are one row for stock OVN (a datapath group), as northd has
it, and are compiled for each datapath by us.
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oracle"))
import lflow_action_stock as stock  # noqa: E402

BENCH = os.path.join(os.environ.get(
    "WEFT_BUILD_DIR", os.path.join(HERE, "../../build")), "bin",
    "lflow_bench")
DUMPS = os.environ.get("WEFT_DUMPS",
                       "/work/shared/reference/stock-ovn/dumps")
SIZES = {"S": (100, 1000), "M": (300, 3000), "L": (1000, 10000)}
N_ACLS = 4
ROUNDS = 5
FIRST_KEY = 11              # Of the datapaths that we add.
FIRST_MULTICAST = 32768


class Scenario:
    """Logical flows and what their names mean."""

    def __init__(self):
        self.datapaths = {}     # Name: (key, "switch" or "router").
        self.ports = {}         # Name: (datapath, key).
        self.multicast = {}     # (datapath, name): key.
        self.sets = {}          # Name: addresses.
        self.groups = {}        # Name: ports.
        self.flows = []         # (datapath, stage, priority, match, actions)

    def fixture(self):
        ports = {name: key for name, (_, key) in self.ports.items()}
        ports.update({name: key
                      for (_, name), key in self.multicast.items()})
        groups = {f"{name}_{dp}": [m for m in members
                                   if self.datapath_key(m) == dp]
                  for name, members in self.groups.items()
                  for dp, _ in self.datapaths.values()}
        return {"ports": ports, "resident": list(self.ports),
                "address_sets": self.sets, "port_groups": groups}

    def datapath_key(self, port):
        return self.datapaths[self.ports[port][0]][0]

    def lines(self):
        """The flows as lflow_bench reads them.  A fixture has no datapaths:
        each has port groups of its own, as in OVN's southbound."""
        for dp, stage, priority, match, actions in self.flows:
            key = self.datapaths[dp][0]
            match = re.sub(r"@(\w+)", rf"@\1_{key}", match)
            yield "\t".join((stage, priority, str(key), match, actions))


# --- Scenarios ---------------------------------------------------------------

def records(folder, name):
    """The rows of an "ovn-sbctl list" as dicts of texts."""
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        for block in f.read().split("\n\n"):
            row = dict(re.findall(r"^(\w+) *: (.*)$", block, re.M))
            if row:
                yield row


def words(text):
    """The members of a set as ovn-sbctl prints it."""
    return re.findall(r'[^\s,"\[\]]+', text)


def tutorial(folder):
    s = Scenario()
    with open(os.path.join(folder, "lflow-list.txt"), encoding="utf-8") as f:
        for line in f:
            head = re.match(r'Datapath: "(.*)" \((.*)\) ', line)
            if head:
                name, uuid = head[1], head[2]
                s.datapaths.setdefault(uuid, (FIRST_KEY + len(s.datapaths),
                                              None))
                continue
            flow = re.match(r"  table=\d+ *\((\w+) *\), priority=(\d+) *, "
                            r"match=\((.*)\), action=\((.*)\)$", line)
            if not flow:
                raise ValueError(f"{name}: {line}")
            kind = "switch" if flow[1].startswith("ls_") else "router"
            s.datapaths[uuid] = (s.datapaths[uuid][0], kind)
            s.flows.append((uuid, *flow.groups()))
    for row in records(folder, "sb-port_binding.txt"):
        s.ports[row["logical_port"].strip('"')] = (row["datapath"],
                                                   int(row["tunnel_key"]))
    for row in records(folder, "sb-multicast_group.txt"):
        s.multicast[row["datapath"],
                    row["name"]] = int(row["tunnel_key"])
    for row in records(folder, "sb-address_set.txt"):
        s.sets[row["name"]] = words(row["addresses"])
    for row in records(folder, "sb-port_group.txt"):
        name = row["name"].strip('"').partition("_")[2]
        s.groups.setdefault(name, []).extend(words(row["ports"]))
    return s


def acls(n_ports, n_addresses):
    s = Scenario()
    s.datapaths["sw"] = (FIRST_KEY, "switch")
    s.ports = {f"port{i}": ("sw", i + 1) for i in range(n_ports)}
    s.groups = {"pg": list(s.ports)}
    for i in range(N_ACLS):
        s.sets[f"as{i}"] = [f"10.{i}.{j // 250}.{j % 250 + 1}"
                            for j in range(n_addresses)]
        match = (f"outport == @pg && ip4 && ip4.src == $as{i} "
                 f"&& tcp.dst == {{{80 + i}, {8080 + i}}}")
        for bit, actions in ((7, "reg0[1] = 1; next;"), (8, "next;")):
            s.flows.append(("sw", "ls_out_acl", str(2000 + i),
                            f"reg0[{bit}] == 1 && ({match})", actions))
    return s


# --- Ours --------------------------------------------------------------------

def ours(s):
    """What lflow_bench says."""
    with tempfile.TemporaryDirectory(prefix="weft-bench-") as folder:
        fixture, flows = f"{folder}/fixture.json", f"{folder}/flows"
        with open(fixture, "w", encoding="utf-8") as f:
            json.dump(s.fixture(), f)
        with open(flows, "w", encoding="utf-8") as f:
            f.writelines(f"{line}\n" for line in s.lines())
        done = subprocess.run([BENCH, fixture, flows], check=True, text=True,
                              stdout=subprocess.PIPE, timeout=300)
    return json.loads(done.stdout)


# --- Theirs ------------------------------------------------------------------

def stage_numbers():
    """Stages as OVN 23.03 numbers them, which is as we do."""
    path = os.path.join(HERE, "../../lflow/stages.h")
    with open(path, encoding="utf-8") as f:
        text = f.read()
    numbers, count = {}, {}
    for name, pipeline in re.findall(r'STAGE\(\w+, *"((l[sr]_(?:in|out))_\w+)"',
                                     text):
        numbers[name] = count.get(pipeline, 0)
        count[pipeline] = numbers[name] + 1
    return numbers


class Node(stock.Stock):
    """A stock node whose recomputations are timed."""

    def __init__(self):
        super().__init__()
        self.timeout_s = 300

    def control(self, *command):
        with open(f"{self.dir}/controller.pid", encoding="ascii") as f:
            target = f"{self.dir}/ovn-controller.{f.read().strip()}.ctl"
        return self.run("ovs-appctl", "-t", target, *command)

    def cpu_s(self):
        """CPU time of ovn-controller's main thread."""
        with open(f"{self.dir}/controller.pid", encoding="ascii") as f:
            pid = f.read().strip()
        with open(f"/proc/{pid}/task/{pid}/schedstat", encoding="ascii") as f:
            return int(f.read().split()[0]) / 1e9

    def settle(self):
        """Until it has nothing more to do."""
        self.wait()
        last = self.cpu_s()
        while True:
            time.sleep(.3)
            now = self.cpu_s()
            if now - last < .002:
                return
            last = now

    def recompute_s(self):
        """CPU seconds of computing everything anew, the median."""
        times = []
        for _ in range(ROUNDS):
            self.settle()
            start = self.cpu_s()
            self.control("lflow-cache/flush")
            self.control("inc-engine/recompute")
            self.settle()
            times.append(self.cpu_s() - start)
        return sorted(times)[ROUNDS // 2]

    def n_openflow(self):
        out = self.ofctl("dump-aggregate")
        return int(re.search(r"flow_count=(\d+)", out)[1])

    def insert(self, rows):
        """Inserts (table, row) pairs; their UUIDs."""
        ops = [{"op": "insert", "table": table, "row": row}
               for table, row in rows]
        uuids = []
        for start in range(0, len(ops), 150):
            uuids += [r["uuid"] for r in
                      self.transact(*ops[start:start + 150])]
        return uuids

    def add_names(self, s):
        """All but the flows; datapaths' UUIDs by name."""
        uuids = dict(zip(s.datapaths, self.insert(
            [("Datapath_Binding", {
                "tunnel_key": key, "external_ids": ["map", [
                    [f"logical-{kind}", f"00000000-0000-0000-0000-{key:012}"],
                    ["name", f"dp{key}"]]]})
             for key, kind in s.datapaths.values()])))
        # Children of p1, which is bound here: so are they, then.
        ports = dict(zip(s.ports, self.insert(
            [("Port_Binding", {
                "logical_port": name, "datapath": uuids[dp],
                "tunnel_key": key, "parent_port": "p1", "tag": tag})
             for tag, (name, (dp, key)) in enumerate(s.ports.items(), 1)])))
        self.insert(
            [("Multicast_Group", {
                "name": name, "datapath": uuids[dp], "tunnel_key": key,
                "ports": ["set", [uuid for port, uuid in ports.items()
                                  if s.ports[port][0] == dp]]})
             for (dp, name), key in s.multicast.items()])
        for name, members in s.groups.items():
            for dp, (key, _) in s.datapaths.items():
                mine = [m for m in members if s.ports[m][0] == dp]
                if mine:
                    self.insert([("Port_Group", {
                        "name": f"{key}_{name}", "ports": ["set", mine]})])
        for name, members in s.sets.items():
            self.add_set(name, members)
        self.wait()
        return uuids

    def add_set(self, name, members):
        self.insert([("Address_Set", {"name": name,
                                      "addresses": ["set", []]})])
        for start in range(0, len(members), 2000):
            self.transact({"op": "mutate", "table": "Address_Set",
                           "where": [["name", "==", name]],
                           "mutations": [["addresses", "insert", ["set",
                               members[start:start + 2000]]]]})

    def add_flows(self, s, uuids):
        """The flows, one row for those that are the same."""
        numbers = stage_numbers()
        same, by_group = {}, {}
        for dp, *flow in s.flows:
            same.setdefault(tuple(flow), []).append(uuids[dp])
        for (stage, priority, match, actions), group in same.items():
            by_group.setdefault(json.dumps(group), []).append(
                {"pipeline": "ingress" if "_in_" in stage else "egress",
                 "table_id": numbers[stage], "priority": int(priority),
                 "match": match, "actions": actions})
        for group, rows in by_group.items():
            for start in range(0, len(rows), 100):
                self.add_rows(json.loads(group), rows[start:start + 100])
        self.settle()

    def add_rows(self, group, rows):
        """Flows of one group of datapaths, which needs a flow to live."""
        ops = []
        if len(group) > 1:
            ops.append({"op": "insert", "table": "Logical_DP_Group",
                        "uuid-name": "g",
                        "row": {"datapaths": ["set", group]}})
            where = {"logical_dp_group": ["named-uuid", "g"]}
        else:
            where = {"logical_datapath": group[0]}
        ops += [{"op": "insert", "table": "Logical_Flow",
                 "row": {**row, **where}} for row in rows]
        self.transact(*ops)


def theirs(s):
    """Microseconds of ovn-controller for a flow, its OpenFlow flows."""
    with Node() as node:
        uuids = node.add_names(s)
        base_s, base_n = node.recompute_s(), node.n_openflow()
        node.add_flows(s, uuids)
        return {"us": (node.recompute_s() - base_s) / len(s.flows) * 1e6,
                "openflow": node.n_openflow() - base_n}


# --- Report ------------------------------------------------------------------

def report(name, s, we, they):
    ratio = they["us"] / we["table_us"]
    print(f"{name}: {we['n']} logical flows, {we['failed']} refused\n"
          f"  match {1e6 / we['match_us']:,.0f}/s, actions "
          f"{1e6 / we['actions_us']:,.0f}/s, both "
          f"{1e6 / we['compile_us']:,.0f}/s ({we['compile_us']:.1f} us)\n"
          f"  to the switch's door: ours {we['table_us']:.1f} us a flow, "
          f"ovn-controller {they['us']:.1f} us: {ratio:.1f} times\n"
          f"  OpenFlow flows: ours {we['openflow']}, ovn-controller "
          f"{they['openflow']}; {we['program_bytes'] / we['openflow']:.0f} "
          f"bytes each compiled, {we['table_bytes'] / we['openflow']:.0f} in "
          f"the table")
    return ratio >= 2 and we["openflow"] <= they["openflow"] \
        and not we["failed"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--dumps", default=DUMPS)
    parser.add_argument("--sizes", default="S,M,L")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    if stock.missing():
        print(f"skipped: {stock.missing()}")
        return 77
    scenarios = {}
    if os.path.exists(os.path.join(args.dumps, "lflow-list.txt")):
        scenarios["tutorial"] = tutorial(args.dumps)
    else:
        print(f"tutorial left out: no dumps in {args.dumps}")
    for size in filter(None, args.sizes.split(",")):
        scenarios[size] = acls(*SIZES[size])
    good, results = True, {}
    for name, s in scenarios.items():
        we, they = ours(s), theirs(s)
        results[name] = {"ours": we, "ovn-controller": they}
        good &= report(name, s, we, they)
        sys.stdout.flush()
    if args.json:
        print(json.dumps(results))
    print("goal (twice as fast, no more OpenFlow flows):",
          "met" if good else "MISSED")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
