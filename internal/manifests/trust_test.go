package manifests

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/template"
)

// envChild makes the test program a worker's user that sends one request to a URL: what
// is trusted is read once in a process.
const envChild = "SWARMGRID_TEST_TRUST_URL"

func TestMain(m *testing.M) {
	if at := os.Getenv(envChild); at != "" {
		fmt.Println(requestOnce(at))
		return
	}
	os.Exit(m.Run())
}

// printed is a recorder that keeps what became of a request.
type printed struct{ failure string }

func (*printed) Begin(int, int, time.Time)         {}
func (*printed) Abandon(int)                       {}
func (p *printed) Record(_ int, s httpuser.Sample) { p.failure = s.Failure }

// requestOnce is what came of it, and how many authorities are trusted.
func requestOnce(at string) string {
	sf, err := experiment.DecodeSwarmfile("s.yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: Swarmfile
spec: {users: [{name: U, tasks: [{name: t, request: {path: /}}]}]}`))
	if err != nil {
		return err.Error()
	}
	program, err := httpuser.Compile(sf, httpuser.Options{})
	if err != nil {
		return err.Error()
	}
	p := &printed{}
	test, err := program.Bind(at, p, new(template.Sequence), 0)
	if err != nil {
		return err.Error()
	}
	user, err := test.NewUser("U", 0)
	if err != nil {
		return err.Error()
	}
	user.Step(context.Background())
	pool, err := x509.SystemCertPool()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("failure %q with %d authorities", p.failure, len(pool.Subjects())) //nolint:staticcheck // on Linux they are all there
}

// tlsTarget is an https target with an authority of its own, and that one's bundle as
// the kubelet mounts a ConfigMap: names that are links into a hidden folder.
func tlsTarget(t *testing.T) (at, dir string) {
	t.Helper()
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0) // who does not trust it is no trouble of its own
	srv.StartTLS()
	t.Cleanup(srv.Close)
	dir = t.TempDir()
	bundle := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw})
	for _, err := range []error{
		os.Mkdir(filepath.Join(dir, "..1"), 0o755),
		os.WriteFile(filepath.Join(dir, "..1", caFile), bundle, 0o644),
		os.Symlink("..1", filepath.Join(dir, "..data")),
		os.Symlink(filepath.Join("..data", caFile), filepath.Join(dir, caFile)),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return srv.URL, dir
}

// workersEnv are the variables of a worker with a bundle, which is in a folder here.
func workersEnv(t *testing.T, engine, dir string) []string {
	t.Helper()
	set := build(t, "spec: {target: {scaleTargetRef: {name: inference}}, load: {engine: "+engine+"}, cluster: {caBundle: {configMap: ca}}}")
	env := os.Environ()
	for _, v := range set.Worker.Spec.Template.Spec.Containers[0].Env {
		if about(v) {
			env = append(env, v.Name+"="+strings.ReplaceAll(v.Value, caDir, dir))
		}
	}
	return env
}

func about(v corev1.EnvVar) bool { return strings.HasPrefix(v.Value, caDir) }

// TestWorkerTrustsTheBundle: our users reach an https target by the bundle, and the
// authorities of the system stay.
func TestWorkerTrustsTheBundle(t *testing.T) {
	at, dir := tlsTarget(t)
	child := func(env []string) string {
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(env, envChild+"="+at)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	var failure string
	var without, with int
	if _, err := fmt.Sscanf(child(os.Environ()), "failure %q with %d authorities", &failure, &without); err != nil || !strings.Contains(failure, "unknown authority") {
		t.Errorf("without the bundle: %q, %v", failure, err)
	}
	if _, err := fmt.Sscanf(child(workersEnv(t, "swarm", dir)), "failure %q with %d authorities", &failure, &with); err != nil || failure != "" {
		t.Errorf("with the bundle: %q, %v", failure, err)
	}
	if with != without+1 {
		t.Errorf("%d authorities are trusted with the bundle, %d without", with, without)
	}
}

// locustTrust asks an https target as Locust's users do: by themselves, with the line that
// the page gives, and with a client that looks at the environment.
const locustTrust = `
import os, sys
from locust import HttpUser, FastHttpUser, task
from locust.env import Environment

class Plain(HttpUser):
    @task
    def t(self): pass

class Told(Plain):
    def on_start(self):
        self.client.verify = os.environ["REQUESTS_CA_BUNDLE"]

class Trusting(Plain):
    def on_start(self):
        self.client.trust_env = True

class Fast(FastHttpUser):
    insecure = False
    @task
    def t(self): pass

for kind in (Plain, Told, Trusting, Fast):
    kind.host = sys.argv[1]
    user = kind(Environment(user_classes=[kind]))
    user.on_start()
    answer = user.client.get("/")
    print(kind.__name__, answer.status_code, "certificate" in str(getattr(answer, "error", None)).lower())
`

// TestLocustTrustsTheBundle is what the page says of Python Locust.
func TestLocustTrustsTheBundle(t *testing.T) {
	at, dir := tlsTarget(t)
	cmd := exec.CommandContext(t.Context(), pylocust.New(t).Path, "-c", locustTrust, at)
	cmd.Env = workersEnv(t, "locust", dir)
	out, err := cmd.CombinedOutput()
	const want = "Plain 0 True\nTold 200 False\nTrusting 200 False\nFast 200 False\n"
	if err != nil || !strings.HasSuffix(string(out), want) {
		t.Errorf("%v\n%s\nwant %s", err, out, want)
	}
}
