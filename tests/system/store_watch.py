"""Watches against a real etcd while it, or the way to it, fails: in the end
the mirror equals what etcd holds, and nothing was lost, doubled or invented.
"""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'support'))
# pylint: disable=wrong-import-position
from etcd import Etcd  # noqa: E402
from store_client import Probe  # noqa: E402
from store_faults import MODES, Writer, run, wait_for  # noqa: E402

PREFIXES = ('/weft/a/', '/weft/b/')


def each_mode(test):
    """Runs 'test(etcd, probe)' over HTTP/1.1 and over HTTP/2."""
    def both():
        for mode in MODES:
            with Etcd(**mode) as etcd, Probe(etcd.env()) as probe:
                test(etcd, probe)
    both.__name__ = test.__name__
    return both


@each_mode
def test_quiet(etcd, probe):
    """Nothing fails."""
    etcd.put_many({f'/weft/a/{i}': 'x' for i in range(50)})
    probe.follow(*PREFIXES)
    writer = Writer(etcd)
    time.sleep(1)
    writer.stop()
    assert len(writer.done) > 20
    probe.check()
    writer.assert_told(probe)
    assert probe.stats()['resyncs'] == 0


@each_mode
def test_prefixes_come_and_go(etcd, probe):
    """Watches are added and dropped while others deliver."""
    probe.follow(*PREFIXES)
    writer = Writer(etcd, prefixes=[f'/weft/{c}/' for c in 'abcdefgh'])
    for round_ in range(4):
        for c in 'cdefgh':
            probe.follow(f'/weft/{c}/')
        probe.check()
        for i in range(6):
            probe.send(f'drop {2 + 6 * round_ + i}')
    probe.follow('/weft/c', kind='tree')
    writer.stop()
    probe.check()


@each_mode
def test_compaction(etcd, probe):
    """History is compacted behind live watches."""
    etcd.put_many({f'/weft/a/same{i}': 'x' for i in range(200)})
    probe.follow(*PREFIXES)
    writer = Writer(etcd)
    for _ in range(3):
        time.sleep(0.2)
        etcd.compact()
    writer.stop()
    probe.check()
    writer.assert_told(probe)


def test_compacted_while_away():
    """The way to etcd is cut while history is made and compacted."""
    for mode in MODES:
        with Etcd(**mode) as etcd:
            port = etcd.proxies.add('client', etcd.client_ports[0])
            env = etcd.env()
            env['WEFT_ETCD'] = env['WEFT_ETCD'].replace(
                str(etcd.client_ports[0]), str(port))
            etcd.put_many({f'/weft/a/{i}': 'x' for i in range(300)})
            with Probe(env) as probe:
                probe.follow(*PREFIXES)
                n_before = len(probe.events)
                etcd.proxies.set(refused=[(None, 'client')])
                etcd.delete('/weft/a/7')
                etcd.put('/weft/a/8', 'y')
                etcd.put('/weft/b/1', 'z')
                etcd.put('/weft/b/passing', 'z')
                etcd.delete('/weft/b/passing')
                etcd.compact()
                time.sleep(0.3)
                etcd.proxies.set()
                probe.check()
                assert len(probe.events) == n_before + 3, \
                    probe.events[n_before:]
                assert probe.stats()['resyncs'] >= 1


@each_mode
def test_restart(etcd, probe):
    """etcd is killed and comes back, again and again."""
    probe.follow(*PREFIXES)
    writer = Writer(etcd)
    for _ in range(3):
        time.sleep(0.3)
        etcd.restart(0)
    time.sleep(0.3)
    writer.stop()
    probe.check()
    writer.assert_told(probe)
    assert probe.stats()['resyncs'] == 0


def check_restored(mode, other_cluster):
    with Etcd(**mode) as etcd, Probe(etcd.env()) as probe:
        etcd.put_many({f'/weft/a/{i}': 'x' for i in range(20)})
        etcd.put('/weft/b/back', 'x')
        snapshot = etcd.path('snapshot')
        etcd.snapshot(snapshot)
        probe.follow(*PREFIXES)
        etcd.delete('/weft/b/back')
        etcd.put('/weft/a/lost', 'old')
        etcd.put('/weft/a/3', 'lost')
        probe.wait_events(21 + 3)
        n_before = len(probe.events)
        etcd.restore(snapshot, other_cluster)
        etcd.start(0)
        probe.check()
        # Only the difference: 'back' is back, 'lost' is gone, 3 is old.
        assert len(probe.events) - n_before == 3, probe.events[n_before:]
        etcd.put('/weft/b/after', 'x')
        wait_for('an event after it', lambda: any(
            e['key'] == '/weft/b/after' for e in probe.events))
        probe.check()


