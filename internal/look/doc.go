// Package look finds out in seconds whether a run on this machine can succeed at all, before
// it takes an hour. Check finds what is wrong with the programs and files that the run
// names, all at once; Ask sends the target one of each request. Both change nothing and
// print nothing.
//
// For a cluster, package preflight does this.
package look
