"""Stock OVN and Weft side by side without hypervisors, for comparing traces:
the databases and ovn-northd there, etcd and weft-translator here, each in a
folder of its own, ended by pid.

    with Stock() as stock, Weft() as weft:
        for side in stock, weft:
            side.nbctl('ls-add', 'n1')
        print(stock.trace('n1', 'inport == "a"'))
"""
import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

SOURCE = os.environ.get('WEFT_SOURCE_DIR') or os.path.dirname(
    os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('WEFT_BUILD_DIR') or os.path.join(SOURCE, 'build')
sys.path.insert(0, os.path.join(SOURCE, 'tests/support'))
from etcd import Etcd  # noqa: E402

NB_SH = os.path.join(SOURCE, 'tests/system/tutorial/nb.sh')
STOCK_PATH = '/usr/bin:/usr/sbin:/bin:/sbin'


def wait_until(what, condition, timeout=20):
    """Polls until condition() is true, and returns what it returned."""
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise RuntimeError(f'{what}: not within {timeout} s')
        time.sleep(0.01)


class UnixctlError(Exception):
    """The daemon says no, or is gone."""


class Unixctl:
    """A daemon's control socket, kept open: a request costs no process."""

    def __init__(self, path, timeout=60):
        self.path, self.timeout = path, timeout
        self.socket = None
        self.buffer = ''

    def call(self, method, *params):
        try:
            if self.socket is None:
                self.socket = socket.socket(socket.AF_UNIX)
                self.socket.settimeout(self.timeout)
                self.socket.connect(self.path)
                self.buffer = ''
            self.socket.sendall(json.dumps(
                {'method': method, 'params': list(params),
                 'id': 0}).encode())
            reply = self._read()
        except OSError as e:
            self.close()
            raise UnixctlError(f'{self.path}: {e}') from e
        if reply['error'] is not None:
            raise UnixctlError(reply['error'])
        return reply['result'] or ''

    def _read(self):
        while True:
            try:
                reply, end = json.JSONDecoder().raw_decode(self.buffer)
                self.buffer = self.buffer[end:].lstrip()
                return reply
            except ValueError:
                data = self.socket.recv(1 << 20)
                if not data:
                    raise ConnectionResetError('closed') from None
                self.buffer += data.decode()

    def close(self):
        if self.socket:
            self.socket.close()
            self.socket = None


class Side:
    """What both have: a folder, an environment, processes."""

    def __init__(self, kind):
        self.folder = tempfile.mkdtemp(prefix=f'weft-trace-{kind}-')
        self.processes = []
        self.env = dict(os.environ)

    def path(self, name):
        return os.path.join(self.folder, name)

    def start(self, *argv):
        with open(self.path('log'), 'ab') as log:
            self.processes.append(subprocess.Popen(
                argv, env=self.env, stdout=log, stderr=log,
                stdin=subprocess.DEVNULL, start_new_session=True))

    def run(self, *argv, check=True, timeout=120, stderr=subprocess.STDOUT):
        """Runs a command; returns what it printed, errors among it."""
        done = subprocess.run(argv, env=self.env, check=False, text=True,
                              stdout=subprocess.PIPE, stderr=stderr,
                              timeout=timeout)
        if check and done.returncode:
            raise RuntimeError(f'{argv}: exit {done.returncode}: '
                               f'{done.stdout[-2000:]}')
        return done.stdout

    def __exit__(self, *exc):
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def nb_script(self, *chapters):
        """Chapters of the tutorial's nb.sh, waiting for nothing."""
        self.run(NB_SH, *chapters)


class Stock(Side):
    """Stock OVN: databases, ovn-northd, the tools as daemons."""

    def __init__(self):
        super().__init__('stock')
        self.env.update({k: self.folder for k in (
            'OVN_RUNDIR', 'OVN_LOGDIR', 'OVN_DBDIR', 'OVS_RUNDIR',
            'OVS_LOGDIR', 'OVN_SYSCONFDIR')}, PATH=STOCK_PATH)
        for name in ('nb', 'sb'):
            self.env[f'OVN_{name.upper()}_DB'] = f'unix:{self.path(name)}.sock'

    def __enter__(self):
        try:
            for name in ('nb', 'sb'):
                db = self.path(f'{name}.db')
                self.run('ovsdb-tool', 'create', db,
                         f'/usr/share/ovn/ovn-{name}.ovsschema')
                self.start('ovsdb-server', db,
                           f'--remote=punix:{self.path(name)}.sock',
                           f'--unixctl={self.path(name)}.ctl',
                           '-vconsole:off')
            for name in ('nb', 'sb'):
                wait_until('ovsdb-server', lambda n=name: os.path.exists(
                    self.path(f'{n}.sock')))
            self.run('ovn-nbctl', 'init')
            self.start('ovn-northd', f'--unixctl={self.path("northd.ctl")}',
                       '-vconsole:off')
            # They detach; their pid files say whom to end.
            self.env['OVN_NB_DAEMON'] = self.run(
                'ovn-nbctl', '--detach', '--pidfile', '-vconsole:off').strip()
            self.nbctl_daemon = Unixctl(self.env['OVN_NB_DAEMON'])
            self.northd = Unixctl(self.path('northd.ctl'))
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *exc):
        try:
            with open(self.path('ovn-nbctl.pid'), encoding='ascii') as f:
                os.kill(int(f.read()), 15)
        except (OSError, ValueError):
            pass
        super().__exit__(*exc)

    def nbctl(self, *argv):
        """By the daemon, which costs little."""
        return self.nbctl_daemon.call('run', '--timeout=30', *argv)

    def sbctl(self, *argv):
        return self.run('ovn-sbctl', '--timeout=30', *argv)

    def nb_script(self, *chapters):
        """There is no hypervisor to wait for: --wait=hv means sb."""
        folder = self.path('bin')
        os.makedirs(folder, exist_ok=True)
        with open(f'{folder}/ovn-nbctl', 'w', encoding='ascii') as f:
            f.write('#!/bin/bash\nexec /usr/bin/ovn-nbctl '
                    '"${@/--wait=hv/--wait=sb}"\n')
        os.chmod(f'{folder}/ovn-nbctl', 0o755)
        self.run('env', f'PATH={folder}:{STOCK_PATH}', NB_SH, *chapters)

    def add_chassis(self, name, ip='127.0.0.1'):
        """With the features that ovn-controller 23.03 tells of, which
        ovn-northd makes use of."""
        self.sbctl('chassis-add', name, 'geneve', ip, '--', 'set', 'Chassis',
                   name, *(f'other_config:{feature}=true' for feature in (
                       'ct-no-masked-label',
                       'ovn-ct-lb-related', 'mac-binding-timestamp')))

    def bind(self, lport, chassis):
        self.sbctl('lsp-bind', lport, chassis)

    def sync(self):
        self.nbctl('--wait=sb', 'sync')

    def trace(self, *argv):
        """By a process of its own (see Tracer for many).  None if it died of an assertion, or
        found no end: what nd_ns makes there is answered by nd_ns."""
        try:
            done = subprocess.run(
                ['ovn-trace', *argv], env=self.env, text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                timeout=15)
        except subprocess.TimeoutExpired:
            return None
        return None if done.returncode < 0 else done.stdout


