package draft

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// sent is what a drafted swarmfile sends, after encoding and decoding.
type sent struct {
	Base, Method, Path, Body string
	Headers                  map[string]string
	Wait, Timeout            time.Duration
	Expect                   int
}

func roundTrip(t *testing.T, c Curl) (sent, *Request) {
	t.Helper()
	r, err := c.Request()
	if err != nil {
		t.Fatal(err)
	}
	source, err := Once{Request: *r}.Source(nil)
	if err != nil {
		t.Fatal(err)
	}
	exp, err := source.Load(nil)
	if err != nil {
		t.Fatalf("%v\n%s", err, source.InMemory.Data)
	}
	user := exp.Swarmfile.Spec.Users[0]
	request := user.Tasks[0].Request
	out := sent{
		Base: exp.LoadMatrix.Spec.Target.URL, Method: request.Method, Path: text(t, request.Path, r.Secrets), Body: text(t, request.Body, r.Secrets),
		Headers: map[string]string{}, Timeout: request.Timeout.Duration,
	}
	for name, value := range request.Headers {
		out.Headers[name] = text(t, value, r.Secrets)
	}
	for _, status := range user.Tasks[0].Expect.Status {
		out.Expect += status
	}
	if user.Wait.Constant != nil {
		out.Wait = user.Wait.Constant.Duration
	}
	return out, r
}

// text is what a template writes.
func text(t *testing.T, s string, secrets Secrets) string {
	t.Helper()
	tmpl, err := template.Parse(s)
	if err == nil {
		tmpl, err = tmpl.Resolve(func(name string) (string, error) {
			if value, ok := secrets[name]; ok {
				return value, nil
			}
			return "", fmt.Errorf("%s is not set", name)
		})
	}
	if err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	return string(tmpl.Append(nil, &template.Context{}))
}

func TestRequest(t *testing.T) {
	const minute = time.Minute
	for name, tc := range map[string]struct {
		curl Curl
		want sent
	}{
		"a URL":              {Curl{URL: "http://127.0.0.1:8000/search?q=a%20b&x=ü#top"}, sent{Base: "http://127.0.0.1:8000", Method: "GET", Path: "/search?q=a%20b&x=ü"}},
		"no path":            {Curl{URL: "https://h"}, sent{Base: "https://h", Method: "GET", Path: "/"}},
		"a query, no path":   {Curl{URL: "http://[::1]:80?a"}, sent{Base: "http://[::1]:80", Method: "GET", Path: "/?a"}},
		"braces mean naught": {Curl{URL: "http://h/{{seq}}?{{uuid}}={{int 1 2}}", Data: []string{`{{env "HOME"}}`}}, sent{Base: "http://h", Method: "POST", Path: "/{{seq}}?{{uuid}}={{int 1 2}}", Body: `{{env "HOME"}}`, Headers: map[string]string{"Content-Type": formType}}},
		"a form":             {Curl{URL: "http://h", Data: []string{"a=1", "@f"}}, sent{Base: "http://h", Method: "POST", Path: "/", Body: "a=1&file\n", Headers: map[string]string{"Content-Type": formType}}},
		"JSON":               {Curl{URL: "http://h", Method: "put", Headers: []string{"content-type: application/json"}, Data: []string{`{"a": "b'c"}`}}, sent{Base: "http://h", Method: "PUT", Path: "/", Body: `{"a": "b'c"}`, Headers: map[string]string{"content-type": "application/json"}}},
		"all else":           {Curl{URL: "http://h", Think: "200ms", Timeout: "5s", Expect: "201", Headers: []string{"Accept: */*", "X-Odd: \ttrue"}}, sent{Base: "http://h", Method: "GET", Path: "/", Wait: 200 * time.Millisecond, Timeout: 5 * time.Second, Expect: 201, Headers: map[string]string{"Accept": "*/*", "X-Odd": "true"}}},
		"odd bytes":          {Curl{URL: "http://h", Data: []string{"a\x00b\x7f\u0085\u2028\ufeff\U0001F600 \r\n: - # '\""}}, sent{Base: "http://h", Method: "POST", Path: "/", Body: "a\x00b\x7f\u0085\u2028\ufeff\U0001F600 \r\n: - # '\"", Headers: map[string]string{"Content-Type": formType}}},
	} {
		t.Run(name, func(t *testing.T) {
			tc.curl.ReadFile = func(name string) ([]byte, error) {
				return map[string][]byte{"f": []byte("file\n")}[name], nil
			}
			if tc.want.Timeout == 0 {
				tc.want.Timeout = minute
			}
			if tc.want.Headers == nil {
				tc.want.Headers = map[string]string{}
			}
			got, r := roundTrip(t, tc.curl)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			if len(r.Secrets) > 0 {
				t.Errorf("secrets %v", r.Secrets)
			}
		})
	}
}

