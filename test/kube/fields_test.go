//go:build cluster

package kube

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	nodev1 "k8s.io/api/node/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// The users and groups that OpenShift gives look like these.
const (
	foreignUser  = 1000660000
	foreignGroup = 0
)

// everyField is what a person may say of a part's pods, for a namespace that is restricted.
const everyField = `
      labels: {team: shop}
      annotations: {cluster-autoscaler.kubernetes.io/safe-to-evict: "false"}
      volumes: [{name: payloads, configMap: {name: payloads}}, {name: cache, emptyDir: {sizeLimit: 1Mi}}]
      volumeMounts: [{name: payloads, mountPath: /payloads, readOnly: true}, {name: cache, mountPath: /tmp/cache}]
      runtimeClassName: RUNTIME
      topologySpreadConstraints: [{maxSkew: 1, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: ScheduleAnyway}]
      podSecurityContext: {runAsUser: 1000660000, runAsGroup: 0, fsGroup: 1000660000}
      serviceAccountName: own
`

// withFields gives all parts the fields, and the pods authorities to trust.
func withFields(text, fields string) string {
	for _, part := range []string{"master", "worker", "driver"} {
		text = strings.Replace(text, "    "+part+": {", "    "+part+":"+fields+"      ", 1)
	}
	text = strings.ReplaceAll(text, "32Mi}}}", "32Mi}}")
	return strings.ReplaceAll(text, "64Mi}}}", "64Mi}}") + "    caBundle: {configMap: roots}\n"
}

// runtimeClass names the runtime that there is anyway.
func (s *shell) runtimeClass() {
	s.t.Helper()
	classes := s.client.NodeV1().RuntimeClasses()
	if _, err := classes.Create(s.t.Context(), &nodev1.RuntimeClass{ObjectMeta: metav1.ObjectMeta{Name: s.ns + "-runc"}, Handler: "runc"}, metav1.CreateOptions{}); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = classes.Delete(context.Background(), s.ns+"-runc", metav1.DeleteOptions{}) }) // the testbed may be down
}

