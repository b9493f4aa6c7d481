"""The store against a gateway that misbehaves: connections that die at the
worst moment, answers that are cut off, rubbish, errors of every kind.  What
matters most: a write is never sent twice unless it certainly had no effect.
"""
import base64
import json
import os
import socket
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))), 'support'))
# pylint: disable=wrong-import-position
from store_client import Probe  # noqa: E402
from store_faults import run, wait_for  # noqa: E402

HEADER = {'cluster_id': '1', 'member_id': '2', 'revision': '5',
          'raft_term': '2'}
DONE = {'header': HEADER, 'succeeded': True}
EMPTY = {'header': HEADER}
CLOSE = object()


class Gateway:
    """Answers requests with what 'script' says: (status, body) with a body
    that is bytes or to become JSON, or CLOSE.  When the script is at its end
    all goes well.  .requests has (connection, path) of what was received."""

    def __init__(self):
        self.script = []
        self.requests = []
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    def env(self):
        return {'WEFT_ETCD': f'http://127.0.0.1:{self.port}'}

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(connection)
            threading.Thread(target=self._serve, daemon=True, args=(
                connection, len(self.connections))).start()

    def _serve(self, connection, number):
        file = connection.makefile('rb')
        try:
            while True:
                first = file.readline()
                if not first:
                    break
                size = 0
                while (line := file.readline()) not in (b'\r\n', b''):
                    if line.lower().startswith(b'content-length:'):
                        size = int(line.split(b':')[1])
                file.read(size)
                path = first.split()[1].decode()
                if first.startswith(b'PRI '):
                    # HTTP/2, for gRPC: what is old does not know it.
                    connection.sendall(b'HTTP/1.1 400 Bad\r\n\r\n')
                    break
                self.requests.append((number, path))
                if not self._answer(connection, path):
                    break
        except (OSError, ValueError):
            pass
        finally:
            file.close()
            connection.close()

    def _answer(self, connection, path):
        if self.script:
            answer = self.script.pop(0)
        elif path == '/v3/watch':
            connection.sendall(b'HTTP/1.1 200 OK\r\n\r\n' + json.dumps({
                'result': {'header': HEADER, 'watch_id': '1',
                           'created': True}}).encode() + b'\n')
            time.sleep(60)
            return False
        else:
            answer = 200, DONE if path == '/v3/kv/txn' else EMPTY
        if answer is CLOSE:
            return False
        status, body = answer
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection.sendall(
            f'HTTP/1.1 {status} X\r\nContent-Length: {len(data)}\r\n\r\n'
            .encode() + data)
        return True

    def paths(self):
        return [path for _, path in self.requests]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.listener.close()
        for connection in self.connections:
            connection.close()


def test_kept_connection_dies():
    """A kept connection dies when the next request has been sent on it: a
    read is repeated, a write is not."""
    with Gateway() as gateway, Probe(gateway.env()) as probe:
        assert probe.ask('get /a')['count'] == 0
        gateway.script = [CLOSE]
        assert probe.ask('get /a')['count'] == 0
        assert len(gateway.requests) == 3

        gateway.script = [CLOSE]
        assert probe.ask('put /a x')['text'] == 'outcome unknown'
        time.sleep(0.2)
        assert gateway.paths().count('/v3/kv/txn') == 1
        assert probe.ask('put /a x')['succeeded']
        assert gateway.paths().count('/v3/kv/txn') == 2


def error(code, message):
    return {'error': message, 'message': message, 'code': code}


def test_writes_are_repeated_only_when_safe():
    safe = [
        (503, error(14, 'etcdserver: no leader')),
        (429, error(8, 'etcdserver: too many requests')),
        (503, error(14, 'connection error: desc = "transport: Error while '
                        'dialing"')),
        (500, error(2, 'raft proposal dropped')),
    ]
    unsafe = [
        (503, error(14, 'transport is closing')),
        (503, error(14, 'etcdserver: request timed out, possibly due to '
                        'previous leader failure')),
        (408, error(4, 'etcdserver: request timed out')),
        (500, b'what?'),
        (502, b''),
    ]
    final = [
        (403, error(7, 'etcdserver: permission denied'), 'permission denied'),
        (400, error(3, 'etcdserver: duplicate key given in txn request'),
         'invalid value'),
        (400, error(3, 'etcdserver: too many operations in txn request'),
         'too large'),
        (429, error(8, 'etcdserver: mvcc: database space exceeded'),
         'the store is full'),
        (200, b'{"header":', 'the peer broke the protocol'),
        (200, b'[]', 'the peer broke the protocol'),
    ]
    with Gateway() as gateway, Probe(gateway.env()) as probe:
        n = 0
        for answer in safe:
            gateway.script = [answer]
            assert probe.ask('put /a x').get('succeeded'), answer
            n += 2
            assert len(gateway.requests) == n, answer
        for answer in unsafe:
            gateway.script = [answer]
            assert probe.ask('put /a x')['text'] == 'outcome unknown', answer
            n += 1
            assert len(gateway.requests) == n, answer
        for status, body, text in final:
            gateway.script = [(status, body)]
            got = probe.ask('put /a x')
            assert got['text'] == text, (body, got)
            n += 1
            assert len(gateway.requests) == n, body
        # Reads go again in all of these cases.
        for answer in safe + unsafe:
            gateway.script = [answer]
            assert probe.ask('get /a').get('count') == 0, answer


