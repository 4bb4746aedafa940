package draft

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

var update = flag.Bool("update", false, "write the golden files again")

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

// TestOpenAPI: a document as FastAPI makes it, with text in it that would be YAML.
func TestOpenAPI(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "fastapi.json"))
	if err != nil {
		t.Fatal(err)
	}
	api, err := OpenAPI(data)
	if err != nil {
		t.Fatal(err)
	}
	request, err := Curl{URL: "http://127.0.0.1:8000"}.Request()
	if err != nil {
		t.Fatal(err)
	}
	p := ProjectOfURL(*request, true, Seen{ReadyPath: "/health", API: api, APIPath: "/openapi.json"})
	experiment, swarmfile, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "fastapi.experiment.yaml", experiment)
	golden(t, "fastapi.swarmfile.yaml", swarmfile)
	want := []string{"/health answers a health check", "/openapi.json describes the service: 4 tasks, 10 left out with the reason in swarmfile.yaml"}
	if diff := cmp.Diff(want, p.Found()); diff != "" {
		t.Errorf("found (-want +got)\n%s", diff)
	}
}

// TestChange: the comment of an operation that changes something becomes a task when it is
// uncommented, and nothing hostile gets into it.
func TestChange(t *testing.T) {
	api, err := OpenAPI([]byte(`{"openapi": "3.0.0", "servers": [{"url": "/api"}], "paths": {
		"/a": {"delete": {}}, "/b{{env \"HOME\"}}": {"post": {}}, "/c d": {"put": {}},
		"/orders/{id}/lines": {"get": {}, "patch": {}}, "/z": {"post": {}}}}`))
	if err != nil {
		t.Fatal(err)
	}
	want := &Task{Name: "PATCH /orders/{id}/lines", Method: "PATCH", Path: "/api/orders/{{int 1 100}}/lines"}
	if diff := cmp.Diff(want, api.Change); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	p := ProjectOfProcess(Command{Args: []string{"shop", "{{port}}"}}, Seen{API: api, APIPath: "/openapi.json"})
	_, text, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	comment := regexp.MustCompile(`(?m)^( {8})# (- name|    request|  request|    )`)
	sf, err := experiment.DecodeSwarmfile("s.yaml", comment.ReplaceAll(text, []byte("$1$2")))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	tasks := sf.Spec.Users[0].Tasks
	if last := tasks[len(tasks)-1]; len(tasks) != 2 || last.Request.Path != want.Path || last.Request.Method != "PATCH" || len(last.Request.JSON.Raw) == 0 {
		t.Errorf("uncommented it is %+v", tasks)
	}
}

