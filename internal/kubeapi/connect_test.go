package kubeapi

import (
	"os"
	"path/filepath"
	"testing"
)

// TestContextNamespace reads the kubeconfig alone, as kubectl would choose from it.
func TestContextNamespace(t *testing.T) {
	path := kubeconfig(t, "http://127.0.0.1:9")
	t.Setenv("KUBECONFIG", path+"-absent")
	for name, test := range map[string]struct {
		access Access
		want   string
	}{
		"the context names none": {Access{Kubeconfig: path}, "default"},
		"the flag's":             {Access{Kubeconfig: path, Namespace: "load"}, "load"},
		"no such context":        {Access{Kubeconfig: path, Context: "none"}, ""},
		"no such file":           {Access{Kubeconfig: path + "-absent"}, ""},
		"no kubeconfig":          {Access{}, ""},
	} {
		if got := test.access.ContextNamespace(); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	if err := os.WriteFile(path, []byte(`{apiVersion: v1, kind: Config, current-context: a, contexts: [{name: a, context: {cluster: c, namespace: shop}}], clusters: [{name: c, cluster: {server: "http://127.0.0.1:9"}}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := (Access{Kubeconfig: path}).ContextNamespace(); got != "shop" {
		t.Errorf("the context's: %q", got)
	}
}

// TestNoKubeconfig names the files that KUBECONFIG names in vain.
func TestNoKubeconfig(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	list := func(paths ...string) (text string) {
		for _, path := range paths {
			text += string(filepath.ListSeparator) + path
		}
		return text
	}
	for kubeconfig, want := range map[string]string{
		"":                    "finding the cluster: no kubeconfig; set KUBECONFIG or give --kubeconfig",
		"/absent":             "finding the cluster: KUBECONFIG names /absent, which is not there; correct it, or give --kubeconfig",
		list("/absent", "/b"): "finding the cluster: KUBECONFIG names /absent and /b, which are not there; correct it, or give --kubeconfig",
	} {
		t.Setenv("KUBECONFIG", kubeconfig)
		if _, _, err := (Access{}).Config(); err == nil || err.Error() != want {
			t.Errorf("KUBECONFIG=%s: %v, want %s", kubeconfig, err, want)
		}
	}
}
