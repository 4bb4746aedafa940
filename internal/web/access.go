package web

import (
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// fromOwnPages refuses what a page of another origin asks for. A link or a bookmark may lead
// to /, which says nothing; what the page there asks for comes from our own origin.
func fromOwnPages(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !ownOrigin(r) || !ownPage(r) {
			http.Error(w, "a page of another origin asks; only this viewer's own page may", http.StatusForbidden)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func ownOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	u, err := url.Parse(origin)
	return err == nil && u.Host == r.Host
}

func ownPage(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "same-origin", "none": // not a browser, our page, a person
		return true
	}
	return r.URL.Path == "/" && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
}

// cookieName is of the cookie that stands for the token once a browser has shown it. Browsers
// do not tell the ports of a machine apart.
func cookieName(addr net.Addr) string {
	name := "swarmgrid-view"
	if tcp, ok := addr.(*net.TCPAddr); ok {
		name += "-" + strconv.Itoa(tcp.Port)
	}
	return name
}

// wantToken refuses who does not know the token: in the address that is opened first, from
// then on in a cookie, or as a bearer token.
func wantToken(token, cookie string, next http.Handler) http.Handler {
	if token == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/" && same(token, r.URL.Query().Get("token")):
			// Not in the address any more, which is copied and kept in histories.
			http.SetCookie(w, &http.Cookie{Name: cookie, Value: token, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
			http.Redirect(w, r, "/", http.StatusSeeOther)
		case same(token, bearer(r)) || same(token, cookieOf(r, cookie)):
			next.ServeHTTP(w, r)
		default:
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "this viewer wants a token; open the whole address that `swarmgrid view` printed", http.StatusUnauthorized)
		}
	})
}

// bearer is the token that a program shows.
func bearer(r *http.Request) string {
	scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimLeft(shown, " ")
}

func cookieOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

func same(token, shown string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(shown)) == 1
}
