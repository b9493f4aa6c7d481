#!/usr/bin/python3
"""That the benchmarks still work: each on a tiny network, Weft alone where
that will do.  Says nothing about speed."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'support')]
import shares  # noqa: E402
from change_latency import mac, network, plug_local  # noqa: E402
from weft import RECEIVED, Weft  # noqa: E402


class Smoke(unittest.TestCase):
    def run_bench(self, program, *options):
        """The program's output and the records it wrote."""
        with tempfile.NamedTemporaryFile('r', suffix='.json') as figures:
            done = subprocess.run(
                [sys.executable, os.path.join(HERE, program), *options,
                 '--json', figures.name], check=False, timeout=100,
                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 0, done.stderr[-3000:])
            return done.stdout, [json.loads(x) for x in figures]

    def test_change_latency(self):
        out, records = self.run_bench('change_latency.py', '--sizes', '50',
                                      '--n', '2', '--only', 'weft')
        self.assertEqual({r['what'] for r in records}, {'sb', 'hv'})
        for record in records:
            self.assertGreater(record['weft'][0], 0)
        for phase in ('translator translated', 'translator committed',
                      'agent compile', 'agent install'):
            self.assertGreater(records[-1]['phases'][phase], 0, phase)
        self.assertIn('one barrier', out)

    def test_compare(self):
        _, records = self.run_bench('compare.py', '--only', 'weft', '--n',
                                    '2', '--budget', '2', '--strict', '4x5')
        weft = records[0]['weft']
        for figure in ('cold_s', 'restart_s', 'sb_mb', 'lsp-add_sb_ms',
                       'lsp-add_hv_ms', 'acl-add_sb_ms', 'as-add_sb_ms',
                       'nat-add_sb_ms', 'local_ms', 'burst_per_s',
                       'agent_cold_s', 'agent_flows', 'trace_ms'):
            self.assertGreater(weft[figure], 0, figure)
        # A restart wrote nothing.
        self.assertEqual(weft['restart_writes'], 0)

    def test_what_does_not_concern_an_agent_costs_it_nothing(self):
        """hv1 has a port on sw0; nothing connects sw1 with it."""
        weft = Weft()
        try:
            weft.load(network(100))
            weft.start()
            plug_local(weft, 1)
            weft.sync()
            weft.idle()

            def heard(switch):
                before = shares.metric(
                    weft.metrics_ports['agent'], RECEIVED)
                for k in range(20):
                    weft.add_port(switch, f'{switch}-x{k}', mac(9, k),
                                  f'10.9.0.{k}', 'sb_revision')
                weft.idle()
                return shares.metric(
                    weft.metrics_ports['agent'], RECEIVED) - before

            # The answer to one keep-alive of its lease may fall in between.
            self.assertLess(heard('sw1'), 400)
            self.assertGreater(heard('sw0'), 20 * 500)
        finally:
            weft.sandbox.stop()


if __name__ == '__main__':
    if os.geteuid():
        print('needs root: network namespaces')
        sys.exit(77)
    unittest.main()
