package manifests

import (
	"fmt"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestLeaseNameOfURL: one target has one lock, however its address is written.
func TestLeaseNameOfURL(t *testing.T) {
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
		if got := LeaseName(v1alpha1.Target{URL: url}); got != want {
			t.Errorf("LeaseName(%s) = %s, want %s", url, got, want)
		}
	}
	for _, kind := range []string{"Deployment", "deployment"} {
		for _, version := range []string{"apps/v1", "apps/v1beta2", ""} {
			ref := &v1alpha1.ScaleTargetRef{APIVersion: version, Kind: kind, Name: "shop"}
			if got := LeaseName(v1alpha1.Target{ScaleTargetRef: ref}); got != "swarmgrid-deployment-shop" {
				t.Errorf("LeaseName(%+v) = %s", ref, got)
			}
		}
	}
}

// TestOwnMaster: all names of the master's Service are the deployed master.
func TestOwnMaster(t *testing.T) {
	exp := experiment(t, "metadata: {namespace: load}\nspec: {target: {scaleTargetRef: {name: inference}}}")
	service := exp.LoadMatrix.Spec.Cluster.Names.Service
	for url, want := range map[string]bool{
		"":                         true,
		"http://%s:8089":           true,
		"HTTP://%s.:8089/":         true,
		"http://%s.load:8089":      true,
		"http://%s.load.svc":       true,
		"http://%s.load.svc.c.d.":  true,
		"http://%s.other:8089":     false,
		"http://%s.load.example":   false,
		"http://other:8089":        false,
		"http://other.%s.load.svc": false,
	} {
		if url != "" {
			url = fmt.Sprintf(url, service)
		}
		if got := OwnMaster(exp, url); got != want {
			t.Errorf("OwnMaster(%s) = %t", url, got)
		}
	}
}
