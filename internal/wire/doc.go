// Package wire speaks to Locust's masters and workers: ZMTP 3.0 with the NULL
// mechanism (Dealer, Router) and the msgpack messages of Locust's own protocol
// (Message and its typed payloads), with our extension of it (Report).
//
// ZMTP is written by hand over net.Conn. The part that Locust uses is a few hundred lines,
// and owning them lets a Router hand an identity over to its newest connection, report the
// end of a connection at once, and bound what a hostile peer can cost. The pure Go libraries
// are unmaintained, and the others need cgo.
//
// Everything that decodes is bounded: in the size of a frame, in nesting, in the number of
// elements, and no memory is taken on the word of a length field. What Python's versions are
// known to send is tolerated (locust-protocol.md 3), and what ends a Python master's
// listener is never sent (locust-protocol.md 4).
package wire
