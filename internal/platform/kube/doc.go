// Package kube is the platform of Kubernetes: the target is any object with a
// scale subresource, the load's master and workers are Deployments that somebody
// has created, and the lock is a Lease per target.
//
// What is asked of the API server, and so what rights are needed, is listed by
// kubeapi.Rights. The target object itself is only ever scaled; whatever must be
// remembered to put things back is written into the Lease before the first change.
//
// Status is served from copies that watches keep up to date (mirror), so it costs
// the API server nothing. A copy that may be out of date is an error, not an
// answer: a heartbeat proves every second that the server is there.
//
// Restore is what is left to do for a run that died.
package kube
