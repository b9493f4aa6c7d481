"""Requests, leases and elections against a real etcd, and every form in which
it refuses something."""
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'support'))
# pylint: disable=wrong-import-position
from etcd import Etcd  # noqa: E402
from store_client import Probe  # noqa: E402
from store_faults import MODES, run, wait_for  # noqa: E402


FULL = {'mutual_tls': True, 'user': 'weft'}


def each_mode(test):
    def all_modes():
        for mode in MODES + [FULL]:
            with Etcd(**mode) as etcd, Probe(etcd.env()) as probe:
                test(etcd, probe)
    all_modes.__name__ = test.__name__
    return all_modes


def full_mode(test):
    """With TLS, certificates and users: what takes its time runs so only."""
    def one_mode():
        with Etcd(**FULL) as etcd, Probe(etcd.env()) as probe:
            test(etcd, probe)
    one_mode.__name__ = test.__name__
    return one_mode


@each_mode
def test_requests(_etcd, probe):
    put = probe.ask('put /weft/a/1 hello')
    assert put['succeeded']
    got = probe.ask('get /weft/a/1')
    assert got['value'] == 'hello' and got['count'] == 1
    assert got['revision'] == put['revision']
    assert probe.ask('get /weft/none')['count'] == 0

    assert probe.ask(f'cas /weft/a/1 {put["revision"]} new')['succeeded']
    assert not probe.ask(f'cas /weft/a/1 {put["revision"]} x')['succeeded']
    assert probe.ask('cas /weft/a/2 0 first')['succeeded']
    assert probe.ask('get /weft/a/1')['value'] == 'new'

    assert probe.ask('many /weft/m/ 128 x')['succeeded']
    assert probe.ask('get /weft/m/*')['count'] == 128
    assert probe.ask('del /weft/m/7')['deleted'] == 1
    assert probe.ask('del /weft/m/7')['deleted'] == 0
    assert probe.ask('get /weft/m/*')['count'] == 127


@each_mode
def test_sizes(_etcd, probe):
    """Values up to 1 MiB go; more is refused before it is sent."""
    assert probe.ask('put /weft/a/large @1048000')['succeeded']
    assert probe.ask('get /weft/a/large')['size'] == 1048000
    assert probe.ask('put /weft/a/larger @1600000')['text'] == 'too large'
    assert probe.ask('many /weft/m/ 129 x')['text'] == 'too large'
    probe.follow('/weft/a/')
    assert probe.events[-1]['size'] == 1048000
    probe.check()


def test_refusals():
    """What etcd says no to, with its own limits lower than those that the
    client goes by."""
    with Etcd(args=['--max-txn-ops=16', '--max-request-bytes=20000',
                    '--quota-backend-bytes=6000000']) as etcd, \
            Probe(etcd.env()) as probe:
        answer = probe.ask('many /weft/a/ 17 x')
        assert answer['text'] == 'too large', answer
        assert 'too many operations' in answer['message'], answer
        answer = probe.ask('put /weft/a/1 @30000')
        assert answer['text'] == 'too large', answer
        answer = probe.ask('put /weft/a/1 x 4711')
        assert answer['text'] == 'not found', answer
        assert 'lease' in answer['message'], answer
        answer = probe.ask('put /weft/a/1 @900000')
        assert answer['text'] == 'too large', answer
        for _ in range(1000):
            answer = probe.ask('put /weft/full @19000')
            if 'error' in answer:
                break
        assert answer['text'] == 'the store is full', answer
        assert 'revision' in probe.ask('get /weft/full')


