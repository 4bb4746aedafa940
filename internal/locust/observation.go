package locust

// Observation is one look at a load: what its master said of it, whichever master it is.
type Observation struct {
	State   string
	Users   int
	Workers []Worker
	// Status is our master's fuller answer; nil with a Python master.
	Status *Status
	// Stats is a Python master's answer; nil with ours.
	Stats *Stats
}

// Observation is what a Python master says of a load.
func (s Stats) Observation() Observation {
	return Observation{State: s.State, Users: s.UserCount, Workers: s.Workers, Stats: &s}
}

// Observation is what our master says of a load.
func (s Status) Observation() Observation {
	o := Observation{State: s.State, Users: s.UserCount, Status: &s}
	for _, w := range s.Workers {
		o.Workers = append(o.Workers, Worker{ID: w.ID, State: w.State, UserCount: w.UserCount, CPUPercent: w.CPUPercent})
	}
	return o
}

// Idle tells whether no load runs.
func (o Observation) Idle() bool { return idle(o.State) }

// Live returns the workers that take part, by id.
func (o Observation) Live() map[string]Worker {
	out := map[string]Worker{}
	for _, w := range o.Workers {
		if w.Live() {
			out[w.ID] = w
		}
	}
	return out
}

// HasSlices tells whether every worker sends one-second slices.
func (o Observation) HasSlices() bool {
	if o.Status == nil {
		return false
	}
	for _, w := range o.Status.Workers {
		if w.State != "missing" && !w.Slices {
			return false
		}
	}
	return true
}
