package models

import "math"

// Queues are the two queues fitted to the same points.
type Queues struct {
	// Shared has one queue for all replicas, Split one each. Split is nil where no point has
	// several replicas: then they are the same.
	Shared, Split *Fit
	// Better is the one that fits better, Clear that it does so by more than chance; without
	// that it is the shared one.
	Better *Fit
	Clear  bool
	// Why says it in words.
	Why string
}

// clearly is how much better, in units of Akaike's criterion, a queue must fit than another
// one with as many parameters: then it is about seven times as likely.
const clearly = 4

// FitQueues fits both. It refuses fewer than three cells with all numbers.
func FitQueues(points []Point) (Queues, error) {
	shared, err := fit(points, false)
	if err != nil {
		return Queues{}, err
	}
	out := Queues{Shared: shared, Better: shared, Why: "with one replica there is one queue"}
	if shared.problem.points[len(shared.problem.points)-1].Replicas == 1 {
		return out, nil
	}
	if out.Split, err = fit(points, true); err != nil {
		return Queues{}, err
	}
	out.compare()
	return out, nil
}

func (q *Queues) compare() {
	n := float64(3 * len(q.Shared.problem.points))
	least := n * leastError // residuals below what any queue is known to are no evidence
	gain := n * math.Log(max(q.Shared.Misfit, least)/max(q.Split.Misfit, least))
	q.Clear = math.Abs(gain) >= clearly
	switch {
	case !q.Clear:
		q.Why = "whether replicas share a queue or have one each does not show"
	case gain > 0:
		q.Better, q.Why = q.Split, "a queue for each replica fits better than one for all"
	default:
		q.Why = "one queue for all replicas fits better than one for each"
	}
}

func fit(points []Point, split bool) (*Fit, error) {
	p, err := newProblem(points, split)
	if err != nil {
		return nil, err
	}
	s := p.solve()
	return &Fit{Queue: p.queue(s.at), Misfit: s.misfit, Adequacy: p.judge(s), problem: p, solution: s}, nil
}
