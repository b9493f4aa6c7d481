#!/usr/bin/python3
"""Many agents against one etcd: the store side of each, without a switch.

    agents.py [--agents 100,300,1000] [--transport tls,http]
              [--rates 50,200] [--seconds 20] [--json FILE]

agents_bench (agents_bench.c) runs the agents' own code, each with connections
of its own; translator and etcd are real.  The cloud (cloud.py) has twenty
ports for each agent, in tenants of 200 ports that a router joins: an agent
reaches a few dozen datapaths, a change concerns some thirty agents, at every
size.  Changes are ports that come and go, one transaction each, written at
the rate whether or not the others have been delivered; a delivery is the time
from the write to the event applied in the model of an agent that needs it.

Everything runs on one machine: what the agents cost is in the way of what is
measured here, and is on a thousand other machines in a real cloud.
"""
import argparse
import collections
import json
import os
import queue
import resource
import signal
import statistics
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'support')]
from cloud import P, PER_AGENT, Cloud  # noqa: E402
from etcd import Etcd, free_ports  # noqa: E402
from measure import (Gateway, Watcher, cpu_seconds, load_average,  # noqa: E402
                     memory_mib, percentile, print_markdown)
from weft import token  # noqa: E402

BUILD = os.environ.get('WEFT_BUILD_DIR',
                       os.path.join(HERE, '..', '..', 'build'))
WRITERS, STANDING, DRAIN_S = 16, 400, 180
PER_PROCESS, AT_ONCE = 125, 8

# (figure, what it is, unit), of a number of agents...
FIGURES = [
    ('ports', "the cloud's ports", ''),
    ('datapaths', 'datapaths that an agent follows', ''),
    ('watches', 'watches of all agents', ''),
    ('connections_then', 'connections of all agents after that', ''),
    ('connections', 'connections a minute later', ''),
    ('cold_s', 'translator, cold, all claims there', 's'),
    ('follow_s', 'until all agents have listed what they follow', 's'),
    ('follow_mb', 'bytes for that, all agents', 'MB'),
    ('follow_cpu', "etcd's CPU for that", 's'),
    ('quiet_cpu', 'without changes: etcd, CPU seconds a second', ''),
    ('quiet_bytes', 'without changes: received by an agent', 'B/s'),
    ('remote_events', '200 changes that do not concern an agent: events '
     'there, at most', ''),
    ('remote_bytes', 'bytes there, at most', 'B'),
    ('hv_ms', 'one --wait=hv through all agents', 'ms'),
    ('hv_cpu', "etcd's CPU for it", 's'),
    ('chassis_cpu', "etcd's CPU for one more chassis", 's'),
    ('etcd_mib', 'etcd, memory', 'MiB'),
    ('translator_mib', 'translator, memory', 'MiB'),
    ('agent_mib', 'an agent (store side), memory', 'MiB'),
    ('load', 'load average', ''),
]
# ...and of a rate of changes.
RATE_FIGURES = [
    ('rate', 'changes written', '1/s'),
    ('delivered', 'changes delivered', '1/s'),
    ('median_ms', 'delivery, median', 'ms'),
    ('p95_ms', 'delivery, 95th percentile', 'ms'),
    ('max_ms', 'delivery, the slowest', 'ms'),
    ('last_ms', 'until the last agent that needs it, median', 'ms'),
    ('fanout', 'agents that a change concerns', ''),
    ('skipped', 'deliveries that came to nothing: added and gone', ''),
    ('missed', 'deliveries that did not come', ''),
    ('etcd_cpu', 'etcd, CPU seconds a second', ''),
    ('translator_cpu', 'translator, the same', ''),
    ('agents_cpu', 'all agents, the same', ''),
    ('etcd_ms', "etcd's CPU for a change", 'ms'),
    ('agents_ms', "the agents' CPU for a change", 'ms'),
    ('agent_kb', 'received by an agent', 'kB/s'),
    ('all_kb', 'received by all agents for a change', 'kB'),
]


