package experiment

import "testing"

func TestCounter(t *testing.T) {
	series := map[string]string{"path": "/predict", "code": "200"}
	for text, want := range map[string]bool{
		`requests_total`:                                true,
		` requests_total{} `:                            true,
		`requests_total{path="/predict"}`:               true,
		`requests_total{path="/predict", code!="500",}`: true,
		`requests_total{path!="/healthz",code="200"}`:   true,
		`requests_total{none=""}`:                       true,
		`requests_total{none!=""}`:                      false,
		`requests_total{path!="/predict"}`:              false,
		`requests_total{path="/predict",code="500"}`:    false,
		`requests`:                             false,
		`requests_total{path="a\"b}"}`:         false,
		`requests_total { path = "/predict" }`: true,
	} {
		c, err := ParseCounter(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if c.Matches("requests_total", series) != want {
			t.Errorf("%s matches: %v, want %v", text, !want, want)
		}
	}
	for _, text := range []string{"", "1x", "a b", "a{", "a}", `a{b}`, `a{b=c}`, `a{b=~"c"}`, `a{b="c" d="e"}`, `a{b="c}`} {
		if c, err := ParseCounter(text); err == nil {
			t.Errorf("%q is read as %+v", text, c)
		}
	}
}

func FuzzParseCounter(f *testing.F) {
	f.Add(`a{b="c",d!="e\"f"}`)
	f.Fuzz(func(_ *testing.T, text string) {
		if c, err := ParseCounter(text); err == nil {
			c.Matches(c.Name, map[string]string{})
		}
	})
}
