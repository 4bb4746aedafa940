package cli

import (
	"fmt"

	"github.com/swarmgrid/swarmgrid/internal/run"
)

// recentText says how the load is, the most important first, since a narrow terminal cuts
// off the end; empty when nothing has been measured yet. It fits 70 columns.
func recentText(r run.Recent) string {
	if r.Seconds == 0 {
		return ""
	}
	return fmt.Sprintf("%s failed, %.1f req/s, p50 %s, p95 %s (last %d s)", percent(r.FailureRatio), r.RPS, millis(r.P50), millis(r.P95), r.Seconds)
}

// percent writes a ratio, or a dash for none. What is above 0 never shows as 0.
func percent(ratio *float64) string {
	switch {
	case ratio == nil:
		return "– %"
	case *ratio > 0 && *ratio < .0001:
		return "<0.01 %"
	case *ratio < 1 && *ratio > .9999:
		return ">99.99 %"
	}
	return fmt.Sprintf("%.2f %%", 100**ratio)
}

// millis writes a latency; a dash for none.
func millis(ms *float64) string {
	switch {
	case ms == nil:
		return "– ms"
	case *ms < 1:
		return "<1 ms"
	}
	return fmt.Sprintf("%.0f ms", *ms)
}
