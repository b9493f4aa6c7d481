"""The OVN OpenStack tutorial on Weft, chapter by chapter, with real packets.

Entered with the commands that stock OVN's users type (tutorial/nb.sh,
'ovn-nbctl' being ours).  VMs a, d, e live on hypervisor 1; b, c, the gateway
and the outside on hypervisor 2, so that a-b, a-c and the floating IP of d all
cross the overlay.

    tutorial.py [--keep] [CHAPTER]...
"""
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from sandbox import Sandbox, run, wait_until  # noqa: E402

VMS = {         # name: (hypervisor, MAC, addresses, gateway, IPv6, gateway)
    'a': (1, 'fa:16:3e:a9:4c:c7', '10.1.1.5/24', '10.1.1.1',
          'fc11::5/64', 'fc11::1'),
    'b': (2, 'fa:16:3e:99:7a:17', '10.1.1.6/24', '10.1.1.1',
          'fc11::6/64', 'fc11::1'),
    'c': (2, 'fa:16:3e:89:f2:36', '10.1.2.7/24', '10.1.2.1',
          'fc22::7/64', 'fc22::1'),
    'd': (1, 'fa:16:3e:c1:f5:a2', '10.0.0.6/26', '10.0.0.1',
          'fdb0:5860:4ba8:0:f816:3eff:fec1:f5a2/64', 'fdb0:5860:4ba8::1'),
    'e': (1, 'fa:16:3e:0e:0e:0e', '10.0.0.7/26', '10.0.0.1', None, None),
}
UDHCPC_SCRIPT = """#!/bin/sh
[ "$1" = bound ] && env | grep -E '^(ip|subnet|router|mtu|lease|serverid)=' \
    | sort > "$LEASE"
exit 0
"""


