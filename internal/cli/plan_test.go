package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// TestPlanWithFindings prints the plan whatever the look finds; as JSON they are one document.
func TestPlanWithFindings(t *testing.T) {
	exp, err := experiment.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {scaleTargetRef: {name: inference}}}\n"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	found := preflight.Findings{{Refusal: true, Object: "ResourceQuota small", Text: "it is full", Next: "raise it"}}
	refused := errors.New("not ready")
	look := func() (preflight.Findings, error) { return found, refused }
	for _, asJSON := range []bool{true, false} {
		var out, errs bytes.Buffer
		env := &Env{Stdout: &out, Stderr: &errs}
		if err := planAndLook(&planOptions{json: asJSON}, env, exp, "shop", look); !errors.Is(err, refused) || strings.Contains(errs.String(), "ready") {
			t.Errorf("error %v, said %q", err, errs.String())
		}
		if !asJSON {
			if !strings.Contains(out.String(), "REPLICAS") {
				t.Errorf("no plan:\n%s", out.String())
			}
			continue
		}
		var got struct {
			Scenarios []any              `json:"scenarios"`
			Findings  preflight.Findings `json:"findings"`
		}
		if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got.Scenarios) == 0 {
			t.Errorf("%v in\n%s", err, out.String())
		}
		if diff := cmp.Diff(found, got.Findings); diff != "" {
			t.Error(diff)
		}
	}
}
