package manifests

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// File is one file of deploy/.
type File struct {
	// Name is relative to deploy/.
	Name string
	Data []byte
}

// weekly is the original's schedule: Sunday at 2.
const weekly = "0 2 * * 0"

// original is the experiment that the original scripts ran: Python Locust against
// the Deployment inference, with the default matrix.
func original(schedule string) (*experiment.Experiment, error) {
	text := fmt.Sprintf(`apiVersion: %s
kind: LoadMatrix
metadata: {name: inference}
spec:
  target: {scaleTargetRef: {name: inference}}
  load: {engine: locust}
`, v1alpha1.APIVersion)
	if schedule != "" {
		text += "  schedule: {cron: " + strconv.Quote(schedule) + "}\n"
	}
	return experiment.Decode("deploy", []byte(text), "", nil)
}

// Files are the contents of deploy/: the original's files, for kubectl, and a
// Kustomize base with overlays.
func Files() ([]File, error) {
	exp, err := original("")
	if err != nil {
		return nil, err
	}
	set, err := Build(exp, Options{})
	if err != nil {
		return nil, err
	}
	weeklyExp, err := original(weekly)
	if err != nil {
		return nil, err
	}
	scheduled, err := Build(weeklyExp, Options{})
	if err != nil {
		return nil, err
	}
	var w fileWriter
	w.objects("locust-configmap.yaml", set.ScriptMaps()...)
	w.objects("locust-master.yaml", append([]Object{set.Master, set.Service}, set.Network...)...)
	w.objects("locust-worker.yaml", set.Worker)
	w.objects("locust-driver-job.yaml", set.driver()...)
	w.objects("locust-driver-job-simple.yaml", set.Job)
	w.objects("cronjob.yaml", append(scheduled.driver(), scheduled.CronJob)...)
	w.objects("inference.yaml", Sample(DefaultSampleImage)...)
	w.objects("kustomize/base/all.yaml", append(set.Deployed(), set.Job)...)
	w.text("kustomize/base/kustomization.yaml", kustomization("all.yaml", ""))
	for _, o := range overlays() {
		w.text("kustomize/"+o.name+"/kustomization.yaml", kustomization("../base", o.patch(exp)))
	}
	return w.files, w.err
}

// driver is what a driver needs to be there: its rights, what it writes to, and its experiment.
func (s *Set) driver() []Object {
	objects := append([]Object{}, s.Access...)
	objects = append(objects, s.State...)
	return append(objects, s.Experiment)
}

const generated = "# Written by `make generate`. To change it, change internal/manifests, or use `swarmgrid manifests FILE`.\n"

type fileWriter struct {
	files []File
	err   error
}

// The comments that say of a file of objects which namespace it is for.
const (
	forAnyNamespace = "# For the namespace that kubectl is told with -n, or that its context has.\n"
	forDefault      = "# Made for the namespace default. For another, change it where it stands below (the RoleBinding's\n" +
		"# subject, the experiment's metadata) and apply with -n; or let `swarmgrid manifests FILE -n NAMESPACE` print it.\n"
)

// objects writes without namespaces, so that kubectl -n chooses. Two fields must name one.
func (w *fileWriter) objects(name string, objects ...Object) {
	anywhere := make([]Object, len(objects))
	for i, o := range objects {
		anywhere[i] = o.DeepCopyObject().(Object) //nolint:forcetypeassert // a copy has its original's type
		anywhere[i].SetNamespace("")
	}
	data, err := YAML(anywhere...)
	if err != nil && w.err == nil {
		w.err = err
	}
	namespace := forAnyNamespace
	if bytes.Contains(data, []byte("namespace: default")) {
		namespace = forDefault
	}
	w.text(name, namespace+string(data))
}

func (w *fileWriter) text(name, text string) {
	w.files = append(w.files, File{name, append([]byte(generated), text...)})
}

func kustomization(resource, patches string) string {
	return "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- " + resource + "\n" + patches
}

// overlay is a variation of the base.
type overlay struct {
	name  string
	patch func(*experiment.Experiment) string
}

func overlays() []overlay {
	var out []overlay
	for _, p := range experiment.Presets() {
		out = append(out, overlay{p.Name, func(exp *experiment.Experiment) string { return presetPatch(p, exp) }})
	}
	return append(out, overlay{"nodeport", func(exp *experiment.Experiment) string { return nodePortPatch(exp) }})
}

// presetPatch sets the original driver's variables, and the deadline that follows.
func presetPatch(p experiment.Preset, exp *experiment.Experiment) string {
	with := *exp
	with.Within = 0 // a preset lists its users
	with.Axes.Replicas, with.Axes.Workers, with.Axes.Users = p.Replicas, p.Workers, p.Users
	names := exp.LoadMatrix.Spec.Cluster.Names
	return fmt.Sprintf(`patches:
- patch: |
    apiVersion: batch/v1
    kind: Job
    metadata:
      name: %s
    spec:
      activeDeadlineSeconds: %d
      template:
        spec:
          containers:
          - name: %s
            env:
            - {name: REPLICA_COUNTS, value: %q}
            - {name: WORKER_COUNTS, value: %q}
            - {name: USER_COUNTS, value: %q}
`, names.Job, int64(Deadline(&with).Seconds()), DriverContainer, commas(p.Replicas), commas(p.Workers), commas(p.Users))
}

// originalNodePort is where the original opened Locust's web page.
const originalNodePort = 30089

func nodePortPatch(exp *experiment.Experiment) string {
	names := exp.LoadMatrix.Spec.Cluster.Names
	return fmt.Sprintf(`patches:
- patch: |
    apiVersion: v1
    kind: Service
    metadata:
      name: %s
    spec:
      type: NodePort
      ports:
      - {name: %s, port: %d, nodePort: %d}
- target: {kind: NetworkPolicy, name: %s}
  patch: |
    - {op: remove, path: /spec/ingress/0/from}
`, names.Service, portWeb, WebPort, originalNodePort, names.Master)
}

func commas(values []int) string {
	var text []string
	for _, v := range values {
		text = append(text, strconv.Itoa(v))
	}
	return strings.Join(text, ",")
}
