package kubeapi

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func kubeconfig(t *testing.T, server string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kubeconfig")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: b,
contexts: [{name: b, context: {cluster: c}}, {name: a, context: {cluster: c}}],
clusters: [{name: c, cluster: {server: %q}}]}`, server)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestContexts(t *testing.T) {
	path := kubeconfig(t, "http://127.0.0.1:9")
	if diff := cmp.Diff([]string{"a", "b"}, Contexts(Access{Kubeconfig: path})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	t.Setenv("KUBECONFIG", path)
	if diff := cmp.Diff([]string{"a", "b"}, Contexts(Access{})); diff != "" {
		t.Errorf("KUBECONFIG: (-want +got)\n%s", diff)
	}
	if got := Contexts(Access{Kubeconfig: path + "-absent"}); got != nil {
		t.Errorf("no kubeconfig: %v", got)
	}
}

func TestNamespaces(t *testing.T) {
	answer := http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(answer)
		_, _ = fmt.Fprint(w, `{"kind":"NamespaceList","apiVersion":"v1","items":[{"metadata":{"name":"default"}},{"metadata":{"name":"load"}}]}`)
	}))
	defer server.Close()
	access := Access{Kubeconfig: kubeconfig(t, server.URL)}
	if diff := cmp.Diff([]string{"default", "load"}, Namespaces(t.Context(), access)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	answer = http.StatusForbidden
	if got := Namespaces(t.Context(), access); got != nil {
		t.Errorf("without the right to list them: %v", got)
	}
	if got := Namespaces(t.Context(), Access{Kubeconfig: access.Kubeconfig, Context: "none"}); got != nil {
		t.Errorf("without a cluster: %v", got)
	}
}

// TestNamespacesInTime: a plugin of the kubeconfig that waits for a person does not hold
// up a prompt. This one waits for the test to end.
func TestNamespacesInTime(t *testing.T) {
	dir := t.TempDir()
	pipe, path := filepath.Join(dir, "pipe"), filepath.Join(dir, "kubeconfig")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	held, err := os.OpenFile(pipe, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	defer held.WriteString("go on\n")
	text := fmt.Sprintf(`{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c, user: u}}],
clusters: [{name: c, cluster: {server: "https://127.0.0.1:9"}}],
users: [{name: u, user: {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: head, args: [-n, "1", %q]}}}]}`, pipe)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if got := Namespaces(ctx, Access{Kubeconfig: path}); got != nil {
		t.Errorf("got %v", got)
	}
}