def test_refused_users():
    with Etcd(user='weft') as etcd:
        env = etcd.env()
        with Probe(env) as probe:
            assert probe.ask('put /elsewhere x')['text'] \
                == 'permission denied'
            assert probe.ask('get /elsewhere')['text'] == 'permission denied'
            assert probe.ask('put /weft/x y')['succeeded']
        with open(env['WEFT_ETCD_PASSWORD_FILE'], 'w', encoding='ascii') as f:
            f.write('wrong\n')
        with Probe(env) as probe:
            answer = probe.ask('put /weft/x y')
            assert answer['text'] == 'authentication failed', answer
            probe.send('follow /weft/')
            wait_for('trouble', lambda: probe.troubles)
            # The password is read again each time.
            etcd.env()
            probe.wait('synced')
            assert probe.ask('put /weft/x z')['succeeded']
            probe.check()
        for name in ('WEFT_ETCD_USER', 'WEFT_ETCD_PASSWORD_FILE'):
            env.pop(name)
        with Probe(env) as probe:
            answer = probe.ask('get /weft/x')
            assert answer['text'] == 'authentication failed', answer
    with Etcd() as etcd:
        # A user where etcd knows none.
        env = {**etcd.env(), 'WEFT_ETCD_USER': 'weft',
               'WEFT_ETCD_PASSWORD': 'x'}
        with Probe(env) as probe:
            probe.follow('/weft/')
            assert probe.ask('put /weft/x y')['succeeded']
            probe.check()


def test_refused_certificates():
    with Etcd(mutual_tls=True) as etcd, Etcd(tls=True) as other:
        for env in (
                # Without a client certificate, and with another's CA.
                {'WEFT_ETCD': etcd.url, 'WEFT_ETCD_CA': etcd.path('ca.pem')},
                {**etcd.env(), 'WEFT_ETCD_CA': other.path('ca.pem')},
                # Plain HTTP where TLS is spoken.
                {'WEFT_ETCD': etcd.url.replace('https', 'http')}):
            with Probe(env, timeout_ms=500) as probe:
                assert 'error' in probe.ask('put /weft/x y'), env
                assert not probe.stats()['connected']
        with Probe(etcd.env()) as probe:
            assert probe.ask('put /weft/x y')['succeeded']


def test_nobody_there():
    with Etcd() as etcd:
        etcd.kill(0)
        with Probe(etcd.env(), timeout_ms=500) as probe:
            # Certainly not done: it was never sent.
            assert probe.ask('put /weft/x y')['text'] == 'not available now'
            assert probe.ask('get /weft/x')['text'] == 'not available now'
            probe.send('put /weft/x y')
            etcd.start(0)
            probe.wait('put')
            assert probe.ask('put /weft/x z')['succeeded']


@full_mode
def test_leases(etcd, probe):
    probe.send('lease 2')
    first = probe.wait('lease')['id']
    assert first
    assert probe.ask(f'put /weft/live/1 x {first}')['succeeded']
    # It outlives its time, because it is kept alive.
    time.sleep(3.5)
    assert probe.ask('get /weft/live/1')['count'] == 1
    # It is lost: another one comes.
    etcd.etcdctl('lease', 'revoke', f'{first:x}')
    assert probe.wait('lease')['id'] == 0
    second = probe.wait('lease')['id']
    assert second not in (0, first)
    assert probe.ask('get /weft/live/1')['count'] == 0
    assert probe.ask(f'put /weft/live/2 x {second}')['succeeded']
    probe.send('revoke')
    wait_for('the key to go',
             lambda: probe.ask('get /weft/live/2')['count'] == 0, 1)


@full_mode
def test_lease_survives_restart(etcd, probe):
    probe.send('lease 10')
    lease = probe.wait('lease')['id']
    assert probe.ask(f'put /weft/live/1 x {lease}')['succeeded']
    etcd.restart(0)
    time.sleep(4)
    assert probe.ask('get /weft/live/1')['count'] == 1
    assert probe.answers.empty()


@each_mode
def test_election(etcd, probe):
    with Probe(etcd.env()) as other:
        probe.send('elect /weft/leader first 5')
        wait_for('a leader', lambda: probe.leading)
        other.send('elect /weft/leader second 5')
        wait_for('the other to know', lambda: other.leading is False)
        start = time.monotonic()
        probe.send('resign')
        wait_for('the other leader', lambda: other.leading)
        assert time.monotonic() - start < 1
        # Somebody deletes the key: one of them leads again.
        revision = other.ask('del /weft/leader')['revision']
        wait_for('a leader', lambda: other.ask(
            'get /weft/leader')['revision'] > revision and other.leading)


if __name__ == '__main__':
    run(test_requests, test_sizes, test_refusals, test_refused_users,
        test_refused_certificates, test_nobody_there, test_leases,
        test_lease_survives_restart, test_election)
