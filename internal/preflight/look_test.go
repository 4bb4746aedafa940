package preflight

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// standIn is an API server's proxy that answers with a status, or with its own words.
func standIn(t *testing.T, status int, own string) (host string, asked *int) {
	t.Helper()
	asked = new(int)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		*asked++
		w.WriteHeader(status)
		if own != "" {
			_, _ = fmt.Fprintf(w, `{"kind":"Status","apiVersion":"v1","status":"Failure","message":%q}`, own)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL, asked
}

// tryOne asks for one path, as a swarmfile's program would.
func tryOne(ctx context.Context, client *http.Client, base string) error {
	if _, failure := get(ctx, client, base+"/predict"); failure != "" {
		return errors.New("GET predict: " + failure)
	}
	return nil
}

func worker(pod *corev1.Pod) {
	pod.Labels = map[string]string{"app": "locust-worker"}
	pod.Spec.Containers[0].Name = "worker"
}

// looked is one look at a target, and what is said about it.
type looked struct {
	status int    // of the stand-in
	own    string // what it says itself
	worker bool
	says   string // of the command in the worker
	edit   func(*Inspection)
	denied string
	scaled bool // to nothing
	proxy  int  // requests that take the stand-in's way
	want   []string
	// starting means that the target's pod is not ready yet.
	starting bool
}

func looks() map[string]looked {
	const none = "no endpoints available for service \"inference\""
	return map[string]looked{
		"from a worker":          {status: 401, worker: true, says: `{"tried":true}`},
		"worker is refused":      {status: 200, worker: true, says: "warming up\n" + `{"tried":true,"error":"GET predict: status 404"}`, want: []string{"the target does not answer the load's requests: GET predict: status 404 (asked from pod locust-worker-1); fix the target or the load's file; --try=false skips this check"}},
		"worker is too old":      {status: 200, worker: true, says: "unknown command", proxy: 1, want: []string{"note: the target was checked through the API server's proxy, which is not the load's route: looking from pod locust-worker-1: exit code 2"}},
		"no right to exec":       {status: 200, worker: true, denied: "create pods/exec", proxy: 1, want: []string{"note: the target was checked through the API server's proxy, which is not the load's route: checking it from a worker needs the right to create pods/exec in namespace shop, which is missing"}},
		"stand-in is content":    {status: 200, proxy: 1},
		"stand-in gets 401":      {status: 401, proxy: 1, want: []string{"note: the target does not answer the load's requests: GET predict: 401 Unauthorized (asked through the API server's proxy, which is not the load's route, so the load may fare better); `swarmgrid deploy` creates workers"}},
		"stand-in gets 400":      {status: 400, proxy: 1, want: []string{"note: the target does not answer the load's requests: GET predict: 400 Bad Request"}},
		"stand-in gets 404":      {status: 404, proxy: 1, want: []string{"note: the target does not answer"}},
		"stand-in gets 500":      {status: 500, proxy: 1, want: []string{"the target does not answer the load's requests: GET predict: 500 Internal Server Error (asked through the API server's proxy)"}},
		"nobody is there":        {status: 503, own: none, proxy: 1, want: []string{"the target does not answer the load's requests: GET predict: Get"}},
		"API server says no":     {status: 404, own: `services "inference" not found`, proxy: 1, want: []string{"note: the target does not answer the load's requests: GET predict: Get"}},
		"a credential":           {status: 401, edit: func(in *Inspection) { in.Load.Authorized = true }, want: []string{"note: cannot tell whether the target answers: the API server's proxy drops the load's Authorization"}},
		"variables of workers":   {status: 401, edit: func(in *Inspection) { in.Load.Try = nil }, want: []string{"note: cannot tell whether the target answers: the load's requests need variables"}},
		"no right to the proxy":  {status: 200, denied: "create services/proxy", want: []string{"note: cannot tell whether the target answers: there is no right to create services/proxy"}},
		"not wanted":             {status: 500, worker: true, says: "never", edit: func(in *Inspection) { in.Look = LookNever }},
		"under load":             {status: 500, worker: true, says: "never", edit: func(in *Inspection) { in.OwnRun = "held" }},
		"no replicas":            {status: 503, scaled: true, want: []string{"note: cannot tell whether the target answers: Deployment inference has no replicas now"}},
		"locustfile, other path": {status: 404, edit: locustfile, proxy: 1, want: []string{"note: the target answers GET /healthz with 404 Not Found (asked through the API server's proxy); the locustfile may ask for other things; spec.target.ready.path is what is asked: write one that the target answers, as in `ready: {path: /}` below target"}},
		"locustfile, from there": {status: 500, worker: true, says: `{"tried":true,"status":401,"error":"401 Unauthorized"}`, edit: locustfile, want: []string{"note: the target answers GET /healthz with 401 Unauthorized (asked from pod locust-worker-1)"}},
		"locustfile, fails": {status: 200, worker: true, says: `{"tried":true,"status":503,"error":"503 Service Unavailable"}`, edit: locustfile, want: []string{
			"the target does not answer GET /healthz: 503 Service Unavailable (asked from pod locust-worker-1); spec.target.ready.path is what is asked: write one that the target answers, as in `ready: {path: /}` below target, or fix the target; --try=false skips this check",
		}},
		"still starting": {status: 200, worker: true, starting: true, says: `{"tried":true,"error":"GET predict: connection refused"}`, want: []string{
			"the target does not answer the load's requests: GET predict: connection refused (asked from pod locust-worker-1); no pod of Deployment inference is ready yet: pod inference-1: not scheduled yet; `kubectl rollout status deployment/inference -n shop` waits for them; --try=false skips this check",
		}},
		"locustfile, down": {status: 200, worker: true, says: `{"tried":true,"error":"[Errno 111] Connection refused"}`, edit: locustfile, want: []string{"the target does not answer GET /healthz: [Errno 111] Connection refused"}},
	}
}

func TestLook(t *testing.T) {
	for name, test := range looks() {
		t.Run(name, func(t *testing.T) {
			n := 1
			if test.scaled {
				n = 0
			}
			c := newFakeAPI(t, deployment("inference", n), deployment("locust-worker", 1))
			c.denied = []string{test.denied}
			if test.worker {
				c.must(c.typed.Tracker().Add(aPod("locust-worker-1", worker)))
			}
			if test.starting {
				c.must(c.typed.Tracker().Add(aPod("inference-1", func(pod *corev1.Pod) { pod.Status.Conditions = nil })))
			}
			host, asked := standIn(t, test.status, test.own)
			p := c.preflight(func(in *Inspection) {
				in.Config.REST.Host = host
				if test.worker {
					in.Config.Worker = "locust-worker"
				}
				in.Load = Load{Swarmfile: []byte("spec: {}"), Try: tryOne}
				in.Exec = says(t, test.says)
				if test.edit != nil {
					test.edit(in)
				}
			}).prepare(t)
			if p.OwnRun == "held" {
				p.held = true
			}
			var f Findings
			p.look(t.Context(), &f)
			wantLines(t, f, test.want...)
			if *asked != test.proxy {
				t.Errorf("%d requests went through the stand-in, want %d", *asked, test.proxy)
			}
		})
	}
}

func locustfile(in *Inspection) {
	in.Load = Load{ReadyPath: "/healthz"}
}

// says is a pod in which the command prints text.
func says(t *testing.T, text string) Exec {
	return func(_ context.Context, pod, container string, command []string, stdin []byte) ([]byte, error) {
		python := command[0] == "python3"
		if container != "worker" || text == "never" || python != (stdin == nil) || !slices.ContainsFunc(command, func(s string) bool { return strings.HasPrefix(s, "http://inference:8000") }) {
			t.Errorf("pod %s, container %s is to run %q", pod, container, command)
		}
		if !strings.Contains(text, "tried") {
			return []byte(text), errors.New("exit code 2")
		}
		return []byte(text), nil
	}
}

// TestOtherVariables does not ask from a worker whose variables are not the run's.
func TestOtherVariables(t *testing.T) {
	secret := []corev1.EnvFromSource{{SecretRef: &corev1.SecretEnvSource{LocalObjectReference: corev1.LocalObjectReference{Name: "token"}}}}
	for name, test := range map[string]struct {
		experiment string
		edit       func(*corev1.Container)
		same       bool
	}{
		"none":           {"", func(*corev1.Container) {}, true},
		"a mesh's":       {"", func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "MESH", Value: "x"}} }, true},
		"another value":  {"  cluster: {worker: {env: {A: b}}}", func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "A", Value: "c"}} }, false},
		"the same value": {"  cluster: {worker: {env: {A: b}}}", func(c *corev1.Container) { c.Env = []corev1.EnvVar{{Name: "A", Value: "b"}} }, true},
		"no Secret":      {"  cluster: {worker: {envFromSecrets: [token]}}", func(*corev1.Container) {}, false},
		"the Secret":     {"  cluster: {worker: {envFromSecrets: [token]}}", func(c *corev1.Container) { c.EnvFrom = secret }, true},
	} {
		pod := aPod("w", worker)
		test.edit(&pod.Spec.Containers[0])
		p := &preflight{Inspection: Inspection{Set: aSet(t, test.experiment)}}
		if p.sameVariables(pod) != test.same {
			t.Errorf("%s: same is %v", name, !test.same)
		}
	}
}

