// Package locust is the client of the Locust web API: start, observe and stop a load, on a
// Python Locust master of any version from 2.12.1 or on ours (internal/swarm), which adds
// the routes of extension.go. What it relies on is in docs/internals/locust-protocol.md.
package locust
