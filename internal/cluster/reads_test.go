package cluster

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/kubernetes/fake"
	"k8s.io/client-go/metadata"
	metadatafake "k8s.io/client-go/metadata/fake"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// versioned are objects of which only the metadata is to be had; an empty version is
// not there, and "forbidden" may not be read.
func versioned(t *testing.T, versions map[string]string) metadata.Interface {
	t.Helper()
	scheme := metadatafake.NewTestScheme()
	if err := metav1.AddMetaToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	client := metadatafake.NewSimpleMetadataClient(scheme)
	client.PrependReactor("get", "*", func(action clienttesting.Action) (bool, runtime.Object, error) {
		get, ok := action.(clienttesting.GetAction)
		if !ok {
			return false, nil, nil
		}
		version := versions[get.GetName()]
		switch version {
		case "":
			return false, nil, nil
		case "forbidden":
			return true, nil, denied(action.GetResource().Resource, get.GetName(), "you may not get it")
		}
		return true, &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Name: get.GetName(), ResourceVersion: version}}, nil
	})
	return client
}

func readingExperiment(t *testing.T) *experiment.Experiment {
	t.Helper()
	exp, err := experiment.Decode("it.yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: it}
spec:
  target: {url: "http://target:8000"}
  load: {builtin: forecasting}
  matrix: {users: [10]}
  cluster: {worker: {envFromSecrets: [api-token], envFromConfigMaps: [settings]}}
`), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

// startWorkers does deploy's part without its wait.
func startWorkers(t *testing.T, c *Cluster, exp *experiment.Experiment) (annotation string, notes []string) {
	t.Helper()
	set, notes, err := c.deployable(t.Context(), exp, c.metadata())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.apply(t.Context(), set.Worker, "it"); err != nil {
		t.Fatal(err)
	}
	return set.Worker.Spec.Template.Annotations[manifests.AnnotationReads], notes
}

// TestWorkersStartAnewWhenWhatTheyReadChanged follows a Secret through a rotation.
func TestWorkersStartAnewWhenWhatTheyReadChanged(t *testing.T) {
	c, client := fakeCluster(t)
	exp := readingExperiment(t)
	steps := []struct {
		name     string
		versions map[string]string
		// findings are those before a deploy, annotation and notes are the deploy's.
		findings   []string
		refusals   int
		annotation string
		notes      []string
	}{
		{
			name: "first", versions: map[string]string{"api-token": "5", "settings": "7"},
			annotation: "ConfigMap/settings=7 Secret/api-token=5",
		},
		{
			name: "the same", versions: map[string]string{"api-token": "5", "settings": "7"},
			annotation: "ConfigMap/settings=7 Secret/api-token=5",
		},
		{
			name: "rotated", versions: map[string]string{"api-token": "6", "settings": "7"},
			findings:   []string{"Secret api-token changed since the pods of Deployment locust-worker started; they still have the old content; run `swarmgrid deploy FILE`, which restarts them"},
			refusals:   1,
			annotation: "ConfigMap/settings=7 Secret/api-token=6",
			notes:      []string{"Deployment locust-worker restarts its pods: Secret api-token changed"},
		},
		{
			name: "not to be read", versions: map[string]string{"api-token": "forbidden", "settings": "8"},
			findings: []string{
				"cannot tell whether Secret api-token changed since the pods of Deployment locust-worker started: reading the version of Secret api-token: secrets \"api-token\" is forbidden: you may not get it",
				"ConfigMap settings changed since the pods of Deployment locust-worker started; they still have the old content; run `swarmgrid deploy FILE`, which restarts them",
			},
			refusals:   1,
			annotation: "ConfigMap/settings=8 Secret/api-token=6",
			notes: []string{
				"not checked: whether Secret api-token changed since the pods of Deployment locust-worker started, since you may not get it; they are not restarted for it",
				"Deployment locust-worker restarts its pods: ConfigMap settings changed",
			},
		},
		{
			name: "gone", versions: map[string]string{"settings": "8"},
			findings:   []string{"Secret api-token was deleted after the pods of Deployment locust-worker started"},
			refusals:   1,
			annotation: "ConfigMap/settings=8",
			notes:      []string{"Deployment locust-worker restarts its pods: Secret api-token changed"},
		},
		{
			name: "back", versions: map[string]string{"api-token": "9", "settings": "8"},
			findings:   []string{"cannot tell whether Secret api-token changed since the pods of Deployment locust-worker started: what they read was not recorded; `swarmgrid deploy` records it"},
			annotation: "ConfigMap/settings=8 Secret/api-token=9",
		},
	}
	for _, step := range steps {
		c.Metadata = versioned(t, step.versions)
		found := c.readFindings(t.Context(), exp, c.metadata())
		if diff := cmp.Diff(step.findings, found.Lines()); diff != "" || len(found.Refusals()) != step.refusals {
			t.Errorf("%s: %d refusals, findings (-want +got):\n%s", step.name, len(found.Refusals()), diff)
		}
		annotation, notes := startWorkers(t, c, exp)
		if annotation != step.annotation || !slices.Equal(notes, step.notes) {
			t.Errorf("%s: annotation %q, notes %q", step.name, annotation, notes)
		}
	}
	noValues(t, client)
}

// noValues sees that no Secret was read as such.
func noValues(t *testing.T, client *fake.Clientset) {
	t.Helper()
	secrets := schema.GroupVersionResource{Version: "v1", Resource: "secrets"}
	for _, action := range client.Actions() {
		if action.GetResource() == secrets {
			t.Errorf("a Secret was asked for: %s", action.GetVerb())
		}
	}
}
