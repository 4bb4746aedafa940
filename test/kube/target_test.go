//go:build cluster

package kube

import (
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/result"
)

// counted is where the simulated service counts predictions.
const counted = "\n    metrics: {requests: inference_requests_total}"

// TestAnotherTarget: what is loaded must be what is scaled. Every verb refuses it before
// anything is touched.
func TestAnotherTarget(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{})
	l.service("other", corev1.ServiceSpec{Selector: map[string]string{"app": "other"}, Ports: []corev1.ServicePort{{Port: 8000}}})
	l.service("alias", corev1.ServiceSpec{Type: corev1.ServiceTypeExternalName, ExternalName: "inference.elsewhere.svc.cluster.local"})
	// Before deploy, which takes longer than it takes a node to learn of a Service.
	l.service("gateway", corev1.ServiceSpec{Selector: map[string]string{"app": "inference"}, Ports: []corev1.ServicePort{{Port: 8000}}})
	l.run("deploy")
	before := l.target().Generation
	l.write(experiment{service: "inference.elsewhere"})
	for _, verb := range []string{"plan", "deploy", "submit", "run"} {
		l.refused(2, "inference.elsewhere is Service inference in namespace elsewhere, or a host outside the cluster, but what would be scaled is Deployment "+l.ns+"/inference", verb)
	}
	l.write(experiment{service: "other"})
	l.refused(1, "Service other selects app=other, but the pods of Deployment inference have app=inference", "run")
	l.write(experiment{service: "alias"})
	l.refused(1, "Service alias is another name for inference.elsewhere.svc.cluster.local", "run")
	// An entry point that the experiment vouches for is accepted, and both are named.
	l.write(experiment{service: "gateway", target: "\n    service: inference"})
	c := l.start("plan", "--cluster")
	if code := c.wait(time.Minute); code != 0 || !strings.Contains(c.output(), "address: http://gateway:8000, said to lead to Service "+l.ns+"/inference") {
		t.Errorf("exit code %d, and the plan is\n%s%s", code, c.output(), c.errors())
	}
	if after := l.target().Generation; after != before {
		t.Errorf("the target was changed: generation %d, then %d", before, after)
	}
	l.wantRestored()
}

func (l *lab) service(name string, spec corev1.ServiceSpec) {
	l.t.Helper()
	_, err := l.client.CoreV1().Services(l.ns).Create(l.t.Context(), &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: name}, Spec: spec}, metav1.CreateOptions{})
	l.must(err)
}

// TestAffinity: with many users both replicas get their shares, and the pods say so; with
// session affinity one worker's users go to one replica, which is no measurement of two.
func TestAffinity(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"run", "all"} {
		t.Run(where, func(t *testing.T) {
			t.Parallel()
			e := experiment{replicas: "[2]", workers: "[1]", users: "[20]", measure: "{duration: 5s, settle: 1s, cooldown: 1s, attempts: 1}", target: counted}
			l := newLab(t, e)
			l.run("deploy")
			l.run(where, "--out", "even")
			rec := l.journal("even").Records[0]
			l.logShares(rec)
			if s := rec.Observed.TargetShares; rec.Status != result.Success || s == nil || s.Source != "inference_requests_total of the pods" || len(s.Replicas) != 2 || s.Replicas[0].Amount == 0 {
				t.Errorf("%s, shares %+v (%s)", rec.StatusText(), s, rec.Observed.SharesUnknown)
			}
			patch := []byte(`{"spec":{"sessionAffinity":"ClientIP"}}`)
			_, err := l.client.CoreV1().Services(l.ns).Patch(t.Context(), "inference", types.MergePatchType, patch, metav1.PatchOptions{})
			l.must(err)
			c := l.start("plan", "--cluster")
			if c.wait(time.Minute); !strings.Contains(c.errors(), "note: Service inference has sessionAffinity: ClientIP") {
				t.Errorf("plan says nothing of it:\n%s", c.errors())
			}
			c = l.start(where, "--out", "bound")
			c.wait(2 * time.Minute)
			rec = l.journal("bound").Records[0]
			l.logShares(rec)
			if !strings.HasSuffix(rec.StatusText(), "Service inference has sessionAffinity: ClientIP, which keeps all users of a worker at one replica") || rec.Status != result.Invalid {
				t.Errorf("%s", rec.StatusText())
			}
			l.wantRestored()
		})
	}
}

func (l *lab) logShares(rec result.Record) {
	l.t.Logf("%s", rec.StatusText())
	if s := rec.Observed.TargetShares; s != nil {
		for _, r := range s.Replicas {
			l.t.Logf("  %s: %.0f of %.0f", r.ID, r.Amount, s.Total())
		}
	}
}

// TestResizedInPlace: a resized pod keeps its name, UID and containers, and is a different
// target all the same.
func TestResizedInPlace(t *testing.T) {
	t.Parallel()
	l := newLab(t, experiment{replicas: "[1]", measure: windowed})
	l.giveResources("50m")
	l.run("deploy")
	c := l.start("run", "--json", "--out", "out")
	c.awaitMeasuring(1)
	for _, pod := range l.pods(targetPods) {
		patch := []byte(`{"spec":{"containers":[{"name":"main","resources":{"requests":{"cpu":"20m"}}}]}}`)
		_, err := l.client.CoreV1().Pods(l.ns).Patch(t.Context(), pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{FieldManager: "a-vpa"}, "resize")
		l.must(err)
	}
	if code := c.wait(3 * time.Minute); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, c.errors())
	}
	journal := l.journal("out")
	l.wantFirstSpoilt(journal)
	text := journal.Records[0].StatusText()
	t.Log(text)
	if want := "resources of container main changed from requests cpu=50m memory=16Mi to requests cpu=20m memory=16Mi"; !strings.Contains(text, want) || !strings.Contains(text, ", by a-vpa at ") {
		t.Errorf("the first is %s, want %q", text, want)
	}
	l.wantRestored()
}

// giveResources gives the target's pods a CPU request, and waits until all have it.
func (l *lab) giveResources(cpu string) {
	l.t.Helper()
	l.patchTarget(`{"spec": {"template": {"spec": {"containers": [{"name": "main", "resources": {"requests": {"cpu": "` + cpu + `", "memory": "16Mi"}}}]}}}}`)
	eventually(l.t, time.Minute, "the target's rollout", func() error {
		s := l.target().Status
		if s.UpdatedReplicas != original || s.ReadyReplicas != original || s.Replicas != original {
			return fmt.Errorf("%+v", s)
		}
		return nil
	})
	awaitEndpoints(l.t, l.client, l.ns, original)
}
