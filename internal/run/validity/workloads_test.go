package validity

import (
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/locust"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// TestTargetBetweenObservations: what happened to the target while nobody looked
// shows in what it is like afterwards.
func TestTargetBetweenObservations(t *testing.T) {
	at := time.Unix(1000, 0)
	status := func(change func(*platform.Status)) platform.Status {
		s := platform.Status{
			Wanted: 2, Ready: 2, Revision: "a", Generation: 7,
			Changed: platform.Changes{{By: "helm", At: at.Add(-time.Hour)}},
			Replicas: []platform.Replica{
				{ID: "x", Ready: true, ReadySince: at, Traits: platform.Traits{"resources of container app": "limits cpu=1"}}, {ID: "y", Ready: true, ReadySince: at},
			},
		}
		if change != nil {
			change(&s)
		}
		return s
	}
	tests := []struct {
		name   string
		change func(*platform.Status)
		want   string
	}{
		{"nothing", nil, ""},
		{"template", func(s *platform.Status) { s.Revision, s.Generation = "b", 8 }, "the target's template changed"},
		{"scaled and back", func(s *platform.Status) { s.Generation = 9 }, "somebody changed the target"},
		{"not ready for a moment", func(s *platform.Status) { s.Replicas[1].ReadySince = at.Add(time.Second) }, "target replica y was not ready for a moment"},
		{"restarted in place", func(s *platform.Status) {
			s.Replicas[0].Restarts, s.Replicas[0].LastExit = 1, "OOMKilled"
		}, "target replica x restarted: OOMKilled"},
		{"changed by somebody who is known", func(s *platform.Status) {
			s.Generation, s.Changed = 9, platform.Changes{{By: "argocd-controller", At: at.Add(time.Second)}}
		}, "somebody changed the target, by argocd-controller at 1970-01-01T00:16:41Z"},
		{"changed by nobody who was seen", func(s *platform.Status) { s.Generation = 9 }, "somebody changed the target"},
		{"resized in place", func(s *platform.Status) {
			s.Replicas[0].Traits = platform.Traits{"resources of container app": "limits cpu=100m"}
			s.Replicas[0].Changed = platform.Changes{{By: "vpa-updater", At: at.Add(time.Second)}}
		}, "target replica x: resources of container app changed from limits cpu=1 to limits cpu=100m, by vpa-updater at 1970-01-01T00:16:41Z"},
		{"replaced", func(s *platform.Status) { s.Replicas[0].ID = "z" }, "target replica z appeared"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := status(nil)
			w := New(0, at, locust.Observation{}, &before)
			w.JudgeTarget(status(tt.change))
			got := strings.Join(texts(w.Broken(at)), "; ")
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("reasons = %q, want %q", got, tt.want)
			}
		})
	}
}
