package experiment

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// inSpec is an experiment with these fields.
func inSpec(fields string) string {
	return "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nspec:\n" + fields
}

// TestNames: what the API server would refuse is refused here, with its field.
func TestNames(t *testing.T) {
	long := strings.Repeat("a", 250)
	tests := []struct{ fields, want string }{
		{"metadata: {name: a..b}", `metadata.name (line 3): is "a..b"`},
		{"metadata: {namespace: a.b}", `metadata.namespace (line 3): is "a.b", must be lower-case letters, digits and '-', at most 63`},
		{"names: {service: a.b}", `spec.cluster.names.service (line 6): is "a.b", must be a letter, then`},
		{"names: {service: 1a}", `spec.cluster.names.service (line 6): is "1a"`},
		{"names: {worker: " + long + "}", "spec.cluster.names.worker (line 6): is"},
		{"names: {role: Admin}", `spec.cluster.names.role (line 6): is "Admin"`},
		{"names: {master: m, worker: m}", `spec.cluster.names.worker (line 6): is "m", as names.master is; give each its own`},
		{"names: {job: locust-worker}", `spec.cluster.names.job (line 6): is "locust-worker", as names.worker is`},
		{"names: {job: locust-master}", `spec.cluster.names.job (line 6): is "locust-master", as names.master is`},
		{"names: {job: j, scripts: j-status}", `spec.cluster.names.scripts (line 6): is "j-status", which is a ConfigMap of the Job j`},
		{"names: {job: j, scripts: j-journal-0-0}", "which is a ConfigMap of the Job j"},
		{"names: {worker: inference}", `spec.cluster.names.worker (line 6): is "inference", which is the target's`},
		{"names: {service: inference}", `spec.cluster.names.service (line 6): is "inference", which is the Service in front of the target`},
		{"resultsClaim: My_Claim", `spec.cluster.resultsClaim (line 6): is "My_Claim"`},
		{"imagePullSecrets: [ok, \"a b\"]", `spec.cluster.imagePullSecrets[1] (line 6): is "a b"`},
		{"driver: {envFromSecrets: [A]}", `spec.cluster.driver.envFromSecrets[0] (line 6): is "A"`},
		{"worker: {envFromConfigMaps: [a/b]}", `spec.cluster.worker.envFromConfigMaps[0] (line 6): is "a/b"`},
		{"master: {priorityClassName: P}", `spec.cluster.master.priorityClassName (line 6): is "P"`},
		{"worker: {runtimeClassName: R}", `spec.cluster.worker.runtimeClassName (line 6): is "R"`},
		{"master: {serviceAccountName: a/b}", `spec.cluster.master.serviceAccountName (line 6): is "a/b"`},
		{"names: {serviceAccount: a}, driver: {serviceAccountName: a}", `spec.cluster.names.serviceAccount (line 6): is "a", the account that deploy makes for the driver`},
		{"worker: {serviceAccountName: locust-driver}", `spec.cluster.worker.serviceAccountName (line 6): is "locust-driver", which is the driver's own account, which deploy makes and cleanup deletes; name another`},
		{"names: {serviceAccount: a}, master: {serviceAccountName: a}", `spec.cluster.master.serviceAccountName (line 6): is "a", which is the driver's own account`},
		{"worker: {labels: {\"a b\": c}}", `spec.cluster.worker.labels (line 6): has "a b": "c", must be a label and its value`},
		{"worker: {labels: {a: \"b c\"}}", `spec.cluster.worker.labels (line 6): has "a": "b c"`},
		{"worker: {labels: {app: x}}", `spec.cluster.worker.labels.app (line 6): is a label by which the run finds its pods`},
		{"driver: {labels: {swarmgrid.dev/x: y}}", `spec.cluster.driver.labels.swarmgrid.dev/x (line 6): is a label by which`},
		{"driver: {labels: {batch.kubernetes.io/job-name: y}}", `spec.cluster.driver.labels.batch.kubernetes.io/job-name (line 6): is a label by which`},
		{"worker: {annotations: {\"a b\": c}}", `spec.cluster.worker.annotations (line 6): has the name "a b", must be an annotation's`},
		{"worker: {annotations: {swarmgrid.dev/reads: c}}", `spec.cluster.worker.annotations.swarmgrid.dev/reads (line 6): is in the domain`},
		{"worker: {resources: {cpu: 1}}", `spec.cluster.worker.resources (line 6): unknown field "cpu"; must be as in a PodSpec`},
		{"worker: {resources: {requests: {cpu: x}}}", `spec.cluster.worker.resources (line 6): quantities must match`},
		{"driver: {tolerations: [{}, {key: 1}]}", `spec.cluster.driver.tolerations[1].key (line 6): is of the type number, must be as in a PodSpec`},
		{"driver: {affinity: {a: b, c: d}}", `spec.cluster.driver.affinity (line 6): unknown field "a", unknown field "c"; must be`},
		{"worker: {podSecurityContext: {runasuser: 1}}", `spec.cluster.worker.podSecurityContext (line 6): unknown field "runasuser"`},
		{"worker: {podSecurityContext: {runAsUser: 0}}", `spec.cluster.worker.podSecurityContext (line 6): has runAsUser 0, which is root`},
		{"worker: {topologySpreadConstraints: [{}]}", `spec.cluster.worker.topologySpreadConstraints[0] (line 6): has maxSkew 0`},
		{"worker: {topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: Never}]}", `has whenUnsatisfiable "Never", must be DoNotSchedule or ScheduleAnyway`},
		{"worker: {topologySpreadConstraints: [{maxSkew: 1, whenUnsatisfiable: DoNotSchedule}]}", `has no topologyKey`},
		{"worker: {volumes: [{emptyDir: {}}]}", `spec.cluster.worker.volumes[0].name (line 6): is ""`},
		{"worker: {volumes: [{name: tmp, emptyDir: {}}]}", `spec.cluster.worker.volumes[0].name (line 6): is "tmp", which is a volume of the pods' own`},
		{"worker: {volumes: [{name: a, emptyDir: {}}, {name: a, emptyDir: {}}]}", `spec.cluster.worker.volumes[1].name (line 6): is "a", as another volume's is`},
		{"worker: {volumes: [{name: a}]}", `spec.cluster.worker.volumes[0] (line 6): has 0 sources`},
		{"worker: {volumes: [{name: a, emptyDir: {}, configMap: {name: b}}]}", `spec.cluster.worker.volumes[0] (line 6): has 2 sources`},
		{"worker: {volumes: [{name: data, emptyDir: {}}], volumeMounts: [{name: date, mountPath: /a}]}", `spec.cluster.worker.volumeMounts[0].name (line 6): is "date", must be one of the part's volumes (did you mean data?)`},
		{"worker: {volumes: [{name: a, emptyDir: {}}], volumeMounts: [{name: a}]}", `spec.cluster.worker.volumeMounts[0].mountPath (line 6): is "", must be a path below /`},
		{"worker: {volumes: [{name: a, emptyDir: {}}], volumeMounts: [{name: a, mountPath: /scripts/../tmp/}]}", `is "/scripts/../tmp/", and /tmp is the pods' own`},
		{"worker: {volumes: [{name: a, emptyDir: {}}], volumeMounts: [{name: a, mountPath: /scripts/more}]}", `is "/scripts/more", and /scripts is the pods' own`},
		{"worker: {volumes: [{name: a, emptyDir: {}}], volumeMounts: [{name: a, mountPath: /a}, {name: a, mountPath: /a/}]}", `spec.cluster.worker.volumeMounts[1].mountPath (line 6): is "/a/", as another mount's is`},
		{"caBundle: {}", `spec.cluster.caBundle (line 6): names no object; give configMap or secret`},
		{"caBundle: {configMap: a, secret: b}", `spec.cluster.caBundle.secret (line 6): is given beside configMap`},
		{"caBundle: {secret: B}", `spec.cluster.caBundle.secret (line 6): is "B"`},
		{"caBundle: {secret: b, key: a/b}", `spec.cluster.caBundle.key (line 6): is "a/b", must be a key of the object`},
		{"caBundle: {name: b}", `spec.cluster.caBundle.name (line 6): unknown field`},
		{"worker: {volume: []}", `spec.cluster.worker.volume (line 6): unknown field (did you mean volumes?)`},
		{"worker: {nodeSelector: {\"a b\": c}}", `spec.cluster.worker.nodeSelector (line 6): has "a b": "c", must be a node's label`},
		{"worker: {nodeSelector: {pool: \"a b\"}}", `has "pool": "a b"`},
		{"image: \"\"", `spec.cluster.image (line 6): is "", must be an image, as in registry.example/name:tag`},
		{"image: \"a b\"", `is "a b", must be an image`},
		{"image: registry.example/Name", "must be an image"},
		{"locustImage: \"locustio/locust:\"", `spec.cluster.locustImage (line 6): is "locustio/locust:"`},
		{"image: \"https://registry.example/a\"", "must be an image"},
		{"image: a@sha256:12", "must be an image"},
		{"worker: {env: {\"\": x}}", `spec.cluster.worker.env (line 6): has the name "", must be printable ASCII without =`},
		{"worker: {env: {\"A=B\": x}}", `spec.cluster.worker.env (line 6): has the name "A=B"`},
		{"driver: {env: {A: \"x\\0\"}}", `spec.cluster.driver.env.A (line 6): has a zero byte`},
		{"worker: {env: {LOCUST_HOST: x}}", `spec.cluster.worker.env.LOCUST_HOST (line 6): is set by the run itself, from spec.target.url; leave it out here`},
		{"master: {env: {LOCUST_LOCUSTFILE: x}}", `spec.cluster.master.env.LOCUST_LOCUSTFILE (line 6): is set by the run itself, from spec.load`},
		{"driver: {env: {SWARMGRID_VERBOSE: loud}}", `spec.cluster.driver.env.SWARMGRID_VERBOSE (line 6): is "loud", must be 0, 1 (as -v) or 2 (as -vv)`},
		{"driver: {env: {NAMESPACE: x}}", `spec.cluster.driver.env.NAMESPACE (line 6): is set by the run itself, from metadata.namespace`},
	}
	for _, tt := range tests {
		meta, cluster := "metadata: {}", tt.fields
		if strings.HasPrefix(tt.fields, "metadata") {
			meta, cluster = tt.fields, ""
		}
		_, err := decode(t, "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\n"+meta+
			"\nspec:\n  target: {scaleTargetRef: {name: inference}}\n  cluster: {"+cluster+"}\n")
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s\n%v\nwant %s", tt.fields, err, tt.want)
		}
	}
}