def test_restored():
    """An older copy of etcd is put in its place."""
    for mode in MODES:
        check_restored(mode, False)
    check_restored(MODES[-1], True)


def test_restored_and_overtaken():
    """The copy has passed the revision told, with other events, before the
    client comes back."""
    for mode in MODES:
        with Etcd(**mode) as etcd:
            port = etcd.proxies.add('client', etcd.client_ports[0])
            env = etcd.env()
            env['WEFT_ETCD'] = env['WEFT_ETCD'].replace(
                str(etcd.client_ports[0]), str(port))
            etcd.put_many({f'/weft/a/{i}': 'x' for i in range(20)})
            etcd.snapshot(etcd.path('snapshot'))
            with Probe(env) as probe:
                probe.follow(*PREFIXES)
                for i in range(5):
                    etcd.put(f'/weft/a/{i}', 'lost')
                probe.wait_events(25)
                etcd.proxies.set(refused=[(None, 'client')])
                etcd.restore(etcd.path('snapshot'))
                etcd.start(0)
                for i in range(8):
                    etcd.put(f'/weft/a/{i + 10}', 'new')
                etcd.proxies.set()
                probe.check()
                assert probe.stats()['resyncs'] >= 1


@each_mode
def test_slow_reader(etcd, probe):
    """The client's loop stands still for seconds while much happens."""
    probe.follow(*PREFIXES)
    probe.ask('put /weft/a/0 x')
    probe.ask('put /weft/b/0 x')
    probe.wait_events(2)
    probe.send('stall 4000')
    value = 'x' * 4000
    for round_ in range(20):
        etcd.put_many({f'/weft/a/{i}': f'{round_}{value}'
                       for i in range(128)})
    probe.wait('stall')
    probe.check()
    assert len(probe.events) == 2 + 20 * 128
    stats = probe.stats()
    assert stats['failures'] == 0 and stats['resyncs'] == 0, stats


@each_mode
def test_silent_network(etcd, probe):
    """What is sent to etcd vanishes, without a word."""
    del probe
    port = etcd.proxies.add('client', etcd.client_ports[0])
    env = etcd.env()
    env['WEFT_ETCD'] = env['WEFT_ETCD'].replace(str(etcd.client_ports[0]),
                                                str(port))
    with Probe(env, timeout_ms=1000) as probe:
        probe.follow(*PREFIXES)
        etcd.put('/weft/a/1', 'x')
        probe.wait_events(1)
        # So that the write has a connection to go on.
        probe.ask('get /weft/a/1')
        etcd.proxies.set(silent=[(None, 'client')])
        answer = probe.ask('put /weft/a/2 y')
        assert answer['text'] == 'outcome unknown', answer
        answer = probe.ask('get /weft/a/2')
        assert answer['text'] in ('timed out', 'not available now'), answer
        etcd.put('/weft/a/3', 'z')
        assert not probe.stats()['connected']
        etcd.proxies.set()
        probe.check()


def test_token_expires():
    """etcd forgets the token: a new one is asked for, for requests and for
    watches that are added."""
    for mode in {}, {'mutual_tls': True}:
        with Etcd(user='weft', args=['--auth-token-ttl=1'], **mode) as etcd:
            with Probe(etcd.env()) as probe:
                probe.follow('/weft/a/')
                time.sleep(2.2)
                probe.follow('/weft/more/')
                time.sleep(2.2)
                assert probe.ask('put /weft/a/x 1')['succeeded']
                assert probe.ask('put /weft/more/x 1')['succeeded']
                # Both of these tokens had been refused.
                assert probe.stats()['failures'] >= 2
                etcd.restart(0)
                assert probe.ask('put /weft/a/y 1')['succeeded']
                probe.check()
                assert not probe.troubles, probe.troubles


def test_denied():
    """A prefix that we may not read is in trouble until we may."""
    with Etcd(user='weft') as etcd, Probe(etcd.env()) as probe:
        probe.follow('/weft/a/')
        probe.send('follow /other/')
        wait_for('trouble', lambda: probe.troubles)
        assert 'permission denied' in probe.troubles[0]['message']
        etcd.etcdctl('put', '/other/x', 'y')
        etcd.etcdctl('role', 'grant-permission', 'weft', '--prefix=true',
                     'read', '/other/')
        probe.wait('synced')
        probe.ask('put /weft/a/x 1')
        probe.check()
        assert [e['key'] for e in probe.events] == ['/other/x', '/weft/a/x']


if __name__ == '__main__':
    run(test_quiet, test_prefixes_come_and_go, test_compaction,
        test_compacted_while_away, test_restart, test_restored,
        test_restored_and_overtaken, test_slow_reader, test_silent_network,
        test_token_expires, test_denied)
