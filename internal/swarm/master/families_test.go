package master_test

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/pylocust"
	"github.com/swarmgrid/swarmgrid/internal/swarm/master"
)

// podEnv is what the master's pod has in a cluster with IPv6.
func podEnv(t *testing.T, engine string) map[string]string {
	t.Helper()
	exp, err := experiment.Decode("it.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec: {target: {scaleTargetRef: {name: inference}}, load: {engine: "+engine+"}}\n"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := manifests.Build(exp, manifests.Options{IPv6: true})
	if err != nil {
		t.Fatal(err)
	}
	env := map[string]string{}
	for _, e := range set.Master.Spec.Template.Spec.Containers[0].Env {
		env[e.Name] = e.Value
	}
	return env
}

// TestMastersAnswerBothFamilies starts both masters with their pods' environment and
// connects by either family.
func TestMastersAnswerBothFamilies(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Fatal("this machine has no IPv6, which this test is about")
	} else {
		_ = l.Close()
	}
	env := podEnv(t, "swarm")
	m, err := master.New(master.Options{WebHost: env["LOCUST_WEB_HOST"], MasterBindHost: env["LOCUST_MASTER_BIND_HOST"]})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		if err := m.Run(over); err != nil {
			t.Error(err)
		}
	})
	for _, addr := range []string{m.WebAddr(), m.WireAddr()} {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			t.Fatal(err)
		}
		answers(t, "ours", port)
	}
	env = podEnv(t, "locust")
	web, join := pylocust.FreePort(t), pylocust.FreePort(t)
	pylocust.New(t).Master(t, "from locust import User\nclass U(User): pass\n", web, join,
		"--web-host", env["LOCUST_WEB_HOST"], "--master-bind-host", env["LOCUST_MASTER_BIND_HOST"])
	answers(t, "Python", strconv.Itoa(web))
	answers(t, "Python", strconv.Itoa(join))
}

func answers(t *testing.T, whose, port string) {
	t.Helper()
	for _, host := range []string{"127.0.0.1", "::1"} {
		c, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), 10*time.Second)
		if err != nil {
			t.Errorf("%s master at %s: %v", whose, host, err)
			continue
		}
		_ = c.Close()
	}
}

// TestPortTaken: the message about a taken port says which, and what to do.
func TestPortTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	port := l.Addr().(*net.TCPAddr).Port
	for flag, opts := range map[string]master.Options{
		"--web-port":         {WebHost: "127.0.0.1", WebPort: port, MasterBindHost: "127.0.0.1"},
		"--master-bind-port": {WebHost: "127.0.0.1", MasterBindHost: "127.0.0.1", MasterBindPort: port},
	} {
		_, err := master.New(opts)
		if want := fmt.Sprintf("another master may run there (see lsof -i :%d); end it, or choose another port with %s", port, flag); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q in it", err, want)
		}
	}
}
