package cluster

import (
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// metadataOf tells the metadata of the accounts and claims that a fake cluster has.
func metadataOf(t *testing.T, client *fake.Clientset) *metadatafake.FakeMetadataClient {
	t.Helper()
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	meta := metadatafake.NewSimpleMetadataClient(scheme)
	meta.PrependReactor("get", "serviceaccounts", func(action clienttesting.Action) (bool, runtime.Object, error) {
		account, err := client.CoreV1().ServiceAccounts("default").Get(t.Context(), action.(clienttesting.GetAction).GetName(), metav1.GetOptions{})
		if err != nil {
			return true, nil, err
		}
		return true, &metav1.PartialObjectMetadata{ObjectMeta: account.ObjectMeta}, nil
	})
	return meta
}

func refusalOf(t *testing.T, c *Cluster, exp *experiment.Experiment) string {
	t.Helper()
	err := c.Deploy(t.Context(), exp, DeployOptions{Changed: func(Change) {}})
	if err == nil {
		return ""
	}
	nothingMade(t, c, manifests.Selector(exp.LoadMatrix))
	return err.Error()
}

// TestAccountOfOnesOwn: it must be there and be nobody's of ours, the driver's rights are
// bound to it, and neither another deploy nor cleanup takes it away.
func TestAccountOfOnesOwn(t *testing.T) {
	c, client := fakeCluster(t)
	c.Metadata = metadataOf(t, client)
	exp := runstest.Experiment(t, "  cluster: {driver: {serviceAccountName: mine}}")
	const missing = "there is no ServiceAccount mine in namespace default, and deploy does not create one; see spec.cluster.driver.serviceAccountName"
	if got := refusalOf(t, c, exp); !strings.HasSuffix(got, "so it has changed nothing:\n  "+missing) {
		t.Errorf("error %s", got)
	}
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "mine", Namespace: "default"}}
	if _, err := client.CoreV1().ServiceAccounts("default").Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	mustDeploy(t, c, runstest.Experiment(t, "")) // which made an account
	if got := strings.Join(mustDeploy(t, c, exp), ", "); !strings.Contains(got, "ServiceAccount locust-driver deleted") {
		t.Errorf("what deploy did: %s", got)
	}
	for _, change := range mustDeploy(t, c, exp) {
		if !strings.HasSuffix(change, " unchanged") {
			t.Error(change)
		}
	}
	binding, err := client.RbacV1().RoleBindings("default").Get(t.Context(), "locust-driver-rolebinding", metav1.GetOptions{})
	if err != nil || len(binding.Subjects) != 1 || binding.Subjects[0].Name != "mine" {
		t.Errorf("%+v, %v", binding, err)
	}
	submit(t, c, exp)
	if err := c.Cleanup(t.Context(), exp, CleanupOptions{Tell: func(string) {}, DiscardResults: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := client.CoreV1().ServiceAccounts("default").Get(t.Context(), "mine", metav1.GetOptions{}); err != nil {
		t.Error(err)
	}
}

// TestAccountThatDeployMade would go with the deploy of an experiment, or with this one.
func TestAccountThatDeployMade(t *testing.T) {
	c, client := fakeCluster(t)
	c.Metadata = metadataOf(t, client)
	mustDeploy(t, c, runstest.Experiment(t, ""))
	err := c.Deploy(t.Context(), runstest.Experiment(t, "  cluster: {driver: {serviceAccountName: locust-driver}}"), DeployOptions{Changed: func(Change) {}})
	if err == nil || !strings.Contains(err.Error(), "ServiceAccount locust-driver was created by a deploy of experiment it, and is deleted with it; name an account of your own, or none, in spec.cluster.driver.serviceAccountName") {
		t.Errorf("error %v", err)
	}
}

// TestNeeds are told before anything is made.
func TestNeeds(t *testing.T) {
	c, client := fakeCluster(t)
	c.Metadata = versioned(t, map[string]string{"api": "1", "hidden": "forbidden"})
	exp := runstest.Experiment(t, `  cluster:
    caBundle: {configMap: roots}
    resultsClaim: histograms
    driver:
      envFromSecrets: [api, hidden]
      envFromConfigMaps: [settings]
      volumes:
        - {name: a, configMap: {name: payloads, items: [{key: one, path: x}, {key: two, path: y}]}}
        - {name: b, secret: {secretName: gone, optional: true}}
        - {name: c, projected: {sources: [{secret: {name: token}}, {configMap: {name: settings}}]}}
`)
	for _, cm := range []*corev1.ConfigMap{
		{ObjectMeta: metav1.ObjectMeta{Name: "roots"}, Data: map[string]string{"root.pem": ""}},
		{ObjectMeta: metav1.ObjectMeta{Name: "payloads"}, BinaryData: map[string][]byte{"one": nil}},
	} {
		if _, err := client.CoreV1().ConfigMaps("default").Create(t.Context(), cm, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	want := `deploy would be refused, so it has changed nothing:
  ConfigMap roots has no key ca.crt; see spec.cluster.caBundle
  there is no PersistentVolumeClaim histograms in namespace default, and deploy does not create one; see spec.cluster.resultsClaim
  there is no ConfigMap settings in namespace default, and deploy does not create one; see spec.cluster.driver.envFromConfigMaps[0], spec.cluster.driver.volumes[2]
  ConfigMap payloads has no key two; see spec.cluster.driver.volumes[0]
  there is no Secret token in namespace default, and deploy does not create one; see spec.cluster.driver.volumes[2]`
	if got := refusalOf(t, c, exp); got != want {
		t.Errorf("error %s\nwant %s", got, want)
	}
}

// TestDeployAsksForThePods: what Pod Security says to pods it says to no Deployment, so
// deploy asks for pods, and names the field.
func TestDeployAsksForThePods(t *testing.T) {
	c, client := fakeCluster(t)
	client.PrependReactor("create", "pods", func(clienttesting.Action) (bool, runtime.Object, error) {
		return true, nil, denied("pods", "locust-load-test-matrix-", `violates PodSecurity "restricted:latest": restricted volume types (volume "data" uses restricted volume type "hostPath")`)
	})
	exp := runstest.Experiment(t, "  cluster: {driver: {volumes: [{name: data, hostPath: {path: /x}}]}}")
	want := `the API server would refuse a pod of Job locust-load-test-matrix: violates PodSecurity "restricted:latest": restricted volume types (volume "data" uses restricted volume type "hostPath"); see spec.cluster.driver.volumes[0]`
	if got := refusalOf(t, c, exp); !strings.HasSuffix(got, "nothing:\n  "+want) {
		t.Errorf("error %s", got)
	}
}

// TestVolumeThatCannotBeMounted: the pod says nothing of it, the kubelet's event does.
func TestVolumeThatCannotBeMounted(t *testing.T) {
	const says = `MountVolume.SetUp failed for volume "ca-bundle" : references non-existent secret key: ca.crt`
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "worker-1", Namespace: "default", UID: "1", Labels: map[string]string{"role": "worker"}},
		Spec:       corev1.PodSpec{NodeName: "n"},
		Status:     corev1.PodStatus{Phase: corev1.PodPending, Conditions: []corev1.PodCondition{{Type: corev1.PodScheduled, Status: corev1.ConditionTrue}}},
	}
	event := func(name, uid, reason string) *corev1.Event {
		return &corev1.Event{
			ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "default"}, Reason: reason, Message: says,
			InvolvedObject: corev1.ObjectReference{UID: types.UID(uid)},
		}
	}
	for want, objects := range map[string][]runtime.Object{
		"":                      {pod, event("a", "2", "FailedMount"), event("b", "1", "Pulled")},
		"pod worker-1: " + says: {pod, event("a", "2", "FailedMount"), event("b", "1", "FailedMount")},
	} {
		c := &Cluster{Client: fake.NewClientset(objects...), Namespace: "default"}
		if got, stuck, err := c.podTrouble(t.Context(), "role=worker", &kubeapi.Histories{}); got != want || stuck || err != nil {
			t.Errorf("%q, stuck %v, %v; want %q", got, stuck, err, want)
		}
	}
}
