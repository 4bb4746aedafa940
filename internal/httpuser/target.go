package httpuser

import "strings"

// escapeTarget makes a path and query fit for a request line: bytes that may not occur in
// one, and a % that begins no escape, are percent-encoded. Everything else keeps the
// spelling of the file or the server.
func escapeTarget(s string) string {
	bad := 0
	for i := range len(s) {
		if mustEscape(s, i) {
			bad++
		}
	}
	if bad == 0 {
		return s
	}
	const digits = "0123456789ABCDEF"
	out := make([]byte, 0, len(s)+2*bad)
	for i := range len(s) {
		if c := s[i]; mustEscape(s, i) {
			out = append(out, '%', digits[c>>4], digits[c&0xf])
		} else {
			out = append(out, c)
		}
	}
	return string(out)
}

func mustEscape(s string, i int) bool {
	c := s[i]
	if c == '%' {
		return i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2])
	}
	return c <= ' ' || c >= 0x7f || strings.IndexByte("\"#<>\\^`{|}", c) >= 0
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
