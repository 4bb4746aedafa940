package queueing

// Infinite is a service that queues nobody: every response takes exactly what its service
// takes, whatever its law (measuring.md 16).
type Infinite struct {
	// Service is the mean time of a request, in seconds.
	Service float64
}

// InFlight is how many requests are under way on average when so many arrive per second,
// at random: M/G/∞.
func (q Infinite) InFlight(rate float64) float64 { return rate * q.Service }

// Throughput is how many requests per second so many users make who think for so many
// seconds on average.
func (q Infinite) Throughput(users int, think float64) float64 {
	return float64(users) / (think + q.Service)
}
