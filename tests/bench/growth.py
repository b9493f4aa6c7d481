"""Draws the growth curve of compare.py's figures:

    growth.py FIGURES.json OUT.svg

One panel a figure, both axes logarithmic: ports across, Weft's and stock
OVN's figure upwards.  The last record of a size and side counts."""
import json
import math
import sys

from scenario import Scenario

PANELS = [('lsp-add_sb_ms', 'one port, --wait=sb (ms)'),
          ('lsp-add_hv_ms', 'one port, --wait=hv (ms)'),
          ('acl-add_sb_ms', 'one ACL, --wait=sb (ms)'),
          ('cold_s', 'translator, cold start (s)'),
          ('agent_cold_s', 'agent, cold start (s)'),
          ('trace_ms', 'one trace (ms)')]
WIDTH, HEIGHT, LEFT, TOP, SPACE = 240, 150, 52, 44, 96
COLOURS = {'weft': '#0b6e4f', 'ovn': '#b3541e'}


def read(path):
    """{side: {ports: figures}}."""
    found = {'weft': {}, 'ovn': {}}
    with open(path, encoding='utf-8') as f:
        for line in f:
            record = json.loads(line)
            ports = Scenario(record['size'], with_lb=False).nports
            for side, sizes in found.items():
                sizes.setdefault(ports, {}).update(record[side])
    return found


def decades(values):
    low = math.floor(math.log10(min(values)))
    return low, max(low + 1, math.ceil(math.log10(max(values))))


class Panel:
    """Places values of one figure."""

    def __init__(self, number, sizes, values):
        self.x0 = LEFT + number % 3 * (WIDTH + SPACE)
        self.y0 = TOP + number // 3 * (HEIGHT + SPACE)
        self.x_low, self.x_high = decades(sizes)
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
    out = [text(panel.x0, panel.y0 - 10, title, 'start', 12)]
    for e in range(panel.y_low, panel.y_high + 1):
        y = panel.y(10 ** e)
        out += [f'<path d="M{panel.x0} {y:.1f}h{WIDTH}" stroke="#ddd"/>',
                text(panel.x0 - 6, y + 4, f'{10 ** e:g}', 'end')]
    for e in range(panel.x_low, panel.x_high + 1):
        x = panel.x(10 ** e)
        out += [f'<path d="M{x:.1f} {panel.y0}v{HEIGHT}" stroke="#eee"/>',
                text(x, panel.y0 + HEIGHT + 16, f'{10 ** e:,}')]
    return out


def draw_line(panel, points, side):
    colour = COLOURS[side]
    path = ' '.join(f'{panel.x(p):.1f},{panel.y(v):.1f}' for p, v in points)
    out = [f'<polyline points="{path}" fill="none" stroke="{colour}" '
           f'stroke-width="2"/>']
    for p, v in points:
        out.append(f'<circle cx="{panel.x(p):.1f}" cy="{panel.y(v):.1f}" '
                   f'r="3" fill="{colour}"><title>{p} ports: {v:.3g}'
                   '</title></circle>')
    return out


def draw(found):
    rows = (len(PANELS) + 2) // 3
    width, height = 3 * (WIDTH + SPACE), TOP + rows * (HEIGHT + SPACE) - 20
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
           f'height="{height}" font-family="sans-serif">',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           text(LEFT, 16, 'Weft', 'start', 13, COLOURS['weft']),
           text(LEFT + 44, 16, 'OVN 23.03', 'start', 13, COLOURS['ovn']),
           text(LEFT + 130, 16, 'against logical switch ports in the '
                'network', 'start')]
    for number, (figure, title) in enumerate(PANELS):
        lines = {side: sorted((p, f[figure]) for p, f in sizes.items()
                              if f.get(figure))
                 for side, sizes in found.items()}
        points = [point for line in lines.values() for point in line]
        if points:
            panel = Panel(number, [p for p, _ in points],
                          [v for _, v in points])
            out += draw_axes(panel, title)
            for side, line in lines.items():
                out += draw_line(panel, line, side) if line else []
    return '\n'.join([*out, '</svg>', ''])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[2], 'w', encoding='utf-8') as f:
        f.write(draw(read(sys.argv[1])))


if __name__ == '__main__':
    main()
