package pyimport

import "testing"

func TestStandard(t *testing.T) {
	for module, want := range map[string]bool{
		"queue": true, "email": true, "argparse": true, "zoneinfo": true,
		"":         false,
		"que":      false,
		"common":   false,
		"requests": false,
		"sys":      false, // built in
		"os":       false, // there before the locustfile
	} {
		if got := Standard(module); got != want {
			t.Errorf("%q: %t, want %t", module, got, want)
		}
	}
}
