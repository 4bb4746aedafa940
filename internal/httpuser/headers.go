package httpuser

import (
	"net/http"

	"github.com/swarmgrid/swarmgrid/internal/template"
)

// header is one request header; its name is canonical.
type header struct {
	name  string
	value *template.Template
}

// headers are a task's headers, Host included.
type headers struct {
	list []header
}

// setDefault adds a header unless the task set it.
func (h *headers) setDefault(name, value string) {
	for _, have := range h.list {
		if have.name == name {
			return
		}
	}
	fixed, err := template.Parse(value)
	if err == nil {
		h.list = append(h.list, header{name, fixed})
	}
}

// fixed returns the headers and the Host, and true if they are the same for every request.
func (h *headers) fixed() (http.Header, string, bool) {
	for _, f := range h.list {
		if _, static := f.value.Static(); !static {
			return nil, "", false
		}
	}
	header, host := h.render(&template.Context{}, nil)
	return header, host, true
}

// render makes the headers of one request. buf is scratch space.
func (h *headers) render(ctx *template.Context, buf []byte) (http.Header, string) {
	out, host := make(http.Header, len(h.list)+1), ""
	for _, f := range h.list {
		value := string(f.value.Append(buf[:0], ctx))
		if f.name == "Host" {
			host = value
			continue
		}
		out[f.name] = []string{value}
	}
	return out, host
}
