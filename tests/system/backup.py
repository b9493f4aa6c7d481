"""The keys of the northbound alone are a backup (docs/OPERATIONS.md): written
into an empty etcd they become the same flows."""
import base64
import json
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(
    os.path.dirname(os.path.abspath(__file__))), 'support'))
from sandbox import Sandbox  # noqa: E402

NETWORK = (
    'ls-add n1 -- ls-add n2 -- lr-add r '
    '-- lrp-add r r-n1 00:00:00:00:01:01 10.0.1.1/24 '
    '-- lrp-add r r-n2 00:00:00:00:01:02 10.0.2.1/24 '
    '-- lsp-add n1 n1-r -- lsp-set-type n1-r router '
    '-- lsp-set-addresses n1-r router '
    '-- lsp-set-options n1-r router-port=r-n1 '
    '-- lsp-add n1 a -- lsp-add n2 b '
    '-- pg-add pg a b -- acl-add pg to-lport 1001 tcp allow-related '
    '-- lb-add lb 10.9.9.9:80 10.0.1.5:80 -- ls-lb-add n1 lb '
    '-- lr-route-add r 0.0.0.0/0 10.0.2.254').split()


def network(sandbox):
    """What OVN's tools show of it."""
    sandbox.weftctl('--wait=sb', '--timeout=60', 'sync')
    return (sandbox.weftctl('show').stdout,
            sandbox.weftctl('lflow-list').stdout)


class Backup(unittest.TestCase):
    def test_northbound_alone(self):
        with Sandbox(hypervisors=0) as old, Sandbox(
                hypervisors=0, prefix=f'x{os.getpid() % 100000}') as new:
            for sandbox in (old, new):
                sandbox.start_etcd()
            old.start_translator()
            old.weftctl(*NETWORK)
            old.weftctl('lsp-set-addresses', 'a', '00:00:00:00:00:0a 10.0.1.5')
            was = network(old)
            self.assertGreater(len(was[1].splitlines()), 200)

            saved = json.loads(old.etcdctl('get', '--prefix', '/weft/v1/nb/',
                                           '-w', 'json'))['kvs']
            new.start_translator()
            self.assertNotEqual(network(new), was)
            for row in saved:
                key, value = (base64.b64decode(row[x]).decode()
                              for x in ('key', 'value'))
                if not key.startswith('/weft/v1/nb/sync'):
                    new.etcdctl('put', key, value)
            self.assertEqual(network(new), was)


if __name__ == '__main__':
    unittest.main(verbosity=2)
