package httpuser

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/runtime"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

type nullRecorder struct{}

func (nullRecorder) Begin(int, int, time.Time) {}
func (nullRecorder) Record(int, Sample)        {}
func (nullRecorder) Abandon(int)               {}

func benchmarkUser(b *testing.B, r v1alpha1.Request) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "ok")
	}))
	defer srv.Close()
	p, err := Compile(swarmfile(r), Options{})
	if err != nil {
		b.Fatal(err)
	}
	test, err := p.Bind(srv.URL, nullRecorder{}, new(template.Sequence), 1)
	if err != nil {
		b.Fatal(err)
	}
	u, err := test.NewUser("Client", 0)
	if err != nil {
		b.Fatal(err)
	}
	defer u.sender.close()
	ctx := u.sender.watched(b.Context()) // as Run does
	b.ReportAllocs()
	for b.Loop() {
		u.step(ctx)
	}
}

// BenchmarkUser is one request over loopback, the server in the same process included.
func BenchmarkUser(b *testing.B) { benchmarkUser(b, v1alpha1.Request{Path: "/healthz"}) }

func BenchmarkUserJSON(b *testing.B) {
	body := "{\"data\":{\"a\":\"{{repeat 30 `{{float 0 1}}`}}\",\"b\":\"{{repeat 30 `{{float 0 1}}`}}\"}}"
	benchmarkUser(b, v1alpha1.Request{Path: "/predict", Method: "POST", JSON: &runtime.RawExtension{Raw: []byte(body)}})
}

// stub is a sender that costs nothing, to see what the user itself costs.
type stub struct{ buf []byte }

func (s *stub) buffer() []byte { return s.buf[:0] }
func (s *stub) close()         {}

func (s *stub) watched(ctx context.Context) context.Context { return ctx }

func (s *stub) send(_ context.Context, c *call) (outcome, error) {
	s.buf = c.body
	return outcome{status: 200, bytes: 2}, nil
}

// BenchmarkUserWithoutHTTP is the user's own share of a request.
func BenchmarkUserWithoutHTTP(b *testing.B) {
	p, err := Compile(swarmfile(v1alpha1.Request{Path: "/healthz"}), Options{})
	if err != nil {
		b.Fatal(err)
	}
	test, err := p.Bind("http://127.0.0.1:1", nullRecorder{}, nil, 1)
	if err != nil {
		b.Fatal(err)
	}
	u, err := test.NewUser("Client", 0)
	if err != nil {
		b.Fatal(err)
	}
	u.sender = &stub{}
	ctx := u.sender.watched(b.Context()) // as Run does
	b.ReportAllocs()
	for b.Loop() {
		u.step(ctx)
	}
}
