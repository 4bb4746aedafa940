package preflight

import (
	"errors"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	clienttesting "k8s.io/client-go/testing"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

func podsForbidden(why string) error {
	return apierrors.NewForbidden(schema.GroupResource{Resource: "pods"}, "p", errors.New(why))
}

// admitted is what the API server says to a pod, and what is made of it.
type admitted struct {
	err     error
	denied  string
	objects []runtime.Object
	judged  bool
	want    []string
}

func admissions() map[string]admitted {
	full := aQuota("pods", "3", "3")
	full.Namespace = testNamespace
	return map[string]admitted{
		"admitted":         {judged: true},
		"refused":          {err: podsForbidden("violates PodSecurity \"restricted:latest\": runAsNonRoot"), judged: true, want: []string{"the API server would refuse a pod of Deployment inference: violates PodSecurity \"restricted:latest\": runAsNonRoot; see its pod template"}},
		"lacks a limit":    {err: podsForbidden("failed quota: small: must specify limits.cpu for: main"), judged: true, want: []string{"the API server would refuse a pod of Deployment inference: failed quota: small: must specify limits.cpu for: main"}},
		"sums are ours":    {err: podsForbidden("exceeded quota: small, requested: pods=1"), objects: []runtime.Object{&full}},
		"sums, not seen":   {err: podsForbidden("exceeded quota: small, requested: pods=1"), want: []string{"note: cannot tell whether the API server would admit a pod of Deployment inference: exceeded quota"}},
		"cannot be asked":  {err: apierrors.NewBadRequest(`admission webhook "x" does not support dry run`), want: []string{"note: cannot tell whether the API server would admit a pod of Deployment inference: a webhook cannot be asked"}},
		"webhook is away":  {err: apierrors.NewInternalError(errors.New(`failed calling webhook "x": no endpoints`)), judged: true, want: []string{"the API server would refuse a pod of Deployment inference: Internal error occurred: failed calling webhook"}},
		"server is busy":   {err: apierrors.NewTooManyRequests("wait", 1), want: []string{"note: cannot tell whether the API server would admit"}},
		"server is young":  {err: podsForbidden("status unknown for quota: small"), want: []string{"note: cannot tell whether the API server would admit"}},
		"no right to make": {denied: "create pods", want: []string{"note: what Pod Security, policies, LimitRanges and quotas say about a pod of Deployment inference is only partly known: no right to create pods"}},
	}
}

// TestAdmittedPods lets the API server judge a pod, and counts with what it makes of it.
func TestAdmittedPods(t *testing.T) {
	for name, test := range admissions() {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t, deployment("inference", 1))
			c.denied = []string{test.denied}
			for _, o := range test.objects {
				c.must(c.typed.Tracker().Add(o))
			}
			c.typed.PrependReactor("create", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
				create := action.(clienttesting.CreateActionImpl)  //nolint:forcetypeassert // of creations only
				pod := create.GetObject().(*corev1.Pod).DeepCopy() //nolint:forcetypeassert // of pods only
				if len(create.CreateOptions.DryRun) == 0 || metav1.GetControllerOf(pod) == nil || pod.Labels["app"] != "inference" {
					t.Errorf("not a dry run of a replica: %+v", create.CreateOptions)
				}
				pod.Spec.Containers = append(pod.Spec.Containers, asking("100m", "1Gi")) // a mesh's
				return true, pod, test.err
			})
			p := c.preflight(func(in *Inspection) { in.Replicas = []int{4} }).prepare(t)
			var f Findings
			p.admitPods(t.Context(), &f)
			wantLines(t, f, test.want...)
			d := p.demands[0]
			if d.judged != test.judged {
				t.Errorf("judged: %v", d.judged)
			}
			if test.judged && test.err == nil && d.requests.Cpu().String() != "100m" {
				t.Errorf("the sums are made of %v, not of what was admitted", d.requests)
			}
		})
	}
}

// TestDriverBeforeItsAccount: deploy makes the ServiceAccount that the driver's pod asks for.
func TestDriverBeforeItsAccount(t *testing.T) {
	c := newFakeAPI(t)
	c.typed.PrependReactor("create", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
		pod := action.(clienttesting.CreateAction).GetObject().(*corev1.Pod) //nolint:forcetypeassert // of pods only
		if account := pod.Spec.ServiceAccountName; account != "" {
			return true, nil, podsForbidden(`error looking up service account shop/` + account + `: serviceaccount "` + account + `" not found`)
		}
		return true, pod, nil
	})
	p := c.preflight(func(in *Inspection) { in.Set = aSet(t, "") })
	p.demands = p.wanted()
	var f Findings
	p.admitPods(t.Context(), &f)
	wantLines(t, f)
	if len(p.demands) != 2 || p.demands[0].what != "Job locust-load-test-matrix" || !p.demands[0].judged {
		t.Errorf("demands %q", names(p.demands))
	}
}

