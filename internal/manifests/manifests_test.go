package manifests

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/client-go/kubernetes/scheme"
	psaapi "k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

var update = flag.Bool("update", false, "write the golden files")

func decode(t *testing.T, text string) *experiment.Experiment {
	t.Helper()
	exp, err := experiment.Decode("test.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\n"+text), "testdata", nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

func build(t *testing.T, text string) *Set {
	t.Helper()
	set, err := Build(decode(t, text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// cases are the goldens.
func cases() map[string]string {
	return map[string]string{
		"swarm":  "spec: {target: {scaleTargetRef: {name: inference}}}",
		"locust": "spec: {target: {scaleTargetRef: {name: inference}}, load: {engine: locust}}",
		"masterurl": `
spec:
  target: {url: "https://api.example"}
  load: {masterURL: "http://locust.other:8089"}
  matrix: {users: [100]}`,
		"everything": `
metadata: {name: nightly, namespace: load}
spec:
  target:
    url: http://forecast.prod.svc:9000
    service: forecast
    scaleTargetRef: {apiVersion: serving.example/v1, kind: Predictor, name: forecast}
    autoscaler: pause
  load: {file: swarmfile.yaml}
  matrix: {replicas: [1, 2], workers: [3, 6], users: [100], repeats: 2}
  schedule: {cron: "0 2 * * *", timeZone: Europe/Madrid, history: 2}
  cluster:
    image: registry.example/swarmgrid:1
    imagePullPolicy: Always
    imagePullSecrets: [registry]
    nodePort: 30089
    resultsClaim: histograms
    ttl: 2h
    names: {master: lm, worker: lw, service: ls, scripts: lc, job: nightly}
    caBundle: {configMap: corporate}
    master: {runtimeClassName: gvisor, serviceAccountName: load}
    worker:
      labels: {team: shop, sidecar.istio.io/inject: "false"}
      annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: "false"}
      volumes: [{name: data, persistentVolumeClaim: {claimName: payloads, readOnly: true}}, {name: token, projected: {sources: [{secret: {name: api}}]}}]
      volumeMounts: [{name: data, mountPath: /data, readOnly: true}, {name: token, mountPath: /var/run/token}]
      topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway}]
      podSecurityContext: {runAsUser: null, runAsGroup: null, fsGroup: 2000, supplementalGroups: [3000]}
      serviceAccountName: load
      resources: {requests: {cpu: "2", memory: 1Gi}}
      nodeSelector: {pool: load}
      tolerations: [{key: load, operator: Exists, effect: NoSchedule}]
      env: {TOKEN_FILE: /x}
      envFromSecrets: [api-token]
      envFromConfigMaps: [settings]
      priorityClassName: low
    driver:
      serviceAccountName: reader
      affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: pool, operator: In, values: [tools]}]}]}}}`,
	}
}

func everyObject(set *Set) []Object {
	objects := append(set.Deployed(), set.Job)
	if set.CronJob != nil {
		objects = append(objects, set.CronJob)
	}
	return objects
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v; run with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

func TestGolden(t *testing.T) {
	for name, text := range cases() {
		t.Run(name, func(t *testing.T) {
			got, err := YAML(everyObject(build(t, text))...)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, filepath.Join("testdata", name+".yaml"), got)
			decodeStrictly(t, got)
		})
	}
}

func TestDeployFiles(t *testing.T) {
	files, err := Files()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		golden(t, filepath.Join("..", "..", "deploy", filepath.FromSlash(f.Name)), f.Data)
		if !strings.HasSuffix(f.Name, "kustomization.yaml") {
			decodeStrictly(t, f.Data)
		}
	}
}

// decodeStrictly sees that each document is an object of a known kind without an
// unknown or doubled field.
func decodeStrictly(t *testing.T, stream []byte) []runtime.Object {
	t.Helper()
	decoder := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []runtime.Object
	for doc := range bytes.SplitSeq(stream, []byte("---\n")) {
		o, _, err := decoder.Decode(doc, nil, nil)
		if err != nil {
			t.Errorf("decoding: %v\n%s", err, doc)
			continue
		}
		objects = append(objects, o)
	}
	return objects
}

// podTemplates finds the pods of any object.
func podTemplate(o any) *corev1.PodTemplateSpec {
	switch o := o.(type) {
	case *appsv1.Deployment:
		return &o.Spec.Template
	default:
		return jobTemplate(o)
	}
}

func TestPodsPassRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	restricted := psaapi.LevelVersion{Level: psaapi.LevelRestricted, Version: psaapi.LatestVersion()}
	pods := 0
	check := func(name string, objects []Object) {
		for _, o := range objects {
			pod := podTemplate(o)
			if pod == nil {
				continue
			}
			pods++
			for _, r := range evaluator.EvaluatePod(restricted, &pod.ObjectMeta, &pod.Spec) {
				if !r.Allowed {
					t.Errorf("%s: %s: %s: %s", name, o.GetName(), r.ForbiddenReason, r.ForbiddenDetail)
				}
			}
			checkHardened(t, name+": "+o.GetName(), pod.Spec)
		}
	}
	for name, text := range cases() {
		check(name, everyObject(build(t, text)))
	}
	check("sample", Sample(DefaultSampleImage))
	if pods != 3+3+1+4+1 {
		t.Errorf("%d pods were looked at", pods)
	}
}

// checkHardened is what restricted does not ask for.
func checkHardened(t *testing.T, name string, pod corev1.PodSpec) {
	t.Helper()
	token := pod.AutomountServiceAccountToken
	if token == nil || *token != (pod.Containers[0].Name == DriverContainer) {
		t.Errorf("%s: the token is mounted, or missing", name)
	}
	if pod.EnableServiceLinks == nil || *pod.EnableServiceLinks {
		t.Errorf("%s: service links are on", name)
	}
	if u := pod.SecurityContext.RunAsUser; (u == nil) != strings.HasSuffix(name, "everything: lw") || u != nil && *u == 0 {
		t.Errorf("%s: no numeric user", name)
	}
	for _, c := range pod.Containers {
		if s := c.SecurityContext; s == nil || s.ReadOnlyRootFilesystem == nil || !*s.ReadOnlyRootFilesystem {
			t.Errorf("%s: the root is writable", name)
		}
		if c.Resources.Requests == nil {
			t.Errorf("%s: no requests", name)
		}
	}
}

func TestSelectorsMatchTheirPods(t *testing.T) {
	for name, text := range cases() {
		set := build(t, text)
		if set.Master == nil {
			continue
		}
		for _, d := range []*appsv1.Deployment{set.Master, set.Worker} {
			s, err := metav1.LabelSelectorAsSelector(d.Spec.Selector)
			if err != nil || !s.Matches(labelSet(d.Spec.Template.Labels)) {
				t.Errorf("%s: %s does not select its pods: %v", name, d.Name, err)
			}
		}
		if !labelSet(set.Service.Spec.Selector).AsSelector().Matches(labelSet(set.Master.Spec.Template.Labels)) {
			t.Errorf("%s: the Service does not select the master", name)
		}
	}
}

// TestDriversVariablesCount sees that a driver whose variables say more than the file
// has the time and the room for it.
func TestDriversVariablesCount(t *testing.T) {
	const target = "spec: {target: {scaleTargetRef: {name: inference}}, "
	const matrix = `matrix: {replicas: [1, 2, 3, 4, 5, 6, 7, 8], workers: [1, 2, 3, 4], users: [10, 20, 30, 40, 50]}, measure: {duration: 300s}`
	const env = `matrix: {replicas: [1], users: [10]}, cluster: {driver: {env: {REPLICA_COUNTS: "1,2,3,4,5,6,7,8",
		WORKER_COUNTS: "1,2,3,4", USER_COUNTS: "10,20,30,40,50", TEST_DURATION: "300", LOCUST_MASTER_URL: "http://locust-master:8089",
		INFERENCE_DEPLOYMENT: other, OTHER: x}}}`
	want, got := build(t, target+matrix+"}"), build(t, target+env+"}")
	if w, g := *want.Job.Spec.ActiveDeadlineSeconds, *got.Job.Spec.ActiveDeadlineSeconds; w != g {
		t.Errorf("the deadline is %d s, want %d s", g, w)
	}
	if w, g := len(want.State), len(got.State); w != g || w < 4 {
		t.Errorf("%d objects of state, want %d", g, w)
	}
	role := got.Access[1].(*rbacv1.Role)
	lease := func(r rbacv1.PolicyRule) bool { return slices.Contains(r.ResourceNames, "swarmgrid-deployment-other") }
	if !slices.ContainsFunc(role.Rules, lease) {
		t.Errorf("the Role is not for the driver's target: %+v", role.Rules)
	}
}

func TestBuildErrors(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"process", "spec: {target: {process: {command: [x]}}}", "spec.target.process is a command on this machine"},
		{"variable", "spec: {target: {url: \"http://x\"}, load: {builtin: forecasting}, cluster: {driver: {env: {TEST_DURATION: soon}}}}", "spec.cluster.driver.env: spec.measure.duration"},
		{"labels", "spec: {target: {scaleTargetRef: {name: inference}}, cluster: {worker: {labels: {tier: web}}}}", "spec.cluster.worker.labels make the worker's pods look like the target's, which have tier=web"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Build(decode(t, tt.text), Options{TargetLabels: map[string]string{"tier": "web"}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// TestBuildErrorsAllAtOnce wants every part's problem in one answer.
func TestBuildErrorsAllAtOnce(t *testing.T) {
	exp := decode(t, "spec: {target: {process: {command: [x]}}}")
	wrong := v1alpha1.PodSettings{Labels: map[string]string{"tier": "web"}}
	for _, raw := range []**runtime.RawExtension{&wrong.Resources, &wrong.Affinity, &wrong.PodSecurityContext} {
		*raw = &runtime.RawExtension{Raw: []byte(`{"a": 1}`)}
	}
	for _, list := range []*[]*runtime.RawExtension{&wrong.Tolerations, &wrong.Volumes, &wrong.VolumeMounts, &wrong.TopologySpreadConstraints} {
		*list = []*runtime.RawExtension{{Raw: []byte(`{"a": 1}`)}}
	}
	c := &exp.LoadMatrix.Spec.Cluster
	c.Master, c.Worker, c.Driver = wrong, wrong, wrong
	_, err := Build(exp, Options{TargetLabels: map[string]string{"tier": "web"}})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"spec.target.process is a command", "master.resources", "master.affinity", "worker.tolerations[0]", "worker.volumes[0]",
		"worker.volumeMounts[0]", "driver.topologySpreadConstraints[0]", "driver.podSecurityContext", "driver.labels make",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwithout %s", err, want)
		}
	}
}

// variables are those of a pod's own container.
func variables(set *Set, pod string) []corev1.EnvVar {
	pods := map[string]corev1.PodSpec{
		"master": set.Master.Spec.Template.Spec, "worker": set.Worker.Spec.Template.Spec, "driver": set.Job.Spec.Template.Spec,
	}
	return pods[pod].Containers[0].Env
}

// TestVariablesOnce: a variable that a person and the builders set is refused, or is
// there once and says what the person said, since an object with one twice cannot be
// applied.
func TestVariablesOnce(t *testing.T) {
	for _, engine := range []string{"swarm", "locust"} {
		text := "spec: {target: {scaleTargetRef: {name: inference}}, load: {engine: " + engine + "}"
		set := build(t, text+"}")
		for _, pod := range []string{"master", "worker", "driver"} {
			for _, v := range variables(set, pod) {
				checkOnce(t, text, pod, v.Name)
			}
		}
	}
}

func checkOnce(t *testing.T, text, pod, name string) {
	t.Helper()
	exp, err := experiment.Decode("test.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\n"+
		text+", cluster: {"+pod+": {env: {"+name+": mine}}}}"), "testdata", nil)
	if err != nil {
		if !strings.Contains(err.Error(), "spec.cluster."+pod+".env."+name) {
			t.Errorf("%s %s: %v", pod, name, err)
		}
		return
	}
	set, err := Build(exp, Options{})
	if err != nil {
		t.Fatal(err)
	}
	var values []string
	for _, v := range variables(set, pod) {
		if v.Name == name {
			values = append(values, v.Value)
		}
	}
	if len(values) != 1 || !strings.Contains(values[0], "mine") {
		t.Errorf("%s %s: %q", pod, name, values)
	}
}

func TestSampleIsOutOfCleanupsReach(t *testing.T) {
	for _, o := range Sample(DefaultSampleImage) {
		if o.GetLabels()[LabelApp] == App || o.GetLabels()[LabelExperiment] != "" {
			t.Errorf("%s has labels %v", o.GetName(), o.GetLabels())
		}
	}
}