def refused(*kvs):
    """The answer to a transaction whose compare does not hold, with the key
    that it writes."""
    return 200, {'header': HEADER, 'responses': [{'response_range': {
        'header': HEADER, 'count': str(len(kvs)), 'kvs': list(kvs)}}]}


def kv(value, mod_revision):
    return {'key': 'L2E=', 'value': base64.b64encode(value).decode(),
            'create_revision': '2', 'mod_revision': str(mod_revision),
            'version': '2'}


def test_fate_is_found_out():
    """What compares the revision of the key that it writes is sent again;
    what the key is like then tells what became of the first."""
    cases = [
        ('cas /a 3 x', (200, DONE), {'succeeded': True, 'revision': 5}),
        ('cas /a 3 x', refused(kv(b'x', 4)),
         {'succeeded': True, 'revision': 4}),
        ('cas /a 3 x', refused(kv(b'before', 3)), {'succeeded': False}),
        ('cas /a 3 x', refused(kv(b'another', 4)),
         {'text': 'outcome unknown'}),
        ('cas /a 0 x', refused(), {'succeeded': False}),
        ('cas /a 0 x', refused(kv(b'x', 5)),
         {'succeeded': True, 'revision': 5}),
        ('cas /a 0 x', (403, error(7, 'etcdserver: permission denied')),
         {'text': 'outcome unknown'}),
    ]
    with Gateway() as gateway, Probe(gateway.env()) as probe:
        for command, answer, expected in cases:
            for lost in (CLOSE, (408, error(4, 'request timed out'))):
                gateway.requests.clear()
                gateway.script = [lost, lost, answer]
                got = probe.ask(command)
                assert expected.items() <= got.items(), (command, answer, got)
                assert gateway.paths() == 3 * ['/v3/kv/txn'], command
        # Without a doubt about the first, a refusal is a refusal.
        gateway.script = [refused(kv(b'x', 4))]
        assert probe.ask('cas /a 3 x')['succeeded'] is False


def test_time_is_bounded():
    with Gateway() as gateway, Probe(gateway.env(), timeout_ms=400) as probe:
        gateway.script = [(503, error(14, 'etcdserver: no leader'))] * 1000
        for command, text in (('put /a x', 'not available now'),
                              ('get /a', 'not available now')):
            start = time.monotonic()
            assert probe.ask(command)['text'] == text
            assert time.monotonic() - start < 1
        # Not a flood, either.
        assert len(gateway.requests) < 60, len(gateway.requests)


def test_streams_of_rubbish():
    """Whatever comes on a watch stream, the watch begins again."""
    def stream(*lines):
        return b'HTTP/1.1 200 OK\r\n\r\n' + b'\n'.join(
            line if isinstance(line, bytes) else json.dumps(line).encode()
            for line in lines)

    created = {'result': {'header': HEADER, 'watch_id': '1',
                          'created': True}}
    streams = [
        stream(b'rubbish', b''),
        stream(created, b'{"result":{"header":'),
        stream(created, {'error': {'grpc_code': 14, 'http_code': 503,
                                   'message': 'etcdserver: no leader'}}),
        stream(created, {'error': {'code': 14, 'message': 'x'}}),
        stream(created, {'result': {'header': HEADER, 'watch_id': '1',
                                    'canceled': True,
                                    'compact_revision': '4'}}, b''),
        stream({'result': {'header': HEADER, 'watch_id': '-1',
                           'created': True, 'canceled': True,
                           'cancel_reason': 'permission denied'}}, b''),
        b'HTTP/1.1 400 Bad\r\nContent-Length: 4\r\n\r\nrefu',
        b'HTTP/1.1 200 OK\r\n\r\n',
    ]
    with Gateway() as gateway:
        answer = gateway._answer  # pylint: disable=protected-access

        def misbehave(connection, path):
            if path == '/v3/watch' and streams:
                connection.sendall(streams.pop(0))
                return False
            return answer(connection, path)
        gateway._answer = misbehave  # pylint: disable=protected-access
        with Probe(gateway.env()) as probe:
            probe.follow('/a/')
            wait_for('all of it', lambda: not streams, 20)
            time.sleep(0.5)
            probe.check()
            assert not probe.events


if __name__ == '__main__':
    run(test_kept_connection_dies, test_writes_are_repeated_only_when_safe,
        test_fate_is_found_out, test_time_is_bounded, test_streams_of_rubbish)
