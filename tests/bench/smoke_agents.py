#!/usr/bin/python3
"""That the benchmark of many agents still works, with few of them, and what
holds at any speed: each change is applied where it is needed, and nothing of
it is heard elsewhere."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))


class Smoke(unittest.TestCase):
    def test_agents(self):
        with tempfile.NamedTemporaryFile('r', suffix='.json') as figures:
            done = subprocess.run(
                ['timeout', '560', os.path.join(HERE, 'agents.py'),
                 '--agents', '20', '--transport', 'tls,http', '--rates',
                 '20', '--seconds', '2', '--quiet', '2', '--json',
                 figures.name], check=False, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE, text=True)
            self.assertEqual(done.returncode, 0, done.stderr[-3000:])
            records = {r['transport']: r for r in map(json.loads, figures)}
        self.assertEqual(set(records), {'tls', 'http'})
        for record in records.values():
            self.check(record)
        self.assertIn('delivery, median', done.stdout)

    def check(self, record):
        self.assertEqual(record['agents'], 20)
        # All watches of an agent's share a stream.
        self.assertLess(record['connections'], record['watches'])
        # Its tenants' networks, not the cloud's.
        self.assertLessEqual(record['datapaths'], 33)
        rate = record['rates'][0]
        self.assertEqual(rate['missed'], 0)
        self.assertGreater(rate['median_ms'], 0)
        self.assertGreater(rate['fanout'], 5)
        self.assertGreater(record['hv_ms'], 0)
        # 200 changes elsewhere: nothing but answers to keep-alives.
        self.assertGreater(record['others'], 0)
        self.assertEqual(record['remote_events'], 0)
        self.assertLess(record['remote_bytes'], 1000)


if __name__ == '__main__':
    unittest.main()
