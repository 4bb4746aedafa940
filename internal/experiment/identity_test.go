package experiment

import "testing"

func TestCanonicalURL(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"http://shop.prod", "http://shop.prod"},
		{"HTTP://Shop.PROD:80/", "http://shop.prod"},
		{"http://shop.prod.", "http://shop.prod"},
		{"http://shop.prod:080", "http://shop.prod"},
		{"https://shop.prod:443/", "https://shop.prod"},
		{"http://shop.prod:443", "http://shop.prod:443"},
		{"https://shop.prod:80", "https://shop.prod:80"},
		{"http://shop.prod:", "http://shop.prod"},
		{"http://127.0.0.1:18000", "http://localhost:18000"},
		{"http://LOCALHOST:18000/", "http://localhost:18000"},
		{"http://[::1]:18000", "http://localhost:18000"},
		{"http://[0:0:0:0:0:0:0:1]:18000", "http://localhost:18000"},
		{"http://[::ffff:127.0.0.1]:18000", "http://localhost:18000"},
		{"http://0.0.0.0:18000", "http://localhost:18000"},
		{"http://[::]:18000", "http://localhost:18000"},
		{"http://app.localhost:18000", "http://localhost:18000"},
		{"http://127.0.0.2:18000", "http://127.0.0.2:18000"},
		{"http://notlocalhost", "http://notlocalhost"},
		{"http://[2001:DB8:0::1]:8000/", "http://[2001:db8::1]:8000"},
		{"http://[2001:db8::1]:80", "http://[2001:db8::1]"},
		{"http://shop/a/", "http://shop/a"},
		{"http://shop/./a/../b", "http://shop/b"},
		{"http://shop/a/..", "http://shop"},
		{"http://shop/a//b", "http://shop/a//b"},
		{"http://shop/%7euser/%2f", "http://shop/~user/%2F"},
		{"http://shop/A", "http://shop/A"},
		{"", ""},
		{"not a URL", "not a URL"},
		{"http://%zz", "http://%zz"},
	} {
		if got := CanonicalURL(test.text); got != test.want {
			t.Errorf("CanonicalURL(%q) = %q, want %q", test.text, got, test.want)
		}
		if got := CanonicalURL(test.want); got != test.want {
			t.Errorf("CanonicalURL is not stable: %q becomes %q", test.want, got)
		}
	}
	if got := LoadedURL("http://127.1.2.3:18000/"); got != "http://localhost:18000" {
		t.Errorf("LoadedURL of another loopback address = %q", got)
	}
	if got := LoadedURL("http://128.0.0.1:18000/"); got != "http://128.0.0.1:18000" {
		t.Errorf("LoadedURL of an address = %q", got)
	}
}

// TestSameIdentity: another spelling is the same run, another thing is not.
func TestSameIdentity(t *testing.T) {
	for _, test := range []struct {
		name, a, b string
		want       bool
	}{
		{"spec.target.url", "http://localhost:8000", "http://127.0.0.1:8000/", true},
		{"spec.target.url", "http://localhost:8000", "http://localhost:8001", false},
		{"spec.target.url", "http://127.0.0.1:8000", "http://127.0.0.2:8000", false},
		{"spec.target.url", "http://shop", "https://shop", false},
		{"spec.target.url", "http://shop/a", "http://shop/b", false},
		{"spec.target.url", "http://shop", "", false},
		{"spec.load.masterURL", "http://Master:8089", "http://master:8089/", true},
		{"spec.target.process.command", `["./sim" "--x"]`, `["././sim" "--x"]`, true},
		{"spec.target.process.command", `["bin//sim" "./a"]`, `["./bin/sim" "./a"]`, true},
		{"spec.target.process.command", `["./sim"]`, `["sim"]`, false},
		{"spec.target.process.command", `["./sim" "./a"]`, `["./sim" "a"]`, false},
		{"spec.target.process.command", `["./sim"]`, `["/home/me/sim"]`, false},
		{"spec.target.process.command", `["sim"]`, `["sim" "-v"]`, false},
		{"spec.target.process.dir", "work/", "./work", true},
		{"spec.target.process.dir", "work", "other", false},
		{"spec.target.process.dir", "", ".", false},
		{"spec.target.scaleTargetRef", "apps/v1/Deployment/default/shop", "apps/v1beta2/deployment/default/shop", true},
		{"spec.target.scaleTargetRef", "apps/v1/Deployment/default/shop", "apps/v1/StatefulSet/default/shop", false},
		{"spec.target.scaleTargetRef", "apps/v1/Deployment/default/shop", "apps/v1/Deployment/prod/shop", false},
		{"spec.target.scaleTargetRef", "apps/v1/Deployment/default/shop", "v1/Deployment/default/shop", false},
		{"spec.target.scaleTargetRef", "", "apps/v1/Deployment/default/shop", false},
		{"spec.measure.duration", "60s", "1m", false},
	} {
		for _, turned := range []bool{false, true} {
			a, b := test.a, test.b
			if turned {
				a, b = b, a
			}
			if got := SameIdentity(test.name, a, b); got != test.want {
				t.Errorf("SameIdentity(%s, %q, %q) = %t", test.name, a, b, got)
			}
		}
	}
}

// TestIdentityNames: what SameIdentity knows is what an Identity has.
func TestIdentityNames(t *testing.T) {
	ids := map[string]bool{}
	for _, text := range []string{
		minimal,
		"apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {process: {command: [sim, \"{{port}}\"], dir: .}}\n",
		"apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n  target: {scaleTargetRef: {name: shop}}\n",
	} {
		exp, err := decode(t, text)
		if err != nil {
			t.Fatal(err)
		}
		for name := range exp.Identity() {
			ids[name] = true
		}
	}
	for _, name := range []string{identityURL, identityMaster, identityCommand, identityDir, identityRef} {
		if !ids[name] {
			t.Errorf("no Identity has %s", name)
		}
	}
}