// TestSecrets: what looks like a secret is in no text, and is sent all the same.
func TestSecrets(t *testing.T) {
	curl := Curl{
		URL: "http://h/?api_key=hush1&sort_key=a&max_tokens=5&token=hush2&token=hush3",
		Headers: []string{
			"Authorization: Bearer hush4", "cookie: a=hush5", "X-Api-Key: hush6 {{port}}", "Proxy-Authorization: hush7",
			"X-Mine: Bearer hush8", "Accept: text/html", "Idempotency-Key: shown",
		},
	}
	got, r := roundTrip(t, curl)
	want := map[string]string{
		"Authorization": "Bearer hush4", "cookie": "a=hush5", "X-Api-Key": "hush6 {{port}}", "Proxy-Authorization": "hush7",
		"X-Mine": "Bearer hush8", "Accept": "text/html", "Idempotency-Key": "shown",
	}
	if diff := cmp.Diff(want, got.Headers); diff != "" {
		t.Errorf("headers (-want +got)\n%s", diff)
	}
	if got.Path != "/?api_key=hush1&sort_key=a&max_tokens=5&token=hush2&token=hush3" {
		t.Errorf("path %s", got.Path)
	}
	secrets := Secrets{
		"SWARMGRID_QUERY_API_KEY": "hush1", "SWARMGRID_QUERY_TOKEN": "hush2", "SWARMGRID_QUERY_TOKEN_2": "hush3",
		"SWARMGRID_AUTHORIZATION": "Bearer hush4", "SWARMGRID_COOKIE": "a=hush5", "SWARMGRID_X_API_KEY": "hush6 {{port}}",
		"SWARMGRID_PROXY_AUTHORIZATION": "hush7", "SWARMGRID_X_MINE": "Bearer hush8",
	}
	if diff := cmp.Diff(secrets, r.Secrets); diff != "" {
		t.Errorf("secrets (-want +got)\n%s", diff)
	}
	once := Once{Request: *r}
	source, err := once.Source(nil)
	if err != nil {
		t.Fatal(err)
	}
	exp, err := source.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{string(source.Data), string(source.InMemory.Data), source.Name, exp.LoadText(), string(once.Saved(exp, "s.yaml"))} {
		if strings.Contains(kept, "hush") {
			t.Errorf("a secret is in\n%s", kept)
		}
	}
}