func (s *shell) rewrite(text string) {
	s.t.Helper()
	text = strings.NewReplacer("IMAGE", ownImage(), "LOCUST", imageLocust, "RUNTIME", s.ns+"-runc").Replace(text)
	if err := os.WriteFile(filepath.Join(s.dir, "it.yaml"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

// TestFields puts every field on the pods of both engines and of the driver, which run
// and register with a user and a group that nobody has built an image for. A field that is
// taken out of the file is taken off the pods, and cleanup leaves what a person has brought.
func TestFields(t *testing.T) {
	for _, engine := range []string{"swarm", "locust"} {
		t.Run(engine, func(t *testing.T) {
			plain := smallWith(engine, "3s", "1h")
			s := newShell(t, plain)
			s.rewrite(withFields(plain, everyField))
			missing := s.must(1, deployFew()...)
			for _, want := range []string{
				"so it has changed nothing", "there is no ConfigMap roots in namespace " + s.ns + ", and deploy does not create one; see spec.cluster.caBundle",
				"there is no ServiceAccount own", "see spec.cluster.master.serviceAccountName, spec.cluster.worker.serviceAccountName, spec.cluster.driver.serviceAccountName",
				"there is no ConfigMap payloads", `-runc" not found; see spec.cluster.worker.runtimeClassName`,
			} {
				if !strings.Contains(missing.err, want) {
					t.Errorf("deploy does not say %q", want)
				}
			}
			s.kubectl(nil, "create", "configmap", "roots", "--from-literal=ca.crt=none yet")
			s.kubectl(nil, "create", "configmap", "payloads", "--from-literal=one.json={}")
			s.kubectl(nil, "create", "serviceaccount", "own")
			s.runtimeClass()
			before := s.inventory()
			s.must(0, deployFew()...)
			if again := s.must(0, deployFew()...); !strings.Contains(again.err, " 0 created, 0 changed, 0 deleted, ") {
				t.Error("deploy changed something the second time")
			}
			s.must(0, "plan", "it.yaml", "--cluster")
			if engine == "swarm" {
				s.must(0, "all", "it.yaml", "--workers", "1", "--users", "10", "--replicas", "1", "--out", "r")
				s.allSuccess(s.journal("r"), 1)
				s.checkFields("component=driver")
			}
			s.checkFields("role=master")
			s.checkFields("role=worker")
			s.rewrite(plain)
			s.must(0, deployFew()...)
			s.checkPlain()
			s.must(0, "cleanup", "it.yaml")
			if diff := cmp.Diff(before, s.inventory()); diff != "" {
				t.Errorf("(-brought +left):\n%s", diff)
			}
		})
	}
}

// checkFields looks at the pods of a part as the kubelet runs them.
func (s *shell) checkFields(selector string) {
	s.t.Helper()
	pods, err := s.client.CoreV1().Pods(s.ns).List(s.t.Context(), metav1.ListOptions{LabelSelector: selector + "," + manifests.LabelExperiment + "=it"})
	if err != nil || len(pods.Items) == 0 {
		s.t.Fatalf("no pods of %s: %v", selector, err)
	}
	for _, pod := range pods.Items {
		c := pod.Spec.Containers[0]
		got := map[string]any{
			"label": pod.Labels["team"], "annotation": pod.Annotations["cluster-autoscaler.kubernetes.io/safe-to-evict"],
			"account": pod.Spec.ServiceAccountName, "runtime": *pod.Spec.RuntimeClassName,
			"spread": len(pod.Spec.TopologySpreadConstraints), "payloads": mountOf(c, "payloads"), "cache": mountOf(c, "cache"), "bundle": mountOf(c, "ca-bundle"),
			"user": *pod.Spec.SecurityContext.RunAsUser, "group": *pod.Spec.SecurityContext.RunAsGroup,
		}
		want := map[string]any{
			"label": "shop", "annotation": "false", "account": "own", "runtime": s.ns + "-runc", "spread": 1,
			"payloads": "/payloads", "cache": "/tmp/cache", "bundle": "/ca-bundle", "user": int64(foreignUser), "group": int64(foreignGroup),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			s.t.Errorf("pod %s (-want +got):\n%s", pod.Name, diff)
		}
		for _, status := range pod.Status.ContainerStatuses {
			if user := status.User; user != nil && user.Linux != nil && (user.Linux.UID != foreignUser || user.Linux.GID != foreignGroup) {
				s.t.Errorf("pod %s runs as %+v", pod.Name, user.Linux)
			}
		}
	}
}

func mountOf(c corev1.Container, volume string) string {
	for _, m := range c.VolumeMounts {
		if m.Name == volume {
			return m.MountPath
		}
	}
	return ""
}

// checkPlain sees that nothing of the fields is left where the file has none.
func (s *shell) checkPlain() {
	s.t.Helper()
	deployments, err := s.client.AppsV1().Deployments(s.ns).List(s.t.Context(), metav1.ListOptions{LabelSelector: manifests.LabelExperiment + "=it"})
	if err != nil || len(deployments.Items) != 2 {
		s.t.Fatalf("%d Deployments, %v", len(deployments.Items), err)
	}
	for _, d := range deployments.Items {
		pod := d.Spec.Template
		if len(pod.Labels) != 4 || len(pod.Annotations) != 1 || len(pod.Spec.Volumes) != 2 || len(pod.Spec.Containers[0].VolumeMounts) != 2 ||
			pod.Spec.RuntimeClassName != nil || pod.Spec.TopologySpreadConstraints != nil || pod.Spec.ServiceAccountName != "" || *pod.Spec.SecurityContext.RunAsUser == foreignUser {
			s.t.Errorf("Deployment %s still has some of the fields:\n%s", d.Name, s.kubectl(nil, "get", "deployment", d.Name, "-o", "yaml"))
		}
	}
}

// TestFieldsThatAreNotAllowed: what the namespace's Pod Security does not admit is told
// with its field, by plan and by deploy, and nothing is changed.
func TestFieldsThatAreNotAllowed(t *testing.T) {
	plain := smallWith("swarm", "3s", "1h")
	s := newShell(t, plain)
	s.rewrite(strings.Replace(plain, "worker: {", "worker: {volumes: [{name: node, hostPath: {path: /var/log}}], podSecurityContext: {runAsUser: 0, runAsNonRoot: false}, ", 1))
	before := s.inventory()
	const refused = `the API server would refuse a pod of Deployment locust-worker: violates PodSecurity "restricted:latest": `
	const fields = "; see spec.cluster.worker.volumes[0], spec.cluster.worker.podSecurityContext.runAsNonRoot, spec.cluster.worker.podSecurityContext.runAsUser"
	few := []string{"it.yaml", "--workers", "1", "--users", "10", "--replicas", "1"}
	for _, verb := range [][]string{{"deploy"}, {"plan", "--cluster"}} {
		said := s.must(1, slices.Concat(verb, few)...).err
		if !strings.Contains(said, refused) || !strings.Contains(said, fields) {
			t.Errorf("%s does not say %q and %q", verb[0], refused, fields)
		}
	}
	if diff := cmp.Diff(before, s.inventory()); diff != "" {
		t.Errorf("something was made (-before +after):\n%s", diff)
	}
	s.kubectl(nil, "label", "namespace", s.ns, "--overwrite", "pod-security.kubernetes.io/enforce=privileged")
	s.must(0, deployFew()...)
	if got := s.kubectl(nil, "get", "pods", "-l", "role=worker", "-o", "jsonpath={.items[*].spec.securityContext.runAsUser} {.items[*].spec.volumes[?(@.hostPath)].name}"); got != "0 node" {
		t.Errorf("where it is allowed, the worker has %q", got)
	}
	// Without a number of ours, the image's own user serves.
	s.rewrite(strings.NewReplacer("worker: {", "worker: {podSecurityContext: {runAsUser: null, runAsGroup: null, fsGroup: null}, ").Replace(plain))
	s.must(0, deployFew()...)
	s.must(0, "cleanup", "it.yaml")
}
