package inferencesim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Window is how many past points a payload has in each column.
const Window = 30

// MaxInferenceLength is how many steps ahead one request may ask for.
const MaxInferenceLength = 100

// FeatureColumns are the columns that a payload must have beside its index
// column, and that a forecast has.
func FeatureColumns() []string {
	return []string{
		"down", "up", "rnti_count", "mcs_down", "mcs_down_var", "mcs_up", "mcs_up_var",
		"rb_down", "rb_down_var", "rb_up", "rb_up_var",
	}
}

// Payload is a checked request for a forecast.
type Payload struct {
	IndexCol        string               // name of the column of timestamps
	InferenceLength int                  // steps ahead, 1 to MaxInferenceLength
	Features        map[string][]float64 // FeatureColumns, Window values each
}

// Problem is one thing wrong with a payload, shaped like FastAPI's.
type Problem struct {
	Loc  []any  `json:"loc"` // path into the request: names and list indices
	Msg  string `json:"msg"`
	Type string `json:"type"`
}

// DecodePayload reads and checks a payload, and returns all the problems it
// has. Fields and columns that are not known are ignored, as FastAPI does.
func DecodePayload(body []byte) (Payload, []Problem) {
	var raw struct {
		IndexCol        json.RawMessage `json:"index_col"`
		InferenceLength json.RawMessage `json:"inference_length"`
		Data            json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(body, &raw); err != nil {
		return Payload{}, []Problem{bodyProblem(err)}
	}
	var c checker
	p := Payload{
		IndexCol:        c.indexCol(raw.IndexCol),
		InferenceLength: c.inferenceLength(raw.InferenceLength),
	}
	p.Features = c.data(raw.Data, p.IndexCol)
	return p, c.problems
}

func bodyProblem(err error) Problem {
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return Problem{Loc: []any{"body", syntax.Offset}, Msg: "JSON decode error: " + syntax.Error(), Type: "json_invalid"}
	}
	return Problem{Loc: []any{"body"}, Msg: "Input should be a JSON object", Type: "dict_type"}
}

// checker gathers problems while it decodes.
type checker struct{ problems []Problem }

func (c *checker) add(kind, msg string, loc ...any) {
	c.problems = append(c.problems, Problem{Loc: append([]any{"body"}, loc...), Msg: msg, Type: kind})
}

// present reports a field that is missing.
func (c *checker) present(raw json.RawMessage, loc ...any) bool {
	if raw == nil {
		c.add("missing", "Field required", loc...)
	}
	return raw != nil
}

func (c *checker) indexCol(raw json.RawMessage) string {
	if !c.present(raw, "index_col") {
		return ""
	}
	var name *string
	if json.Unmarshal(raw, &name) != nil || name == nil {
		c.add("string_type", "Input should be a valid string, not "+show(raw), "index_col")
		return ""
	}
	if *name == "" {
		c.add("string_too_short", "String should have at least 1 character", "index_col")
	}
	return *name
}

func (c *checker) inferenceLength(raw json.RawMessage) int {
	if !c.present(raw, "inference_length") {
		return 0
	}
	var n *int
	switch {
	case json.Unmarshal(raw, &n) != nil || n == nil:
		c.add("int_type", "Input should be a valid integer, not "+show(raw), "inference_length")
		return 0
	case *n < 1:
		c.add("greater_than_equal", "Input should be greater than or equal to 1, not "+show(raw), "inference_length")
	case *n > MaxInferenceLength:
		c.add("less_than_equal", fmt.Sprintf("Input should be less than or equal to %d, not %s", MaxInferenceLength, show(raw)), "inference_length")
	}
	return *n
}

// data checks the columns. The index column is only looked for if its name is
// known: otherwise that is the problem.
func (c *checker) data(raw json.RawMessage, indexCol string) map[string][]float64 {
	if !c.present(raw, "data") {
		return nil
	}
	var columns map[string]json.RawMessage
	if json.Unmarshal(raw, &columns) != nil || columns == nil {
		c.add("dict_type", "Input should be an object of columns, not "+show(raw), "data")
		return nil
	}
	if indexCol != "" && c.present(columns[indexCol], "data", indexCol) {
		c.timestamps(columns[indexCol], indexCol)
	}
	features := make(map[string][]float64, len(columns))
	for _, name := range FeatureColumns() {
		if c.present(columns[name], "data", name) {
			features[name] = c.numbers(columns[name], name)
		}
	}
	return features
}

// list splits a column and checks its length. False: do not look inside.
func (c *checker) list(raw json.RawMessage, column string) ([]json.RawMessage, bool) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || items == nil {
		c.add("list_type", "Input should be a valid list, not "+show(raw), "data", column)
		return nil, false
	}
	switch {
	case len(items) < Window:
		c.add("too_short", fmt.Sprintf("List should have %d items, not %d", Window, len(items)), "data", column)
	case len(items) > Window:
		c.add("too_long", fmt.Sprintf("List should have %d items, not %d", Window, len(items)), "data", column)
		return nil, false // may be very many
	}
	return items, true
}

func (c *checker) numbers(raw json.RawMessage, column string) []float64 {
	var values []float64
	// encoding/json reads null as 0: let the careful way look at those.
	if json.Unmarshal(raw, &values) == nil && len(values) == Window && !bytes.ContainsRune(raw, 'n') {
		return values
	}
	items, _ := c.list(raw, column)
	for i, item := range items {
		var v *float64
		if json.Unmarshal(item, &v) != nil || v == nil {
			c.add("float_type", "Input should be a valid number, not "+show(item), "data", column, i)
		}
	}
	return nil
}

func (c *checker) timestamps(raw json.RawMessage, column string) {
	items, _ := c.list(raw, column)
	for i, item := range items {
		if !isTimestamp(item) {
			c.add("datetime_parsing", "Input should be an ISO 8601 datetime or a number of Unix seconds, not "+show(item), "data", column, i)
		}
	}
}

func isTimestamp(raw json.RawMessage) bool {
	var text *string
	if json.Unmarshal(raw, &text) != nil {
		var seconds float64
		return json.Unmarshal(raw, &seconds) == nil
	}
	if text == nil {
		return false
	}
	for _, layout := range []string{
		// Fractions of a second are accepted after any of the seconds.
		"2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05",
		"2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02",
	} {
		if _, err := time.Parse(layout, *text); err == nil {
			return true
		}
	}
	return false
}

// show quotes a value for a message, cut to a bounded length.
func show(raw json.RawMessage) string {
	const most = 40
	runes := []rune(string(raw[:min(len(raw), 4*most)]))
	if len(runes) <= most {
		return string(runes)
	}
	return string(runes[:most]) + "…"
}

// Forecast is the answer to a Payload.
type Forecast struct {
	InferenceLength int                  `json:"inference_length"`
	Data            map[string][]float64 `json:"data"` // FeatureColumns, InferenceLength values each
}

// forecast repeats each column's last value: the persistence forecast.
func forecast(p Payload) Forecast {
	f := Forecast{InferenceLength: p.InferenceLength, Data: make(map[string][]float64, len(p.Features))}
	for name, past := range p.Features {
		ahead := make([]float64, p.InferenceLength)
		for i := range ahead {
			ahead[i] = past[len(past)-1]
		}
		f.Data[name] = ahead
	}
	return f
}
