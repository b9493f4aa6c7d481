"""A real etcd for tests: one node or a cluster, on loopback, in a folder of
its own under /tmp.

    with Etcd() as e:
        e.put('/a', 'x')
        e.etcdctl('get', '--prefix', '/')
        subprocess.run(['weft-translator'], env={**os.environ, **e.env()})

    with Etcd(members=3, tls=True, user='weft', password='pw') as e:
        e.kill(e.leader())

The binary is that of WEFT_ETCD_BIN, or etcd on PATH; etcdctl is taken from
beside it.  Every process is ended by its pid on exit, also after a failure.
Peers reach each other through proxies, so that members can be cut off.
"""
import asyncio
import atexit
import base64
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time

import ending  # noqa: F401


class EtcdError(Exception):
    """etcd did not start, or a command failed."""


def find_etcd():
    """Path of the etcd binary, or None."""
    return os.environ.get('WEFT_ETCD_BIN') or shutil.which('etcd')


def free_ports(n):
    """n loopback TCP ports that nothing listens on just now."""
    sockets = [socket.socket() for _ in range(n)]
    for s in sockets:
        s.bind(('127.0.0.1', 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


# ---- Certificates ----------------------------------------------------------

def openssl(*argv):
    subprocess.run(['openssl', *argv], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def make_certificates(folder):
    """A CA, a server's and a client's certificate for 127.0.0.1 in 'folder':
    {ca,server,client}.pem and .key.  The client's has no common name, and the
    server's may be a client's, both of which etcd's gateway needs."""
    def path(name):
        return os.path.join(folder, name)

    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1',
           '-nodes']
    openssl('req', '-x509', *key, '-days', '2', '-subj', '/CN=test CA',
            '-keyout', path('ca.key'), '-out', path('ca.pem'))
    for name, subject, usage in (
            ('server', '/O=test/CN=etcd-server', 'serverAuth,clientAuth'),
            ('client', '/O=test', 'clientAuth')):
        with open(path(f'{name}.ext'), 'w', encoding='ascii') as f:
            f.write(f'extendedKeyUsage={usage}\n'
                    'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
        openssl('req', *key, '-subj', subject, '-keyout', path(f'{name}.key'),
                '-out', path(f'{name}.csr'))
        openssl('x509', '-req', '-in', path(f'{name}.csr'), '-days', '2',
                '-CA', path('ca.pem'), '-CAkey', path('ca.key'),
                '-CAcreateserial', '-extfile', path(f'{name}.ext'),
                '-out', path(f'{name}.pem'))


# ---- Proxies ---------------------------------------------------------------

class Proxies:
    """TCP proxies on loopback that can be cut, all in one thread.

    A link is (source, proxy): 'source' is what identify(port) makes of the
    client's port number, or None.  While a link is 'silent' nothing passes
    in either direction and nobody is told; 'reset' closes its connections.
    """
    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.silent = set()
        self.refused = set()
        self.links = {}
        self.changed = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.changed = asyncio.Event()
        self.loop.run_forever()

    def _call(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine,
                                                self.loop).result(10)

    def add(self, name, target_port, identify=lambda port: None):
        """Starts a proxy; returns its port."""
        async def serve(reader, writer):
            port = writer.get_extra_info('peername')[1]
            link = (identify(port), name)
            writers = [writer]
            pumps = self.links.setdefault(link, [])
            pumps.append(writers)
            try:
                while link in self.silent:
                    await self.changed.wait()
                if link in self.refused:
                    return
                upstream = await asyncio.open_connection('127.0.0.1',
                                                         target_port)
                writers.append(upstream[1])
                await asyncio.gather(
                    self._pump(link, reader, upstream[1]),
                    self._pump(link, upstream[0], writer))
            except (OSError, asyncio.CancelledError):
                pass
            finally:
                pumps.remove(writers)
                for w in writers:
                    w.close()

        async def start():
            server = await asyncio.start_server(serve, '127.0.0.1', 0)
            return server.sockets[0].getsockname()[1]
        return self._call(start())

    async def _pump(self, link, reader, writer):
        try:
            while True:
                data = await reader.read(65536)
                while link in self.silent:
                    await self.changed.wait()
                if not data:
                    break
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def set(self, silent=(), refused=()):
        """These links, and no others, are silent or refused."""
        async def change():
            self.silent, self.refused = set(silent), set(refused)
            for link in self.refused:
                for writers in self.links.get(link, []):
                    for w in writers:
                        w.close()
            self.changed.set()
            self.changed = asyncio.Event()
        self._call(change())

    def close(self):
        async def cancel():
            self.loop.set_exception_handler(lambda loop, context: None)
            tasks = [t for t in asyncio.all_tasks()
                     if t is not asyncio.current_task()]
            for t in tasks:
                t.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        try:
            self._call(cancel())
        finally:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self.thread.join(5)


def owner_of_port(port, pids):
    """Index in 'pids' of the process with a socket on local TCP 'port'."""
    inode = None
    with open('/proc/net/tcp', encoding='ascii') as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            if int(fields[1].split(':')[1], 16) == port:
                inode = fields[9]
    for i, pid in enumerate(pids):
        try:
            for fd in os.listdir(f'/proc/{pid}/fd'):
                try:
                    if os.readlink(f'/proc/{pid}/fd/{fd}') == \
                            f'socket:[{inode}]':
                        return i
                except OSError:
                    pass
        except OSError:
            pass
    return None


# ---- etcd ------------------------------------------------------------------

class Etcd:
    """One node or a cluster.  Members have the numbers 0, 1, ..."""

    def __init__(self, members=1, tls=False, mutual_tls=False, user=None,
                 password='secret', args=(), binary=None, start=True):
        self.binary = binary or find_etcd()
        if not self.binary:
            raise EtcdError('there is no etcd')
        beside = os.path.join(os.path.dirname(self.binary), 'etcdctl')
        self.ctl = beside if os.path.exists(beside) else 'etcdctl'
        self.n = members
        self.tls = tls or mutual_tls
        self.mutual_tls = mutual_tls
        self.user, self.password = user, password
        self.auth_enabled = False
        self.args = list(args)
        self.folder = tempfile.mkdtemp(prefix='weft-etcd-')
        self.processes = [None] * members
        self.paused = set()
        self.proxies = Proxies()
        atexit.register(self.close)
        try:
            if self.tls:
                make_certificates(self.folder)
            self._choose_ports()
            if start:
                self._start_all()
                if user:
                    self._enable_auth()
        except BaseException:
            self.close()
            raise

    def _choose_ports(self):
        ports = free_ports(2 * self.n)
        self.client_ports, self.peer_ports = ports[:self.n], ports[self.n:]
        scheme = 'https' if self.tls else 'http'
        self.endpoints = [f'{scheme}://127.0.0.1:{p}'
                          for p in self.client_ports]
        self.url = ','.join(self.endpoints)
        self.peer_proxies = [
            self.proxies.add(i, port, lambda port: owner_of_port(
                port, [p.pid if p else -1 for p in self.processes]))
            for i, port in enumerate(self.peer_ports)]

    def _start_all(self):
        for attempt in range(3):
            for i in range(self.n):
                self.start(i, wait=False)
            try:
                self.wait_healthy()
                return
            except EtcdError:
                # Somebody else may have taken a port meanwhile.
                if attempt == 2:
                    raise
                for i in range(self.n):
                    self.kill(i)
                    shutil.rmtree(self.path(f'm{i}'), ignore_errors=True)
                self._choose_ports()

    def path(self, name):
        return os.path.join(self.folder, name)

    def env(self):
        """The environment with which Weft's programs find this etcd."""
        env = {'WEFT_ETCD': self.url}
        if self.tls:
            env['WEFT_ETCD_CA'] = self.path('ca.pem')
        if self.mutual_tls:
            env['WEFT_ETCD_CERT'] = self.path('client.pem')
            env['WEFT_ETCD_KEY'] = self.path('client.key')
        if self.user:
            with open(self.path('password'), 'w', encoding='ascii') as f:
                f.write(self.password + '\n')
            env['WEFT_ETCD_USER'] = self.user
            env['WEFT_ETCD_PASSWORD_FILE'] = self.path('password')
        return env

    # -- members --

    def start(self, i, wait=True):
        """Starts member i on its data."""
        peers = ','.join(f'm{j}=http://127.0.0.1:{p}'
                         for j, p in enumerate(self.peer_proxies))
        argv = [self.binary, f'--name=m{i}',
                f'--data-dir={self.path(f"m{i}")}',
                f'--listen-client-urls={self.endpoints[i]}',
                f'--advertise-client-urls={self.endpoints[i]}',
                f'--listen-peer-urls=http://127.0.0.1:{self.peer_ports[i]}',
                '--initial-advertise-peer-urls='
                f'http://127.0.0.1:{self.peer_proxies[i]}',
                f'--initial-cluster={peers}',
                '--initial-cluster-state=new',
                '--heartbeat-interval=50', '--election-timeout=500',
                *self.args]
        if self.tls:
            argv += [f'--cert-file={self.path("server.pem")}',
                     f'--key-file={self.path("server.key")}']
        if self.mutual_tls:
            argv += [f'--trusted-ca-file={self.path("ca.pem")}',
                     '--client-cert-auth']
        with open(self.path(f'm{i}.log'), 'ab') as log:
            self.processes[i] = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)
        if wait:
            self.wait_healthy([i])

    def kill(self, i, sig=signal.SIGKILL):
        """Ends member i, by default without warning."""
        process, self.processes[i] = self.processes[i], None
        if process:
            if i in self.paused:
                process.send_signal(signal.SIGCONT)
                self.paused.discard(i)
            process.send_signal(sig)
            process.wait(20)

    def restart(self, i, sig=signal.SIGKILL):
        self.kill(i, sig)
        self.start(i)

    def pause(self, i):
        """Member i stops, its connections stay."""
        self.processes[i].send_signal(signal.SIGSTOP)
        self.paused.add(i)

    def resume(self, i):
        self.processes[i].send_signal(signal.SIGCONT)
        self.paused.discard(i)

    def isolate(self, *members):
        """These members, each by itself, hear no other member; none: all
        hear each other again.  Clients reach all of them."""
        everybody = range(self.n)
        self.proxies.set(silent=[
            (a, b) for a in everybody for b in everybody
            if a != b and (a in members or b in members)])

    def wait_healthy(self, members=None, timeout=20):
        """Waits until these (all) members serve reads."""
        end = time.monotonic() + timeout
        for i in range(self.n) if members is None else members:
            while True:
                try:
                    self.call('/v3/kv/range', {'key': b64('health')}, i,
                              timeout=2)
                    break
                except (OSError, EtcdError, http.client.HTTPException) as e:
                    dead = self.processes[i] is None \
                        or self.processes[i].poll() is not None
                    if 'user name is empty' in str(e) \
                            or 'permission denied' in str(e):
                        break
                    if dead or time.monotonic() > end:
                        with open(self.path(f'm{i}.log'), 'rb') as f:
                            raise EtcdError(
                                f'member {i} is not healthy: {e}\n'
                                f'{f.read()[-2000:].decode()}') from e
                    time.sleep(0.03)

    def close(self):
        """Ends everything and removes the folder."""
        atexit.unregister(self.close)
        for i in range(self.n):
            try:
                self.kill(i)
            except (OSError, subprocess.SubprocessError):
                pass
        self.proxies.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # -- requests --

    def etcdctl(self, *argv, endpoint=None, check=True):
        """Runs etcdctl (as root, if there are users); returns its output."""
        command = [self.ctl, '--endpoints',
                   self.url if endpoint is None else self.endpoints[endpoint]]
        if self.tls:
            command += ['--cacert', self.path('ca.pem')]
        if self.mutual_tls:
            command += ['--cert', self.path('client.pem'),
                        '--key', self.path('client.key')]
        if self.auth_enabled:
            command += ['--user', 'root:root']
        done = subprocess.run(command + list(argv), check=False, text=True,
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60,
                              env={**os.environ, 'ETCDCTL_API': '3'})
        if check and done.returncode:
            raise EtcdError(f'etcdctl {" ".join(argv)}: {done.stderr}')
        return done.stdout

    def call(self, path, body, member=None, timeout=10):
        """POSTs to the gateway; the first member alive unless one is named.
        Without a token: not for when there are users."""
        if member is None:
            member = next(i for i, p in enumerate(self.processes) if p)
        port = self.client_ports[member]
        if self.tls:
            context = ssl.create_default_context(cafile=self.path('ca.pem'))
            if self.mutual_tls:
                context.load_cert_chain(self.path('client.pem'),
                                        self.path('client.key'))
            connection = http.client.HTTPSConnection(
                '127.0.0.1', port, timeout=timeout, context=context)
        else:
            connection = http.client.HTTPConnection('127.0.0.1', port,
                                                    timeout=timeout)
        try:
            connection.request('POST', path, json.dumps(body))
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if 'error' in answer:
            raise EtcdError(str(answer.get('message', answer['error'])))
        return answer

    def put(self, key, value, member=None):
        """Returns the revision."""
        return int(self.call('/v3/kv/put', {
            'key': b64(key), 'value': b64(value)}, member)
            ['header']['revision'])

    def delete(self, key, member=None):
        return int(self.call('/v3/kv/deleterange', {'key': b64(key)}, member)
                   ['header']['revision'])

    def put_many(self, items, member=None, per_txn=128):
        """Puts a dictionary in transactions."""
        items = list(items.items())
        for i in range(0, len(items), per_txn):
            self.call('/v3/kv/txn', {'success': [
                {'request_put': {'key': b64(k), 'value': b64(v)}}
                for k, v in items[i:i + per_txn]]}, member, timeout=60)

    def revision(self, member=None):
        return int(self.call('/v3/kv/range', {'key': b64('x')}, member)
                   ['header']['revision'])

    def compact(self, revision=None):
        """Forgets the history, by default all of it."""
        self.call('/v3/kv/compaction',
                  {'revision': str(revision or self.revision())})

    def status(self, i):
        return self.call('/v3/maintenance/status', {}, i, timeout=2)

    def leader(self, timeout=15):
        """The number of the leader, once there is one."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            for i in range(self.n):
                if self.processes[i] and i not in self.paused:
                    try:
                        status = self.status(i)
                    except (OSError, EtcdError, http.client.HTTPException):
                        continue
                    if status.get('leader') == status['header']['member_id']:
                        return i
            time.sleep(0.05)
        raise EtcdError('there is no leader')

    # -- copies --

    def snapshot(self, path):
        self.etcdctl('snapshot', 'save', path, endpoint=0)

    def restore(self, path, other_cluster=False):
        """Starts a single node anew from a snapshot: its revision goes back;
        with 'other_cluster' its cluster id is another, too."""
        self.kill(0)
        shutil.rmtree(self.path('m0'), ignore_errors=True)
        peer = f'http://127.0.0.1:{self.peer_proxies[0]}'
        token = 'another' if other_cluster else 'etcd-cluster'
        util = os.path.join(os.path.dirname(self.binary), 'etcdutl')
        subprocess.run(
            [util if os.path.exists(util) else self.ctl, 'snapshot', 'restore',
             path, f'--data-dir={self.path("m0")}', '--name=m0',
             f'--initial-cluster=m0={peer}',
             f'--initial-advertise-peer-urls={peer}',
             f'--initial-cluster-token={token}'],
            check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, env={**os.environ, 'ETCDCTL_API': '3'})

    # -- users --

    def _enable_auth(self):
        """User root (password root), and ours, who may do all under /weft."""
        for argv in (['user', 'add', 'root:root'],
                     ['user', 'grant-role', 'root', 'root'],
                     ['user', 'add', f'{self.user}:{self.password}'],
                     ['role', 'add', 'weft'],
                     ['role', 'grant-permission', 'weft', '--prefix=true',
                      'readwrite', '/weft'],
                     ['user', 'grant-role', self.user, 'weft'],
                     ['auth', 'enable']):
            if argv[:3] == ['user', 'grant-role', 'root']:
                self.etcdctl('role', 'add', 'root', check=False)
            self.etcdctl(*argv)
        self.auth_enabled = True


def b64(text):
    data = text.encode() if isinstance(text, str) else text
    return base64.b64encode(data).decode()
