package manifests

import "testing"

func masterEnv(t *testing.T, text string, opts Options) map[string]string {
	t.Helper()
	set, err := Build(decode(t, text), opts)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, e := range set.Master.Spec.Template.Spec.Containers[0].Env {
		if _, twice := values[e.Name]; twice {
			t.Errorf("%s is there twice", e.Name)
		}
		values[e.Name] = e.Value
	}
	return values
}

func TestMasterListens(t *testing.T) {
	const swarm = "spec: {target: {scaleTargetRef: {name: inference}}}"
	const locust = "spec: {target: {scaleTargetRef: {name: inference}}, load: {engine: locust}}"
	const own = `spec: {target: {scaleTargetRef: {name: inference}}, load: {engine: locust}, cluster: {master: {env: {LOCUST_WEB_HOST: "::1"}}}}`
	for _, tt := range []struct {
		name, text string
		ipv6       bool
		web, join  string
	}{
		{"ours", swarm, false, "0.0.0.0", "0.0.0.0"},
		{"ours, IPv6", swarm, true, "0.0.0.0", "0.0.0.0"},
		{"Python", locust, false, "0.0.0.0", "0.0.0.0"},
		{"Python, IPv6", locust, true, "::", "::"},
		{"as a person says", own, true, "::1", "::"},
	} {
		env := masterEnv(t, tt.text, Options{IPv6: tt.ipv6})
		if web, join := env["LOCUST_WEB_HOST"], env["LOCUST_MASTER_BIND_HOST"]; web != tt.web || join != tt.join {
			t.Errorf("%s: %s and %s, want %s and %s", tt.name, web, join, tt.web, tt.join)
		}
	}
}

// TestMasterAnswersToItsService: our master knows the names under which it is asked, and
// a person's join them.
func TestMasterAnswersToItsService(t *testing.T) {
	const target = "metadata: {namespace: load}\nspec: {target: {scaleTargetRef: {name: inference}}, "
	const names = "lm,lm.load,lm.load.svc,lm.load.svc.cluster.local"
	for text, want := range map[string]string{
		target + "cluster: {names: {service: lm}}}":                                                                 names,
		target + "cluster: {names: {service: lm}, master: {env: {SWARMGRID_ALLOWED_HOSTS: \"a.example,b\"}}}}":      names + ",a.example,b",
		target + "load: {engine: locust}, cluster: {names: {service: lm}, master: {env: {LOCUST_WEB_PORT: \"\"}}}}": "",
	} {
		if got := masterEnv(t, text, Options{})["SWARMGRID_ALLOWED_HOSTS"]; got != want {
			t.Errorf("%s\n%q, want %q", text, got, want)
		}
	}
}
