// Package driver is what runs a matrix inside a cluster, in the pod of a Job: a run.Store
// in ConfigMaps, the progress that monitor shows, and what a pod does so that the run
// survives it: the next pod goes on, or the run has said its last word.
//
// A driver may do little, and its Role says so. What it asks of the API server itself is
// API, which has no other verbs; scaling and observing are internal/platform/kube's. The
// formats of the ConfigMaps (Slot, Status) are here for whoever reads them, too.
package driver
