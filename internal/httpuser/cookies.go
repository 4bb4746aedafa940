package httpuser

import (
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// cookies are one user's. Names and values are the server's business and go back as they
// came. net/http would drop some and quote others, so they are read and written here; only
// the matching is net/http/cookiejar's.
type cookies struct {
	jar *cookiejar.Jar // nil until a cookie was set
}

// header is the Cookie header for a request to u, without the user's own.
func (c *cookies) header(u *url.URL) string {
	var b strings.Builder
	for i, cookie := range c.jar.Cookies(u) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(cookie.Name)
		b.WriteByte('=')
		b.WriteString(cookie.Value)
	}
	return b.String()
}

// keep takes the Set-Cookie headers of an answer from u.
func (c *cookies) keep(u *url.URL, lines []string) {
	if c.jar == nil {
		c.jar, _ = cookiejar.New(nil) // never fails
	}
	for _, line := range lines {
		if cookie := parseSetCookie(line); cookie != nil {
			c.jar.SetCookies(u, []*http.Cookie{cookie})
		}
	}
}

// parseSetCookie follows RFC 6265, section 5.2; nil is a cookie to be ignored.
func parseSetCookie(line string) *http.Cookie {
	pair, attributes, _ := strings.Cut(line, ";")
	name, value, ok := strings.Cut(pair, "=")
	name = trimSpace(name)
	if !ok || name == "" {
		return nil
	}
	cookie := &http.Cookie{Name: name, Value: trimSpace(value)}
	for attributes != "" {
		pair, attributes, _ = strings.Cut(attributes, ";")
		key, value, _ := strings.Cut(pair, "=")
		setAttribute(cookie, strings.ToLower(trimSpace(key)), trimSpace(value))
	}
	return cookie
}

// setAttribute: of several attributes of a name, the last valid one counts.
func setAttribute(c *http.Cookie, name, value string) {
	switch name {
	case "expires":
		if t, ok := cookieDate(value); ok {
			c.Expires = t
		}
	case "max-age":
		if seconds, ok := maxAge(value); ok {
			c.MaxAge = seconds
		}
	case "domain":
		if value != "" {
			c.Domain = strings.TrimPrefix(value, ".")
		}
	case "path":
		c.Path = value // the jar replaces one that does not begin with /
	case "secure":
		c.Secure = true
	}
}

// maxAge reads seconds into net/http's form, where 0 means "not given" and less means "at once".
func maxAge(text string) (int, bool) {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	switch {
	case digits != text || n == 0:
		return -1, true
	case err != nil: // out of range: longer than any run
		return math.MaxInt32, true
	}
	return int(n), true
}

// trimSpace removes what RFC 6265 calls WSP.
func trimSpace(s string) string { return strings.Trim(s, " \t") }

// cookieDate reads the date of an Expires attribute by RFC 6265, section 5.1.1: the first
// parts that look like a time, a day, a month and a year.
func cookieDate(text string) (time.Time, bool) {
	var clock [3]int
	hasClock, day, month, year := false, -1, time.Month(0), -1
	for _, part := range strings.FieldsFunc(text, isDateDelimiter) {
		if c, ok := dateClock(part); ok && !hasClock {
			clock, hasClock = c, true
		} else if n, _, ok := dateNumber(part, 1, 2); ok && day < 0 {
			day = n
		} else if m := dateMonth(part); m != 0 && month == 0 {
			month = m
		} else if n, _, ok := dateNumber(part, 2, 4); ok && year < 0 {
			year = fullYear(n)
		}
	}
	if !hasClock || clock[0] > 23 || clock[1] > 59 || clock[2] > 59 || month == 0 || year < 1601 {
		return time.Time{}, false
	}
	t := time.Date(year, month, day, clock[0], clock[1], clock[2], 0, time.UTC)
	return t, t.Day() == day // there is no 31 February
}

func isDateDelimiter(r rune) bool {
	return r == '\t' || ' ' <= r && r <= '/' || ';' <= r && r <= '@' || '[' <= r && r <= '`' || '{' <= r && r <= '~'
}

// dateNumber reads a number of least to most digits and returns what follows.
func dateNumber(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for ; i < len(s) && '0' <= s[i] && s[i] <= '9'; i++ {
		if i == most {
			return 0, "", false
		}
		n = 10*n + int(s[i]-'0')
	}
	return n, s[i:], i >= least
}

func dateClock(s string) (clock [3]int, ok bool) {
	for i := range clock {
		if i > 0 {
			if s, ok = strings.CutPrefix(s, ":"); !ok {
				return clock, false
			}
		}
		if clock[i], s, ok = dateNumber(s, 1, 2); !ok {
			return clock, false
		}
	}
	return clock, true
}

func dateMonth(s string) time.Month {
	for m := time.January; m <= time.December; m++ {
		if short := m.String()[:3]; len(s) >= 3 && strings.EqualFold(s[:3], short) {
			return m
		}
	}
	return 0
}

func fullYear(n int) int {
	switch {
	case n < 70:
		return n + 2000
	case n < 100:
		return n + 1900
	}
	return n
}
