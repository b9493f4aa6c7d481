#!/usr/bin/env python3
"""Start to finish of one command on a large northbound: stock ovn-nbctl on an
ovsdb-server, weftctl on etcd, alternating, the same rows in both.

    cli_latency.py [--switches 1000] [--ports 100] [-n 5] [--json FILE]

Only the databases run: no northd, no translator. `up` is written where each
keeps it, so that lsp-get-up has something to read. Prints medians of wall
and CPU time of the client, in milliseconds.
"""
import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'support'))
from etcd import Etcd  # noqa: E402
from ovsdb import Ovsdb  # noqa: E402

BUILD = os.environ.get('WEFT_BUILD_DIR',
                       os.path.join(HERE, '..', '..', 'build'))


def rows(switches, ports):
    """(switch, [(port, address)]) of the whole network."""
    for i in range(switches):
        yield f'sw{i}', [
            (f'sw{i}p{j}', f'0a:00:{i >> 8:02x}:{i & 255:02x}:00:{j:02x} '
             f'10.{i >> 8}.{i & 255}.{j + 1}') for j in range(ports)]


def load_stock(nb, network):
    for name, ports in network:
        operations = [
            {'op': 'insert', 'table': 'Logical_Switch_Port',
             'uuid-name': f'p{i}',
             'row': {'name': port, 'addresses': address, 'up': True}}
            for i, (port, address) in enumerate(ports)]
        operations.append({
            'op': 'insert', 'table': 'Logical_Switch',
            'row': {'name': name, 'ports': [
                'set', [['named-uuid', f'p{i}']
                        for i in range(len(ports))]]}})
        nb.transact('OVN_Northbound', *operations)


def weft_pairs(network):
    for name, ports in network:
        yield f'/weft/v1/nb/logical_switch/{name}', '{}'
        for port, address in ports:
            yield (f'/weft/v1/nb/logical_switch_port/{port}',
                   json.dumps({'switch': name, 'addresses': [address]}))
            yield (f'/weft/v1/status/logical_switch_port/{port}',
                   '{"up":true}')


def timed(argv, env):
    """(wall, CPU) of one command in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    subprocess.run(argv, env=env, stdout=subprocess.DEVNULL, check=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = (after.ru_utime + after.ru_stime
           - before.ru_utime - before.ru_stime)
    return wall * 1000, cpu * 1000


def commands(i):
    """The commands of round i."""
    return [
        ['get', 'Logical_Switch_Port', 'sw7p7', 'name'],
        ['lsp-get-up', 'sw7p7'],
        ['lsp-get-addresses', 'sw7p7'],
        ['ls-list'],
        ['lsp-list', 'sw0'],
        ['list', 'Logical_Switch', 'sw0'],
        ['show'],
        ['--columns=name,up', 'list', 'Logical_Switch_Port'],
        ['--columns=name', 'find', 'Logical_Switch_Port', 'name=sw7p7'],
        ['lsp-set-addresses', 'sw7p7', f'0a:00:00:00:01:{i:02x}'],
        ['lsp-add', 'sw0', f'new{i}'],
        ['lsp-del', f'new{i}'],
    ]


def measure(tools, n):
    """{command: {tool: ([wall], [cpu])}}, the tools by turns."""
    result = {}
    for i in range(n):
        for words in commands(i):
            name = ' '.join(w for w in words if not w.startswith('-'))[:30]
            name = name.replace(f'new{i}', 'P').split(' 0a:')[0]
            for tool, (argv, env) in tools.items():
                wall, cpu = timed([*argv, *words], env)
                times = result.setdefault(name, {}).setdefault(tool,
                                                               ([], []))
                times[0].append(wall)
                times[1].append(cpu)
    return result


def report(result):
    slower = []
    print(f'{"command":30} {"stock":>9} {"weft":>9} {"ratio":>7}   '
          '(wall ms; CPU of the client ms)')
    for name, tools in result.items():
        medians = {tool: tuple(statistics.median(t) for t in times)
                   for tool, times in tools.items()}
        stock, weft = medians['stock'], medians['weft']
        print(f'{name:30} {stock[0]:9.1f} {weft[0]:9.1f} '
              f'{weft[0] / stock[0]:7.2f}   ({stock[1]:.1f}; {weft[1]:.1f})')
        if weft[0] > stock[0]:
            slower.append(name)
    print('slower than stock:', ', '.join(slower) or 'none')
    return slower


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--switches', type=int, default=1000)
    parser.add_argument('--ports', type=int, default=100)
    parser.add_argument('-n', type=int, default=5)
    parser.add_argument('--json')
    options = parser.parse_args()
    network = list(rows(options.switches, options.ports))

    with tempfile.TemporaryDirectory(prefix='weft-bench-') as folder, \
            Etcd() as etcd:
        sock, db = os.path.join(folder, 'nb.sock'), f'{folder}/nb.db'
        subprocess.run(['ovsdb-tool', 'create', db,
                        '/usr/share/ovn/ovn-nb.ovsschema'], check=True)
        server = subprocess.Popen(
            ['ovsdb-server', db, f'--remote=punix:{sock}',
             f'--unixctl={folder}/nb.ctl', '-vconsole:off'])
        try:
            while not os.path.exists(sock):
                time.sleep(0.05)
            nb = Ovsdb(sock)
            nb.transact('OVN_Northbound', {
                'op': 'insert', 'table': 'NB_Global', 'row': {}})
            load_stock(nb, network)
            etcd.put_many(dict(weft_pairs(network)))
            print(f'{options.switches} switches, '
                  f'{options.switches * options.ports} ports', flush=True)
            result = measure({
                'stock': (['/usr/bin/ovn-nbctl', '--no-leader-only',
                           f'--db=unix:{sock}'], dict(os.environ)),
                'weft': ([os.path.join(BUILD, 'bin', 'weftctl')],
                         {**os.environ, **etcd.env()}),
            }, options.n)
        finally:
            server.terminate()
            server.wait()
    slower = report(result)
    if options.json:
        with open(options.json, 'w', encoding='ascii') as f:
            json.dump(result, f)
    return 1 if slower else 0


if __name__ == '__main__':
    sys.exit(main())