// TestOtherKinds knows what else makes a pod: a StatefulSet's claims, and what a
// controller of an unknown kind may do.
func TestOtherKinds(t *testing.T) {
	claims := set([]any{map[string]any{"metadata": map[string]any{"name": "data"}}}, "spec", "volumeClaimTemplates")
	tests := map[string]struct {
		edits []func(map[string]any)
		want  []string
	}{
		"StatefulSet": {[]func(map[string]any){set("StatefulSet", "kind"), claims}, []string{"the API server would refuse a pod of Deployment inference: no"}},
		"unknown":     {[]func(map[string]any){set("shop.example/v1", "apiVersion"), claims}, []string{"note: cannot tell whether the API server would admit a pod of Deployment inference: no"}},
	}
	for name, test := range tests {
		c := newFakeAPI(t, deployment("inference", 1, test.edits...))
		c.typed.PrependReactor("create", "pods", func(action clienttesting.Action) (bool, runtime.Object, error) {
			pod := action.(clienttesting.CreateAction).GetObject().(*corev1.Pod) //nolint:forcetypeassert // of pods only
			if len(pod.Spec.Volumes) != 1 || pod.Spec.Volumes[0].PersistentVolumeClaim.ClaimName != "data-inference-0" {
				t.Errorf("%s: volumes %+v", name, pod.Spec.Volumes)
			}
			return true, nil, podsForbidden("no")
		})
		p := c.preflight(func(in *Inspection) { in.Replicas = []int{1} }).prepare(t)
		p.demands[0].exact = p.roles["target"].Self.GetAPIVersion() == "apps/v1"
		var f Findings
		p.admitPods(t.Context(), &f)
		wantLines(t, f, test.want...)
	}
}

func TestAdmittedScales(t *testing.T) {
	c := newFakeAPI(t, deployment("inference", 2))
	c.refuse["deployments inference"] = apierrors.NewForbidden(schema.GroupResource{Group: "apps", Resource: "deployments"}, "inference", errors.New("at most 3"))
	p := c.preflight(func(in *Inspection) { in.Replicas = []int{1, 2, 8} }).prepare(t)
	var f Findings
	p.admitScales(t.Context(), &f)
	wantLines(t, f,
		`the API server would refuse scaling Deployment inference to 1: deployments.apps "inference" is forbidden: at most 3; see spec.matrix`,
		`the API server would refuse scaling Deployment inference to 8: deployments.apps "inference" is forbidden: at most 3; see spec.matrix`)
}

// aSet is what deploy and submit would make of a small experiment.
func aSet(t *testing.T, more string) *manifests.Set {
	t.Helper()
	exp, err := experiment.Decode("it.yaml", []byte(`
apiVersion: swarmgrid.dev/v1alpha1
kind: LoadMatrix
metadata: {name: it, namespace: shop}
spec:
  target: {scaleTargetRef: {name: inference}}
`+more), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := manifests.Build(exp, manifests.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestObjects tries what deploy and submit would make, and changes nothing.
func TestObjects(t *testing.T) {
	foreign := deployment("locust-master", 1)
	another := deployment("locust-worker", 1)
	another.SetLabels(map[string]string{manifests.LabelExperiment: "other"})
	master := deployment("locust-master", 1)
	master.SetLabels(another.GetLabels())
	ours := deployment("locust-worker", 1)
	ours.SetLabels(map[string]string{manifests.LabelExperiment: "it"})
	dotted := apierrors.NewInvalid(schema.GroupKind{Kind: "Service"}, "locust-master", nil)
	forbidden := func(resource string) error {
		return apierrors.NewForbidden(schema.GroupResource{Resource: resource}, "x", errors.New("no"))
	}
	tests := map[string]struct {
		there  []*unstructured.Unstructured
		refuse map[string]error
		denied []string
		want   []string
	}{
		"all new":    {},
		"somebody's": {there: []*unstructured.Unstructured{foreign}, want: []string{"Deployment locust-master exists and was not made by swarmgrid; delete it"}},
		"another's":  {there: []*unstructured.Unstructured{another}, want: []string{"Deployment locust-worker belongs to experiment other; clean that up first"}},
		"two of another's": {there: []*unstructured.Unstructured{another, master}, want: []string{
			"namespace shop has experiment other's objects (2) under the same names; clean that up first, give another namespace with -n, or choose other spec.cluster.names",
		}},
		"ours":     {there: []*unstructured.Unstructured{ours}},
		"invalid":  {refuse: map[string]error{"services locust-master": dotted}, want: []string{"the API server would refuse Service locust-master: Service \"locust-master\" is invalid"}},
		"policy":   {refuse: map[string]error{"deployments locust-worker": forbidden("deployments")}, want: []string{"the API server would refuse Deployment locust-worker"}},
		"no right": {refuse: map[string]error{"deployments locust-worker": forbidden("deployments"), "services locust-master": forbidden("services")}, denied: []string{"patch deployments", "patch services"}, want: []string{"note: cannot tell whether the API server would admit all that deploy and submit create: no right to patch deployments (apps), patch services in namespace shop"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newFakeAPI(t, test.there...)
			c.denied = test.denied
			for of, err := range test.refuse {
				c.refuse[of] = err
			}
			p := c.preflight(func(in *Inspection) { in.Set, in.Experiment = aSet(t, ""), "it" })
			var f Findings
			p.admitObjects(t.Context(), &f)
			wantLines(t, f, test.want...)
			if jobs := countedAs(p.created, "count/jobs.batch"); jobs != 1 {
				t.Errorf("%d Jobs are counted as new", jobs)
			}
			if n, want := countedAs(p.created, "count/replicasets.apps"), 2-len(test.there); n != want {
				t.Errorf("%d Deployments are counted as new, want %d", n, want)
			}
		})
	}
}

func countedAs(objects []created, name string) (n int) {
	for _, o := range objects {
		for _, as := range o.countedAs {
			if as == name {
				n++
			}
		}
	}
	return n
}
