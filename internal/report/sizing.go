package report

import (
	"math"
	"strconv"

	"github.com/swarmgrid/swarmgrid/internal/analysis"
	"github.com/swarmgrid/swarmgrid/internal/models"
)

// summarySize is what was measured of one replica count.
type summarySize struct {
	Replicas int `json:"replicas"`
	// Passes and Fails are null for none, Interpolated where one of them is.
	Passes       *int           `json:"passes"`
	Fails        *int           `json:"fails"`
	Interpolated *float64       `json:"interpolated_users"`
	Largest      *summaryRate   `json:"largest"`
	Efficiency   *summaryRatio  `json:"efficiency"`
	Gain         *summaryRatio  `json:"gain"`
	CPU          *float64       `json:"cpu_s_per_request"`
	Limits       []summaryLimit `json:"limits"`
}

type summaryRate struct {
	RPS   float64 `json:"rps"`
	Users int     `json:"users"`
}

type summaryRatio struct {
	Value float64 `json:"value"`
	To    int     `json:"to_replicas"`
	Of    string  `json:"of"`
}

type summaryLimit struct {
	Resource analysis.Resource `json:"resource"`
	Evidence string            `json:"evidence"`
}

// summarySpare has null where no replica count passes.
type summarySpare struct {
	Users    int  `json:"users"`
	Replicas *int `json:"replicas"`
	Left     *int `json:"left"`
	Measured bool `json:"measured"`
}

// summaryModels is advice: no verdict, answer or gate is of it.
type summaryModels struct {
	Bounds []summaryBounds `json:"bounds"`
	// Queue is null where Refusal says why.
	Queue   *summaryQueue `json:"queue"`
	Refusal string        `json:"refusal"`
	// Objective is what Predicted is about, null for none.
	Objective *string            `json:"objective"`
	Predicted []summaryPredicted `json:"predicted"`
	Scaling   *summaryScaling    `json:"scaling"`
}

type summaryBounds struct {
	Replicas  int      `json:"replicas"`
	Light     float64  `json:"light_s"`
	Think     float64  `json:"think_s"`
	Largest   float64  `json:"largest_rps"`
	Saturated bool     `json:"saturated"`
	Knee      *float64 `json:"knee_users"`
}

type summaryQueue struct {
	Split    bool              `json:"split"`
	Clear    bool              `json:"clear"`
	Why      string            `json:"why"`
	Service  float64           `json:"service_s"`
	Servers  float64           `json:"servers_per_replica"`
	Delay    float64           `json:"delay_s"`
	Think    float64           `json:"think_s"`
	Adequate bool              `json:"adequate"`
	Checks   []summaryFitCheck `json:"checks"`
}

type summaryFitCheck struct {
	Name   string `json:"name"`
	Holds  bool   `json:"holds"`
	Tested bool   `json:"tested"`
	Why    string `json:"why"`
}

type summaryPredicted struct {
	Replicas int `json:"replicas"`
	// Within is null without an objective, Knee where it is not believed.
	Within *summaryWithin `json:"within"`
	Knee   *int           `json:"knee_users"`
	Curve  []summaryPlace `json:"curve"`
}

type summaryWithin struct {
	Users  int  `json:"users"`
	Beyond bool `json:"beyond"`
	Low    *int `json:"low"`
	High   *int `json:"high"`
	// Together is null unless it is clear that each replica has its own queue.
	Together *int `json:"with_one_queue"`
}

type summaryPlace struct {
	Users int     `json:"users"`
	RPS   float64 `json:"rps"`
	P95   float64 `json:"p95_ms"`
}

type summaryScaling struct {
	Law        models.Law   `json:"law"`
	Of         string       `json:"of"`
	Gain       float64      `json:"gain"`
	Contention float64      `json:"contention"`
	Coherence  float64      `json:"coherence"`
	Most       int          `json:"most_replicas"`
	Off        float64      `json:"off"`
	Peak       *summaryPeak `json:"peak"`
	Why        string       `json:"why"`
}

