package wire

import "github.com/tinylib/msgp/msgp"

// SpawningComplete is a worker's answer when it has the users of a Spawn.
type SpawningComplete struct {
	UserClassesCount map[string]int
	UserCount        int
}

// AppendMsg implements Payload.
func (s SpawningComplete) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = appendCounts(b, "user_classes_count", s.UserClassesCount)
	return appendInt(b, "user_count", int64(s.UserCount))
}

// DecodeSpawningComplete reads the data of TypeSpawningComplete, from a worker or a master.
func DecodeSpawningComplete(data []byte) (SpawningComplete, error) {
	d := newDecoder(data)
	s := SpawningComplete{UserClassesCount: map[string]int{}}
	d.fields(func(key string) bool {
		switch key {
		case "user_classes_count":
			s.UserClassesCount = d.counts()
		case "user_count":
			s.UserCount = int(d.count())
		default:
			return false
		}
		return true
	})
	return s, d.finish(TypeSpawningComplete)
}

// RampComplete is a master's TypeSpawningComplete: the whole ramp has ended.
// Workers before 2.29 do not know it.
type RampComplete struct {
	// UserCount is the users of all workers.
	UserCount int
}

// AppendMsg implements Payload.
func (r RampComplete) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 1)
	return appendInt(b, "user_count", int64(r.UserCount))
}

// Exception is an error that a task did not handle.
type Exception struct {
	Msg       string
	Traceback string
}

// AppendMsg implements Payload.
func (e Exception) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = appendText(b, "msg", e.Msg)
	return appendText(b, "traceback", e.Traceback)
}

// DecodeException reads the data of TypeException.
func DecodeException(data []byte) (Exception, error) {
	d := newDecoder(data)
	var e Exception
	d.fields(func(key string) bool {
		switch key {
		case "msg":
			e.Msg = d.str()
		case "traceback":
			e.Traceback = d.str()
		default:
			return false
		}
		return true
	})
	return e, d.finish(TypeException)
}

// Logs are a worker's log lines, all of them each time.
type Logs struct {
	WorkerID string
	Lines    []string
}

// AppendMsg implements Payload.
func (l Logs) AppendMsg(b []byte) []byte {
	b = msgp.AppendMapHeader(b, 2)
	b = appendText(b, "worker_id", l.WorkerID)
	b = appendStr(b, "logs")
	return appendList(b, l.Lines, appendStr)
}

// maxLogLines is what Locust's workers keep.
const maxLogLines = 500

// DecodeLogs reads the data of TypeLogs; lines beyond the newest 500 are dropped.
func DecodeLogs(data []byte) (Logs, error) {
	d := newDecoder(data)
	var l Logs
	d.fields(func(key string) bool {
		switch key {
		case "worker_id":
			l.WorkerID = d.str()
		case "logs":
			d.each(func() { l.Lines = append(l.Lines, d.str()) })
			l.Lines = l.Lines[max(0, len(l.Lines)-maxLogLines):]
		default:
			return false
		}
		return true
	})
	return l, d.finish(TypeLogs)
}
