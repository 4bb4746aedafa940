package builtin

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/swarmgrid/swarmgrid/internal/template"
)

// payload is what the forecasting service takes.
type payload struct {
	IndexCol        string                       `json:"index_col"`
	InferenceLength int                          `json:"inference_length"`
	Data            map[string][]json.RawMessage `json:"data"`
}

func TestDefaultPayload(t *testing.T) {
	got := renderPredict(t)
	if got.IndexCol != "ts" || got.InferenceLength != 1 || len(got.Data) != 12 {
		t.Fatalf("payload %+v", got)
	}
	stamps := map[string]bool{}
	for column, values := range got.Data {
		if len(values) != 30 {
			t.Errorf("column %s has %d values", column, len(values))
		}
		for _, v := range values {
			checkValue(t, column, v, stamps)
		}
	}
	if len(stamps) != 30 {
		t.Errorf("%d distinct timestamps", len(stamps))
	}
}

func checkValue(t *testing.T, column string, v json.RawMessage, stamps map[string]bool) {
	t.Helper()
	if column != "ts" {
		var number float64
		if err := json.Unmarshal(v, &number); err != nil {
			t.Errorf("column %s: %v", column, err)
		}
		return
	}
	var stamp time.Time
	if err := json.Unmarshal(v, &stamp); err != nil {
		t.Error(err)
	}
	stamps[string(v)] = true
}

// renderPredict makes one body of the file's first task, as internal/experiment and
// httpuser do together.
func renderPredict(t *testing.T) payload {
	t.Helper()
	var doc struct {
		Spec struct {
			Users []struct {
				Tasks []struct{ Request struct{ JSON any } }
			}
		}
	}
	if err := yaml.Unmarshal(Swarmfile(), &doc); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(doc.Spec.Users[0].Tasks[0].Request.JSON)
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err := template.ParseJSON(raw)
	if err != nil {
		t.Fatal(err)
	}
	ctx := template.Context{Rand: rand.New(rand.NewPCG(1, 1)), Now: time.Now()}
	var got payload
	if err := json.Unmarshal(tmpl.Append(nil, &ctx), &got); err != nil {
		t.Fatal(err)
	}
	return got
}
