// Package master is our Locust master: it takes workers by Locust's wire protocol
// (Python's of any version from 2.10 and ours), spreads users over them, merges
// what they measure and serves Locust's web API with the extra routes of
// internal/locust/extension.go. New binds, Run serves.
//
// What is decided here, and why it differs from Python's master:
//
//   - A lost worker's users move to the others at once, and no other user is
//     touched (locust-protocol.md 24). A worker is lost when it was silent for 4 s, or
//     1 s after its connection ended. When the last one is lost, the load ends.
//   - A worker that joins a running load gets users only where users are missing
//     or added: moving running users would disturb what is being measured. An edit
//     (a /swarm to a load that runs, even to the same number of users) spreads them
//     evenly again, and moves no more than that takes.
//   - Users are balanced in total and in each class (locust-protocol.md 23).
//   - A load whose workers do not all have its classes is refused with an error
//     (locust-protocol.md 12).
//   - Reports after client_stopped count for the load they belong to
//     (locust-protocol.md 17). A new load takes nothing from a worker before that
//     worker's answer to its spawn.
//   - A heartbeat from an unknown worker is answered with stop, which makes every
//     Locust worker register again (locust-protocol.md 13). Messages that would kill
//     Python's master are dropped.
//   - Rates are the requests of whole seconds that all workers have reported, over the
//     time of exactly these seconds, and all rows use the same (measuring.md 8). Locust
//     divides everything reported, even from before a reset, by the time up to the last
//     request.
//   - One-second slices are served only when all workers of the load send them. Once a
//     Python worker has reported requests, SlicesPath answers 501.
//
// All state is in core, which is told the time and does no I/O but queueing
// messages, so that tests need no clock.
package master
