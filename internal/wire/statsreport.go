package wire

import "github.com/tinylib/msgp/msgp"

// StatsReport is what a Locust worker measured since its last one (locust-protocol.md 15).
type StatsReport struct {
	Stats []StatsEntry
	// Total is the worker's own sum; Locust's master does not derive it from Stats.
	Total            StatsEntry
	Errors           []StatsError
	UserClassesCount map[string]int
	UserCount        int
}

// StatsEntry is one endpoint's share of a report. Times are milliseconds, or
// Unix seconds on the worker's clock.
type StatsEntry struct {
	Name, Method string
	// LastRequest is nil when there was none.
	LastRequest *float64
	StartTime   float64
	// Requests counts successes and failures, NoneRequests those without a response time.
	Requests, NoneRequests, Failures int64
	TotalResponseTime                float64
	MaxResponseTime                  float64
	// MinResponseTime is nil when there was no request: 0 would become the minimum of the whole run (locust-protocol.md 16).
	MinResponseTime    *float64
	TotalContentLength int64
	// ResponseTimes counts per bucket, in whole milliseconds.
	ResponseTimes map[int64]int64
	// RequestsPerSec and FailuresPerSec count per Unix second.
	RequestsPerSec, FailuresPerSec map[int64]int64
}

// StatsError counts one kind of failure.
type StatsError struct {
	// Key is equal for equal errors, and otherwise opaque.
	Key                 string
	Name, Method, Error string
	Occurrences         int64
	// FirstSeen and LastSeen are Unix seconds; nil before Locust 2.44.
	FirstSeen, LastSeen *float64
}

// AppendMsg implements Payload.
func (r StatsReport) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 5)
	b = appendStr(b, "stats")
	b = appendList(b, r.Stats, appendEntry)
	b = appendStr(b, "stats_total")
	b = appendEntry(b, r.Total)
	b = appendStr(b, "errors")
	b = msgp.AppendMapHeader(b, uint32(len(r.Errors)))
	for _, e := range r.Errors {
		b = appendStatsError(appendStr(b, e.Key), e)
	}
	b = appendCounts(b, "user_classes_count", r.UserClassesCount)
	return appendInt(b, "user_count", int64(r.UserCount))
}

func appendEntry(b []byte, e StatsEntry) []byte {
	b = msgp.AppendMapHeader(b, 14)
	b = appendText(b, "name", e.Name)
	b = appendText(b, "method", e.Method)
	b = appendOptNum(b, "last_request_timestamp", e.LastRequest)
	b = appendNum(b, "start_time", e.StartTime)
	b = appendInt(b, "num_requests", e.Requests)
	b = appendInt(b, "num_none_requests", e.NoneRequests)
	b = appendInt(b, "num_failures", e.Failures)
	b = appendNum(b, "total_response_time", e.TotalResponseTime)
	b = appendNum(b, "max_response_time", e.MaxResponseTime)
	b = appendOptNum(b, "min_response_time", e.MinResponseTime)
	b = appendInt(b, "total_content_length", e.TotalContentLength)
	b = appendBuckets(b, "response_times", e.ResponseTimes)
	b = appendBuckets(b, "num_reqs_per_sec", e.RequestsPerSec)
	return appendBuckets(b, "num_fail_per_sec", e.FailuresPerSec)
}

func appendBuckets(b []byte, key string, m map[int64]int64) []byte {
	return appendMap(appendStr(b, key), m, msgp.AppendInt64, msgp.AppendInt64)
}

func appendStatsError(b []byte, e StatsError) []byte {
	b = msgp.AppendMapHeader(b, 6)
	b = appendText(b, "name", e.Name)
	b = appendText(b, "method", e.Method)
	b = appendText(b, "error", e.Error)
	b = appendInt(b, "occurrences", e.Occurrences)
	b = appendOptNum(b, "first_seen", e.FirstSeen)
	return appendOptNum(b, "last_seen", e.LastSeen)
}

// entryWeight is the least that a StatsEntry or a ReportSlice costs of the element budget:
// it is that much larger in memory than an empty map is on the wire.
const entryWeight = 16

// DecodeStatsReport reads the data of TypeStats.
func DecodeStatsReport(data []byte) (StatsReport, error) {
	d := newDecoder(data)
	r := StatsReport{UserClassesCount: map[string]int{}}
	d.fields(func(key string) bool {
		switch key {
		case "stats":
			d.each(func() {
				if d.spend(entryWeight) {
					r.Stats = append(r.Stats, d.entry())
				}
			})
		case "stats_total":
			r.Total = d.entry()
		case "errors":
			r.Errors = d.statsErrors()
		case "user_classes_count":
			r.UserClassesCount = d.counts()
		case "user_count":
			r.UserCount = int(d.count())
		default:
			return false
		}
		return true
	})
	return r, d.finish(TypeStats)
}

func (d *decoder) entry() StatsEntry {
	var e StatsEntry
	d.fields(func(key string) bool {
		return d.entryText(&e, key) || d.entryNumber(&e, key) || d.entryBuckets(&e, key)
	})
	return e
}

func (d *decoder) entryText(e *StatsEntry, key string) bool {
	switch key {
	case "name":
		e.Name = d.str()
	case "method":
		e.Method = d.str()
	default:
		return false
	}
	return true
}

func (d *decoder) entryNumber(e *StatsEntry, key string) bool {
	switch key {
	case "last_request_timestamp":
		e.LastRequest = d.optWithin(maxUnix)
	case "start_time":
		e.StartTime = d.within(maxUnix)
	case "num_requests":
		e.Requests = d.count()
	case "num_none_requests":
		e.NoneRequests = d.count()
	case "num_failures":
		e.Failures = d.count()
	case "total_response_time":
		e.TotalResponseTime = d.within(maxMillis)
	case "max_response_time":
		e.MaxResponseTime = d.within(maxMillis)
	case "min_response_time":
		e.MinResponseTime = d.optWithin(maxMillis)
	case "total_content_length":
		e.TotalContentLength = d.count()
	default:
		return false
	}
	return true
}

func (d *decoder) entryBuckets(e *StatsEntry, key string) bool {
	switch key {
	case "response_times":
		e.ResponseTimes = d.buckets()
	case "num_reqs_per_sec":
		e.RequestsPerSec = d.buckets()
	case "num_fail_per_sec":
		e.FailuresPerSec = d.buckets()
	default:
		return false
	}
	return true
}

// buckets reads counts under numeric keys, which are floats from workers before 2.43.4:
// Python treats 150 and 150.0 as one key, and so must we.
func (d *decoder) buckets() map[int64]int64 {
	m := map[int64]int64{}
	d.pairs(func() {
		key := d.count()
		m[key] += d.count()
	})
	return m
}

func (d *decoder) statsErrors() []StatsError {
	var errs []StatsError
	d.pairs(func() {
		if d.spend(entryWeight) {
			key := d.str()
			errs = append(errs, d.statsError(key))
		}
	})
	return errs
}

func (d *decoder) statsError(key string) StatsError {
	e := StatsError{Key: key}
	d.fields(func(key string) bool {
		switch key {
		case "name":
			e.Name = d.str()
		case "method":
			e.Method = d.str()
		case "error":
			e.Error = d.str()
		case "occurrences":
			e.Occurrences = d.count()
		case "first_seen":
			e.FirstSeen = d.optWithin(maxUnix)
		case "last_seen":
			e.LastSeen = d.optWithin(maxUnix)
		default:
			return false
		}
		return true
	})
	return e
}
