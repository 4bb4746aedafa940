package experiment

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

func TestHideEnv(t *testing.T) {
	for _, place := range []string{"spec.target.process.env.", "spec.cluster.master.env.", "spec.cluster.worker.env.", "spec.cluster.driver.env."} {
		env := map[string]string{"B": "hush", "A": "hush"}
		lm := &v1alpha1.LoadMatrix{}
		lm.Spec.Target.Process = &v1alpha1.Process{}
		switch c := &lm.Spec.Cluster; place {
		case "spec.target.process.env.":
			lm.Spec.Target.Process.Env = env
		case "spec.cluster.master.env.":
			c.Master.Env = env
		case "spec.cluster.worker.env.":
			c.Worker.Env = env
		default:
			c.Driver.Env = env
		}
		before, out := Hidden(lm), HideEnv(lm)
		text, err := json.Marshal(out)
		if err != nil || strings.Contains(string(text), "hush") || !strings.Contains(string(text), `"B":`) {
			t.Errorf("%s: %s, %v", place, text, err)
		}
		if before != "" || Hidden(out) != place+"A" || env["A"] != "hush" {
			t.Errorf("%s: hidden is %q, was %q; the original has %v", place, Hidden(out), before, env)
		}
	}
}
