"""weftctl lflow on a real etcd: what names in a match and in actions mean
comes from the southbound that weft-translator wrote."""
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from etcd import Etcd, find_etcd  # noqa: E402

SOURCE = os.path.join(HERE, '..', '..')
BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))
NORTHBOUND = """
ls-add n1 -- lsp-add n1 ap -- lsp-add n1 bp -- ls-add n2 -- lsp-add n2 cp
-- lsp-set-addresses ap 02:00:00:00:00:01
-- create Address_Set name=web addresses="10.0.0.1","10.0.0.2","10.0.0.4/30"
-- pg-add both ap bp cp
-- acl-add n1 to-lport 1000 ip4.src==$web drop
-- acl-add both to-lport 1000 outport==@both&&ip4 drop
-- lr-add r -- lrp-add r rp 02:00:00:00:01:01 10.0.0.254/24
"""


class Lflow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.etcd = cls.enterClassContext(Etcd())
        cls.folder = cls.enterClassContext(
            tempfile.TemporaryDirectory(prefix='weft-cli-lflow-'))
        cls.env = {**os.environ, **cls.etcd.env()}
        # pylint: disable=consider-using-with
        cls.translator = subprocess.Popen(
            [os.path.join(BUILD, 'bin', 'weft-translator'),
             '--lease-ttl=2', f'--unixctl={cls.folder}/ctl'],
            env=cls.env, stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.end)
        cls.ctl('--wait=sb', *NORTHBOUND.split())

    @classmethod
    def end(cls):
        cls.translator.terminate()
        cls.translator.wait(10)

    @classmethod
    def ctl(cls, *args, text=None, status=0, env=None):
        p = subprocess.run([os.path.join(BUILD, 'bin', 'weftctl'), *args],
                           input=text or '', env=env or cls.env, timeout=60,
                           capture_output=True, text=True, check=False)
        if p.returncode != status:
            raise AssertionError((args, p.returncode, p.stdout, p.stderr))
        return p.stdout if not status else p.stderr

    def lflow(self, text, *args, **kwargs):
        return self.ctl('lflow', *args, text=text + '\n', **kwargs)

    def test_ports(self):
        """A port has its key; with --datapath only there."""
        for args, expected in (((), 'reg14=0x1\n'),
                               (('--datapath', 'n1'), 'reg14=0x1\n'),
                               (('--datapath=n2',), '(no flows)\n')):
            self.assertEqual(
                self.lflow('inport == "ap"', *args, 'expr-to-flows'),
                expected)
        self.assertEqual(self.lflow('inport == "cp"', 'expr-to-flows'),
                         'reg14=0x1\n')
        self.assertEqual(self.lflow('inport == "nowhere"', 'expr-to-flows'),
                         '(no flows)\n')
        self.assertEqual(self.lflow('inport == "rp"', '--datapath=r',
                                    'expr-to-flows'), 'reg14=0x1\n')

    def test_sets(self):
        self.assertEqual(
            self.lflow('ip4.src == $web', 'expr-to-flows').splitlines(),
            ['ip,nw_src=10.0.0.1', 'ip,nw_src=10.0.0.2',
             'ip,nw_src=10.0.0.4/30'])
        self.assertIn('expecting address set name',
                      self.lflow('ip4.src == $no', 'parse-expr'))

    def test_groups(self):
        self.assertEqual(
            self.lflow('outport == @both', '--datapath=n1',
                       'expr-to-flows').splitlines(),
            ['reg15=0x1', 'reg15=0x2'])
        self.assertEqual(self.lflow('outport == @both', '--datapath=n2',
                                    'expr-to-flows'), 'reg15=0x1\n')
        self.assertIn('expecting port group name',
                      self.lflow('outport == @no', 'parse-expr'))

    def test_residence(self):
        text = 'is_chassis_resident("ap") && ip4'
        self.assertEqual(self.lflow(text, 'expr-to-flows'), 'ip\n')
        self.assertEqual(self.lflow(text, '--chassis=hv1', 'expr-to-flows'),
                         '(no flows)\n')

    def test_microflow(self):
        self.assertEqual(
            self.lflow('inport == @both && ip4.src == $web\nudp',
                       '--datapath=n1', 'evaluate-expr',
                       'inport == "bp" && ip4.src == 10.0.0.5'), '1\n0\n')

    def test_actions(self):
        """Ports, tables of the stage, groups and meters."""
        self.assertEqual(
            self.lflow('outport = "bp"; output;', '--stage=ls_out_acl',
                       'parse-actions'),
            '  encodes as set_field:0x2->reg15,resubmit(,64)\n')
        out = self.lflow('ct_lb_mark(backends=10.0.0.1:80);\n'
                         'log(meter="m", verdict=drop);', 'parse-actions')
        self.assertIn('uses group: id(1), name(type=select,', out)
        self.assertIn('uses meter: id(1), name(m)', out)
        self.assertIn('has prereqs ', out)

    def test_no_store(self):
        """What names nothing needs no etcd; what does says what is wrong."""
        env = {**self.env, 'WEFT_ETCD': 'http://127.0.0.1:1'}
        self.assertEqual(self.lflow('ip4', 'expr-to-flows', env=env), 'ip\n')
        self.assertIn('weftctl: ',
                      self.lflow('inport == "ap"', 'expr-to-flows', env=env,
                                 status=1))

    def test_arguments(self):
        self.assertIn('no such datapath', self.lflow(
            '', '--datapath=none', 'lex', status=1))
        self.assertIn('usage: lflow', self.lflow('', 'none', status=2))
        self.assertIn('no such setting',
                      self.lflow('', '--none=1', 'lex', status=1))
        self.assertIn('expr-to-flows', self.lflow('', '--help'))


if __name__ == '__main__':
    if not find_etcd():
        print('skipped: there is no etcd')
        sys.exit(77)
    unittest.main()
