package manifests

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// TestOwnIsKept: whatever label, volume and mount our pods have is refused to a person,
// who would break with it what finds the pods or what they need.
func TestOwnIsKept(t *testing.T) {
	for name, text := range cases() {
		if name == "everything" {
			continue // it has a person's, too
		}
		text += "\n  cluster: {caBundle: {configMap: ca}}"
		if strings.HasPrefix(text, "spec: {") {
			text = strings.Replace(cases()[name], "spec: {", "spec: {cluster: {caBundle: {configMap: ca}}, ", 1)
		}
		for _, o := range everyObject(build(t, text)) {
			if pod := podTemplate(o); pod != nil {
				checkKept(t, pod)
			}
		}
	}
}

func checkKept(t *testing.T, pod *corev1.PodTemplateSpec) {
	t.Helper()
	for key := range pod.Labels {
		refuses(t, "labels: {"+key+": x}", "is a label by which the run finds its pods")
	}
	for key := range pod.Annotations {
		refuses(t, "annotations: {"+key+": x}", "is in the domain")
	}
	for _, v := range pod.Spec.Volumes {
		refuses(t, "volumes: [{name: "+v.Name+", emptyDir: {}}]", "is a volume of the pods' own")
	}
	for _, m := range pod.Spec.Containers[0].VolumeMounts {
		refuses(t, "volumes: [{name: a, emptyDir: {}}], volumeMounts: [{name: a, mountPath: "+m.MountPath+"}]", "is the pods' own")
	}
}

func refuses(t *testing.T, settings, want string) {
	t.Helper()
	_, err := experiment.Decode("test.yaml", []byte("apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\n"+
		"spec: {target: {scaleTargetRef: {name: inference}}, cluster: {worker: {"+settings+"}}}"), "", nil)
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%s: error %v, want %q", settings, err, want)
	}
}

