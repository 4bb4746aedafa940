package kube

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// workload is the status of the scaled object. What a kind does not report is not judged.
type workload struct {
	generation, observed int64
	// counted means that replicas and readyReplicas are reported.
	counted                 bool
	replicas, readyReplicas int
	// updated is how many replicas are of the current template; negative if not reported.
	updated int
	// failure is the message of a ReplicaFailure condition.
	failure string
	// revision identifies the pod template.
	revision string
	// changed are changes by others.
	changed platform.Changes
}

// apps tells whether an object is of a kind whose fields we know.
func apps(u *unstructured.Unstructured) bool { return u.GetAPIVersion() == "apps/v1" }

func readWorkload(object metav1.Object) workload {
	u, ok := object.(*unstructured.Unstructured)
	if !ok {
		return workload{updated: -1}
	}
	w := workload{generation: u.GetGeneration(), updated: -1, revision: revision(u), changed: kubeapi.ChangesOf(u)}
	observed, found, _ := unstructured.NestedInt64(u.Object, "status", "observedGeneration")
	w.observed = observed
	if !found && !apps(u) {
		w.observed = w.generation
	}
	if apps(u) {
		// Zeros are left out by the API server.
		w.counted = true
		w.replicas, w.readyReplicas = kubeapi.StatusCount(u, "replicas"), kubeapi.StatusCount(u, "readyReplicas")
	}
	if u.GetKind() == "Deployment" || rollsOut(u) {
		w.updated = kubeapi.StatusCount(u, "updatedReplicas")
	}
	w.failure = kubeapi.ReplicaFailure(u)
	return w
}

// rollsOut tells whether a StatefulSet is replacing all its pods. With OnDelete or a
// partition it keeps old ones.
func rollsOut(u *unstructured.Unstructured) bool {
	text := func(path ...string) string {
		value, _, _ := unstructured.NestedString(u.Object, path...)
		return value
	}
	partition, _, _ := unstructured.NestedInt64(u.Object, "spec", "updateStrategy", "rollingUpdate", "partition")
	return u.GetKind() == "StatefulSet" && text("spec", "updateStrategy", "type") == "RollingUpdate" && partition == 0 &&
		text("status", "currentRevision") != text("status", "updateRevision")
}

// specReplicas is spec.replicas, for kinds that are known to have it.
func specReplicas(object metav1.Object) (int, bool) {
	u, ok := object.(*unstructured.Unstructured)
	if !ok || !apps(u) {
		return 0, false
	}
	n, found, err := unstructured.NestedInt64(u.Object, "spec", "replicas")
	return int(n), found && err == nil
}

// revision is a digest of the pod template; empty if there is none.
func revision(u *unstructured.Unstructured) string {
	template, found, err := unstructured.NestedFieldNoCopy(u.Object, "spec", "template")
	if !found || err != nil {
		return ""
	}
	data, err := json.Marshal(template) // map keys come out sorted
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}
