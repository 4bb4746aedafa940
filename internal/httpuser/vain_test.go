package httpuser

import (
	"context"
	"io"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// failing is a sender whose calls end at once with an error, connected or not.
type failing struct {
	stub
	out outcome
	err error
}

func (f *failing) send(context.Context, *call) (outcome, error) { return f.out, f.err }

// TestPauseWithoutConnection: users of a target that is gone do not spin, and those of one
// that was reached do not pause.
func TestPauseWithoutConnection(t *testing.T) {
	refused := &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
	for name, c := range map[string]struct {
		out   outcome
		err   error
		think time.Duration
		want  int // requests in a second less a moment
	}{
		"refused":             {err: refused, want: 10},
		"no such host":        {err: &net.DNSError{IsNotFound: true}, want: 10},
		"no descriptors":      {err: syscall.EMFILE, want: 10},
		"short think time":    {err: refused, think: 50 * time.Millisecond, want: 10},
		"long think time":     {err: refused, think: 200 * time.Millisecond, want: 5},
		"closed when reached": {out: outcome{reached: true}, err: io.EOF, think: 50 * time.Millisecond, want: 20},
		"answered":            {out: outcome{reached: true, status: 200}, think: 50 * time.Millisecond, want: 20},
		"answered with a 503": {out: outcome{reached: true, status: 503}, think: 50 * time.Millisecond, want: 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sf := swarmfile(v1alpha1.Request{Path: "/"})
				sf.Spec.Users[0].Wait.Constant = &metav1.Duration{Duration: c.think}
				u, rec := newUser(t, sf, "http://127.0.0.1:1")
				u.sender = &failing{out: c.out, err: c.err}
				ctx, cancel := context.WithTimeout(t.Context(), time.Second-time.Millisecond)
				defer cancel()
				u.Run(ctx, nil)
				if len(rec.all) != c.want {
					t.Errorf("%d requests in a second, want %d", len(rec.all), c.want)
				}
			})
		})
	}
}
