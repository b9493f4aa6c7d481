"""The command line's daemon mode: our clients and OVN's own of our daemon, and
our client of OVN's daemon."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from etcd import Etcd, find_etcd  # noqa: E402

SOURCE = os.path.join(HERE, '..', '..')
BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))
STOCK = '/usr/bin/ovn-nbctl'
NO_ETCD = {'WEFT_ETCD': 'http://127.0.0.1:1'}


def wait_until(what, condition):
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError('not within 20 s: ' + what)
        time.sleep(0.02)


def is_running(pid):
    """Zombies are not: nobody here is their parent."""
    try:
        with open(f'/proc/{pid}/stat', encoding='utf-8') as f:
            return f.read().rsplit(')', 1)[1].split()[0] != 'Z'
    except FileNotFoundError:
        return False


class Daemon(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.etcd = cls.enterClassContext(Etcd())

    def setUp(self):
        self.etcd.etcdctl('del', '--prefix', '/weft')
        self.folder = tempfile.mkdtemp(prefix='weft-cli-daemon-')
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.env = {**os.environ, **self.etcd.env(),
                    'OVN_RUNDIR': self.folder, 'OVS_RUNDIR': self.folder}
        self.env.pop('OVN_NB_DAEMON', None)

    def run_tool(self, *args, tool='ovn-nbctl', **env):
        path = tool if '/' in tool else os.path.join(BUILD, 'bin', tool)
        return subprocess.run(
            [path, *args], env={**self.env, **env}, timeout=60,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False)

    def start(self, *args, tool='ovn-nbctl'):
        """The socket's path and the daemon's pid."""
        pidfile = os.path.join(self.folder, f'{len(args)}.pid')
        p = self.run_tool('--detach', f'--pidfile={pidfile}', *args,
                          tool=tool)
        self.assertEqual(p.returncode, 0, p.stderr)
        with open(pidfile, encoding='utf-8') as f:
            pid = int(f.read())
        self.addCleanup(self.stop, pid)
        return p.stdout.rstrip('\n'), pid

    def stop(self, pid):
        if is_running(pid):
            os.kill(pid, signal.SIGTERM)
            wait_until('the daemon ends', lambda: not is_running(pid))

    def ok(self, *args, **env):
        p = self.run_tool(*args, **env)
        self.assertEqual((p.returncode, p.stderr), (0, ''), args)
        return p.stdout

    def test_environment(self):
        """OVN_NB_DAEMON: options and commands as without it; the client
        itself reaches no store."""
        path, _ = self.start()
        env = {'OVN_NB_DAEMON': path, **NO_ETCD}
        self.assertRegex(path, rf'^{self.folder}/ovn-nbctl\.\d+\.ctl$')
        self.assertEqual(self.ok('ls-add', 'n1', '--', 'lsp-add', 'n1', 'a',
                                 **env), '')
        self.assertEqual(self.ok('-f', 'csv', '--no-headings',
                                 '--columns=name', 'list',
                                 'logical_switch', **env), 'n1\n')
        self.assertEqual(self.ok('--may-exist', 'ls-add', 'n1', **env), '')
        self.assertEqual(self.ok('--bare', 'get', 'logical_switch_port', 'a',
                                 'name', **env), 'a\n')
        # What the daemon wrote is in the store.
        self.assertIn('(n1)', self.ok('ls-list'))

    def test_errors(self):
        path, pid = self.start('-u', os.path.join(self.folder, 'my.ctl'))
        self.assertEqual(path, os.path.join(self.folder, 'my.ctl'))
        for words, message in (
                (['lsp-list', 'none'],
                 'ovn-nbctl: none: switch name not found\n'),
                (['nonsense'], "ovn-nbctl: unknown command 'nonsense'; use "
                               '--help for help\n')):
            p = self.run_tool('-u', path, *words, **NO_ETCD)
            self.assertEqual((p.returncode, p.stdout, p.stderr),
                             (1, '', message))
        p = self.run_tool('-t', path, 'run', '--pidfile', 'show',
                          tool='ovn-appctl')
        self.assertEqual(p.returncode, 2)
        self.assertIn('does not concern', p.stderr)
        self.assertTrue(is_running(pid))

    def test_stock_client(self):
        """OVN's ovn-nbctl and ovs-appctl are clients of our daemon."""
        if not os.path.exists(STOCK):
            self.skipTest('needs ovn-nbctl')
        path, pid = self.start()
        p = self.run_tool('--wait=none', '--may-exist', 'ls-add', 'n1',
                          tool=STOCK, OVN_NB_DAEMON=path)
        self.assertEqual((p.returncode, p.stderr), (0, ''))
        p = self.run_tool('-u', path, '--bare', '--columns=name', 'find',
                          'logical_switch', 'name=n1', tool=STOCK)
        self.assertEqual((p.returncode, p.stdout), (0, 'n1\n'))
        p = self.run_tool('-u', path, 'lsp-list', 'none', tool=STOCK)
        self.assertEqual((p.returncode, p.stderr),
                         (1, 'ovn-nbctl: none: switch name not found\n'))
        p = self.run_tool('-t', path, 'exit', tool='ovn-appctl')
        self.assertEqual(p.returncode, 0)
        wait_until('exit', lambda: not is_running(pid))
        self.assertFalse(os.path.exists(path))

    def test_time_limit(self):
        """A wait that nobody ends is given up, and the daemon lives on."""
        path, pid = self.start()
        p = self.run_tool('-t', path, 'run', '--timeout=1', '--wait=sb',
                          'ls-add', 'n1', tool='ovn-appctl')
        self.assertEqual(p.returncode, 2)
        p = self.run_tool('-t', path, 'run', '--timeout=1', 'wait-until',
                          'logical_switch', 'never', tool='ovn-appctl')
        self.assertEqual(p.returncode, 2)
        self.assertIn('timeout expired', p.stderr)
        self.assertIn('(n1)', self.ok('ls-list', OVN_NB_DAEMON=path))
        self.assertTrue(is_running(pid))

    def test_client_gone(self):
        """Whoever does not wait for the answer does not end the daemon."""
        path, pid = self.start()
        for words in (['--timeout=1', 'wait-until', 'logical_switch', 'x'],
                      ['ls-list']):
            with socket.socket(socket.AF_UNIX) as s:
                s.connect(path)
                s.sendall(json.dumps({'id': 0, 'method': 'run',
                                      'params': words}).encode())
            self.assertEqual(self.ok('ls-list', OVN_NB_DAEMON=path), '')
        self.assertTrue(is_running(pid))

    def test_signal(self):
        path, pid = self.start()
        waiting = subprocess.Popen(
            [os.path.join(BUILD, 'bin', 'ovn-nbctl'), '-u', path,
             '--wait=hv', 'sync'], env=self.env, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        time.sleep(0.3)
        os.kill(pid, signal.SIGTERM)
        wait_until('the daemon ends', lambda: not is_running(pid))
        waiting.communicate(timeout=20)
        self.assertEqual(waiting.returncode, 1)
        self.assertFalse(os.path.exists(path))

    def test_etcd_away(self):
        """The daemon outlives its etcd's connections."""
        path, _ = self.start()
        self.ok('ls-add', 'n1', OVN_NB_DAEMON=path)
        self.etcd.restart(0)
        self.etcd.wait_healthy()
        self.assertIn('(n1)', self.ok('ls-list', OVN_NB_DAEMON=path))

    def test_southbound(self):
        path, _ = self.start(tool='ovn-sbctl')
        p = self.run_tool('chassis-add', 'hv1', 'geneve', '10.0.0.1',
                          tool='ovn-sbctl', OVN_SB_DAEMON=path, **NO_ETCD)
        self.assertEqual((p.returncode, p.stderr), (0, ''))

    def test_trace_daemon(self):
        """ovn-trace(8), "Daemon Mode"; it answers and ends without etcd."""
        self.ok('ls-add', 'n1', '--', 'lsp-add', 'n1', 'a')

        def appctl(*words):
            return self.run_tool('-t', 'ovn-trace', *words,
                                 tool=shutil.which('ovs-appctl'))
        pidfile = os.path.join(self.folder, 'ovn-trace.pid')
        for env in {}, NO_ETCD:
            p = self.run_tool('--detach', '--pidfile', tool='ovn-trace',
                              **env)
            self.assertEqual((p.returncode, p.stdout, p.stderr), (0, '', ''))
            with open(pidfile, encoding='ascii') as f:
                pid = int(f.read())
            self.addCleanup(self.stop, pid)
            socket = os.path.join(self.folder, f'ovn-trace.{pid}.ctl')
            self.assertTrue(os.path.exists(socket))
            p = self.run_tool('--detach', '--pidfile', tool='ovn-trace')
            self.assertEqual(p.returncode, 1)
            self.assertIn('already running', p.stderr)
            p = appctl('trace', '--minimal', 'n1', 'inport == "a"')
            # Nobody has translated the switch; or etcd is not there.
            self.assertEqual(p.returncode, 2 if env else 0)
            self.assertIn('connect' if env else 'unknown datapath "n1"',
                          p.stderr + p.stdout)
            self.assertEqual(appctl('exit').returncode, 0)
            wait_until('exit', lambda i=pid: not is_running(i))
            self.assertFalse(os.path.exists(socket)
                             or os.path.exists(pidfile))

    def test_trace_daemon_that_cannot_start(self):
        for options in (['--unixctl=/nonexistent/x.ctl'],
                        ['--etcd=ftp://x'], ['--pidfile=/nonexistent/x']):
            p = self.run_tool('--detach', *options, tool='ovn-trace')
            self.assertEqual(p.returncode, 1, options)
            self.assertTrue(p.stderr, options)
            self.assertEqual(
                [f for f in os.listdir(self.folder)
                 if f.startswith('ovn-trace')], [])

    def test_no_daemon(self):
        p = self.run_tool('show', OVN_NB_DAEMON='/nonexistent.ctl')
        self.assertEqual(p.returncode, 1)
        self.assertIn('unset OVN_NB_DAEMON', p.stderr)
        p = self.run_tool('--detach', 'show')
        self.assertEqual(p.returncode, 1)
        # A store that is named on the command line is not the daemon's.
        self.ok('--etcd=' + self.etcd.env()['WEFT_ETCD'], 'show',
                OVN_NB_DAEMON='/nonexistent.ctl')


if __name__ == '__main__':
    if not find_etcd():
        print('skipped: needs etcd')
        sys.exit(77)
    unittest.main()
