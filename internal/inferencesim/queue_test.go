package inferencesim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/alarm"
)

// These tests run the queue as the service does, with goroutines and timers,
// on synctest's clock.

func virtualQueue(t *testing.T, st station) *Queue {
	t.Helper()
	q, err := newQueue(st, alarm.OnTimer)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	return q
}

func TestQueueIsFIFO(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := virtualQueue(t, newFIFO(2, Unlimited))
		var mu sync.Mutex
		var order []string
		for i := range 5 {
			go func() {
				times, err := q.Serve(t.Context(), 10*time.Millisecond)
				mu.Lock()
				defer mu.Unlock()
				order = append(order, fmt.Sprint(i, times.Waited, times.Served, err))
			}()
			time.Sleep(time.Millisecond) // the next arrives 1 ms later
		}
		time.Sleep(time.Second)
		wanted := []string{
			"0 0s 10ms <nil>", "1 0s 10ms <nil>", "2 8ms 10ms <nil>", "3 8ms 10ms <nil>", "4 16ms 10ms <nil>",
		}
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(order, wanted) {
			t.Errorf("served %q, want %q", order, wanted)
		}
	})
}

func TestQueueLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := virtualQueue(t, newFIFO(1, 2))
		errs := make(chan error, 4)
		for range 4 {
			go func() {
				_, err := q.Serve(t.Context(), time.Second)
				errs <- err
			}()
			synctest.Wait()
		}
		if err := <-errs; !errors.Is(err, ErrFull) {
			t.Errorf("the fourth of 1 served and 2 waiting gets %v, want %v", err, ErrFull)
		}
		if waiting, serving := q.Load(); waiting != 2 || serving != 1 {
			t.Errorf("load = %d, %d, want 2, 1", waiting, serving)
		}
		for range 3 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	})
}

func TestQueueCancelFreesTheServer(t *testing.T) {
	for _, d := range []Discipline{FIFO, ProcessorSharing} {
		t.Run(string(d), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				q := virtualQueue(t, Options{Discipline: d, Servers: 1, QueueLimit: Unlimited}.station())
				gone := errors.New("client gone")
				ctx, cancel := context.WithCancelCause(t.Context())
				left := make(chan error, 1)
				go func() {
					_, err := q.Serve(ctx, time.Hour)
					left <- err
				}()
				synctest.Wait()
				time.AfterFunc(time.Second, func() { cancel(gone) })
				began := time.Now()
				if _, err := q.Serve(t.Context(), time.Second); err != nil {
					t.Error(err)
				}
				// FIFO: waits 1 s. Sharing: half of its second in the first second.
				wanted := map[Discipline]time.Duration{FIFO: 2 * time.Second, ProcessorSharing: 1500 * time.Millisecond}[d]
				if took := time.Since(began); took != wanted {
					t.Errorf("the other took %v, want %v", took, wanted)
				}
				if err := <-left; !errors.Is(err, gone) {
					t.Errorf("the one who left gets %v, want %v", err, gone)
				}
				if _, err := q.Serve(ctx, time.Second); !errors.Is(err, gone) {
					t.Errorf("who comes with an ended context gets %v, want %v", err, gone)
				}
			})
		})
	}
}

// users runs n users for a time, each choosing a queue for each request and
// sending again after its answer and think; the first tenth is not observed.
func users(n int, d time.Duration, think func() time.Duration, send func(user int)) observed {
	var mu sync.Mutex
	var o observed
	began := time.Now()
	var all sync.WaitGroup
	for user := range n {
		all.Go(func() {
			for time.Since(began) < d {
				time.Sleep(think())
				sent := time.Now()
				send(user)
				if at := time.Since(began); at > d/10 && at <= d {
					mu.Lock()
					o.responses = append(o.responses, time.Since(sent))
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	o.elapsed = d - d/10
	return o
}

func TestQueueClosedMMcN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := virtualQueue(t, newFIFO(4, Unlimited))
		draw, pause := locked(exponential(30_000, 1, meanService)), locked(exponential(30_000, 2, time.Second))
		o := users(50, 10*time.Minute, pause, func(int) { q.Serve(t.Context(), draw()) })
		// About 26,000 requests; the law is that of TestFIFOClosedMMcN.
		want(t, "X", o.rate(), 47.314, .02)
		want(t, "R", o.mean(), 56.778, .03)
		want(t, "p50", o.quantile(.50), 41.71, .04)
		want(t, "p95", o.quantile(.95), 161.69, .04)
		want(t, "p99", o.quantile(.99), 242.49, .06)
	})
}

func locked(draw func() time.Duration) func() time.Duration {
	var mu sync.Mutex
	return func() time.Duration {
		mu.Lock()
		defer mu.Unlock()
		return draw()
	}
}

// The baseline published for two replicas, and what is asked of us: throughput
// within 15 %, median within 20 %. The 95th percentile is published too.
var baseline = []struct {
	users          int
	rate, p50, p95 float64
}{
	{10, 16.4, 520, 686},
	{50, 16.8, 2591, 3930},
	{100, 21.2, 4217, 5463},
}

func TestProfileFLTS(t *testing.T) {
	never := func() time.Duration { return 0 }
	for _, tt := range baseline {
		for _, split := range []string{"per user", "per request"} {
			t.Run(fmt.Sprintf("%d users split %s", tt.users, split), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					draws, replicas := fltsReplicas(t)
					coin := rand.New(rand.NewPCG(5, 5))
					side := locked(func() time.Duration { return time.Duration(coin.IntN(2)) })
					o := users(tt.users, 20*time.Minute, never, func(user int) {
						r := user % 2
						if split == "per request" {
							r = int(side())
						}
						replicas[r].Serve(t.Context(), draws[r]())
					})
					t.Logf("%.2f/s, p50 %.0f ms, p95 %.0f ms; published %v, %v, %v",
						o.rate(), o.quantile(.5), o.quantile(.95), tt.rate, tt.p50, tt.p95)
					want(t, "rate", o.rate(), tt.rate, .15)
					want(t, "median", o.quantile(.5), tt.p50, .20)
					if split == "per user" { // 21 % off by the model, and sampling
						want(t, "p95", o.quantile(.95), tt.p95, .25)
					}
				})
			})
		}
	}
}

func fltsReplicas(t *testing.T) (draws [2]func() time.Duration, replicas [2]*Queue) {
	for r := range replicas {
		o := fltsOptions()
		o.Seed = uint64(r + 1)
		s := o.sampler()
		draws[r] = func() time.Duration { work, _ := s.draw(); return work }
		replicas[r] = virtualQueue(t, o.station())
	}
	return draws, replicas
}

// BenchmarkLateness measures how much later than computed a served job is
// told so, on an idle queue.
func BenchmarkLateness(b *testing.B) {
	for _, work := range []time.Duration{time.Millisecond, 10 * time.Millisecond} {
		b.Run(work.String(), func(b *testing.B) {
			q, err := newQueue(newFIFO(1, Unlimited), alarm.New)
			if err != nil {
				b.Fatal(err)
			}
			defer q.Close()
			var late time.Duration
			for range b.N {
				times, err := q.Serve(b.Context(), work)
				if err != nil {
					b.Fatal(err)
				}
				late += times.Served - work
			}
			b.ReportMetric(float64(late.Microseconds())/float64(b.N), "µs-late")
		})
	}
}
