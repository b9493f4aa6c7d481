"""What users install: the Debian packages of "cpack" hold what they should,
their systemd units are right, they go in and out without a trace; and
"cmake --install" does the same with another prefix.

The packages are made of this build and installed by dpkg in a folder of their
own, with their scripts; nothing of the machine is touched."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

BUILD = os.environ['WEFT_BUILD_DIR']
DAEMONS = ('translator', 'agent', 'api')
OVN_NAMES = ('ovn-nbctl', 'ovn-sbctl', 'ovn-trace', 'ovn-detrace',
             'ovn-appctl')
MANUAL_PAGES = [f'weft{p}ctl' for p in ('', '-nb', '-sb')] + [
    f'weftctl-{command}' for command in (
        'trace', 'detrace', 'diff', 'watch', 'whatif', 'explain', 'debug')]
# What they hold besides /usr/share/doc/PACKAGE.
HOLD = {f'weft-{d}': {f'/usr/bin/weft-{d}',
                      f'/usr/lib/systemd/system/weft-{d}.service'}
        for d in DAEMONS}
HOLD['weft-tools'] = {
    '/usr/bin/weftctl', '/usr/bin/weft-etcd-roles',
    '/usr/share/bash-completion/completions/weftctl',
    '/usr/share/zsh/vendor-completions/_weftctl',
    *(f'/usr/share/man/man1/{name}.1.gz' for name in MANUAL_PAGES)}
HOLD['weft-ovn-names'] = {f'/usr/bin/{name}' for name in OVN_NAMES}
# systemd-analyze security: 100 is a service with every right.
MOST_EXPOSED = {'translator': 20, 'api': 20, 'agent': 35}


def run(argv, check=True, **kwargs):
    done = subprocess.run(argv, stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=500, **kwargs)
    if check and done.returncode:
        raise AssertionError(f'{argv}: exit {done.returncode}\n'
                             f'{done.stdout}')
    return done.stdout


def tree(folder):
    """Every path below a folder, folders with a slash behind."""
    found = set()
    for where, folders, names in os.walk(folder):
        at = where.removeprefix(folder)
        found |= {f'{at}/{name}' for name in names}
        for name in folders:
            found.add(f'{at}/{name}' + (
                '' if os.path.islink(f'{where}/{name}') else '/'))
    return found


class Packages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='weft-packages-')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run(['cpack', '--config', f'{BUILD}/CPackConfig.cmake', '-B',
             cls.folder], cwd=cls.folder)
        cls.files = {os.path.basename(f).split('_')[0]: f
                     for f in glob.glob(f'{cls.folder}/*.deb')}
        cls.root = os.path.join(cls.folder, 'root')
        for name in ('updates', 'info', 'triggers'):
            os.makedirs(f'{cls.root}/var/lib/dpkg/{name}')
        for name in ('status', 'available'):
            with open(f'{cls.root}/var/lib/dpkg/{name}', 'w',
                      encoding='ascii'):
                pass
        os.makedirs(f'{cls.root}/etc/systemd/system/multi-user.target.wants')

    def dpkg(self, *argv):
        """What they depend on is not there, and scripts are run without
        chroot(), with DPKG_ROOT set."""
        return run(['dpkg', f'--root={self.root}', '--log=/dev/null',
                    '--force-depends', '--force-not-root',
                    '--force-script-chrootless', *argv])

    def field(self, package, name):
        return run(['dpkg-deb', '--field', self.files[package], name])

    def test_1_contents(self):
        self.assertEqual(set(self.files), set(HOLD))
        for package, hold in HOLD.items():
            with self.subTest(package=package):
                target = os.path.join(self.folder, f'unpacked-{package}')
                run(['dpkg-deb', '-x', self.files[package], target])
                doc = f'/usr/share/doc/{package}/'
                self.assertEqual(
                    {f for f in tree(target) if not f.endswith('/')},
                    hold | {f'{doc}copyright', f'{doc}changelog.Debian.gz'})

    def test_2_dependencies(self):
        for package, needs in (
                ('weft-agent', ('libc6', 'libcurl')),
                ('weft-translator', ('libuv1', 'libjansson4')),
                ('weft-api', ('libmicrohttpd12',)),
                ('weft-tools', ('libjansson4',)),
                ('weft-ovn-names', ('weft-tools (= ',))):
            for needed in needs:
                self.assertIn(needed, self.field(package, 'Depends'))
        # docs/decisions/0007; elsewhere it is linked as the daemons are.
        self.assertRegex(self.field('weft-tools', 'Depends'),
                         r'^(?=.*libnghttp2-14)(?!.*libcurl)|libcurl4')
        self.assertIn('openvswitch-switch',
                      self.field('weft-agent', 'Recommends'))
        self.assertEqual(self.field('weft-ovn-names', 'Conflicts').strip(),
                         'ovn-common')
        self.assertEqual(self.field('weft-ovn-names', 'Architecture').strip(),
                         'all')

    def test_2_description(self):
        for package in HOLD:
            lines = self.field(package, 'Description').splitlines()
            self.assertRegex(lines[0], '^virtual network on etcd - ')
            self.assertRegex(lines[1], '^ Weft is a virtual network')

    def test_3_install_and_purge(self):
        before = tree(self.root)
        self.dpkg('-i', *self.files.values())
        for name in [f'weft-{d}' for d in DAEMONS] + ['weftctl']:
            self.assertIn(name, run([f'{self.root}/usr/bin/{name}',
                                     '--version']))
        for name in OVN_NAMES:
            self.assertIn(name, run([f'{self.root}/usr/bin/{name}',
                                     '--help']))
        # As "systemctl enable" leaves it.
        enabled = (f'{self.root}/etc/systemd/system/multi-user.target.wants/'
                   'weft-agent.service')
        os.symlink('/usr/lib/systemd/system/weft-agent.service', enabled)
        self.dpkg('-r', *self.files)
        self.assertFalse(os.path.lexists(enabled))
        self.dpkg('-P', *self.files)
        new = {f for f in tree(self.root) - before
               if not f.startswith('/var/lib/dpkg/')}
        self.assertEqual(new, set())

    @unittest.skipUnless(shutil.which('systemd-analyze'), 'no systemd')
    def test_4_units(self):
        """Right for systemd, and with no more rights than they need."""
        target = os.path.join(self.folder, 'units')
        for daemon in DAEMONS:
            run(['dpkg-deb', '-x', self.files[f'weft-{daemon}'], target])
        # What they are started after.
        shutil.copytree('/lib/systemd/system',
                        f'{target}/usr/lib/systemd/system',
                        symlinks=True, dirs_exist_ok=True)
        os.makedirs(f'{target}/bin')
        shutil.copy('/bin/kill', f'{target}/bin')
        for daemon, most in MOST_EXPOSED.items():
            with self.subTest(daemon=daemon):
                unit = f'weft-{daemon}.service'
                said = run(['systemd-analyze', 'verify',
                            f'--root={target}', unit])
                self.assertNotIn(unit, said)
                run(['systemd-analyze', 'security', '--offline=yes',
                     f'--root={target}', f'--threshold={most}', unit])

    def test_5_another_prefix(self):
        target = os.path.join(self.folder, 'elsewhere')
        run(['cmake', '--install', BUILD, '--prefix', '/opt/weft'],
            env={**os.environ, 'DESTDIR': target})
        files = tree(target)
        self.assertIn('/opt/weft/bin/weftctl', files)
        self.assertFalse([f for f in files if 'ovn-' in f])
        self.assertFalse([f for f in files if not (
            f.startswith('/opt/weft/') or f == '/opt/')])
        for daemon in DAEMONS:
            unit = f'{target}/opt/weft/lib/systemd/system/weft-{daemon}.service'
            with open(unit, encoding='utf-8') as f:
                text = f.read()
            self.assertIn(f'ExecStart=/opt/weft/bin/weft-{daemon} ', text)
            self.assertFalse(re.search('@[a-z]+@', text))


if __name__ == '__main__':
    if not shutil.which('dpkg-shlibdeps'):
        print('skipped: not Debian, or dpkg-dev is not installed')
        sys.exit(77)
    unittest.main(verbosity=2)
