package inferencesim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"testing"
	"time"
)

// BenchmarkProfileFLTS is the published baseline over HTTP and in real time:
// two services, each user on a connection of its own, again at once. A minute
// for each number of users; run it with
//
//	go test -run '^$' -bench ProfileFLTS -benchtime 1x ./internal/inferencesim
func BenchmarkProfileFLTS(b *testing.B) {
	body := encode(b, ValidPayload())
	for _, tt := range baseline {
		b.Run(fmt.Sprintf("users=%d", tt.users), func(b *testing.B) {
			urls := [2]string{serveFLTS(b, 1), serveFLTS(b, 2)}
			clients := make([]*http.Client, tt.users)
			for i := range clients {
				clients[i] = &http.Client{Transport: &http.Transport{}}
			}
			for range b.N {
				o := users(tt.users, time.Minute, func() time.Duration { return 0 }, func(user int) {
					if code, err := post(context.Background(), clients[user], urls[user%2], body); err != nil || code != 200 {
						b.Errorf("status %d, %v", code, err)
					}
				})
				b.ReportMetric(o.rate(), "req/s")
				b.ReportMetric(o.quantile(.5), "ms-p50")
				b.ReportMetric(o.quantile(.95), "ms-p95")
			}
		})
	}
}

func serveFLTS(b *testing.B, seed uint64) (url string) {
	o := fltsOptions()
	o.Seed = seed
	s, err := NewServer(o)
	if err != nil {
		b.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	b.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		s.Close()
	})
	return "http://" + l.Addr().String()
}
