package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/memtest"
)

func listen(t *testing.T, frameLimit int) *Router {
	t.Helper()
	r, err := Listen(t.Context(), "127.0.0.1:0", frameLimit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	return r
}

// longHeader begins a frame of size bytes.
func longHeader(size int) []byte {
	return binary.BigEndian.AppendUint64([]byte{flagLong}, uint64(size))
}

// TestUnfinishedMessagesAreBounded: 62 strangers stop one byte short of 16 MiB, and 62
// workers announce as much and send nothing. That takes no more memory than there is room
// for, and the strangers hold nobody up.
func TestUnfinishedMessagesAreBounded(t *testing.T) {
	const size = 16 << 20
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := listen(t, size)
	r.Admit("host_1")
	honest := dial(ctx, t, r, "host_1")
	want(ctx, t, r, PeerConnected, "")
	before := memtest.LiveHeap()
	almost := make([]byte, size-1)
	for i := range 62 {
		nc, _ := rawPeer(t, r, fmt.Sprint("stranger_", i))
		go func() {
			_, _ = nc.Write(longHeader(size))
			_, _ = nc.Write(almost)
		}()
	}
	receive := func(text string) {
		for got := ""; got != text; {
			e, err := r.Recv(ctx)
			if err != nil {
				t.Fatal(err)
			}
			got = string(e.Payload)
		}
	}
	big := string(make([]byte, size))
	for range 3 {
		for _, text := range []string{"heartbeat", big} {
			go func() { _ = honest.Send([]byte(text)) }()
			receive(text)
		}
	}
	if r.strange.Load() == 0 {
		t.Error("no stranger's message was left out")
	}
	for i := range 62 {
		id := fmt.Sprint("worker_", i)
		r.Admit(id)
		nc, _ := rawPeer(t, r, id)
		_, _ = nc.Write(longHeader(size))
	}
	go func() { _ = honest.Send([]byte("another heartbeat")) }()
	receive("another heartbeat")
	runtime.KeepAlive(big)
	if grown := memtest.LiveHeap() - before; grown > routerRoom+2*size+8<<20 {
		t.Errorf("%d MiB more are alive, of which %d are the test's", grown>>20, 2*size>>20)
	}
	r.room.mu.Lock()
	defer r.room.mu.Unlock()
	if r.room.most != routerRoom {
		t.Errorf("%d bytes of messages at most, want all of %d", r.room.most, routerRoom)
	}
}

// TestLargeMessageComesThrough: among many workers that never finish theirs, each message
// waits for those before it, and no longer than these are given.
func TestLargeMessageComesThrough(t *testing.T) {
	const size = 1 << 20
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(2 * size)
		for range 9 {
			ours, theirs := net.Pipe()
			defer theirs.Close()
			c := newConn(ours, size, r)
			c.known.Store(true)
			go func() {
				defer ours.Close()
				_, _ = c.readMessage()
			}()
			_, _ = theirs.Write(longHeader(size))
			synctest.Wait() // so that it has its place
		}
		ours, theirs := net.Pipe()
		defer theirs.Close()
		c := newConn(ours, size, r)
		c.known.Store(true)
		began := time.Now()
		go func() { _, _ = theirs.Write(AppendFrame(nil, Frame{Body: make([]byte, size)})) }()
		m, err := c.readMessage()
		if err != nil || len(m.payload) != size {
			t.Errorf("%d bytes: %v", len(m.payload), err)
		}
		// It has the last of ten places, two of which have room at once.
		if took := time.Since(began); took != 4*hurriedTimeout || c.stalled.Load() {
			t.Errorf("it took %s, stalled %v", took, c.stalled.Load())
		}
		m.held.give()
		time.Sleep(messageTimeout)
		synctest.Wait()
		if r.evicted != 9 || r.used != 0 || len(r.unfinished)+len(r.queue) != 0 || r.most != r.limit {
			t.Errorf("%d evicted, used %d of %d, unfinished %d, waiting %d", r.evicted, r.used, r.most, len(r.unfinished), len(r.queue))
		}
	})
}

// TestUnfinishedMessageIsGivenUp: a peer may be slow, but not for ever.
func TestUnfinishedMessageIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		c := newConn(ours, 1<<20, newRoom(1<<20))
		c.known.Store(true)
		done := make(chan struct{})
		go func() {
			defer close(done)
			time.Sleep(time.Hour) // saying nothing is allowed
			_, _ = theirs.Write(AppendFrame(nil, Frame{Body: []byte("whole")}))
			time.Sleep(time.Hour)
			_, _ = theirs.Write(longHeader(1 << 20))
			for _, err := theirs.Write([]byte("some")); err == nil; _, err = theirs.Write([]byte("some")) {
				time.Sleep(time.Second)
			}
		}()
		m, err := c.readMessage()
		if err != nil || string(m.payload) != "whole" {
			t.Fatalf("%q: %v", m.payload, err)
		}
		m.held.give()
		began := time.Now()
		if _, err := c.readMessage(); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Hour+messageTimeout {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
		_ = ours.Close()
		<-done
		if c.room.used != 0 || len(c.room.unfinished) != 0 {
			t.Errorf("%d bytes of %d messages are still held", c.room.used, len(c.room.unfinished))
		}
	})
}

