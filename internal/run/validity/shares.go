package validity

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// JudgeRequestShares records and judges how the requests were shared out among the
// replicas of the target (docs/running.md), and returns what makes that doubtful.
func (w *Watch) JudgeRequestShares(source string, given map[string]platform.Given) (doubts []result.Finding) {
	return w.judgeShares(sharesOf(source, given))
}

// JudgeCPUShares does so by the processor time that the replicas used, where requests are
// not counted.
func (w *Watch) JudgeCPUShares(used platform.Usage) (doubts []result.Finding) {
	return w.judgeShares(cpuSharesOf(used))
}

func (w *Watch) judgeShares(s *result.Shares) (doubts []result.Finding) {
	w.Seen.TargetShares = s
	if s == nil {
		w.Seen.SharesUnknown = "no replica was given anything"
		return nil
	}
	sp := spread{Shares: *s, users: w.users}
	if w.front != nil {
		sp.sticky = w.front.Sticky
	}
	for _, f := range sp.judge() {
		if f.Invalid {
			w.add(f)
		} else {
			doubts = append(doubts, f)
		}
	}
	return doubts
}

// sharesOf is nil if no replica was given anything.
func sharesOf(source string, given map[string]platform.Given) *result.Shares {
	out := &result.Shares{Source: source, Unit: result.ByRequests}
	for _, id := range slices.Sorted(maps.Keys(given)) {
		g := given[id]
		out.Replicas = append(out.Replicas, result.ReplicaShare{ID: id, Amount: g.Requests, Connections: g.Connections})
	}
	return weighed(out)
}

func cpuSharesOf(used platform.Usage) *result.Shares {
	out := &result.Shares{Source: used.Source, Unit: result.ByCPU}
	for _, id := range slices.Sorted(maps.Keys(used.ByReplica)) {
		out.Replicas = append(out.Replicas, result.ReplicaShare{ID: id, Amount: used.ByReplica[id]})
	}
	return weighed(out)
}

func weighed(s *result.Shares) *result.Shares {
	total := s.Total()
	if total <= 0 {
		return nil
	}
	for i := range s.Replicas {
		r := &s.Replicas[i]
		r.Share = r.Amount / total
		s.MaxToMean = max(s.MaxToMean, r.Share*float64(len(s.Replicas)))
	}
	return s
}

// spread judges how a load was shared out.
type spread struct {
	result.Shares
	users int
	// sticky says what binds users to a replica, where that is known.
	sticky string
}

// judge returns why the numbers are not those of so many replicas, or why they may not be.
//
// A replica was left out if it had less than a tenth of an even share. With thousands of
// requests that is not chance: if each went to one of r replicas at random, the
// probability that some replica gets at most k of n would be at most
// r·exp(-n·D(k/n, 1/r)), by Chernoff's bound summed over the replicas. The cause is
// connections: too few of them, or bound ones. A replica that did have its share of
// connections is slow instead, which is what is to be measured.
//
// An uneven load is a doubt only if so many connections would not give it by chance: of 8,
// each to one of 4 replicas at random, the busiest replica usually gets 1.8 times the
// mean. So the bound is taken with n connections, or users, who have one each.
func (s spread) judge() []result.Finding {
	r := len(s.Replicas)
	if r < 2 {
		return nil
	}
	order := slices.SortedFunc(slices.Values(s.Replicas), func(a, b result.ReplicaShare) int { return cmp.Compare(a.Amount, b.Amount) })
	least, most := order[0], order[r-1]
	even := 1 / float64(r)
	if least.Share < nextToNothing*even && (s.Unit == result.ByCPU || s.bypassed(least) || s.byChance(least.Share, s.Total()) < chance) {
		return []result.Finding{s.idle(least)}
	}
	if most.Share > uneven*even && s.byChance(most.Share, s.units()) < chance {
		return []result.Finding{SharesUneven.Doubts(most.ID, percent(most.Share), percent(even), s.because())}
	}
	return nil
}

// bypassed tells whether the users keep their connections and none of them leads to the
// replica, so that more requests would not have reached it either.
func (s spread) bypassed(r result.ReplicaShare) bool {
	n, known := s.connections()
	return known && *r.Connections == 0 && n <= int64(s.users)
}

// byChance bounds the probability that, of n things that each go to any replica at
// random, some replica gets at most (or, above an even one, at least) this share.
func (s spread) byChance(share, n float64) float64 {
	r := float64(len(s.Replicas))
	return r * math.Exp(-n*divergence(share, 1/r))
}

// divergence is Kullback and Leibler's, of a coin with probability p of heads from one
// with q.
func divergence(p, q float64) float64 {
	term := func(p, q float64) float64 {
		if p == 0 {
			return 0
		}
		return p * math.Log(p/q)
	}
	return term(p, q) + term(1-p, 1-q)
}

// units is how many things chose a replica independently of each other.
func (s spread) units() float64 {
	if n, known := s.connections(); known {
		return float64(n)
	}
	return float64(s.users)
}

func (s spread) connections() (n int64, known bool) {
	for _, r := range s.Replicas {
		if r.Connections == nil {
			return 0, false
		}
		n += *r.Connections
	}
	return n, true
}

// idle says that a replica had next to nothing. Processor time also goes into other things
// than requests, so it is never more than a doubt.
func (s spread) idle(least result.ReplicaShare) result.Finding {
	even := 1 / float64(len(s.Replicas))
	if s.Unit == result.ByCPU {
		return ReplicaIdle.Doubts(least.ID, percent(least.Share), percent(even), s.because())
	}
	had, all, fair := tenths(least.Amount), tenths(s.Total()), tenths(s.Total()*even)
	n, known := s.connections()
	if known && float64(*least.Connections) >= nextToNothing*even*float64(n) && *least.Connections > 0 {
		return ReplicaSlow.Doubts(least.ID, had, all, fair, *least.Connections, n)
	}
	return ReplicaLeftOut.Breaks(least.ID, had, all, fair, s.because())
}

// because names the cause of an uneven load, as far as it can be seen.
func (s spread) because() string {
	n, known := s.connections()
	r := len(s.Replicas)
	switch {
	case s.sticky != "":
		return ": " + s.sticky
	case known && n > 2*int64(s.users):
		return fmt.Sprintf(", over %d connections", n)
	case known && n < int64(r):
		return fmt.Sprintf(": the users kept %s, for %d replicas", matrix.Count(int(n), "connection"), r)
	case known:
		return fmt.Sprintf(": the users kept %s", matrix.Count(int(n), "connection"))
	case s.users < r:
		return fmt.Sprintf(": %s keep a connection each, which cannot reach %d replicas", matrix.Count(s.users, "user"), r)
	}
	return fmt.Sprintf(": users keep their connections, each of which is one replica's, and there were %s", matrix.Count(s.users, "user"))
}

func percent(share float64) string { return tenths(100*share) + " %" }

func tenths(v float64) string { return strings.TrimSuffix(fmt.Sprintf("%.1f", v), ".0") }
