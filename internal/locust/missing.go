package locust

import "regexp"

// MissingModule is the Python module that a locustfile could not import, as the end of
// Locust's output tells; empty where that was not the trouble. Of "lib.auth" it may be
// the whole name or a part of it.
func MissingModule(output string) string {
	return lastMatch(regexp.MustCompile(`(?m)^\s*ModuleNotFoundError: No module named '([^'\n]+)'`), output)
}

// MissingFile is the file that a locustfile could not open, as it was written there.
func MissingFile(output string) string {
	return lastMatch(regexp.MustCompile(`(?m)^\s*FileNotFoundError: \[Errno 2\] No such file or directory: '([^'\n]+)'`), output)
}

func lastMatch(pattern *regexp.Regexp, text string) string {
	found := pattern.FindAllStringSubmatch(text, -1)
	if len(found) == 0 {
		return ""
	}
	return found[len(found)-1][1]
}

// PoorModule is the Python module that lacks what the code that imports it expects, as the
// end of Locust's output tells: it may be another one than that code means.
func PoorModule(output string) string {
	return lastMatch(regexp.MustCompile(`(?m)^\s*(?:AttributeError: (?:partially initialized )?module|`+
		`ImportError: cannot import name '[^'\n]+' from(?: partially initialized module)?|`+
		`ModuleNotFoundError: No module named) '([^'\n]+)'`), output)
}