func TestOpenAPIVersions(t *testing.T) {
	for name, tc := range map[string]struct {
		doc   string
		tasks []string
		left  []string
	}{
		"Swagger 2": {
			`{"swagger": "2.0", "basePath": "/v1/", "parameters": {"n": {"name": "n", "in": "query", "required": true, "type": "integer", "default": 3}},
			  "paths": {"/pets": {"parameters": [{"$ref": "#/parameters/n"}], "get": {}}, "/pets/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": true, "x-example": "a/b"}]}}}}`,
			[]string{"/v1/pets?n=3", "/v1/pets/a%2Fb"},
			nil,
		},
		"a server":                 {`{"openapi": "3.0.0", "servers": [{"url": "https://shop.example/api"}], "paths": {"/a": {"get": {}}}}`, []string{"/api/a"}, nil},
		"a server with a variable": {`{"openapi": "3.0.0", "servers": [{"url": "/{tenant}"}], "paths": {"/a": {"get": {}}}}`, []string{"/a"}, nil},
		"authorization for all": {
			`{"openapi": "3.0.0", "security": [{"key": []}], "paths": {"/a": {"get": {}}, "/b": {"get": {"security": []}}, "/c": {"get": {"security": [{}, {"key": []}]}}}}`,
			[]string{"/b", "/c"},
			[]string{"GET /a: needs authorization (key); add it with a header"},
		},
		"named examples":    {`{"openapi": "3.0.0", "components": {"parameters": {"p": {"name": "p", "in": "path", "examples": {"b": {"value": "second"}, "a": {"value": 1.50}}}}}, "paths": {"/{p}": {"get": {"parameters": [{"$ref": "#/components/parameters/p"}]}}}}`, []string{"/1.50"}, nil},
		"a fragment":        {`{"openapi": "3.0.0", "paths": {"/a#b": {"get": {}}}}`, []string{"/a%23b"}, nil},
		"a dead reference":  {`{"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": [{"$ref": "#/x"}]}}}}`, nil, []string{"GET /a: one of its parameters is not understood"}},
		"no description":    {`{"openapi": "3.0.0", "paths": {"/a": {"get": 7}, "b": {"get": {}}, "/c": {"get": {}, "parameters": 7}}}`, nil, []string{"GET /a: its description is not understood", "GET /c: its parameters are not understood", "GET b: its path does not begin with /"}},
		"a body":            {`{"openapi": "3.0.0", "paths": {"/a": {"get": {"requestBody": {"required": true}}}}}`, nil, []string{"GET /a: needs a body"}},
		"a header's value":  {`{"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": [{"name": "X", "in": "header", "required": true, "example": "a\nb"}]}}, "/b": {"get": {"parameters": [{"name": "Trailer", "in": "header", "required": true, "example": "a"}]}}}}`, nil, []string{`GET /a: its header "X" is not understood`, `GET /b: needs the header "Trailer", which cannot be set`}},
		"a value of values": {`{"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": [{"name": "x", "in": "query", "required": true, "example": ["a"]}]}}}}`, nil, []string{`GET /a: its "x" has no example and no default`}},
		"somewhere else":    {`{"openapi": "3.0.0", "paths": {"/a": {"get": {"parameters": [{"name": "x", "in": "body", "required": true, "example": "a"}]}}}}`, nil, []string{`GET /a: its "x" is in "body", which is not understood`}},
		"too long":          {`{"openapi": "3.0.0", "paths": {"/` + strings.Repeat("x", longestRequest) + `": {"get": {}}}}`, nil, []string{"GET /" + strings.Repeat("x", longestName-1) + "…: is too long"}},
	} {
		t.Run(name, func(t *testing.T) {
			api, err := OpenAPI([]byte(tc.doc))
			if err != nil {
				t.Fatal(err)
			}
			var paths []string
			for _, task := range api.Tasks {
				paths = append(paths, task.Path)
			}
			if diff := cmp.Diff(tc.tasks, paths); diff != "" {
				t.Errorf("tasks (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(tc.left, api.LeftOut); diff != "" {
				t.Errorf("left out (-want +got)\n%s", diff)
			}
		})
	}
}

func TestNoOpenAPI(t *testing.T) {
	for doc, want := range map[string]string{
		"":         "reading an OpenAPI document: unexpected end of JSON input",
		"{}":       "neither openapi nor swagger says its version",
		`{"a": 1}`: "neither openapi nor swagger says its version",
		"<html>":   "reading an OpenAPI document: invalid character",
	} {
		if _, err := OpenAPI([]byte(doc)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", doc, err, want)
		}
	}
}

// TestOpenAPIBounds: a big document makes a small draft.
func TestOpenAPIBounds(t *testing.T) {
	var b bytes.Buffer
	b.WriteString(`{"openapi": "3.0.0", "paths": {`)
	for i := range 200 {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"/` + strings.Repeat("{{", i%700) + strings.Repeat("x", i) + `": {"get": {}, "post": {}}`)
	}
	b.WriteString(`}}`)
	api, err := OpenAPI(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if len(api.Tasks) > mostTasks || len(api.LeftOut) > mostLeftOut+1 {
		t.Errorf("%d tasks, %d left out", len(api.Tasks), len(api.LeftOut))
	}
	if last := api.LeftOut[len(api.LeftOut)-1]; !strings.HasPrefix(last, "and ") {
		t.Errorf("last line is %q", last)
	}
}

func TestLook(t *testing.T) {
	document := []byte(`{"openapi": "3.0.0", "paths": {"/a": {"get": {}}}}`)
	for name, tc := range map[string]struct {
		answers map[string]Answer
		ready   string
		api     string
		notes   []string
	}{
		"nothing":        {},
		"health and api": {map[string]Answer{"/health": {Status: 200}, "/livez": {Status: 200}, "/v3/api-docs": {200, document}}, "/health", "/v3/api-docs", nil},
		"not ready":      {map[string]Answer{"/healthz": {Status: 503}, "/livez": {Status: 204}}, "/livez", "", nil},
		"an app of one page": {
			map[string]Answer{nowhere: {200, []byte("<html>")}, "/healthz": {200, []byte("<html>")}, "/openapi.json": {200, []byte("<html>")}},
			"", "",
			[]string{"every path is answered, so that a health check cannot be told from a page"},
		},
		"other JSON":     {map[string]Answer{"/openapi.json": {200, []byte(`{"a": 1}`)}, "/swagger.json": {200, document}}, "", "/swagger.json", []string{"/openapi.json: reading an OpenAPI document: neither openapi nor swagger says its version"}},
		"an immense one": {map[string]Answer{"/openapi.json": {200, append([]byte("{"), make([]byte, MostDocument)...)}}, "", "", []string{"/openapi.json is more than the 8388608 bytes that are read"}},
	} {
		t.Run(name, func(t *testing.T) {
			seen, err := Look(t.Context(), func(_ context.Context, path string) (Answer, error) {
				if a, ok := tc.answers[path]; ok {
					return a, nil
				}
				return Answer{Status: 404}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if seen.ReadyPath != tc.ready || seen.APIPath != tc.api || (seen.API == nil) != (tc.api == "") {
				t.Errorf("ready %q, API at %q", seen.ReadyPath, seen.APIPath)
			}
			if diff := cmp.Diff(tc.notes, seen.Notes); diff != "" {
				t.Errorf("notes (-want +got)\n%s", diff)
			}
		})
	}
	seen, err := Look(t.Context(), func(_ context.Context, path string) (Answer, error) {
		a, ok := map[string]Answer{"/a": {Status: 200}, "/openapi.json": {200, document}}[path]
		if !ok {
			a.Status = 404
		}
		return a, nil
	})
	if err != nil || seen.Answers != "/a" {
		t.Errorf("%q answers (%v), want /a", seen.Answers, err)
	}
	dead := errors.New("connection refused")
	if _, err := Look(t.Context(), func(context.Context, string) (Answer, error) { return Answer{}, dead }); !errors.Is(err, dead) {
		t.Errorf("error %v, want %v", err, dead)
	}
}

// FuzzOpenAPI: whatever a service shows, what is drafted from it decodes, or there is an error.
func FuzzOpenAPI(f *testing.F) {
	data, err := os.ReadFile(filepath.Join("testdata", "fastapi.json"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"swagger": "2.0", "basePath": "/{{", "paths": {"/a\u0085{x}": {"get": {"parameters": [{"name": "x", "in": "path", "default": "\u0000"}, {"name": "H", "in": "header", "required": true, "enum": [1]}]}}}}`))
	request, err := Curl{URL: "http://127.0.0.1:8000"}.Request()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		api, err := OpenAPI(data)
		if err != nil {
			return
		}
		_, swarmfile, err := ProjectOfURL(*request, true, Seen{API: api, APIPath: "/openapi.json"}).Files()
		if err != nil {
			t.Fatal(err)
		}
		sf, err := experiment.DecodeSwarmfile("f", swarmfile)
		if err != nil {
			t.Fatal(err)
		}
		tasks := sf.Spec.Users[0].Tasks
		if n := max(len(api.Tasks), 1); len(sf.Spec.Users) != 1 || len(tasks) != n {
			t.Errorf("%d tasks of %d users, want %d of 1", len(tasks), len(sf.Spec.Users), n)
		}
		for i, task := range api.Tasks {
			if tasks[i].Request.Path != task.Path || tasks[i].Name != task.Name {
				t.Errorf("task %d is %q at %q, want %q at %q", i, tasks[i].Name, tasks[i].Request.Path, task.Name, task.Path)
			}
			text(t, task.Path, nil) // no variable is asked for, and nothing is a call
		}
	})
}
