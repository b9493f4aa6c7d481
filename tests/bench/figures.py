"""The figures of compare.py: what they are, records of them in a file, and
their table."""
import json

from measure import print_markdown
from scenario import Scenario

# (figure, what it is, unit); medians where there are several.
FIGURES = [
    ('cold_s', 'translator started on a full northbound, to complete '
     'southbound', 's'),
    ('cold_mib', 'its peak memory', 'MiB'),
    ('restart_s', 'translator restarted, nothing changed', 's'),
    ('restart_writes', 'southbound revisions that wrote', ''),
    ('sb_mb', 'southbound bytes in the store', 'MB'),
    ('floor2_ms', 'floor: two put->watch hops of etcd', 'ms'),
    ('floor3_ms', 'floor: three hops', 'ms'),
    ('lsp-add_sb_ms', 'one port added, --wait=sb', 'ms'),
    ('lsp-add_hv_ms', 'one port added, --wait=hv', 'ms'),
    ('acl-add_sb_ms', 'ACL added, --wait=sb', 'ms'),
    ('as-add_sb_ms', 'address-set member added, --wait=sb', 'ms'),
    ('nat-add_sb_ms', 'NAT entry added, --wait=sb', 'ms'),
    ('local_ms', 'a local port until ovn-installed', 'ms'),
    ('burst_per_s', 'a burst of ports, translated', 'ports/s'),
    ('agent_cold_s', 'agent cold start to all flows', 's'),
    ('agent_mib', 'its memory, when it reaches every datapath', 'MiB'),
    ('agent_restart_s', 'agent restarted', 's'),
    ('agent_flows', 'OpenFlow flows there', 'flows'),
    ('apart_mib', "memory of an agent that reaches one switch, apart from "
     'the rest', 'MiB'),
    ('apart_bytes', 'bytes that it receives for a port added elsewhere',
     'B'),
    ('trace_ms', 'one trace from a fresh client', 'ms'),
]
HIGHER_IS_BETTER = {'burst_per_s'}
SIDES = ('weft', 'ovn')


def show(value):
    if value is None:
        return '-'
    return f'{value:,.0f}' if value >= 1000 else f'{value:.3g}'


def ratio(name, weft, ovn):
    if not weft or not ovn:
        return '-'
    return f'{weft / ovn if name in HIGHER_IS_BETTER else ovn / weft:.1f}'


def append(path, record):
    with open(path, 'a', encoding='utf-8') as f:
        f.write(json.dumps(record) + '\n')


def read(path):
    """{size: record}; of several records of a size the last that has a side
    counts for that side."""
    found = {}
    with open(path, encoding='utf-8') as f:
        for record in map(json.loads, f):
            known = found.setdefault(record['size'], record)
            for side in SIDES:
                if record[side]:
                    known[side] = record[side]
    return found


def n_ports(size):
    return Scenario(size, with_lb=False).nports


def print_figures(records):
    """All sizes in one Markdown table."""
    sizes = sorted(records, key=n_ports)
    headings, rows = ['figure', ''], []
    for size in sizes:
        headings += [f'{size} Weft', f'{size} OVN', 'better by']
    for name, text, unit in FIGURES:
        row = [text, unit]
        for size in sizes:
            weft, ovn = (records[size][side].get(name) for side in SIDES)
            row += [show(weft), show(ovn), ratio(name, weft, ovn)]
        if any(name in records[size][side] for size in sizes
               for side in SIDES):
            rows.append(row)
    for what in ('load', 'seconds'):
        rows.append([{'load': 'load average at the end of a side',
                      'seconds': 'how long its measuring took'}[what],
                     's' if what == 'seconds' else '', *[
            cell for size in sizes for cell in [*(
                show(records[size][side].get(what)) for side in SIDES), '']]])
    print_markdown(headings, rows)
