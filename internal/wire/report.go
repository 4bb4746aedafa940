package wire

import "github.com/tinylib/msgp/msgp"

// Report is what our worker measured since its last one, in whole seconds of the
// master's clock. It replaces StatsReport towards a master whose Ack has a
// Protocol, and is sent each second, also without users and once more before
// client_stopped. A slice is sent once, when its second is over for the worker;
// samples that come later for the same second may follow in another slice, which is added.
type Report struct {
	// CompleteUntil is the first Unix second that the worker may still add to.
	CompleteUntil int64
	Slices        []ReportSlice
	Errors        []ReportError
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
	// Bytes is the sum of response body lengths, Overflow counts times that no histogram holds.
	Bytes, Overflow int64
}

// ReportError counts one kind of failure in one second.
type ReportError struct {
	Second              int64
	Method, Name, Error string
	Occurrences         int64
}

// AppendMsg implements Payload.
func (r Report) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 5)
	b = appendInt(b, "complete_until", r.CompleteUntil)
	b = appendStr(b, "slices")
	b = appendList(b, r.Slices, appendSlice)
	b = appendStr(b, "errors")
	b = appendList(b, r.Errors, appendReportError)
	b = appendInt(b, "user_count", int64(r.UserCount))
	return appendCounts(b, "user_classes_count", r.UserClassesCount)
}

func appendSlice(b []byte, s ReportSlice) []byte {
	b = msgp.AppendMapHeader(b, 7)
	b = appendInt(b, "second", s.Second)
	b = appendText(b, "method", s.Method)
	b = appendText(b, "name", s.Name)
	b = appendBin(b, "ok", s.OK)
	b = appendBin(b, "failed", s.Failed)
	b = appendInt(b, "bytes", s.Bytes)
	return appendInt(b, "overflow", s.Overflow)
}

func appendBin(b []byte, key string, v []byte) []byte {
	b = appendStr(b, key)
	if len(v) == 0 {
		return msgp.AppendNil(b)
	}
	return msgp.AppendBytes(b, v)
}

func appendReportError(b []byte, e ReportError) []byte {
	b = msgp.AppendMapHeader(b, 5)
	b = appendInt(b, "second", e.Second)
	b = appendText(b, "method", e.Method)
	b = appendText(b, "name", e.Name)
	b = appendText(b, "error", e.Error)
	return appendInt(b, "occurrences", e.Occurrences)
}

// DecodeReport reads the data of TypeReport. OK and Failed point into data and are
// not yet checked to be histograms.
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
		case "bytes":
			s.Bytes = d.count()
		case "overflow":
			s.Overflow = d.count()
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
		default:
			return false
		}
		return true
	})
	return e
}
