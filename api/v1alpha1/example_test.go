package v1alpha1_test

import (
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// An experiment that another program writes. What is not set has a default, or is the
// program's to find; swarmgrid validates the file when it reads it.
func ExampleLoadMatrix() {
	experiment := v1alpha1.LoadMatrix{
		TypeMeta: metav1.TypeMeta{APIVersion: v1alpha1.APIVersion, Kind: v1alpha1.KindLoadMatrix},
		Spec: v1alpha1.LoadMatrixSpec{
			Target:  v1alpha1.Target{ScaleTargetRef: &v1alpha1.ScaleTargetRef{Name: "shop"}},
			Load:    v1alpha1.Load{File: "shop.swarmfile.yaml"},
			Matrix:  v1alpha1.Matrix{Replicas: []int{1, 2, 4}, Users: v1alpha1.UserList(50, 100)},
			Measure: v1alpha1.Measure{Duration: v1alpha1.Window{Duration: metav1.Duration{Duration: time.Minute}}},
			SLO:     []v1alpha1.Objective{{Metric: v1alpha1.MetricP95, Below: "200ms"}},
		},
	}
	text, err := yaml.Marshal(experiment)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(text))
	// Output:
	// apiVersion: swarmgrid.dev/v1alpha1
	// kind: LoadMatrix
	// metadata: {}
	// spec:
	//   cluster:
	//     driver: {}
	//     master: {}
	//     names: {}
	//     worker: {}
	//   load:
	//     file: shop.swarmfile.yaml
	//   matrix:
	//     replicas:
	//     - 1
	//     - 2
	//     - 4
	//     users:
	//     - 50
	//     - 100
	//   measure:
	//     duration: 1m0s
	//   slo:
	//   - below: 200ms
	//     metric: p95
	//   target:
	//     ready: {}
	//     scaleTargetRef:
	//       name: shop
}
