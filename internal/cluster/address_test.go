package cluster

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

func targeting(t *testing.T, target string, settings ...experiment.Setting) *experiment.Experiment {
	t.Helper()
	const head = "apiVersion: swarmgrid.dev/v1alpha1\nkind: LoadMatrix\nmetadata: {namespace: ns}\nspec:\n  load: {builtin: forecasting}\n  target: "
	exp, err := experiment.Decode("x.yaml", []byte(head+target+"\n"), "", settings)
	if err != nil {
		t.Fatal(err)
	}
	return exp
}

// TestAddress: the only way to the pods is taken, several are listed as lines to paste, and
// none is said with what makes one. The original's target keeps its address wherever it leads.
func TestAddress(t *testing.T) {
	const shop, original = "{scaleTargetRef: {name: shop}}", "{scaleTargetRef: {name: inference}}"
	away := errors.New("nothing leads there")
	addresses := func(urls ...string) (found []kubeapi.Address) {
		for _, url := range urls {
			found = append(found, kubeapi.Address{Service: "s", URL: url})
		}
		return found
	}
	for name, tc := range map[string]struct {
		target     string
		addresses  []kubeapi.Address
		err        error
		url, wrong string
	}{
		"one":                                   {shop, addresses("http://shop:80"), nil, "http://shop:80", ""},
		"several":                               {shop, addresses("http://shop:80", "http://canary:80"), nil, "", "spec.target.url is not given, and 2 addresses lead to the pods of Deployment ns/shop; give the one that the users go through, as one of these lines below target:\n    url: http://shop:80\n    url: http://canary:80"},
		"none":                                  {shop, nil, away, "", away.Error()},
		"the original's among several":          {original, addresses("http://a:1", "http://inference:8000"), nil, "http://inference:8000", ""},
		"the original's at another address":     {original, addresses("http://inference:80"), nil, "http://inference:80", ""},
		"the original's, which nobody leads to": {original, nil, away, "", ""},
		"the original's, with other ways alone": {original, addresses("http://a:1", "http://a:2"), nil, "", "spec.target.url is not given, and 2 addresses lead to the pods of Deployment ns/inference; give the one that the users go through, as one of these lines below target:\n    url: http://a:1\n    url: http://a:2"},
	} {
		found, err := addressOf(targeting(t, tc.target), tc.addresses, tc.err)
		var url, wrong string
		if found != nil {
			url = found.Value
		}
		if err != nil {
			wrong = err.Error()
		}
		if diff := cmp.Diff([]string{tc.url, tc.wrong}, []string{url, wrong}); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", name, diff)
		}
	}
}

// TestAddressIsAskedForOnce: what the cluster said is as good as given from then on.
func TestAddressIsAskedForOnce(t *testing.T) {
	found := experiment.Setting{Field: experiment.FieldURL, Origin: "Service shop", Value: "http://shop:80"}
	exp := targeting(t, "{scaleTargetRef: {name: shop}, metrics: {requests: n}}", found)
	target := exp.LoadMatrix.Spec.Target
	if exp.Unaddressed || target.URL != "http://shop:80" || target.Service != "shop" || target.Metrics.Port != 80 {
		t.Errorf("%+v, unaddressed: %v", target, exp.Unaddressed)
	}
	for target, want := range map[string]bool{
		"{scaleTargetRef: {name: shop}}": true, "{scaleTargetRef: {name: inference}}": true,
		`{scaleTargetRef: {name: shop}, url: "http://shop"}`: false, `{url: "http://shop"}`: false, "{process: {command: [a]}}": false,
	} {
		if exp := targeting(t, target); exp.Unaddressed != want {
			t.Errorf("%s: unaddressed is %v", target, exp.Unaddressed)
		}
	}
	exp, err := targeting(t, "{scaleTargetRef: {name: inference}}").With("elsewhere", []experiment.Setting{{Field: experiment.FieldTargetName, Value: "shop"}})
	if err != nil || !exp.Unaddressed {
		t.Errorf("another target's address is not asked for: %v", err)
	}
}

func TestNoAddress(t *testing.T) {
	shopping := targeting(t, "{scaleTargetRef: {name: shop}}")
	const want = "spec.target.url is not given, and no Service leads to the pods of Deployment ns/shop by HTTP (Service shop, port 9000: is grpc); create one, as in `kubectl expose deployment shop --port 8000 -n ns`, or give spec.target.url"
	if err := noAddress(shopping, shop().Spec.Template, []string{"Service shop, port 9000: is grpc"}); err.Error() != want {
		t.Error(err)
	}
	const stateful = "spec.target.url is not given, and no Service leads to the pods of StatefulSet ns/shop by HTTP; create one in front of them, or give spec.target.url"
	if err := noAddress(targeting(t, "{scaleTargetRef: {kind: StatefulSet, name: shop}}"), corev1.PodTemplateSpec{}, nil); err.Error() != stateful {
		t.Error(err)
	}
}
