package experiment

import (
	"fmt"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// ScaledObject is an object in a cluster whose replicas a run sets.
type ScaledObject struct {
	v1alpha1.ScaleTargetRef
	Namespace string
}

// identity is the object in an Identity.
func (o ScaledObject) identity() string {
	return fmt.Sprintf("%s/%s/%s/%s", o.APIVersion, o.Kind, o.Namespace, o.Name)
}

// ScaledObjectOf reads a run's object from its Identity; false if it scaled none.
func ScaledObjectOf(identity map[string]string) (ScaledObject, bool) {
	parts := strings.Split(identity[identityRef], "/")
	n := len(parts)
	if n < 4 {
		return ScaledObject{}, false
	}
	return ScaledObject{
		ScaleTargetRef: v1alpha1.ScaleTargetRef{APIVersion: strings.Join(parts[:n-3], "/"), Kind: parts[n-3], Name: parts[n-1]},
		Namespace:      parts[n-2],
	}, true
}
