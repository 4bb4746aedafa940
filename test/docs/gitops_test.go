package docs

import (
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// The fields of other projects' objects that the page uses, as their references spell them
// (argo-cd.readthedocs.io, "Application Specification"; fluxcd.io, "Kustomization").
type (
	argoApplication struct {
		APIVersion string     `json:"apiVersion"`
		Kind       string     `json:"kind"`
		Metadata   objectName `json:"metadata"`
		Spec       struct {
			Project     string            `json:"project"`
			Source      map[string]string `json:"source"`
			Destination map[string]string `json:"destination"`
			SyncPolicy  struct {
				Automated   map[string]bool `json:"automated"`
				SyncOptions []string        `json:"syncOptions"`
			} `json:"syncPolicy"`
			IgnoreDifferences []struct {
				Group        string   `json:"group"`
				Kind         string   `json:"kind"`
				Name         string   `json:"name"`
				JSONPointers []string `json:"jsonPointers"`
			} `json:"ignoreDifferences"`
		} `json:"spec"`
	}
	fluxKustomization struct {
		APIVersion string     `json:"apiVersion"`
		Kind       string     `json:"kind"`
		Metadata   objectName `json:"metadata"`
		Spec       struct {
			Interval        string            `json:"interval"`
			Prune           bool              `json:"prune"`
			Path            string            `json:"path"`
			TargetNamespace string            `json:"targetNamespace"`
			SourceRef       map[string]string `json:"sourceRef"`
			Patches         []struct {
				Target map[string]string `json:"target"`
				Patch  string            `json:"patch"`
			} `json:"patches"`
		} `json:"spec"`
	}
	objectName struct {
		Name      string `json:"name"`
		Namespace string `json:"namespace"`
	}
	patchOperation struct {
		Op   string `json:"op"`
		Path string `json:"path"`
	}
)

// TestGitOpsExceptions reads the exceptions for the target strictly, and checks that what
// they point at is in the sample target.
func TestGitOpsExceptions(t *testing.T) {
	var argo argoApplication
	var flux fluxKustomization
	strictly(t, gitOpsBlock(t, "kind: Application"), &argo)
	strictly(t, gitOpsBlock(t, "kind: Kustomization"), &flux)
	ignored := false
	for _, i := range argo.Spec.IgnoreDifferences {
		if i.Group != "apps" {
			continue
		}
		for _, pointer := range i.JSONPointers {
			ignored = true
			pointsAt(t, i.Kind, i.Name, pointer)
		}
	}
	if !ignored || len(argo.Spec.SyncPolicy.SyncOptions) != 1 || argo.Spec.SyncPolicy.SyncOptions[0] != "RespectIgnoreDifferences=true" {
		t.Errorf("Argo CD would scale the target back: %+v", argo.Spec)
	}
	for _, p := range flux.Spec.Patches {
		var operations []patchOperation
		strictly(t, p.Patch, &operations)
		for _, o := range operations {
			if o.Op != "remove" {
				t.Errorf("operation %s, want remove", o.Op)
			}
			pointsAt(t, p.Target["kind"], p.Target["name"], o.Path)
		}
	}
	if len(flux.Spec.Patches) == 0 {
		t.Error("Flux would scale the target back")
	}
}

// TestByHandSpares checks that nothing on the page deletes by a label that is not ours.
func TestByHandSpares(t *testing.T) {
	for line := range strings.Lines(read(t, filepath.Join(root, "docs", "kubernetes.md"))) {
		if strings.Contains(line, "kubectl delete") && strings.Contains(line, " -l ") && !strings.Contains(line, "-l "+manifests.LabelExperiment+"=") {
			t.Errorf("it deletes what others have made: %s", line)
		}
	}
}

func gitOpsBlock(t *testing.T, kind string) string {
	t.Helper()
	for _, text := range blocks(read(t, filepath.Join(root, "docs", "kubernetes.md")), "yaml") {
		if strings.Contains(text, kind+"\n") {
			return text
		}
	}
	t.Fatalf("docs/kubernetes.md has no %s", kind)
	return ""
}

func strictly(t *testing.T, text string, into any) {
	t.Helper()
	if err := yaml.UnmarshalStrict([]byte(text), into); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// pointsAt checks that a JSON pointer leads to a field of the sample target.
func pointsAt(t *testing.T, kind, name, pointer string) {
	t.Helper()
	for _, o := range manifests.Sample(manifests.DefaultSampleImage) {
		if o.GetObjectKind().GroupVersionKind().Kind != kind || o.GetName() != name {
			continue
		}
		fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(o)
		if err != nil {
			t.Fatal(err)
		}
		var at any = fields
		for part := range strings.SplitSeq(strings.TrimPrefix(pointer, "/"), "/") {
			at = at.(map[string]any)[part] //nolint:forcetypeassert // a test may panic
		}
		if at == nil {
			t.Errorf("%s %s has no %s", kind, name, pointer)
		}
		return
	}
	t.Errorf("there is no %s %s", kind, name)
}
