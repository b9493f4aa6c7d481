"""The images of deploy/containers, run: Open vSwitch, translators, agents and
the REST server in containers with no more rights than the Helm chart gives
them, and a ping from one hypervisor to the other.

By hand, for it needs root, buildah, runc and the images, by their names
localhost/weft-PROGRAM:TAG (docs/deploy.md):

    /usr/bin/python3 tests/system/images.py 0.1.0 [BUILDAH OPTION...]"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))), 'support'))
import sandbox  # noqa: E402
from sandbox import free_port, run, wait_until  # noqa: E402

TAG, *OPTIONS = sys.argv[1:] or ['']
BUILDAH = ['buildah', *OPTIONS]
# The same as in deploy/helm/weft/templates.
CAPABILITIES = {'agent': ['CAP_DAC_OVERRIDE'], 'translator': [], 'api': [],
                'cli': [],
                'openvswitch': ['CAP_NET_ADMIN', 'CAP_NET_RAW']}


def http(url):
    done = run(['curl', '-s', '-w', '%{http_code}', url], check=False)
    return done.stdout


class Containers(sandbox.Sandbox):
    def __init__(self, **kwargs):
        self.ports, self.made = {}, []
        super().__init__(**kwargs)

    def make(self, name, image):
        container = f'{self.prefix}-{name}'
        if container not in self.made:
            run([*BUILDAH, 'from', '--pull-never', '--name', container,
                 f'localhost/weft-{image}:{TAG}'])
            self.made.append(container)
        return container

    def command(self, name, image, argv, env=None, volumes=()):
        """argv of buildah for a container's program."""
        rights = [f'--cap-add={c}' for c in CAPABILITIES[image]]
        if image != 'openvswitch':
            rights.insert(0, '--cap-drop=all')
        return [*BUILDAH, 'run', '--runtime=runc', '--isolation=oci',
                '--network=host', *rights,
                *[f'--volume={v}' for v in volumes],
                *[f'--env={k}={v}' for k, v in (env or {}).items()],
                self.make(name, image), '--', *argv]

    def daemon(self, name, image, env, volumes=(), netns=None, argv=()):
        entry = ('weft-openvswitch' if image == 'openvswitch'
                 else f'weft-{image}')
        if image != 'openvswitch':
            self.ports[name] = free_port()
            env = {**self.weft_env(), **env,
                   'WEFT_HTTP_LISTEN': f'127.0.0.1:{self.ports[name]}'}
        # Not "ip netns exec", which hides the cgroups from runc.
        self.spawn(name, [
            *(['nsenter', f'--net=/run/netns/{netns}'] if netns else []),
            *self.command(name, image, [entry, *argv], env, volumes)])

    # Open vSwitch's containers have one folder each hypervisor.
    def switch(self, n, program, *argv):
        self.daemon(f'{program}-hv{n}', 'openvswitch', {},
                    [f'{self.path(f"hv{n}")}:/run/openvswitch',
                     f'{self.path(f"hv{n}")}:/etc/openvswitch',
                     '/dev/net:/dev/net'],      # As privileged ones have.
                    self.netns(f'hv{n}'), [program, *argv])

    def start_ovsdb(self, n):
        os.unlink(self.path(f'hv{n}', 'conf.db'))       # It makes its own.
        self.switch(n, 'ovsdb-server')
        wait_until('ovsdb-server', lambda: os.path.exists(
            self.path(f'hv{n}', 'db.sock')), 60)

    def start_vswitchd(self, n):
        self.switch(n, 'ovs-vswitchd', '--disable-system')
        # Its pid is that of its namespace: no ovs-appctl by name.
        wait_until('ovs-vswitchd', lambda: self.hv(
            n, 'ovs-vsctl', '--timeout=2', 'get', 'Open_vSwitch', '.',
            'ovs_version', check=False).returncode == 0, 60)

    def warm_tunnels(self):
        for n in range(1, self.n_hypervisors + 1):
            for peer in range(1, self.n_hypervisors + 1):
                self.hv(n, 'ping', '-c', '2', '-W', '1',
                        self.underlay_ip(peer), check=False)

    def start_translator(self, name='translator', *options):
        self.daemon(name, 'translator', {}, argv=options)

    def start_agent(self, n, *options):
        self.daemon(f'agent-hv{n}', 'agent', {
            'WEFT_OVS_DB': 'unix:/run/openvswitch/db.sock',
            'WEFT_SYSTEM_ID': f'hv{n}', 'WEFT_ENCAP_TYPE': 'geneve',
            'WEFT_ENCAP_IP': self.underlay_ip(n),
            'WEFT_BRIDGE_DATAPATH_TYPE': 'netdev'},
            [f'{self.path(f"hv{n}")}:/run/openvswitch'], argv=options)

    def weftctl(self, *argv, check=True, name='weftctl', timeout=60):
        return run(self.command('cli', 'cli', [name, *argv],
                                self.weft_env()),
                   check=check, timeout=timeout)

    def stop(self):
        super().stop()
        for container in self.made:
            run([*BUILDAH, 'rm', container], check=False)
        self.made = []


def main():
    if not TAG:
        sys.exit(__doc__)
    with Containers(hypervisors=2) as s:
        s.start_weft()
        s.start_translator('translator2')
        port = free_port()
        s.daemon('api', 'api', {'WEFT_LISTEN': f'127.0.0.1:{port}'})
        for name, p in s.ports.items():
            wait_until(f'{name} ready', lambda p=p: http(
                f'http://127.0.0.1:{p}/readyz') == 'ready\n200', 60)
            assert http(f'http://127.0.0.1:{p}/healthz') == 'ok\n200'
            print(f'{name}: ready')
        s.weftctl('ls-add', 'n1')
        for n, vm in ((1, 'a'), (2, 'b')):
            mac, ip = f'fa:16:3e:00:00:0{n}', f'10.0.0.{n}'
            s.weftctl('lsp-add', 'n1', vm, '--', 'lsp-set-addresses', vm,
                      f'{mac} {ip}')
            s.add_vm(n, vm, mac, f'{ip}/24')
        print(s.weftctl('--wait=hv', 'sync', '--', 'show').stdout)
        s.ping_soon('a', '10.0.0.2', 30)
        print('ping a -> b: ok')
        assert '"id":"n1"' in http(
            f'http://127.0.0.1:{port}/v1/logical_switch')
        print('REST: ok')

        # SIGTERM: the other translator takes over at once, packets flow.
        for name in ('translator', 'agent-hv1', 'api'):
            s.end(name)
            print(f'{name}: ended')
        assert s.ping('a', '10.0.0.2', count=10)
        s.weftctl('ls-add', 'n2')
        s.start_agent(1)
        s.weftctl('--wait=hv', '--timeout=30', 'sync')
        assert s.ping('a', '10.0.0.2')
        print('taken over, agent back, ping: ok')


if __name__ == '__main__':
    main()