// TestMessageWaitsForRoom: a whole message that is not handled yet is never given up, and
// one that waits holds no room.
func TestMessageWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(1 << 20)
		ours, theirs := net.Pipe()
		defer theirs.Close()
		c := newConn(ours, 1<<20, r)
		whole, err := r.take(c, r.limit/2)
		if err != nil {
			t.Fatal(err)
		}
		whole.end()
		taken := make(chan *holding, 1)
		go func() {
			h, err := r.take(c, r.limit)
			if err != nil {
				t.Error(err)
			}
			taken <- h
		}()
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(taken) != 0 || !c.stalled.Load() || r.used != r.limit/2 {
			t.Errorf("it did not wait, or %d bytes are used", r.used)
		}
		whole.give()
		next := <-taken
		if c.stalled.Load() || r.used != r.limit {
			t.Errorf("stalled %v, used %d", c.stalled.Load(), r.used)
		}
		next.give()
		if r.used != 0 || r.evicted != 0 {
			t.Errorf("used %d, evicted %d", r.used, r.evicted)
		}
		r.used = 1
		go r.close()
		if _, err := r.take(c, r.limit); !errors.Is(err, net.ErrClosed) {
			t.Errorf("after close: %v", err)
		}
	})
}

// TestGuestsMakeWay: peers that the master never admits keep their places only until others
// come, and never for long.
func TestGuestsMakeWay(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	r := listen(t, 0)
	go func() {
		for _, err := r.Recv(ctx); err == nil; _, err = r.Recv(ctx) {
		}
	}()
	known := dial(ctx, t, r, "known_1")
	connected(ctx, t, r, "known_1")
	r.Admit("known_1")
	oldest, _ := rawPeer(t, r, "oldest")
	connected(ctx, t, r, "oldest")
	time.Sleep(guestGrace)
	for i := range maxGuests {
		id := fmt.Sprint("guest_", i)
		rawPeer(t, r, id)
		connected(ctx, t, r, id)
	}
	if _, err := io.Copy(io.Discard, oldest); err != nil {
		t.Errorf("the oldest guest is still there: %v", err)
	}
	if got := r.Shed().Guests; got != 1 {
		t.Errorf("%d guests were dropped, want 1", got)
	}
	if err := known.Send([]byte("still here")); err != nil || !r.Connected("known_1") {
		t.Errorf("the known peer is gone: %v", err)
	}
	r.mu.Lock()
	r.guests.expire(time.Now().Add(guestTime))
	left := r.guests.order.Len()
	r.mu.Unlock()
	if left != 0 || !r.Connected("known_1") {
		t.Errorf("%d guests are left after %s", left, guestTime)
	}
	_ = known.Close()
	for r.Connected("known_1") {
		time.Sleep(time.Millisecond)
	}
	dial(ctx, t, r, "known_1")
	connected(ctx, t, r, "known_1")
	r.mu.Lock()
	left = r.guests.order.Len()
	r.mu.Unlock()
	if left != 0 {
		t.Errorf("the known peer is a guest when it comes again")
	}
	r.Dismiss("known_1")
	r.Dismiss("known_1")
	r.mu.Lock()
	defer r.mu.Unlock()
	if got := r.guests.order.Len(); got != 1 {
		t.Errorf("%d guests, want the one that was dismissed", got)
	}
}

func connected(ctx context.Context, t *testing.T, r *Router, id string) {
	t.Helper()
	for !r.Connected(id) {
		if ctx.Err() != nil {
			t.Fatalf("%s is not connected", id)
		}
		time.Sleep(time.Millisecond)
	}
}

// TestDeafPeersMakeWay: what waits for peers that do not read is bounded in total, and does
// not hold up one that reads.
func TestDeafPeersMakeWay(t *testing.T) {
	r := listen(t, 0)
	r.mu.Lock()
	for i := range 2 * routerOut / peerOut {
		nc, other := net.Pipe() // which nobody reads
		defer other.Close()
		r.peers[fmt.Sprint("deaf_", i)] = newPeer(newConn(nc, 0, r.room))
	}
	r.mu.Unlock()
	var busy int
	for i := range 2 * routerOut / peerOut {
		for {
			if err := r.Send(fmt.Sprint("deaf_", i), make([]byte, 64<<10)); err != nil {
				busy++
				break
			}
		}
		if r.out > routerOut {
			t.Fatalf("%d bytes wait, limit %d", r.out, routerOut)
		}
	}
	if got := r.Shed().Deaf; got == 0 || busy != 2*routerOut/peerOut {
		t.Errorf("%d peers were dropped, %d were busy", got, busy)
	}
}

