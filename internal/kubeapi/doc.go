// Package kubeapi is what this program knows of a Kubernetes API server, whoever asks it:
// clients and the scale of an object, what an error of the server means, what a pod says
// and why it is not ready, who else scales a target, and which rights a run uses.
//
// It changes nothing by itself but where its name says so: an object's scale, and an
// autoscaler that is held. Running a scenario is internal/platform/kube's, the verbs of a
// person are internal/cluster's.
package kubeapi
