package kube

import (
	"bufio"
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// addCadvisor adds the usage of a namespace's pods from a node's metrics in Prometheus's
// text format; ids maps pod names to replica ids. A pod's own cgroup (container "") is
// skipped, since its containers are counted. The kubelet samples a container every 10 to
// 15 s and adds the timestamp.
func addCadvisor(u *platform.Usage, text []byte, namespace string, ids map[string]string) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, labels, value, at, ok := sample(lines.Text())
		if !ok || !strings.HasPrefix(name, "container_") {
			continue
		}
		id, ours := ids[labels["pod"]]
		if !ours || labels["namespace"] != namespace || labels["container"] == "" || labels["container"] == "POD" {
			continue
		}
		id += " " + labels["container"]
		counters := u.Counters[id]
		switch {
		case name == "container_cpu_usage_seconds_total" && (labels["cpu"] == "" || labels["cpu"] == "total"):
			counters.CPUSeconds += value
			if counters.At = at; at.IsZero() {
				counters.At = u.At
			}
		case name == "container_cpu_cfs_periods_total":
			counters.Periods += value
		case name == "container_cpu_cfs_throttled_periods_total":
			counters.ThrottledPeriods += value
		case name == "container_memory_working_set_bytes":
			u.Memory += int64(value)
			continue
		default:
			continue
		}
		u.Counters[id] = counters
	}
}

// sample parses one line: name{label="value",…} number [milliseconds]. Labels are
// optional; without a timestamp at is zero.
func sample(line string) (name string, labels map[string]string, value float64, at time.Time, ok bool) {
	if strings.HasPrefix(line, "#") {
		return "", nil, 0, at, false
	}
	end := strings.IndexAny(line, "{ \t")
	if end < 0 {
		return "", nil, 0, at, false
	}
	name, rest := line[:end], strings.TrimLeft(line[end:], " \t")
	labels = map[string]string{}
	if !strings.HasPrefix(rest, "{") {
		value, at, ok = reading(rest)
		return name, labels, value, at, ok
	}
	rest = strings.TrimLeft(rest[1:], " ")
	for !strings.HasPrefix(rest, "}") {
		key, after, found := strings.Cut(rest, "=")
		after, quoted := strings.CutPrefix(strings.TrimLeft(after, " "), `"`)
		if !found || !quoted {
			return "", nil, 0, at, false
		}
		end := closing(after)
		if end < 0 {
			return "", nil, 0, at, false
		}
		labels[strings.TrimSpace(key)] = after[:end]
		rest = strings.TrimLeft(strings.TrimPrefix(after[end+1:], ","), " ")
	}
	value, at, ok = reading(rest[1:])
	return name, labels, value, at, ok
}

// reading parses a sample's value and optional timestamp.
func reading(text string) (value float64, at time.Time, ok bool) {
	number, stamp, _ := strings.Cut(strings.TrimSpace(text), " ")
	value, err := strconv.ParseFloat(number, 64)
	if millis, err := strconv.ParseInt(stamp, 10, 64); err == nil {
		at = time.UnixMilli(millis)
	}
	return value, at, err == nil
}

// closing finds the quote that ends a label's value.
func closing(s string) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return -1
}
