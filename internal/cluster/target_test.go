package cluster

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clienttesting "k8s.io/client-go/testing"
)

// TestIPv6IsTheServices goes by the master's own Service, or by what a new one would get.
func TestIPv6IsTheServices(t *testing.T) {
	service := func(families ...corev1.IPFamily) *corev1.Service {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Name: "locust-master", Namespace: "default"}, Spec: corev1.ServiceSpec{IPFamilies: families}}
	}
	for _, tt := range []struct {
		name         string
		there, would *corev1.Service
		want         bool
	}{
		{name: "there, IPv4", there: service(corev1.IPv4Protocol), would: service(corev1.IPv6Protocol)},
		{name: "there, both", there: service(corev1.IPv4Protocol, corev1.IPv6Protocol), want: true},
		{name: "would be IPv6", would: service(corev1.IPv6Protocol), want: true},
		{name: "would be IPv4", would: service(corev1.IPv4Protocol)},
		{name: "may not be asked"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, client := fakeCluster(t)
			if tt.there != nil {
				if err := client.Tracker().Add(tt.there); err != nil {
					t.Fatal(err)
				}
			}
			client.PrependReactor("create", "services", func(action clienttesting.Action) (bool, runtime.Object, error) {
				create, ok := action.(clienttesting.CreateActionImpl)
				switch {
				case !ok || len(create.CreateOptions.DryRun) == 0:
					t.Error("a Service was made")
				case tt.would == nil:
					return true, nil, errors.New("no")
				}
				return true, tt.would, nil
			})
			if got := c.hasIPv6(t.Context(), service()); got != tt.want {
				t.Errorf("IPv6: %t", got)
			}
		})
	}
}
