//go:build cluster

package kube

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// TestPlanOfAGoodOne finds nothing, quickly, and changes nothing.
func TestPlanOfAGoodOne(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{replicas: "[1, 2]", workers: "[1, 2]"})
	l.run("deploy")
	before := l.versions()
	began := time.Now()
	c := l.run("plan", "--cluster")
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	if strings.Contains(c.errors(), "note: ") {
		t.Errorf("notes where there are none:\n%s", c.errors())
	}
	if after := l.versions(); after != before {
		t.Errorf("changed:\n%s\nwas:\n%s", after, before)
	}
}

// versions are those of everything that a plan might have changed.
func (l *lab) versions() string {
	l.t.Helper()
	ctx, none := l.t.Context(), metav1.ListOptions{}
	var out []string
	deployments, err := l.client.AppsV1().Deployments(l.ns).List(ctx, none)
	l.must(err)
	for _, d := range deployments.Items {
		out = append(out, fmt.Sprint(d.Name, " ", d.Generation))
	}
	for _, pod := range l.pods("") {
		out = append(out, pod.Name)
	}
	jobs, err := l.client.BatchV1().Jobs(l.ns).List(ctx, none)
	l.must(err)
	for _, j := range jobs.Items {
		out = append(out, j.Name)
	}
	cms, err := l.client.CoreV1().ConfigMaps(l.ns).List(ctx, none)
	l.must(err)
	for _, cm := range cms.Items {
		out = append(out, cm.Name+" "+cm.ResourceVersion)
	}
	return strings.Join(out, "\n")
}

// planned is one obstacle to a run, and its removal.
type planned struct {
	name   string
	said   []string
	hinder func(l *lab) (undo func())
}

// TestPlanRefuses lets the API server speak for itself, about one thing after the other.
func TestPlanRefuses(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{replicas: "[1, 2]"})
	for _, c := range []planned{
		{"a quota that wants a limit", []string{"a pod of Deployment inference: failed quota: limits: must specify limits.cpu for: main", "a pod of Job locust-load-test-matrix: failed quota"}, limitQuota},
		{"a quota of objects", []string{"ResourceQuota objects allows count/jobs.batch 0, but the largest scenario needs 1"}, objectQuota},
		{"a ratio", []string{"a pod of Deployment locust-worker: ", "max limit to request ratio per Container is 2"}, limitRatio},
		{"Pod Security", []string{`a pod of Deployment inference: violates PodSecurity "restricted:latest"`}, unrestricted},
		{"a policy", []string{"a pod of Deployment locust-master: ValidatingAdmissionPolicy", "every pod has a team"}, policy},
		{"a limit below its request", []string{"Deployment locust-worker", "must be less than or equal to memory limit"}, func(l *lab) func() {
			return l.edited("    worker: {resources: {requests: {cpu: 10m, memory: 32Mi}", "    worker: {resources: {requests: {cpu: 10m, memory: 1Gi}")
		}},
		{"somebody's master", []string{"Deployment locust-master exists and was not made by swarmgrid"}, somebodysMaster},
		{"paused", []string{"Deployment inference is paused in the middle of a rollout"}, paused},
	} {
		undo := c.hinder(l)
		eventually(t, 20*time.Second, c.name, func() error { // policies and quotas take a moment
			said := l.start("plan", "--cluster", "--try=false")
			code := said.wait(time.Minute)
			for _, want := range c.said {
				if code != 1 || !strings.Contains(said.errors(), want) {
					return fmt.Errorf("exit code %d, want %q in:\n%s", code, want, said.errors())
				}
			}
			return nil
		})
		undo()
	}
}

func limitQuota(l *lab) func() {
	return l.quota("limits", corev1.ResourceList{"limits.cpu": resource.MustParse("100")})
}

func objectQuota(l *lab) func() {
	return l.quota("objects", corev1.ResourceList{"count/jobs.batch": resource.MustParse("0")})
}

func (l *lab) quota(name string, hard corev1.ResourceList) func() {
	quotas := l.client.CoreV1().ResourceQuotas(l.ns)
	_, err := quotas.Create(l.t.Context(), &corev1.ResourceQuota{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: corev1.ResourceQuotaSpec{Hard: hard}}, metav1.CreateOptions{})
	l.must(err)
	return func() { l.must(quotas.Delete(l.t.Context(), name, metav1.DeleteOptions{})) }
}

