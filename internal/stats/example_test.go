package stats_test

import (
	"fmt"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/stats"
)

// Two workers measured the same task. Their percentiles cannot be averaged; their
// histograms can be added.
func ExampleHistogram_Merge() {
	fast, slow := stats.NewHistogram(), stats.NewHistogram()
	for range 90 {
		fast.Record(10 * time.Millisecond)
	}
	for range 10 {
		slow.Record(500 * time.Millisecond)
	}
	fast.Merge(slow)
	fmt.Println(fast.Count(), fast.Quantile(.5).Round(time.Millisecond), fast.Quantile(.95).Round(time.Millisecond))
	// Output: 100 10ms 500ms
}

// A histogram crosses a process boundary as text, which any HdrHistogram reads.
func ExampleHistogram_Encode() {
	h := stats.NewHistogram()
	h.Record(3 * time.Millisecond)
	text, err := h.Encode()
	if err != nil {
		fmt.Println(err)
		return
	}
	back, err := stats.DecodeHistogram(text)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(back.Count(), back.Max().Round(time.Millisecond))
	// Output: 1 3ms
}

// A window is the seconds that it covers, of all workers and tasks together.
func ExampleTotal() {
	order := stats.Endpoint{Method: "POST", Name: "order"}
	second := func(at int64, failed int64) stats.Slice {
		s := stats.Slice{Second: at, Endpoint: order, Tally: stats.NewTally()}
		s.OK.RecordN(20_000, 9)
		s.Failed.RecordN(1_000, failed)
		return s
	}
	slices := stats.MergeSlices([]stats.Slice{second(101, 0), second(100, 1), second(100, 1)})
	for _, s := range slices {
		fmt.Println(s.Second, s.Endpoint, s.Requests())
	}
	total := stats.Total(slices)
	fmt.Println(total.Requests(), total.Failures(), total.OK.Mean().Round(time.Millisecond))
	// Output:
	// 100 POST order 20
	// 101 POST order 9
	// 29 2 20ms
}