// TestOwnPod makes a pod to look from where there is none, and takes it away again.
func TestOwnPod(t *testing.T) {
	tests := map[string]struct {
		shape func(*corev1.Pod)
		left  bool // one of a caller that died is there
		want  []string
	}{
		"good":          {shape: func(*corev1.Pod) {}},
		"one was left":  {shape: func(*corev1.Pod) {}, left: true},
		"no such image": {shape: waiting("ErrImageNeverPull", ""), want: []string{"a pod like the workers' does not start: pod locust-worker-try: container main: ErrImageNeverPull"}},
		"it ends":       {shape: func(pod *corev1.Pod) { pod.Status.Phase = corev1.PodFailed }, want: []string{"note: the target was checked through the API server's proxy, which is not the load's route: waiting for pod locust-worker-try: it has ended"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t, deployment("inference", 1))
			host, _ := standIn(t, http.StatusOK, "")
			if test.left {
				c.must(c.typed.Tracker().Add(aPod("locust-worker-try", func(pod *corev1.Pod) {
					pod.Labels = map[string]string{manifests.LabelPart: manifests.PartTry, manifests.LabelExperiment: "it"}
				})))
			}
			made := 0
			c.typed.PrependReactor("create", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
				made++
				pod := action.(clienttesting.CreateAction).GetObject().(*corev1.Pod).DeepCopy() //nolint:forcetypeassert // of pods only
				pod.Status = aPod("").Status
				pod.Namespace = testNamespace
				test.shape(pod)
				return true, pod, c.typed.Tracker().Create(corev1.SchemeGroupVersion.WithResource("pods"), pod, testNamespace)
			})
			p := c.preflight(func(in *Inspection) {
				in.Config.REST.Host, in.Config.Worker, in.Set, in.Look = host, "locust-worker", aSet(t, ""), LookWithPod
				in.Load = Load{Swarmfile: []byte("spec: {}"), Try: tryOne}
				in.Exec = says(t, `{"tried":true}`)
			})
			var f Findings
			p.look(t.Context(), &f)
			wantLines(t, f, test.want...)
			list, err := c.typed.CoreV1().Pods(testNamespace).List(t.Context(), metav1.ListOptions{})
			if err != nil || len(list.Items) > 0 || made != 1 {
				t.Errorf("%d pods were made, %d are left, %v", made, len(list.Items), err)
			}
		})
	}
}

