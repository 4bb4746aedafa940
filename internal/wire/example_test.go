package wire_test

import (
	"context"
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/wire"
)

// A message is a type, one value, and whose it is.
func ExampleEncode() {
	payload := wire.Encode(wire.TypeSpawningComplete, wire.SpawningComplete{
		UserClassesCount: map[string]int{"Buyer": 3, "Visitor": 7}, UserCount: 10,
	}, "host_1")
	msg, err := wire.DecodeMessage(payload)
	if err != nil {
		fmt.Println(err)
		return
	}
	done, err := wire.DecodeSpawningComplete(msg.Data)
	fmt.Println(msg.Type, msg.NodeID, done.UserCount, done.UserClassesCount, err)
	// Output: spawning_complete host_1 10 map[Buyer:3 Visitor:7] <nil>
}

// What is no message of Locust's is refused whole.
func ExampleDecodeMessage() {
	_, err := wire.DecodeMessage([]byte{0x92, 0xc0, 0xc0})
	fmt.Println(err)
	// Output: decoding message: array of 2, want 3
}

// A worker says that it is there, and its master answers.
func Example() {
	ctx := context.Background()
	router, err := wire.Listen(ctx, "127.0.0.1:0", 0)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = router.Close() }()
	worker, err := wire.Dial(ctx, router.Addr().String(), "host_1")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer func() { _ = worker.Close() }()
	if err := worker.Send(wire.Encode(wire.TypeClientReady, wire.ClientReady{Version: "2.47.0"}, "host_1")); err != nil {
		fmt.Println(err)
		return
	}
	for {
		event, err := router.Recv(ctx)
		if err != nil {
			fmt.Println(err)
			return
		}
		if event.Kind != wire.PeerMessage {
			continue
		}
		msg, err := wire.DecodeMessage(event.Payload)
		fmt.Println(event.Identity, msg.Type, err)
		_ = router.Send(event.Identity, wire.Encode(wire.TypeAck, wire.Ack{}, event.Identity))
		break
	}
	answer, err := worker.Recv(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	msg, err := wire.DecodeMessage(answer)
	fmt.Println(msg.Type, err)
	// Output:
	// host_1 client_ready <nil>
	// ack <nil>
}
