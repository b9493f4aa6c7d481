"""For tests of weft-api: starts one, talks to it."""

import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

SOURCE = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("WEFT_BUILD_DIR", SOURCE / "build"))
sys.path.insert(0, str(SOURCE / "tests" / "support"))

import etcd as etcd_support  # noqa: E402


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers["ETag"]


class Server:
    """A weft-api over 'etcd' (tests/support/etcd.py) in a folder of its own;
    'options' become --options."""

    def __init__(self, etcd, tls=None, token=None, **options):
        self.folder = tempfile.TemporaryDirectory(prefix="weft-api-")
        self.port = etcd_support.free_ports(1)[0]
        self.tls = tls
        self.token = token
        self.log = open(os.path.join(self.folder.name, "log"), "w+b")
        argv = [str(BUILD / "bin" / "weft-api"),
                f"--listen=127.0.0.1:{self.port}",
                f"--unixctl={self.folder.name}/ctl"]
        argv += [f"--{name.replace('_', '-')}={value}"
                 for name, value in options.items()]
        self.process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={**os.environ, **etcd.env(),
                 "OVS_RUNDIR": self.folder.name})
        try:
            self.wait_ready()
        except BaseException:
            self.close()
            raise

    def wait_ready(self, timeout=15):
        deadline = time.monotonic() + timeout
        while True:
            try:
                if self.call("GET", "/readyz").status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("weft-api is not ready: "
                                     + self.read_log())
            time.sleep(0.05)

    def read_log(self):
        self.log.seek(0)
        return self.log.read().decode()

    def close(self, expect_status=None):
        """Ends it; a crash or a leak (under a sanitizer) is a failure."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        log = self.read_log()
        self.log.close()
        self.folder.cleanup()
        if expect_status is not None:
            assert status == expect_status, f"status {status}: {log}"
        return log

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        log = self.close(expect_status=0 if kind is None else None)
        if kind is not None:
            print(log, file=sys.stderr)

    def connect(self, timeout=20):
        if self.tls:
            return http.client.HTTPSConnection("127.0.0.1", self.port,
                                               timeout=timeout,
                                               context=self.tls)
        return http.client.HTTPConnection("127.0.0.1", self.port,
                                          timeout=timeout)

    def call(self, method, path, body=None, headers=None, token=None,
             connection=None):
        """One request; 'body' that is no string is sent as JSON."""
        headers = dict(headers or {})
        if token or self.token:
            headers["Authorization"] = f"Bearer {token or self.token}"
        if body is not None and not isinstance(body, (str, bytes)):
            body = json.dumps(body)
        if isinstance(body, str):
            body = body.encode()
        mine = connection or self.connect()
        try:
            mine.request(method, path, body, headers)
            response = mine.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            if not connection:
                mine.close()

    def ok(self, method, path, *args, **kwargs):
        answer = self.call(method, path, *args, **kwargs)
        assert 200 <= answer.status < 300, \
            f"{method} {path}: {answer.status} {answer.body}"
        return answer

    def put_rows(self, table, rows, per_batch=127):
        """rows: {id: row}."""
        rows = [{"op": "put", "table": table, "id": i, "row": row}
                for i, row in rows.items()]
        connection = self.connect()
        for i in range(0, len(rows), per_batch):
            self.ok("POST", "/v1/batch", rows[i:i + per_batch],
                    connection=connection)
        connection.close()

    def stream(self, path, last_id=None):
        return Stream(self, path, last_id)


class Stream:
    """Server-sent events, applied to 'rows' as a client would."""

    def __init__(self, server, path, last_id=None, rows=None):
        self.connection = server.connect()
        headers = {"Last-Event-ID": str(last_id)} if last_id else {}
        if server.token:
            headers["Authorization"] = f"Bearer {server.token}"
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        assert self.response.status == 200, self.response.read()
        assert self.response.headers["Content-Type"] == "text/event-stream"
        self.rows = {} if rows is None else rows
        self.last_id = last_id
        self.kinds = []
        self.n_comments = 0

    def next(self):
        """The next event's (kind, data), after applying it; None at the
        end."""
        kind = data = last_id = None
        while True:
            line = self.response.readline().decode()
            if not line:
                return None
            line = line.rstrip("\n")
            if line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif line.startswith("id: "):
                last_id = int(line[4:])
            elif line.startswith(":"):
                self.n_comments += 1
            elif not line and kind:
                break
        self.last_id = last_id or self.last_id
        self.kinds.append(kind)
        if kind == "put":
            self.rows[data["id"]] = data
        elif kind == "delete":
            self.rows.pop(data["id"], None)
        elif kind == "reset":
            self.rows.clear()
        return kind, data

    def until(self, kind, **members):
        """Reads up to an event of this kind with these members."""
        while True:
            event = self.next()
            assert event, f"the stream ended before {kind} {members}"
            if event[0] == kind and members.items() <= event[1].items():
                return event[1]

    def close(self):
        self.response.close()
        self.connection.close()


def tls_context(folder, client=True):
    context = ssl.create_default_context(
        cafile=os.path.join(folder, "ca.pem"))
    if client:
        context.load_cert_chain(os.path.join(folder, "client.pem"),
                                os.path.join(folder, "client.key"))
    return context


def raw_connect(server):
    return socket.create_connection(("127.0.0.1", server.port), 20)


def need_etcd():
    """Ends the test as skipped where there is no etcd."""
    if not etcd_support.find_etcd():
        print("skipped: there is no etcd on PATH")
        sys.exit(77)
    return etcd_support


def run(tests, **options):
    """Runs functions of (etcd, server), each with its own server; an etcd for
    all."""
    support = need_etcd()
    with support.Etcd() as etcd:
        for test in tests:
            start = time.monotonic()
            etcd.etcdctl("del", "--prefix", "/weft/v1/")
            with Server(etcd, **options.get(test.__name__, {})) as server:
                test(etcd, server)
            print(f"ok {test.__name__} {time.monotonic() - start:.2f} s",
                  flush=True)
