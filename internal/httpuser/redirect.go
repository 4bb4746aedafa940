package httpuser

import (
	"fmt"
	"net/http"
	"net/url"
)

// redirect returns the request that a response asks for, or nil. Like browsers
// and requests, 301, 302 and 303 turn into GET; 307 and 308 send the same again.
func (s *netSender) redirect(req *http.Request, resp *http.Response) (*http.Request, error) {
	location := resp.Header.Get("Location")
	if location == "" || !isRedirect(resp.StatusCode) {
		return nil, nil
	}
	from := address(req)
	to, err := from.Parse(location)
	if err != nil || (to.Scheme != "http" && to.Scheme != "https") || to.Host == "" {
		return nil, fmt.Errorf("redirect to an address that cannot be followed")
	}
	to.Fragment = ""
	next := http.Request{
		Method: req.Method, URL: to, Header: redirectHeader(req.Header, from, to),
		Proto: req.Proto, ProtoMajor: 1, ProtoMinor: 1,
	}
	if from.Host == to.Host {
		next.Host = req.Host
	}
	carryBody(&next, req, resp.StatusCode)
	s.addCookies(&next)
	return next.WithContext(req.Context()), nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// carryBody decides the method and body of the next request.
func carryBody(next, req *http.Request, status int) {
	keep := status == http.StatusTemporaryRedirect || status == http.StatusPermanentRedirect
	if !keep && req.Method != http.MethodHead {
		next.Method = http.MethodGet
	}
	if !keep || req.GetBody == nil {
		next.Header.Del("Content-Type")
		return
	}
	body, err := req.GetBody()
	if err == nil {
		next.Body, next.GetBody, next.ContentLength = body, req.GetBody, req.ContentLength
	}
}

// redirectHeader copies the headers, and leaves secrets out for another host.
func redirectHeader(h http.Header, from, to *url.URL) http.Header {
	h = h.Clone()
	h.Del("Cookie") // the jar adds those that fit
	if from.Host != to.Host {
		h.Del("Authorization")
	}
	return h
}
