"""weft-api over TLS: tokens with roles, their reload, client certificates."""

import http.client
import os
import signal
import socket
import ssl
import tempfile
import time

import api_support

LS = "/v1/logical_switch"


def write(path, text):
    with open(path, "w", encoding="ascii") as f:
        f.write(text)


def test_tokens(etcd, folder):
    tokens = os.path.join(folder, "tokens")
    write(tokens, "# people\nroot admin\nlook read\n")
    with api_support.Server(
            etcd, tls=api_support.tls_context(folder, client=False),
            tls_cert=f"{folder}/server.pem", tls_key=f"{folder}/server.key",
            token_file=tokens) as server:
        # Health and the document are for everybody.
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
            assert server.call("GET", path).status == 200, path
        assert server.call("GET", LS).status == 401
        assert server.call("GET", LS, token="wrong").status == 401
        assert server.call("GET", LS, token="look").status == 200
        assert server.call("PUT", f"{LS}/n1", {}, token="look").status == 403
        assert server.call("PUT", f"{LS}/n1", {}, token="root").status == 201

        server.token = "look"
        stream = server.stream(f"{LS}?watch=true")
        stream.until("synced")
        assert set(stream.rows) == {"n1"}
        stream.close()

        # SIGHUP reads the file again at once; a change is noticed anyway.
        write(tokens, "fresh admin\n")
        server.process.send_signal(signal.SIGHUP)
        wait_status(server, "fresh", 200)
        assert server.call("GET", LS, token="root").status == 401
        write(tokens, "fresh admin\nlater read\n")
        wait_status(server, "later", 200)
        write(tokens, "this is no token file\n")
        time.sleep(1.2)
        assert server.call("GET", LS, token="fresh").status == 200
        assert "tokens stay as they were" in server.read_log()
        assert "fresh" not in server.read_log()

        # Plain HTTP, old TLS and other authorities are refused.
        s = socket.create_connection(("127.0.0.1", server.port), 10)
        s.sendall(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
        try:
            assert b"HTTP/1.1" not in s.recv(1000)
        except ConnectionError:
            pass
        s.close()
        refused(server, ssl.create_default_context())
        old = api_support.tls_context(folder, client=False)
        old.minimum_version = ssl.TLSVersion.TLSv1
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        refused(server, old)


def wait_status(server, token, status):
    deadline = time.monotonic() + 10
    while server.call("GET", LS, token=token).status != status:
        assert time.monotonic() < deadline, f"{token}: not {status}"
        time.sleep(0.05)


def refused(server, context):
    connection = http.client.HTTPSConnection("127.0.0.1", server.port,
                                             context=context, timeout=10)
    try:
        connection.request("GET", "/healthz")
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return
    finally:
        connection.close()
    raise AssertionError(f"was answered {status}")


def test_client_certificates(etcd, folder, other):
    with api_support.Server(
            etcd, tls=api_support.tls_context(folder),
            tls_cert=f"{folder}/server.pem", tls_key=f"{folder}/server.key",
            tls_client_ca=f"{folder}/ca.pem") as server:
        assert server.call("GET", LS).status == 200
        refused(server, api_support.tls_context(folder, client=False))
        stranger = ssl.create_default_context(cafile=f"{folder}/ca.pem")
        stranger.load_cert_chain(f"{other}/client.pem", f"{other}/client.key")
        refused(server, stranger)
        assert server.call("GET", LS).status == 200


def test_bad_settings(etcd, folder, other):
    """Whatever cannot work is told at the start, by the setting's name."""
    for options, word in (
            ({"tls_cert": f"{folder}/server.pem"}, "key_file"),
            ({"tls_cert": f"{folder}/server.pem",
              "tls_key": f"{other}/server.key"}, "cert_file"),
            ({"tls_cert": "/nonexistent", "tls_key": "/nonexistent"},
             "cert_file"),
            ({"tls_client_ca": f"{folder}/ca.pem"}, "client_ca_file"),
            ({"token_file": "/nonexistent"}, "token-file"),
            ({"heartbeat": "0"}, "heartbeat")):
        try:
            api_support.Server(etcd, **options).close()
        except AssertionError as e:
            assert word in str(e), f"{word}: {e}"
        else:
            raise AssertionError(f"{options} was accepted")


def main():
    support = api_support.need_etcd()
    with support.Etcd() as etcd, \
            tempfile.TemporaryDirectory() as folder, \
            tempfile.TemporaryDirectory() as other:
        support.make_certificates(folder)
        support.make_certificates(other)
        test_tokens(etcd, folder)
        test_client_certificates(etcd, folder, other)
        test_bad_settings(etcd, folder, other)
    print("ok")


if __name__ == "__main__":
    main()