func limitRatio(l *lab) func() {
	ranges := l.client.CoreV1().LimitRanges(l.ns)
	_, err := ranges.Create(l.t.Context(), &corev1.LimitRange{ObjectMeta: metav1.ObjectMeta{Name: "ratio"}, Spec: corev1.LimitRangeSpec{Limits: []corev1.LimitRangeItem{
		{Type: corev1.LimitTypeContainer, MaxLimitRequestRatio: corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("2")}},
	}}}, metav1.CreateOptions{})
	l.must(err)
	return func() { l.must(ranges.Delete(l.t.Context(), "ratio", metav1.DeleteOptions{})) }
}

func unrestricted(l *lab) func() {
	l.patchTarget(`{"spec": {"template": {"spec": {"hostNetwork": true}}}}`)
	return func() { l.patchTarget(`{"spec": {"template": {"spec": {"hostNetwork": null}}}}`) }
}

// policy requires a label on every pod of this namespace.
func policy(l *lab) func() {
	ctx, name := l.t.Context(), "team-"+l.ns
	policies, bindings := l.client.AdmissionregistrationV1().ValidatingAdmissionPolicies(), l.client.AdmissionregistrationV1().ValidatingAdmissionPolicyBindings()
	pods := admissionv1.NamedRuleWithOperations{RuleWithOperations: admissionv1.RuleWithOperations{
		Operations: []admissionv1.OperationType{admissionv1.Create}, Rule: admissionv1.Rule{APIGroups: []string{""}, APIVersions: []string{"v1"}, Resources: []string{"pods"}},
	}}
	_, err := policies.Create(ctx, &admissionv1.ValidatingAdmissionPolicy{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: admissionv1.ValidatingAdmissionPolicySpec{
		MatchConstraints: &admissionv1.MatchResources{ResourceRules: []admissionv1.NamedRuleWithOperations{pods}},
		Validations:      []admissionv1.Validation{{Expression: "has(object.metadata.labels) && 'team' in object.metadata.labels", Message: "every pod has a team"}},
	}}, metav1.CreateOptions{})
	l.must(err)
	_, err = bindings.Create(ctx, &admissionv1.ValidatingAdmissionPolicyBinding{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: admissionv1.ValidatingAdmissionPolicyBindingSpec{
		PolicyName: name, ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny},
		MatchResources: &admissionv1.MatchResources{NamespaceSelector: &metav1.LabelSelector{MatchLabels: map[string]string{corev1.LabelMetadataName: l.ns}}},
	}}, metav1.CreateOptions{})
	undo := func() {
		_ = bindings.Delete(ctx, name, metav1.DeleteOptions{})
		_ = policies.Delete(ctx, name, metav1.DeleteOptions{})
	}
	if err != nil {
		undo()
		l.t.Fatal(err)
	}
	return undo
}

// edited changes the experiment's text.
func (l *lab) edited(old, new string) func() {
	l.t.Helper()
	text, err := os.ReadFile(l.path("experiment.yaml"))
	l.must(err)
	l.file("experiment.yaml", strings.Replace(string(text), old, new, 1))
	return func() { l.file("experiment.yaml", string(text)) }
}

func somebodysMaster(l *lab) func() {
	deployments := l.client.AppsV1().Deployments(l.ns)
	target := l.target()
	labels := map[string]string{"app": "somebodys"}
	spec := *target.Spec.DeepCopy()
	spec.Replicas, spec.Selector, spec.Template.Labels = ptr(int32(0)), &metav1.LabelSelector{MatchLabels: labels}, labels
	_, err := deployments.Create(l.t.Context(), &appsv1.Deployment{ObjectMeta: metav1.ObjectMeta{Name: "locust-master"}, Spec: spec}, metav1.CreateOptions{})
	l.must(err)
	return func() { l.must(deployments.Delete(l.t.Context(), "locust-master", metav1.DeleteOptions{})) }
}

func paused(l *lab) func() {
	l.patchTarget(`{"spec": {"paused": true, "template": {"metadata": {"annotations": {"another": "template"}}}}}`)
	return func() { l.patchTarget(`{"spec": {"paused": false}}`) }
}

// guarded answers only requests with its name and its token, and logs who asked.
const guarded = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        named = (self.headers.get("Host") or "").split(":")[0] in ("inference", "direct")
        known = self.headers.get("Authorization") == "Bearer s3cret"
        code = 200 if self.path == "/healthz" else 400 if not named else 401 if not known else 200
        self.send_response(code)
        self.send_header("Content-Length", "0")
        self.end_headers()
