"""The whole system on three etcd members: each is killed in turn, the leader
among them, while a ping runs and changes go on; then a majority is away."""
import os
import re
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                '..', 'support'))
from etcd import Etcd  # noqa: E402
from sandbox import Sandbox, wait_until  # noqa: E402


def mac(i):
    return f'fa:16:3e:00:00:{i:02x}'


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # On a loaded machine the usual times would end elections in a draw
        # again and again.
        cls.etcd = Etcd(members=3, args=['--heartbeat-interval=200',
                                         '--election-timeout=2000'])
        cls.addClassCleanup(cls.etcd.close)
        cls.s = cls.enterClassContext(Sandbox())
        # start_etcd() of start_weft() has nothing to do.
        cls.s.etcd_url = cls.etcd.url
        cls.s.start_etcd = lambda: None
        cls.s.start_weft()
        cls.port = 10
        cls.s.weftctl('--wait=hv', 'ls-add', 'n1')
        for n in (1, 2):
            cls.add_port(n)
            cls.s.add_vm(n, f'v{n}', mac(n), f'10.0.0.{n}/24',
                         iface_id=f'p{n}')
        cls.s.ping_soon('v1', '10.0.0.2')

    @classmethod
    def add_port(cls, i):
        """A port, until its flows are in every switch."""
        # On a loaded machine an election may take longer than the usual 5 s.
        cls.s.weftctl('--wait=hv', '--timeout=40', '--etcd-timeout=30000',
                      'lsp-add', 'n1', f'p{i}', '--', 'lsp-set-addresses',
                      f'p{i}', f'{mac(i)} 10.0.0.{i}')

    def changes(self, stop, done):
        """Adds ports one after the other until told to stop."""
        while not stop.is_set():
            Cluster.port += 1
            try:
                self.add_port(Cluster.port)
                done.append(Cluster.port)
            except Exception as e:      # Its message is the test's.
                done.append(e)
                return

    def start_ping(self):
        self.s.spawn('ping', ['ping', '-n', '-i', '0.05', '10.0.0.2'],
                     netns=self.s.netns('v1'))
        wait_until('echo', lambda: 'bytes from' in self.s.log_text('ping'))

    def lost_by_ping(self):
        os.kill(self.s.pid('ping'), 2)
        wait_until('summary',
                   lambda: 'packet loss' in self.s.log_text('ping'))
        self.s.end('ping')
        sent, received = re.search(
            r'(\d+) packets transmitted, (\d+) received',
            self.s.log_text('ping')).groups()
        os.unlink(self.s.path('ping.log'))
        return max(0, int(sent) - int(received) - 1)

    def assert_flows(self, ports):
        for n in (1, 2):
            flows = '\n'.join(self.s.flows(n))
            for i in ports:
                self.assertIn(mac(i), flows, f'p{i} on hv{n}')

    def test_1_each_member_in_turn(self):
        self.start_ping()
        stop, done = threading.Event(), []
        changing = threading.Thread(target=self.changes, args=(stop, done))
        changing.start()
        leader = self.etcd.leader()
        try:
            for i in (leader, (leader + 1) % 3, (leader + 2) % 3):
                before = len(done)
                self.etcd.kill(i)
                wait_until(f'two more changes without member {i}',
                           lambda n=before: len(done) >= n + 2
                           or any(isinstance(d, Exception) for d in done),
                           60, 0.1)
                self.etcd.start(i)
        finally:
            stop.set()
            changing.join(60)
        self.assertEqual(self.lost_by_ping(), 0)
        self.assertEqual([d for d in done if isinstance(d, Exception)], [])
        self.assert_flows(done)

    def test_2_without_a_majority(self):
        """Nothing can be changed, packets flow; then all goes on."""
        self.start_ping()
        for i in (0, 1):
            self.etcd.kill(i)
        time.sleep(3)
        for i in (0, 1):
            self.etcd.start(i, wait=False)
        self.etcd.wait_healthy()
        Cluster.port += 1
        self.add_port(Cluster.port)
        self.assert_flows([Cluster.port])
        self.assertEqual(self.lost_by_ping(), 0)


if __name__ == '__main__':
    unittest.main(verbosity=2)
