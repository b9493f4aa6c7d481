"""CPU time of match expressions: ours against ovn-controller's, in one run.

The same flows (generated expressions; an ACL over an address set of 10,000
addresses) are in a stock southbound database; ovn-controller drops its cache
and computes everything anew, several times.  Its time includes actions (only
"next;") and its comparison with what is installed; the time of a node without
those flows is taken off.  Ours is lflow_match_bench's.

    /usr/bin/python3 lflow_match_stock.py [--number N]
"""
import argparse
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "oracle"))
import lflow_action_stock as stock  # noqa: E402
import lflow_expr  # noqa: E402

BENCH = os.path.join(os.environ.get("WEFT_BUILD_DIR", "build"), "bin",
                     "lflow_match_bench")
ACL = 'ip4 && ip4.src == $set && tcp.dst == {80, 443}'
ROUNDS = 5


class Node(lflow_expr.Oracle):
    """A stock node whose recomputations are timed."""

    def cpu_s(self):
        with open(f"{self.dir}/controller.pid", encoding="ascii") as f:
            pid = f.read().strip()
        with open(f"/proc/{pid}/stat", encoding="ascii") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def control(self, command):
        with open(f"{self.dir}/controller.pid", encoding="ascii") as f:
            target = f"{self.dir}/ovn-controller.{f.read().strip()}.ctl"
        self.run("ovs-appctl", "-t", target, command)

    def recompute_s(self):
        """CPU seconds of one recomputation, the median of several."""
        times = []
        for _ in range(ROUNDS):
            self.wait()
            time.sleep(.3)
            start = self.cpu_s()
            self.control("lflow-cache/flush")
            self.control("inc-engine/recompute")
            self.wait()
            time.sleep(.3)
            times.append(self.cpu_s() - start)
        return sorted(times)[ROUNDS // 2]

    def insert(self, texts):
        ops = [{"op": "insert", "table": "Logical_Flow",
                "row": {"logical_datapath": self.dp["switch"],
                        "pipeline": "ingress", "table_id": 10,
                        "priority": number + 1, "match": text,
                        "actions": "next;"}}
               for number, text in enumerate(texts)]
        for start in range(0, len(ops), 150):
            self.transact(*ops[start:start + 150])
        self.timeout_s = 120
        self.wait()

    def clear(self):
        self.transact({"op": "delete", "table": "Logical_Flow", "where": []})
        self.wait()

    def add_set(self, n):
        """$set with n addresses, a few at a time."""
        addresses = [f"10.{i // 4000 + 1}.{i % 4000 // 250}.{i % 250 + 1}"
                     for i in range(n)]
        self.transact({"op": "insert", "table": "Address_Set",
                       "row": {"name": "set", "addresses": ["set", []]}})
        for start in range(0, n, 2000):
            self.transact({"op": "mutate", "table": "Address_Set",
                           "where": [["name", "==", "set"]],
                           "mutations": [["addresses", "insert", ["set",
                               addresses[start:start + 2000]]]]})
        self.wait()


def ours_us(texts):
    """Our microseconds for an expression."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as f:
        f.write("\n".join(texts) + "\n")
        f.flush()
        out = subprocess.run([BENCH, f.name], capture_output=True, text=True,
                             timeout=120, check=True).stdout
    return float(re.search(r"([\d.]+) us each", out)[1])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--number", type=int, default=1500)
    args = parser.parse_args()
    if stock.missing():
        print(f"skipped: {stock.missing()}")
        return 77
    generator = lflow_expr.Generator(1)
    # Our bench knows one set only: the same text for both.
    generated = [re.sub(r"\$\w+", "{1, 2, 3}", generator())
                 for _ in range(args.number)]
    generated = [t for t in generated if "@pg" not in t]
    with Node() as node:
        node.prepare()
        base = node.recompute_s()
        node.insert(generated)
        theirs = (node.recompute_s() - base) / len(generated) * 1e6
        node.clear()
        node.add_set(10000)
        node.insert([ACL] * 5)
        theirs_set = (node.recompute_s() - base) / 5 * 1e6
    ours, ours_set = ours_us(generated), ours_us([ACL])
    print(f"generated: ours {ours:.1f} us, ovn-controller {theirs:.1f} us "
          f"a flow ({theirs / ours:.1f} times)")
    print(f"10,000 addresses: ours {ours_set:.0f} us, ovn-controller "
          f"{theirs_set:.0f} us a flow ({theirs_set / ours_set:.1f} times)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
