"""What ./quickstart shows, step by step, with every command printed.

    quickstart.py up | empty | down
"""
import json
import os
import shlex
import shutil
import subprocess
import sys

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'support'))
from sandbox import Sandbox, can_bind, free_port, shell_helpers  # noqa: E402

FOLDER = '/tmp/weft-quickstart'
PREFIX = 'weft'


def port(wanted):
    """The customary port if it is free, else another."""
    return wanted if can_bind(wanted) else free_port()


def shell(title, command, env):
    """Prints a command, runs it as a user would, prints what it said."""
    print(f'\n-- {title}\n$ {command}', flush=True)
    done = subprocess.run(['bash', '-c', command], env={**os.environ, **env},
                          stdin=subprocess.DEVNULL, timeout=120, check=False,
                          cwd=SOURCE)
    if done.returncode:
        raise SystemExit(f'quickstart: exit {done.returncode}: {command}')


def down(quiet=False):
    """Takes the sandbox away, whatever state it is in."""
    if os.path.exists(os.path.join(FOLDER, 'sandbox.json')):
        Sandbox.attach(FOLDER).stop()
    elif os.path.isdir(FOLDER):
        sandbox = Sandbox.__new__(Sandbox)
        sandbox.folder, sandbox.prefix = FOLDER, PREFIX
        sandbox.stop()
    shutil.rmtree(FOLDER, ignore_errors=True)
    if not quiet:
        print('quickstart: everything is gone')


def start():
    """etcd, Open vSwitch, translator, agents, API."""
    print('== 3. two hypervisors, etcd, translator, agents, REST server',
          flush=True)
    sandbox = Sandbox(hypervisors=2, prefix=PREFIX, folder=FOLDER, keep=True,
                      etcd_port=port(2379))
    try:
        sandbox.save()
        sandbox.start_weft(api=True, api_port=port(8642))
        sandbox.save()
    except BaseException:
        sandbox.show_logs()
        sandbox.stop()
        raise
    return sandbox


def write_env(sandbox):
    """A file to source: PATH, WEFT_ETCD, and shorthands hv1, hv2, vm, plug,
    outside."""
    env = {'WEFT_ETCD': sandbox.etcd_url, 'WEFT_API': sandbox.api_url,
           'ETCDCTL_API': '3', 'ETCDCTL_ENDPOINTS': sandbox.etcd_url,
           'PATH': f'{SOURCE}/build/bin:{os.environ["PATH"]}'}
    with open(os.path.join(FOLDER, 'env'), 'w') as f:
        for name, value in env.items():
            f.write(f'export {name}={shlex.quote(value)}\n')
        f.write(shell_helpers(sandbox))
    return env


def network(sandbox, env):
    """Switch n1 with three ports: by REST, by etcdctl, by weftctl."""
    print('\n== 4. a logical switch, made in three ways')
    source = f'. {FOLDER}/env; '
    shell('the switch and port ap, by REST',
          'curl -sS -X PUT "$WEFT_API/v1/logical_switch/n1" '
          "-H 'Content-Type: application/json' -d '{}'; echo\n"
          'curl -sS -X PUT "$WEFT_API/v1/logical_switch_port/ap?wait=sb" '
          "-H 'Content-Type: application/json' -d '"
          + json.dumps({'switch': 'n1',
                        'addresses': ['fa:16:3e:a9:4c:c7 10.1.1.5'],
                        'port_security': ['fa:16:3e:a9:4c:c7 10.1.1.5']})
          + "'; echo", env)
    shell('port bp, straight into etcd',
          "etcdctl put /weft/v1/nb/logical_switch_port/bp '"
          + json.dumps({'switch': 'n1',
                        'addresses': ['fa:16:3e:99:7a:17 10.1.1.6']})
          + "'", env)
    shell('port zp, with the commands that OVN users know',
          "ovn-nbctl --wait=sb lsp-add n1 zp -- lsp-set-addresses zp "
          "'fa:16:3e:00:00:07 10.1.1.7' && ovn-nbctl show", env)

    print('\n== 5. VMs on two hypervisors')
    sandbox.add_vm(1, 'a', 'fa:16:3e:a9:4c:c7', '10.1.1.5/24', iface_id='ap')
    sandbox.add_vm(2, 'b', 'fa:16:3e:99:7a:17', '10.1.1.6/24', iface_id='bp')
    sandbox.add_vm(2, 'z', 'fa:16:3e:00:00:07', '10.1.1.7/24', iface_id='zp')
    sandbox.save()
    shell('wait until every hypervisor has it', 'ovn-nbctl --wait=hv sync',
          env)
    shell('chassis and where ports are', 'weftctl chassis list; '
          'ovn-sbctl show', env)
    shell('a on hv1 pings b on hv2, over Geneve',
          source + 'vm a ping -c 3 -i 0.2 10.1.1.6', env)
    shell('and z', source + 'vm a ping -c 2 -i 0.2 10.1.1.7', env)


