// Package baseurl reads base URLs: what requests have in front of their paths.
package baseurl

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
)

const example = "as http://127.0.0.1:8000"

// Parse reads a base URL: http or https with a host; a path is a prefix of all requests.
// Its errors say what the text is, as in "is empty; …", and never show a password.
func Parse(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return nil, errors.New("is empty; give a base URL, " + example)
	case !strings.Contains(text, "://"):
		return nil, noScheme(text)
	case err != nil && strings.Contains(text, "@"): // not shown, because it may hold a password
		return nil, errors.New("is not a URL; give a base URL, " + example + ", with a password in it percent-encoded")
	case err != nil:
		return nil, fmt.Errorf("is %q, which is not a URL; give a base URL, %s", text, example)
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, fmt.Errorf("is %q, must begin with http:// or https://", shown(text, u))
	case u.Hostname() == "":
		return nil, fmt.Errorf("is %q, which names no host; give a base URL, %s", shown(text, u), example)
	case badPort(u.Port()):
		return nil, fmt.Errorf("is %q, must have a port of 1 to 65535", shown(text, u))
	case strings.ContainsAny(text, "?#"): // no request would have it
		return nil, fmt.Errorf("is %q, must have no query and no fragment: put them into the paths of the requests", shown(text, u))
	}
	return u, nil
}

// shown is the text as it was written, without a password.
func shown(text string, u *url.URL) string {
	if u.User == nil {
		return text
	}
	return u.Redacted()
}

// noScheme guesses what was meant by a host without a scheme.
func noScheme(text string) error {
	if strings.Contains(text, "@") {
		return errors.New("has no scheme; give a base URL, " + example)
	}
	meant := "http://" + strings.TrimPrefix(text, "//")
	if _, err := Parse(meant); err != nil {
		return fmt.Errorf("is %q, which has no scheme; give a base URL, %s", text, example)
	}
	return fmt.Errorf("is %q, which has no scheme; did you mean %s?", text, meant)
}

func badPort(port string) bool {
	if port == "" {
		return false
	}
	n, err := strconv.Atoi(port)
	return err != nil || n < 1 || n > 65535
}
