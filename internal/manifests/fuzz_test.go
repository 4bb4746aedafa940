package manifests

import (
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// FuzzSettings: what a person may say of the workers' pods can be built, and leaves what
// finds the pods and what they need as it is.
func FuzzSettings(f *testing.F) {
	for _, text := range []string{
		`labels: {a: b}, annotations: {c: d}`, `podSecurityContext: {runAsUser: null, sysctls: [{name: a, value: b}]}`,
		`volumes: [{name: a, emptyDir: {}}], volumeMounts: [{name: a, mountPath: /a/../b}]`, `volumes: [{name: tmp}], labels: {app: x}`,
		`topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, labelSelector: null}]`, `resources: {limits: {cpu: 1}}, tolerations: [{}], affinity: {}`,
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		exp, err := experiment.Decode("x.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\n"+
			"spec: {target: {scaleTargetRef: {name: inference}}, cluster: {worker: {"+text+"}}}"), "", nil)
		if err != nil || exp.LoadMatrix.Spec.Load.MasterURL != "" {
			return
		}
		set, err := Build(exp, Options{})
		if err != nil {
			t.Fatal(err)
		}
		worker := set.Worker
		if !labelSet(worker.Spec.Selector.MatchLabels).AsSelector().Matches(labelSet(worker.Spec.Template.Labels)) {
			t.Errorf("the pods are not found: %v", worker.Spec.Template.Labels)
		}
		var names, places []string
		for _, v := range worker.Spec.Template.Spec.Volumes {
			names = append(names, v.Name)
		}
		for _, m := range worker.Spec.Template.Spec.Containers[0].VolumeMounts {
			places = append(places, m.MountPath)
		}
		for _, list := range [][]string{names, places} {
			slices.Sort(list)
			if len(slices.Compact(slices.Clone(list))) != len(list) {
				t.Errorf("%v has something twice", list)
			}
		}
		if v := worker.Spec.Template.Spec.Volumes[0]; v.ConfigMap == nil || v.ConfigMap.Name != set.Scripts[0].Name || !slices.Contains(places, scriptsDir) {
			t.Errorf("the load's file is not mounted: %+v", []corev1.Volume{v})
		}
	})
}