func TestRequestProblems(t *testing.T) {
	for want, c := range map[string]Curl{
		`http://: is not a URL as in http://127.0.0.1:8000/search?q=a`:                         {URL: "http://"},
		`URL: is not a URL as in`:                                                              {URL: "http://u:hush@h:x"},
		`holds a user name or password; give -H 'Authorization: Basic …' instead`:              {URL: "http://u:hush@h"},
		`http://h: -H: is "foo", must be a name and a value, as in 'Accept: application/json'`: {URL: "http://h", Headers: []string{"foo"}},
		`-H: is "Auth…", must be a name and a value`:                                           {URL: "http://h", Headers: []string{"Authorization Bearer hush"}},
		`-H: gives Accept twice; give each header once`:                                        {URL: "http://h", Headers: []string{"accept: a", "Accept: b"}},
		`-d: @f: no such file`:                                                                 {URL: "http://h", Data: []string{"@f"}},
		`-d: is 262145 bytes, at most 262144 are taken`:                                        {URL: "http://h", Data: []string{strings.Repeat("x", MostData+1)}},
		`-d: is not text in UTF-8`:                                                             {URL: "http://h", Data: []string{"\xff"}},
		`-X: is "FETCH", must be one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS`:          {URL: "http://h", Method: "FETCH"},
		`--think: is 5, which lacks a unit; write 5s`:                                          {URL: "http://h", Think: "5"},
		`--think: is -1s, must be 0s to 1h`:                                                    {URL: "http://h", Think: "-1s"},
		`--request-timeout: is 0s, must be 1ms to 1h`:                                          {URL: "http://h", Timeout: "0s"},
		`--expect: is "ok", must be a status, 100 to 599`:                                      {URL: "http://h", Expect: "ok"},
		"http://h: 2 problems:\n  -X: is \"A\", must be one of":                                {URL: "http://h", Method: "A", Expect: "1"},
	} {
		c.ReadFile = func(name string) ([]byte, error) { return nil, errors.New("@" + name + ": no such file") }
		_, err := c.Request()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%v, want %s", err, want)
		}
		if !errors.As(err, new(*experiment.Error)) {
			t.Errorf("%v is a %T", err, err)
		}
	}
}

// TestPace: around a short window everything is short, and about a URL there is a number
// within 15 s.
func TestPace(t *testing.T) {
	for _, tc := range []struct {
		window time.Duration
		users  []int
		want   Pace
	}{
		{10 * time.Second, []int{1, 10, 50}, Pace{time.Second, time.Second, 50}},
		{5 * time.Second, []int{1}, Pace{time.Second, time.Second, 1}},
		{time.Minute, []int{1, 600}, Pace{6 * time.Second, 6 * time.Second, 100}},
		{10 * time.Minute, []int{50}, Pace{6 * time.Second, 15 * time.Second, 1}},
		{10 * time.Second, []int{100_000}, Pace{time.Second, time.Second, 500}},
	} {
		if diff := cmp.Diff(tc.want, PaceOf(tc.window, tc.users)); diff != "" {
			t.Errorf("%v, %v (-want +got)\n%s", tc.window, tc.users, diff)
		}
	}
}

func TestTimeOfAURL(t *testing.T) {
	r, err := Curl{URL: "http://h"}.Request()
	if err != nil {
		t.Fatal(err)
	}
	source, err := Once{Request: *r}.Source(nil)
	if err != nil {
		t.Fatal(err)
	}
	exp, err := source.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	plan := experiment.NewPlan(exp)
	if first := plan.Scenarios[0].Time; first.Total()-first.Cooldown > 15*time.Second || plan.Total() > 45*time.Second || len(plan.Scenarios) != 3 {
		t.Errorf("first %v, all %d of them %v", first, len(plan.Scenarios), plan.Total())
	}
}

// TestPaceOfSettings: the pace follows the settings of users and window, and a setting of
// the pace itself wins.
func TestPaceOfSettings(t *testing.T) {
	r, err := Curl{URL: "http://h"}.Request()
	if err != nil {
		t.Fatal(err)
	}
	settings := []experiment.Setting{
		{Field: experiment.FieldUsers, Origin: "--users", Value: "5,400"},
		{Field: experiment.FieldDuration, Origin: "--duration", Value: "40s"},
		{Field: experiment.FieldSettle, Origin: "--settle", Value: "2s"},
	}
	once := Once{Request: *r}
	source, err := once.Source(settings)
	if err != nil {
		t.Fatal(err)
	}
	exp, err := source.Load(settings)
	if err != nil {
		t.Fatal(err)
	}
	if exp.SpawnRate(400) != 100 || exp.Cooldown() != 4*time.Second || exp.Settle() != 2*time.Second {
		t.Errorf("rate %v, cooldown %v, settle %v", exp.SpawnRate(400), exp.Cooldown(), exp.Settle())
	}
	// What is saved does the same again, with no setting at all.
	saved, err := experiment.Input{Name: "saved", Data: once.Saved(exp, "s.yaml"), InMemory: source.InMemory}.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(exp.Identity(), saved.Identity()); diff != "" {
		t.Errorf("the saved experiment is another:\n%s", diff)
	}
}

