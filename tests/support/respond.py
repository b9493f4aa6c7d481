"""Drives respond_probe: the agent's packet-in side without a switch.

    with Responders() as r:
        r.row('switch:n1', '-', {'tunnel_key': 1, 'type': 'switch'})
        replies = r.packet(PUT_DHCP_OPTS, BIT + options, frame, metadata=1)

A reply is a Reply: kind 'resume' (bit, frame) or 'out' (frame, actions).
"""
import hashlib
import json
import os
import struct
import subprocess
import warnings

warnings.filterwarnings('ignore')
from scapy.config import conf           # noqa: E402
conf.ipv6_enabled = True

BUILD = os.environ.get('WEFT_BUILD_DIR', 'build')

(ARP, PUT_ARP, PUT_DHCP_OPTS, ND_NA, PUT_ND, PUT_DHCPV6_OPTS, DNS_LOOKUP, LOG,
 PUT_ND_RA_OPTS, ND_NS, ICMP, TCP_RESET, ND_NA_ROUTER, FRAG_MTU4, ICMP4_ERROR,
 EVENT, IGMP, BIND_VPORT, SVC_CHECK, DHCP6_SERVER, ICMP6_ERROR, FRAG_MTU6,
 REJECT, BFD_MSG, SCTP_ABORT, PUT_FDB) = range(26)

# struct packet_in_bit of reg0[3]: the OXM header of NXM_NX_REG0, bit 3.
BIT = struct.pack('>II', 0x00010004, 3)


class Reply:
    """What the agent sent."""

    def __init__(self, line):
        words = line.split(' ', 2)
        self.kind = words[0]
        if self.kind == 'resume':
            self.bit, text = int(words[1]), words[2]
            self.actions = ''
        else:
            self.bit, text = None, words[1]
            self.actions = words[2] if len(words) > 2 else ''
        self.frame = bytes.fromhex(text)


class Responders:
    """A respond_probe process."""

    def __enter__(self):
        self.process = subprocess.Popen(
            [os.path.join(BUILD, 'tests', 'respond_probe')],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True)
        return self

    def __exit__(self, kind, value, trace):
        self.process.stdin.close()
        errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        status = self.process.wait(30)
        if kind is None and status:
            raise AssertionError(f'respond_probe: exit {status}\n{errors}')

    def command(self, line):
        """Runs one command; returns the lines of its answer."""
        self.process.stdin.write(line + '\n')
        self.process.stdin.flush()
        lines = []
        while True:
            text = self.process.stdout.readline()
            if not text:
                raise AssertionError('respond_probe died: '
                                     + self.process.stderr.read())
            if text == '.\n':
                return lines
            lines.append(text.rstrip('\n'))

    def row(self, datapath, below, row):
        return self.command(f'row {datapath} {below} {json.dumps(row)}'
                            if row is not None else
                            f'row {datapath} {below}')

    def packet(self, opcode, userdata, frame, **metadata):
        keep_for_fuzzing(opcode, userdata, bytes(frame), metadata)
        words = [f'{k}={v}' for k, v in metadata.items()]
        lines = self.command(' '.join(
            ['packet', str(opcode), userdata.hex() or '-',
             bytes(frame).hex() or '-'] + words))
        return [Reply(line) for line in lines]

    def run(self):
        return [Reply(line) for line in self.command('run')]

    def own(self):
        """Rows that the agent would write, by key."""
        rows = {}
        for line in self.command('own'):
            _, key, value = line.split(' ', 2)
            rows[key] = json.loads(value)
        return rows

    def drops(self):
        """Counters of what came to nothing, by reason."""
        return {line.split(', ', 1)[1].split(' ')[0]:
                int(line.rsplit(' ', 1)[1])
                for line in self.command('show')
                if line.startswith('dropped')}


def keep_for_fuzzing(opcode, userdata, frame, metadata):
    """With WEFT_CORPUS=FOLDER every packet becomes an input of the fuzz target
    tests/fuzz/agent_packet_in.c there."""
    folder = os.environ.get('WEFT_CORPUS')
    if folder and opcode < 26 and len(userdata) < 256 and len(frame) < 1000:
        data = bytes([opcode, len(userdata),
                      metadata.get('metadata', 0) & 3
                      | (metadata.get('reg14', 0) & 3) << 2
                      | (metadata.get('reg15', 0) & 3) << 4]
                     ) + userdata + frame
        name = hashlib.sha1(data).hexdigest()[:16]
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(data)


def checksums_are_good(packet):
    """Does scapy compute the checksums and lengths that 'packet' has?
    (Packets quoted in ICMP errors are as they were.)"""
    again = packet.copy()
    layer, n = again, 0
    while layer and ' in ICMP' not in layer.name:
        for field in ('chksum', 'cksum', 'len', 'plen'):
            if field in layer.fields:
                layer.delfieldval(field)
                n += 1
        layer = layer.payload
    return n and bytes(again) == bytes(packet)