// TestStoredExperiment: the driver makes the same of the experiment as it is stored, with
// its nulls and without an account that nobody named.
func TestStoredExperiment(t *testing.T) {
	for name, text := range cases() {
		set := build(t, text)
		dir := t.TempDir()
		files := contentOf(t, volumeOf(t, set.Job.Spec.Template.Spec, "experiment"), set.Deployed())
		writeAll(t, dir, files)
		exp, err := experiment.Decode(ExperimentFile, []byte(files[ExperimentFile]), dir, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		again, err := Build(exp, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(everyObject(set), everyObject(again)); diff != "" {
			t.Errorf("%s (-deployed +as the driver reads it):\n%s", name, diff)
		}
	}
}

// TestSecurityContext: what is given replaces a field of the default, null takes it out,
// and the rest stays.
func TestSecurityContext(t *testing.T) {
	of := func(context string) *corev1.PodSecurityContext {
		return build(t, "spec: {target: {scaleTargetRef: {name: inference}}, cluster: {worker: {podSecurityContext: "+context+"}}}").Worker.Spec.Template.Spec.SecurityContext
	}
	standard := func(edit func(*corev1.PodSecurityContext)) *corev1.PodSecurityContext {
		c := podSecurity(ownUID)
		edit(c)
		return c
	}
	for context, edit := range map[string]func(*corev1.PodSecurityContext){
		"null":                                func(*corev1.PodSecurityContext) {},
		"{}":                                  func(*corev1.PodSecurityContext) {},
		"{runAsUser: null}":                   func(c *corev1.PodSecurityContext) { c.RunAsUser = nil },
		"{runAsGroup: null, fsGroup: null}":   func(c *corev1.PodSecurityContext) { c.RunAsGroup, c.FSGroup = nil, nil },
		"{fsGroup: 7, seccompProfile: null}":  func(c *corev1.PodSecurityContext) { c.FSGroup, c.SeccompProfile = new(int64(7)), nil },
		"{runAsNonRoot: false, runAsUser: 0}": func(c *corev1.PodSecurityContext) { c.RunAsNonRoot, c.RunAsUser = new(false), new(int64(0)) },
		"{seccompProfile: {type: Localhost, localhostProfile: p}}": func(c *corev1.PodSecurityContext) {
			c.SeccompProfile = &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeLocalhost, LocalhostProfile: new("p")}
		},
	} {
		if diff := cmp.Diff(standard(edit), of(context)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", context, diff)
		}
	}
}

// TestTrust: every pod has the bundle and says so in its program's own way, unless a person
// says otherwise.
func TestTrust(t *testing.T) {
	set := build(t, `spec: {target: {scaleTargetRef: {name: inference}}, load: {engine: locust}, cluster: {caBundle: {secret: tls, key: root.pem}, master: {env: {REQUESTS_CA_BUNDLE: /mine}}}}`)
	pods := map[string]corev1.PodSpec{"master": set.Master.Spec.Template.Spec, "worker": set.Worker.Spec.Template.Spec, "driver": set.Job.Spec.Template.Spec}
	pods["try"] = TryPod(set.Worker, 0).Spec
	for name, want := range map[string][]string{
		"master": {"SSL_CERT_FILE=/ca-bundle/ca.crt", "REQUESTS_CA_BUNDLE=/mine"},
		"worker": {"SSL_CERT_FILE=/ca-bundle/ca.crt", "REQUESTS_CA_BUNDLE=/ca-bundle/ca.crt"},
		"try":    {"SSL_CERT_FILE=/ca-bundle/ca.crt", "REQUESTS_CA_BUNDLE=/ca-bundle/ca.crt"},
		"driver": {"SSL_CERT_DIR=/ca-bundle:/etc/ssl/certs:/etc/pki/tls/certs"},
	} {
		c := pods[name].Containers[0]
		var got []string
		for _, v := range c.Env {
			if strings.Contains(v.Name, "CERT") || strings.Contains(v.Name, "BUNDLE") {
				got = append(got, v.Name+"="+v.Value)
			}
		}
		mounted := false
		for _, m := range c.VolumeMounts {
			mounted = mounted || m.Name == caVolume && m.MountPath == "/ca-bundle" && m.ReadOnly
		}
		if diff := cmp.Diff(want, got); diff != "" || !mounted {
			t.Errorf("%s: mounted %v (-want +got):\n%s", name, mounted, diff)
		}
	}
}

// TestTryPodIsLikeAWorkers: the pod for a look has all that a person gives the workers.
func TestTryPodIsLikeAWorkers(t *testing.T) {
	worker := build(t, cases()["everything"]).Worker
	pod, like := TryPod(worker, 0), worker.Spec.Template
	for key, value := range like.Labels {
		if pod.Labels[key] != value {
			t.Errorf("label %s is %q, want %q", key, pod.Labels[key], value)
		}
	}
	var volumes []corev1.Volume
	for _, v := range like.Spec.Volumes {
		if v.Name != scriptsVolume {
			volumes = append(volumes, v)
		}
	}
	like.Spec.Volumes = volumes
	like.Spec.RestartPolicy, like.Spec.ActiveDeadlineSeconds = pod.Spec.RestartPolicy, pod.Spec.ActiveDeadlineSeconds
	like.Spec.Containers, pod.Spec.Containers = nil, nil
	if diff := cmp.Diff(like.Spec, pod.Spec) + cmp.Diff(like.Annotations, pod.Annotations); diff != "" {
		t.Errorf("(-worker +try):\n%s", diff)
	}
}

// TestBundleIsReadOnce: another version of the bundle starts master and workers anew, as one
// of a Secret with variables does.
func TestBundleIsReadOnce(t *testing.T) {
	exp := decode(t, "spec: {target: {scaleTargetRef: {name: inference}}, cluster: {caBundle: {configMap: ca}, worker: {envFromConfigMaps: [ca, other]}}}")
	set, err := Build(exp, Options{Versions: map[Read]string{{"ConfigMap", "ca"}: "7", {"ConfigMap", "other"}: "8"}})
	if err != nil {
		t.Fatal(err)
	}
	master, worker := set.Master.Spec.Template.Annotations[AnnotationReads], set.Worker.Spec.Template.Annotations[AnnotationReads]
	if master != "ConfigMap/ca=7" || worker != "ConfigMap/ca=7 ConfigMap/other=8" {
		t.Errorf("the master has read %q, the worker %q", master, worker)
	}
	if reads := Reads(exp.LoadMatrix.Spec.Cluster, exp.LoadMatrix.Spec.Cluster.Worker); len(reads) != 2 {
		t.Errorf("it reads %v", reads)
	}
}
