"""Simulated hypervisors on one machine, for system tests and ./quickstart.

A Sandbox is a folder of its own under /tmp and network namespaces whose names
begin with its prefix: one per hypervisor (a real ovsdb-server and
ovs-vswitchd with the userspace datapath), one per VM (a veth into its
hypervisor), one that is the physical network (a bridge).  etcd, the
translator, the agents and the API run in the root namespace, on loopback and
Unix sockets.

    with Sandbox(hypervisors=2) as s:
        s.start_weft()
        s.etcdctl('put', '/weft/v1/nb/logical_switch/n1', '{}')
        s.add_vm(1, 'a', 'fa:16:3e:00:00:01', '10.0.0.1/24')
        assert s.ping('a', '10.0.0.2')

Every process is ended by its pid, and everything is taken away on exit, also
after a failure.  State lies in the folder, so that another process can take a
sandbox over (Sandbox.attach) or away (quickstart down).
"""
import atexit
import glob
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import ending  # noqa: F401
from etcd import make_certificates

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))


class SandboxError(Exception):
    """A command failed or something did not happen in time."""


def run(argv, check=True, timeout=60, **kwargs):
    """Runs a command; returns it finished, with text in .stdout."""
    if 'input' not in kwargs:
        kwargs['stdin'] = subprocess.DEVNULL
    done = subprocess.run(argv, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout,
                          check=False, **kwargs)
    if check and done.returncode:
        raise SandboxError(f'{" ".join(argv)}: exit {done.returncode}\n'
                           f'{done.stdout}{done.stderr}')
    return done


