// Package rundir is the directory of a run on a disk: a run.Store in it, the names of what
// is kept beside the journal, whether a directory is free for a new run, and what is
// left of one that never began.
package rundir
