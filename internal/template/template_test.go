package template

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var moment = time.Date(2026, 1, 2, 3, 4, 5, 678_000_000, time.UTC)

func newContext() *Context {
	return &Context{Rand: rand.New(rand.NewPCG(1, 2)), Sequence: new(Sequence), Now: moment}
}

func environment(name string) (string, error) {
	v, ok := map[string]string{"HOME": "/h", "QUOTE": `a"b`, "LONG": strings.Repeat("x", 2000)}[name]
	if !ok {
		return "", fmt.Errorf("environment variable %s is not set", name)
	}
	return v, nil
}

func render(t *testing.T, tmpl *Template, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	tmpl, err = tmpl.Resolve(environment)
	if err != nil {
		t.Fatal(err)
	}
	return string(tmpl.Append(nil, newContext()))
}

func TestText(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"", ""},
		{"plain } text", "plain } text"},
		{"/a/{{seq}}/{{ seq }}", "/a/1/2"},
		{`{{now "rfc3339"}}`, "2026-01-02T03:04:05Z"},
		{`{{now "unix"}} {{now "unixms"}}`, "1767323045 1767323045678"},
		{`{{now "2006-01-02 15:04:05.000"}}`, "2026-01-02 03:04:05.678"},
		{`{{int 7 7}}`, "7"},
		{`{{float 1.5 1.5}}`, "1.5"},
		{`{{env "HOME"}}x`, "/hx"},
		{`{{repeat 3 "{{int 5 5}}"}}`, "5,5,5"},
		{"{{repeat 2 \"{{now `05`}}\"}}", "04,05"},
		{`{{repeat 2 "{{now \"05\"}}"}}`, "04,05"},
		{`a"b{{int 1 1}}`, `a"b1`},
		{`{{"{{"}}seq}}{{ "{{" }}`, `{{seq}}{{`},
	} {
		tmpl, err := Parse(tc.in)
		if got := render(t, tmpl, err); got != tc.want {
			t.Errorf("%s = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestJSON(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{`{"b": 1, "a": [true, null, 1.50, -2e3]}`, `{"b":1,"a":[true,null,1.50,-2e3]}`},
		{`"x\"y\n\u0001<ü"`, `"x\"y\n\u0001<ü"`},
		{`{"id": "{{seq}}", "name": "n{{seq}}"}`, `{"id":1,"name":"n2"}`},
		{`"{{int 3 3}}"`, `3`},
		{`"{{float 2.5 2.5}}"`, `2.5`},
		{`"{{now \"unix\"}}"`, `1767323045`},
		{`"{{now \"rfc3339\"}}"`, `"2026-01-02T03:04:05Z"`},
		{"\"{{now `\\\"05\\\"`}}\"", `"\"05\""`},
		{`" {{int 3 3}}"`, `" 3"`},
		{`"{{env \"QUOTE\"}}"`, `"a\"b"`},
		{`{"{{env \"HOME\"}}": 1}`, `{"/h":1}`},
		{`"{{repeat 3 \"{{int 4 4}}\"}}"`, `[4,4,4]`},
		{`"{{repeat 2 \"x{{seq}}\"}}"`, `["x1","x2"]`},
		{`["{{repeat 2 \"{{repeat 2 ` + "`{{seq}}`" + `}}\"}}"]`, `[[[1,2],[3,4]]]`},
		{`{"{{\"{{\"}}": "{{\"{{\"}}int 3 3}}"}`, `{"{{":"{{int 3 3}}"}`},
		{`"no {{repeat 2 \"list\"}}"`, `"no list,list"`},
		{"\"{{repeat 3 \\\"{{now `15:04:05`}}\\\"}}\"", `["03:04:03","03:04:04","03:04:05"]`},
	} {
		tmpl, err := ParseJSON([]byte(tc.in))
		if got := render(t, tmpl, err); got != tc.want {
			t.Errorf("%s = %s, want %s", tc.in, got, tc.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"{{", "missing }}"},
		{"{{}}", "is empty; allowed are seq"},
		{"{{seq", "missing }}"},
		{"{{seq 1}}", "{{seq 1}}: 1 arguments, want 0"},
		{"{{nope}}", `unknown call "nope"; allowed are seq`},
		{`{{"seq"}}`, "is not a call"},
		{`{{int 2 1}}`, "lower bound 2 is above the upper bound 1"},
		{`{{int 1 x}}`, `"x" is not a whole number`},
		{`{{int 1 99999999999999999999}}`, "is not a whole number"},
		{`{{float 0 inf}}`, `"inf" is not a number`},
		{`{{float 2 1}}`, "is above"},
		{`{{now "YYYY"}}`, "shows no time"},
		{`{{now rfc3339}}`, "must be in quotes"},
		{`{{env ""}}`, "name is empty"},
		{`{{repeat 0 "x"}}`, "not in 1..10000"},
		{`{{repeat 10001 "x"}}`, "not in 1..10000"},
		{`{{repeat 2 "{{bad}}"}}`, `unknown call "bad"`},
		{`{{now "x}}`, "unterminated or malformed string"},
		{"{{repeat 10000 \"{{repeat 10000 `x`}}\"}}", "more than the 16777216 allowed"},
		{"{{seq }x}}", "unexpected }x}}"},
	} {
		_, err := Parse(tc.in)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("Parse(%s): error %v, want %q", tc.in, err, tc.want)
		}
		quoted, _ := json.Marshal(tc.in)
		if _, err := ParseJSON(quoted); err == nil {
			t.Errorf("ParseJSON(%s): no error", quoted)
		}
	}
}

func TestJSONErrors(t *testing.T) {
	for _, in := range []string{``, `{`, `{"a"`, `[1,]`, `{} {}`, `nope`, strings.Repeat("[", 2000)} {
		if _, err := ParseJSON([]byte(in)); err == nil || !strings.HasPrefix(err.Error(), "json: ") {
			t.Errorf("ParseJSON(%.20q): error %v", in, err)
		}
	}
}

func TestMissingVariable(t *testing.T) {
	tmpl, err := Parse(`{{repeat 2 "{{env \"NOPE\"}}"}}`)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tmpl.Resolve(environment); err == nil || err.Error() != "environment variable NOPE is not set" {
		t.Errorf("error %v", err)
	}
}

// TestResolvedSize: an environment's value counts like any text.
func TestResolvedSize(t *testing.T) {
	for _, in := range []string{
		`{{repeat 10000 "{{env \"LONG\"}}{{env \"HOME\"}}"}}`, "{{env `HOME`}}{{repeat 10 \"{{repeat 1000 `{{env \\\"LONG\\\"}}`}}\"}}",
	} {
		tmpl, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tmpl.Resolve(environment); err == nil || !strings.HasPrefix(err.Error(), "with the values of ") || !strings.Contains(err.Error(), "LONG, template may write 200") {
			t.Errorf("%s: error %v", in, err)
		}
	}
}

func TestCheck(t *testing.T) {
	for _, tc := range []struct {
		rule     func(string) error
		in, want string
	}{
		{Header, "a\tb ü\xff{{seq}}{{now `rfc3339`}}{{env `LINE`}}", ""},
		{Header, "a\nb", "holds a line break"},
		{Header, "{{seq}}\r", "holds a line break"},
		{Header, `{{now "2006\n"}}`, "holds a line break"},
		{Header, `{{repeat 2 "{{repeat 2 \"a\\x00\"}}"}}`, "holds the control character 0x00"},
		{Header, "\x7f", "holds the control character 0x7f"},
		{Host, "shop-{{int 1 2}}.example:80", ""},
		{Host, "[::1]:80", ""},
		{Host, "a b", "holds a character that no host name has"},
		{Host, `{{now "2006/01"}}`, "holds a character that no host name has"},
		{Host, "ü", "holds bytes outside ASCII"},
		{Host, "a\n", "holds a line break"},
		{JSON, "ü", ""},
		{JSON, "\xff", "is not UTF-8"},
	} {
		tmpl, err := Parse(tc.in)
		if err != nil {
			t.Fatal(err)
		}
		err = tmpl.Check(tc.rule)
		if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q: %v, want %q", tc.in, err, tc.want)
		}
	}
}

