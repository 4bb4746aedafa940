package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/page"
)

// serveNothing answers for what cannot be the id of a run, as "." in an address.
func serveNothing(w http.ResponseWriter, _ *http.Request) {
	refuse(w, http.StatusNotFound, "there is no such run here; the list has those that there are")
}

func (s *site) serveRun(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	places, _ := find(s.roots)
	i := slices.IndexFunc(places, func(p place) bool { return p.id == id })
	if i < 0 {
		refuse(w, http.StatusNotFound, fmt.Sprintf("there is no run %.60q here; it may have been moved", id))
		return
	}
	data, err := s.document(r.Context(), places[i])
	if err != nil {
		refuse(w, http.StatusUnprocessableEntity, err.Error())
		return
	}
	sendDocument(w, r, data)
}

// document is the run's page.Document as JSON, compressed.
func (s *site) document(ctx context.Context, p place) ([]byte, error) {
	if data, err := s.kept(p); data != nil || err != nil {
		return data, err
	}
	if err := s.take(ctx); err != nil {
		return nil, err
	}
	defer s.give()
	// Whoever asked at the same time may have made it meanwhile.
	if data, err := s.kept(p); data != nil || err != nil {
		return data, err
	}
	c, err := p.read()
	if err != nil {
		return nil, err
	}
	data, err := documentOf(p, c)
	if err != nil {
		return nil, err
	}
	s.documents.put(p.dir(), c.stamp, data)
	return data, nil
}

func (s *site) kept(p place) ([]byte, error) {
	look, err := p.look()
	if err != nil {
		return nil, err
	}
	return s.documents.get(p.dir(), look), nil
}

func documentOf(p place, c content) ([]byte, error) {
	m, err := modelOf(p, c)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	if err := json.NewEncoder(z).Encode(page.New(m, c.experiment)); err != nil {
		return nil, fmt.Errorf("encoding the page's document: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

func sendDocument(w http.ResponseWriter, r *http.Request, data []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept-Encoding")
	if takesGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(data) // a browser that went away misses nothing
		return
	}
	if z, err := gzip.NewReader(bytes.NewReader(data)); err == nil { // it is what we wrote
		_, _ = io.Copy(w, z)
	}
}

// takesGzip reads Accept-Encoding: "gzip", "deflate, gzip;q=0.8", but not "gzip;q=0". What it
// says of gzip goes before what it says of all.
func takesGzip(r *http.Request) bool {
	takes := false
	for part := range strings.SplitSeq(strings.ToLower(r.Header.Get("Accept-Encoding")), ",") {
		name, weight, _ := strings.Cut(part, ";")
		weight = strings.TrimPrefix(strings.TrimSpace(weight), "q=")
		wanted := weight == "" || strings.Trim(weight, "0.") != ""
		switch strings.TrimSpace(name) {
		case "gzip":
			return wanted
		case "*":
			takes = wanted
		}
	}
	return takes
}
