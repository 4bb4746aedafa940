package inferencesim

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// ValidPayload is a payload without problems, to be encoded or spoilt.
func ValidPayload() map[string]any {
	data := map[string]any{"ts": repeated("2024-05-01T12:00:00")}
	for i, name := range FeatureColumns() {
		data[name] = repeated(float64(i) + .5)
	}
	return map[string]any{"index_col": "ts", "inference_length": 2, "data": data}
}

func repeated(v any) []any {
	list := make([]any, Window)
	for i := range list {
		list[i] = v
	}
	return list
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	body, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestDecodePayload(t *testing.T) {
	p, problems := DecodePayload(encode(t, ValidPayload()))
	if len(problems) > 0 {
		t.Fatalf("problems: %v", problems)
	}
	if p.IndexCol != "ts" || p.InferenceLength != 2 || len(p.Features) != 11 || len(p.Features["up"]) != Window {
		t.Errorf("decoded %+v", p)
	}
	f := forecast(p)
	if diff := cmp.Diff([]float64{1.5, 1.5}, f.Data["up"]); diff != "" || len(f.Data) != 11 {
		t.Errorf("forecast has %d columns, up (-want +got):\n%s", len(f.Data), diff)
	}
}

func TestTimestamps(t *testing.T) {
	for text, ok := range map[string]bool{
		`"2024-05-01T12:00:00Z"`: true, `"2024-05-01T12:00:00.123456"`: true, `"2024-05-01 12:00:00+02:00"`: true,
		`"2024-05-01 12:00:00.5"`: true, `"2024-05-01T12:00"`: true, `"2024-05-01"`: true, `1714564800`: true, `1714564800.5`: true,
		`"2024-13-01"`: false, `"noon"`: false, `""`: false, `null`: false, `true`: false, `[]`: false, `1e999`: false,
	} {
		if isTimestamp(json.RawMessage(text)) != ok {
			t.Errorf("isTimestamp(%s) = %v, want %v", text, !ok, ok)
		}
	}
}

func TestPayloadProblems(t *testing.T) {
	type m = map[string]any
	column := func(name string, v any) func(m) { return func(p m) { p["data"].(m)[name] = v } }
	at := func(v any, i int) []any { l := repeated(1); l[i] = v; return l }
	for _, tt := range []struct {
		name  string
		spoil func(m)
		want  []Problem
	}{
		{"no index_col", func(p m) { delete(p, "index_col") }, []Problem{{[]any{"body", "index_col"}, "Field required", "missing"}}},
		{"index_col number", func(p m) { p["index_col"] = 3 }, []Problem{{[]any{"body", "index_col"}, "Input should be a valid string, not 3", "string_type"}}},
		{"index_col null", func(p m) { p["index_col"] = nil }, []Problem{{[]any{"body", "index_col"}, "Input should be a valid string, not null", "string_type"}}},
		{"index_col empty", func(p m) { p["index_col"] = "" }, []Problem{{[]any{"body", "index_col"}, "String should have at least 1 character", "string_too_short"}}},
		{"index_col elsewhere", func(p m) { p["index_col"] = "time" }, []Problem{{[]any{"body", "data", "time"}, "Field required", "missing"}}},
		{"length zero", func(p m) { p["inference_length"] = 0 }, []Problem{{[]any{"body", "inference_length"}, "Input should be greater than or equal to 1, not 0", "greater_than_equal"}}},
		{"length huge", func(p m) { p["inference_length"] = 101 }, []Problem{{[]any{"body", "inference_length"}, "Input should be less than or equal to 100, not 101", "less_than_equal"}}},
		{"length fraction", func(p m) { p["inference_length"] = 1.5 }, []Problem{{[]any{"body", "inference_length"}, "Input should be a valid integer, not 1.5", "int_type"}}},
		{"no data", func(p m) { delete(p, "data") }, []Problem{{[]any{"body", "data"}, "Field required", "missing"}}},
		{"data list", func(p m) { p["data"] = []int{} }, []Problem{{[]any{"body", "data"}, "Input should be an object of columns, not []", "dict_type"}}},
		{"column missing", func(p m) { delete(p["data"].(m), "rb_up_var") }, []Problem{{[]any{"body", "data", "rb_up_var"}, "Field required", "missing"}}},
		{"column text", column("up", "x"), []Problem{{[]any{"body", "data", "up"}, `Input should be a valid list, not "x"`, "list_type"}}},
		{"column null", column("up", nil), []Problem{{[]any{"body", "data", "up"}, `Input should be a valid list, not null`, "list_type"}}},
		{"column short", column("up", repeated(1)[:29]), []Problem{{[]any{"body", "data", "up"}, "List should have 30 items, not 29", "too_short"}}},
		{"column long", column("up", append(repeated(1), "x")), []Problem{{[]any{"body", "data", "up"}, "List should have 30 items, not 31", "too_long"}}},
		{"value null", column("up", at(nil, 3)), []Problem{{[]any{"body", "data", "up", 3}, "Input should be a valid number, not null", "float_type"}}},
		{"value text", column("up", at(strings.Repeat("ü", 99), 29)), []Problem{{[]any{"body", "data", "up", 29}, `Input should be a valid number, not "` + strings.Repeat("ü", 39) + "…", "float_type"}}},
		{"value too big", column("up", at(json.RawMessage("1e999"), 0)), []Problem{{[]any{"body", "data", "up", 0}, "Input should be a valid number, not 1e999", "float_type"}}},
		{"timestamp", column("ts", at("noon", 1)), []Problem{{[]any{"body", "data", "ts", 1}, `Input should be an ISO 8601 datetime or a number of Unix seconds, not "noon"`, "datetime_parsing"}}},
		{"extra", func(p m) { p["extra"] = 1; p["data"].(m)["extra"] = "x" }, nil},
		{"several", func(p m) { delete(p, "inference_length"); column("down", "x")(p); column("up", nil)(p) }, []Problem{
			{[]any{"body", "inference_length"}, "Field required", "missing"},
			{[]any{"body", "data", "down"}, `Input should be a valid list, not "x"`, "list_type"},
			{[]any{"body", "data", "up"}, "Input should be a valid list, not null", "list_type"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			payload := ValidPayload()
			tt.spoil(payload)
			_, got := DecodePayload(encode(t, payload))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPayloadNotAnObject(t *testing.T) {
	for body, want := range map[string]Problem{
		`{"a":`: {[]any{"body", int64(5)}, "JSON decode error: unexpected end of JSON input", "json_invalid"},
		``:      {[]any{"body", int64(0)}, "JSON decode error: unexpected end of JSON input", "json_invalid"},
		`[]`:    {[]any{"body"}, "Input should be a JSON object", "dict_type"},
	} {
		_, got := DecodePayload([]byte(body))
		if diff := cmp.Diff([]Problem{want}, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", body, diff)
		}
	}
	if _, got := DecodePayload([]byte(`null`)); len(got) != 3 {
		t.Errorf("null has problems %v, want three missing fields", got)
	}
}

func FuzzDecodePayload(f *testing.F) {
	f.Add(encode(f, ValidPayload()))
	f.Add([]byte(`{"index_col":"up","inference_length":1,"data":{"up":[null,1e999,"x"]}}`))
	f.Add([]byte(`{"data":{"down":null}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		p, problems := DecodePayload(body)
		if len(problems) > 3+(1+len(FeatureColumns()))*(Window+1) {
			t.Errorf("%d problems", len(problems))
		}
		encode(t, problems)
		if len(problems) > 0 {
			return
		}
		answer := forecast(p)
		if len(answer.Data) != len(FeatureColumns()) {
			t.Errorf("accepted, and forecast %d columns", len(answer.Data))
		}
		for name, values := range answer.Data {
			if len(values) != p.InferenceLength || math.IsInf(values[0], 0) {
				t.Errorf("forecast %v of %s", values, name)
			}
		}
		encode(t, answer)
	})
}
