// Package kube is the Kubernetes platform: the target is any object with a scale
// subresource, the load's master and workers are existing Deployments, and the lock is
// a Lease per target.
//
// kubeapi.Rights lists what is asked of the API server. The target object itself is only
// scaled; what is needed to restore it is written into the Lease before the first change.
//
// Status is served from copies that watches keep up to date (mirror), so that polling it
// does not load the API server. A copy that may be stale is an error and not an answer: a
// heartbeat checks every second that the server is there.
//
// Restore restores the target of a run that died.
package kube