// TestSavedSearch: a search that was asked for on the command line is in the saved file.
func TestSavedSearch(t *testing.T) {
	r, err := Curl{URL: "http://h"}.Request()
	if err != nil {
		t.Fatal(err)
	}
	settings := []experiment.Setting{
		{Field: experiment.FieldUsers, Origin: "--users", Value: "5..400"},
		{Field: experiment.FieldAnswer, Origin: "--answer", Value: "capacity"},
		{Field: experiment.FieldSLO, Origin: "--slo", Value: "p95<200ms"},
		{Field: experiment.FieldBudget, Origin: "--budget", Value: "45m"},
		{Field: experiment.FieldMaxTime, Origin: "--max-time", Value: "2h"},
	}
	once := Once{Request: *r}
	source, err := once.Source(settings)
	if err != nil {
		t.Fatal(err)
	}
	exp, err := source.Load(settings)
	if err != nil {
		t.Fatal(err)
	}
	saved, err := experiment.Input{Name: "saved", Data: once.Saved(exp, "s.yaml"), InMemory: source.InMemory}.Load(nil)
	if err != nil {
		t.Fatal(err)
	}
	was, is := exp.LoadMatrix.Spec, saved.LoadMatrix.Spec
	if diff := cmp.Diff(was.Matrix.Users, is.Matrix.Users); diff != "" || is.Answer != was.Answer || is.Budget != was.Budget || is.MaxTime != was.MaxTime {
		t.Errorf("answer %s, budget %v, longest %v, users (-want +got):\n%s", is.Answer, is.Budget, is.MaxTime, diff)
	}
	if diff := cmp.Diff(exp.Identity(), saved.Identity()); diff != "" {
		t.Errorf("the saved experiment is another:\n%s", diff)
	}
}

// FuzzRequest: whatever is given becomes an experiment that sends just that, or an error.
func FuzzRequest(f *testing.F) {
	f.Add("http://127.0.0.1:8000/a?b=c&token=d", "POST", "Accept: x", "{{body}}")
	f.Add("http://h/\u2028?\"'", "", "A: b: c", "- a\n#")
	f.Fuzz(func(t *testing.T, url, method, header, data string) {
		c := Curl{URL: url, Method: method, Headers: []string{header}, Data: []string{data}, ReadFile: os.ReadFile}
		if strings.HasPrefix(data, "@") {
			return
		}
		r, err := c.Request()
		if err != nil {
			return
		}
		sf, err := experiment.DecodeSwarmfile("f", Once{Request: *r}.Swarmfile())
		if err != nil {
			if headerIsWrong(err) {
				return // as a person is told
			}
			t.Fatalf("%v\n%s", err, Once{Request: *r}.Swarmfile())
		}
		if got := text(t, sf.Spec.Users[0].Tasks[0].Request.Body, r.Secrets); got != data || !utf8.ValidString(got) {
			t.Errorf("body %q, want %q", got, data)
		}
		if _, err := (experiment.Input{Data: Once{Request: *r}.experiment(v1alpha1.UserList(1), time.Second).YAML(), InMemory: &experiment.InMemory{Data: []byte(swarmfile)}}).Load(nil); err != nil {
			t.Fatal(err)
		}
	})
}

const swarmfile = "apiVersion: " + v1alpha1.APIVersion + "\nkind: Swarmfile\nspec: {users: [{name: A, tasks: [{name: a, request: {path: /}}]}]}\n"

func headerIsWrong(err error) bool {
	var problems *experiment.Error
	if !errors.As(err, &problems) {
		return false
	}
	for _, p := range problems.Problems {
		if !strings.Contains(p.Path, ".headers") {
			return false
		}
	}
	return true
}
