package wire

import "github.com/tinylib/msgp/msgp"

// Report is what our worker measured since its last one, in whole seconds of the master's
// clock. It replaces StatsReport for a master whose Ack has a Protocol, and is sent each
// second, even without users, and once more before client_stopped. A slice is sent when its
// second is over for the worker; later samples of the same second may follow in another
// slice, which is added. What is too much for one report comes in several, the last of which
// completes the seconds.
type Report struct {
	// CompleteUntil is the first Unix second that the worker may still add to; 0
	// in a part that completes nothing.
	CompleteUntil int64
	Slices        []ReportSlice
	Errors        []ReportError
	// Pauses are the seconds in which the worker itself did not run all the time.
	Pauses []ReportPause
	// Flown are the seconds in which requests were under way; none from earlier releases.
	Flown []ReportFlown
	// Lost counts the requests that the worker had no room to count, so that they are in no slice.
	Lost int64
	// UserCount and UserClassesCount are the users now, with a zero for each class without any.
	UserCount        int
	UserClassesCount map[string]int
}

// ReportSlice is one endpoint's second.
type ReportSlice struct {
	// Second is the Unix second in which the requests completed.
	Second       int64
	Method, Name string
	// OK and Failed are what stats.Histogram.Encode gives; nil when nothing was recorded.
	OK, Failed []byte
	// InFlight has the ages of the requests that were under way when the second ended; nil for none.
	InFlight []byte
	// Bytes is the sum of response body lengths, Overflow counts times that no histogram holds.
	Bytes, Overflow int64
	// Retries counts requests that were sent again because a kept connection was stale.
	Retries int64
	// Redirected counts successes that a redirect led to, where the task does not say which
	// status is right; none from earlier releases.
	Redirected int64
}

// ReportError counts one kind of failure in one second.
type ReportError struct {
	Second              int64
	Method, Name, Error string
	Occurrences         int64
	// Unsent says that the worker could not send these requests, so that they are in no slice.
	Unsent bool
}

// ReportPause says how long the worker did not run in a second: it was stopped, starved of
// processor time or collecting garbage.
type ReportPause struct {
	Second int64
	// StoodMicros is how long nothing ran; StealMicros and GCMicros are how much of the
	// machine's time a hypervisor took and how long the garbage collector stopped
	// everything in the same span, which may be why.
	StoodMicros, StealMicros, GCMicros int64
}

// ReportFlown says for how long requests were under way in a second, in sum over them: what the
// worker counted every ten milliseconds, apart from its slices.
type ReportFlown struct{ Second, Micros int64 }

// AppendMsg implements Payload.
func (r Report) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 8)
	b = appendInt(b, "complete_until", r.CompleteUntil)
	b = appendStr(b, "slices")
	b = appendList(b, r.Slices, appendSlice)
	b = appendStr(b, "errors")
	b = appendList(b, r.Errors, appendReportError)
	b = appendStr(b, "pauses")
	b = appendList(b, r.Pauses, appendPause)
	b = appendStr(b, "flown")
	b = appendList(b, r.Flown, appendFlown)
	b = appendInt(b, "lost", r.Lost)
	b = appendInt(b, "user_count", int64(r.UserCount))
	return appendCounts(b, "user_classes_count", r.UserClassesCount)
}

func appendSlice(b []byte, s ReportSlice) []byte {
	b = msgp.AppendMapHeader(b, 10)
	b = appendInt(b, "second", s.Second)
	b = appendText(b, "method", s.Method)
	b = appendText(b, "name", s.Name)
	b = appendBin(b, "ok", s.OK)
	b = appendBin(b, "failed", s.Failed)
	b = appendBin(b, "in_flight", s.InFlight)
	b = appendInt(b, "bytes", s.Bytes)
	b = appendInt(b, "overflow", s.Overflow)
	b = appendInt(b, "retries", s.Retries)
	return appendInt(b, "redirected", s.Redirected)
}

func appendBin(b []byte, key string, v []byte) []byte {
	b = appendStr(b, key)
	if len(v) == 0 {
		return msgp.AppendNil(b)
	}
	return msgp.AppendBytes(b, v)
}

