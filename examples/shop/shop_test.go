package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func quick(t *testing.T) options {
	t.Helper()
	o, err := parse([]string{"--query-time", "1us"}, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func ask(h http.Handler, method, target, token, body string) (status int, text string) {
	req := httptest.NewRequest(method, target, strings.NewReader(body))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec.Code, strings.TrimSpace(rec.Body.String())
}

func TestAnswers(t *testing.T) {
	h := newShop(quick(t)).handler()
	token := tokenFor("example", "demo")
	for _, c := range []struct {
		method, target, token, body string
		status                      int
		holds                       string
	}{
		{"GET", "/healthz", "", "", 200, `"ok"`},
		{"GET", "/products", "", "", 200, `{"id":48,"name":"grey rug","cents":13000}`},
		{"GET", "/products/3", "", "", 200, `{"id":3,"name":"red lamp","cents":1750}`},
		{"GET", "/products/49", "", "", 404, "no product"},
		{"GET", "/products/0", "", "", 404, "no product"},
		{"GET", "/products/x", "", "", 404, "no product"},
		{"GET", "/search?q=Blue+L", "", "", 200, `[{"id":19,"name":"blue lamp","cents":5750}]`},
		{"GET", "/search?q=sofa", "", "", 200, `[]`},
		{"GET", "/search", "", "", 422, "q is missing"},
		{"POST", "/login", "", `{"user":"demo","password":"secret"}`, 200, token},
		{"POST", "/login", "", `{"user":"demo","password":"guess"}`, 401, "wrong"},
		{"POST", "/login", "", `{"password":"secret"}`, 401, "wrong"},
		{"POST", "/login", "", ``, 422, "JSON"},
		{"POST", "/orders", token, `{"product":3,"quantity":2}`, 201, `"cents":3500`},
		{"POST", "/orders", token, `{"product":3}`, 201, `"user":"demo"`},
		{"POST", "/orders", token, `{"product":49}`, 422, "1 to 48"},
		{"POST", "/orders", token, `{"product":1,"quantity":-1}`, 422, "quantity"},
		{"POST", "/orders", "", `{"product":3}`, 401, "log in first"},
		{"POST", "/orders", "demo.0000", `{"product":3}`, 401, "log in first"},
		{"POST", "/orders", tokenFor("another", "demo"), `{"product":3}`, 401, "log in first"},
		{"DELETE", "/orders", token, "", 405, ""},
	} {
		status, text := ask(h, c.method, c.target, c.token, c.body)
		if status != c.status || !strings.Contains(text, c.holds) {
			t.Errorf("%s %s %s: %d %s, want %d with %q", c.method, c.target, c.body, status, text, c.status, c.holds)
		}
	}
}

// TestCapacity: however many ask, a replica serves pool ÷ query-time queries a second.
func TestCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, err := parse(nil, os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		const orders = 150
		o.poolTimeout = time.Minute
		p, start := newPool(o), time.Now()
		for range orders {
			go func() {
				if err := p.query(t.Context(), 2); err != nil {
					t.Error(err)
				}
			}()
		}
		synctest.Wait()
		for len(p.slots) > 0 {
			time.Sleep(time.Millisecond)
		}
		took := time.Since(start)
		if want := 2 * orders / o.capacity(); took.Seconds() < want || took.Seconds() > want+0.1 {
			t.Errorf("%d orders took %v, want %v s at %v queries/s", orders, took, want, o.capacity())
		}
	})
}

// TestBusy: a request that waits too long for a connection is told so.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o, err := parse([]string{"--pool", "1", "--query-time", "8s"}, os.Stderr)
		if err != nil {
			t.Fatal(err)
		}
		h := newShop(o).handler()
		go ask(h, "GET", "/products", "", "")
		synctest.Wait()
		if status, text := ask(h, "GET", "/products", "", ""); status != 503 || !strings.Contains(text, errBusy.Error()) {
			t.Errorf("status %d, %s", status, text)
		}
		time.Sleep(10 * time.Second) // the first one is answered
	})
}

func TestFlags(t *testing.T) {
	for _, c := range []struct{ args, listen, wrong string }{
		{"", "127.0.0.1:8000", ""},
		{"--port 81", "127.0.0.1:81", ""},
		{"--port 0", "127.0.0.1:0", ""},
		{"--listen :9000", ":9000", ""},
		{"--port 81 --listen :9000", "", "--port 81"},
		{"--port 65536", "", "--port 65536"},
		{"--pool 0", "", "more than 0"},
		{"--query-time 0s", "", "more than 0"},
		{"x", "", `argument "x"`},
	} {
		var said strings.Builder
		o, err := parse(strings.Fields(c.args), &said)
		switch {
		case c.wrong == "" && (err != nil || o.listen != c.listen):
			t.Errorf("%q: %q, %v", c.args, o.listen, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%q: error %v, want %q", c.args, err, c.wrong)
		}
	}
}

// TestOpenAPI: the document names what the service answers to, and nothing else.
func TestOpenAPI(t *testing.T) {
	h := newShop(quick(t)).handler()
	_, text := ask(h, "GET", "/openapi.json", "", "")
	var doc struct {
		Paths map[string]map[string]json.RawMessage
	}
	if err := json.Unmarshal([]byte(text), &doc); err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for path, methods := range doc.Paths {
		for method := range methods {
			got[strings.ToUpper(method)+" "+path] = true
			target := strings.NewReplacer("{id}", "7").Replace(path)
			if status, _ := ask(h, strings.ToUpper(method), target, "", ""); status == 404 || status == 405 {
				t.Errorf("%s %s is in the document and answers %d", method, path, status)
			}
		}
	}
	want := map[string]bool{
		"GET /healthz": true, "GET /products": true, "GET /products/{id}": true, "GET /search": true,
		"POST /login": true, "POST /orders": true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSwarmfileToken keeps the swarmfile's token one that the shop accepts.
func TestSwarmfileToken(t *testing.T) {
	text, err := os.ReadFile("swarmfile.yaml")
	if err != nil {
		t.Fatal(err)
	}
	o, err := parse(nil, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if want := "Bearer " + tokenFor(o.secret, "demo") + "}"; !strings.Contains(string(text), want) {
		t.Errorf("swarmfile.yaml does not have %q", want)
	}
}
