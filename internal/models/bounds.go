package models

// Bounds are what the operational laws say about one replica count, without any law of
// service times: X(N) ≤ min(N/(S0 + Z), 1/D).
type Bounds struct {
	Replicas int
	// Light is the response time S0 at the lightest load that was measured, with any
	// number of replicas; Think is Z.
	Light, Think float64
	// Largest is the largest rate that was measured. It is 1/D, the most that can be, where
	// Saturated: with the most users a response takes twice as long as at light load.
	Largest   float64
	Saturated bool
	// Knee is the number of users from which on they must queue, (S0 + Z)/D; 0 unless Saturated.
	Knee float64
}

// saturated is how many times as long as at light load a response takes where a service is
// said to be saturated.
const saturated = 2

// BoundsOf gives the bounds of each replica count, ascending.
func BoundsOf(points []Point) []Bounds {
	all := usable(points)
	if len(all) == 0 {
		return nil
	}
	light, think := lightest(all).Mean, thinkOf(all)
	var out []Bounds
	for i := 0; i < len(all); {
		b := Bounds{Replicas: all[i].Replicas, Light: light, Think: think}
		for ; i < len(all) && all[i].Replicas == b.Replicas; i++ {
			b.Largest = max(b.Largest, all[i].Rate)
			b.Saturated = all[i].Mean >= saturated*b.Light // the last has the most users
		}
		if b.Saturated {
			b.Knee = (b.Light + b.Think) * b.Largest
		}
		out = append(out, b)
	}
	return out
}

// Rate is the most that so many users can make.
func (b Bounds) Rate(users float64) float64 {
	rate := users / (b.Light + b.Think)
	if b.Saturated {
		return min(rate, b.Largest)
	}
	return rate
}
