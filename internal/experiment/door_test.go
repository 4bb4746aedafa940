package experiment

import (
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestDoor: what is loaded must be what is scaled, or the experiment must say that it leads there.
func TestDoor(t *testing.T) {
	tests := []struct {
		host string
		// service is the Service in front of the target; empty for a host that is refused, and
		// then says is how the message describes it.
		service, says string
	}{
		{"inference", "inference", ""},
		{"Inference", "inference", ""},
		{"inference.stage", "inference", ""},
		{"inference.stage.svc", "inference", ""},
		{"inference.stage.svc.cluster.local", "inference", ""},
		{"inference.stage.svc.cluster.local.", "inference", ""},
		{"gateway.stage.svc", "gateway", ""}, // whether it selects the target is for the cluster to say
		{"inference.prod", "", "inference.prod is Service inference in namespace prod, or a host outside the cluster"},
		{"shop.com", "", "shop.com is Service shop in namespace com, or a host outside the cluster"},
		{"inference.prod.svc", "", "inference.prod.svc is Service inference in namespace prod, but"},
		{"inference.prod.svc.cluster.local.", "", "is Service inference in namespace prod, but"},
		{"inference.", "", "inference. is a host outside the cluster"},
		{"inference.stage.", "", "inference.stage. is a host outside the cluster"},
		{"inference.stage.svc.", "", "inference.stage.svc. is a host outside the cluster"},
		{"inference.stage.svc.east.example", "", "is Service inference in namespace stage of domain east.example, which may be another cluster's"},
		{"inference.stage.svc.clusterset.local", "", "of domain clusterset.local, which may be another cluster's"},
		{"inference-0.inference.stage.svc.cluster.local", "", "is a single pod of Service inference in namespace stage"},
		{"10-88-0-3.stage.pod.cluster.local", "", "is a host outside the cluster"},
		{"shop.example.com", "", "shop.example.com is a host outside the cluster"},
		{"10.89.3.4", "", "10.89.3.4 is an address, which does not tell what it leads to"},
		{"[fd00::8]", "", "fd00::8 is an address"},
		{"127.0.0.1", "", "127.0.0.1 is an address"},
		{"localhost", "", "localhost is the very machine or pod that asks"},
	}
	const head = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {namespace: stage}\nspec:\n"
	for _, tt := range tests {
		target := "  target: {url: \"http://" + tt.host + ":8000\", scaleTargetRef: {name: x}"
		exp, err := decode(t, head+target+"}\n")
		switch {
		case tt.service == "" && (err == nil || !strings.Contains(err.Error(), tt.says) || !strings.Contains(err.Error(), "Deployment stage/x")):
			t.Errorf("%s: %v, want %q and what would be scaled", tt.host, err, tt.says)
		case tt.service != "" && err != nil:
			t.Errorf("%s: %v", tt.host, err)
		case tt.service != "" && exp.LoadMatrix.Spec.Target.Service != tt.service:
			t.Errorf("%s: Service %q, want %s", tt.host, exp.LoadMatrix.Spec.Target.Service, tt.service)
		}
		exp, err = decode(t, head+target+", service: inference}\n")
		if err != nil {
			t.Errorf("%s with a Service: %v", tt.host, err)
			continue
		}
		said := strings.HasSuffix(exp.AddressText(), ":8000, said to lead to Service stage/inference")
		if direct := tt.service == "inference"; said == direct {
			t.Errorf("%s with a Service: the address is %q", tt.host, exp.AddressText())
		}
	}
}

// TestDoorOfTheNamespace: the namespace that counts is the one that the run gets, wherever
// that comes from.
func TestDoorOfTheNamespace(t *testing.T) {
	text := []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {url: \"http://inference.prod:8000\", scaleTargetRef: {name: inference}}}\n")
	for namespace, refused := range map[string]bool{"prod": false, "stage": true} {
		for _, field := range []Field{FieldNamespace, FieldContextNamespace} {
			_, err := Decode("test.yaml", text, "", []Setting{{Field: field, Origin: "-n", Value: namespace}})
			if (err != nil) != refused {
				t.Errorf("%s %s: %v", field, namespace, err)
			}
		}
	}
}

// TestDoorsThatNobodyScales: a target that is not scaled may be anywhere.
func TestDoorsThatNobodyScales(t *testing.T) {
	for _, target := range []v1alpha1.Target{
		{URL: "http://shop.example.com"}, {URL: "http://10.0.0.1", Process: &v1alpha1.Process{Command: []string{"sim"}}},
	} {
		d := newDocument("test.yaml")
		d.validateDoor(target, "stage")
		if err := d.err(); err != nil {
			t.Error(err)
		}
	}
}
