// Package wire speaks to Locust's masters and workers: ZMTP 3.0 with the NULL
// mechanism (Dealer, Router) and the msgpack messages of Locust's own protocol
// (Message and its typed payloads), with our extension of it (Report).
//
// ZMTP is written by hand over net.Conn. What Locust uses of it is a few hundred
// lines, and owning them lets a Router hand an identity over to its newest
// connection, report the end of a connection at once, and bound what a hostile
// peer can cost; the pure Go libraries are unmaintained and the others need cgo.
//
// Everything that decodes is bounded: in the size of a frame, in nesting, in the
// number of elements, and no memory is taken on the word of a length field. It
// tolerates what Python's versions are known to send (locust-protocol.md 3) and
// never sends the shapes that end a Python master's listener (locust-protocol.md 4).
package wire
