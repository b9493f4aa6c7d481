"""What the system tests of routers and ports share: an outside network that
spans both hypervisors, and rows entered at once."""
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), '..', 'support'))
from sandbox import run, wait_until  # noqa: E402

# A client: tcp|udp ADDRESS PORT COUNT; prints the answers, or what went wrong.
ASK = '''
import socket, sys
proto, address, port, count = sys.argv[1:]
family = socket.AF_INET6 if ":" in address else socket.AF_INET
for _ in range(int(count)):
    s = socket.socket(family, socket.SOCK_STREAM if proto == "tcp"
                      else socket.SOCK_DGRAM)
    s.settimeout(3)
    try:
        s.connect((address, int(port)))
        if proto == "udp":
            s.send(b"who")
        print(s.recv(100).decode().strip(), flush=True)
    except OSError as e:
        print(type(e).__name__, flush=True)
    s.close()
'''


def mac(i):
    return f'fa:16:3e:00:04:{i:02x}'


def enter(s, rows):
    """Puts rows, parents first as they are listed."""
    for key, row in rows.items():
        s.put(f'nb/{key}', row)


def join_outside(s, network='phys', bridge='br-ex'):
    """A bridge on each hypervisor, wired together: the physical network."""
    a, b = s.netns('hv1'), s.netns('hv2')
    run(['ip', 'link', 'add', 'ex0', 'netns', a, 'type', 'veth', 'peer',
         'name', 'ex0', 'netns', b])
    for n in (1, 2):
        run(['ip', '-n', s.netns(f'hv{n}'), 'link', 'set', 'ex0', 'up'])
        s.hv(n, 'ovs-vsctl', 'add-br', bridge, '--', 'set', 'bridge', bridge,
             'datapath_type=netdev', 'fail_mode=standalone', '--',
             'add-port', bridge, 'ex0', '--', 'set', 'Open_vSwitch', '.',
             f'external_ids:ovn-bridge-mappings={network}:{bridge}')


def ready(s):
    """Everything entered is in the switches."""
    s.weftctl('--wait=hv', 'sync')


def sniff(s, vm, what):
    """Starts a capture; sniffed() ends it."""
    s.spawn(f'sniff-{vm}', ['tcpdump', '-Z', 'root', '-lnei', 'eth0', *what],
            netns=s.netns(vm))
    wait_until('tcpdump', lambda: 'listening' in s.log_text(f'sniff-{vm}'))


def sniffed(s, vm):
    """What was captured."""
    time.sleep(0.7)                 # tcpdump prints what it has heard.
    s.end(f'sniff-{vm}')
    text = s.log_text(f'sniff-{vm}')
    os.unlink(s.path(f'sniff-{vm}.log'))
    return text


def lost(text):
    """Echoes lost, by ping's summary; the last may be under way."""
    sent, received = re.search(
        r'(\d+) packets transmitted, (\d+) received', text).groups()
    return max(0, int(sent) - int(received) - 1)