func appendPause(b []byte, p ReportPause) []byte {
	b = msgp.AppendMapHeader(b, 4)
	b = appendInt(b, "second", p.Second)
	b = appendInt(b, "stood_us", p.StoodMicros)
	b = appendInt(b, "steal_us", p.StealMicros)
	return appendInt(b, "gc_us", p.GCMicros)
}

func appendFlown(b []byte, f ReportFlown) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = appendInt(b, "second", f.Second)
	return appendInt(b, "us", f.Micros)
}

func appendReportError(b []byte, e ReportError) []byte {
	b = msgp.AppendMapHeader(b, 6)
	b = appendInt(b, "second", e.Second)
	b = appendText(b, "method", e.Method)
	b = appendText(b, "name", e.Name)
	b = appendText(b, "error", e.Error)
	b = appendInt(b, "occurrences", e.Occurrences)
	return msgp.AppendBool(appendStr(b, "unsent"), e.Unsent)
}

// DecodeReport reads the data of TypeReport. OK, Failed and InFlight point into data
// and are not yet checked to be histograms.
func DecodeReport(data []byte) (Report, error) {
	d := newDecoder(data)
	r := Report{UserClassesCount: map[string]int{}}
	d.fields(func(key string) bool {
		switch key {
		case "complete_until":
			r.CompleteUntil = d.int()
		case "slices":
			d.each(func() {
				if d.spend(entryWeight) {
					r.Slices = append(r.Slices, d.slice())
				}
			})
		case "errors":
			d.each(func() {
				if d.spend(entryWeight) {
					r.Errors = append(r.Errors, d.reportError())
				}
			})
		case "pauses":
			d.each(func() {
				if d.spend(entryWeight) {
					r.Pauses = append(r.Pauses, d.pause())
				}
			})
		case "flown":
			d.each(func() {
				if d.spend(entryWeight) {
					r.Flown = append(r.Flown, d.flown())
				}
			})
		case "lost":
			r.Lost = d.count()
		case "user_count":
			r.UserCount = int(d.count())
		case "user_classes_count":
			r.UserClassesCount = d.counts()
		default:
			return false
		}
		return true
	})
	return r, d.finish(TypeReport)
}

func (d *decoder) slice() ReportSlice {
	var s ReportSlice
	d.fields(func(key string) bool {
		switch key {
		case "second":
			s.Second = d.int()
		case "method":
			s.Method = d.str()
		case "name":
			s.Name = d.str()
		case "ok":
			s.OK = d.bin()
		case "failed":
			s.Failed = d.bin()
		case "in_flight":
			s.InFlight = d.bin()
		case "bytes":
			s.Bytes = d.count()
		case "overflow":
			s.Overflow = d.count()
		case "retries":
			s.Retries = d.count()
		case "redirected":
			s.Redirected = d.count()
		default:
			return false
		}
		return true
	})
	return s
}

func (d *decoder) reportError() ReportError {
	var e ReportError
	d.fields(func(key string) bool {
		switch key {
		case "second":
			e.Second = d.int()
		case "method":
			e.Method = d.str()
		case "name":
			e.Name = d.str()
		case "error":
			e.Error = d.str()
		case "occurrences":
			e.Occurrences = d.count()
		case "unsent":
			e.Unsent = d.bool()
		default:
			return false
		}
		return true
	})
	return e
}

func (d *decoder) pause() ReportPause {
	var p ReportPause
	d.fields(func(key string) bool {
		switch key {
		case "second":
			p.Second = d.int()
		case "stood_us":
			p.StoodMicros = d.count()
		case "steal_us":
			p.StealMicros = d.count()
		case "gc_us":
			p.GCMicros = d.count()
		default:
			return false
		}
		return true
	})
	return p
}

func (d *decoder) flown() ReportFlown {
	var f ReportFlown
	d.fields(func(key string) bool {
		switch key {
		case "second":
			f.Second = d.int()
		case "us":
			f.Micros = d.count()
		default:
			return false
		}
		return true
	})
	return f
}
