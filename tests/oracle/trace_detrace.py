#!/usr/bin/python3
"""What a switch does, explained: ofproto/trace through ovn-detrace, and
ovn-trace --ovs, on a simulated hypervisor with the tutorial's network.

Every cookie in the switch's trace must be explained, by the logical flow with
the stage that the OpenFlow table stands for or by a port, and the logical
flows must be those that weftctl trace shows, in the same order.

    trace_detrace.py
"""
import os
import re
import subprocess
import sys

SOURCE = os.environ.get('WEFT_SOURCE_DIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(SOURCE, 'tests/support'))
from sandbox import Sandbox, run, wait_until  # noqa: E402

A_MAC, B_MAC, N1_MAC = ('fa:16:3e:a9:4c:c7', 'fa:16:3e:99:7a:17',
                        'fa:16:3e:f6:e2:8f')
C_MAC = 'fa:16:3e:89:f2:36'
NB_SH = os.path.join(SOURCE, 'tests/system/tutorial/nb.sh')


class Test:
    def __init__(self, sandbox):
        self.s = sandbox
        self.n_failed = 0

    def check(self, ok, what, text=''):
        print(f'{"ok  " if ok else "FAIL"} - {what}', flush=True)
        if not ok:
            print(text)
            self.n_failed += 1

    def tool(self, name, *argv, stdin=None):
        return subprocess.run(
            [self.s.program(name), *argv], input=stdin, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
            timeout=60, env={**os.environ, **self.s.weft_env()}).stdout

    def nb(self, *chapters):
        path = f'{os.path.dirname(self.s.program("ovn-nbctl"))}:' \
               f'{os.environ["PATH"]}'
        run([NB_SH, *chapters], timeout=120,
            env={**os.environ, **self.s.weft_env(), 'PATH': path})

    def ofproto_trace(self, flow):
        return self.s.hv(1, 'ovs-appctl', 'ofproto/trace', 'br-int', flow,
                         '--ct-next', 'trk,est', '--ct-next',
                         'trk,est').stdout

    def ofport(self, iface_id):
        return self.s.hv(1, 'ovs-vsctl', '--bare', '--columns=ofport',
                         'find', 'Interface',
                         f'external_ids:iface-id={iface_id}').stdout.strip()

    def explained(self, what, flow, microflow):
        physical = self.ofproto_trace(flow)
        text = self.tool('ovn-detrace', stdin=physical)
        stripped = [line.strip() for line in physical.splitlines()]
        kept = [line.strip() for line in text.splitlines()
                if not re.match(r' +\* ', line)]
        self.check(kept == stripped, f'{what}: nothing of the trace is lost',
                   text)
        # Each flow with what was said of it.
        flows = re.split(r'(?m)^(?=\d+\. )', text)[1:]
        bare = [f for f in flows if 'cookie 0x' in f
                and ' * Logical' not in f]
        self.check(flows and not bare, f'{what}: every cookie is explained',
                   '\n'.join(bare))
        seen = []
        for f in flows:
            m = re.search(r'Logical flow: table=(\d+) \((\w+)\)', f)
            if m:
                seen.append(m[2])
                base = 8 if '_in_' in m[2] else 42
                table = int(f.split('.')[0])
                self.check(table == base + int(m[1]),
                           f'{what}: table {table} is {m[2]}', f)
        logical = re.findall(r'(?m)^ *\d+\. (\w+) \(',
                             self.tool('ovn-trace', 'n1', microflow))
        missing = [stage for stage in logical if stage not in seen]
        self.check(logical and not missing,
                   f'{what}: the stages of ovn-trace are among them',
                   f'{missing}\n{text}')
        return text

    def run(self):
        self.s.start_weft()
        self.nb('switching', 'routing_n2', 'routing_r')
        for vm, mac, ip in (('a', A_MAC, '10.1.1.5/24'),
                            ('b', B_MAC, '10.1.1.6/24'),
                            ('c', C_MAC, '10.1.2.7/24')):
            self.s.add_vm(1, vm, mac, ip, iface_id=f'{vm}p')
        self.tool('ovn-nbctl', '--wait=hv', 'sync')
        wait_until('the ports', lambda: self.s.ping('a', '10.1.1.6', 1))
        a = self.ofport('ap')
        text = self.explained(
            'a to b', f'in_port={a},icmp,dl_src={A_MAC},dl_dst={B_MAC},'
            'nw_src=10.1.1.5,nw_dst=10.1.1.6,nw_ttl=64,icmp_type=8',
            f'inport == "ap" && eth.src == {A_MAC} && eth.dst == {B_MAC} && '
            'ip4.src == 10.1.1.5 && ip4.dst == 10.1.1.6 && ip.ttl == 64 && '
            'icmp4.type == 8')
        for wanted in (
                r'   \* ACL: from-lport, priority=1002, match=\(inport == '
                r'@pg_default && ip4\), allow-related',
                r'   \* Logical Switch Port: bp type  \(addresses '
                r"\['fa:16:3e:99:7a:17 10.1.1.6'\], dynamic addresses \[\], "
                r"security \['fa:16:3e:99:7a:17 10.1.1.6'\]\)",
                r'  \* Port Binding: logical_port "ap", tunnel_key \d+, '
                r'chassis-name "hv1", chassis-str "hv1"',
                r'  \*     "n1" \([0-9a-f-]{36}\) \[egress\]'):
            self.check(re.search(wanted, text), f'says {wanted}', text)
        text = self.explained(
            'a to c', f'in_port={a},icmp,dl_src={A_MAC},dl_dst={N1_MAC},'
            'nw_src=10.1.1.5,nw_dst=10.1.2.7,nw_ttl=64,icmp_type=8',
            f'inport == "ap" && eth.src == {A_MAC} && eth.dst == {N1_MAC} && '
            'ip4.src == 10.1.1.5 && ip4.dst == 10.1.2.7 && ip.ttl == 64 && '
            'icmp4.type == 8')
        self.check('   * Logical Router Port: lrp-n1 mac fa:16:3e:f6:e2:8f '
                   "networks ['10.1.1.1/24']" in text,
                   'names router ports', text)
        self.ovs()
        self.inject()

    def ovs(self):
        rundir = self.s.path('hv1')
        text = self.tool(
            'ovn-trace', f'--ovs=unix:{rundir}/br-int.mgmt', 'n1',
            f'inport == "ap" && eth.src == {A_MAC} && eth.dst == {B_MAC}')
        self.check(re.search(
            r'(?m)^25\. ls_in_l2_lkup .*\n    cookie=0x\w+, duration=.*, '
            r'table=33, n_packets=\d+, .*priority=50,metadata=0x\w+,'
            rf'dl_dst={B_MAC} actions=.*resubmit', text),
                   'ovn-trace --ovs shows OpenFlow flows', text)
        lflow = (r'(?m)^  table=25\(ls_in_l2_lkup +\), priority=50 +, '
                 rf'match=\(eth.dst == {B_MAC}\), .*\n    ')
        ovs = f'--ovs=unix:{rundir}/br-int.mgmt'
        text = self.tool('ovn-sbctl', ovs, 'lflow-list', 'n1')
        self.check(re.search(lflow + r'table=33 metadata=0x\w+,'
                             rf'dl_dst={B_MAC} actions=.*resubmit', text),
                   'lflow-list --ovs shows OpenFlow flows', text)
        text = self.tool('ovn-sbctl', ovs, '--stats', 'dump-flows', 'n1')
        self.check(re.search(lflow + r'cookie=0x\w+, duration=.*, table=33, '
                             r'n_packets=\d+, .*priority=50,', text),
                   'dump-flows --ovs --stats shows statistics', text)
        text = self.tool('ovn-sbctl', ovs, '--vflows', 'lflow-list', 'n1')
        self.check(re.search(r'(?m)^  logical_port=ap, tunnel_key=\d+ *\n'
                             r'    table=\d+ .* actions=', text),
                   'lflow-list --ovs --vflows shows those of ports', text)
        text = self.tool('ovn-sbctl', '--ovs=unix:/nosuch', 'lflow-list',
                         'n1')
        self.check(re.search(lflow.rstrip(' '), text),
                   'without a switch the logical flows are shown', text)

    def inject(self):
        """A packet that nobody sent: what it meets counts it."""
        rundir = self.s.path('hv1')

        def packets():
            text = self.tool('ovn-sbctl', f'--ovs=unix:{rundir}/br-int.mgmt',
                             '--stats', 'dump-flows', 'n1')
            return int(re.search(
                rf'match=\(eth.dst == {B_MAC}\), .*\n +cookie=.*, '
                r'n_packets=(\d+)', text)[1])

        # As if the agent had its socket where it has it by default.
        names = self.s.path('appctl')
        os.makedirs(names)
        os.symlink(self.s.path('agent-hv1.ctl'),
                   os.path.join(names, 'weft-agent.1.ctl'))

        def appctl(*words):
            return subprocess.run(
                [self.s.program('ovn-appctl'), '-t', 'ovn-controller',
                 *words], env={**os.environ, 'OVS_RUNDIR': names},
                capture_output=True, text=True, check=False, timeout=60)

        before = packets()
        p = appctl('inject-pkt', f'inport == "ap" && eth.src == {A_MAC} && '
                   f'eth.dst == {B_MAC} && ip4.src == 10.1.1.5 && ip4.dst == '
                   '10.1.1.6 && ip.ttl == 64 && icmp4.type == 8')
        self.check(not p.returncode and not p.stdout, 'inject-pkt', p.stderr)
        wait_until('the injected packet', lambda: packets() > before)
        for microflow in ('inport == "nosuch"', 'ip4', 'ip4.src =='):
            p = appctl('inject-pkt', microflow)
            self.check(p.returncode == 2 and p.stderr,
                       f'inject-pkt refuses {microflow}', p.stdout)


def main():
    with Sandbox(hypervisors=1) as sandbox:
        test = Test(sandbox)
        test.run()
    print(f'{test.n_failed} failed')
    return 1 if test.n_failed else 0


if __name__ == '__main__':
    sys.exit(main())
