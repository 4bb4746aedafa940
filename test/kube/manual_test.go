//go:build cluster

package kube

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

var update = flag.Bool("update", false, "write the golden files")

// deployFile is one of deploy/, with this cluster's images, small requests and
// the test's namespace.
func (s *shell) deployFile(name string) []byte {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "deploy", name))
	if err != nil {
		s.t.Fatal(err)
	}
	return []byte(strings.NewReplacer(
		"locustio/locust:2.47.0", imageLocust, imageSwarmgrid, ownImage(),
		"cpu: 500m\n            memory: 512Mi\n        sec", "cpu: 20m\n            memory: 64Mi\n        sec",
		"cpu: 250m", "cpu: 20m", "cpu: 100m", "cpu: 20m", "namespace: default", "namespace: "+s.ns,
		"replicas: 4", "replicas: 1",
	).Replace(string(text)))
}

// TestManualSteps is the original's manual way, with kubectl alone.
func TestManualSteps(t *testing.T) {
	s := newShell(t, "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: inference}\nspec: {target: {scaleTargetRef: {name: inference}}, load: {engine: locust}}\n")
	s.kubectl(nil, "create", "configmap", "bystander")
	s.kubectl(nil, "label", "configmap", "bystander", "app=locust") // somebody else's Locust
	for _, name := range []string{"locust-configmap.yaml", "locust-master.yaml", "locust-worker.yaml"} {
		s.kubectl(s.deployFile(name), "apply", "-f", "-")
	}
	s.kubectl(nil, "wait", "--for=condition=ready", "pod", "-l", "swarmgrid.dev/experiment=inference", "--timeout=120s")
	s.kubectl(nil, "scale", "deployment/locust-worker", "--replicas=2")
	s.kubectl(nil, "scale", "deployment/locust-worker", "--replicas=1")
	s.kubectl(s.deployFile("locust-driver-job.yaml"), "apply", "-f", "-")
	can := s.kubectl(nil, "auth", "can-i", "update", "deployments/inference", "--subresource=scale", "--as=system:serviceaccount:"+s.ns+":locust-driver")
	if strings.TrimSpace(can) != "yes" {
		t.Errorf("the driver may not scale: %s", can)
	}
	job := s.kubectl(s.deployFile("locust-driver-job-simple.yaml"), "set", "env", "--local", "-f", "-", "-o", "yaml",
		"REPLICA_COUNTS=1", "WORKER_COUNTS=1", "USER_COUNTS=10", "TEST_DURATION=5", "COOLDOWN=0", "LOCUST_MASTER_URL=http://locust-master:8089")
	s.kubectl([]byte(job), "apply", "-f", "-")
	s.kubectl(nil, "wait", "--for=create", "pod", "-l", "job-name=locust-load-test-matrix", "--timeout=60s")
	s.kubectl(nil, "wait", "--for=condition=ready", "pod", "-l", "job-name=locust-load-test-matrix", "--timeout=60s")
	logs := s.kubectl(nil, "logs", "-f", "job/locust-load-test-matrix")
	if !strings.Contains(logs, "[1/1] 1 replica, 1 worker, 10 users") || !strings.Contains(logs, "measured: 1/1 scenarios") {
		t.Errorf("the logs do not show the run:\n%s", logs)
	}
	s.must(0, "results", "it.yaml", "--out", "r")
	s.allSuccess(s.journal("r"), 1)
	s.kubectl(nil, "delete", "all,cm,sa,role,rolebinding,networkpolicy", "-l", "swarmgrid.dev/experiment=inference")
	s.kubectl(nil, "delete", "lease", "swarmgrid-deployment-inference")
	s.kubectl(nil, "get", "configmap", "bystander")
	for _, name := range s.inventory() {
		if strings.Contains(name, "locust") || strings.Contains(name, "swarmgrid") {
			t.Errorf("%s is left", name)
		}
	}
}

// TestOverlays lets the API server check what Kustomize makes, and the schedule.
func TestOverlays(t *testing.T) {
	s := newShell(t, "")
	for _, name := range []string{"base", "smoke", "baseline", "full", "nodeport"} {
		out := s.kubectl(nil, "apply", "--dry-run=server", "-k", filepath.Join("..", "..", "deploy", "kustomize", name))
		if !strings.Contains(out, "job.batch/locust-load-test-matrix created") {
			t.Errorf("%s:\n%s", name, out)
		}
	}
	smoke := s.kubectl(nil, "kustomize", filepath.Join("..", "..", "deploy", "kustomize", "smoke"))
	if !strings.Contains(smoke, "name: USER_COUNTS\n          value: 200,400,800") || !strings.Contains(smoke, "name: SWARMGRID_JOB_UID") {
		t.Errorf("the smoke overlay does not set what it should beside what is there:\n%s", smoke)
	}
	cron := s.kubectl(s.deployFile("cronjob.yaml"), "apply", "--dry-run=server", "-f", "-")
	if !strings.Contains(cron, "cronjob.batch/locust-load-test-matrix created") {
		t.Errorf("cronjob.yaml:\n%s", cron)
	}
	nodeport := s.kubectl(nil, "kustomize", filepath.Join("..", "..", "deploy", "kustomize", "nodeport"))
	if !strings.Contains(nodeport, "nodePort: 30089") || !strings.Contains(nodeport, "port: 5557") {
		t.Errorf("the nodeport overlay does not open the page, or closes the workers' port:\n%s", nodeport)
	}
}

// TestDriversRights lets the API server list what the driver may do.
func TestDriversRights(t *testing.T) {
	s := newShell(t, smallWith("swarm", "5s", "1h"))
	s.must(0, "deploy", "it.yaml")
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv(envKubeconfig))
	if err != nil {
		t.Fatal(err)
	}
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + s.ns + ":locust-driver"}
	driver, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	review, err := driver.AuthorizationV1().SelfSubjectRulesReviews().Create(t.Context(), &authorizationv1.SelfSubjectRulesReview{
		Spec: authorizationv1.SelfSubjectRulesReviewSpec{Namespace: s.ns},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, r := range review.Status.ResourceRules {
		lines = append(lines, fmt.Sprintf("%s %v %v %v", strings.Join(r.Verbs, ","), r.APIGroups, r.Resources, r.ResourceNames))
	}
	slices.Sort(lines)
	got := strings.Join(lines, "\n") + "\n"
	golden := filepath.Join("testdata", "rights.golden")
	if *update {
		if err := errors.Join(os.MkdirAll("testdata", 0o755), os.WriteFile(golden, []byte(got), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestSchedule lets a CronJob run twice and keeps both results.
func TestSchedule(t *testing.T) {
	s := newShell(t, smallWith("swarm", "3s", "1s", "  schedule: {cron: \"* * * * *\", timeZone: Etc/UTC, history: 2}\n"))
	few := []string{"--replicas", "1", "--workers", "1", "--users", "5"}
	s.must(0, append([]string{"deploy", "it.yaml"}, few...)...)
	s.must(0, "submit", "it.yaml")
	eventually(t, 4*time.Minute, "two runs", func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		time.Sleep(3 * time.Second)
		out, err := s.command(ctx, "results", "it.yaml", "--list").Output()
		if err != nil {
			return err
		}
		if n := strings.Count(string(out), "\n") - 1; n < 2 {
			return fmt.Errorf("%d runs are kept", n)
		}
		return nil
	})
	s.must(0, "cleanup", "it.yaml", "--discard-results")
}