def routing(sandbox, env):
    """Switch n2 behind a distributed router, and what a packet meets."""
    print('\n== 6. a router, with the commands that OVN users know')
    source = f'. {FOLDER}/env; '
    shell('switch n2 with port cp, router r between n1 and n2',
          "ovn-nbctl ls-add n2 -- lsp-add n2 cp -- lsp-set-addresses cp "
          "'fa:16:3e:89:f2:36 10.1.2.7' -- lr-add r \\\n"
          "  -- lrp-add r lrp-n1 fa:16:3e:f6:e2:8f 10.1.1.1/24 "
          "-- lrp-add r lrp-n2 fa:16:3e:19:9f:46 10.1.2.1/24\n"
          "for n in n1 n2; do ovn-nbctl lsp-add $n $n-r "
          "-- lsp-set-type $n-r router -- lsp-set-addresses $n-r router \\\n"
          "  -- lsp-set-options $n-r router-port=lrp-$n; done", env)
    sandbox.add_vm(2, 'c', 'fa:16:3e:89:f2:36', '10.1.2.7/24', '10.1.2.1',
                   iface_id='cp')
    sandbox.vm('a', 'ip', 'route', 'add', 'default', 'via', '10.1.1.1')
    sandbox.save()
    shell('a pings c, through the router',
          source + 'ovn-nbctl --wait=hv sync; '
          'vm a ping -c 3 -i 0.2 10.1.2.7', env)
    shell('the same packet through the logical network',
          "ovn-trace --summary n1 'inport == \"ap\" && "
          'eth.src == fa:16:3e:a9:4c:c7 && eth.dst == fa:16:3e:f6:e2:8f && '
          'ip4.src == 10.1.1.5 && ip4.dst == 10.1.2.7 && ip.ttl == 64 && '
          "icmp4.type == 8'", env)


def what_next(sandbox):
    print(f'''
== Up. What to try next (first: source {FOLDER}/env)

  etcdctl get --prefix /weft/v1/nb/             the network as you wrote it
  etcdctl get --prefix /weft/v1/sb/dp/switch:n1 what became of it
  curl $WEFT_API/v1/logical_switch_port         the same by REST
  ovn-nbctl show; ovn-sbctl show                as OVN's users know it
  weftctl lflow-list n1                         logical flows of n1
  ovn-trace n1 'inport == "ap" && eth.src == fa:16:3e:a9:4c:c7 && eth.dst == fa:16:3e:99:7a:17'
                                                a packet's way, flow by flow
  hv1 ovs-ofctl -O OpenFlow15 dump-flows br-int OpenFlow on hypervisor 1
  vm a ping 10.1.1.6                            packets
  ./quickstart down                             take everything away

  REST {sandbox.api_url}   etcd {sandbox.etcd_url}   logs {FOLDER}/*.log''')


def main():
    action = sys.argv[1] if len(sys.argv) > 1 else 'up'
    if action == 'down':
        down()
        return
    down(quiet=True)
    sandbox = start()
    env = write_env(sandbox)
    if action == 'empty':
        print(f'\n== Up, without a network: source {FOLDER}/env and go on '
              'with docs/TUTORIAL.md')
        return
    try:
        network(sandbox, env)
        routing(sandbox, env)
    except BaseException:
        sandbox.show_logs()
        raise
    what_next(sandbox)


if __name__ == '__main__':
    main()
