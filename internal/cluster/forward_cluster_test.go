//go:build cluster

package cluster

import (
	"os"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// TestForwardTellsAMissingRight knows the API server's refusal through both of the
// protocols that a port-forward tries.
func TestForwardTellsAMissingRight(t *testing.T) {
	c := realCluster(t)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "nobody"}}
	if _, err := c.Client.CoreV1().ServiceAccounts(c.Namespace).Create(t.Context(), account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("SWARMGRID_TEST_KUBECONFIG"))
	if err != nil {
		t.Fatal(err)
	}
	config.Impersonate = rest.ImpersonationConfig{UserName: "system:serviceaccount:" + c.Namespace + ":nobody"}
	nobody, err := connect(config, c.Namespace)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := nobody.Forward(t.Context(), "locust-master-x", 8089); !kubeapi.Denied(err) {
		t.Errorf("error %v, want one that a right is missing", err)
	}
}
