package httpuser

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// TestCookies: a user sends back what the server set, byte for byte, to the
// requests that RFC 6265 lets it go with.
func TestCookies(t *testing.T) {
	const path, shop = "/shop/cart", "www.shop.example"
	for _, tc := range []struct {
		name string
		set  []string
		want string
	}{
		{"plain", []string{"session=7; Path=/"}, "session=7"},
		{"comma", []string{"cart=1,2,3"}, "cart=1,2,3"},
		{"space", []string{"a=b c"}, "a=b c"},
		{"quotes", []string{`a="b"`, `c="d`, `e=f"g"h`, `j={"k":1}`}, `a="b"; c="d; e=f"g"h; j={"k":1}`},
		{"backslash", []string{`a=b\c`}, `a=b\c`},
		{"UTF-8 and other bytes", []string{"a=ü", "b=\xff\x80"}, "a=ü; b=\xff\x80"},
		{"equals signs", []string{"a==b=c="}, "a==b=c="},
		{"empty value", []string{"a="}, "a="},
		{"tab within", []string{"a=b\tc"}, "a=b\tc"},
		{"space around", []string{"  a \t=\t b ; Path=/"}, "a=b"},
		{"odd names", []string{"a[b]=1", `"c"=2`, "ü=3"}, `a[b]=1; "c"=2; ü=3`},
		{"no name", []string{"=a", "b", " ; Path=/", ""}, ""},
		{"set again", []string{"a=1", "b=2", "a=3"}, "a=3; b=2"},
		{"name's case", []string{"a=1", "A=2"}, "a=1; A=2"},
		{"unknown attributes", []string{"a=1; SameSite=Strict; HttpOnly; Priority=High; x=ü; ;=; Version=1"}, "a=1"},

		{"path is a folder", []string{"a=1; Path=/shop"}, "a=1"},
		{"path with slash", []string{"a=1; Path=/shop/"}, "a=1"},
		{"path is the path", []string{"a=1; path = /shop/cart "}, "a=1"},
		{"path below", []string{"a=1; Path=/shop/cart/x", "b=1; Path=/sho", "c=1; Path=/other"}, ""},
		{"path without slash", []string{"a=1; Path=other", "b=2; Path="}, "a=1; b=2"},
		{"last path counts", []string{"a=1; Path=/other; Path=/shop", "b=2; Path=/shop; Path=/other", "c=3; Path=/other; Path=x"}, "a=1; c=3"},
		{"longest path first", []string{"a=1; Path=/", "b=2; Path=/shop"}, "b=2; a=1"},

		{"domain of the Host header", []string{"a=1; Domain=www.shop.example"}, "a=1"},
		{"domain above", []string{"a=1; Domain=shop.example", "b=2; domain=.SHOP.example"}, "a=1; b=2"},
		{"domain elsewhere", []string{"a=1; Domain=other.example", "b=1; Domain=x.www.shop.example", "c=1; Domain=127.0.0.1", "d=1; Domain=op.example"}, ""},
		{"no domain", []string{"a=1; Domain=", "b=2; Domain=."}, "a=1; b=2"},
		{"last domain counts", []string{"a=1; Domain=other.example; Domain=shop.example"}, "a=1"},

		{"secure", []string{"a=1; Secure", "b=2; secure=no"}, ""},
		{"max-age", []string{"a=1; Max-Age=60", "b=2; Max-Age=0", "c=3; Max-Age=-5", "d=4; max-age=99999999999999999999"}, "a=1; d=4"},
		{"bad max-age", []string{"a=1; Max-Age=1.5", "b=2; Max-Age=+5", "c=3; Max-Age=", "d=4; Max-Age=007"}, "a=1; b=2; c=3; d=4"},
		{"max-age before expires", []string{"a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2; Expires=Fri, 01 Jan 2100 00:00:00 GMT; Max-Age=0"}, "a=1"},
		{"expired", []string{"a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "b=2; Expires=Thu, 1 Jan 1970 00:00:00 GMT", "c=3; Expires=Thursday, 01-Jan-70 00:00:00 GMT", "d=4; Expires=Thu Jan  1 00:00:00 1970", "e=5; expires=1 jan 1970 0:0:0"}, ""},
		{"not expired", []string{"a=1; Expires=Fri, 01-Jan-2100 00:00:00 GMT", "b=2; Expires=Friday, 01-Jan-69 00:00:00 GMT"}, "a=1; b=2"},
		{"bad expires", []string{"a=1; Expires=0", "b=2; Expires=Thu, 31 Feb 1970 00:00:00 GMT", "c=3; Expires=Thu, 01 Jan 1970 24:00:00 GMT", "d=4; Expires=1 Jan 1600 00:00:00"}, "a=1; b=2; c=3; d=4"},
		{"deleted", []string{"a=1; Path=/", "a=; Path=/; Max-Age=0"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = append(got, r.Header.Get("Cookie"))
				w.Header()["Set-Cookie"] = tc.set
			})
			u, rec := newUser(t, swarmfile(v1alpha1.Request{Path: path, Headers: map[string]string{"Host": shop + ":8443"}}), srv.URL)
			u.Step(t.Context())
			u.Step(t.Context())
			if diff := cmp.Diff([]string{"", tc.want}, got); diff != "" {
				t.Error(diff, rec.all)
			}
		})
	}
}

