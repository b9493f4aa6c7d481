#!/usr/bin/python3
"""Actions of logical flows: our compiler against stock ovn-controller.

Each case is a list of actions in a logical flow.  Stock OVN compiles it into
br-int (lflow_action_stock.py); ours by lflow_action_compare.  Both must make
the same OpenFlow flows (matches, so prerequisites too; actions; userdata;
groups) or both refuse with the same message (up to the token that we add).

    lflow_actions.py [--seed N] [--count N] [--only hand|generated] [TEXT...]

Cases: every line of lflow_actions_cases.txt ("MATCH ::: ACTIONS" or
"ACTIONS"), in the four pipelines where it says so, and generated ones.
Known differences, each with its reason, are in lflow_actions_known.txt.
"""
import argparse
import os
import random
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from lflow_action_generate import generate  # noqa: E402
from lflow_action_stock import Stock, missing  # noqa: E402

BUILD = os.environ.get("WEFT_BUILD_DIR", os.getcwd())
COMPARE = os.path.join(BUILD, "tests", "lflow_action_compare")
PLACES = (("switch", "ingress"), ("switch", "egress"),
          ("router", "ingress"), ("router", "egress"))
STAGE = 10
BATCH = 250
COOKIE = "12345678"


class Ours:
    """The program lflow_action_compare, asked line by line."""

    def __init__(self):
        self.process = subprocess.Popen([COMPARE], text=True,
                                        stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE)
        self.groups = {}

    def compile(self, place, match, actions):
        """(sorted flows, error or None, formatted actions or None)."""
        print("flow", " ".join(place), STAGE, match, actions, sep="\t",
              file=self.process.stdin, flush=True)
        flows, error, text = [], None, None
        for line in self.process.stdout:
            kind, _, rest = line.rstrip("\n").partition(" ")
            if kind == "end":
                return sorted(flows), error, text
            if kind == "flow":
                flows.append(rest)
            elif kind == "error":
                error = rest
            elif kind == "text":
                text = rest
        raise RuntimeError(f"lflow_action_compare died of: {actions}")

    def canonical_group(self, text):
        if text not in self.groups:
            print("group", text, sep="\t", file=self.process.stdin,
                  flush=True)
            self.groups[text] = self.process.stdout.readline()[6:].rstrip()
        return self.groups[text]


def stock_flow(line, groups, ours, cookie):
    """A line of dump-flows in the form that ours has."""
    line = re.sub(r"^.*?table=", "table=", line)
    line = re.sub(r"(meter_id=|meter:)\d+", r"\1N", line)
    line = line.replace(f"obs_point_id={int(cookie, 16)}",
                        f"obs_point_id={int(COOKIE, 16)}")
    return re.sub(r"group:(\d+)", lambda m: "group:" + ours.canonical_group(
        groups[int(m[1])]), line)


def our_flow(line):
    return re.sub(r"(meter_id=|meter:)\d+", r"\1N", line)


def same_error(ours, theirs):
    """Ours names place and token beside OVN's words."""
    ours = re.sub(r"^(actions|match)(:\d+)?: ", "", ours)
    ours = re.sub(r" \(at `.*'\)$", "", ours)
    theirs = re.sub(r"`(.{60}).*' ", r"`\1' ", theirs)  # We show 60 bytes.
    return ours.rstrip(".") == theirs.rstrip(".")


def canonical_match(flow):
    """The match's parts in one order, zero values as OVS writes them."""
    head, _, actions = flow.partition(" actions=")
    parts = sorted(re.split(r", ?", head))
    return ",".join(parts), actions


def compare(case, place, stock, ours):
    """None, or how the two differ."""
    match, actions, answer = case
    flows, error, text = ours.compile(place, match, actions)
    if error or answer["error"]:
        if error and answer["error"] and same_error(error, answer["error"]):
            return None
        return f"  ours:   {error or flows}\n  stock:  " \
               f"{answer['error'] or answer['flows']}"
    ours_set = sorted(canonical_match(our_flow(f)) for f in flows)
    stock_set = sorted(canonical_match(
        stock_flow(f, answer["groups"], ours, answer["cookie"]))
        for f in answer["flows"])
    if ours_set != stock_set:
        return "".join(f"  ours:   {f}\n" for f in ours_set) \
            + "".join(f"  stock:  {f}\n" for f in stock_set)
    again = ours.compile(place, match, text)
    if again[0] != flows or again[2] != text:
        return f"  formatted as {text}\n  which is {again}"
    return None


def read_list(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line and not line.startswith("#"):
                yield line


def split_case(line):
    match, colons, actions = line.partition(" ::: ")
    return (match, actions) if colons else ("", line)


def run_batch(stock, ours, place, cases, known):
    """Compares cases (match, actions); the number that differ."""
    answers = stock.compile(cases, place[0], place[1], STAGE)
    bad = 0
    for number, ((match, actions), answer) in enumerate(zip(cases, answers)):
        full = f"reg9 == {number}" + (f" && {match}" if match else "")
        difference = compare((full, actions, answer), place, stock, ours)
        expected = actions in known
        if difference and not expected:
            bad += 1
            print(f"{' '.join(place)}: {match} {actions}\n{difference}")
        elif expected and not difference:
            bad += 1
            print(f"{' '.join(place)}: {actions}\n  is the same, though "
                  f"lflow_actions_known.txt says that it differs")
    return bad


def generated(rng, ours, place, count):
    """Cases that a switch accepts: one that it refuses would make it refuse
    the whole bundle of stock OVN's flows."""
    cases, refused = [], 0
    while len(cases) < count:
        match, actions = generate(rng, place)
        flows, error, _ = ours.compile(place, match or "1", actions)
        if error or not flows or any("refused" in f for f in flows):
            refused += 1
        else:
            cases.append((match, actions))
    print(f"{' '.join(place)}: {count} generated, {refused} left out")
    return cases


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1200)
    parser.add_argument("--only", choices=("hand", "generated"))
    parser.add_argument("text", nargs="*")
    args = parser.parse_args()
    why = missing()
    if why:
        print(f"skipped: {why}")
        return 77
    ours = Ours()
    jobs = []
    if args.text:
        jobs.append((PLACES[0], [split_case(t) for t in args.text]))
    else:
        hand = [split_case(t) for t in read_list("lflow_actions_cases.txt")]
        rng = random.Random(args.seed)
        if args.only != "generated":
            jobs += [(place, hand) for place in PLACES]
        if args.only != "hand":
            jobs += [(place, generated(rng, ours, place,
                                       args.count // len(PLACES)))
                     for place in PLACES]
    known = set(t.partition("  #")[0]
                for t in read_list("lflow_actions_known.txt"))
    total = bad = 0
    with Stock() as stock:
        for place, cases in jobs:
            for start in range(0, len(cases), BATCH):
                batch = cases[start:start + BATCH]
                bad += run_batch(stock, ours, place, batch, known)
                total += len(batch)
    print(f"{total} lists of actions, {bad} differ")
    return 1 if bad or not total else 0


if __name__ == "__main__":
    sys.exit(main())
