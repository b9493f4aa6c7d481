#!/usr/bin/python3
"""Our logical flows beside those of stock ovn-northd, on whole networks:
routers, NAT, policies, gateways, ACLs, services, port types.

The networks are the golden cases of the translator (tests/golden/translator)
and random ones; each is entered in a stock northbound database
(northbound.py) and given to translate_probe; the flows of each datapath are
compared stage by stage, and the addresses that IPAM gave.  What may differ is
listed, with its reason, in translator_router_differences.txt; whatever else
differs fails, and so does a listed difference that no longer occurs.

    translator_router.py [--seed=N] [--random=N] [CASE...]
"""
import argparse
import json
import os
import random
import re
import shutil
import subprocess
import sys

import northbound
import random_network
from translator_switch import PROBE, SOURCE, Difference, Northd, normal

CASES = os.path.join(SOURCE, 'tests/golden/translator')
DIFFERENCES = os.path.join(SOURCE,
                           'tests/oracle/translator_router_differences.txt')


def golden_cases(names):
    """{name: rows} of the cases that stock OVN has an opinion on: those
    about chassis, or that say why not, have none."""
    found = {}
    for file in sorted(os.listdir(CASES)):
        name, suffix = os.path.splitext(file)
        if suffix != '.json' or names and name not in names:
            continue
        with open(os.path.join(CASES, file), encoding='utf-8') as f:
            case = json.load(f)
        if 'no_oracle' not in case and all(
                k.startswith('nb/') and isinstance(v, dict)
                for k, v in case['rows'].items()):
            found[name] = case['rows']
    return found


# ---- Spelling ---------------------------------------------------------------

def unwrapped(match):
    """Without parentheses around what is one term, or the last of "&&"."""
    match = re.sub(r'(?<=\w)== ', ' == ', match)
    match = re.sub(r'(?<![a-z_])\(([^()]*?)\)', lambda m: m[0] if '||' in m[1]
                   or '&&' in m[1] else m[1], match)
    return re.sub(r'^(reg0\[\d+\] == 1) && \((.*)\)$', r'\1 && \2', match)


def spread(match):
    """A match of a set of values as matches of one value each."""
    m = re.search(r'(\S+) == \{([^{}]*)\}', match)
    if not m or '||' in re.sub(r'^(?:(?!\|\|).)*? && \(.*\)$', '',
                               match):
        return [match]
    return [one for value in m[2].split(',') for one in spread(
        match[:m.start()] + f'{m[1]} == {value.strip()}' + match[m.end():])]


def sorted_options(actions):
    """DHCP options in one order, each once: OVN repeats the netmask."""
    m = re.match(r'(.*? = put_dhcp(?:v6)?_opts\()(.*)(\); next;)$', actions)
    if not m:
        return actions
    options = re.split(r', (?=\w+ = )', m[2])
    return m[1] + ', '.join(sorted(set(options))) + m[3]


def canonical(flows):
    """Flows in one spelling."""
    found = set()
    for stage, priority, match, actions in flows:
        actions = re.sub(r'\s+;', ';', re.sub(r'\{\s*', '{ ', actions))
        actions = re.sub(r'\( *', '(', actions) or 'drop;'
        actions = re.sub(r'(?<=; )drop;$', '', actions).strip()
        actions = re.sub(r'__[0-9a-f]{8}-[-0-9a-f]*', '__UUID', actions)
        actions = sorted_options(actions)
        match = re.sub(r'(reg0\[3\]) && (is_chassis_resident\(\S+\))$',
                       r'\2 && \1', match)
        # Groups of next hops and their members have any numbers.
        match = re.sub(r'(reg8\[\d+\.\.\d+\] ==) [1-9]\d*', r'\1 N', match)
        actions = re.sub(r'(reg8\[0\.\.15\] =) [1-9]\d*', r'\1 N', actions)
        # So have tables of routes.
        match = re.sub(r'(reg7 ==) [1-9]\d*', r'\1 N', match)
        actions = re.sub(r'(reg7 =) [1-9]\d*', r'\1 N', actions)
        # The set of a router's virtual addresses is named after it.
        match = re.sub(r'\$_rtr_lb_\w+_ip([46])', r'$_rtr_lb_ip\1', match)
        # OVN balances at any of several gateway ports, Weft at the first.
        if (stage, priority) in (('lr_in_dnat', 110), ('lr_in_dnat', 120),
                                 ('lr_out_undnat', 120)):
            match = re.sub(r'(outport ==|is_chassis_resident)[ (]"[^"]*"',
                           r'\1 GATEWAY', match)
        if (stage, actions) == ('lr_in_arp_resolve',
                                'eth.dst = 00:00:00:00:00:00; next;'):
            continue    # Virtual ports: OVN, in one of several routers only.
        for one in spread(unwrapped(match)):
            found.add((stage, priority, one, actions))
    return found


