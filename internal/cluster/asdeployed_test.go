package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// locustExperiment has a locustfile and, beside it, a module that it imports.
func locustExperiment(t *testing.T, locustfile, module, env, users string) *experiment.Experiment {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"shop.py": locustfile, "words.py": module,
		"it.yaml": "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {name: it}\nspec: {target: {url: \"http://target:8000\"}, " +
			"load: {engine: locust, file: shop.py}, cluster: {worker: {env: {A: " + env + "}}}}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	source, err := experiment.FromFile(filepath.Join(dir, "it.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	exp, err := source.Load([]experiment.Setting{{Field: experiment.FieldUsers, Origin: "--users", Value: users}})
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

// TestWhatIsDeployedIsMeasured refuses whoever would measure another load than the file's.
func TestWhatIsDeployedIsMeasured(t *testing.T) {
	const file, module = "import words\nfrom locust import HttpUser\n", "greeting = 'a'\n"
	const differs = " does not match the experiment; run `swarmgrid deploy FILE` with the same options first"
	deployed := locustExperiment(t, file, module, "a", "10")
	for name, tt := range map[string]struct {
		exp    *experiment.Experiment
		copied bool
		plans  bool
		absent bool
		denied bool
		want   []string
	}{
		"as it was":                {exp: deployed},
		"other users":              {exp: locustExperiment(t, file, module, "a", "20")},
		"another locustfile":       {exp: locustExperiment(t, file+"# more\n", module, "a", "10"), want: []string{"ConfigMap locust-scripts" + differs}},
		"another neighbour":        {exp: locustExperiment(t, file, "greeting = 'b'\n", "a", "10"), want: []string{"ConfigMap locust-scripts" + differs}},
		"another, to be deployed":  {exp: locustExperiment(t, file+"# more\n", module, "a", "10"), plans: true, want: []string{"ConfigMap locust-scripts does not match the experiment; run `swarmgrid deploy FILE`, or `swarmgrid all FILE` to deploy and run"}},
		"another variable":         {exp: locustExperiment(t, file, module, "b", "10"), want: []string{"Deployment locust-worker" + differs}},
		"a copy without variables": {exp: locustExperiment(t, file, module, "b", "10"), copied: true},
		"a copy of another file":   {exp: locustExperiment(t, file+"# more\n", module, "a", "10"), copied: true, want: []string{"ConfigMap locust-scripts" + differs}},
		"nothing deployed":         {exp: deployed, absent: true},
		"no right to read it":      {exp: deployed, denied: true, want: []string{`cannot tell whether ConfigMap locust-scripts matches the experiment: looking for ConfigMap locust-scripts: configmaps "locust-scripts" is forbidden: no; docs/kubernetes.md lists the rights that are needed`}},
	} {
		t.Run(name, func(t *testing.T) {
			c, client := fakeCluster(t)
			set, err := manifests.Build(deployed, manifests.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for _, o := range set.Deployed() {
				if tt.absent {
					break
				}
				if _, err := c.apply(t.Context(), o, "it"); err != nil {
					t.Fatal(err)
				}
			}
			client.PrependReactor("get", "configmaps", func(clienttesting.Action) (bool, runtime.Object, error) {
				return tt.denied, nil, apierrors.NewForbidden(schema.GroupResource{Resource: "configmaps"}, "locust-scripts", errors.New("no"))
			})
			plan, err := c.planned(t.Context(), tt.exp)
			found := c.deployedFindings(t.Context(), tt.exp, plan.set, err, preflight.Options{Copy: tt.copied, Deploys: tt.plans})
			if diff := cmp.Diff(tt.want, found.Lines()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if refuses := len(found.Refusals()) > 0; refuses != (tt.want != nil && !tt.denied && !tt.plans) {
				t.Errorf("it refuses: %v", refuses)
			}
			if found.Undeployed() != tt.plans {
				t.Errorf("it says that deploy is to come: %v", found.Undeployed())
			}
		})
	}
}
