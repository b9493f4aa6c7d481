"""The images and the Helm chart of deploy/ against the programs: each WEFT_*
variable that they set is a setting of that program, ports and probes are what
the daemons serve, values.yaml is what values.schema.json says and what the
templates read.  Where there is a helm (in PATH or WEFT_HELM), the chart is
rendered with several values and the same is asked of what comes out.  The
images themselves are run by tests/system/images.py, by hand."""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import jsonschema
import yaml

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.environ.get('WEFT_BUILD_DIR', os.path.join(SOURCE, 'build'))
CHART = os.path.join(SOURCE, 'deploy/helm/weft')
HELM = os.environ.get('WEFT_HELM') or shutil.which('helm')
# What runs in an image: target of the Dockerfile, component of the chart.
PROGRAMS = {'translator': 'weft-translator', 'agent': 'weft-agent',
            'api': 'weft-api', 'cli': 'weftctl'}
NO_DAEMON = ('cli', 'openvswitch')

DEFAULTS = {}
PLAIN_API = {'api': {'enabled': True, 'anonymous': True}}
FULL = {
    'image': {'registry': 'registry.example.org/cloud/', 'tag': '1.0',
              'pullSecrets': [{'name': 'pull'}]},
    'etcd': {'endpoints': 'https://e1:2379,https://e2:2379',
             'tlsSecret': 'etcd-tls', 'mutualTls': True},
    'metrics': {'address': '[::]', 'port': 9000, 'podMonitor': True},
    'translator': {'replicas': 3, 'user': 'weft-translator',
                   'passwordSecret': 'p1', 'env': {'WEFT_LEASE_TTL': '5'},
                   'resources': {'requests': {'memory': '1Gi'}},
                   'nodeSelector': {'a': 'b'},
                   'tolerations': [{'operator': 'Exists'}]},
    'agent': {'user': 'weft-agent-$(WEFT_SYSTEM_ID)', 'passwordSecret': 'p2',
              'passwordKey': 'weft-agent-$(WEFT_SYSTEM_ID)',
              'bridgeMappings': 'physnet1:br-ex',
              'runDirectory': '/srv/openvswitch', 'tag': '2.0'},
    'openvswitch': {'enabled': True},
    'api': {'enabled': True, 'tokenSecret': 'tokens', 'tlsSecret': 'tls',
            'user': 'weft-api', 'passwordSecret': 'p3', 'port': 8443},
    'networkPolicy': {'apiFrom': [{'namespaceSelector': {}}]},
}
LITTLE = {'agent': {'enabled': False}, 'networkPolicy': {'enabled': False}}
REFUSED = {
    'no replica': {'translator': {'replicas': 0}},
    'a user without a password': {'agent': {'user': 'x'}},
    'a client certificate from nowhere': {'etcd': {'mutualTls': True}},
    'etcd without a scheme': {'etcd': {'endpoints': 'etcd:2379'}},
    'a name that there is not': {'translator': {'replica': 2}},
    'a number as a variable': {'agent': {'env': {'WEFT_ALIVE_TTL': 5}}},
    'an API for everybody by accident': {'api': {'enabled': True}},
}


def read(name):
    with open(os.path.join(SOURCE, name), encoding='utf-8') as f:
        return f.read()


def templates():
    for folder, _, names in os.walk(os.path.join(CHART, 'templates')):
        for name in names:
            path = os.path.join(folder, name)
            yield os.path.relpath(path, SOURCE), read(path)


def program_settings(program):
    """{variable: default or ''} of a program's --help."""
    text = subprocess.run([os.path.join(BUILD, 'bin', program), '--help'],
                          check=True, text=True, timeout=10,
                          stdout=subprocess.PIPE).stdout
    return dict(re.findall(r'\((WEFT_[A-Z_]+)(?:, default: ([^)]*))?\)',
                           text))


