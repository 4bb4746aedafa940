package httpuser

import (
	"net/http"
	"time"
)

// Sends tells whether any task has a header of that name.
func (p *Program) Sends(name string) bool {
	name = http.CanonicalHeaderKey(name)
	for _, class := range p.classes {
		for _, task := range class.tasks {
			for _, h := range task.headers.list {
				if h.name == name {
					return true
				}
			}
		}
	}
	return false
}

// NewTryClient is a client for Try that connects as the users do: HTTP/1.1, and no proxy,
// whatever the environment says.
func NewTryClient(timeout time.Duration) *http.Client {
	return &http.Client{Timeout: timeout, Transport: &http.Transport{Protocols: http1()}}
}
