package kube

import (
	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
)

// LeaseName names the Lease that is the lock on a target, as it is deployed: for
// Deployment inference, "swarmgrid-deployment-inference".
func LeaseName(target v1alpha1.ScaleTargetRef) string {
	return manifests.LeaseName(v1alpha1.Target{ScaleTargetRef: &target})
}

// leaseName is LeaseName, or for a target of which only the URL is known, a name from its host.
func (c Config) leaseName() string {
	return manifests.LeaseName(v1alpha1.Target{ScaleTargetRef: c.Target, URL: c.TargetURL})
}
