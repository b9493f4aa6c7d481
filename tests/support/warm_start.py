"""Programs that a test starts some hundred times, without the dynamic
linker's work each time: see warm_start.c.

    ls = WarmProgram('/bin/ls', os.environ)
    code, out, err = ls.run(['ls', '/tmp'])
"""
import os
import selectors
import signal
import socket
import struct
import subprocess
import time

BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(
    os.path.dirname(__file__), '..', '..', 'build'))
LIBRARY = os.path.abspath(os.path.join(BUILD, 'tests', 'warm_start.so'))


class WarmProgram:
    """The environment is given once: libraries read it before main().  The
    process that waits ends with this one, whatever becomes of it: their
    connection does."""

    def __init__(self, path, env):
        self.path, self.env = path, env
        self.socket, theirs = socket.socketpair(socket.AF_UNIX,
                                                socket.SOCK_SEQPACKET)
        with theirs:
            self.process = subprocess.Popen(
                [path], stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], env={
                    **env, 'LD_PRELOAD': LIBRARY,
                    'WEFT_WARM_START': str(theirs.fileno())})

    def close(self):
        self.socket.close()
        self.process.wait(10)

    def number(self):
        data = self.socket.recv(4)
        if len(data) != 4:
            raise RuntimeError(f'{self.path}: cannot be started by '
                               f'{LIBRARY}: {self.process.wait(10)}')
        return struct.unpack('i', data)[0]

    def run(self, argv, timeout=60):
        """As subprocess.run(), stdin being /dev/null: the exit status and
        what it wrote, as text."""
        words = [str(len(argv)), *argv,
                 *(f'{name}={value}' for name, value in self.env.items())]
        request = ''.join(w + '\0' for w in words).encode()
        readers, writers = zip(os.pipe(), os.pipe())
        null = os.open('/dev/null', os.O_RDONLY)
        try:
            socket.send_fds(self.socket, [request], [null, *writers])
        finally:
            for fd in (null, *writers):
                os.close(fd)
        pid = self.number()
        try:
            texts = self.read(readers, time.monotonic() + timeout)
            if texts is None:
                os.kill(pid, signal.SIGKILL)
        finally:
            for fd in readers:
                os.close(fd)
            status = self.number()
        if texts is None:
            raise subprocess.TimeoutExpired(argv, timeout)
        return (os.waitstatus_to_exitcode(status),
                *(b''.join(t).decode() for t in texts))

    @staticmethod
    def read(readers, deadline):
        """What comes from each until its end; None if that takes too
        long."""
        texts = [[] for _ in readers]
        with selectors.DefaultSelector() as selector:
            for fd, text in zip(readers, texts):
                selector.register(fd, selectors.EVENT_READ, text)
            while selector.get_map():
                left = deadline - time.monotonic()
                if left <= 0:
                    return None
                for key, _ in selector.select(left):
                    data = os.read(key.fd, 65536)
                    if data:
                        key.data.append(data)
                    else:
                        selector.unregister(key.fd)
        return texts
