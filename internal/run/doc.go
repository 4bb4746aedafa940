// Package run is the campaign: it takes the scenarios of a plan in order, brings
// the target and the load to each, measures, and journals what it saw before it
// goes on. It knows the world only through platform.Platform, the Locust web API
// (internal/locust) and Store, prints nothing and never changes a number.
//
// An attempt is an ordered list of steps (attempt.go). Each step is idempotent,
// observes, does one thing, and says done, again or failed; each has a deadline.
// While the window is open a watch (watch.go) looks for whatever makes the
// numbers mean something else than they seem to.
package run
