package kubeapi

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// network is an API server's side of a connection that is not there.
type network func(*http.Request) (*http.Response, error)

func (n network) RoundTrip(req *http.Request) (*http.Response, error) { return n(req) }

func answer(code int) (*http.Response, error) {
	return &http.Response{StatusCode: code, Status: http.StatusText(code), Body: http.NoBody}, nil
}

// TestOutage tells what is tried, soon and then now and again, and when it is over.
func TestOutage(t *testing.T) {
	refused := func(*http.Request) (*http.Response, error) { return nil, errors.New("connection refused") }
	for _, tt := range []struct {
		name string
		way  network
		want []string
	}{
		{name: "refused", way: refused, want: []string{
			"3s trying to reach the API server at https://10.89.0.1: connection refused; giving up in 1m37s",
			"33s trying to reach the API server at https://10.89.0.1: connection refused; giving up in 1m7s",
			"1m3s trying to reach the API server at https://10.89.0.1: connection refused; giving up in 37s",
			"1m10s the API server answers",
		}},
		{name: "no answer", way: func(req *http.Request) (*http.Response, error) {
			if err := Pause(req.Context(), 30*time.Second); err != nil {
				return nil, err
			}
			return refused(req)
		}, want: []string{
			"3s trying to reach the API server at https://10.89.0.1: no answer yet; giving up in 1m37s",
			"33.5s trying to reach the API server at https://10.89.0.1: no answer yet; giving up in 1m7s",
			"1m4s trying to reach the API server at https://10.89.0.1: no answer yet; giving up in 36s",
			"1m31.5s the API server answers",
		}},
		{name: "a proxy's word", way: func(*http.Request) (*http.Response, error) { return answer(http.StatusBadGateway) }, want: []string{
			"3s trying to reach the API server at https://10.89.0.1: Bad Gateway; giving up in 1m37s",
			"33s trying to reach the API server at https://10.89.0.1: Bad Gateway; giving up in 1m7s",
			"1m3s trying to reach the API server at https://10.89.0.1: Bad Gateway; giving up in 37s",
			"1m10s the API server answers",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var said []string
				o := &outage{server: "https://10.89.0.1", tell: func(text string) { said = append(said, time.Since(begin).String()+" "+text) }}
				client := o.watch(network(func(req *http.Request) (*http.Response, error) {
					if time.Since(begin) >= 70*time.Second {
						return answer(http.StatusNotFound)
					}
					return tt.way(req)
				}))
				ctx, cancel := context.WithTimeout(t.Context(), 100*time.Second)
				defer cancel()
				for {
					resp, err := client.RoundTrip(httpRequest(ctx, t))
					if err == nil && resp.StatusCode < http.StatusInternalServerError {
						break
					}
					if Pause(ctx, RetryPause) != nil {
						t.Fatal(err)
					}
				}
				if diff := cmp.Diff(tt.want, said); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		})
	}
}

// TestOutageIsQuiet says nothing of a failure among answers, nor of one that nobody waits for.
func TestOutageIsQuiet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &outage{tell: func(text string) { t.Error(text) }}
		n := 0
		client := o.watch(network(func(*http.Request) (*http.Response, error) {
			n++
			if n%2 == 0 {
				return answer(http.StatusServiceUnavailable)
			}
			return answer(http.StatusOK)
		}))
		for range 20 {
			_, _ = client.RoundTrip(httpRequest(t.Context(), t))
			time.Sleep(2 * time.Second)
		}
		stopped := o.watch(network(func(*http.Request) (*http.Response, error) { return nil, context.Canceled }))
		for range 20 {
			_, _ = stopped.RoundTrip(httpRequest(t.Context(), t))
			time.Sleep(2 * time.Second)
		}
	})
}

func httpRequest(ctx context.Context, t *testing.T) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://10.89.0.1/version", nil)
	if err != nil {
		t.Fatal(err)
	}
	return req
}

// envProxied marks the process of TestFromInside, since net/http reads the variables once.
const envProxied = "SWARMGRID_TEST_PROXIED"

// TestFromInside goes to the API server itself, whatever the pod's variables say, and
// tells that it is not there.
func TestFromInside(t *testing.T) {
	const proxy = "http://proxy.example:3128"
	if os.Getenv(envProxied) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestFromInside$", "-test.v")
		cmd.Env = append(os.Environ(), envProxied+"=1", "HTTPS_PROXY="+proxy, "https_proxy="+proxy, "HTTP_PROXY="+proxy, "NO_PROXY=", "no_proxy=")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return
	}
	dialed := make(chan string, 1)
	config := &rest.Config{Host: "https://10.89.0.1:443", Dial: func(ctx context.Context, _, address string) (net.Conn, error) {
		dialed <- address
		<-ctx.Done()
		return nil, ctx.Err()
	}}
	said := make(chan string, 1)
	client, err := kubernetes.NewForConfig(fromInside(config, func(text string) { said <- text }))
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := client.CoreV1().ConfigMaps("ns").Get(ctx, "it", metav1.GetOptions{})
		_ = err // that it was tried is told
	}()
	if got := <-dialed; got != "10.89.0.1:443" {
		t.Errorf("connecting to %s", got)
	}
	if text := <-said; !strings.HasPrefix(text, "trying to reach the API server at https://10.89.0.1:443: no answer yet") {
		t.Errorf("it says %q", text)
	}
	cancel()
}
