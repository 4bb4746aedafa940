package manifests

import (
	"fmt"
	"testing"
)

// TestOwnMaster: all names of the master's Service are the deployed master.
func TestOwnMaster(t *testing.T) {
	exp := decode(t, "metadata: {namespace: load}\nspec: {target: {scaleTargetRef: {name: inference}}}")
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
