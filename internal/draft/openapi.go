package draft

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// API is what an OpenAPI document says of a service.
type API struct {
	// Tasks are the GETs that can be sent as they are described.
	Tasks []Task
	// Change is a task that may change something; nil for none.
	Change *Task
	// LeftOut are the other operations, each with the reason.
	LeftOut []string
}

// The bounds on what is taken from a document, which is somebody else's.
const (
	// MostDocument is how many bytes are read of one.
	MostDocument = 8 << 20
	mostTasks    = 50
	mostLeftOut  = 50
	// longestRequest bounds a task's path and headers, in bytes.
	longestRequest = 2000
)

// OpenAPI reads a document of OpenAPI 3 or Swagger 2, in JSON. An operation that it does not
// understand is left out.
func OpenAPI(data []byte) (*API, error) {
	var doc openAPI
	// A member of an unexpected type is left out; the others are read.
	if err := json.Unmarshal(data, &doc); err != nil && !errors.As(err, new(*json.UnmarshalTypeError)) {
		return nil, fmt.Errorf("reading an OpenAPI document: %w", err)
	}
	if doc.OpenAPI == "" && doc.Swagger == "" {
		return nil, errors.New("reading an OpenAPI document: neither openapi nor swagger says its version")
	}
	api := &API{}
	for _, path := range slices.Sorted(maps.Keys(doc.Paths)) {
		doc.path(api, path)
	}
	api.Tasks, api.LeftOut = bounded(api.Tasks, api.LeftOut)
	return api, nil
}

func bounded(tasks []Task, left []string) ([]Task, []string) {
	if more := len(tasks) - mostTasks; more > 0 {
		tasks = tasks[:mostTasks]
		left = slices.Insert(left, 0, fmt.Sprintf("%s: %d are enough for a draft", matrix.Count(more, "further GET"), mostTasks))
	}
	if more := len(left) - mostLeftOut; more > 0 {
		left = append(left[:mostLeftOut:mostLeftOut], fmt.Sprintf("and %s", matrix.Count(more, "more operation")))
	}
	return tasks, left
}

// openAPI is what is read of a document, of either version.
type openAPI struct {
	OpenAPI string `json:"openapi"`
	Swagger string `json:"swagger"`
	// BasePath and Servers say what comes before every path.
	BasePath   string                                `json:"basePath"`
	Servers    []struct{ URL string }                `json:"servers"`
	Security   []map[string]json.RawMessage          `json:"security"`
	Paths      map[string]map[string]json.RawMessage `json:"paths"`
	Parameters map[string]json.RawMessage            `json:"parameters"`
	Components struct {
		Parameters map[string]json.RawMessage `json:"parameters"`
		Schemas    map[string]json.RawMessage `json:"schemas"`
	} `json:"components"`
}

func methods() []string {
	return []string{"get", "post", "put", "patch", "delete", "head", "options", "trace"}
}

// operation is one method of one path.
type operation struct {
	Deprecated  bool                          `json:"deprecated"`
	Parameters  []json.RawMessage             `json:"parameters"`
	Security    *[]map[string]json.RawMessage `json:"security"`
	RequestBody struct {
		Required bool `json:"required"`
	} `json:"requestBody"`
	Produces  []string                   `json:"produces"`
	Responses map[string]json.RawMessage `json:"responses"`
}

// path adds the operations of one path.
func (d *openAPI) path(api *API, path string) {
	item := d.Paths[path]
	for _, method := range methods() {
		raw, ok := item[method]
		if !ok {
			continue
		}
		name := strings.ToUpper(method) + " " + shorten(tame(path), longestName)
		if method != "get" {
			api.LeftOut = append(api.LeftOut, name+": may change something; add it by hand")
			api.Change = cmp.Or(api.Change, change(name, method, d.prefix()+path))
			continue
		}
		task, err := d.get(path, item["parameters"], raw)
		if err != nil {
			api.LeftOut = append(api.LeftOut, fmt.Sprintf("%s: %v", name, err))
			continue
		}
		api.Tasks = append(api.Tasks, task)
	}
}

// get makes a task of a GET, or says why not.
func (d *openAPI) get(path string, shared, raw json.RawMessage) (Task, error) {
	var op operation
	if err := json.Unmarshal(raw, &op); err != nil {
		return Task{}, errors.New("its description is not understood")
	}
	if err := d.refuse(path, op); err != nil {
		return Task{}, err
	}
	var common []json.RawMessage
	if shared != nil && json.Unmarshal(shared, &common) != nil {
		return Task{}, errors.New("its parameters are not understood")
	}
	f := filling{path: d.prefix() + path}
	for _, raw := range append(common, op.Parameters...) {
		if err := d.fill(&f, raw); err != nil {
			return Task{}, err
		}
	}
	return f.task(path)
}

// refuse says why a GET cannot be sent as it is.
func (d *openAPI) refuse(path string, op operation) error {
	security := d.Security
	if op.Security != nil {
		security = *op.Security
	}
	switch {
	case !strings.HasPrefix(path, "/"):
		return errors.New("its path does not begin with /")
	case op.Deprecated:
		return errors.New("is deprecated")
	case op.RequestBody.Required:
		return errors.New("needs a body")
	case len(security) > 0 && !slices.ContainsFunc(security, func(s map[string]json.RawMessage) bool { return len(s) == 0 }):
		return fmt.Errorf("needs authorization (%s); add it with a header", strings.Join(slices.Sorted(maps.Keys(security[0])), ", "))
	case streams(op):
		return errors.New("streams its answer, which need not end")
	}
	return nil
}

const eventStream = "text/event-stream"

func streams(op operation) bool {
	if slices.Contains(op.Produces, eventStream) {
		return true
	}
	for _, raw := range op.Responses {
		var response struct {
			Content map[string]json.RawMessage `json:"content"`
		}
		if json.Unmarshal(raw, &response) == nil && response.Content[eventStream] != nil {
			return true
		}
	}
	return false
}

// prefix is what the document puts before every path.
func (d *openAPI) prefix() string {
	prefix := d.BasePath
	if len(d.Servers) > 0 {
		if u, err := url.Parse(d.Servers[0].URL); err == nil {
			prefix = u.Path
		}
	}
	prefix = strings.TrimSuffix(prefix, "/")
	if strings.HasPrefix(prefix, "/") && !strings.ContainsAny(prefix, "{}?#") {
		return prefix
	}
	return ""
}

// filling is a request whose parameters are being filled in.
type filling struct {
	path    string
	query   []string
	headers []Header
	// filled are the parameters of the path that have a value.
	filled map[string]string
}

// task is the finished request. Its name is the path of the document.
func (f *filling) task(name string) (Task, error) {
	path := f.path
	for parameter, value := range f.filled {
		path = strings.ReplaceAll(path, "{"+parameter+"}", url.PathEscape(value))
	}
	if _, rest, open := strings.Cut(path, "{"); open {
		parameter, _, _ := strings.Cut(rest, "}")
		return Task{}, fmt.Errorf("its %q has no example and no default", shorten(parameter, 40))
	}
	path = template.Escape(strings.ReplaceAll(path, "#", "%23"))
	if len(f.query) > 0 {
		path += "?" + strings.Join(f.query, "&")
	}
	size := len(path)
	for _, h := range f.headers {
		size += len(h.Name) + len(h.Value)
	}
	if size > longestRequest {
		return Task{}, errors.New("is too long")
	}
	return Task{Name: shorten(tame(name), longestName), Method: "GET", Path: path, Headers: f.headers}, nil
}