# ---- Ours -------------------------------------------------------------------

def datapath_names(rows):
    """{"switch:n1": name that OVN shows}"""
    found = {}
    for key, row in rows.items():
        parts = key.split('/')
        if parts[1] in ('logical_switch', 'logical_router'):
            kind = parts[1].split('_')[1]
            found[f'{kind}:{parts[2]}'] = row.get(
                'name', northbound.decode(parts[2]))
    return found


def our_flows(rows):
    """{datapath's name: flows}, {port: dynamic addresses}"""
    done = subprocess.run([PROBE, '--all'], input=json.dumps(rows),
                          text=True, capture_output=True, check=False,
                          timeout=60)
    if done.returncode:
        raise RuntimeError(done.stderr)
    text = done.stdout
    names, dynamic = datapath_names(rows), {}
    common, own = {'switch': set(), 'router': set()}, {n: set()
                                                       for n in names}
    for line in text.splitlines():
        m = re.match(r'(\S+)  (\w+) (\d+) (.*?) -> (.*)$', line)
        if not m:
            m = re.match(r'status/logical_switch_port/(\S+) (.*)$', line)
            if m and 'dynamic_addresses' in m[2]:
                dynamic[northbound.decode(m[1])] = json.loads(
                    m[2])['dynamic_addresses']
            continue
        actions = re.sub(r' \{"(controller_meter|meter|stage-hint)".*\}$',
                         '', m[5])
        flow = normal(m[2], int(m[3]), m[4], actions)
        key = m[1].split('/')
        if key[1] == 'common':
            common[key[2]].add(flow)
        else:
            own[key[2]].add(flow)
    return {names[d]: flows | common[d.split(':')[0]]
            for d, flows in own.items()}, dynamic


# ---- Comparing --------------------------------------------------------------

def read_differences(path=DIFFERENCES):
    found, reason = [], ''
    with open(path, encoding='utf-8') as f:
        for line in f:
            line = line.rstrip()
            if line.startswith('#'):
                reason = line[1:].strip()
            elif line:
                found.append(Difference(line, reason))
    return found


def their_dynamic(northd):
    text = subprocess.run(
        ['ovn-nbctl', '--format=json', '--columns=name,dynamic_addresses',
         'list', 'Logical_Switch_Port'], env=northd.env, check=True,
        capture_output=True, text=True, timeout=30).stdout
    return {name: value for name, value in json.loads(text)['data']
            if isinstance(value, str)}


def compare(name, rows, northd, differences):
    ours, dynamic = our_flows(rows)
    theirs = northd.flows()
    n_bad = n_flows = 0
    for datapath, flows in ours.items():
        if datapath not in theirs and not any(
                f[:2] == ('lr_in_admission', 50) for f in flows):
            continue            # Disabled: nothing gets in.
        flows = canonical(flows)
        other = canonical(theirs.get(datapath, ()))
        n_flows += len(flows & other)
        for sign, some in (('-', other - flows), ('+', flows - other)):
            for flow in sorted(some):
                if not any(d.covers(sign, flow) for d in differences):
                    print(f'{name}: {datapath}: {sign} {flow[0]} {flow[1]} '
                          f'{flow[2]} -> {flow[3]}')
                    n_bad += 1
    given = their_dynamic(northd)
    if given != dynamic:
        print(f'{name}: dynamic addresses: {given}, ours {dynamic}')
        n_bad += 1
    return n_bad, n_flows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--random', type=int, default=40)
    parser.add_argument('case', nargs='*')
    args = parser.parse_args()
    if not shutil.which('ovn-northd'):
        print('ovn-northd is not installed')
        return 77
    networks = golden_cases(args.case)
    for i in range(0 if args.case else args.random):
        networks[f'random-{args.seed}-{i}'] = random_network.make(
            random.Random(f'{args.seed}-{i}'))
    differences = read_differences()
    n_bad = n_flows = 0
    with Northd() as northd:
        for name, rows in networks.items():
            try:
                northbound.enter(northd, rows)
            except RuntimeError as e:
                print(f'{name}: stock OVN refuses it: {e}')
                n_bad += 1
                continue
            bad, flows = compare(name, rows, northd, differences)
            n_bad += bad
            n_flows += flows
            northbound.clear(northd)
    for d in differences:
        if not d.n_used and not args.case:
            print(f'listed, but does not occur: {d.sign} {d.stage} '
                  f'{d.priority} {d.pattern.pattern}')
            n_bad += 1
    print(f'{len(networks)} networks, {n_flows} equal flows, '
          f'{n_bad} unexplained')
    return 1 if n_bad else 0


if __name__ == '__main__':
    sys.exit(main())
