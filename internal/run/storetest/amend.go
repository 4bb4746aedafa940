package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

func (p process) amend(a result.Amendment) {
	p.t.Helper()
	if err := p.Amend(p.t.Context(), a); err != nil {
		p.t.Fatal(err)
	}
}

// sloBelow changes the SLO.
func sloBelow(below v1alpha1.Bound) result.Amendment {
	return result.Amendment{SLO: &result.SLO{
		Time: time.Unix(1_800_000_100, 0).UTC(), Version: "v2", Gate: v1alpha1.GateAll,
		Objectives: []v1alpha1.Objective{{Metric: v1alpha1.MetricP95, Below: below}},
	}}
}

// extra is a scenario that was not planned.
func extra() result.Planned {
	return result.Planned{Key: matrix.Key{Scenario: matrix.Scenario{Replicas: 9, Workers: 4, Users: 200}, Round: 1}, Role: "sentinel"}
}

func plan(more ...result.Planned) result.Amendment {
	return result.Amendment{Scenarios: &result.Scenarios{Time: time.Unix(1_800_000_200, 0).UTC(), Version: "v2", Planned: more}}
}

func testAmend(t *testing.T, place Place) {
	s := open(t, place)
	s.begin()
	s.append(record(0, 1, true))
	s.amend(sloBelow("1s"))
	s.amend(plan(extra()))
	s.close()
	s = open(t, place)
	s.load()
	r := record(0, 1, true)
	r.Key, r.Role = extra().Key, extra().Role
	s.append(r)
	s.amend(sloBelow("2s"))
	s.close()
	s = open(t, place)
	defer s.close()
	got := s.load()
	first, second, last := sloBelow("1s"), plan(extra()), sloBelow("2s")
	first.After, second.After, last.After = 1, 1, 2
	if diff := cmp.Diff([]result.Amendment{first, second, last}, got.Amendments); diff != "" {
		t.Errorf("amendments (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]result.Record{record(0, 1, true), r}, got.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(*last.SLO, got.Judged()); diff != "" {
		t.Errorf("judged by (-want +got):\n%s", diff)
	}
}

// testAmendFormat1: an old journal goes on as it is until it needs more.
func testAmendFormat1(t *testing.T, place Place) {
	s := open(t, place)
	old := header()
	old.Format = 1
	s.load()
	if err := s.Begin(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	s.close()
	s = open(t, place)
	s.load()
	s.append(record(0, 1, true))
	if got := s.load(); len(got.Amendments) != 0 {
		t.Errorf("amended by a record: %+v", got.Amendments)
	}
	s.amend(sloBelow("1s"))
	s.amend(sloBelow("2s"))
	s.close()
	s = open(t, place)
	defer s.close()
	got := s.load()
	if len(got.Amendments) != 3 || got.Amendments[0].Upgrade == nil || got.Amendments[0].Upgrade.Format != 2 || got.Judged().Objectives[0].Below != "2s" {
		t.Errorf("amendments %+v, want the raised format once and then both", got.Amendments)
	}
	narrow := sloBelow("3s")
	narrow.SLO.Objectives[0].Endpoint = "GET x"
	s.amend(narrow)
	got = s.load()
	if len(got.Amendments) != 5 || got.Amendments[3].Upgrade == nil || got.Amendments[3].Upgrade.Format != 3 || got.Judged().Objectives[0].Endpoint != "GET x" {
		t.Errorf("amendments %+v, want the format raised again for an endpoint", got.Amendments)
	}
}

func testAmendRefused(t *testing.T, place Place) {
	s := open(t, place)
	refuse := func(what string, a result.Amendment) {
		t.Helper()
		if err := s.Amend(t.Context(), a); err == nil {
			t.Errorf("%s was taken", what)
		}
	}
	refuse("an amendment before the header", sloBelow("1s"))
	s.begin()
	refuse("an amendment of nothing", result.Amendment{})
	refuse("a scenario that is planned", plan(extra(), result.Planned{Key: header().Keys[0], Role: "sentinel"}))
	s.close()
	s = open(t, place)
	defer s.close()
	if got := s.load(); len(got.Amendments) != 0 {
		t.Errorf("amendments %+v are left of what was refused", got.Amendments)
	}
}

// ended says that a run has ended early.
func ended(why string) result.Amendment {
	return result.Amendment{End: &result.End{
		Time: time.Unix(1_800_000_300, 0).UTC(), Version: "v2", Why: why, Next: result.Planned{Key: header().Keys[1], Role: result.RoleGrid}, Seconds: 9.5,
	}}
}

// testSearch: a search measures a scenario again, in a further round, and may end early. That
// holds until it goes on.
func testSearch(t *testing.T, place Place) {
	s := open(t, place)
	s.begin()
	s.append(record(0, 1, true))
	again := result.Planned{Key: header().Keys[0], Role: result.RoleGrid}
	again.Key.Round = 2
	s.amend(plan(again))
	r := record(0, 1, true)
	r.Key = again.Key
	s.append(r)
	s.amend(ended("spent"))
	s.close()
	s = open(t, place)
	got := s.load()
	if diff := cmp.Diff(ended("spent").End, got.Ended()); diff != "" {
		t.Errorf("the end (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]result.Record{record(0, 1, true), r}, got.Records); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if err := s.Append(t.Context(), r); err == nil {
		t.Error("a second final record of the further round was taken")
	}
	s.append(record(1, 1, true))
	s.close()
	s = open(t, place)
	defer s.close()
	if got = s.load(); got.Ended() != nil || len(got.Records) != 3 {
		t.Errorf("%d records, ended: %+v; want 3 of a run that has gone on", len(got.Records), got.Ended())
	}
}

func testEndFormat3(t *testing.T, place Place) {
	s := open(t, place)
	old := header()
	old.Format = 3
	s.load()
	if err := s.Begin(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	s.amend(ended("spent"))
	s.close()
	s = open(t, place)
	defer s.close()
	got := s.load()
	if len(got.Amendments) != 2 || got.Amendments[0].Upgrade == nil || got.Amendments[0].Upgrade.Format != 4 || got.Ended() == nil {
		t.Errorf("amendments %+v, want the raised format and the end", got.Amendments)
	}
}