// TestCookiesOfTheAddress: without a Host header, the cookies' host is the URL's, and
// the path is the one that was sent.
func TestCookiesOfTheAddress(t *testing.T) {
	var got []string
	srv := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Cookie"))
		w.Header()["Set-Cookie"] = []string{
			"a=1; Domain=127.0.0.1", "b=2; Domain=.127.0.0.1", "c=3; Domain=0.0.1", "d=4; Path=/a%2Fb", "e=5; Path=/a/b", "f=6; Path=/a",
			"g=7; Secure", // the machine itself is as good as https
		}
	})
	u, _ := newUser(t, swarmfile(v1alpha1.Request{Path: "/a%2Fb/c?d", Headers: map[string]string{"Cookie": `mine="1"`}}), srv.URL)
	u.Step(t.Context())
	u.Step(t.Context())
	if diff := cmp.Diff([]string{`mine="1"`, `mine="1"; a=1; b=2; d=4; g=7`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSecureCookies(t *testing.T) {
	var got []string
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = append(got, r.Header.Get("Cookie"))
		w.Header()["Set-Cookie"] = []string{"a=1; Secure"}
	}))
	defer srv.Close()
	u, _ := newUser(t, swarmfile(v1alpha1.Request{Path: "/", Headers: map[string]string{"Host": "shop.example"}}), srv.URL)
	u.sender.(*netSender).transport.TLSClientConfig = srv.Client().Transport.(*http.Transport).TLSClientConfig
	u.Step(t.Context())
	u.Step(t.Context())
	if diff := cmp.Diff([]string{"", "a=1"}, got); diff != "" {
		t.Error(diff)
	}
}

// TestCookieDates are RFC 6265's, section 5.1.1, which takes much.
func TestCookieDates(t *testing.T) {
	want := time.Date(1994, 11, 6, 8, 49, 37, 0, time.UTC)
	for _, in := range []string{
		"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
		"6 november 1994 8:49:37", "08:49:37 06 nov 94", "1994 Nov 6th 08:49:37x", "Sun, 06 Nov 1994 08:49:37 +0500",
	} {
		if got, ok := cookieDate(in); !ok || !got.Equal(want) {
			t.Errorf("%s: %v %v", in, got, ok)
		}
	}
	for _, in := range []string{
		"", "x", "6 Nov 1994", "6 Nov 08:49:37", "Nov 1994 08:49:37", "6 1994 08:49:37", "0 Nov 1994 08:49:37",
		"32 Nov 1994 08:49:37", "31 Nov 1994 08:49:37", "6 Nov 1994 08:60:37", "6 Nov 1994 08:49:60", "6 Nov 1994 24:00:00", "6 Nov 1600 08:49:37",
		"6 Nov 1994 008:49:37", "6 No 1994 08:49:37",
	} {
		if got, ok := cookieDate(in); ok {
			t.Errorf("%s: %v", in, got)
		}
	}
}
