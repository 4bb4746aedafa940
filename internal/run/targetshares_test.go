package run_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/platform/platformtest"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// share has replica i take its part of ten requests a second, over connections of its own.
func share(parts ...float64) func(int) platform.Share {
	began := time.Now()
	return func(i int) platform.Share {
		return platform.Share{Requests: 10 * parts[i] * time.Since(began).Seconds(), Connections: &platform.Connections{Open: int64(10 * parts[i])}}
	}
}

// TestSharing: how the load was shared out is in the record, and against it where a
// replica took no part.
func TestSharing(t *testing.T) {
	for name, tt := range map[string]struct {
		parts  []float64
		status result.Status
		text   string
		most   float64
	}{
		"even":          {[]float64{.5, .5}, result.Success, "", 1},
		"somewhat less": {[]float64{.3, .7}, result.Success, "", 1.4},
		"one of two":    {[]float64{0, 1}, result.Invalid, " requests, an even share is 3", 2},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, setup{}, func(w *world) {
				w.platform.SetShares(share(tt.parts...))
				rec := w.only(w.run())
				if rec.Status != tt.status || !strings.Contains(strings.Join(rec.Reasons, "; "), tt.text) {
					t.Errorf("%s, want %s: %s", rec.StatusText(), tt.status, tt.text)
				}
				s := rec.Observed.TargetShares
				if s == nil || len(s.Replicas) != 2 || s.MaxToMean < tt.most-.01 || s.MaxToMean > tt.most+.01 || s.Source != "the fake" || rec.Observed.SharesUnknown != "" {
					t.Errorf("shares %+v (%s)", s, rec.Observed.SharesUnknown)
				}
			})
		})
	}
}

// TestSharingUnknown: what nobody counts is not known, and never zero.
func TestSharingUnknown(t *testing.T) {
	for want, given := range map[string]func(int) platform.Share{
		"the fake does not count requests": nil,
		"no replica was given anything":    func(int) platform.Share { return platform.Share{} },
	} {
		inWorld(t, setup{}, func(w *world) {
			w.platform.SetShares(given)
			rec := w.only(w.run())
			if o := rec.Observed; rec.Status != result.Success || o.TargetShares != nil || o.SharesUnknown != want {
				t.Errorf("%s, shares %+v, unknown %q, want %q", rec.StatusText(), o.TargetShares, o.SharesUnknown, want)
			}
		})
	}
}

// metered is a fake that tells of processor time.
type metered struct {
	*platformtest.Fake
	cores     map[string]float64
	throttled float64
}

func (m metered) Usage(context.Context, platform.Role) (platform.Usage, error) {
	return platform.Usage{Source: "metrics.k8s.io", At: time.Now(), Window: time.Second, Throttled: m.throttled, ByReplica: m.cores}, nil
}

// TestSharingByCPU: where nobody counts requests, processor time stands in, and is a
// doubt at most.
func TestSharingByCPU(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.over = metered{w.platform, map[string]float64{"a": .9, "b": .01}, -1}
		rec := w.only(w.run())
		const doubt = "replica b used 1.1 % of the target's processor time, an even share is 50 %: it may have had next to no requests"
		if s := rec.Observed.TargetShares; rec.Status != result.Success || s == nil || s.Unit != result.ByCPU || !strings.HasPrefix(strings.Join(rec.Warnings, "; "), doubt) {
			t.Errorf("%s, shares %+v, warnings %q", rec.StatusText(), s, rec.Warnings)
		}
	})
}

// crowded is a fake of which every replica of every role is on one node.
type crowded struct{ metered }

func (c crowded) Status(ctx context.Context, role platform.Role) (platform.Status, error) {
	s, err := c.metered.Status(ctx, role)
	for i := range s.Replicas {
		s.Replicas[i].Traits = platform.Traits{platform.TraitNode: "n1"}
	}
	return s, err
}

// TestSurroundings: what was around load and target is a doubt, in the record with its check.
func TestSurroundings(t *testing.T) {
	inWorld(t, setup{}, func(w *world) {
		w.over = crowded{metered{w.platform, map[string]float64{"a": .5, "b": .5}, .3}}
		journal := w.run()
		w.want(journal, "SUCCESS!")
		want := []result.Finding{
			{ID: "W2", Text: "the target was throttled by its CPU limit in 30 % of the time: its numbers are of that limit"},
			{ID: "V12", Text: "2 load workers ran on a node with replicas of the target (n1): each took processor time from the other"},
		}
		rec := w.only(journal)
		if diff := cmp.Diff(want, rec.Findings); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if got := rec.Nodes.String(); got != "target: 2 on n1; load: 3 on n1" {
			t.Errorf("nodes %q", got)
		}
	})
}
