// Package inferencesim is a simulated inference service: something to load,
// and something whose latencies are known beforehand.
//
// It answers forecasts over HTTP like the service it stands in for, but how
// long a request takes is decided by a queueing model: c parallel servers with
// one FIFO queue, or processor sharing. The model is exact. A job's start and
// end are computed, not slept: the queue is a discrete-event simulation whose
// events happen at computed times, and the wall clock only delivers the
// answers. A late timer therefore delays one answer, but no later job, and
// throughput does not depend on timer precision.
//
// From the inside out:
//
//   - station (fifo.go, ps.go): the pure model, no clock, no goroutines.
//   - [Queue]: a station on the wall clock (or on testing/synctest's clock).
//   - [Server]: the HTTP service around a Queue.
//   - [Run]: the command line program, cmd/inference-sim.
package inferencesim