func TestNamesOfTheTarget(t *testing.T) {
	for target, want := range map[string]string{
		`scaleTargetRef: {name: "a b"}`:                         `spec.target.scaleTargetRef.name (line 4): is "a b"`,
		`scaleTargetRef: {name: a, kind: "a/b"}`:                `spec.target.scaleTargetRef.kind (line 4): is "a/b", must be a kind`,
		`scaleTargetRef: {name: a, apiVersion: apps/v1/x}`:      `spec.target.scaleTargetRef.apiVersion (line 4): is "apps/v1/x"`,
		`scaleTargetRef: {name: a, apiVersion: "Apps_/v1"}`:     `is "Apps_/v1", must be an API version`,
		`scaleTargetRef: {name: a}, service: a.b`:               `spec.target.service (line 4): is "a.b"`,
		`process: {command: [sim], env: {"A=B": c}}`:            `spec.target.process.env (line 4): has the name "A=B"`,
		`scaleTargetRef: {name: a, apiVersion: serving.kn/v1a}`: "",
	} {
		_, err := decode(t, inSpec("  target: {"+target+"}\n"))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v\nwant %s", target, err, want)
		}
	}
}

// TestNamesThatServe: what the API server takes passes.
func TestNamesThatServe(t *testing.T) {
	for _, cluster := range []string{
		"names: {master: a, worker: b.c, service: a, scripts: a, serviceAccount: a, role: a, roleBinding: a, job: c.d}",
		"names: {job: j, scripts: j-scripts}",
		"image: \"localhost:5000/a/b_c/d--e:v1.0_x\"",
		"image: \"[fd00::1]:5000/a\"",
		"image: a@sha256:" + strings.Repeat("0a", 32),
		"image: registry.example/a:1@sha256:" + strings.Repeat("0a", 32),
		"worker: {env: {a.b-c: x, \"1 2\": x}}",
		"worker: {nodeSelector: {kubernetes.io/os: linux, empty: \"\"}}",
		"resultsClaim: \"\"",
		"driver: {serviceAccountName: own}, worker: {serviceAccountName: own}",
		"names: {serviceAccount: a}, worker: {serviceAccountName: locust-driver}",
		"driver: {serviceAccountName: own}, caBundle: {secret: tls}",
		"worker: {labels: {example.com/Team: \"\"}, annotations: {Upper.example/x: any thing}}",
		"worker: {podSecurityContext: {runAsUser: 0, runAsNonRoot: false}}",
		"worker: {podSecurityContext: {runAsUser: null, runAsGroup: null, fsGroup: null}}",
		"worker: {volumes: [{name: a, emptyDir: {}}], volumeMounts: [{name: a, mountPath: /tmp/cache}, {name: a, mountPath: /scripts2}]}",
	} {
		if _, err := decode(t, inSpec("  target: {scaleTargetRef: {name: inference}}\n  cluster: {"+cluster+"}\n")); err != nil {
			t.Errorf("%s: %v", cluster, err)
		}
	}
	// Nothing of ours is deployed beside a master that runs.
	if _, err := decode(t, inSpec("  target: {scaleTargetRef: {name: locust-worker}}\n  load: {masterURL: \"http://m\"}\n  matrix: {users: [1]}\n")); err != nil {
		t.Error(err)
	}
}

