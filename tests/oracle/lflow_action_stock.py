"""A stock OVN node that compiles the logical flows it is handed.

A southbound ovsdb-server without ovn-northd, one Open vSwitch with the
userspace datapath and one ovn-controller, in a network namespace and a
folder of their own.  `Stock.compile()` writes logical flows, waits until the
node has installed them, and answers each flow's OpenFlow flows, found by
their cookie, or the error that ovn-controller logged.
"""
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
import ending  # noqa: E402,F401

NEEDED = ("ovn-controller", "ovsdb-server", "ovs-vswitchd", "ip",
          "ovsdb-tool", "ovsdb-client", "ovs-ofctl", "ovs-vsctl")
SB_SCHEMA = "/usr/share/ovn/ovn-sb.ovsschema"
VSWITCH_SCHEMA = "/usr/share/openvswitch/vswitch.ovsschema"
PORTS = ("p1", "p2", "p3")
COLLECTOR_SETS = (0, 100, 200)
METERS = ("meter1", "event-elb")


def missing():
    """What this machine lacks for a stock node, or None."""
    for tool in NEEDED:
        if not shutil.which(tool):
            return f"{tool} is not installed"
    for path in (SB_SCHEMA, VSWITCH_SCHEMA):
        if not os.path.exists(path):
            return f"{path} is missing"
    return "not root" if os.geteuid() else None


