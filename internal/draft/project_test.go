package draft

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

func TestParseCommand(t *testing.T) {
	for line, want := range map[string]Command{
		`shop --port {{port}}`:                   {Args: []string{"shop", "--port", "{{port}}"}},
		` PORT={{port}} A='b c' ./shop "a \"b" `: {Args: []string{"./shop", `a "b`}, Env: map[string]string{"PORT": "{{port}}", "A": "b c"}},
		`sh -c 'shop {{port}} | tee "log" '`:     {Args: []string{"sh", "-c", `shop {{port}} | tee "log" `}},
		"a\\ b ''\t'{{port}}'":                   {Args: []string{"a b", "", "{{port}}"}},
		`python3 -m x --bind 127.0.0.1:{{port}}`: {Args: []string{"python3", "-m", "x", "--bind", "127.0.0.1:{{port}}"}},
	} {
		if want.Env == nil {
			want.Env = map[string]string{}
		}
		got, err := ParseCommand(line)
		if err != nil {
			t.Errorf("%s: %v", line, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got)\n%s", line, diff)
		}
	}
	for line, want := range map[string]string{
		"":                    "names no program",
		"A=b":                 "names no program",
		"shop -v":             "shop has no {{port}}: every replica listens on a port of its own, so put {{port}} where the port goes, as in 'shop -v --port {{port}}' or 'PORT={{port}} shop -v'",
		"./shop --port 8000":  "where the port goes, as in './shop --port {{port}}'",
		"./shop -v -p80":      "where the port goes, as in './shop -v -p{{port}}'",
		"PORT=8000 shop -v":   "where the port goes, as in 'PORT={{port}} shop -v'",
		"sim --on [::1]:8000": "where the port goes, as in 'sim --on [::1]:{{port}}'",
		"a -p 1 --port 2":     "where the port goes, as in 'a -p 1 --port 2 --port {{port}}' or",
		"a --support 8000":    "where the port goes, as in 'a --support 8000 --port {{port}}' or",
		"shop {{port}} | tee": "has a '|', which only a shell understands",
		"shop $PORT":          "has a '$', which only a shell understands",
		"shop '{{port}}":      "ends within quotes",
		`shop {{port}} \`:     "ends within quotes",
		"shop \xff":           "is not UTF-8",
	} {
		if _, err := ParseCommand(line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", line, err, want)
		}
	}
}

func TestProgram(t *testing.T) {
	for line, want := range map[string]string{
		"./app/shop {{port}}":                   "shop",
		"python3 svc.py {{port}}":               "svc",
		"/usr/bin/python3.12 a/svc.py {{port}}": "svc",
		"python -m http.server {{port}}":        "http.server",
		"python3 -u svc.py {{port}}":            "python3",
		"node server.js {{port}}":               "server",
		"sh -c 'shop {{port}}'":                 "sh",
		"nodejs-like x.js {{port}}":             "nodejs-like",
		"node {{port}}":                         "node",
	} {
		c, err := ParseCommand(line)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if got := c.Program(); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// FuzzParseCommand: whatever command line is accepted, what is written means the same.
func FuzzParseCommand(f *testing.F) {
	f.Add(`PORT={{port}} A='b c' ./shop "a \"b"`)
	f.Add("a '- {{port}}\n: #'")
	f.Add("a-.-b@..c.-{{port}}")
	f.Fuzz(func(t *testing.T, line string) {
		c, err := ParseCommand(line)
		if err != nil {
			return
		}
		drafted, swarmfile, err := ProjectOfProcess(c, Seen{}).Files()
		if err != nil {
			t.Fatal(err)
		}
		exp, err := experiment.Input{Data: drafted, InMemory: &experiment.InMemory{Data: swarmfile}}.Load(nil)
		if err != nil {
			t.Fatal(err)
		}
		process := exp.LoadMatrix.Spec.Target.Process
		if diff := cmp.Diff(c, Command{Args: process.Command, Env: process.Env}, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	})
}

// files drafts a project, and compares both files with the goldens.
func files(t *testing.T, name string, p Project) {
	t.Helper()
	experiment, swarmfile, err := p.Files()
	if err != nil {
		t.Fatal(err)
	}
	golden(t, name+".yaml", append(append(experiment, "---\n"...), swarmfile...))
}

func TestProjectOfProcess(t *testing.T) {
	c, err := ParseCommand(`PORT={{port}} GREETING='it is: "fine"' ./my_shop --fast`)
	if err != nil {
		t.Fatal(err)
	}
	files(t, "process", ProjectOfProcess(c, Seen{ReadyPath: "/readyz"}))
	files(t, "process-blind", ProjectOfProcess(c, Seen{}))
	p := ProjectOfProcess(c, Seen{})
	p.Target.StartFrom("..")
	got := strings.Join(p.Target.Command, " ") + " in " + p.Target.Dir
	if want := "../my_shop --fast in .."; got != want || !strings.Contains(string(p.experiment().YAML()), "command: [../my_shop, --fast]\n      dir: \"..\"\n") {
		t.Errorf("%s, want %s in\n%s", got, want, p.experiment().YAML())
	}
}

func TestProjectOfDeployment(t *testing.T) {
	files(t, "deployment", ProjectOfDeployment(Deployment{
		Name: "shop", Namespace: "prod", Replicas: 3, Ports: []int{8000, 9090}, Port: 8000, Service: "shop", URL: "http://shop:80",
		OtherURLs: []string{"http://shop-canary:80"}, ReadyPath: "/ready", Autoscaler: "HorizontalPodAutoscaler shop (2 to 9 replicas)",
	}, Seen{}))
	files(t, "deployment-bare", ProjectOfDeployment(Deployment{Name: "shop", Namespace: "prod", Replicas: 1, Ports: []int{8000}}, Seen{ReadyPath: "/healthz"}))
}

// TestFoundOfDeployment says what the cluster told, what is missing and what was chosen.
func TestFoundOfDeployment(t *testing.T) {
	bare := Deployment{Name: "shop", Namespace: "prod"}
	for name, test := range map[string]struct {
		d      Deployment
		found  []string
		expose string
	}{
		"no port, no Service": {
			bare,
			[]string{"Deployment shop in namespace prod names no port that its pods listen on", "no Service leads to its pods by HTTP, and the load needs one"},
			"kubectl expose deployment shop --port PORT -n prod",
		},
		"no Service": {
			Deployment{Name: "shop", Namespace: "prod", Ports: []int{8000}},
			[]string{"Deployment shop in namespace prod has ports [8000]", "no Service leads to its pods by HTTP, and the load needs one"},
			"kubectl expose deployment shop --port 8000 -n prod",
		},
		"one Service": {
			Deployment{Name: "shop", Namespace: "prod", Ports: []int{8000}, Service: "shop", URL: "http://shop:80"},
			[]string{"Deployment shop in namespace prod has ports [8000]", "Service shop selects its pods: http://shop:80"},
			"",
		},
		"two Services": {
			Deployment{Name: "shop", Namespace: "prod", Ports: []int{8000}, Service: "canary", URL: "http://canary:80", OtherURLs: []string{"http://shop:80"}},
			[]string{"Deployment shop in namespace prod has ports [8000]", "Service canary selects its pods: http://canary:80 is taken, and http://shop:80 leads to them, too; if the users come that way, change url in experiment.yaml"},
			"",
		},
	} {
		if diff := cmp.Diff(test.found, test.d.Found()); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
		if got := test.d.Expose(); got != test.expose {
			t.Errorf("%s: %q, want %q", name, got, test.expose)
		}
	}
}

// TestProjectOfRequest: a URL with a path is the one request, and its secrets stay out.
func TestProjectOfRequest(t *testing.T) {
	r, err := Curl{URL: "http://127.0.0.1:8000/a?token=hush"}.Request()
	if err != nil {
		t.Fatal(err)
	}
	files(t, "request", ProjectOfURL(*r, false, Seen{API: &API{Tasks: []Task{{Name: "x", Method: "GET", Path: "/x"}}}}))
}

func TestScalar(t *testing.T) {
	for text, want := range map[string]string{
		"": `""`, "shop": "shop", "/a/b-c.d": "/a/b-c.d", "true": `"true"`, "No": `"No"`, "y": `"y"`, "12": `"12"`, "1e3": `"1e3"`,
		"500ms": "500ms", "0.5%": "0.5%", "a: b": `"a: b"`, "#a": `"#a"`, "- a": `"- a"`, `{"a": 1}`: `'{"a": 1}'`, `it's "x"`: `"it's \"x\""`,
		"a\nb": `"a\nb"`, "\u0085\u2028": `"\u0085\u2028"`, "{{env \"A\"}}": `'{{env "A"}}'`, "ü": `"ü"`, "null": `"null"`, "~": `"~"`,
	} {
		if got := scalar(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	if got := tame("a\nb\r\u2028c\u0085d\x00\te" + strings.Repeat("x", 300)); strings.ContainsAny(got, "\n\r\u2028\u0085\x00\t") || len(got) > longest+10 {
		t.Errorf("%q", got)
	}
}
