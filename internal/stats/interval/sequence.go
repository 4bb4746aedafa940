package interval

import (
	"fmt"
	"math"
	"time"
)

// Decision is what a sequence of batches says of a share of bad requests.
type Decision int

// Continue asks for another batch. Borderline is that the time is over and the share is too
// close to what is allowed.
const (
	Continue Decision = iota
	Pass
	Fail
	Borderline
)

func (d Decision) String() string {
	return [...]string{"continue", "pass", "fail", "borderline"}[d]
}

// BatchLength is how long a batch of a Sequence is.
const BatchLength = 5 * time.Second

const (
	// wrong is how often the interval may miss the truth at any of all looks.
	wrong = 1 - confidence
	// narrowest is after how many batches the interval is meant to be tightest: 90 s.
	narrowest = 18
	// fewest is how many batches are needed to say anything: 30 s.
	fewest = 6
	// patience is how long a pass is waited for, unless the share is clearly small: a lucky
	// start must not pass, while one that fails early fails.
	patience = time.Minute
	// clearly is by what a share must be smaller than allowed to pass before.
	clearly = 3
)

// Sequence decides whether a share of requests is bad, batch after batch. It may be looked
// at after each of them, which an interval for a fixed time must not be (measuring.md 21).
type Sequence struct {
	allowed  float64
	longest  time.Duration
	elapsed  time.Duration
	decision Decision

	// Of the batches' shares of bad requests: how many, their mean, the sum of their squared
	// differences from it; and how many requests there were.
	batches  int
	mean     float64
	squares  float64
	requests int64
}

// NewSequence decides about an allowed share of bad requests, .05 for a p95, within the
// longest time.
func NewSequence(allowed float64, longest time.Duration) (*Sequence, error) {
	if !(allowed > 0 && allowed < 1) {
		return nil, fmt.Errorf("allowed share of bad requests %v: want more than 0 and less than 1", allowed)
	}
	if longest < fewest*BatchLength {
		return nil, fmt.Errorf("longest time %v: want at least %v, before which nothing can be decided", longest, fewest*BatchLength)
	}
	return &Sequence{allowed: allowed, longest: longest}, nil
}

// Add gives what completed in the next batch, and returns the decision. The first that is
// not Continue stands. A batch without requests takes its time and says nothing.
func (s *Sequence) Add(bad, all int64) Decision {
	if s.decision != Continue {
		return s.decision
	}
	s.elapsed += BatchLength
	if all > 0 {
		s.add(float64(bad) / float64(all))
		s.requests += all
	}
	s.decision = s.decide()
	return s.decision
}

// add is Welford's update, which loses no digits.
func (s *Sequence) add(share float64) {
	s.batches++
	off := share - s.mean
	s.mean += off / float64(s.batches)
	s.squares += off * (share - s.mean)
}

func (s *Sequence) decide() Decision {
	low, high := s.Share()
	if s.batches >= fewest {
		switch {
		case low > s.allowed:
			return Fail
		case high < s.allowed && (s.elapsed >= patience || s.mean <= s.allowed/clearly):
			return Pass
		}
	}
	if s.elapsed >= s.longest {
		return Borderline
	}
	return Continue
}

// Elapsed is the time of the batches so far.
func (s *Sequence) Elapsed() time.Duration { return s.elapsed }

// Share is the interval of the share of bad requests that holds at all looks together; 0
// to 1 before the second batch.
func (s *Sequence) Share() (low, high float64) {
	if s.batches < 2 {
		return 0, 1
	}
	k := float64(s.batches)
	// A start without a bad request has no variance to show: it has at least that of
	// independent requests of which as many are bad as allowed.
	floor := s.allowed * (1 - s.allowed) * k / float64(s.requests)
	variance := max(s.squares/(k-1), floor)
	off := math.Sqrt(variance) * boundary(k)
	return max(s.mean-off, 0), min(s.mean+off, 1)
}

// boundary is the half-width of the confidence sequence after k batches, in standard
// deviations of one.
func boundary(k float64) float64 {
	tuned := (-2*math.Log(wrong) + math.Log(-2*math.Log(wrong)+1)) / narrowest
	seen := k*tuned + 1
	return math.Sqrt(2 * seen / (k * k * tuned) * math.Log(math.Sqrt(seen)/wrong))
}