// TestSameInside: a driver's pod is not a worker's, but some things are the same for both.
func TestSameInside(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	_, refused := http.Get(closed.URL)
	for _, test := range []struct {
		x    exchange
		same bool
	}{
		{exchange{status: 404}, true},
		{exchange{status: 500}, true},
		{exchange{status: 401}, false},
		{exchange{status: 403}, false},
		{exchange{err: refused}, true},
		{exchange{err: context.DeadlineExceeded}, false},
	} {
		if got := sameInside(test.x); got != test.same {
			t.Errorf("%+v: %v", test.x, got)
		}
	}
}

// TestLookFromHere is the driver's.
func TestLookFromHere(t *testing.T) {
	for status, want := range map[int]string{200: "", 404: "the target does not answer the load's requests", 403: "note: the target does not answer the load's requests"} {
		c := newFakeAPI(t, deployment("inference", 1))
		host, _ := standIn(t, status, "")
		p := c.preflight(func(in *Inspection) {
			in.Inside, in.Config.TargetURL = true, host
			in.Load = Load{Swarmfile: []byte("spec: {}"), Try: tryOne, Client: http.DefaultClient}
		})
		var f Findings
		p.look(t.Context(), &f)
		if want == "" {
			wantLines(t, f)
		} else {
			wantLines(t, f, want)
		}
	}
}
