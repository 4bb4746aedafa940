package queuetest

import (
	"container/heap"
	"iter"
	"time"
)

// Request is one, by the times since the start of the load.
type Request struct {
	// Intended is when it should have been sent by the plan, Sent when it was.
	Intended, Sent, End time.Duration
	OK                  bool
}

// Response is the time from when it should have been sent until its end.
func (r Request) Response() time.Duration { return r.End - r.Intended }

// FromSent is the time from when it was sent: without what it waited for its turn.
func (r Request) FromSent() time.Duration { return r.End - r.Sent }

// Open is a load of requests that arrive whatever the service does.
type Open struct {
	Service Service
	// Gap is the time between two arrivals: Exponential(1/rate) for M/M/c.
	Gap Law
	// Connections is how many requests the generator can have under way: one that finds
	// none free is sent later than intended. 0 is no limit.
	Connections int
}

// Requests yields the requests of a load without end, in the order in which they are sent.
func (o Open) Requests(seed uint64) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		r := random(seed)
		service := o.Service.start(r)
		connections := make([]float64, o.Connections)
		for intended := o.Gap(r); ; intended += o.Gap(r) {
			sent := intended
			connection := earliest(connections)
			if connection >= 0 {
				sent = max(sent, connections[connection])
			}
			end, ok := service.take(sent)
			if connection >= 0 {
				connections[connection] = end
			}
			if !yield(request(intended, sent, end, ok)) {
				return
			}
		}
	}
}

// Closed is a load of users who wait for the answer, think, and send the next request.
type Closed struct {
	Service Service
	Users   int
	// Think is the time between an answer and the next request.
	Think Law
	// Ramp is how many seconds the users come in, evenly spread.
	Ramp float64
}

// Requests yields the requests of a load without end, in the order in which they are sent.
func (c Closed) Requests(seed uint64) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		r := random(seed)
		service := c.Service.start(r)
		next := make(moments, c.Users)
		for i := range next {
			next[i] = c.Ramp*float64(i)/float64(c.Users) + c.Think(r)
		}
		heap.Init(&next)
		for {
			sent := next[0]
			end, ok := service.take(sent)
			next[0] = end + c.Think(r)
			heap.Fix(&next, 0)
			if !yield(request(sent, sent, end, ok)) {
				return
			}
		}
	}
}

func request(intended, sent, end float64, ok bool) Request {
	return Request{Intended: duration(intended), Sent: duration(sent), End: duration(end), OK: ok}
}

func duration(seconds float64) time.Duration {
	return time.Duration(seconds * float64(time.Second))
}

// moments is a heap of when each user sends next.
type moments []float64

func (m moments) Len() int           { return len(m) }
func (m moments) Less(i, j int) bool { return m[i] < m[j] }
func (m moments) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }

// Push and Pop are heap.Interface's: the number of users stays.
func (m *moments) Push(any) { panic("no user joins") }

// Pop is not used either.
func (m *moments) Pop() any { panic("no user leaves") }

// Until cuts a load at the first request that is sent at d or later.
func Until(requests iter.Seq[Request], d time.Duration) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		for r := range requests {
			if r.Sent >= d || !yield(r) {
				return
			}
		}
	}
}

// First cuts a load after n requests.
func First(requests iter.Seq[Request], n int) iter.Seq[Request] {
	return func(yield func(Request) bool) {
		for r := range requests {
			if n--; n < 0 || !yield(r) {
				return
			}
		}
	}
}
