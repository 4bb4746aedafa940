// Package cluster is what the verbs deploy, submit, monitor, results and cleanup
// do, and what a driver inside the cluster needs beside the campaign: a run.Store
// in ConfigMaps and a place to publish its progress.
//
// A person's rights are used by the verbs (Cluster); the driver's, which are far
// smaller, by Store, ChooseSlot and Publisher alone. Nothing here prints.
package cluster
