package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

// vectors are payloads captured from real Locust by the tests of locust_test.go with -update.
func vectors(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "locust-*", "*.msgpack"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no vectors in testdata: %v", err)
	}
	all := map[string][]byte{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all[path] = b
	}
	return all
}

// decoders lists every typed decoder, as one that decodes and encodes again.
func decoders() map[string]func([]byte) ([]byte, error) {
	return map[string]func([]byte) ([]byte, error){
		"client_ready":      again(DecodeClientReady),
		"heartbeat":         again(DecodeHeartbeat),
		"heartbeat reply":   again(DecodeHeartbeatReply),
		"ack":               again(DecodeAck),
		"spawn":             again(DecodeSpawn),
		"spawning_complete": again(DecodeSpawningComplete),
		"exception":         again(DecodeException),
		"logs":              again(DecodeLogs),
		"stats":             again(DecodeStatsReport),
		"report":            again(DecodeReport),
	}
}

func again[T Payload](decode func([]byte) (T, error)) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		v, err := decode(b)
		if err != nil {
			return nil, err
		}
		return v.AppendMsg(nil), nil
	}
}

func TestVectorsOfRealLocust(t *testing.T) {
	typed := decoders()
	for path, b := range vectors(t) {
		m, err := DecodeMessage(b)
		if err != nil || m.NodeID == "" {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if decode := typed[m.Type]; decode != nil {
			if _, err := decode(m.Data); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

func FuzzMessage(f *testing.F) {
	for _, b := range vectors(f) {
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := DecodeMessage(b)
		if err != nil {
			return
		}
		if !utf8.ValidString(m.Type) {
			t.Errorf("type %q is not valid UTF-8", m.Type)
		}
		if utf8.ValidString(m.NodeID) {
			sent, err := DecodeMessage(Encode(m.Type, rawPayload(m.Data), m.NodeID))
			if diff := cmp.Diff(m, sent); err != nil || diff != "" {
				t.Errorf("not the same again: %v\n%s", err, diff)
			}
		}
	})
}

type rawPayload []byte

func (r rawPayload) AppendMsg(b []byte) []byte { return append(b, r...) }

// FuzzPayloads feeds every typed decoder. What one accepts must be encoded as
// something that it accepts and encodes alike.
func FuzzPayloads(f *testing.F) {
	for _, b := range vectors(f) {
		if m, err := DecodeMessage(b); err == nil {
			f.Add(m.Data)
		}
	}
	for _, p := range []Payload{
		Ack{Index: 1, Protocol: 1},
		HeartbeatReply{NowMicros: 1},
		Report{CompleteUntil: 5, Slices: []ReportSlice{{Second: 4, Name: "n", OK: []byte("x")}}, Errors: []ReportError{{Error: "e", Unsent: true}}, Pauses: []ReportPause{{Second: 4}}, Flown: []ReportFlown{{Second: 4, Micros: 5}}},
	} {
		f.Add(p.AppendMsg(nil))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for name, decode := range decoders() {
			first, err := decode(b)
			if err != nil {
				continue
			}
			second, err := decode(first)
			if err != nil || !bytes.Equal(first, second) {
				t.Errorf("%s: encoded as %x, then as %x: %v", name, first, second, err)
			}
		}
	})
}

func FuzzFrame(f *testing.F) {
	f.Add(AppendFrame(nil, Frame{Body: []byte("hello")}))
	f.Add(AppendFrame(nil, Frame{More: true, Body: make([]byte, 300)}))
	f.Add(appendReady(nil, socketDealer, "host_1"))
	f.Add([]byte("\x02\x7f\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := ReadFrame(bufio.NewReader(bytes.NewReader(b)), 1<<20)
		if err != nil {
			return
		}
		got, err := ReadFrame(bufio.NewReader(bytes.NewReader(AppendFrame(nil, frame))), 1<<20)
		if diff := cmp.Diff(frame, got); err != nil || diff != "" {
			t.Errorf("not the same again: %v\n%s", err, diff)
		}
		if frame.Command {
			_, _, _ = splitCommand(frame.Body)
		}
	})
}

func FuzzHandshake(f *testing.F) {
	greeting := appendGreeting(nil)
	f.Add(appendReady(greeting, socketDealer, "host_1"))
	f.Add([]byte("\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03\x01NULL"))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		if readGreeting(r) != nil {
			return
		}
		frame, err := ReadFrame(r, maxCommand)
		if err != nil {
			return
		}
		if name, data, err := splitCommand(frame.Body); err == nil && name == "READY" {
			if got, err := parseReady(data); err == nil && len(got.identity) > maxIdentity {
				t.Errorf("identity of %d bytes", len(got.identity))
			}
		}
	})
}

func TestFramesThatAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want error
	}{
		"reserved flag":     {"\x08\x00", nil},
		"command with more": {"\x05\x00", nil},
		"beyond the limit":  {"\x02\x00\x00\x00\x00\x7f\xff\xff\xff", ErrFrameTooLarge},
		"huge":              {"\x02\xff\xff\xff\xff\xff\xff\xff\xff", ErrFrameTooLarge},
		"cut in the size":   {"\x02\x00", io.ErrUnexpectedEOF},
		"cut in the body":   {"\x00\x05abc", io.ErrUnexpectedEOF},
		"cut in a big body": {"\x02\x00\x00\x00\x00\x00\x10\x00\x00abc", io.ErrUnexpectedEOF},
	} {
		_, err := ReadFrame(bufio.NewReader(bytes.NewReader([]byte(c.in))), 16<<20)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
