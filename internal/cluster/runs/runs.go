package runs

import (
	"k8s.io/client-go/kubernetes"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// Runs are an experiment's runs in a namespace.
type Runs struct {
	client    kubernetes.Interface
	namespace string
	exp       *experiment.Experiment
}

// Of finds an experiment's runs in a namespace.
func Of(client kubernetes.Interface, namespace string, exp *experiment.Experiment) *Runs {
	return &Runs{client: client, namespace: namespace, exp: exp}
}
