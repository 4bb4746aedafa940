package analysis

import "testing"

func TestDemandNarrowed(t *testing.T) {
	for _, tt := range []struct {
		demand   Demand
		replicas int
		want     string
	}{
		{Demand{Users: 400, Low: 3}, 4, "400 users need 3 or 4 replicas if it passes, more than 4 if not"},
		{Demand{Users: 400, Low: 1}, 1, "400 users need 1 replica if it passes, more than 1 if not"},
		{Demand{Users: 400, Low: 2, Replicas: 9}, 5, "400 users need 2 to 5 replicas if it passes, 6 to 9 if not"},
		{Demand{Users: 400, Low: 2, Replicas: 3}, 2, "400 users need 2 replicas if it passes, 3 if not"},
		{Demand{Users: 400, Low: 3, Replicas: 3}, 3, ""},
		{Demand{Users: 400, Low: 3}, 2, ""},
	} {
		if got := tt.demand.Narrowed(tt.replicas); got != tt.want {
			t.Errorf("%+v with %d: got %q, want %q", tt.demand, tt.replicas, got, tt.want)
		}
	}
}

func TestCapacityNarrowed(t *testing.T) {
	for _, tt := range []struct {
		capacity Capacity
		users    int
		want     string
	}{
		{Capacity{Replicas: 1, Users: 187, Over: &Side{Users: 700}}, 362, "with 1 replica 362 to 699 users pass if it passes, 187 to 361 if not"},
		{Capacity{Replicas: 2, Users: 187}, 362, "with 2 replicas 362 or more users pass if it passes, 187 to 361 if not"},
		{Capacity{Replicas: 2}, 50, "with 2 replicas 50 or more users pass if it passes, fewer than 50 if not"},
		{Capacity{Replicas: 1, Users: 187, Over: &Side{Users: 188}}, 188, ""},
		{Capacity{Replicas: 1, Users: 187}, 100, ""},
	} {
		if got := tt.capacity.Narrowed(tt.users); got != tt.want {
			t.Errorf("%+v with %d: got %q, want %q", tt.capacity, tt.users, got, tt.want)
		}
	}
}
