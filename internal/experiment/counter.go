package experiment

import (
	"fmt"
	"regexp"
	"strings"
)

// Counter picks series of a metric, as Prometheus does: name{label="value",other!="value"}.
type Counter struct {
	// Name is the metric's.
	Name     string
	matchers []matcher
}

type matcher struct {
	label, value string
	not          bool
}

var (
	counterRule = regexp.MustCompile(`^([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\})?$`)
	matcherRule = regexp.MustCompile(`^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(!?=)\s*"((?:[^"\\]|\\.)*)"\s*(,|$)`)
)

// ParseCounter reads one. Values are compared as they are written, escapes and all.
func ParseCounter(text string) (Counter, error) {
	parts := counterRule.FindStringSubmatch(strings.TrimSpace(text))
	if parts == nil {
		return Counter{}, fmt.Errorf("is %q, must be a metric's name, as in http_requests_total{path=\"/predict\"}", text)
	}
	c := Counter{Name: parts[1]}
	for rest := parts[2]; strings.TrimSpace(rest) != ""; {
		m := matcherRule.FindStringSubmatch(rest)
		if m == nil {
			return Counter{}, fmt.Errorf("is %q, must have labels as in {path=\"/predict\",code!=\"404\"}, with = or !=", text)
		}
		c.matchers = append(c.matchers, matcher{label: m[1], not: m[2] == "!=", value: m[3]})
		rest = rest[len(m[0]):]
	}
	return c, nil
}

// Matches tells whether the counter picks a series. A label that the series lacks is empty.
func (c Counter) Matches(name string, labels map[string]string) bool {
	if name != c.Name {
		return false
	}
	for _, m := range c.matchers {
		if (labels[m.label] == m.value) == m.not {
			return false
		}
	}
	return true
}