class Tracer:
    """ovn-trace as a daemon, for many packets: it reads the database once,
    when it starts, and takes its options then, but for the output's form.
    States of --ct are used up from packet to packet."""

    def __init__(self, stock, *options):
        self.stock, self.options, self.ctl = stock, options, None

    def __enter__(self):
        path, self.pidfile = (self.stock.path(f'trace.{suffix}')
                              for suffix in ('ctl', 'pid'))
        self.stock.run('ovn-trace', '--detach', f'--pidfile={self.pidfile}',
                       f'--unixctl={path}', '-vconsole:off', *self.options)
        self.ctl = Unixctl(path, timeout=15)
        return self

    def __exit__(self, *exc):
        self.ctl.close()
        try:
            with open(self.pidfile, encoding='ascii') as f:
                pid = int(f.read())
        except OSError:
            return              # It died.
        os.kill(pid, 9)
        os.unlink(self.pidfile)

    def trace(self, *argv):
        """As Stock.trace()."""
        try:
            return self.ctl.call('trace', *argv)
        except UnixctlError:
            self.__exit__()
            self.__enter__()
            return None


class Weft(Side):
    """etcd and the translator; chassis and claims are written by hand."""

    def __init__(self):
        super().__init__('weft')
        self.etcd = Etcd()
        self.env.update(self.etcd.env(),
                        PATH=f'{BUILD}/bin:{os.environ["PATH"]}')

    def __enter__(self):
        try:
            self.start(f'{BUILD}/bin/weft-translator',
                       f'--unixctl={self.path("translator.ctl")}')
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, *exc):
        super().__exit__(*exc)
        self.etcd.close()

    def nbctl(self, *argv, check=True):
        return self.run(f'{BUILD}/bin/ovn-nbctl', '--timeout=30', *argv,
                        check=check)

    def nb_script(self, *chapters):
        folder = self.path('bin')
        os.makedirs(folder, exist_ok=True)
        with open(f'{folder}/ovn-nbctl', 'w', encoding='ascii') as f:
            f.write(f'#!/bin/bash\nexec {BUILD}/bin/ovn-nbctl '
                    '"${@/--wait=hv/--wait=sb}"\n')
        os.chmod(f'{folder}/ovn-nbctl', 0o755)
        self.run('env', f'PATH={folder}:{self.env["PATH"]}', NB_SH,
                 *chapters)

    def put(self, key, row):
        self.etcd.etcdctl('put', f'/weft/v1/{key}', json.dumps(row))

    def put_many(self, rows):
        """Keys (below the prefix) and rows, in one transaction; a row that
        is None is deleted."""
        def b64(text):
            return base64.b64encode(text.encode()).decode()
        self.etcd.call('/v3/kv/txn', {'success': [
            {'request_delete_range': {'key': b64(f'/weft/v1/{key}')}}
            if row is None else
            {'request_put': {'key': b64(f'/weft/v1/{key}'),
                             'value': b64(json.dumps(row))}}
            for key, row in rows.items()]})

    def add_chassis(self, name, ip='127.0.0.1'):
        self.put(f'chassis/{name}/chassis', {
            'hostname': name, 'encaps': [{'type': 'geneve', 'ip': ip}]})
        self.put(f'chassis/{name}/alive', {'started_ms': 1})

    def bind(self, lport, chassis):
        self.put(f'chassis/{chassis}/claim/{lport}',
                 {'iface': f'tap-{lport}'[:15], 'ofport': 5,
                  'installed': True})

    def sync(self):
        self.nbctl('--wait=sb', 'sync')

    def trace(self, *argv):
        """Without what it says of flows that don't parse."""
        return self.run(f'{BUILD}/bin/weftctl', 'trace', *argv, check=False,
                        stderr=subprocess.DEVNULL)


class Ours(Weft):
    """With ovn-nbctl as a daemon, like the other side's."""

    def __enter__(self):
        super().__enter__()
        self.env['OVS_RUNDIR'] = self.folder
        path = self.run(f'{BUILD}/bin/ovn-nbctl', '--detach', '--pidfile='
                        + self.path('nbctl.pid'),
                        '-vconsole:off').strip().splitlines()[-1]
        self.nbctl_daemon = Unixctl(path)
        return self

    def __exit__(self, *exc):
        try:
            self.nbctl_daemon.call('exit')
        except (UnixctlError, AttributeError):
            pass
        super().__exit__(*exc)

    def nbctl(self, *argv):
        return self.nbctl_daemon.call('run', '--timeout=20', *argv)

    def sbctl(self, *argv):
        return self.run(f'{BUILD}/bin/ovn-sbctl', '--timeout=30', *argv)