def leaves(values, at=''):
    """Paths of what in values.yaml is no map with names of its own."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, f'{at}{key}.')
        else:
            yield at + key


SETTINGS = {component: program_settings(program)
            for component, program in PROGRAMS.items()}


class Sources(unittest.TestCase):
    """What can be seen without rendering."""

    values = yaml.safe_load(read(f'{CHART}/values.yaml'))
    schema = json.loads(read(f'{CHART}/values.schema.json'))

    def test_variables_are_settings(self):
        known = set().union(*SETTINGS.values()) | {'OVS_RUNDIR'}
        n = 0
        for name, text in [*templates(), ('values', read(
                f'{CHART}/values.yaml'))]:
            for variable in re.findall(r'\bWEFT_[A-Z_]*[A-Z]\b', text):
                self.assertIn(variable, known, name)
                n += 1
        self.assertGreater(n, 10)

    def test_values(self):
        jsonschema.Draft7Validator.check_schema(self.schema)
        jsonschema.validate(self.values, self.schema)
        for key, part in self.values.items():
            self.assertEqual(set(part),
                             set(self.schema['properties'][key]['properties']),
                             key)

    def test_values_are_read(self):
        text = ''.join(text for _, text in templates())
        for path in leaves(self.values):
            self.assertRegex(text, rf'[vV]alues\.({path}|{path.split(".")[-1]})\b'
                             rf'|\$image\.{path.split(".")[-1]}\b')

    def test_defaults(self):
        address = SETTINGS['api']['WEFT_LISTEN']
        self.assertEqual(self.values['api']['port'],
                         int(address.split(':')[-1]))
        self.assertIn(f"EXPOSE {self.values['api']['port']}",
                      read('deploy/containers/Dockerfile'))
        self.assertEqual(self.values['etcd']['prefix'],
                         SETTINGS['agent']['WEFT_PREFIX'])

    def test_version(self):
        chart = yaml.safe_load(read(f'{CHART}/Chart.yaml'))
        version = re.search(r'project\(weft VERSION (\S+)',
                            read('CMakeLists.txt'))[1]
        self.assertEqual(chart['appVersion'], version)

    def test_images(self):
        text = read('deploy/containers/Dockerfile')
        targets = set(re.findall(r'^FROM \S+ AS (\S+)', text, re.M))
        self.assertLessEqual(set(PROGRAMS) | {'openvswitch'}, targets)
        packages = set(re.findall(r'packages/weft-([a-z-]+)_', text))
        self.assertEqual(packages, {'tools', 'ovn-names', *SETTINGS} - {'cli'})
        for component, program in PROGRAMS.items():
            if component not in NO_DAEMON:
                self.assertIn(f'ENTRYPOINT ["{program}"]', text)


class OpenVswitch(unittest.TestCase):
    """What the image openvswitch is started by, with this machine's."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='weft-containers-')
        self.addCleanup(shutil.rmtree, self.folder)
        self.env = {**os.environ, 'OVS_RUNDIR': f'{self.folder}/run',
                    'OVS_SYSCONFDIR': self.folder}

    def start(self, *argv):
        return subprocess.Popen(
            [f'{SOURCE}/deploy/containers/openvswitch', *argv], env=self.env,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True)

    def serve(self, command):
        """The answer to 'command' of a database that runs meanwhile."""
        child = self.start('ovsdb-server')
        try:
            end = time.monotonic() + 30
            while not os.path.exists(f'{self.folder}/run/db.sock'):
                self.assertIsNone(child.poll())
                self.assertLess(time.monotonic(), end)
                time.sleep(0.02)
            return subprocess.run(
                command, env=self.env, check=True, text=True,
                timeout=30, stdout=subprocess.PIPE).stdout
        finally:
            child.terminate()
            child.communicate(timeout=30)

    def test_database(self):
        """Made once, kept, converted when its schema is older."""
        vsctl = ['ovs-vsctl', '--no-wait', '--timeout=20']
        database = f'{self.folder}/openvswitch/conf.db'
        self.serve([*vsctl, 'init', '--', 'set', 'Open_vSwitch', '.',
                    'external_ids:system-id=hv1'])
        get = [*vsctl, 'get', 'Open_vSwitch', '.', 'external_ids:system-id']
        self.assertEqual(self.serve(get), 'hv1\n')

        with open('/usr/share/openvswitch/vswitch.ovsschema',
                  encoding='ascii') as f:
            schema = json.load(f)
        newest, schema['version'] = schema['version'], '1.0.0'
        del schema['cksum'], schema['tables']['Flow_Table']['columns'][
            'external_ids']
        with open(f'{self.folder}/old', 'w', encoding='ascii') as f:
            json.dump(schema, f)
        subprocess.run(['ovsdb-tool', 'convert', database,
                        f'{self.folder}/old'], check=True)
        self.assertEqual(self.serve(get), 'hv1\n')
        version = subprocess.run(['ovsdb-tool', 'db-version', database],
                                 check=True, text=True,
                                 stdout=subprocess.PIPE).stdout
        self.assertEqual(version.strip(), newest)
        self.assertTrue(os.path.exists(f'{database}.1.0.0'))

    def test_usage(self):
        child = self.start('ovn-controller')
        self.assertIn('usage: openvswitch ovsdb-server|ovs-vswitchd',
                      child.communicate(timeout=30)[0])
        self.assertEqual(child.returncode, 1)


