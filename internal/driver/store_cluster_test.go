//go:build cluster

package driver

import (
	"context"
	"fmt"
	"os"
	"testing"

	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/run/storetest"
)

// realConfigMaps are those of a namespace of the cluster under test, which goes with the test.
func realConfigMaps(t *testing.T) typedcorev1.ConfigMapInterface {
	t.Helper()
	path := os.Getenv("SWARMGRID_TEST_KUBECONFIG")
	if path == "" {
		t.Fatal("SWARMGRID_TEST_KUBECONFIG is not set; run through `make e2e-cluster`, which starts a cluster")
	}
	config, _, err := kubeapi.Access{Kubeconfig: path}.Config()
	if err != nil {
		t.Fatal(err)
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	ns, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "swarmgrid-test-"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := client.CoreV1().Namespaces().Delete(context.Background(), ns.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	return client.CoreV1().ConfigMaps(ns.Name)
}

func TestStoreConformanceOnARealServer(t *testing.T) {
	cms := realConfigMaps(t)
	places := 0
	storetest.Suite(t, func(t *testing.T) storetest.Place {
		places++
		var names []string
		for i := range 2 {
			name := fmt.Sprintf("j-%d-%d", places, i)
			names = append(names, name)
			cm := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{manifests.LabelShard: fmt.Sprint(i)}}}
			if _, err := cms.Create(t.Context(), cm, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		processes := 0
		return storetest.Place{NoSlices: true, Open: func() (run.Store, error) {
			processes++
			return OpenStore(t.Context(), StoreOptions{ConfigMaps: cms, Shards: names, Run: "r1", Writer: fmt.Sprint("pod-", processes)})
		}}
	})
}

// TestFullShardsFit fills ConfigMaps as far as a run would.
func TestFullShardsFit(t *testing.T) {
	cms := realConfigMaps(t)
	names := []string{"j0", "j1"}
	for _, name := range names {
		if _, err := cms.Create(t.Context(), &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	s, err := OpenStore(t.Context(), StoreOptions{ConfigMaps: cms, Shards: names, Run: "r1", Writer: "a"})
	if err != nil {
		t.Fatal(err)
	}
	h := testHeader("r1", 9)
	if err := begin(t.Context(), s, h); err != nil {
		t.Fatal(err)
	}
	for i := range h.Keys {
		if err := s.Append(t.Context(), noisy(h, i, 250<<10)); err != nil {
			t.Fatal(err)
		}
	}
	if s.last != 1 {
		t.Errorf("shard %d is being filled, want 1", s.last)
	}
}
