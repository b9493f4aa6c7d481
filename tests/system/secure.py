"""The whole system over mutual TLS, with users whose roles are those of
docs/OPERATIONS.md's table, made by deploy/etcd-roles, below another prefix;
also on a newer etcd."""
import base64
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'support'))
from etcd import Etcd  # noqa: E402
from sandbox import SOURCE, Sandbox, run, wait_until  # noqa: E402

PREFIX = '/other/prefix'


def documented_roles():
    """{role: (prefixes to read, prefixes to write)} of the table, with P for
    the prefix."""
    with open(os.path.join(SOURCE, 'docs', 'OPERATIONS.md'),
              encoding='utf-8') as f:
        table = f.read().split('| role | read | write |')[1].split('\n\n')[0]
    roles = {}
    for line in table.splitlines()[2:]:
        role, may_read, may_write = line.strip('|').split('|')
        roles[role.strip()] = (re.findall(r'`P(/[^`]+)`', may_read),
                               re.findall(r'`P(/[^`]+)`', may_write))
    return roles


class SecureSandbox(Sandbox):
    """A sandbox whose programs come to etcd as users."""

    def use(self, etcd, binary):
        self.etcd, self.binary = etcd, binary

    def env_of(self, user):
        return {**self.etcd.env(), 'WEFT_PREFIX': PREFIX,
                'WEFT_ETCD_USER': user,
                'WEFT_ETCD_PASSWORD_FILE': self.path(user)}

    def weft_env(self):
        return self.env_of(self.user)

    def get(self, key):
        text = self.etcd.etcdctl('get', '--print-value-only',
                                 f'{PREFIX}/{key}')
        return json.loads(text) if text.strip() else None

    def put(self, key, row):
        self.as_user('weft-api', 'put', f'{PREFIX}/{key}', json.dumps(row))

    def as_user(self, user, *argv, check=True):
        """etcdctl as that user; returns it finished."""
        with open(self.path(user), encoding='ascii') as f:
            password = f.read()
        return run([self.etcd.ctl, *argv], check=check, env={
            **self.ctl_env(), 'ETCDCTL_USER': f'{user}:{password}'})

    def ctl_env(self):
        """What etcdctl needs to come to etcd, without a user."""
        folder = os.path.dirname(shutil.which(self.etcd.ctl))
        return {**os.environ, 'ETCDCTL_API': '3',
                'PATH': f'{folder}:{os.environ["PATH"]}',
                'ETCDCTL_COMMAND_TIMEOUT': '60s',
                'ETCDCTL_DIAL_TIMEOUT': '20s',
                'ETCDCTL_ENDPOINTS': self.etcd.url,
                'ETCDCTL_CACERT': self.etcd.path('ca.pem'),
                'ETCDCTL_CERT': self.etcd.path('client.pem'),
                'ETCDCTL_KEY': self.etcd.path('client.key')}

    def etcd_roles(self, *argv, check=True, **env):
        return run([os.path.join(SOURCE, 'deploy', 'etcd-roles'),
                    f'--prefix={PREFIX}', f'--passwords={self.folder}',
                    *argv], check=check, env={**self.ctl_env(), **env})

    def make_users(self):
        ctl = self.etcd.etcdctl
        ctl('user', 'add', 'root:root')
        ctl('role', 'add', 'root', check=False)
        ctl('user', 'grant-role', 'root', 'root')
        self.etcd_roles('translator', 'api', 'agent:hv1')
        ctl('auth', 'enable')
        self.etcd.auth_enabled = True
        # Another hypervisor, once it is on; who was there stays as he was.
        with open(self.path('weft-agent-hv1'), encoding='ascii') as f:
            password = f.read()
        self.etcd_roles('agent:hv1', 'agent:hv2', ETCDCTL_USER='root:root')
        with open(self.path('weft-agent-hv1'), encoding='ascii') as f:
            assert f.read() == password

    def role(self, name):
        """(prefixes to read, prefixes to write) of a role in etcd."""
        text = self.etcd.etcdctl('role', 'get', name, '-w', 'json')
        may = {'read': set(), 'write': set()}
        for permission in json.loads(text)['perm']:
            kind = permission.get('permType', 0)    # READ, WRITE, READWRITE
            key = base64.b64decode(permission['key']).decode()
            for n, right in enumerate(('read', 'write')):
                if kind in (n, 2):
                    may[right].add(key.removeprefix(PREFIX))
        return may['read'], may['write']

    def start_secure(self):
        self.make_users()
        self.user = 'weft-translator'
        self.start_translator()
        for n in (1, 2):
            self.user = f'weft-agent-hv{n}'
            self.start_agent(n)
        self.user = 'weft-api'
        self.start_api()
        for n in (1, 2):
            wait_until(f'chassis hv{n}',
                       lambda n=n: self.get(f'sb/chassis/hv{n}'), 30)
        wait_until('tunnels', lambda: all(
            'geneve' in self.hv(n, 'ovs-vsctl', '--bare', '--columns=type',
                                'find', 'Interface', 'type=geneve').stdout
            for n in (1, 2)))
        self.warm_tunnels()


