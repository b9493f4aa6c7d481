#!/usr/bin/env python3
"""Lets programs in a network namespace reach a TCP port of the loopback
outside, at the same port of their own.

    relay.py NETNS PORT
"""
import ctypes
import socket
import sys
import threading

CLONE_NEWNET = 0x40000000


def pump(source, sink):
    try:
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        source.close()
        sink.close()


def main(netns, port):
    libc = ctypes.CDLL(None, use_errno=True)
    with open('/proc/self/ns/net', encoding='ascii') as here, \
            open(f'/run/netns/{netns}', encoding='ascii') as there:
        assert libc.setns(there.fileno(), CLONE_NEWNET) == 0
        server = socket.create_server(('127.0.0.1', port))
        assert libc.setns(here.fileno(), CLONE_NEWNET) == 0
    while True:
        inside, _ = server.accept()
        outside = socket.create_connection(('127.0.0.1', port))
        for pair in (inside, outside), (outside, inside):
            threading.Thread(target=pump, args=pair, daemon=True).start()


if __name__ == '__main__':
    main(sys.argv[1], int(sys.argv[2]))
