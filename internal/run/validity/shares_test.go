package validity

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// byRequests is a window's spread; connections are left out where they are nil.
func byRequests(requests []float64, connections []int64) result.Shares {
	given := map[string]platform.Given{}
	for i, n := range requests {
		g := platform.Given{Requests: n}
		if connections != nil {
			g.Connections = &connections[i]
		}
		given[string(rune('a'+i))] = g
	}
	return *sharesOf("the test", given)
}

// sorted is the only finding, as a reason or as a doubt.
func sorted(found []result.Finding) (reason, doubt string) {
	for _, f := range found {
		if f.Invalid {
			reason += f.Text
		} else {
			doubt += f.Text
		}
	}
	return reason, doubt
}

// TestSpread: what a window's shares say against it.
func TestSpread(t *testing.T) {
	const sticky = "Service x has sessionAffinity: ClientIP"
	tests := []struct {
		name          string
		requests      []float64
		connections   []int64
		users         int
		sticky        string
		reason, doubt string
	}{
		{"even", []float64{500, 500}, nil, 4, "", "", ""},
		{"one replica", []float64{500}, nil, 4, "", "", ""},
		{"bound by affinity", []float64{254, 1}, nil, 4, sticky, "replica b had 1 of 255 requests, an even share is 127.5: " + sticky, ""},
		{"nothing at all", []float64{255, 0}, nil, 4, "", "replica b had 0 of 255 requests, an even share is 127.5: users keep their connections, each of which is one replica's, and there were 4 users", ""},
		{"fewer users than replicas", []float64{100, 100, 0}, nil, 2, "", "replica c had 0 of 200 requests, an even share is 66.7: 2 users keep a connection each, which cannot reach 3 replicas", ""},
		{"fewer connections than replicas", []float64{100, 0}, []int64{1, 0}, 1, "", "replica b had 0 of 100 requests, an even share is 50: the users kept 1 connection, for 2 replicas", ""},
		{"no connection by chance", []float64{300, 250, 0}, []int64{5, 4, 0}, 9, "", "replica c had 0 of 550 requests, an even share is 183.3: the users kept 9 connections", ""},
		{"too few requests to tell", []float64{6, 0}, nil, 6, "", "", ""},
		{"few requests, but nobody who could send more", []float64{4, 0}, []int64{1, 0}, 1, "", "replica b had 0 of 4 requests, an even share is 2: the users kept 1 connection, for 2 replicas", ""},
		{"few requests, each over a connection of its own", []float64{4, 0}, []int64{4, 0}, 2, "", "", ""},
		{"just enough", []float64{11, 0}, nil, 6, "", "replica b had 0 of 11 requests", ""},
		{"a slow replica", []float64{254, 1}, []int64{2, 2}, 4, "", "", "replica b had 1 of 255 requests, an even share is 127.5, over 2 of 4 connections: it answers far more slowly than the others"},
		{"a tenth of its share", []float64{950, 50}, nil, 4, "", "", ""}, // 4 users, one of whom is slow

		{"8 at random to 4", []float64{400, 200, 100, 100}, []int64{4, 2, 1, 1}, 8, "", "", ""},
		{"100 at random to 4", []float64{310, 240, 230, 220}, []int64{31, 24, 23, 22}, 100, "", "", ""},
		{"100 and a weight", []float64{450, 200, 180, 170}, []int64{45, 20, 18, 17}, 100, "", "", "replica a had 45 % of it, an even share is 25 %: the users kept 100 connections"},
		{"connections not known, 100 users", []float64{450, 200, 180, 170}, nil, 100, "", "", "replica a had 45 % of it, an even share is 25 %: users keep their connections, each of which is one replica's, and there were 100 users"},
		{"connections not known, 8 users", []float64{450, 200, 180, 170}, nil, 8, "", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reason, doubt := sorted(spread{byRequests(tt.requests, tt.connections), tt.users, tt.sticky}.judge())
			if !strings.HasPrefix(reason, tt.reason) || (reason == "") != (tt.reason == "") {
				t.Errorf("reason %q, want %q", reason, tt.reason)
			}
			if !strings.HasSuffix(doubt, tt.doubt) || (doubt == "") != (tt.doubt == "") {
				t.Errorf("doubt %q, want %q", doubt, tt.doubt)
			}
		})
	}
}

// TestSpreadByCPU: processor time is no count of requests, so it is a doubt at most.
func TestSpreadByCPU(t *testing.T) {
	for want, cores := range map[string]map[string]float64{
		"": {"a": .4, "b": .3, "c": .3},
		"a used 1.6 % of the target's processor time, an even share is 33.3 %: it may have had next to no requests": {"a": .01, "b": .3, "c": .3},
		"the load was shared out unevenly: replica b had 80 % of it":                                                {"a": .1, "b": .8, "c": .1},
	} {
		shares := cpuSharesOf(platform.Usage{Source: "cadvisor", ByReplica: cores})
		reason, doubt := sorted(spread{Shares: *shares, users: 400}.judge())
		if reason != "" || !strings.Contains(doubt, want) || (doubt == "") != (want == "") {
			t.Errorf("%v: reason %q, doubt %q, want %q", cores, reason, doubt, want)
		}
	}
	if cpuSharesOf(platform.Usage{ByReplica: map[string]float64{"a": 0}}) != nil {
		t.Error("nothing used is something known")
	}
}

// TestByChance: the bound holds. Connections that go to any replica at random are called
// uneven, or a replica without any, no more often than the bound says.
func TestByChance(t *testing.T) {
	const rounds = 20000
	random := rand.New(rand.NewPCG(1, 2))
	for _, tt := range []struct{ n, r int }{{8, 2}, {8, 4}, {20, 2}, {100, 4}, {100, 8}, {1000, 8}} {
		called := 0
		for range rounds {
			requests, connections := make([]float64, tt.r), make([]int64, tt.r)
			for range tt.n {
				i := random.IntN(tt.r)
				requests[i], connections[i] = requests[i]+1, connections[i]+1
			}
			if found := (spread{Shares: byRequests(requests, connections), users: 1}).judge(); len(found) > 0 {
				called++
			}
		}
		if share := float64(called) / rounds; share > 2*chance {
			t.Errorf("%d at random to %d replicas: %.4f of windows are called uneven, want at most %g", tt.n, tt.r, share, 2*chance)
		}
	}
	if got, want := (spread{Shares: byRequests([]float64{9, 0, 0}, nil)}).byChance(0, 9), 3*math.Pow(2./3, 9); math.Abs(got-want) > 1e-12 {
		t.Errorf("none of 9 to one of 3: %g, want %g, which is exact there", got, want)
	}
}

func TestSharesOf(t *testing.T) {
	two, zero := int64(2), int64(0)
	want := &result.Shares{Source: "x", Unit: result.ByRequests, MaxToMean: 2, Replicas: []result.ReplicaShare{
		{ID: "a", Amount: 4, Share: 1, Connections: &two}, {ID: "b", Connections: &zero},
	}}
	got := sharesOf("x", map[string]platform.Given{"b": {Connections: &zero}, "a": {Requests: 4, Connections: &two}})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if sharesOf("x", map[string]platform.Given{"a": {}}) != nil {
		t.Error("nothing given is something known")
	}
}
