"""weft-api on a real etcd: writers that race, long lists, streams that are
resumed or not read, waits, an etcd that goes away, an orderly end."""

import json
import signal
import socket
import threading
import time
import urllib.parse

import api_support
from api_support import Stream

LS = "/v1/logical_switch"
LSP = "/v1/logical_switch_port"
KEY = "/weft/v1/nb/logical_switch_port/"


def test_writers_race(etcd, server):
    """Four writers count in one row with If-Match: nothing is lost."""
    server.ok("PUT", f"{LS}/n1", {"external_ids": {"n": "0"}})
    lost = []

    def count(n):
        connection = server.connect()
        done = 0
        while done < n:
            row = server.ok("GET", f"{LS}/n1", connection=connection)
            value = int(row.json()["external_ids"]["n"])
            answer = server.call(
                "PUT", f"{LS}/n1", {"external_ids": {"n": str(value + 1)}},
                {"If-Match": row.etag}, connection=connection)
            assert answer.status in (200, 412), answer.body
            done += answer.status == 200
            lost.append(answer.status == 412)
        connection.close()

    threads = [threading.Thread(target=count, args=(50,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = server.ok("GET", f"{LS}/n1").json()
    assert row["external_ids"]["n"] == "200", row
    assert sum(lost), "nobody ever lost: not a race"


def test_two_creators(etcd, server):
    """Of many that create one row, just one does."""
    statuses = []

    def create():
        statuses.append(server.call("POST", LS, {"id": "x"}).status)

    threads = [threading.Thread(target=create) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + 7 * [409], statuses


def test_patches_race(etcd, server):
    """Patches without a precondition of different columns all arrive."""
    server.ok("PUT", f"{LS}/n1", {})

    def patch(i):
        for j in range(20):
            server.ok("PATCH", f"{LS}/n1",
                      {"external_ids": {f"k{i}-{j}": "v"}})

    threads = [threading.Thread(target=patch, args=(i,)) for i in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    row = server.ok("GET", f"{LS}/n1").json()
    assert len(row["external_ids"]) == 60, row


def test_ten_thousand_rows(etcd, server):
    rows = {f"p{i:05}": {"switch": f"n{i % 10}",
                         "addresses": [f"0a:00:00:00:{i // 256:02x}:"
                                       f"{i % 256:02x}"]}
            for i in range(10000)}
    server.put_rows("logical_switch_port", rows)
    connection = server.connect()
    start = time.monotonic()
    seen, token, n_pages, revisions = [], None, 0, set()
    while token or not n_pages:
        page = server.ok("GET", LSP + ("?continue="
                                       + urllib.parse.quote(token)
                                       if token else ""),
                         connection=connection).json()
        seen += page["items"]
        revisions.add(page["revision"])
        token = page.get("continue")
        n_pages += 1
        if n_pages == 3:        # Later pages do not see it.
            server.ok("DELETE", f"{LSP}/p09999")
            server.ok("PUT", f"{LSP}/p99999", {"switch": "n1"})
    took = time.monotonic() - start
    assert [row["id"] for row in seen] == sorted(rows)
    assert all(row["switch"] == rows[row["id"]]["switch"] for row in seen)
    assert n_pages == 10 and len(revisions) == 1, (n_pages, revisions)
    some = server.ok("GET", f"{LSP}?switch=n3&limit=1000").json()["items"]
    assert len(some) == 1000, len(some)
    print(f"  10,000 rows in 10 pages: {took:.2f} s")

    # A list that was begun before a compaction cannot go on after it.
    page = server.ok("GET", f"{LSP}?limit=5").json()
    server.ok("PUT", f"{LSP}/p99998", {"switch": "n1"})
    etcd.compact()
    answer = server.call("GET", f"{LSP}?limit=5&continue="
                         + urllib.parse.quote(page["continue"]))
    assert answer.status == 410, answer.body


def test_streams(etcd, server):
    """A reader that comes back is told the difference, with a filter and
    without, and after a compaction everything."""
    server.put_rows("logical_switch_port",
                    {f"p{i}": {"switch": f"n{i % 2}"} for i in range(20)})
    path = f"{LSP}?watch=true"
    one, two = server.stream(path), server.stream(path + "&switch=n1")
    one.until("synced")
    two.until("synced")
    assert len(one.rows) == 20 and len(two.rows) == 10
    server.ok("PUT", f"{LSP}/new", {"switch": "n0"})
    one.until("put", id="new")
    one.close()
    two.close()

    server.ok("DELETE", f"{LSP}/p3")
    server.ok("PUT", f"{LSP}/p5", {"switch": "n0"})
    server.ok("PUT", f"{LSP}/p6", {"switch": "n1"})
    etcd.put(KEY + "typed", json.dumps({"switch": "n1"}))
    again = Stream(server, path, one.last_id, one.rows)
    again.until("synced")
    assert sorted(again.kinds) == ["delete"] + 3 * ["put"] + ["synced"], \
        again.kinds
    filtered = Stream(server, path + "&switch=n1", two.last_id, two.rows)
    filtered.until("synced")
    assert "reset" not in filtered.kinds
    rows = {row["id"]: row for row in server.ok("GET", LSP).json()["items"]}
    assert again.rows == rows
    assert filtered.rows == {i: row for i, row in rows.items()
                             if row["switch"] == "n1"}
    again.close()
    filtered.close()

    server.ok("DELETE", f"{LSP}/p6")
    etcd.compact()
    last = Stream(server, path, again.last_id, again.rows)
    last.until("synced")
    assert "reset" in last.kinds and "p6" not in last.rows, last.kinds
    # A quiet stream has comments in it.
    server.ok("PUT", f"{LSP}/p7", {"switch": "n9"})
    last.until("put", id="p7")
    time.sleep(1.5)
    server.ok("PUT", f"{LSP}/p8", {"switch": "n9"})
    last.until("put", id="p8")
    assert last.n_comments, "no heartbeat"
    last.close()


def test_slow_reader(etcd, server):
    """A reader that does not read is cut; others are not disturbed."""
    slow = api_support.raw_connect(server)
    slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 262144)
    slow.sendall(f"GET {LSP}?watch=true HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    good = server.stream(f"{LSP}?watch=true")
    good.until("synced")
    text = "x" * 100000
    for i in range(120):
        server.ok("PUT", f"{LSP}/p", {"switch": f"n{i}",
                                      "external_ids": {"x": text}})
        good.until("put", id="p", switch=f"n{i}")
    n = 0
    try:
        while data := slow.recv(65536):
            n += len(data)
    except ConnectionError:
        pass
    assert n < 119 * len(text), n
    metrics = server.ok("GET", "/metrics").body.decode()
    assert "weft_api_streams_cut_total 1\n" in metrics
    slow.close()
    good.close()


def test_wait(etcd, server):
    """?wait= answers when the translator (here: this test) says so."""
    answers = []

    def write(i, level, timeout):
        answers.append(server.call(
            "PUT", f"{LS}/w{i}?wait={level}&timeout={timeout}", {}))

    thread = threading.Thread(target=write, args=(1, "hv", 20))
    thread.start()
    deadline = time.monotonic() + 10
    while not etcd.etcdctl("get", "--prefix", "/weft/v1/nb/sync/"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    revision = etcd.revision()
    etcd.put("/weft/v1/status/sync", json.dumps(
        {"sb_revision": revision, "hv_revision": 1, "behind": ["hv7"]}))
    time.sleep(0.3)
    assert not answers, answers[0].body
    etcd.put("/weft/v1/status/sync", json.dumps(
        {"sb_revision": revision, "hv_revision": revision}))
    thread.join()
    assert answers.pop().status == 201

    etcd.put("/weft/v1/status/sync", json.dumps(
        {"sb_revision": 10**9, "hv_revision": 1, "behind": ["hv7"]}))
    write(2, "sb", 5)
    assert answers.pop().status == 201
    write(3, "hv", 1)
    answer = answers.pop()
    assert answer.status == 504, answer.body
    problem = answer.json()
    assert problem["behind"] == ["hv7"] and problem["done"], problem
    assert server.call("GET", f"{LS}/w3").status == 200


def test_etcd_goes_away(etcd, server):
    server.ok("PUT", f"{LS}/n1", {})
    etcd.kill(0)
    try:
        for method, body in (("GET", None), ("PUT", {})):
            answer = server.call(method, f"{LS}/n1", body)
            assert answer.status in (500, 503), answer.body
            assert answer.json()["status"] == answer.status
        deadline = time.monotonic() + 10
        while server.call("GET", "/readyz").status != 503:
            assert time.monotonic() < deadline, "still ready"
            time.sleep(0.1)
        assert server.call("GET", "/healthz").status == 200
    finally:
        etcd.start(0)
    server.wait_ready()
    server.ok("PUT", f"{LS}/n1", {})


def test_limits(etcd, server):
    """What is too large, too slow, too much or no HTTP harms nobody."""
    answer = server.call("PUT", f"{LS}/n1",
                         {"external_ids": {"x": "y" * 1100000}})
    assert answer.status == 413, answer.status
    answer = server.call("PUT", f"{LS}/" + "n" * 2000, {})
    assert answer.status == 400, answer.status
    try:
        answer = server.call("GET", "/" + "n" * 100000)
        assert answer.status in (414, 431), answer.status
    except ConnectionError:
        pass
    for text in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n",
                 b"PUT /v1/logical_switch/a HTTP/1.1\r\nHost: h\r\n"
                 b"Content-Length: 99\r\n\r\n{",
                 b"PUT /v1/logical_switch/a HTTP/1.1\r\nHost: h\r\n"
                 b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}"):
        s = api_support.raw_connect(server)
        s.sendall(text)
        s.shutdown(socket.SHUT_WR)
        while s.recv(65536):
            pass
        s.close()
    # Connections that do nothing are ended.
    idle = api_support.raw_connect(server)
    start = time.monotonic()
    assert idle.recv(1) == b""
    assert time.monotonic() - start < 10
    assert server.call("GET", f"{LS}/a").status == 404
    server.ok("PUT", f"{LS}/n1", {})


def test_orderly_end(etcd, server):
    """SIGTERM: who is being served is answered, streams end, status 0."""
    answers = []

    def write():
        answers.append(server.call("PUT", f"{LS}/n1?wait=sb&timeout=2", {}))

    stream = server.stream(f"{LS}?watch=true")
    stream.until("synced")
    thread = threading.Thread(target=write)
    thread.start()
    stream.until("put", id="n1")
    server.process.send_signal(signal.SIGTERM)
    assert stream.next() is None
    thread.join()
    assert answers[0].status == 504, answers[0].body
    assert server.process.wait(15) == 0


if __name__ == "__main__":
    api_support.run(
        [test_writers_race, test_two_creators, test_patches_race,
         test_ten_thousand_rows, test_streams, test_slow_reader, test_wait,
         test_limits, test_orderly_end, test_etcd_goes_away],
        test_streams={"heartbeat": 1},
        test_slow_reader={"max_stream_queue": 256},
        test_limits={"idle_timeout": 1})