// TestAbsurdNumbersAreRefused: a number that cannot have been measured must not enter a sum.
func TestAbsurdNumbersAreRefused(t *testing.T) {
	entry := func(change func(*StatsEntry)) Payload {
		e := StatsEntry{Name: "/", StartTime: 1_700_000_000}
		change(&e)
		return StatsReport{Stats: []StatsEntry{e}}
	}
	slice := func(s ReportSlice) Payload { return Report{Slices: []ReportSlice{s}} }
	for want, p := range map[string]Payload{
		"total_response_time is -1e+308, want 0 to":   entry(func(e *StatsEntry) { e.TotalResponseTime = -1e308 }),
		"total_response_time is 1e+308, want 0 to":    entry(func(e *StatsEntry) { e.TotalResponseTime = 1e308 }),
		"max_response_time is -1,":                    entry(func(e *StatsEntry) { e.MaxResponseTime = -1 }),
		"min_response_time is -1e+308,":               entry(func(e *StatsEntry) { e.MinResponseTime = ptr(-1e308) }),
		"last_request_timestamp is 1e+300,":           entry(func(e *StatsEntry) { e.LastRequest = ptr(1e300) }),
		"start_time is -3,":                           entry(func(e *StatsEntry) { e.StartTime = -3 }),
		"num_requests is -1,":                         entry(func(e *StatsEntry) { e.Requests = -1 }),
		"num_failures is 9223372036854775807,":        entry(func(e *StatsEntry) { e.Failures = math.MaxInt64 }),
		"num_none_requests is 1099511627777,":         entry(func(e *StatsEntry) { e.NoneRequests = maxCount + 1 }),
		"total_content_length is -1,":                 entry(func(e *StatsEntry) { e.TotalContentLength = -1 }),
		"response_times is -1,":                       entry(func(e *StatsEntry) { e.ResponseTimes = map[int64]int64{5: -1} }),
		"num_reqs_per_sec is -5,":                     entry(func(e *StatsEntry) { e.RequestsPerSec = map[int64]int64{-5: 1} }),
		"occurrences is -2,":                          StatsReport{Errors: []StatsError{{Occurrences: -2}}},
		"first_seen is -1,":                           StatsReport{Errors: []StatsError{{FirstSeen: ptr(-1.0)}}},
		"user_count is -7,":                           StatsReport{UserCount: -7},
		"user_classes_count is -1,":                   Report{UserClassesCount: map[string]int{"A": -1}},
		"bytes is -1,":                                slice(ReportSlice{Bytes: -1}),
		"overflow is -1,":                             slice(ReportSlice{Overflow: -1}),
		"retries is 9223372036854775807,":             slice(ReportSlice{Retries: math.MaxInt64}),
		"redirected is -1,":                           slice(ReportSlice{Redirected: -1}),
		"stood_us is -1,":                             Report{Pauses: []ReportPause{{StoodMicros: -1}}},
		"us is -1,":                                   Report{Flown: []ReportFlown{{Micros: -1}}},
		"current_cpu_usage is 1e+308,":                Heartbeat{CPU: 1e308},
		"current_memory_usage is -1,":                 Heartbeat{Memory: -1},
		"long_waits is -1,":                           Heartbeat{Vitals: &Vitals{LongWaits: -1}},
		"lags is -2,":                                 Heartbeat{Vitals: &Vitals{Lags: []int64{1, -2}}},
		"user_classes_count has 1 names, the last of": Report{UserClassesCount: map[string]int{strings.Repeat("x", 201): 1}},
	} {
		data := p.AppendMsg(nil)
		var err error
		switch p.(type) {
		case StatsReport:
			_, err = DecodeStatsReport(data)
		case Report:
			_, err = DecodeReport(data)
		case Heartbeat:
			_, err = DecodeHeartbeat(data)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
	// Our encoder writes none of these, a peer may.
	for name, number := range map[string]uint64{"NaN": math.Float64bits(math.NaN()), "+Inf": math.Float64bits(math.Inf(1))} {
		data := append([]byte("\x81\xa5stats\x91\x81\xb3total_response_time\xcb"), binary.BigEndian.AppendUint64(nil, number)...)
		if _, err := DecodeStatsReport(data); err == nil || !strings.Contains(err.Error(), "total_response_time is "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDecodedSize: the largest reports that are read take no more memory than stated.
func TestDecodedSize(t *testing.T) {
	buckets := func(entries, n int) StatsReport {
		var r StatsReport
		for range entries {
			e := StatsEntry{Name: "/", ResponseTimes: map[int64]int64{}}
			for j := range n {
				e.ResponseTimes[int64(j)] = 1
			}
			r.Stats = append(r.Stats, e)
		}
		return r
	}
	for name, r := range map[string]StatsReport{"endpoints": buckets(5000, 300), "entries": buckets(maxElements/35, 0)} {
		data := r.AppendMsg(nil)
		before := memtest.LiveHeap()
		got, err := DecodeStatsReport(data)
		grown := memtest.LiveHeap() - before
		t.Logf("%s: %d MiB of %d MiB, %v", name, grown>>20, len(data)>>20, err)
		if err != nil || grown > decodedSize {
			t.Errorf("%s: %d MiB, limit %d: %v", name, grown>>20, decodedSize>>20, err)
		}
		runtime.KeepAlive(got)
		runtime.KeepAlive(r)
		runtime.KeepAlive(data)
	}
}

// decodedSize is what docs/bounds.md says about one message being read.
const decodedSize = 64 << 20