class Stock:
    """One stock node; use as a context manager."""

    def __init__(self, keep=False):
        self.dir = tempfile.mkdtemp(prefix="weft-act-")
        self.ns = f"wact{os.getpid()}"
        self.keep = keep
        self.sync = 0
        self.timeout_s = 30
        self.env = dict(os.environ)
        for name in ("OVS_RUNDIR", "OVS_LOGDIR", "OVS_DBDIR", "OVN_RUNDIR",
                     "OVN_LOGDIR", "OVN_DBDIR"):
            self.env[name] = self.dir
        self.sb = f"unix:{self.dir}/sb.sock"

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        if not self.keep:
            self.close()

    def run(self, *argv, ns=False):
        """Runs a command to its end and returns what it printed."""
        if ns:
            argv = ("ip", "netns", "exec", self.ns) + argv
        done = subprocess.run(argv, env=self.env, timeout=120, text=True,
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode:
            raise RuntimeError(f"{' '.join(argv)[:300]}: {done.stderr}")
        return done.stdout

    def _start(self):
        d = self.dir
        self.run("ovsdb-tool", "create", f"{d}/sb.db", SB_SCHEMA)
        self.run("ovsdb-tool", "create", f"{d}/conf.db", VSWITCH_SCHEMA)
        self.run("ip", "netns", "add", self.ns)
        self.run("ip", "-n", self.ns, "link", "set", "lo", "up")
        for name, sock in (("sb", "sb.sock"), ("conf", "db.sock")):
            self._daemon("ovsdb-server", f"{d}/{name}.db",
                         f"--remote=punix:{d}/{sock}",
                         f"--pidfile={d}/{name}.pid",
                         f"--log-file={d}/{name}.log",
                         f"--unixctl={d}/{name}.ctl")
        vsctl = ("ovs-vsctl", "--no-wait", f"--db=unix:{d}/db.sock")
        self.run(*vsctl, "init")
        self._daemon("ovs-vswitchd", f"unix:{d}/db.sock",
                     f"--pidfile={d}/vswitchd.pid", "--disable-system",
                     f"--log-file={d}/vswitchd.log",
                     f"--unixctl={d}/vswitchd.ctl")
        self._write_base()
        argv = list(vsctl) + [
            "--", "add-br", "br-int", "--", "set", "bridge", "br-int",
            "datapath_type=netdev", "fail_mode=secure",
            "--", "set", "Open_vSwitch", ".",
            "external_ids:system-id=hv1", "external_ids:hostname=hv1",
            f"external_ids:ovn-remote={self.sb}",
            "external_ids:ovn-encap-type=geneve",
            "external_ids:ovn-encap-ip=127.0.0.1",
            "external_ids:ovn-bridge-datapath-type=netdev"]
        for port in PORTS + ("q1",):
            argv += ["--", "add-port", "br-int", f"v{port}", "--", "set",
                     "interface", f"v{port}", "type=internal",
                     f"external_ids:iface-id={port}"]
        self.run(*argv)
        self._daemon("ovn-controller", f"unix:{d}/db.sock",
                     f"--pidfile={d}/controller.pid",
                     f"--log-file={d}/controller.log")
        with open(f"{d}/controller.pid", encoding="ascii") as pid:
            control = f"{d}/ovn-controller.{pid.read().strip()}.ctl"
        self.run("ovs-appctl", "-t", control, "vlog/disable-rate-limit")
        self.wait()
        # ovn-controller sees the sets only once br-int is its own.
        argv = list(vsctl) + ["--", "--id=@b", "get", "Bridge", "br-int"]
        for number in COLLECTOR_SETS:
            argv += ["--", "create", "Flow_Sample_Collector_Set",
                     f"id={number}", "bridge=@b"]
        self.run(*argv)

    def _daemon(self, *argv):
        self.run(*argv, "--detach", "--no-chdir", "-vconsole:off", ns=True)

    def transact(self, *operations):
        """Runs operations on the southbound database; their results."""
        text = json.dumps(["OVN_Southbound", *operations])
        results = json.loads(
            self.run("ovsdb-client", "transact", self.sb, text))
        for result in results:
            if result and "error" in result:
                raise RuntimeError(str(result))
        return results

    def _write_base(self):
        """A switch with ports p1..p3, a router with q1, DHCP options, a
        multicast group, a meter-less rest."""
        def uuid(name):
            return ["named-uuid", name]

        def insert(table, label=None, **row):
            op = {"op": "insert", "table": table, "row": row}
            if label:
                op["uuid-name"] = label
            return op

        def dp(name, key, kind):
            ident = f"00000000-0000-0000-0000-00000000000{key}"
            return insert("Datapath_Binding", name, tunnel_key=key,
                          external_ids=["map", [[f"logical-{kind}", ident],
                                                ["name", name]]])

        ops = [insert("SB_Global", "g"), dp("sw", 1, "switch"),
               dp("rt", 2, "router")]
        for key, port in enumerate(PORTS, 1):
            ops.append(insert("Port_Binding", f"port_{port}",
                              logical_port=port, tunnel_key=key,
                              datapath=uuid("sw"),
                              mac=f"00:00:00:00:00:0{key}"))
        ops.append(insert("Port_Binding", "port_q1", logical_port="q1",
                          tunnel_key=1, datapath=uuid("rt"),
                          mac="00:00:00:00:01:01"))
        ops.append(insert("Multicast_Group", "mc", name="_MC_flood",
                          tunnel_key=32768, datapath=uuid("sw"),
                          ports=["set", [uuid(f"port_{p}") for p in PORTS]]))
        for number, name in enumerate(METERS):
            ops.append(insert("Meter_Band", f"band{number}", action="drop",
                              rate=100, burst_size=10))
            ops.append(insert("Meter", f"meter{number}", name=name,
                              unit="pktps", bands=uuid(f"band{number}")))
        for table, rows in (("DHCP_Options", DHCPV4),
                            ("DHCPv6_Options", DHCPV6)):
            ops += [insert(table, **dict(zip(("name", "code", "type"), row)))
                    for row in rows]
        results = self.transact(*ops)
        self.dp = {"switch": results[1]["uuid"], "router": results[2]["uuid"]}

    def wait(self):
        """Until ovn-controller has applied everything written so far."""
        self.sync += 1
        self.transact({"op": "update", "table": "SB_Global", "where": [],
                       "row": {"nb_cfg": self.sync}})
        deadline = time.monotonic() + self.timeout_s
        while time.monotonic() < deadline:
            rows = self.transact({"op": "select", "table": "Chassis_Private",
                                  "where": [], "columns": ["nb_cfg"]})
            if rows[0]["rows"] and rows[0]["rows"][0]["nb_cfg"] >= self.sync:
                return
            time.sleep(0.05)
        with open(f"{self.dir}/controller.log", encoding="utf-8",
                  errors="replace") as log:
            said = [line for line in log if "|ERR|" in line
                    or "OpenFlow error" in line or "EMER" in line]
        raise TimeoutError("ovn-controller did not follow: "
                           + "".join(said[-5:]))

    def ofctl(self, command):
        return self.run("ovs-ofctl", "-O", "OpenFlow15", "--no-stats",
                        command, f"unix:{self.dir}/br-int.mgmt")

    def compile(self, actions, datapath="switch", pipeline="ingress",
                table=10):
        """Compiles each of 'actions', texts or pairs (match, text), in a
        flow of its own.  Returns for each a dict: 'flows' (dump-flows
        lines), 'error' (text or None), 'groups' (id to its text), 'meters'.
        """
        log = open(f"{self.dir}/controller.log", encoding="utf-8",
                   errors="replace")
        log.seek(0, os.SEEK_END)
        ops = []
        for number, text in enumerate(actions):
            match = f"reg9 == {number}"
            if isinstance(text, tuple):
                match += f" && {text[0]}" if text[0] else ""
                text = text[1]
            row = {"logical_datapath": self.dp[datapath],
                   "pipeline": pipeline, "table_id": table,
                   "priority": 100, "match": match, "actions": text}
            ops.append({"op": "insert", "table": "Logical_Flow", "row": row})
        uuids = [r["uuid"][1] for r in self.transact(*ops)]
        self.wait()
        found = {}
        for line in self.ofctl("dump-flows").splitlines():
            cookie = re.search(r"cookie=0x([0-9a-f]+)", line)
            if cookie:
                found.setdefault(int(cookie[1], 16), []).append(line.strip())
        groups = {int(m[1]): m[2] for m in re.finditer(
            r"group_id=(\d+),(.*)", self.ofctl("dump-groups"))}
        meters = self.ofctl("dump-meters")
        errors = {}
        for line in log:
            hit = re.search(r"error parsing actions \"(.*)\": (.*)$", line)
            if hit:
                errors[hit[1]] = hit[2]
        log.close()
        self.transact({"op": "delete", "table": "Logical_Flow", "where": []})
        texts = [t[1] if isinstance(t, tuple) else t for t in actions]
        return [{"flows": found.get(int(u[:8], 16), []),
                 "error": errors.get(t), "cookie": u[:8],
                 "groups": groups, "meters": meters}
                for u, t in zip(uuids, texts)]

    def close(self):
        """Ends every process by its pid file and removes what we made."""
        for name in ("controller", "vswitchd", "conf", "sb"):
            try:
                with open(f"{self.dir}/{name}.pid", encoding="ascii") as f:
                    pid = int(f.read())
            except (OSError, ValueError):
                continue
            self._end(pid)
        subprocess.run(["ip", "netns", "del", self.ns], check=False,
                       stderr=subprocess.DEVNULL)
        shutil.rmtree(self.dir, ignore_errors=True)

    @staticmethod
    def _end(pid):
        for number, wait_s in ((signal.SIGTERM, 5), (signal.SIGKILL, 5)):
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return
            deadline = time.monotonic() + wait_s
            while time.monotonic() < deadline:
                if not os.path.exists(f"/proc/{pid}"):
                    return
                time.sleep(0.02)


# name, code, type: what a test of DHCP options needs of each type.
DHCPV4 = (
    ("offerip", 0, "ipv4"), ("netmask", 1, "ipv4"), ("router", 3, "ipv4"),
    ("dns_server", 6, "ipv4"), ("hostname", 12, "str"),
    ("domain_name", 15, "str"), ("ip_forward_enable", 19, "bool"),
    ("default_ttl", 23, "uint8"), ("mtu", 26, "uint16"),
    ("lease_time", 51, "uint32"), ("server_id", 54, "ipv4"),
    ("tftp_server", 66, "host_id"), ("bootfile_name", 67, "str"),
    ("domain_search_list", 119, "domains"),
    ("classless_static_route", 121, "static_routes"), ("wpad", 252, "str"),
    ("T1", 58, "uint32"), ("path_prefix", 210, "str"),
    ("tftp_server_address", 150, "ipv4"), ("next_server", 253, "ipv4"),
    ("bootfile_name_alt", 254, "str"),
)
DHCPV6 = (("server_id", 2, "mac"), ("ia_addr", 5, "ipv6"),
          ("domain_search", 24, "str"), ("dns_server", 23, "ipv6"))