def wait_until(what, condition, timeout=15, interval=0.02):
    """Polls until condition() is true, and returns what it returned."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise SandboxError(f'{what}: not within {timeout} s')
        time.sleep(interval)


def free_port():
    """A loopback TCP port that nothing listens on just now."""
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def can_bind(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(('127.0.0.1', port))
            return True
        except OSError:
            return False


def end_process(pid, timeout=10):
    """Ends a process by pid: SIGTERM, and after `timeout` s SIGKILL."""
    def gone():
        try:
            os.waitpid(pid, os.WNOHANG)         # If it is our child.
        except OSError:
            pass
        try:
            with open(f'/proc/{pid}/stat') as f:
                return f.read().rsplit(')', 1)[1].split()[0] == 'Z'
        except OSError:
            return True

    if gone():
        return
    os.kill(pid, signal.SIGTERM)
    try:
        wait_until(f'end of {pid}', gone, timeout)
    except SandboxError:
        os.kill(pid, signal.SIGKILL)
        wait_until(f'end of {pid}', gone, 10)


def reap_orphans():
    """Takes away sandboxes whose test was killed: the next test cleans up
    where it could not itself."""
    for owner in glob.glob('/tmp/weft-*/owner'):
        folder = os.path.dirname(owner)
        try:
            with open(owner, encoding='ascii') as f:
                alive = os.path.exists(f'/proc/{int(f.read())}')
            if not alive:
                os.unlink(owner)        # Ours to reap: nobody else does.
                Sandbox.attach(folder).stop()
        except (OSError, ValueError, SandboxError):
            continue


class Sandbox:
    """See the module's text."""

    def __init__(self, hypervisors=2, prefix=None, folder=None, keep=False,
                 encap='geneve', etcd_port=None):
        self.prefix = prefix or f'w{os.getpid() % 100000}'
        self.folder = folder or tempfile.mkdtemp(prefix='weft-', dir='/tmp')
        os.makedirs(self.folder, exist_ok=True)
        self.keep = keep
        self.encap = encap
        self.etcd_port = etcd_port
        self.n_hypervisors = hypervisors
        self.etcd_url = self.etcd_tls_url = None
        self.api_url = None
        self.vms = {}
        self.clean_stale()
        if not keep:
            reap_orphans()
            self.save()
            with open(self.path('owner'), 'w') as f:
                f.write(str(os.getpid()))
            atexit.register(self.stop)
        try:
            self.start_network()
        except BaseException:
            self.stop()
            raise

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self.show_logs()
        if not self.keep:
            self.stop()

    # --- processes

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def pidfile(self, name):
        return self.path('pids', name)

    def pid(self, name):
        with open(self.pidfile(name)) as f:
            return int(f.read())

    def spawn(self, name, argv, env=None, netns=None):
        """Starts a process under `name`, its output in NAME.log."""
        os.makedirs(self.path('pids'), exist_ok=True)
        if netns:
            argv = ['ip', 'netns', 'exec', netns] + argv
        with open(self.path(f'{name}.log'), 'ab') as log:
            child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **(env or {})}, start_new_session=True,
                cwd=self.folder)
        with open(self.pidfile(name), 'w') as f:
            f.write(str(child.pid))
        # It is known by its pid from here on; Popen must not complain.
        child.returncode = 0
        return child.pid

    def is_running(self, name):
        try:
            pid = self.pid(name)
            with open(f'/proc/{pid}/stat') as f:
                return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
        except OSError:
            return False

    def end(self, name):
        """SIGTERM, then SIGKILL, by pid."""
        if os.path.exists(self.pidfile(name)):
            end_process(self.pid(name))
            os.unlink(self.pidfile(name))

    def kill(self, name):
        """SIGKILL, as a crash."""
        pid = self.pid(name)
        os.kill(pid, signal.SIGKILL)
        end_process(pid)
        os.unlink(self.pidfile(name))

    def log_text(self, name):
        """What process `name` has printed so far."""
        with open(self.path(f'{name}.log'), encoding='utf-8',
                  errors='replace') as f:
            return f.read()

    def show_logs(self, lines=25):
        """The last lines of every log, for a failed test."""
        for name in sorted(os.listdir(self.folder)):
            if name.endswith('.log') and not name.startswith('ovsdb'):
                with open(self.path(name), errors='replace') as f:
                    text = f.readlines()[-lines:]
                print(f'--- {name}\n{"".join(text)}', flush=True)

    # --- network

    def netns(self, name):
        return f'{self.prefix}-{name}'

    def clean_stale(self):
        for line in run(['ip', 'netns', 'list']).stdout.splitlines():
            if line.split()[0].startswith(f'{self.prefix}-'):
                netns = line.split()[0]
                # What went into the background there (dhclient, say).
                left = run(['ip', 'netns', 'pids', netns],
                           check=False).stdout.split()
                if left:
                    run(['kill', *left], check=False)
                run(['ip', 'netns', 'del', netns], check=False)

    def start_network(self):
        under = self.netns('ul')
        run(['ip', 'netns', 'add', under])
        run(['ip', '-n', under, 'link', 'add', 'br0', 'type', 'bridge',
             'mcast_snooping', '0'])
        run(['ip', '-n', under, 'link', 'set', 'br0', 'up', 'mtu', '9000'])
        for n in range(1, self.n_hypervisors + 1):
            self.start_hypervisor(n)

    def underlay_ip(self, n):
        return f'192.168.77.{n}'

    def start_hypervisor(self, n):
        ns = self.netns(f'hv{n}')
        rundir = self.path(f'hv{n}')
        os.makedirs(rundir, exist_ok=True)
        run(['ip', 'netns', 'add', ns])
        run(['ip', '-n', ns, 'link', 'set', 'lo', 'up'])
        # The hypervisor's kernel sees every frame of a device that is
        # plugged into the userspace datapath, and must not answer.
        run(['ip', 'netns', 'exec', ns, 'sysctl', '-qw',
             'net.ipv4.conf.all.arp_ignore=1',
             'net.ipv6.conf.all.disable_ipv6=1',
             'net.ipv6.conf.default.disable_ipv6=1'])
        run(['ovsdb-tool', 'create', f'{rundir}/conf.db',
             '/usr/share/openvswitch/vswitch.ovsschema'])
        self.start_ovsdb(n)
        self.hv(n, 'ovs-vsctl', '--no-wait', 'init')
        self.start_vswitchd(n)
        run(['ip', 'link', 'add', 'ul0', 'netns', ns, 'type', 'veth', 'peer',
             'name', f'hv{n}', 'netns', self.netns('ul')])
        run(['ip', '-n', self.netns('ul'), 'link', 'set', f'hv{n}', 'master',
             'br0', 'up', 'mtu', '9000'])
        run(['ip', '-n', ns, 'link', 'set', 'ul0', 'up', 'mtu', '9000'])
        self.hv(n, 'ovs-vsctl', 'add-br', 'br-phy', '--', 'set', 'bridge',
                'br-phy', 'datapath_type=netdev', 'fail_mode=standalone',
                '--', 'add-port', 'br-phy', 'ul0', '--', 'set',
                'Open_vSwitch', '.', f'external_ids:system-id=hv{n}',
                f'external_ids:hostname=hv{n}',
                f'external_ids:ovn-encap-type={self.encap}',
                f'external_ids:ovn-encap-ip={self.underlay_ip(n)}',
                'external_ids:ovn-bridge-datapath-type=netdev')
        run(['ip', '-n', ns, 'addr', 'add', f'{self.underlay_ip(n)}/24',
             'dev', 'br-phy'])
        run(['ip', '-n', ns, 'link', 'set', 'br-phy', 'up', 'mtu', '9000'])

    def start_ovsdb(self, n):
        rundir = self.path(f'hv{n}')
        self.spawn(f'ovsdb-hv{n}',
                   ['ovsdb-server', f'{rundir}/conf.db',
                    f'--remote=punix:{rundir}/db.sock',
                    f'--pidfile={rundir}/ovsdb-server.pid',
                    '-vconsole:warn'],
                   env=self.ovs_env(n), netns=self.netns(f'hv{n}'))
        wait_until('ovsdb-server',
                   lambda: os.path.exists(f'{rundir}/db.sock'))

    def start_vswitchd(self, n):
        rundir = self.path(f'hv{n}')
        self.spawn(f'vswitchd-hv{n}',
                   ['ovs-vswitchd', f'unix:{rundir}/db.sock',
                    f'--pidfile={rundir}/ovs-vswitchd.pid',
                    '--disable-system', '-vconsole:warn'],
                   env=self.ovs_env(n), netns=self.netns(f'hv{n}'))
        wait_until('ovs-vswitchd', lambda: self.hv(
            n, 'ovs-appctl', '-t', 'ovs-vswitchd', 'version',
            check=False).returncode == 0)

    def ovs_env(self, n):
        rundir = self.path(f'hv{n}')
        return {'OVS_RUNDIR': rundir, 'OVS_LOGDIR': rundir,
                'OVS_DBDIR': rundir}

    def hv(self, n, *argv, check=True, timeout=60):
        """Runs a command as on hypervisor `n`."""
        return run(['ip', 'netns', 'exec', self.netns(f'hv{n}'), *argv],
                   check=check, timeout=timeout,
                   env={**os.environ, **self.ovs_env(n)})

    def warm_tunnels(self):
        """Pings every underlay address from every hypervisor: OVS loses the
        first tunnelled packets until it has learned the peer's MAC."""
        def known(n, peer):
            ip = self.underlay_ip(peer)
            run(['ip', '-n', self.netns(f'hv{n}'), 'neigh', 'flush', 'dev',
                 'br-phy'], check=False)
            self.hv(n, 'ping', '-c', '1', '-W', '1', '-q', ip, check=False)
            return ip in self.hv(n, 'ovs-appctl', 'tnl/neigh/show').stdout

        for n in range(1, self.n_hypervisors + 1):
            for peer in range(1, self.n_hypervisors + 1):
                if peer != n:
                    wait_until(f'tunnel neighbour {n}->{peer}',
                               lambda n=n, p=peer: known(n, p), 20, 0.2)

    # --- VMs

    def add_vm(self, n, name, mac, ip=None, gateway=None, iface_id=None,
               bridge='br-int', mtu=1442, plug=True, ip6=None,
               gateway6=None):
        """A namespace with eth0, plugged into hypervisor `n`; iface_id
        defaults to the name, '' leaves it unset."""
        ns, dev = self.netns(name), self.netns(name)
        run(['ip', 'netns', 'add', ns])
        run(['ip', '-n', ns, 'link', 'set', 'lo', 'up'])
        run(['ip', 'netns', 'exec', ns, 'sysctl', '-qw',
             'net.ipv6.conf.default.accept_dad=0',
             'net.ipv6.conf.default.router_solicitations=0'])
        self.vms[name] = {'mac': mac, 'hv': n}
        self.wire_vm(n, name, mtu)
        for address in [ip] if isinstance(ip, str) else ip or []:
            run(['ip', '-n', ns, 'addr', 'add', address, 'dev', 'eth0'])
        for address in [ip6] if isinstance(ip6, str) else ip6 or []:
            run(['ip', '-n', ns, 'addr', 'add', address, 'dev', 'eth0',
                 'nodad'])
        if gateway:
            run(['ip', '-n', ns, 'route', 'add', 'default', 'via', gateway])
        if gateway6:
            run(['ip', '-n', ns, '-6', 'route', 'add', 'default', 'via',
                 gateway6])
        if plug:
            self.plug_vm(n, name, iface_id, bridge)
        return dev

    def wire_vm(self, n, name, mtu=1442):
        ns, dev = self.netns(name), self.netns(name)
        run(['ip', 'link', 'add', dev, 'netns', self.netns(f'hv{n}'), 'type',
             'veth', 'peer', 'name', 'eth0', 'netns', ns])
        run(['ip', '-n', self.netns(f'hv{n}'), 'link', 'set', dev, 'up'])
        run(['ip', '-n', ns, 'link', 'set', 'eth0', 'address',
             self.vms[name]['mac'], 'mtu', str(mtu)])
        # Else TCP leaves with unfinished checksums (FACTS.md).
        run(['ip', 'netns', 'exec', ns, 'ethtool', '-K', 'eth0', 'tx',
             'off'])
        run(['ip', '-n', ns, 'link', 'set', 'eth0', 'up'])

    def plug_vm(self, n, name, iface_id=None, bridge='br-int'):
        dev = self.netns(name)
        if iface_id is None:
            iface_id = self.vms[name].get('iface_id', name)
        self.vms[name]['iface_id'] = iface_id
        wait_until(bridge, lambda: self.hv(
            n, 'ovs-vsctl', 'br-exists', bridge, check=False
        ).returncode == 0)
        argv = ['ovs-vsctl', 'add-port', bridge, dev]
        if iface_id:
            argv += ['--', 'set', 'Interface', dev,
                     f'external_ids:iface-id={iface_id}']
        self.hv(n, *argv)

    def unplug_vm(self, n, name, bridge='br-int'):
        self.hv(n, 'ovs-vsctl', '--if-exists', 'del-port', bridge,
                self.netns(name))

    def move_vm(self, name, to):
        """Unplugs a VM here and plugs it in there, with its addresses."""
        ns, old = self.netns(name), self.vms[name]['hv']
        addresses = re.findall(r'inet6? (\S+) scope global', run(
            ['ip', '-n', ns, 'addr', 'show', 'dev', 'eth0']).stdout)
        self.unplug_vm(old, name)
        run(['ip', '-n', ns, 'link', 'del', 'eth0'])
        self.vms[name]['hv'] = to
        self.wire_vm(to, name)
        for address in addresses:
            run(['ip', '-n', ns, 'addr', 'add', address, 'dev', 'eth0']
                + (['nodad'] if ':' in address else []))
        self.plug_vm(to, name)

    def vm(self, name, *argv, check=True, timeout=60):
        """Runs a command inside a VM."""
        return run(['ip', 'netns', 'exec', self.netns(name), *argv],
                   check=check, timeout=timeout)

    def ping(self, name, target, count=2, ttl=None, wait=1, interval=0.2):
        """True if every echo came back (with `ttl`, when given)."""
        done = self.vm(name, 'ping', '-n', '-c', str(count), '-i',
                       str(interval), '-W', str(wait), target, check=False)
        return ' 0% packet loss' in done.stdout and (
            ttl is None or f'ttl={ttl} ' in done.stdout)

    def ping_soon(self, name, target, timeout=10, ttl=None):
        """Waits for a ping to get through."""
        wait_until(f'ping {name} -> {target}', lambda: self.ping(
            name, target, count=1, ttl=ttl), timeout)

    # --- Weft

    def program(self, name):
        return os.path.join(BUILD, 'bin', name)

    def weft_env(self):
        if self.etcd_tls_url:
            return {'WEFT_ETCD': self.etcd_tls_url,
                    'WEFT_ETCD_CA': self.path('ca.pem')}
        return {'WEFT_ETCD': self.etcd_url or ''}

    def start_etcd(self, port=None, tls=False):
        """One node, its data in the sandbox's folder; with `tls` Weft's
        programs reach it over TLS, others by etcd_url all the same."""
        secure = []
        if tls:
            make_certificates(self.folder)
            self.etcd_tls_url = f'https://127.0.0.1:{free_port()}'
            secure = [f'--cert-file={self.path("server.pem")}',
                      f'--key-file={self.path("server.key")}']
        if self.etcd_url is None:
            port = port or self.etcd_port or free_port()
            self.etcd_url = f'http://127.0.0.1:{port}'
        url, peer = self.etcd_url, f'http://127.0.0.1:{free_port()}'
        urls = ','.join(filter(None, [url, self.etcd_tls_url]))
        self.spawn('etcd', [
            os.environ.get('WEFT_ETCD_BIN', 'etcd'), '--name=sandbox',
            f'--data-dir={self.path("etcd")}', f'--listen-client-urls={urls}',
            f'--advertise-client-urls={url}', f'--listen-peer-urls={peer}',
            f'--initial-advertise-peer-urls={peer}',
            f'--initial-cluster=sandbox={peer}', '--log-level=warn',
            *secure])
        def healthy():
            try:
                with urllib.request.urlopen(f'{url}/health', timeout=1) as r:
                    return json.load(r)['health'] == 'true'
            except OSError:
                return False
        wait_until('etcd', healthy, 60)

    def etcdctl(self, *argv, check=True):
        return run(['etcdctl', f'--endpoints={self.etcd_url}', *argv],
                   check=check, env={**os.environ, 'ETCDCTL_API': '3'}).stdout

    def get(self, key):
        """The JSON value of a key below /weft/v1/, or None."""
        text = self.etcdctl('get', '--print-value-only', f'/weft/v1/{key}')
        return json.loads(text) if text.strip() else None

    def put(self, key, row):
        self.etcdctl('put', f'/weft/v1/{key}',
                     row if isinstance(row, str) else json.dumps(row))

    def delete(self, key):
        self.etcdctl('del', f'/weft/v1/{key}')

    def start_translator(self, name='translator', *options):
        self.spawn(name, [self.program('weft-translator'),
                          f'--unixctl={self.path(name + ".ctl")}', *options],
                   env=self.weft_env())

    def start_agent(self, n, *options):
        rundir = self.path(f'hv{n}')
        self.spawn(f'agent-hv{n}', [
            self.program('weft-agent'), f'--ovs-db=unix:{rundir}/db.sock',
            f'--unixctl={self.path(f"agent-hv{n}.ctl")}', *options],
            env={**self.weft_env(), 'OVS_RUNDIR': rundir})

    def start_api(self, port=None, *options):
        port = port or free_port()
        self.api_url = f'http://127.0.0.1:{port}'
        self.spawn('api', [self.program('weft-api'),
                           f'--listen=127.0.0.1:{port}',
                           f'--unixctl={self.path("api.ctl")}', *options],
                   env=self.weft_env())
        def ready():
            try:
                with urllib.request.urlopen(f'{self.api_url}/readyz',
                                            timeout=1) as r:
                    return r.status == 200
            except OSError:
                return False
        wait_until('weft-api', ready)

    def start_weft(self, api=False, api_port=None):
        """etcd, the translator, an agent for each hypervisor."""
        self.start_etcd()
        self.start_translator()
        for n in range(1, self.n_hypervisors + 1):
            self.start_agent(n)
        if api:
            self.start_api(api_port)
        for n in range(1, self.n_hypervisors + 1):
            wait_until(f'chassis hv{n}', lambda n=n: self.get(
                f'sb/chassis/hv{n}'))
        if self.n_hypervisors > 1:
            def tunnels(n):
                out = self.hv(n, 'ovs-vsctl', '--bare', '--columns=name',
                              'find', 'Interface', f'type={self.encap}')
                return len(out.stdout.split()) >= self.n_hypervisors - 1
            for n in range(1, self.n_hypervisors + 1):
                wait_until(f'tunnels of hv{n}', lambda n=n: tunnels(n))
            self.warm_tunnels()

    def weftctl(self, *argv, check=True, name='weftctl', timeout=60):
        """Runs weftctl (or, by name, ovn-nbctl, ...) against the sandbox."""
        return run([self.program(name), *argv], check=check, timeout=timeout,
                   env={**os.environ, **self.weft_env()})

    def rest(self, method, path, row=None, headers=None, timeout=30):
        """One request to weft-api; returns (status, JSON or None)."""
        request = urllib.request.Request(
            f'{self.api_url}{path}', method=method,
            data=None if row is None else json.dumps(row).encode(),
            headers={'Content-Type': 'application/json', **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=timeout) as r:
                text = r.read()
                return r.status, json.loads(text) if text else None
        except urllib.error.HTTPError as e:
            text = e.read()
            return e.code, json.loads(text) if text else None

    def flows(self, n, *match):
        """OpenFlow flows of br-int on hypervisor `n`, without counters."""
        out = self.hv(n, 'ovs-ofctl', '-O', 'OpenFlow15', 'dump-flows',
                      '--no-stats', 'br-int', *match).stdout
        return [line.strip() for line in out.splitlines()
                if 'table=' in line or 'priority=' in line]

    # --- end

    def save(self):
        """Writes what Sandbox.attach() needs."""
        with open(self.path('sandbox.json'), 'w') as f:
            json.dump({k: v for k, v in self.__dict__.items()
                       if k != 'keep'}, f)

    @classmethod
    def attach(cls, folder):
        """The sandbox that another process saved in `folder`."""
        sandbox = cls.__new__(cls)
        with open(os.path.join(folder, 'sandbox.json')) as f:
            sandbox.__dict__.update(json.load(f))
        sandbox.keep = True
        return sandbox

    def stop(self):
        """Ends every process, deletes every namespace and the folder."""
        pids = self.path('pids')
        names = sorted(os.listdir(pids)) if os.path.isdir(pids) else []
        # Agents and API before what they talk to.
        order = ['ovsdb', 'vswitchd', 'etcd']
        names.sort(key=lambda n: (n.split('-')[0] in order, n[::-1] < n))
        for name in names:
            try:
                self.end(name)
            except (OSError, ValueError, SandboxError) as e:
                print(f'{name}: {e}')
        self.clean_stale()
        shutil.rmtree(self.folder, ignore_errors=True)
        atexit.unregister(self.stop)


# --- for shells: sandbox.py plug|outside FOLDER ...

def shell_helpers(sandbox):
    """Functions for a user's shell: hv1, hv2, ..., vm, plug, outside."""
    this = f'/usr/bin/python3 {shlex.quote(os.path.abspath(__file__))}'
    text = ''
    for n in range(1, sandbox.n_hypervisors + 1):
        text += (f'hv{n}() {{ OVS_RUNDIR={sandbox.folder}/hv{n} ip netns '
                 f'exec {sandbox.netns(f"hv{n}")} "$@"; }}\n')
    return text + f'''vm() {{ local v=$1; shift; ip netns exec {sandbox.prefix}-$v "$@"; }}
plug() {{ {this} plug {sandbox.folder} "$@"; }}
outside() {{ {this} outside {sandbox.folder} "$@"; }}
'''


def plug(sandbox, n, name, port, mac, ip, gateway):
    """plug HYPERVISOR VM PORT MAC IP GATEWAY: a VM on a logical port."""
    sandbox.add_vm(int(n), name, mac, ip, gateway, iface_id=port)


def outside(sandbox, n, bridge, network, mac, ip):
    """outside HYPERVISOR BRIDGE NETWORK MAC IP: a host `ext` on a bridge
    that is mapped to a physical network."""
    sandbox.hv(int(n), 'ovs-vsctl', 'add-br', bridge, '--', 'set', 'bridge',
               bridge, 'datapath_type=netdev', 'fail_mode=standalone', '--',
               'set', 'Open_vSwitch', '.',
               f'external_ids:ovn-bridge-mappings={network}:{bridge}')
    sandbox.add_vm(int(n), 'ext', mac, ip, iface_id='', bridge=bridge)


def main():
    commands = {'plug': plug, 'outside': outside}
    if len(sys.argv) < 3 or sys.argv[1] not in commands:
        sys.exit('usage: sandbox.py plug|outside FOLDER ...')
    sandbox = Sandbox.attach(sys.argv[2])
    commands[sys.argv[1]](sandbox, *sys.argv[3:])
    sandbox.save()


if __name__ == '__main__':
    main()
