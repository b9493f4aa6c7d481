"""Much at once: 100,000 keys, values of 1 MiB, a thousand watches."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'support'))
# pylint: disable=wrong-import-position
from etcd import Etcd  # noqa: E402
from store_client import Probe  # noqa: E402
from store_faults import MODES, run  # noqa: E402

# So that 100,000 keys fit into one transaction each 5,000.
ARGS = ['--max-txn-ops=10000', '--max-request-bytes=8000000']


def test_100000_keys():
    """A snapshot of 100,000 keys, a burst of 20,000 changes, and a list after
    a compaction that tells these changes only."""
    with Etcd(args=ARGS, **MODES[-1]) as etcd:
        port = etcd.proxies.add('client', etcd.client_ports[0])
        env = etcd.env()
        env['WEFT_ETCD'] = env['WEFT_ETCD'].replace(
            str(etcd.client_ports[0]), str(port))
        etcd.put_many({f'/weft/a/{i:06}': f'value of {i}'
                       for i in range(100000)}, per_txn=5000)
        with Probe(env) as probe:
            start = time.monotonic()
            probe.follow('/weft/a/')
            print(f'    100,000 keys in {time.monotonic() - start:.2f} s')
            assert len(probe.events) == 100000
            etcd.put_many({f'/weft/a/{i:06}': 'new' for i in range(20000)},
                          per_txn=5000)
            probe.wait_events(120000, 20)
            etcd.proxies.set(refused=[(None, 'client')])
            etcd.put_many({f'/weft/a/{i:06}': 'newer' for i in range(50)})
            etcd.delete('/weft/a/099999')
            etcd.compact()
            time.sleep(0.2)
            etcd.proxies.set()
            assert probe.check()['n'] == 99999
            assert len(probe.events) == 120051
            assert probe.stats()['resyncs'] == 1


def test_large_values():
    """Values of 1 MiB: pages of a range and lines of a watch stay bounded."""
    value = 'x' * 1040000
    with Etcd(**MODES[0]) as etcd:
        port = etcd.proxies.add('client', etcd.client_ports[0])
        env = etcd.env()
        env['WEFT_ETCD'] = env['WEFT_ETCD'].replace(
            str(etcd.client_ports[0]), str(port))
        for i in range(60):
            etcd.put(f'/weft/a/{i}', value)
        with Probe(env, timeout_ms=20000) as probe:
            probe.follow('/weft/a/')
            assert len(probe.events) == 60
            etcd.put('/weft/a/0', value + 'x')
            probe.wait_events(61)
            # What happens while the client is away comes in one line, of
            # more than it takes: the range is listed again.
            etcd.proxies.set(refused=[(None, 'client')])
            for i in range(70):
                etcd.put(f'/weft/a/{i % 60}', value + f'{i}')
            etcd.proxies.set()
            probe.check()
            assert len(probe.events) == 121
            assert probe.stats()['resyncs'] == 1


def test_1000_watches():
    """On one connection, added and dropped while they work."""
    with Etcd(tls=True) as etcd, Probe(etcd.env()) as probe:
        start = time.monotonic()
        probe.follow(*[f'/weft/{i}/' for i in range(1000)])
        print(f'    1,000 watches in {time.monotonic() - start:.2f} s')
        n_connections = len([
            line for line in os.popen('ss -Htnp') if
            f'pid={probe.process.pid},' in line])
        assert n_connections <= 1 + 16, n_connections
        etcd.put_many({f'/weft/{i}/x': 'y' for i in range(1000)})
        probe.wait_events(1000)
        for i in range(0, 1000, 2):
            probe.send(f'drop {i}')
        etcd.put_many({f'/weft/{i}/x': 'z' for i in range(1000)})
        probe.wait_events(1500)
        etcd.restart(0)
        etcd.put_many({f'/weft/{i}/x': 'after' for i in range(1000)})
        probe.wait_events(2000)
        probe.check()
        assert len(probe.events) == 2000
        assert probe.stats()['resyncs'] == 0


if __name__ == '__main__':
    run(test_100000_keys, test_large_values, test_1000_watches)
