{{/* All of these take a dict: root, the release; component, "agent"; values,
     the component's own. */}}
{{- define "weft.selector" -}}
app.kubernetes.io/name: weft
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "weft.labels" -}}
{{ include "weft.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- define "weft.name" -}}
{{ printf "%s-%s" (.root.Release.Name | trunc 50 | trimSuffix "-") .component }}
{{- end }}

{{- define "weft.metadata" -}}
name: {{ include "weft.name" . }}
labels:
  {{- include "weft.labels" . | nindent 2 }}
{{- end }}

{{- define "weft.image" -}}
{{- $image := .root.Values.image -}}
image: {{ printf "%sweft-%s:%s" $image.registry .component (.values.tag | default $image.tag | default .root.Chart.AppVersion) | quote }}
imagePullPolicy: {{ $image.pullPolicy }}
{{- end }}

{{/* Where etcd is, and who one is there. */}}
{{- define "weft.etcd" -}}
- name: WEFT_ETCD
  value: {{ .root.Values.etcd.endpoints | quote }}
- name: WEFT_PREFIX
  value: {{ .root.Values.etcd.prefix | quote }}
{{- if .root.Values.etcd.tlsSecret }}
- name: WEFT_ETCD_CA
  value: /etc/weft/etcd/ca.crt
{{- if .root.Values.etcd.mutualTls }}
- name: WEFT_ETCD_CERT
  value: /etc/weft/etcd/tls.crt
- name: WEFT_ETCD_KEY
  value: /etc/weft/etcd/tls.key
{{- end }}
{{- end }}
{{- with .values.user }}
- name: WEFT_ETCD_USER
  value: {{ . | quote }}
- name: WEFT_ETCD_PASSWORD_FILE
  value: {{ printf "/etc/weft/password/%s" ($.values.passwordKey | default "password") | quote }}
{{- end }}
{{- end }}

{{/* Settings that every daemon has, then those of its "env". */}}
{{- define "weft.env" -}}
- name: WEFT_HTTP_LISTEN
  value: {{ printf "%s:%v" .root.Values.metrics.address .root.Values.metrics.port | quote }}
{{ include "weft.etcd" . }}
{{- range $name, $value := .values.env }}
- name: {{ $name }}
  value: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* The image's folder for control sockets, and secrets. */}}
{{- define "weft.mounts" -}}
- name: run
  mountPath: /run/weft
{{- if .root.Values.etcd.tlsSecret }}
- name: etcd
  mountPath: /etc/weft/etcd
  readOnly: true
{{- end }}
{{- if .values.user }}
- name: password
  mountPath: /etc/weft/password
  readOnly: true
{{- end }}
{{- end }}

{{- define "weft.volumes" -}}
- name: run
  emptyDir: {}
{{- with .root.Values.etcd.tlsSecret }}
- name: etcd
  secret:
    secretName: {{ . }}
{{- end }}
{{- if .values.user }}
- name: password
  secret:
    secretName: {{ .values.passwordSecret }}
{{- end }}
{{- end }}

{{/* What every daemon's container has.  "ports" come last, for more of them. */}}
{{- define "weft.daemon" -}}
name: {{ .component }}
{{ include "weft.image" . }}
# Alive is whose main loop turns; ready, who does its work.
livenessProbe:
  httpGet:
    path: /healthz
    port: metrics
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet:
    path: /readyz
    port: metrics
  periodSeconds: 5
  timeoutSeconds: 5
{{- with .values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: metrics
    containerPort: {{ .root.Values.metrics.port }}
{{- end }}

{{/* What every pod has: no program of Weft speaks to Kubernetes. */}}
{{- define "weft.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: 30
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Replicas on nodes of their own, if there are such. */}}
{{- define "weft.apart" -}}
affinity:
  podAntiAffinity:
    preferredDuringSchedulingIgnoredDuringExecution:
      - weight: 100
        podAffinityTerm:
          topologyKey: kubernetes.io/hostname
          labelSelector:
            matchLabels:
              {{- include "weft.selector" . | nindent 14 }}
securityContext:
  fsGroup: 65534
{{- end }}

{{/* No right at all. */}}
{{- define "weft.unprivileged" -}}
runAsNonRoot: true
runAsUser: 65534
runAsGroup: 65534
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}

{{- define "weft.disruption" -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "weft.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "weft.selector" . | nindent 6 }}
{{- end }}