@unittest.skipUnless(HELM, 'no helm in PATH, nor WEFT_HELM')
class Rendered(unittest.TestCase):
    """What helm makes of it."""

    def helm(self, *argv, values, check=True):
        done = subprocess.run([HELM, *argv, '-f', '-'], check=False,
                              input=json.dumps(values), text=True, timeout=60,
                              capture_output=True)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done

    def render(self, values):
        text = self.helm('template', 'w', CHART, values=values).stdout
        return [o for o in yaml.safe_load_all(text) if o]

    def pods(self, values):
        for o in self.render(values):
            if o['kind'] == 'Pod':
                yield o, o
            elif 'template' in o.get('spec', {}):
                yield o, o['spec']['template']

    def test_lint(self):
        for values in (DEFAULTS, PLAIN_API, FULL, LITTLE):
            self.helm('lint', '--strict', CHART, values=values)

    def test_refused(self):
        for why, values in REFUSED.items():
            done = self.helm('template', 'w', CHART, values=values,
                             check=False)
            self.assertNotEqual(done.returncode, 0, why)

    def test_kinds(self):
        found = {tuple(sorted((o['kind'], o['metadata']['name'])
                              for o in self.render(LITTLE)))}
        self.assertEqual(found, {(('Deployment', 'w-translator'),
                                  ('Pod', 'w-cli-test'),
                                  ('PodDisruptionBudget', 'w-translator'))})
        names = [(o['kind'], o['metadata']['name'])
                 for o in self.render(FULL)]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn(('PodMonitor', 'w-daemons'), names)

    def check_container(self, container, component, volumes):
        env = {e['name']: e.get('value') for e in container.get('env', [])}
        self.assertEqual(len(env), len(container.get('env', [])))
        for name in env:
            self.assertIn(name, {*SETTINGS.get(component, ()), 'OVS_RUNDIR'},
                          component)
        mounted = {m['name']: m['mountPath']
                   for m in container.get('volumeMounts', [])}
        self.assertLessEqual(set(mounted), volumes)
        for name, value in env.items():
            if value and re.match('(unix:)?/(etc|run|srv)/', value):
                folder = value.removeprefix('unix:')
                self.assertTrue(any(folder.startswith(m)
                                    for m in mounted.values()), name)
        # $(X) is what comes before it.
        for name, value in env.items():
            for used in re.findall(r'\$\((\w+)\)', value or ''):
                self.assertLess(list(env).index(used), list(env).index(name))
        return mounted, env

    def test_pods(self):
        for values in (DEFAULTS, PLAIN_API, FULL):
            for owner, pod in self.pods(values):
                component = pod['metadata']['labels'][
                    'app.kubernetes.io/component']
                spec = pod['spec']
                self.assertIs(spec['automountServiceAccountToken'], False)
                volumes = {v['name'] for v in spec.get('volumes', [])}
                mounted = {}
                for container in spec['containers']:
                    more, env = self.check_container(container, component,
                                                     volumes)
                    mounted |= more
                    self.assertRegex(container['image'],
                                     rf'(^|/)weft-{component}:')
                    if component not in NO_DAEMON:
                        self.check_ports(container, env)
                self.assertEqual(set(mounted), volumes)
                if owner is not pod:
                    self.assertLessEqual(
                        owner['spec']['selector']['matchLabels'].items(),
                        pod['metadata']['labels'].items())

    def test_tags(self):
        tags = {image.split('/')[-1] for _, pod in self.pods(FULL)
                for image in [pod['spec']['containers'][0]['image']]}
        self.assertEqual(tags, {'weft-translator:1.0', 'weft-agent:2.0',
                                'weft-api:1.0', 'weft-cli:1.0',
                                'weft-openvswitch:1.0'})

    def check_ports(self, container, env):
        ports = {p['name']: p['containerPort'] for p in container['ports']}
        self.assertTrue(env['WEFT_HTTP_LISTEN'].endswith(
            f':{ports["metrics"]}'))
        if 'rest' in ports:
            self.assertTrue(env['WEFT_LISTEN'].endswith(f':{ports["rest"]}'))
        for probe, path in (('livenessProbe', '/healthz'),
                            ('readinessProbe', '/readyz')):
            self.assertEqual(container[probe]['httpGet'],
                             {'path': path, 'port': 'metrics'})

    def test_policies(self):
        """Selectors and named ports are those of the pods."""
        pods = [(p['metadata']['labels'],
                 {port['name'] for c in p['spec']['containers']
                  for port in c.get('ports', [])})
                for _, p in self.pods(FULL)]
        for o in self.render(FULL):
            spec = o.get('spec', {})
            wanted = {'NetworkPolicy': lambda s: s['podSelector'],
                      'PodDisruptionBudget': lambda s: s['selector'],
                      'Service': lambda s: {'matchLabels': s['selector']},
                      }.get(o['kind'])
            if not wanted:
                continue
            labels = wanted(spec)['matchLabels'].items()
            ports = [ports for have, ports in pods if labels <= have.items()]
            self.assertEqual(len(ports), 1, o['metadata']['name'])
            named = [p.get('targetPort') or p['port']
                     for entry in spec.get('ingress', [spec])
                     for p in entry.get('ports', [])]
            self.assertLessEqual(set(named), ports[0])


if __name__ == '__main__':
    if not HELM:
        print('without helm: what is rendered is not looked at')
    sys.exit(not unittest.main(exit=False).result.wasSuccessful())