class Secure(unittest.TestCase):
    BINARY = None

    @classmethod
    def setUpClass(cls):
        cls.etcd = Etcd(mutual_tls=True, binary=cls.BINARY)
        cls.addClassCleanup(cls.etcd.close)
        cls.s = cls.enterClassContext(SecureSandbox())
        cls.s.use(cls.etcd, cls.BINARY)
        try:
            cls.s.start_secure()
        except BaseException:
            cls.s.show_logs()
            raise

    def test_1_ping(self):
        """One switch by etcdctl, its ports by weftctl and REST."""
        s = self.s
        s.put('nb/logical_switch/n1', {})
        s.weftctl('--wait=hv', 'lsp-add', 'n1', 'ap', '--',
                  'lsp-set-addresses', 'ap', 'fa:16:3e:00:00:01 10.0.0.1')
        status, _ = s.rest(
            'PUT', '/v1/logical_switch_port/bp?wait=hv',
            {'switch': 'n1', 'addresses': ['fa:16:3e:00:00:02 10.0.0.2']})
        self.assertEqual(status, 201)
        for n, name in ((1, 'a'), (2, 'b')):
            s.add_vm(n, name, f'fa:16:3e:00:00:0{n}', f'10.0.0.{n}/24',
                     iface_id=f'{name}p')
        s.ping_soon('a', '10.0.0.2')
        s.weftctl('--wait=hv', 'sync')
        self.assertTrue(s.ping('b', '10.0.0.1', count=3))

    def test_2_tools(self):
        s = self.s
        self.assertIn('n1', s.weftctl('show').stdout)
        self.assertIn('hv2', s.weftctl('chassis', 'list').stdout)
        self.assertIn('ls_in_l2_lkup', s.weftctl('lflow-list').stdout)
        self.assertEqual(s.rest('GET', '/v1/logical_switch/n1')[0], 200)

    def test_3_each_stays_within_its_prefixes(self):
        s = self.s
        for user, key in (('weft-agent-hv1', 'chassis/hv2/claim/ap'),
                          ('weft-agent-hv1', 'sb/dp/switch:n1'),
                          ('weft-agent-hv1', 'nb/logical_switch/x'),
                          ('weft-agent-hv1', 'status/sync'),
                          ('weft-translator', 'nb/logical_switch/x'),
                          ('weft-translator', 'chassis/hv1/sync'),
                          ('weft-api', 'sb/sync'),
                          ('weft-api', 'chassis/hv1/sync')):
            with self.subTest(user=user, key=key):
                done = s.as_user(user, 'put', f'{PREFIX}/{key}', '{}',
                                 check=False)
                self.assertNotEqual(done.returncode, 0)
                self.assertIn('permission denied', done.stderr)
        for user, key in (('weft-agent-hv1', 'chassis/hv2/chassis'),
                          ('weft-agent-hv1', 'nb/logical_switch/n1')):
            with self.subTest(user=user, read=key):
                done = s.as_user(user, 'get', f'{PREFIX}/{key}', check=False)
                self.assertIn('permission denied', done.stderr)

    def test_4_an_agent_that_calls_itself_another(self):
        """hv1's user with hv2's name: it can claim nothing."""
        s = self.s
        s.end('agent-hv1')
        before = s.etcd.etcdctl('get', '--prefix', f'{PREFIX}/chassis/hv2/')
        s.user = 'weft-agent-hv1'
        s.start_agent(1, '--system-id=hv2')
        s.user = 'weft-api'
        wait_until('complaint', lambda: re.search(
            'denied', s.log_text('agent-hv1')), 20)
        self.assertEqual(before, s.etcd.etcdctl(
            'get', '--prefix', f'{PREFIX}/chassis/hv2/'))
        s.end('agent-hv1')
        s.user = 'weft-agent-hv1'
        s.start_agent(1)
        s.user = 'weft-api'
        s.weftctl('--wait=hv', 'sync')
        s.ping_soon('a', '10.0.0.2')

    def show(self, env):
        return run([self.s.program('weftctl'), '--timeout=20',
                    '--etcd-timeout=1500', 'show'], check=False, env=env)

    def test_5_without_certificate_or_with_a_wrong_password(self):
        s = self.s
        env = {**os.environ, **s.weft_env()}
        for without, said in (
                (('WEFT_ETCD_CERT', 'WEFT_ETCD_KEY'), ''),
                (('WEFT_ETCD_USER', 'WEFT_ETCD_PASSWORD_FILE'), 'user'),
                (('WEFT_ETCD_PASSWORD_FILE',), '')):
            with self.subTest(without=without):
                done = self.show({k: v for k, v in env.items()
                                  if k not in without})
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(said, done.stderr)
                self.assertTrue(done.stderr.strip())

    def test_6_roles_as_documented(self):
        for role, documented in documented_roles().items():
            name = {'translator': 'weft-translator',
                    'agent on hv1': 'weft-agent-hv1',
                    'orchestrator, API': 'weft-api'}[role]
            with self.subTest(role=role):
                self.assertEqual(self.s.role(name),
                                 tuple(map(set, documented)))

    def test_6_etcd_roles_says_what_is_wrong(self):
        for argv, said in (((), 'WHO is'), (('agent:',), 'percent-encoded'),
                           (('agent:a/b',), 'percent-encoded'),
                           (('all',), 'neither'),
                           (('translator',), 'not reached, or it refuses')):
            with self.subTest(argv=argv):
                done = self.s.etcd_roles(*argv, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stderr)

    def test_6_nothing_outside_the_prefix(self):
        outside = [key for key in self.s.etcd.etcdctl(
            'get', '--prefix', '--keys-only', '/').split()
            if not key.startswith(f'{PREFIX}/')]
        self.assertEqual(outside, [])

    def test_7_certificates_of_the_watch_are_checked(self):
        """Another authority: the store is not reached."""
        s = self.s
        folder = s.path('other-ca')
        os.makedirs(folder)
        subprocess.run(
            ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
             'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj',
             '/CN=other CA', '-keyout', f'{folder}/ca.key', '-out',
             f'{folder}/ca.pem'], check=True, stderr=subprocess.DEVNULL)
        done = self.show({**os.environ, **s.weft_env(),
                          'WEFT_ETCD_CA': f'{folder}/ca.pem'})
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, 'certificate|SSL|TLS')


def main():
    if os.environ.get('WEFT_TEST_ETCD') == 'trixie':
        found = run([os.path.join(SOURCE, 'deploy', 'etcd-trixie')],
                    check=False, timeout=110)
        if found.returncode:
            print(f'skipped: {found.stderr}')
            sys.exit(77)
        Secure.BINARY = found.stdout.strip()
        print(run([Secure.BINARY, '--version']).stdout.split('\n')[0])
    unittest.main(verbosity=2)


if __name__ == '__main__':
    main()
