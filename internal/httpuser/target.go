package httpuser

import "strings"

// escapeTarget makes a path and query fit for a request line: a fragment is cut
// off, bytes that may not occur are percent-encoded, what is escaped already
// stays, and a leading slash is added where a template left it out.
func escapeTarget(s string) string {
	if i := strings.IndexByte(s, '#'); i >= 0 {
		s = s[:i]
	}
	if !strings.HasPrefix(s, "/") {
		s = "/" + s
	}
	bad := 0
	for i := range len(s) {
		if mustEscape(s[i]) {
			bad++
		}
	}
	if bad == 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s)+2*bad)
	for i := range len(s) {
		if c := s[i]; mustEscape(c) {
			out = append(out, '%', digits[c>>4], digits[c&0xf])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

func mustEscape(c byte) bool {
	return c <= ' ' || c >= 0x7f || strings.IndexByte("\"<>\\^`{|}", c) >= 0
}
