package report

import (
	"fmt"
	"slices"
)

// instrument shows what the load generator itself was like, where its own delay is known.
func (d *markdown) instrument() {
	if !slices.ContainsFunc(d.Rows, func(r Row) bool { return r.Record.Observed.Lag != nil }) {
		return
	}
	d.section(2, "Load Generator")
	var rows [][]string
	for _, r := range d.Rows {
		rows = append(rows, instrumentRow(r))
	}
	d.table([]string{"Replicas", "Workers", "Users", "CPU (%)", "CPU at most (%)", "Own delay, median (ms)", "Own delay, P99 (ms)"}, rows)
}

func instrumentRow(r Row) []string {
	k, o := r.Record.Key, r.Record.Observed
	cells := []string{fmt.Sprint(k.Replicas), dash(known(r.Workers())), fmt.Sprint(k.Users), dash(""), dash(""), dash(""), dash("")}
	if r.Record.Measured != nil {
		cells[3], cells[4] = fmt.Sprintf("%.0f", o.CPUMean), fmt.Sprintf("%.0f", o.CPUMax)
	}
	if o.Lag != nil {
		cells[5], cells[6] = Delay(o.Lag.P50), Delay(o.Lag.P99)
	}
	return cells
}

// instrumentText is the most of each in any scenario; empty where the delay is not known.
func (m *Model) instrumentText() string {
	cpu, delay, told := 0., 0., false
	for _, r := range m.Rows {
		if o := r.Record.Observed; o.Lag != nil {
			cpu, delay, told = max(cpu, o.CPUMax), max(delay, o.Lag.P99), true
		}
	}
	if !told {
		return ""
	}
	return fmt.Sprintf("CPU %.0f %% at most, own delay %s ms at most (p99)", cpu, Delay(delay))
}

// Delay is a delay of the load generator for people, in milliseconds, with as many digits as a bucket of stats.Delays is wide.
func Delay(ms float64) string {
	switch {
	case ms < 1:
		return fmt.Sprintf("%.2f", ms)
	case ms < 10:
		return fmt.Sprintf("%.1f", ms)
	}
	return fmt.Sprintf("%.0f", ms)
}
