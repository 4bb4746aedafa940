package master

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
)

// answersRoom is how many bytes of large answers may be on their way at a time. Slow readers
// must not fill the memory.
const answersRoom = 16 << 20

// large makes one large answer at a time, and then writes it.
func (m *Master) large(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a := m.make(serve, r)
		if a == nil {
			return // the client is gone
		}
		size := int64(a.body.Cap())
		if m.answers.Add(size) > answersRoom+size {
			m.answers.Add(-size)
			http.Error(w, fmt.Sprintf("answers of %d MiB are still being read; ask again", answersRoom>>20), http.StatusServiceUnavailable)
			return
		}
		defer m.answers.Add(-size)
		a.write(w)
	}
}

// make waits for its turn.
func (m *Master) make(serve http.HandlerFunc, r *http.Request) *answer {
	select {
	case m.making <- struct{}{}:
	case <-r.Context().Done():
		return nil
	}
	defer func() { <-m.making }()
	a := &answer{header: http.Header{}, status: http.StatusOK}
	serve(a, r)
	return a
}

// answer keeps what a handler writes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *answer) Header() http.Header { return a.header }

// Write implements http.ResponseWriter.
func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

// WriteHeader implements http.ResponseWriter.
func (a *answer) WriteHeader(status int) { a.status = status }

// write sends it to a client. If that is gone, it does not matter.
func (a *answer) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}