http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
`

const guardedLoad = `apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
metadata: {name: guarded}
spec:
  users: [{name: client, tasks: [{name: predict, request: {path: /predict, headers: {Authorization: 'Bearer {{env "TOKEN"}}'}}}]}]
`

// TestPlanLooksFromTheLoad looks at a target that cannot be judged through the API server's
// proxy: it checks a token that only the workers have, and the name by which it was
// addressed.
func TestPlanLooksFromTheLoad(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{load: ", file: load.yaml"})
	l.guard()
	l.file("load.yaml", guardedLoad)
	l.edited("    worker: {", "    worker: {envFromSecrets: [token], ")

	const nobodyToAsk = "note: cannot tell whether the target answers: the API server's proxy drops the load's Authorization"
	const notDeployed = "note: not deployed yet: "
	if c := l.run("plan", "--cluster"); !strings.Contains(c.errors(), nobodyToAsk) || !strings.Contains(c.errors(), notDeployed) {
		t.Errorf("plan does not say %q and %q:\n%s", nobodyToAsk, notDeployed, c.errors())
	}
	if c := l.run("plan", "--cluster", "--try"); strings.Contains(c.errors(), "target answers") || !strings.Contains(c.errors(), notDeployed) {
		t.Errorf("a pod of its own did not look:\n%s", c.errors())
	}
	l.refused(1, "there is no Deployment locust-worker", "run")
	l.refused(1, "not deployed yet: there is no Role locust-driver-role; run `swarmgrid deploy ", "submit")
	if left := l.pods(workerPods); len(left) > 0 {
		t.Errorf("%d pods are left", len(left))
	}

	l.run("deploy")
	if c := l.run("plan", "--cluster"); strings.Contains(c.errors(), "note: ") {
		t.Errorf("plan says:\n%s", c.errors())
	}
	const elsewhere = "note: Deployment locust-worker does not match the experiment; "
	if c := l.run("plan", "--cluster", "--url", "http://direct:8000"); strings.Count(c.errors(), "note: ") != 1 || !strings.Contains(c.errors(), elsewhere) {
		t.Errorf("plan of another url says:\n%s", c.errors())
	}
	l.refused(1, "Service direct is headless: clients connect to the pods themselves, and they listen on 8000, not on 80", "plan", "--cluster", "--url", "http://direct")

	l.file("load.yaml", strings.Replace(guardedLoad, "TOKEN", "OTHER", 1))
	l.refused(1, "GET predict: 401 Unauthorized (asked from pod locust-worker-", "plan", "--cluster")
	l.run("plan", "--cluster", "--try=false")
	l.file("load.yaml", guardedLoad)
	l.refused(1, "checking it from a worker needs the right to create pods/exec", "plan", "--cluster", "--kubeconfig", l.servant("nobody"))
	l.run("all", "--out", "out")
	l.wantSuccess(l.journal("out"), 1)
}

// guard makes the target check its callers, and gives it a second Service, without an address.
func (l *lab) guard() {
	l.t.Helper()
	ctx := l.t.Context()
	container := map[string]any{"name": "main", "image": imageLocust, "command": []string{"python3", "-c", guarded}, "args": nil, "ports": []any{map[string]any{"name": "http", "containerPort": 8000}}}
	patch, err := json.Marshal(map[string]any{"spec": map[string]any{"replicas": 1, "template": map[string]any{"spec": map[string]any{"containers": []any{container}}}}})
	l.must(err)
	l.patchTarget(string(patch))
	_, err = l.client.CoreV1().Secrets(l.ns).Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "token"}, StringData: map[string]string{"TOKEN": "s3cret", "OTHER": "wrong"}}, metav1.CreateOptions{})
	l.must(err)
	_, err = l.client.CoreV1().Services(l.ns).Create(ctx, &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "direct"}, Spec: corev1.ServiceSpec{
		ClusterIP: corev1.ClusterIPNone, Selector: map[string]string{"app": "inference"}, Ports: []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromString("http")}},
	}}, metav1.CreateOptions{})
	l.must(err)
	eventually(l.t, time.Minute, "the rollout", func() error {
		if d := l.target(); d.Status.UpdatedReplicas != 1 || d.Status.Replicas != 1 || d.Status.ReadyReplicas != 1 {
			return errNotYet
		}
		return nil
	})
	awaitEndpoints(l.t, l.client, l.ns, 1)
}