// TestNamesAllAtOnce wants every problem of a file in one answer.
func TestNamesAllAtOnce(t *testing.T) {
	_, err := decode(t, inSpec(`  target: {scaleTargetRef: {name: inference}}
  schedule: {cron: "99 99 * * bad"}
  cluster:
    image: "a b"
    resultsClaim: A
    imagePullSecrets: [B]
    names: {master: m, worker: m}
    worker: {env: {LOCUST_HOST: x, "A=B": y}}
`))
	var problems *Error
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var paths []string
	for _, p := range problems.Problems {
		paths = append(paths, p.Path)
	}
	want := []string{
		"spec.schedule.cron", "spec.cluster.image", "spec.cluster.resultsClaim", "spec.cluster.imagePullSecrets[0]",
		"spec.cluster.names.worker", "spec.cluster.worker.env", "spec.cluster.worker.env.LOCUST_HOST",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCron(t *testing.T) {
	for text, want := range map[string]string{
		"0 2 * * 0":                      "",
		"*/5 0-23/2 1,15 jan-MAR mon,5":  "",
		"0 0 ? * sun-sat":                "",
		"7/10 * 31 12 6":                 "",
		"99 99 * * bad":                  `"99" is not valid as the minute, which is 0 to 59`,
		"0 24 * * *":                     `"24" is not valid as the hour, which is 0 to 23`,
		"0 0 0 * *":                      `"0" is not valid as the day of the month, which is 1 to 31`,
		"0 0 * 13 *":                     `"13" is not valid as the month, which is 1 to 12`,
		"0 0 * * 7":                      `"7" is not valid as the day of the week, which is 0 to 6`,
		"0 0 * * bad":                    `"bad" is not valid as the day of the week`,
		"0 0 * * mon-":                   `"mon-" is not valid as the day of the week`,
		"5-1 * * * *":                    `"5-1" is not valid as the minute`,
		"*/0 * * * *":                    `"*/0" is not valid as the minute`,
		"*/ * * * *":                     `"*/" is not valid as the minute`,
		"1-2-3 * * * *":                  `"1-2-3" is not valid as the minute`,
		"1,,2 * * * *":                   `"" is not valid as the minute`,
		"+1 * * * *":                     `"+1" is not valid as the minute`,
		"0 2 * *":                        "must have five fields",
		"TZ=UTC 0 2 * * *":               "must have five fields",
		"@daily":                         "must have five fields",
		"99999999999999999999 * * * *":   "is not valid as the minute",
		"*/99999999999999999999 * * * *": "is not valid as the minute",
	} {
		err := checkCron(text)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	for zone, ok := range map[string]bool{"Europe/Berlin": true, "Etc/GMT+3": true, "UTC": true, "Local": false, "a b": false, "../etc": false} {
		_, err := decode(t, inSpec("  target: {scaleTargetRef: {name: x}}\n  schedule: {cron: \"0 2 * * *\", timeZone: \""+zone+"\"}\n"))
		if (err == nil) != ok {
			t.Errorf("time zone %q: %v", zone, err)
		}
	}
}

// FuzzCron: a schedule that is taken has five fields of numbers that are within their
// bounds, or names.
func FuzzCron(f *testing.F) {
	for _, text := range []string{"0 2 * * 0", "*/5 0-23/2 1,15 jan-MAR mon,5", "99 99 * * bad", "? ? ? ? ?", "1-2-3/4/5 * * * *"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if checkCron(text) != nil {
			return
		}
		if fields := strings.Fields(text); len(fields) != 5 || strings.ContainsAny(text, "@=+") {
			t.Errorf("%q is taken", text)
		}
	})
}

// FuzzNames: decoding a host or an image ends, and what is taken has no character that a
// manifest or a shell would have to escape.
func FuzzNames(f *testing.F) {
	for _, text := range []string{"http://shop.prod", "http://[fd00::10]:8000", "a/b:c@sha256:00", "http://a.b.svc.c.d.", "%"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d := DoorOf(text, "here")
		if d.Service != "" && d.Namespace == "" || d.Namespace == "" && !d.Outside {
			t.Errorf("%q leads nowhere: %+v", text, d)
		}
		if image.MatchString(text) && strings.ContainsAny(text, " \n\t'\"$`\\") {
			t.Errorf("%q is an image", text)
		}
	})
}
