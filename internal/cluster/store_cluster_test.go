//go:build cluster

package cluster

import (
	"fmt"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/run"
	"github.com/swarmgrid/swarmgrid/internal/run/storetest"
)

func TestStoreConformanceOnARealServer(t *testing.T) {
	c := realCluster(t)
	cms := c.Client.CoreV1().ConfigMaps(c.Namespace)
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
	c := realCluster(t)
	cms := c.Client.CoreV1().ConfigMaps(c.Namespace)
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