// TestOddBytesInJSON: text that JSON cannot carry is refused, not replaced.
func TestOddBytesInJSON(t *testing.T) {
	for _, in := range []string{`{{repeat 2 "\xff"}}`, `{{now "2006\xff"}}`, `x{{repeat 2 "\xff{{seq}}"}}`, `{{repeat 2 "{{now \"\\xff05\"}}"}}`} {
		quoted, _ := json.Marshal(in)
		if _, err := ParseJSON(quoted); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("%s: error %v", in, err)
		}
		if _, err := Parse(in); err != nil {
			t.Errorf("as text, %s: %v", in, err)
		}
	}
}

func TestStatic(t *testing.T) {
	for in, want := range map[string]string{"": "", "/healthz": "/healthz", `{{env "HOME"}}/x`: "/h/x"} {
		tmpl, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		tmpl, _ = tmpl.Resolve(environment)
		if got, ok := tmpl.Static(); !ok || got != want {
			t.Errorf("%s: %q %v", in, got, ok)
		}
	}
	tmpl, _ := Parse("{{seq}}")
	if _, ok := tmpl.Static(); ok {
		t.Error("{{seq}} is static")
	}
}

func TestBefore(t *testing.T) {
	for in, want := range map[string]string{
		"/a": "/a", "/a#b": "/a", "#": "", "/{{seq}}#{{seq}}": "/1", "{{repeat 2 `#`}}": "#,#", "{{repeat 2 `#`}}/#": "#,#/",
	} {
		tmpl, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := render(t, tmpl.Before("#"), nil); got != want {
			t.Errorf("%s: %q, want %q", in, got, want)
		}
	}
}

