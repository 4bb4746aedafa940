package baseurl

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, text := range []string{"http://a", "https://a:8443/prefix/", "http://[::1]:8000", "http://user:word@a:1", "HTTP://a"} {
		if u, err := Parse(text); err != nil || u.Hostname() == "" {
			t.Errorf("%s: %v, %v", text, u, err)
		}
	}
	for text, want := range map[string]string{
		"":                       "is empty; give a base URL, as http://127.0.0.1:8000",
		"127.0.0.1:8000":         `is "127.0.0.1:8000", which has no scheme; did you mean http://127.0.0.1:8000?`,
		"localhost:8000":         `is "localhost:8000", which has no scheme; did you mean http://localhost:8000?`,
		"shop":                   `did you mean http://shop?`,
		"//shop:80/api":          `did you mean http://shop:80/api?`,
		"[::1]:8000":             `did you mean http://[::1]:8000?`,
		"shop:80?q=a":            `is "shop:80?q=a", which has no scheme; give a base URL`,
		"/predict":               `is "/predict", which has no scheme; give a base URL`,
		"not a url":              `is "not a url", which has no scheme; give a base URL`,
		"ftp://a":                `is "ftp://a", must begin with http:// or https://`,
		"http://":                `is "http://", which names no host`,
		"http://:8000":           `is "http://:8000", which names no host`,
		"http://a:0":             `must have a port of 1 to 65535`,
		"http://a:99999":         `must have a port of 1 to 65535`,
		"http://a:b":             `is "http://a:b", which is not a URL`,
		"http://a/p?q=1":         `is "http://a/p?q=1", must have no query and no fragment`,
		"http://a/p?":            `must have no query and no fragment`,
		"http://a/p#":            `must have no query and no fragment`,
		"http://a#top":           `must have no query and no fragment`,
		"http://user:wo rd@a":    "is not a URL; give a base URL",
		"user:word@a:80":         "has no scheme; give a base URL",
		"ftp://user:word@a":      `is "ftp://user:xxxxx@a", must begin`,
		"http://user:word@a?q=1": `is "http://user:xxxxx@a?q=1", must have no query`,
	} {
		_, err := Parse(text)
		if err == nil || !strings.HasPrefix(err.Error(), want) && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error = %v, want it to hold %q", text, err, want)
		}
		if err != nil && (strings.Contains(err.Error(), "word") || strings.Contains(err.Error(), "wo rd")) && !strings.Contains(err.Error(), "a password in it") {
			t.Errorf("%q: %v shows a password", text, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"http://a:1/x", "a:1", "http://u:p@a", "//a?b#c"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		u, err := Parse(text)
		if err == nil && (u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "") {
			t.Errorf("%q was read as %v", text, u)
		}
	})
}
