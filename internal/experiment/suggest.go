package experiment

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/words"
)

// didYouMean is " (did you mean x?)" with the known name that is nearest to an unknown one,
// and empty if none is near.
func didYouMean(name string, known []string) string {
	best, least := "", max(1, len(name)/3)+1
	for _, k := range known {
		if d := likeness(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// likeness is how many letters must change to turn one name into the other. A name that is
// the other's last word is as near as can be: "order" stands for "POST order".
func likeness(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if strings.HasSuffix(b, " "+a) || strings.HasSuffix(a, " "+b) {
		return 0
	}
	return words.Distance(a, b)
}
