"""The store against an etcd whose gRPC misbehaves: a write is never sent
twice unless it certainly had no effect; what does not know gRPC is asked
through its gateway."""
import os
import socket
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'support'))
# pylint: disable=wrong-import-position
from store_client import Probe  # noqa: E402
from store_faults import run  # noqa: E402

HEADER = b'\x0a\x06\x08\x01\x18\x05\x20\x02'
SUCCEEDED = b'\x10\x01'
CLOSE, RESET = object(), object()
DATA, HEADERS, RST_STREAM, SETTINGS = 0, 1, 3, 4
END_STREAM, ACK, END_HEADERS = 1, 1, 4
LARGE = '@20000'        # What is worth gRPC.


def frame(kind, flags, stream, payload=b''):
    return (struct.pack('>I', len(payload))[1:]
            + struct.pack('>BBI', kind, flags, stream) + payload)


def literal(name, value):
    """A header of HPACK that is not indexed."""
    return (b'\0' + bytes([len(name)]) + name.encode()
            + bytes([len(value)]) + value.encode())


class Server:
    """Answers gRPC requests with what 'script' says: (status, message), bytes
    as the answer's message, CLOSE or RESET; at its end all goes well.
    .requests counts them."""

    def __init__(self):
        self.script, self.requests = [], 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.env = {
            'WEFT_ETCD':
            f'http://127.0.0.1:{self.listener.getsockname()[1]}'}
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, daemon=True,
                             args=(connection,)).start()

    def _serve(self, connection):
        file = connection.makefile('rb')
        try:
            assert file.read(24).startswith(b'PRI ')
            connection.sendall(frame(SETTINGS, 0, 0))
            body = b''
            while True:
                size, = struct.unpack('>I', b'\0' + file.read(3))
                kind, flags, stream = struct.unpack('>BBI', file.read(6))
                payload = file.read(size)
                if kind == SETTINGS and not flags & ACK:
                    connection.sendall(frame(SETTINGS, ACK, 0))
                elif kind == DATA:
                    body += payload
                    if flags & END_STREAM:
                        self.requests += 1
                        if not self._answer(connection, stream, body):
                            break
        except (OSError, struct.error):
            pass
        finally:
            file.close()
            connection.close()

    def _answer(self, connection, stream, body):
        # A transaction without compares begins with its first put.
        answer = (self.script.pop(0) if self.script
                  else HEADER + SUCCEEDED if body[5] == 0x12 else HEADER)
        if answer is CLOSE:
            return False
        if answer is RESET:
            connection.sendall(frame(RST_STREAM, 0, stream,
                                     struct.pack('>I', 2)))
            return True
        ok = b'\x88' + literal('content-type', 'application/grpc')
        status, message = (0, '') if isinstance(answer, bytes) else answer
        end = (literal('grpc-status', str(status))
               + literal('grpc-message', message.replace(':', '%3A')))
        if status:
            connection.sendall(frame(HEADERS, END_HEADERS | END_STREAM,
                                     stream, ok + end))
        else:
            connection.sendall(
                frame(HEADERS, END_HEADERS, stream, ok)
                + frame(DATA, 0, stream, b'\0' + struct.pack(
                    '>I', len(answer)) + answer)
                + frame(HEADERS, END_HEADERS | END_STREAM, stream, end))
        return True

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.listener.close()


def test_writes_are_repeated_only_when_safe():
    safe = [
        (14, 'etcdserver: no leader'),
        (8, 'etcdserver: too many requests'),
        (2, 'raft proposal dropped'),
    ]
    unsafe = [
        (14, 'transport is closing'),
        (14, 'etcdserver: request timed out, possibly due to previous leader '
         'failure'),
        (4, 'etcdserver: request timed out'),
        CLOSE, RESET,
    ]
    final = [
        ((7, 'etcdserver: permission denied'), 'permission denied'),
        ((3, 'etcdserver: too many operations in txn request'), 'too large'),
        ((8, 'etcdserver: mvcc: database space exceeded'),
         'the store is full'),
        (b'', 'the peer broke the protocol'),
        (b'\x0a\xff', 'the peer broke the protocol'),
    ]
    with Server() as server, Probe(server.env) as probe:
        # With this it is known that gRPC works.
        assert probe.ask('get /a/*')['count'] == 0
        n = server.requests
        assert n == 1
        for answer in safe:
            server.script = [answer]
            assert probe.ask(f'put /a {LARGE}').get('succeeded'), answer
            n += 2
            assert server.requests == n, answer
        for answer in unsafe:
            server.script = [answer]
            got = probe.ask(f'put /a {LARGE}')
            assert got['text'] == 'outcome unknown', (answer, got)
            n += 1
            assert server.requests == n, answer
        for answer, text in final:
            server.script = [answer]
            got = probe.ask(f'put /a {LARGE}')
            assert got['text'] == text, (answer, got)
            n += 1
            assert server.requests == n, answer
        # Reads go again in all of these cases.
        for answer in safe + unsafe:
            server.script = [answer]
            assert probe.ask('get /a/*').get('count') == 0, answer


if __name__ == '__main__':
    run(test_writes_are_repeated_only_when_safe)
