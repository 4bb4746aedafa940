package master

const (
	// maxLogs is how many bytes of log lines are kept for one worker, logsRoom for all. The
	// newest are kept.
	maxLogs  = 64 << 10
	logsRoom = 8 << 20

	cutLogs = "(older lines were dropped)"
)

// logs are the workers' last log lines.
type logs struct {
	of    map[string]workerLog
	bytes int
}

type workerLog struct {
	lines []string
	bytes int
}

func newLogs() *logs { return &logs{of: map[string]workerLog{}} }

// set replaces a worker's lines by as many of the newest as there is room for.
func (l *logs) set(worker string, lines []string) {
	l.remove(worker)
	room := min(maxLogs, logsRoom-l.bytes)
	kept := workerLog{bytes: len(worker)}
	first := len(lines)
	for ; first > 0; first-- {
		// A line is a string's header and its text.
		if size := 16 + len(lines[first-1]); kept.bytes+size <= room {
			kept.bytes += size
		} else {
			break
		}
	}
	if room < len(worker) {
		return
	}
	kept.lines = append([]string(nil), lines[first:]...)
	if first > 0 {
		kept.lines = append([]string{cutLogs}, kept.lines...)
	}
	l.of[worker] = kept
	l.bytes += kept.bytes
}

func (l *logs) remove(worker string) {
	l.bytes -= l.of[worker].bytes
	delete(l.of, worker)
}
