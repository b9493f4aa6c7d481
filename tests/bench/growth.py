#!/usr/bin/python3
"""Draws the growth curves of compare.py's figures:

    growth.py FIGURES.json OUT.svg

One panel a figure, both axes logarithmic: ports across, upwards Weft's and
stock OVN's figure, and what etcd alone takes (the floor), each in the run
that the file has last of a size."""
import math
import sys

from figures import SIDES, n_ports, read

# (figure, its title, the floor that belongs to it).
PANELS = [
    ('lsp-add_sb_ms', 'one port added, --wait=sb (ms)', 'lsp-add_floor2_ms'),
    ('lsp-add_hv_ms', 'one port added, --wait=hv (ms)', 'lsp-add_floor3_ms'),
    ('local_ms', 'a local port until ovn-installed (ms)', 'local_floor3_ms'),
    ('burst_per_s', 'a burst of ports (ports/s)', None),
    ('acl-add_sb_ms', 'one ACL added, --wait=sb (ms)', 'acl-add_floor2_ms'),
    ('as-add_sb_ms', 'address-set member, --wait=sb (ms)', 'as-add_floor2_ms'),
    ('nat-add_sb_ms', 'one NAT entry added, --wait=sb (ms)',
     'nat-add_floor2_ms'),
    ('trace_ms', 'one trace from a fresh client (ms)', None),
    ('cold_s', 'translator, cold start (s)', None),
    ('restart_s', 'translator, restart (s)', None),
    ('cold_mib', 'translator, peak memory (MiB)', None),
    ('sb_mb', 'southbound in the store (MB)', None),
    ('agent_cold_s', 'agent, cold start (s)', None),
    ('agent_restart_s', 'agent, restart (s)', None),
    ('agent_mib', 'agent that reaches all, memory (MiB)', None),
    ('apart_mib', 'agent of a network apart, memory (MiB)', None),
]
COLUMNS, WIDTH, HEIGHT = 4, 220, 140
LEFT, TOP, SPACE_X, SPACE_Y = 56, 62, 76, 70
NAMES = {'weft': 'Weft', 'ovn': 'OVN 23.03', 'floor': "etcd's floor"}
COLOURS = {'weft': '#0b6e4f', 'ovn': '#b3541e', 'floor': '#777'}
DASHES = {'weft': '', 'ovn': '', 'floor': ' stroke-dasharray="4 3"'}


def decades(values):
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


def short(value):
    """A figure beside a curve."""
    if value >= 9950:
        return f'{value / 1000:.0f}k'
    return f'{value:.0f}' if value >= 100 else f'{value:.3g}' \
        if value >= 10 else f'{value:.2g}'


class Panel:
    """Places values of one figure."""

    def __init__(self, number, ports, values):
        self.x0 = LEFT + number % COLUMNS * (WIDTH + SPACE_X)
        self.y0 = TOP + number // COLUMNS * (HEIGHT + SPACE_Y)
        self.x_low, self.x_high = decades(ports)
        self.y_low, self.y_high = decades(values)

    def x(self, value):
        part = ((math.log10(value) - self.x_low)
                / (self.x_high - self.x_low))
        return self.x0 + part * WIDTH

    def y(self, value):
        part = ((math.log10(value) - self.y_low)
                / (self.y_high - self.y_low))
        return self.y0 + (1 - part) * HEIGHT


def text(x, y, words, anchor='middle', size=11, colour='#333'):
    return (f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size}" '
            f'text-anchor="{anchor}" fill="{colour}">{words}</text>')


def draw_axes(panel, title):
    out = [text(panel.x0 - 30, panel.y0 - 12, title, 'start', 13)]
    for e in range(panel.y_low, panel.y_high + 1):
        y = panel.y(10 ** e)
        out += [f'<path d="M{panel.x0} {y:.1f}h{WIDTH}" stroke="#ddd"/>',
                text(panel.x0 - 6, y + 4, f'{10 ** e:,g}', 'end')]
    for e in range(panel.x_low, panel.x_high + 1):
        x = panel.x(10 ** e)
        out += [f'<path d="M{x:.1f} {panel.y0}v{HEIGHT}" stroke="#eee"/>',
                text(x, panel.y0 + HEIGHT + 16, f'{10 ** e:,}')]
    return out


def draw_line(panel, points, line):
    colour = COLOURS[line]
    path = ' '.join(f'{panel.x(p):.1f},{panel.y(v):.1f}' for p, v in points)
    out = [f'<polyline points="{path}" fill="none" stroke="{colour}" '
           f'stroke-width="2"{DASHES[line]}/>']
    if line == 'floor':
        return out
    for p, v in points:
        out.append(f'<circle cx="{panel.x(p):.1f}" cy="{panel.y(v):.1f}" '
                   f'r="3" fill="{colour}"><title>{p:,} ports: {v:.3g}'
                   '</title></circle>')
    return out


def draw_ends(panel, lines):
    """The last figure of each side, beside its point; apart if they would
    lie one on the other."""
    ends = sorted((panel.y(points[-1][1]), panel.x(points[-1][0]),
                   short(points[-1][1]), line)
                  for line, points in lines.items() if line in SIDES)
    near = len(ends) == 2 and ends[1][0] - ends[0][0] < 13
    return [text(x + (0 if near else 6), y + (4 if not near else
                                              -7 if i == 0 else 16),
                 words, 'start', colour=COLOURS[line])
            for i, (y, x, words, line) in enumerate(ends)]


def draw_legend():
    out, x = [], LEFT - 30
    for line, name in NAMES.items():
        out += [f'<path d="M{x} 18h24" stroke="{COLOURS[line]}" '
                f'stroke-width="2"{DASHES[line]}/>',
                text(x + 30, 22, name, 'start', 13, COLOURS[line])]
        x += 50 + 9 * len(name)
    return [*out, text(x, 22, 'across: logical switch ports of the network; '
                       'both axes are logarithmic', 'start', 13)]


def lines_of(records, figure, floor):
    """{line: [(ports, value)]} of one panel."""
    wanted = {side: (side, figure) for side in SIDES}
    if floor:
        wanted['floor'] = ('weft', floor)
    lines = {}
    for line, (side, name) in wanted.items():
        points = sorted((n_ports(size), record[side][name])
                        for size, record in records.items()
                        if record[side].get(name))
        if points:
            lines[line] = points
    return lines


def draw(records):
    rows = math.ceil(len(PANELS) / COLUMNS)
    width = LEFT + COLUMNS * (WIDTH + SPACE_X) - 20
    height = TOP + rows * (HEIGHT + SPACE_Y) - 30
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height}" viewBox="0 0 {width} {height}" '
           'font-family="sans-serif">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           *draw_legend()]
    for number, (figure, title, floor) in enumerate(PANELS):
        lines = lines_of(records, figure, floor)
        points = [point for line in lines.values() for point in line]
        if points:
            panel = Panel(number, [p for p, _ in points],
                          [v for _, v in points])
            out += draw_axes(panel, title)
            for line, found in lines.items():
                out += draw_line(panel, found, line)
            out += draw_ends(panel, lines)
    return '\n'.join([*out, '</svg>', ''])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], 'w', encoding='utf-8') as f:
        f.write(draw(read(sys.argv[1])))


if __name__ == '__main__':
    main()
