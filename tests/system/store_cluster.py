"""The store on a cluster of three: members die, are cut off, fall silent; the
leader is lost, then the quorum."""
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


def only(etcd, *members):
    """An environment that knows these members only."""
    env = etcd.env()
    env['WEFT_ETCD'] = ','.join(etcd.endpoints[i] for i in members)
    return env


def check_members_die(mode):
    with Etcd(members=3, **mode) as etcd, \
            Probe(etcd.env(), timeout_ms=60000) as probe:
        probe.follow(*PREFIXES)
        writer = Writer(etcd)
        time.sleep(0.3)

        # The leader is lost.
        leader = etcd.leader()
        etcd.kill(leader)
        assert 'revision' in probe.ask('get /weft/a/*')
        etcd.leader()
        time.sleep(0.3)
        etcd.start(leader)

        # Each member once: the probe's own among them.
        for i in range(3):
            etcd.kill(i)
            time.sleep(0.3)
            assert 'revision' in probe.ask('get /weft/a/*')
            etcd.start(i)
        writer.stop()
        probe.check()
        writer.assert_told(probe)
        stats = probe.stats()
        assert stats['resyncs'] == 0 and stats['failovers'] > 0, stats


def test_members_die():
    check_members_die(MODES[0])


def test_quorum_lost():
    """Two of three die: nothing is acknowledged, nothing is made up; then
    all goes on."""
    with Etcd(members=3) as etcd, \
            Probe(etcd.env(), timeout_ms=1500) as probe:
        probe.follow(*PREFIXES)
        writer = Writer(etcd)
        time.sleep(0.3)
        leader = etcd.leader()
        others = [i for i in range(3) if i != leader]
        etcd.kill(leader)
        etcd.kill(others[0])
        answer = probe.ask('put /weft/a/x 1')
        assert answer['text'] in ('outcome unknown', 'not available now'), \
            answer
        answer = probe.ask('get /weft/a/x')
        assert answer['text'] in ('timed out', 'not available now'), answer
        wait_for('disconnected', lambda: not probe.stats()['connected'])
        etcd.start(leader, wait=False)
        etcd.start(others[0], wait=False)
        etcd.wait_healthy()
        time.sleep(0.5)
        writer.stop()
        probe.check()
        writer.assert_told(probe)


def check_partition(mode):
    """The member that a client is on is cut off from the others, and the
    client can reach it all the while: it hears that there is no leader, and
    goes to another."""
    with Etcd(members=3, **mode) as etcd:
        first = etcd.leader()
        second = (first + 1) % 3
        with Probe(only(etcd, first, second)) as probe:
            probe.follow(*PREFIXES)
            for cut_off in (first, second):
                others = [i for i in range(3) if i != cut_off]
                etcd.isolate(cut_off)
                writer = Writer(etcd)
                writer.done.clear()
                wait_for('another leader', lambda: any(
                    etcd.status(i).get('leader') not in (
                        None, etcd.status(cut_off)['header']['member_id'])
                    for i in others))
                value = str(cut_off)
                wait_for('a write', lambda: 'revision' in probe.ask(
                    f'put /weft/b/probe {value}'))
                writer.stop()
                probe.check()
                etcd.isolate()
                wait_for('one cluster', lambda: all(
                    'leader' in etcd.status(i) for i in range(3)))
            writer = Writer(etcd)
            time.sleep(0.3)
            writer.stop()
            probe.check()
            writer.assert_told(probe)


def test_partition():
    check_partition(MODES[0])


def test_paused_member():
    """A member stops without closing its connections: requests go elsewhere,
    and so do the watches, although nobody tells them."""
    with Etcd(members=3) as etcd:
        victim = next(i for i in range(3) if i != etcd.leader())
        other = (victim + 1) % 3
        with Probe(only(etcd, victim), timeout_ms=2000) as alone:
            alone.follow('/weft/a/')
            # So that it is on the victim.
            etcd.pause(other)
            with Probe(only(etcd, victim, other)) as probe:
                probe.follow(*PREFIXES)
                etcd.resume(other)
                wait_for('the other', lambda: 'leader' in etcd.status(other))
                etcd.pause(victim)
                start = time.monotonic()
                assert 'revision' in probe.ask('get /weft/a/*')
                assert time.monotonic() - start < 4
                etcd.put('/weft/a/x', '1', member=other)
                wait_for('the event', lambda: probe.events, 15)
                probe.check()
                etcd.resume(victim)
            alone.check()
            assert len(alone.events) == 1


def check_dies_under_a_write(etcd, victim, other, key):
    with Probe(only(etcd, victim, other), timeout_ms=30000) as probe:
        # So that it is on the victim.
        etcd.kill(other)
        answer = probe.ask(f'cas {key}/before 0 x', 40)
        assert answer.get('succeeded'), answer
        etcd.start(other)
        etcd.pause(victim)
        probe.send(f'cas {key} 0 {victim}')
        time.sleep(0.3)
        etcd.processes[victim].kill()
        answer = probe.wait('cas', 40)
        assert answer.get('succeeded'), answer
        got = probe.ask(f'get {key}', 40)
        assert got['value'] == str(victim), got
        etcd.kill(victim)
        etcd.start(victim)


def test_member_dies_under_a_write():
    """A member, the leader or not, has a write and dies before it answers:
    the client has another do it."""
    with Etcd(members=3) as etcd:
        leader = etcd.leader()
        check_dies_under_a_write(etcd, leader, (leader + 1) % 3, '/weft/a/1')
        leader = etcd.leader()
        check_dies_under_a_write(etcd, (leader + 1) % 3, (leader + 2) % 3,
                                 '/weft/a/2')


def test_elections():
    """Three candidates; whoever leads is killed or resigns."""
    with Etcd(members=3) as etcd:
        probes = [Probe(etcd.env()) for _ in range(3)]
        try:
            for i, probe in enumerate(probes):
                probe.send(f'elect /weft/leader p{i} 3')

            def leaders():
                return [p for p in probes if p.leading]

            wait_for('a leader', lambda: len(leaders()) == 1)
            # etcd's leader dies, ours stays.
            ours = leaders()[0]
            member = etcd.leader()
            etcd.kill(member)
            etcd.leader()
            etcd.start(member)
            time.sleep(0.5)
            assert leaders() == [ours]

            ours.process.kill()
            probes.remove(ours)
            ours.process.wait()
            wait_for('another leader', lambda: len(leaders()) == 1, 15)
            ours = leaders()[0]
            probes.remove(ours)
            ours.send('resign')
            wait_for('the last leader', lambda: len(leaders()) == 1, 2)
            ours.close()
        finally:
            for probe in probes:
                probe.close()


if __name__ == '__main__':
    run(test_members_die, test_quorum_lost, test_partition,
        test_paused_member, test_member_dies_under_a_write, test_elections)
