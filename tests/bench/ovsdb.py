"""A small OVSDB client (RFC 7047) over a Unix socket, so that stock OVN is
measured without the cost of its command-line tools."""
import json
import socket
import threading


class Ovsdb:
    """JSON-RPC: transact and monitor."""

    def __init__(self, path, timeout=600):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(timeout)
        self.socket.connect(path)
        self.text, self.queue, self.last_id = '', [], 0
        self.decoder = json.JSONDecoder()

    def close(self):
        self.socket.close()

    def receive(self):
        """The next message that is no echo."""
        while not self.queue:
            data = self.socket.recv(1 << 20)
            if not data:
                raise EOFError('ovsdb-server closed the connection')
            self.text += data.decode()
            while self.text:
                try:
                    message, n = self.decoder.raw_decode(self.text)
                except ValueError:
                    break
                self.text = self.text[n:].lstrip()
                if message.get('method') == 'echo':
                    self.send({'id': message['id'], 'error': None,
                               'result': message['params']})
                else:
                    self.queue.append(message)
        return self.queue.pop(0)

    def send(self, message):
        self.socket.sendall(json.dumps(message).encode())

    def call(self, method, *params):
        self.last_id += 1
        self.send({'method': method, 'params': params, 'id': self.last_id})
        others = []
        while True:
            message = self.receive()
            if message.get('id') == self.last_id and 'method' not in message:
                self.queue = others + self.queue
                if message.get('error'):
                    raise RuntimeError(str(message['error'])[:1000])
                return message['result']
            others.append(message)

    def transact(self, database, *operations):
        results = self.call('transact', database, *operations)
        for result in results:
            if result and result.get('error'):
                raise RuntimeError(str(result)[:1000])
        return results


class RowWatch:
    """Columns of a one-row table, followed by a monitor."""

    def __init__(self, path, database, table, columns):
        self.ovsdb, self.values = Ovsdb(path), {}
        self.take(self.ovsdb.call('monitor', database, 'w',
                                  {table: [{'columns': columns}]}))

    def take(self, update):
        for table in (update or {}).values():
            for row in table.values():
                self.values.update(row.get('new') or {})

    def until(self, condition):
        while not condition(self.values):
            message = self.ovsdb.receive()
            if message.get('method') == 'update':
                self.take(message['params'][1])


class Relay:
    """Passes a client's connections on to a server, and counts the bytes
    that the server sends: an OVSDB client has no such counter."""

    def __init__(self, path, target):
        self.target, self.received = target, 0
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen()
        self.start(self.serve)

    @staticmethod
    def start(target, *args):
        threading.Thread(target=target, args=args, daemon=True).start()

    def serve(self):
        while True:
            client = self.server.accept()[0]
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.target)
            self.start(self.pump, client, server, False)
            self.start(self.pump, server, client, True)

    def pump(self, source, sink, counted):
        try:
            while data := source.recv(1 << 20):
                self.received += len(data) if counted else 0
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
