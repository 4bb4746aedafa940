package analysis

import "github.com/swarmgrid/swarmgrid/internal/models"

// compare fills in what is relative to other replica counts. Capacities are compared by the
// users within the SLO where both are known, else by the largest rates where both are of a
// saturated service: a rate that only says how many users there were is no capacity.
func compare(sizes []Size, saturated map[int]float64) {
	for i := range sizes {
		s := &sizes[i]
		if i == 0 {
			continue
		}
		if r := ratioOf(*s, sizes[0], saturated); r != nil {
			r.Value *= float64(sizes[0].Replicas) / float64(s.Replicas)
			s.Efficiency = r
		}
		if r := ratioOf(*s, sizes[i-1], saturated); r != nil {
			r.Value--
			s.Gain = r
		}
	}
}

// ratioOf is one capacity over another; nil where no two are known that can be compared.
func ratioOf(s, to Size, saturated map[int]float64) *Ratio {
	switch {
	case s.Interpolated > 0 && to.Interpolated > 0:
		return &Ratio{s.Interpolated / to.Interpolated, to.Replicas, ByUsers}
	case saturated[s.Replicas] > 0 && saturated[to.Replicas] > 0:
		return &Ratio{saturated[s.Replicas] / saturated[to.Replicas], to.Replicas, ByRate}
	}
	return nil
}

// saturatedRates are the largest rates of the replica counts with which the service was
// saturated.
func saturatedRates(rows []Row) map[int]float64 {
	out := map[int]float64{}
	for _, b := range models.BoundsOf(points(rows)) {
		if b.Saturated {
			out[b.Replicas] = b.Largest
		}
	}
	return out
}

// mostFailed is the share of failed requests up to which a row says how quickly the service
// works: a failure takes another time than an answer.
const mostFailed = .01

// points are the rows that a model may be fitted to, in seconds.
func points(rows []Row) []models.Point {
	var out []models.Point
	for _, r := range rows {
		m := r.Record.Measured
		if m.FailureRatio() > mostFailed {
			continue
		}
		p := models.Point{
			Replicas: replicasOf(r), Users: usersOf(r), Rate: m.RPS,
			Mean: m.Latency.Mean / 1000, P50: m.Latency.P50 / 1000, P95: m.Latency.P95 / 1000,
		}
		if i := r.Intervals; i != nil {
			p.RateRange = models.Range{Low: i.RPS.Low, High: i.RPS.High}
			p.P50Range = models.Range{Low: i.P50.Low / 1000, High: i.P50.High / 1000}
			p.P95Range = models.Range{Low: i.P95.Low / 1000, High: i.P95.High / 1000}
		}
		out = append(out, p)
	}
	return out
}
