{{- define "tocsin.labels" -}}
app.kubernetes.io/name: tocsin
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- /* One kind of node: its Deployment, with everything that all of them have. */}}
{{- define "tocsin.node" }}
{{- $own := index .root.Values .component }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .root.Release.Name }}-{{ .component }}
  labels:
    {{- include "tocsin.labels" . | nindent 4 }}
spec:
  {{- if ne $own.replicas nil }}
  replicas: {{ $own.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "tocsin.labels" . | nindent 6 }}
  strategy:
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  template:
    metadata:
      labels:
        {{- include "tocsin.labels" . | nindent 8 }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ .port | quote }}
        # Nodes read tenants again by themselves, but not this.
        checksum/config: {{ toYaml .root.Values.config | sha256sum }}
    spec:
      serviceAccountName: {{ .root.Release.Name }}{{ if .api }}-autoscaler{{ end }}
      automountServiceAccountToken: {{ .api }}
      terminationGracePeriodSeconds: {{ $own.terminationGracePeriodSeconds }}
      {{- with .root.Values.image.pullSecrets }}
      imagePullSecrets:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.nodeSelector }}
      nodeSelector:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .root.Values.tolerations }}
      tolerations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      securityContext:
        runAsNonRoot: true
        runAsUser: 65532
        runAsGroup: 65532
        fsGroup: 65532
        seccompProfile: {type: RuntimeDefault}
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              {{- include "tocsin.labels" . | nindent 14 }}
      containers:
        - name: tocsin
          image: "{{ .root.Values.image.repository }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}"
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: {{ toJson (concat .command (list "--config" "/etc/tocsin/tocsin.yaml" "--listen" (printf "0.0.0.0:%v" .port))) }}
          ports:
            - {name: http, containerPort: {{ .port }}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {drop: [ALL]}
          startupProbe:
            httpGet: {path: /-/healthy, port: http}
            periodSeconds: 1
            failureThreshold: 60
          livenessProbe:
            httpGet: {path: /-/healthy, port: http}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 6
          readinessProbe:
            httpGet: {path: /-/ready, port: http}
            periodSeconds: 2
            timeoutSeconds: 2
            failureThreshold: 2
          resources:
            {{- toYaml $own.resources | nindent 12 }}
          volumeMounts:
            - {name: config, mountPath: /etc/tocsin, readOnly: true}
            - {name: secrets, mountPath: /run/secrets/tocsin, readOnly: true}
            - {name: data, mountPath: /var/lib/tocsin}
      volumes:
        - name: config
          configMap: {name: {{ .root.Release.Name }}-config}
        - name: secrets
          secret: {secretName: {{ .root.Values.existingSecret }}, defaultMode: 0440}
        - name: data
          emptyDir: {sizeLimit: 1Gi}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .root.Release.Name }}-{{ .component }}
  labels:
    {{- include "tocsin.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "tocsin.labels" . | nindent 6 }}
{{- end }}