type summaryPeak struct {
	At   float64 `json:"replicas"`
	Rate float64 `json:"capacity"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
}

func summarizeSizes(sizes []analysis.Size) []summarySize {
	out := []summarySize{}
	for _, s := range sizes {
		size := summarySize{
			Replicas: s.Replicas, Passes: positive(s.Passes), Fails: positive(s.Fails), Interpolated: above0(s.Interpolated),
			Efficiency: summarizeRatio(s.Efficiency), Gain: summarizeRatio(s.Gain), CPU: known4(s.CPU), Limits: []summaryLimit{},
		}
		if s.Largest != nil {
			size.Largest = &summaryRate{fourDigits(s.Largest.RPS), s.Largest.Users}
		}
		for _, l := range s.Limits {
			size.Limits = append(size.Limits, summaryLimit{l.Resource, l.Evidence})
		}
		out = append(out, size)
	}
	return out
}

func summarizeRatio(r *analysis.Ratio) *summaryRatio {
	if r == nil {
		return nil
	}
	return &summaryRatio{fourDigits(r.Value), r.To, r.Of}
}

// above0 is nil for 0, which stands for "not known".
func above0(v float64) *float64 {
	if v > 0 {
		return finite(fourDigits(v))
	}
	return nil
}

func known4(v *float64) *float64 {
	if v == nil {
		return nil
	}
	return above0(*v)
}

// fourDigits is as much as any of these numbers is known to. What a fit gives beyond depends
// on the machine.
func fourDigits(v float64) float64 {
	out, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 4, 64), 64)
	return out
}

func summarizeSpares(spares []analysis.Spare) []summarySpare {
	out := []summarySpare{}
	for _, s := range spares {
		out = append(out, summarySpare{s.Users, positive(s.Replicas), positive(s.Left), s.Measured})
	}
	return out
}

func summarizeModels(a analysis.Advice) summaryModels {
	out := summaryModels{Bounds: []summaryBounds{}, Refusal: a.Refusal, Predicted: []summaryPredicted{}}
	for _, b := range a.Bounds {
		out.Bounds = append(out.Bounds, summaryBounds{b.Replicas, fourDigits(b.Light), fourDigits(b.Think), fourDigits(b.Largest), b.Saturated, above0(b.Knee)})
	}
	if q := a.Queues; q != nil {
		out.Queue = summarizeQueue(q)
	}
	if a.Objective != nil {
		out.Objective = new(a.Objective.String())
	}
	for _, p := range a.Predicted {
		out.Predicted = append(out.Predicted, summarizePredicted(p))
	}
	if s := a.Scaling; s != nil {
		out.Scaling = &summaryScaling{s.Law, a.Of, fourDigits(s.Gain), fourDigits(s.Contention), fourDigits(s.Coherence), s.Most, fourDigits(s.Off), nil, s.Why}
		if p := s.Peak; p != nil {
			out.Scaling.Peak = &summaryPeak{fourDigits(p.At), fourDigits(p.Rate), fourDigits(p.Low), fourDigits(p.High)}
		}
	}
	return out
}

func summarizeQueue(q *models.Queues) *summaryQueue {
	f := q.Better
	out := &summaryQueue{f.Split, q.Clear, q.Why, fourDigits(f.Service), fourDigits(f.Servers), fourDigits(math.Round(1e6*f.Delay) / 1e6), fourDigits(f.Think), f.Adequacy.Holds(), []summaryFitCheck{}}
	for _, c := range f.Adequacy {
		out.Checks = append(out.Checks, summaryFitCheck{c.Name, c.Holds, c.Tested, c.Why})
	}
	return out
}

func summarizePredicted(p analysis.Predicted) summaryPredicted {
	out := summaryPredicted{Replicas: p.Replicas, Knee: positive(p.Knee), Curve: []summaryPlace{}}
	if l := p.Limit; l != nil {
		out.Within = &summaryWithin{l.Users, l.Beyond, positive(l.Low), positive(l.High), positive(p.Together)}
	}
	for _, c := range p.Curve {
		out.Curve = append(out.Curve, summaryPlace{c.Users, fourDigits(c.Rate), fourDigits(1000 * c.P95)})
	}
	return out
}