func TestUUID(t *testing.T) {
	tmpl, err := Parse("{{uuid}} {{uuid}}")
	got := strings.Fields(render(t, tmpl, err))
	form := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	if len(got) != 2 || got[0] == got[1] || !form.MatchString(got[0]) || !form.MatchString(got[1]) {
		t.Errorf("uuids %v", got)
	}
}

func TestRanges(t *testing.T) {
	for _, tc := range []struct {
		call   string
		lo, hi float64
	}{
		{"{{int -2 2}}", -2, 2},
		{"{{int -9223372036854775808 9223372036854775807}}", -1 << 63, 1 << 63},
		{"{{float 0 1}}", 0, 1},
		{"{{float -1.25 1.25}}", -1.25, 1.25},
		{"{{float 0 1e-9}}", 0, 1e-9},
		{"{{float -1.7e308 1.7e308}}", -1.7e308, 1.7e308},
	} {
		tmpl, err := Parse(tc.call)
		if err != nil {
			t.Fatal(err)
		}
		ctx, seen := newContext(), map[string]bool{}
		for range 200 {
			out := tmpl.Append(nil, ctx)
			var v float64
			if err := json.Unmarshal(out, &v); err != nil || v < tc.lo || v > tc.hi {
				t.Fatalf("%s gave %s (%v)", tc.call, out, err)
			}
			seen[string(out)] = true
		}
		if len(seen) < 5 {
			t.Errorf("%s gave only %d values", tc.call, len(seen))
		}
	}
}

func TestSequenceIsUniqueOverWorkers(t *testing.T) {
	var a, b Sequence
	b.SetWorker(3)
	got := []int64{a.Next(), a.Next(), b.Next(), (*Sequence)(nil).Next()}
	b.SetWorker(4)
	got = append(got, b.Next())
	if diff := cmp.Diff([]int64{1, 2, 3_000_000_000_001, 0, 4_000_000_000_002}, got); diff != "" {
		t.Error(diff)
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	tmpl, err := ParseJSON([]byte("{\"a\": \"{{repeat 30 `{{float 0 1}}`}}\", \"b\": \"{{repeat 3 \\\"{{now `rfc3339`}}\\\"}}\", \"c\": \"{{uuid}} {{seq}}\"}"))
	if err != nil {
		t.Fatal(err)
	}
	ctx, buf := newContext(), make([]byte, 0, 4096)
	if n := testing.AllocsPerRun(100, func() { tmpl.Append(buf[:0], ctx) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestEscape(t *testing.T) {
	for _, text := range []string{"", "a", "{{", "{{{", "{{{{{", "{{seq}}", `{{"{{"}}`, "}}{{"} {
		tmpl, err := Parse(Escape(text))
		if got := render(t, tmpl, err); got != text {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"/a/{{seq}}", `{{repeat 3 "{{now \"rfc3339\"}}"}}`, "{{int 1 2}}{{float 0 1}}{{uuid}}{{env `HOME`}}", "{{", "{{now `05`}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tmpl, err := Parse(s)
		if err != nil {
			return
		}
		if out := tmpl.Append(nil, newContext()); int64(len(out)) > tmpl.size() {
			t.Errorf("%q wrote %d bytes, size says %d", s, len(out), tmpl.size())
		}
		if !strings.Contains(s, "{{") && string(tmpl.Append(nil, newContext())) != s {
			t.Errorf("%q changed", s)
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{`{"a":["{{seq}}",1,null]}`, `"{{repeat 3 \"{{int 1 2}}\"}}"`, `"x{{env \"QUOTE\"}}\u0000"`, "{\"k{{uuid}}\":\"{{now `\\\"05`}}\"}"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		tmpl, err := ParseJSON(raw)
		if err != nil {
			return
		}
		if tmpl, err = tmpl.Resolve(func(string) (string, error) { return "a\"\\\n\xff", nil }); err != nil {
			t.Fatal(err)
		}
		if out := tmpl.Append(nil, newContext()); !json.Valid(out) {
			t.Errorf("%q wrote invalid JSON %q", raw, out)
		}
	})
}

func BenchmarkForecastPayload(b *testing.B) {
	doc := "{\"ts\": \"{{repeat 30 \\\"{{now `rfc3339`}}\\\"}}\""
	for _, c := range "abcdefghijk" {
		doc += ", \"" + string(c) + "\": \"{{repeat 30 `{{float 0 1}}`}}\""
	}
	tmpl, err := ParseJSON([]byte(doc + "}"))
	if err != nil {
		b.Fatal(err)
	}
	ctx, buf := newContext(), make([]byte, 0, 8192)
	b.ReportAllocs()
	for b.Loop() {
		buf = tmpl.Append(buf[:0], ctx)
	}
}