class Process:
    """agents_bench with some of the agents."""

    def __init__(self, places, path, env):
        self.log = path + '.applied'
        with open(path + '.places', 'w', encoding='ascii') as f:
            for chassis, ports in places:
                f.write(' '.join([chassis, *ports]) + '\n')
        with open(path + '.log', 'w', encoding='utf-8') as errors:
            self.process = subprocess.Popen(
                [os.path.join(BUILD, 'bin', 'agents_bench'),
                 path + '.places', self.log], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=errors, text=True,
                env={**os.environ, **env})
        self.pid = self.process.pid

    def tell(self, command):
        self.process.stdin.write(command + '\n')
        self.process.stdin.flush()

    def answer(self):
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f'agents_bench ended: {self.process.wait()}')
        return json.loads(answer)

    def stop(self):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Agents:
    """All of them: no process has so many that its own turn takes long."""

    def __init__(self, cloud, folder, env):
        places = list(cloud.places.items())
        self.processes = [
            Process(places[i:i + PER_PROCESS],
                    os.path.join(folder, f'agents-{i}'), env)
            for i in range(0, len(places), PER_PROCESS)]

    def ask(self, command):
        for process in self.processes:
            process.tell(command)
        return [process.answer() for process in self.processes]

    def bring_up(self, step):
        """'claim' or 'follow', some ten at a time; seconds."""
        at_once = max(1, AT_ONCE // len(self.processes))
        return max(a['seconds'] for a in self.ask(f'{step} {at_once}'))

    def report(self):
        """(connections, {chassis: {bytes, events, ...}})."""
        connections, agents = 0, {}
        for answer in self.ask('report'):
            connections += answer['connections']
            agents.update(answer['agents'])
        return connections, agents

    def applied(self):
        """{(port, 'put' or 'del'): {chassis: ns}}, the first of each."""
        found = {}
        for process in self.processes:
            with open(process.log, encoding='ascii') as f:
                for line in f:
                    if not line.endswith('\n'):
                        break                   # Half of it is written.
                    when, chassis, port, what = line.split()
                    found.setdefault((port, what), {}).setdefault(
                        chassis, int(when))
        return found

    def cpu(self):
        return sum(cpu_seconds(p.pid) for p in self.processes)

    def memory(self):
        return sum(memory_mib(p.pid, 'VmRSS') for p in self.processes)

    def stop(self):
        for process in self.processes:
            process.stop()


class Bench:
    """etcd, translator, agents; what is written goes over plain HTTP."""

    def __init__(self, n_agents, transport):
        self.cloud = Cloud(n_agents)
        self.added = 0
        self.standing = collections.deque()     # (port, its keys)
        self.agents = self.translator = None
        self.etcd = Etcd(tls=transport == 'tls', start=False)
        try:
            self.start_etcd()
        except BaseException:
            self.stop()
            raise

    def start_etcd(self):
        plain = f'http://127.0.0.1:{free_ports(1)[0]}'
        self.etcd.args += ['--listen-client-urls='
                           f'{self.etcd.endpoints[0]},{plain}',
                           '--log-level=warn', '--enable-pprof']
        self.etcd.start(0)
        self.plain = plain
        self.gateway = Gateway(plain)
        self.agents = Agents(self.cloud, self.etcd.folder, self.etcd.env())
        self.watcher = Watcher(plain, f'{P}/status/sync')

    def start_translator(self):
        with open(self.etcd.path('translator.log'), 'ab') as log:
            self.translator = subprocess.Popen(
                [os.path.join(BUILD, 'bin', 'weft-translator'),
                 f'--unixctl={self.etcd.path("translator.ctl")}'],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.etcd.env()})

    def stop(self):
        if self.agents:
            self.agents.stop()
        if self.translator:
            self.translator.terminate()
            self.translator.wait()
        self.etcd.close()

    def show_logs(self):
        for name in ('agents-0.log', 'translator.log', 'm0.log'):
            with open(self.etcd.path(name), encoding='utf-8',
                      errors='replace') as f:
                print(f'--- {name}\n{"".join(f.readlines()[-8:])}',
                      file=sys.stderr)

    def wait(self, what):
        """Writes a sync token and waits for its answer; seconds."""
        started = time.monotonic()
        revision = self.gateway.txn([token(what)])
        status = {}
        while status.get(what, -1) < revision:
            for value, _ in self.watcher.next():
                status = json.loads(value) if value else {}
        return time.monotonic() - started

    def cpu(self):
        return {'etcd': cpu_seconds(self.etcd.processes[0].pid),
                'translator': cpu_seconds(self.translator.pid),
                'agents': self.agents.cpu()}

    def since(self, before):
        return {k: v - before[k] for k, v in self.cpu().items()}

    # --- steps

    def load(self):
        rows = self.cloud.rows()
        for _ in range(STANDING):
            rows += self.add()[1]
        self.gateway.load(rows)

    def start(self, out):
        """Everything up, all agents following."""
        self.load()
        out['claim_s'] = self.agents.bring_up('claim')
        started = time.monotonic()
        self.start_translator()
        self.wait('sb_revision')
        out['cold_s'] = time.monotonic() - started
        before = self.cpu()
        out['follow_s'] = self.agents.bring_up('follow')
        self.settle()
        out['follow_cpu'] = self.since(before)['etcd']
        out['connections_then'], agents = self.agents.report()
        out['follow_mb'] = sum(a['bytes'] for a in agents.values()) / 1e6
        out['datapaths'] = statistics.median(a['datapaths']
                                             for a in agents.values())
        # Besides the rows: five prefixes, and its own.
        out['watches'] = sum(a['rows'] + 6 for a in agents.values())

    def settle(self, limit=120):
        """Until no events have come for two seconds."""
        end, last, quiet = time.monotonic() + limit, None, 0
        while quiet < 2 and time.monotonic() < end:
            agents = self.agents.report()[1]
            now = sum(a['events'] for a in agents.values())
            quiet = quiet + 1 if now == last else 0
            last = now
            time.sleep(1)

    def quiet(self, out, seconds):
        """What it costs that nothing happens."""
        cpu, before = self.cpu(), self.agents.report()[1]
        time.sleep(seconds)
        after = self.agents.report()[1]
        out['quiet_cpu'] = self.since(cpu)['etcd'] / seconds
        out['quiet_bytes'] = statistics.mean(
            after[c]['bytes'] - before[c]['bytes'] for c in after) / seconds

    def token(self, out, limit=120):
        """A token through all agents; none if that takes too long."""
        def give_up(*_):
            raise TimeoutError

        signal.signal(signal.SIGALRM, give_up)
        signal.alarm(limit)
        try:
            self.wait('hv_revision')        # Agents read for the first.
            self.settle()
            cpu = self.cpu()
            out['hv_ms'] = self.wait('hv_revision') * 1e3
            time.sleep(1)
            out['hv_cpu'] = self.since(cpu)['etcd'] - out['quiet_cpu']
        except TimeoutError:
            print(f'no token through all agents in {limit} s',
                  file=sys.stderr)
        finally:
            signal.alarm(0)

    def chassis(self, out, n=10):
        """More chassis: every agent follows the list of them."""
        cpu, started = self.cpu(), time.monotonic()
        for i in range(n):
            self.gateway.txn([(f'{P}/chassis/more{i}/chassis', json.dumps(
                {'hostname': 'more', 'encaps': [
                    {'type': 'geneve', 'ip': f'10.250.0.{i}'}]}))])
            self.wait('sb_revision')
        self.settle()
        out['chassis_cpu'] = (self.since(cpu)['etcd'] - out['quiet_cpu']
                              * (time.monotonic() - started)) / n

    def add(self, tenant=None):
        """(name, rows) of one more port."""
        port, puts = self.cloud.new_port(self.added, tenant)
        self.added += 1
        self.standing.append((port, [key for key, _ in puts]))
        return port, puts

    def next_change(self, i, tenant=None):
        """(what, port, puts, deletes): a port comes, or the oldest goes."""
        if tenant is None and i % 2:
            port, keys = self.standing.popleft()
            return 'del', port, [], keys
        port, puts = self.add(tenant)
        return 'put', port, puts, []

    def write(self, n, rate, tenant=None):
        """n changes at the rate; [(what, port, ns of its writing)]."""
        changes, done = queue.SimpleQueue(), []
        for i in range(n):
            changes.put((i / rate, *self.next_change(i, tenant)))
        start = time.monotonic()

        def writer():
            gateway = Gateway(self.plain)
            while True:
                try:
                    due, what, port, puts, deletes = changes.get_nowait()
                except queue.Empty:
                    return
                time.sleep(max(0, start + due - time.monotonic()))
                now = time.monotonic_ns()
                gateway.txn(puts, deletes)
                done.append((what, port, now))

        threads = [threading.Thread(target=writer) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if len(done) != n:
            raise RuntimeError(f'{n - len(done)} changes were not written')
        return done

    def delivered(self, changes):
        """([ms of each delivery], [ms until the last agent of a change],
        how many came to nothing, how many are missing, ns of the last).

        A port that comes and goes while an agent is behind is nothing to it:
        neither is applied."""
        applied = self.agents.applied()
        both = set.intersection(*({port for what, port, _ in changes
                                   if what == w} for w in ('put', 'del')))
        single, last, skipped, missing, end = [], [], 0, 0, 0
        for what, port, sent in changes:
            heard = applied.get((port, what), {})
            needed = self.cloud.agents_of.get(self.cloud.tenant_of(port),
                                              set())
            times = [heard[c] for c in needed if c in heard]
            nothing = [c for c in needed if c not in heard
                       and port in both
                       and c not in applied.get((port, 'put'), {})]
            skipped += len(nothing)
            missing += len(needed) - len(times) - len(nothing)
            single += [(t - sent) / 1e6 for t in times]
            if times:
                last.append((max(times) - sent) / 1e6)
                end = max(end, *times)
        return single, last, skipped, missing, end

    def wait_delivered(self, changes):
        end = time.monotonic() + DRAIN_S
        while True:
            self.agents.report()
            result = self.delivered(changes)
            if not result[3] or time.monotonic() > end:
                return result
            time.sleep(1)

    def changes(self, rate, seconds):
        """The figures that it is all about."""
        self.settle()
        cpu, before = self.cpu(), self.agents.report()[1]
        changes = self.write(int(rate * seconds), rate)
        self.settle(DRAIN_S)
        single, last, skipped, missing, end = self.wait_delivered(changes)
        spent, after = self.since(cpu), self.agents.report()[1]
        received = [after[c]['bytes'] - before[c]['bytes'] for c in after]
        n = len(changes)
        wrote = (changes[-1][2] - changes[0][2]) / 1e9
        took = (end - changes[0][2]) / 1e9
        out = {'target': rate, 'rate': n / wrote, 'delivered': n / took,
               'median_ms': statistics.median(single),
               'p95_ms': percentile(single, 0.95), 'max_ms': max(single),
               'last_ms': statistics.median(last), 'missed': missing,
               'skipped': skipped,
               'fanout': len(single) / n,
               'etcd_ms': spent['etcd'] / n * 1e3,
               'agents_ms': spent['agents'] / n * 1e3,
               'agent_kb': statistics.mean(received) / took / 1e3,
               'all_kb': sum(received) / n / 1e3}
        for name, cpu_s in spent.items():
            out[f'{name}_cpu'] = cpu_s / took
        return out

    def remote(self, out, n=200):
        """Changes of tenant 0, at agents that have nothing of it."""
        self.settle()
        before = self.agents.report()[1]
        changes = self.write(n, 50, tenant=0)
        if self.wait_delivered(changes)[3]:
            raise RuntimeError('changes were not delivered')
        after = self.agents.report()[1]
        others = set(after) - self.cloud.agents_of.get(0, set())
        for figure, what in (('remote_events', 'events'),
                             ('remote_bytes', 'bytes')):
            out[figure] = max((after[c][what] - before[c][what]
                               for c in others), default=0)
        out['others'] = len(others)

    def memory(self, out):
        out['connections'] = self.agents.report()[0]
        out['etcd_mib'] = memory_mib(self.etcd.processes[0].pid, 'VmRSS')
        out['translator_mib'] = memory_mib(self.translator.pid, 'VmRSS')
        out['agent_mib'] = self.agents.memory() / len(self.cloud.places)

    def measure(self, options):
        out = {'agents': len(self.cloud.places), 'rates': [],
               'ports': len(self.cloud.places) * PER_AGENT + STANDING}
        steps = [self.start, lambda o: self.quiet(o, options.quiet),
                 self.chassis, self.remote, self.memory]
        started = time.monotonic()

        def note(figures):
            print(f'{time.monotonic() - started:6.0f} s  '
                  + ', '.join(f'{k} {show(v)}' for k, v in figures.items()
                              if k != 'rates'), file=sys.stderr, flush=True)

        for step in steps:
            known = dict(out)
            step(out)
            note({k: v for k, v in out.items() if k not in known})
        for rate in map(float, options.rates.split(',')):
            out['rates'].append(self.changes(rate, options.seconds))
            note(out['rates'][-1])
        self.token(out)
        out['load'] = load_average()
        return out


def show(value):
    if value is None:
        return '-'
    return f'{value:.0f}' if value >= 1000 or value == int(value) \
        else f'{value:.3g}'


def raise_limit():
    """An agent has some twenty connections."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__.split('\n', maxsplit=1)[0])
    parser.add_argument('--agents', default='100,300,1000')
    parser.add_argument('--transport', default='tls,http')
    parser.add_argument('--rates', default='50,200',
                        help='changes a second, one after the other')
    parser.add_argument('--seconds', type=float, default=20)
    parser.add_argument('--quiet', type=float, default=10,
                        help='seconds without a change')
    parser.add_argument('--json', help='append the figures to this file')
    options = parser.parse_args()
    raise_limit()
    columns = []
    for transport in options.transport.split(','):
        for n in map(int, options.agents.split(',')):
            bench = Bench(n, transport)
            try:
                figures = bench.measure(options)
            except BaseException:
                bench.show_logs()
                raise
            finally:
                bench.stop()
            columns.append((f'{n} {transport}', figures))
            if options.json:
                with open(options.json, 'a', encoding='utf-8') as f:
                    f.write(json.dumps({'transport': transport, **figures})
                            + '\n')
    print_markdown(['agents', '', *[name for name, _ in columns]], [
        [text, unit, *[show(f.get(name)) for _, f in columns]]
        for name, text, unit in FIGURES])
    print()
    print_markdown(['at a rate of changes', '', *[
        f'{name}, {rate["target"]:.0f}/s' for name, f in columns
        for rate in f['rates']]], [
        [text, unit, *[show(rate[name]) for _, f in columns
                       for rate in f['rates']]]
        for name, text, unit in RATE_FIGURES])


if __name__ == '__main__':
    main()
