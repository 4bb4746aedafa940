package targetlock

import (
	"strings"
	"testing"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestNameOfURL: one target has one lock, however its address is written.
func TestNameOfURL(t *testing.T) {
	for url, want := range map[string]string{
		"http://shop.prod":             "swarmgrid-url-shop-prod",
		"http://shop.prod:80":          "swarmgrid-url-shop-prod",
		"http://shop.prod:80/":         "swarmgrid-url-shop-prod",
		"HTTP://Shop.Prod./a":          "swarmgrid-url-shop-prod",
		"https://shop.prod:443":        "swarmgrid-url-shop-prod",
		"http://shop.prod:8000":        "swarmgrid-url-shop-prod-8000",
		"http://shop.prod:08000":       "swarmgrid-url-shop-prod-8000",
		"http://[2001:db8:0::1]:8000":  "swarmgrid-url-2001-db8--1--8000",
		"http://[2001:DB8::0:1]:8000/": "swarmgrid-url-2001-db8--1--8000",
	} {
		if got := Name(v1alpha1.Target{URL: url}); got != want {
			t.Errorf("Name(%s) = %s, want %s", url, got, want)
		}
	}
	for _, kind := range []string{"Deployment", "deployment"} {
		for _, version := range []string{"apps/v1", "apps/v1beta2", ""} {
			ref := &v1alpha1.ScaleTargetRef{APIVersion: version, Kind: kind, Name: "shop"}
			if got := Name(v1alpha1.Target{ScaleTargetRef: ref}); got != "swarmgrid-deployment-shop" {
				t.Errorf("Name(%+v) = %s", ref, got)
			}
		}
	}
}

func TestNameOfObject(t *testing.T) {
	name := func(object string) string {
		return Name(v1alpha1.Target{ScaleTargetRef: &v1alpha1.ScaleTargetRef{Kind: "Deployment", Name: object}})
	}
	if got := name("inference"); got != "swarmgrid-deployment-inference" {
		t.Errorf("the Lease is called %s", got)
	}
	long := name(strings.Repeat("a", 253))
	if len(long) != maxName || long == name(strings.Repeat("a", 252)+"b") {
		t.Errorf("a long name gives %d characters, or is not unique", len(long))
	}
}

func TestExpired(t *testing.T) {
	ago := func(d time.Duration) *metav1.MicroTime { return &metav1.MicroTime{Time: time.Now().Add(-d)} }
	for _, tt := range []struct {
		name string
		spec coordinationv1.LeaseSpec
		want bool
	}{
		{"never renewed", coordinationv1.LeaseSpec{}, true},
		{"renewed in time", coordinationv1.LeaseSpec{RenewTime: ago(20 * time.Second), LeaseDurationSeconds: new(int32(30))}, false},
		{"not renewed in time", coordinationv1.LeaseSpec{RenewTime: ago(40 * time.Second), LeaseDurationSeconds: new(int32(30))}, true},
		{"without a duration, in time", coordinationv1.LeaseSpec{RenewTime: ago(5 * time.Second)}, false},
		{"without a duration, not in time", coordinationv1.LeaseSpec{RenewTime: ago(20 * time.Second)}, true},
	} {
		if got := Expired(&coordinationv1.Lease{Spec: tt.spec}, 10*time.Second); got != tt.want {
			t.Errorf("%s: expired %t", tt.name, got)
		}
	}
}
