// Package e2e tests the whole tool as its users meet it: the real binaries, real
// inference-sim processes, real Python Locust, signals and exit codes. It has no
// code but tests. They need Linux, whose /proc tells which processes a run has.
//
// `go test` runs the short ones, with -kills N (default 5) kills of the driver;
// the long ones need the tag e2e as well (`make e2e-local` runs those, and the kills).
package e2e
