package spec

import (
	"fmt"
	"strings"
)

// didYouMean is " (did you mean x?)" for the name that is nearest to one that nobody
// knows, and nothing where none is near.
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

// likeness is how many letters must change to make one name of the other. A name that is
// the other's last word is as near as can be: "order" stands for "POST order".
func likeness(a, b string) int {
	a, b = strings.ToLower(a), strings.ToLower(b)
	if strings.HasSuffix(b, " "+a) || strings.HasSuffix(a, " "+b) {
		return 0
	}
	return distance(a, b)
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
