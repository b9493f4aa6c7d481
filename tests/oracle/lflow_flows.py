"""Whole logical flows, match and actions together: ours against stock OVN.

Random matches over all fields and operators (lflow_expr.py's) with random
actions (lflow_actions.py's), 2,000 of them over the four pipelines.
ovn-controller compiles them into br-int; ours must be in the same OpenFlow
table, accept the same packets (so prerequisites of the actions count too; the
number of flows may be less, never more), and do the same: their actions must
be equal, word for word as the switch tells them.

    /usr/bin/python3 lflow_flows.py [--seed N] [--number N] [--full]

--full is 20,000 flows.
"""
import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import lflow_actions  # noqa: E402
import lflow_expr  # noqa: E402
from lflow_action_generate import generate  # noqa: E402
from lflow_action_stock import missing  # noqa: E402

FULL = 20000
BATCH = 500
# OpenFlow tables of stage 10 in ovn-controller 23.03.
TABLES = {"ingress": 18, "egress": 52}
CONJUNCTION = re.compile(r"^(conjunction\([^)]*\),?)+$")


class Ours(lflow_actions.Ours):
    """The same with address sets and port groups."""

    def __init__(self, fixture):
        # pylint: disable=super-init-not-called,consider-using-with
        self.process = subprocess.Popen([lflow_actions.COMPARE, fixture],
                                        text=True, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.groups = {}


class Node(lflow_expr.Oracle):
    """A stock node that compiles flows of any place."""

    def flows(self, cases, place):
        """For each (match, actions): OpenFlow flows, and its cookie."""
        datapath, pipeline = place
        ops = [{"op": "insert", "table": "Logical_Flow",
                "row": {"logical_datapath": self.dp[datapath],
                        "pipeline": pipeline,
                        "table_id": lflow_actions.STAGE,
                        "priority": number, "match": match,
                        "actions": actions}}
               for number, (match, actions) in enumerate(cases, 1)]
        cookies = []
        for start in range(0, len(ops), 100):   # An argument's length.
            cookies += [r["uuid"][1][:8] for r in
                        self.transact(*ops[start:start + 100])]
        self.timeout_s = 60
        self.wait()
        found = {}
        for line in self.ofctl("dump-flows").splitlines():
            hit = re.search(r"table=(\d+), priority=(\d+)[, ]", line)
            if hit and int(hit[1]) == TABLES[pipeline]:
                found.setdefault(int(hit[2]), []).append(line.strip())
        groups = {int(m[1]): m[2] for m in re.finditer(
            r"group_id=(\d+),(.*)", self.ofctl("dump-groups"))}
        self.transact({"op": "delete", "table": "Logical_Flow", "where": []})
        self.wait()
        return [(found.get(number, []), cookie)
                for number, cookie in enumerate(cookies, 1)], groups


def split(flow):
    """(table, match, actions) of a line as dump-flows has it."""
    hit = re.match(r"table=(\d+), priority=\d+,? ?(.*?),? ?actions=(.*)$",
                   flow)
    match = re.sub(r"metadata=0x\w+", "metadata=0x1", hit[2])
    return int(hit[1]), match, hit[3]


def for_compare(flow):
    """The flow for lflow_expr_compare, which only wants conjunctions."""
    _, match, actions = split(flow)
    return f"{match},actions=" + (actions if CONJUNCTION.match(actions)
                                  else "drop")


def verdicts(records, fixture):
    """What lflow_expr_compare says of each (ours, theirs)."""
    lines = []
    for ours, theirs in records:
        lines.append("expr 0")
        lines += [f"ours {for_compare(flow)}" for flow in ours]
        lines += [f"flow {for_compare(flow)}" for flow in theirs]
        lines.append("end")
    done = subprocess.run([lflow_expr.COMPARE, fixture], text=True,
                          input="\n".join(lines) + "\n", timeout=200,
                          capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{done.returncode} {done.stderr}")
    return done.stdout.splitlines()


def outcome(flows):
    """Where flows are and what they do, conjunctions left out."""
    return sorted({(table, actions) for table, _, actions
                   in map(split, flows) if not CONJUNCTION.match(actions)})


def case(generator, rng, place, ours):
    """A (match, actions) that a switch takes; mostly one that can match."""
    for attempt in range(1000):
        expr = generator()
        if place[0] == "router" and re.search(r"port|@", expr):
            continue                    # Those are the switch's.
        protocol, actions = generate(rng, place)
        match = f"({expr}) && {protocol}" if protocol else expr
        flows, error, _ = ours.compile(place, match, actions)
        if error or any("refused" in f for f in flows):
            continue                    # Stock OVN's whole bundle would fail.
        if len(flows) <= 300 and (flows or attempt % 10 == 9):
            return match, actions, flows
    raise RuntimeError("the generator finds nothing")


def run_batch(node, ours, place, cases, fixture):
    """How many flows we make, they make, and which cases differ."""
    answers, groups = node.flows([c[:2] for c in cases], place)
    records, bad = [], []
    for (match, actions, flows), (lines, cookie) in zip(cases, answers):
        theirs = [lflow_actions.stock_flow(line, groups, ours, cookie)
                  for line in lines]
        flows = [lflow_actions.our_flow(flow) for flow in flows]
        records.append((flows, theirs))
        if outcome(flows) != outcome(theirs):
            bad.append(f"{match} ::: {actions}\n  ours:  {outcome(flows)}"
                       f"\n  stock: {outcome(theirs)}")
    accepted = 0
    for (match, actions, _), record, verdict in zip(
            cases, records, verdicts(records, fixture)):
        kind, *rest = verdict.split(" ", 3)
        if kind != "same" or int(rest[0]) > int(rest[1]):
            bad.append(f"{match} ::: {actions}\n  {verdict}\n  ours:  "
                       f"{record[0][:5]}\n  stock: {record[1][:5]}")
        else:
            accepted += int(rest[2])
    return (sum(len(r[0]) for r in records), sum(len(r[1]) for r in records),
            accepted, bad)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=2000)
    parser.add_argument("--full", action="store_true")
    args = parser.parse_args()
    if missing():
        print(f"skipped: {missing()}")
        return 77
    number = FULL if args.full else args.number
    generator, rng = lflow_expr.Generator(args.seed), random.Random(args.seed)
    n, n_ours, n_theirs, n_accepted, bad = 0, 0, 0, 0, []
    with Node() as node, \
            tempfile.TemporaryDirectory(prefix="weft-flows-") as folder:
        fixture = os.path.join(folder, "fixture.json")
        with open(fixture, "w", encoding="utf-8") as f:
            json.dump(lflow_expr.FIXTURE, f)
        ours = Ours(fixture)
        node.prepare()
        for place in lflow_actions.PLACES:
            left = number // len(lflow_actions.PLACES)
            while left:
                cases = [case(generator, rng, place, ours)
                         for _ in range(min(left, BATCH))]
                a, b, c, more = run_batch(node, ours, place, cases, fixture)
                n, left = n + len(cases), left - len(cases)
                n_ours, n_theirs, n_accepted = (n_ours + a, n_theirs + b,
                                                n_accepted + c)
                bad += [f"{' '.join(place)}: {text}" for text in more]
    for text in bad[:30]:
        print(text)
    print(f"{n} flows, {len(bad)} differ; {n_ours} OpenFlow flows, stock OVN "
          f"{n_theirs}; {n_accepted} packets accepted by both")
    return 1 if bad or n < number or n_accepted < n else 0


if __name__ == "__main__":
    sys.exit(main())