class Tutorial:
    """The sandbox, and checks that count."""

    def __init__(self, keep):
        self.s = Sandbox(keep=keep)
        self.passed = self.failed = 0

    # --- what a check is

    def check(self, ok, name):
        print(f'{"ok  " if ok else "FAIL"} - {name}', flush=True)
        self.passed += bool(ok)
        self.failed += not ok

    def ping(self, vm, target, ttl, name):
        self.check(self.s.ping(vm, target, count=3, ttl=ttl, wait=2),
                   f'{name} ({vm} -> {target}, ttl {ttl})')

    def no_ping(self, vm, target, name):
        self.check(not self.s.ping(vm, target, count=2),
                   f'{name} ({vm} -> {target} silent)')

    def tcp(self, vm, listener, ip, port, wanted, name):
        """wanted: open, refused or timeout; somebody listens on
        `listener` unless it is None."""
        if listener:
            self.s.spawn('listener', ['nc', '-n', '-lk', '-p', str(port)],
                         netns=self.s.netns(listener))
            wait_until('listener', lambda: f':{port} ' in self.s.vm(
                listener, 'ss', '-lnt').stdout)
        done = self.s.vm(vm, 'nc', '-nvzw', '2', ip, str(port), check=False)
        text = done.stdout + done.stderr
        got = ('open' if 'succeeded' in text or 'open' in text else
               'refused' if 'refused' in text else 'timeout')
        if listener:
            self.s.end('listener')
        self.check(got == wanted, f'{name} ({vm} -> {ip}:{port} {got}, want '
                   f'{wanted})')

    # --- set-up

    def up(self):
        self.s.start_weft()
        self.s.hv(2, 'ovs-vsctl', 'add-br', 'br-ex', '--', 'set', 'bridge',
                  'br-ex', 'datapath_type=netdev', 'fail_mode=standalone',
                  '--', 'set', 'Open_vSwitch', '.',
                  'external_ids:ovn-bridge-mappings=public:br-ex')
        for name, (hv, mac, ip, gw, ip6, gw6) in VMS.items():
            self.s.add_vm(hv, name, mac, ip, gw, iface_id=f'{name}p',
                          ip6=ip6, gateway6=gw6)
        self.s.add_vm(2, 'ext', '00:01:02:03:04:05', '172.24.4.1/24',
                      iface_id='', bridge='br-ex', ip6='2001:db8::2/64')

    def nb(self, chapter):
        path = f'{os.path.dirname(self.s.program("ovn-nbctl"))}:' \
               f'{os.environ["PATH"]}'
        run([os.path.join(HERE, 'tutorial', 'nb.sh'), chapter], timeout=120,
            env={**os.environ, **self.s.weft_env(), 'PATH': path})

    # --- chapters

    def switching(self):
        self.nb('switching')
        self.ping('a', '10.1.1.6', 64, 'a to b, other hypervisor')
        self.ping('b', '10.1.1.5', 64, 'b to a')
        self.tcp('a', None, '10.1.1.6', 22, 'refused',
                 'ssh port of b reachable, no listener')
        self.tcp('a', 'b', '10.1.1.6', 22, 'open',
                 'tcp through two stateful firewalls')
        self.s.vm('a', 'ip', 'addr', 'add', '10.1.1.99/24', 'dev', 'eth0')
        done = self.s.vm('a', 'ping', '-n', '-c', '2', '-i', '.2', '-W', '1',
                         '-I', '10.1.1.99', '10.1.1.6', check=False)
        self.check(done.returncode != 0,
                   'port security: spoofed source IP dropped')
        self.s.vm('a', 'ip', 'addr', 'del', '10.1.1.99/24', 'dev', 'eth0')

    def routing(self):
        self.nb('routing_n2')
        self.no_ping('a', '10.1.2.7', 'n2 not connected yet')
        self.nb('routing_r')
        self.ping('a', '10.1.2.7', 63, 'a to c through router r')
        self.ping('c', '10.1.1.6', 63, 'c to b through router r')
        self.ping('a', '10.1.1.1', 254, 'router address answers')

    def gateway(self):
        self.nb('gateway')
        self.s.spawn('sniff', ['tcpdump', '-Z', 'root', '-lnei', 'eth0',
                               'icmp'], netns=self.s.netns('ext'))
        wait_until('tcpdump',
                   lambda: 'listening' in self.s.log_text('sniff'))
        self.ping('ext', '172.24.4.8', 63, 'outside to floating IP of d')
        self.ping('d', '172.24.4.1', 63, 'd to outside')
        self.ping('e', '172.24.4.1', 63, 'e to outside')
        time.sleep(0.5)
        self.s.end('sniff')
        text = self.s.log_text('sniff')
        self.check('172.24.4.8 > 172.24.4.1: ICMP echo request' in text,
                   'd leaves as its floating IP 172.24.4.8')
        self.check('172.24.4.9 > 172.24.4.1: ICMP echo request' in text,
                   "e leaves as the router's SNAT IP 172.24.4.9")
        self.ping('ext', '172.24.4.9', 254, "router's own outside address")
        self.tcp('ext', 'd', '172.24.4.8', 22, 'open',
                 'ssh port of d through the floating IP')
        self.tcp('ext', 'd', '172.24.4.8', 23, 'timeout',
                 'telnet to d blocked')
        self.tcp('e', 'd', '172.24.4.8', 22, 'open',
                 "hairpin: e to d's floating IP")

    def ipv6(self):
        self.nb('ipv6')
        self.ping('a', 'fc11::6', 64, 'a to b')
        self.ping('a', 'fc22::7', 63, 'a to c through r')
        self.ping('c', 'fc11::5', 63, 'c to a through r')

    def acl(self):
        self.nb('acl')
        self.ping('a', '10.1.2.7', 63, 'icmp to c allowed')
        self.tcp('a', 'c', '10.1.2.7', 22, 'open', 'ssh to c allowed')
        self.tcp('b', 'c', '10.1.2.7', 22, 'open', 'ssh to c allowed')
        self.tcp('a', 'c', '10.1.2.7', 23, 'timeout',
                 'telnet to c dropped, not refused')
        self.tcp('a', None, '10.1.1.6', 23, 'refused',
                 'a to b inside the default group: not filtered')
        self.tcp('c', 'a', '10.1.1.5', 22, 'open',
                 'c may open connections; replies come back')
        self.no_ping('a', 'fc22::7', 'custom group has no IPv6 rule')

    def dhcp(self):
        self.nb('dhcp')
        script, lease = self.s.path('udhcpc.sh'), self.s.path('lease')
        with open(script, 'w', encoding='ascii') as f:
            f.write(UDHCPC_SCRIPT)
        os.chmod(script, 0o755)
        self.s.vm('a', 'ip', 'addr', 'flush', 'dev', 'eth0', 'scope',
                  'global')
        self.s.vm('a', 'env', f'LEASE={lease}', 'busybox', 'udhcpc', '-i',
                  'eth0', '-n', '-q', '-f', '-t', '5', '-T', '1', '-O',
                  'mtu', '-s', script, check=False)
        text = open(lease, encoding='ascii').read() if os.path.exists(
            lease) else ''
        self.check(all(line in text.splitlines() for line in (
            'ip=10.1.1.5', 'router=10.1.1.1', 'lease=43200', 'mtu=1442',
            'serverid=10.1.1.1')), f'udhcpc on a: {" ".join(text.split())}')
        self.dhclient('4', r'fixed-address 10\.1\.1\.5;')
        self.dhclient('6', r'iaaddr fc11::5 ')

    def dhclient(self, family, wanted):
        leases = self.s.path(f'dhclient{family}.leases')
        done = self.s.vm('a', 'timeout', '20', 'dhclient', '-1',
                         f'-{family}', '-sf', '/bin/true', '-lf', leases,
                         '-pf', self.s.path(f'dhclient{family}.pid'), 'eth0',
                         check=False)
        text = open(leases, encoding='utf-8').read() if os.path.exists(
            leases) else done.stderr
        self.check(re.search(wanted, text), f'ISC dhclient -{family} on a')
        pid = self.s.path(f'dhclient{family}.pid')
        if os.path.exists(pid):
            with open(pid, encoding='ascii') as f:
                run(['kill', f.read().strip()], check=False)


CHAPTERS = ['switching', 'routing', 'gateway', 'ipv6', 'acl', 'dhcp']


def main():
    keep = '--keep' in sys.argv
    chapters = [a for a in sys.argv[1:] if a != '--keep'] or CHAPTERS
    tutorial = Tutorial(keep)
    with tutorial.s:
        tutorial.up()
        for chapter in chapters:
            print(f'# {chapter}', flush=True)
            getattr(tutorial, chapter)()
        if tutorial.failed:
            tutorial.s.show_logs()
    print(f'{tutorial.passed} passed, {tutorial.failed} failed')
    sys.exit(1 if tutorial.failed else 0)


if __name__ == '__main__':
    main()
