package experiment

import (
	"fmt"
	"slices"
)

// EnvVerbose is the variable of spec.cluster.driver.env that is -v in the driver's pod, whose
// command line is not the user's.
const EnvVerbose = "SWARMGRID_VERBOSE"

// Verbosity reads EnvVerbose: how many v's, where empty is none.
func Verbosity(text string) (int, error) {
	if text == "" {
		return 0, nil
	}
	n := slices.Index([]string{"0", "1", "2"}, text)
	if n < 0 {
		return 0, fmt.Errorf("is %q, must be 0, 1 (as -v) or 2 (as -vv)", text)
	}
	return n, nil
}
