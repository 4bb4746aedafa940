// Package locustsim stands in for a load's master in tests: Python Locust of any
// version, or ours. A Master is an http.Handler and an http.RoundTripper, so that
// a locust.Client needs no network (Client.Through), and it runs on the clock
// alone, without goroutines, so that it works inside a testing/synctest bubble.
//
// The conformance test of this package shows that it behaves like the real ones: it makes
// the same demands on all of them.
package locustsim
