// Package runs is what is known of an experiment's runs in a cluster, from outside: which
// there are, how they stand, what one is doing, and what it has measured. It reads what a
// driver writes (its Job, pods, status and journals), and changes only what is left of a run:
// it deletes Jobs that outlive their runs, and marks results as downloaded.
package runs
