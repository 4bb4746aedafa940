package queueing_test

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/swarmgrid/swarmgrid/internal/queueing"
)

// printed fails unless got is want when rounded to as many digits as want has.
func printed(t *testing.T, name string, got float64, want string) {
	t.Helper()
	_, decimals, _ := strings.Cut(want, ".")
	if shown := strconv.FormatFloat(got, 'f', len(decimals), 64); shown != want {
		t.Errorf("%s is %s (%v), want %s", name, shown, got, want)
	}
}

// The values are of another implementation, checked by simulation; S is 50 ms.
func TestOpenHasThePublishedValues(t *testing.T) {
	for _, tt := range []struct {
		servers             int
		rate                float64
		wait, p50, p95, p99 string
	}{
		{1, 10, "0.5000", "69.31", "299.57", "460.52"},
		{1, 16, "0.8000", "173.29", "748.93", "1151.29"},
		{2, 28, "0.5765", "72.56", "277.28", "413.28"},
		{4, 40, "0.1739", "39.17", "157.49", "238.21"},
		{4, 64, "0.5964", "67.31", "236.90", "344.66"},
		{4, 72, "0.7878", "112.73", "408.28", "609.66"},
		{8, 136, "0.5726", "57.90", "196.78", "284.26"},
		{16, 288, "0.5913", "53.90", "181.18", "263.49"},
	} {
		t.Run(fmt.Sprintf("c=%d rate=%v", tt.servers, tt.rate), func(t *testing.T) {
			q, err := queueing.NewOpen(tt.servers, tt.rate, .05)
			if err != nil {
				t.Fatal(err)
			}
			printed(t, "C", q.WaitProbability(), tt.wait)
			printed(t, "p50", 1000*q.Quantile(.50), tt.p50)
			printed(t, "p95", 1000*q.Quantile(.95), tt.p95)
			printed(t, "p99", 1000*q.Quantile(.99), tt.p99)
		})
	}
}

// The values are of another implementation, checked by simulation; S is 50 ms, Z 1 s.
func TestClosedHasThePublishedValues(t *testing.T) {
	for _, tt := range []struct {
		servers, users                  int
		rate, mean, busy, p50, p95, p99 string
	}{
		{1, 10, "9.241", "82.165", "0.4620", "58.47", "240.86", "360.73"},
		{2, 30, "27.681", "83.790", "0.6920", "64.23", "229.23", "328.65"},
		{2, 42, "36.209", "159.927", "0.9052", "135.93", "388.13", "518.52"},
		{4, 50, "47.314", "56.778", "0.5914", "41.71", "161.69", "242.49"},
		{4, 80, "72.198", "108.070", "0.9025", "91.21", "263.97", "358.07"},
		{4, 100, "79.517", "257.589", "0.9940", "248.76", "478.66", "586.43"},
		{8, 160, "147.316", "86.099", "0.9207", "72.36", "210.62", "293.04"},
	} {
		t.Run(fmt.Sprintf("c=%d N=%d", tt.servers, tt.users), func(t *testing.T) {
			q, err := queueing.NewClosed(tt.servers, tt.users, 1, .05)
			if err != nil {
				t.Fatal(err)
			}
			printed(t, "X", q.Throughput(), tt.rate)
			printed(t, "R", 1000*q.Response(), tt.mean)
			printed(t, "U", q.Utilisation(), tt.busy)
			printed(t, "p50", 1000*q.Quantile(.50), tt.p50)
			printed(t, "p95", 1000*q.Quantile(.95), tt.p95)
			printed(t, "p99", 1000*q.Quantile(.99), tt.p99)
		})
	}
}

// near fails unless two numbers are the same but for rounding.
func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-6*math.Abs(want) {
		t.Errorf("%s is %v, want %v", name, got, want)
	}
}

// TestMeansAreTheTails: a mean is the area under its tail, however either was computed.
func TestMeansAreTheTails(t *testing.T) {
	open, err := queueing.NewOpen(3, 50, .05)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "open response", area(open.Tail), open.Response())
	near(t, "open wait", area(open.WaitTail), open.MeanWait())
	for _, servers := range []int{1, 3} {
		closed, err := queueing.NewClosed(servers, 40, 1, .05)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "closed response", area(closed.Tail), closed.Response())
	}
}

// area is the integral of a tail over 0 to 10 s, by Simpson's rule.
func area(tail func(float64) float64) float64 {
	const steps, width = 10_000, 1e-3
	sum := tail(0) + tail(steps*width)
	for i := 1; i < steps; i++ {
		sum += float64(2+2*(i%2)) * tail(float64(i)*width)
	}
	return sum * width / 3
}

// TestSpecialCases are queues that are simple enough for a formula of their own.
func TestSpecialCases(t *testing.T) {
	one, _ := queueing.NewOpen(1, 10, .05) // M/M/1: exponential with mu - rate
	near(t, "M/M/1 tail", one.Tail(.2), math.Exp(-10*.2))
	near(t, "M/M/1 utilisation", one.Utilisation(), .5)

	equal, _ := queueing.NewOpen(2, 20, .05) // theta = mu
	beside, _ := queueing.NewOpen(2, 20*(1+1e-9), .05)
	near(t, "tail where the formula is 0/0", equal.Tail(.1), beside.Tail(.1))
	c := equal.WaitProbability()
	near(t, "the same in closed form", equal.Tail(.1), (1-c+c*(1+20*.1))*math.Exp(-20*.1))

	alone, _ := queueing.NewClosed(4, 1, 1, .05)
	near(t, "a user alone", alone.Throughput(), 1/1.05)
	near(t, "a user alone, p99", alone.Quantile(.99), .05*math.Log(100))

	pressed, _ := queueing.NewClosed(4, 9, 0, .05) // no think time: all servers always busy
	near(t, "no think time", pressed.Throughput(), 80)
	near(t, "no think time, response", pressed.Response(), 9./80)

	many, _ := queueing.NewClosed(64, 5000, 1, .01)
	near(t, "thousands of users", many.Throughput(), 5000/(1+many.Response()))

	service := queueing.Infinite{Service: .05}
	near(t, "in flight", service.InFlight(100), 5)
	near(t, "users of a service without queue", service.Throughput(21, 1), 20)
}

func TestQuantileAtItsEnds(t *testing.T) {
	q, _ := queueing.NewOpen(1, 10, .05)
	if got := q.Quantile(0); got != 0 {
		t.Errorf("0-quantile is %v", got)
	}
	if got := q.Quantile(1); !math.IsInf(got, 1) {
		t.Errorf("1-quantile is %v", got)
	}
	for _, level := range []float64{-.1, 1.1, math.NaN()} {
		if got := q.Quantile(level); !math.IsNaN(got) {
			t.Errorf("%v-quantile is %v", level, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"overload", open(2, 40, .05), "rate 40 with a service time of 0.05 s keeps 2 servers busy: want fewer than 2"},
		{"no servers", open(0, 1, .05), "0 servers: want at least 1"},
		{"no rate", open(1, 0, .05), "rate 0: want a positive number"},
		{"not a number", open(1, 1, math.NaN()), "service time NaN: want a positive number"},
		{"all at once", closed(0, 0, -1, math.Inf(1)), "0 servers: want at least 1\n0 users: want at least 1\nservice time +Inf: want a positive number\nthink time -1: want a positive number"},
	} {
		if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.name, tt.err, tt.want)
		}
	}
}

func open(servers int, rate, service float64) error {
	_, err := queueing.NewOpen(servers, rate, service)
	return err
}

func closed(servers, users int, think, service float64) error {
	_, err := queueing.NewClosed(servers, users, think, service)
	return err
}
