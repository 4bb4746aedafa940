package runs

import (
	"context"
	"errors"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// OtherRunError says that what has the experiment's names in the namespace is another
// experiment's, as where the namespace was forgotten.
type OtherRunError struct {
	Namespace string
	// Owner is the experiment whose run it is, Experiment the one that was asked for.
	Owner, Experiment string
	// Run is the owner's last run; empty where it is only deployed.
	Run string
}

// Error names both experiments and the ways on.
func (e *OtherRunError) Error() string {
	what := "the run"
	if e.Run == "" {
		what = "what is deployed"
	}
	return fmt.Sprintf("%s in namespace %s belongs to experiment %s, not %s; give another namespace with -n, or the file of %s",
		what, e.Namespace, e.Owner, e.Experiment, e.Owner)
}

// statusMap is the ConfigMap in which the experiment's drivers tell how far they are.
// Experiments have the same names by default, so that it may be somebody else's.
func (r *Runs) statusMap(ctx context.Context) (*corev1.ConfigMap, error) {
	name := manifests.StatusName(r.exp.LoadMatrix.Spec.Cluster.Names)
	cm, err := r.client.CoreV1().ConfigMaps(r.namespace).Get(ctx, name, metav1.GetOptions{})
	if err != nil {
		return nil, fmt.Errorf("reading the run's status: %w", err)
	}
	err = preflight.Foreign(cm, "ConfigMap", r.exp.LoadMatrix.Name)
	var foreign *preflight.ForeignError
	if errors.As(err, &foreign) && foreign.Owner != "" {
		status, _, _ := driver.DecodeStatus(cm) // one that cannot be read is no less another's
		return nil, &OtherRunError{Namespace: r.namespace, Owner: foreign.Owner, Experiment: r.exp.LoadMatrix.Name, Run: status.Run}
	}
	return cm, err
}

// RefuseOthers is an *OtherRunError where the experiment's names are another's. Whoever needs
// a status that cannot be read reports that.
func (r *Runs) RefuseOthers(ctx context.Context) error {
	_, err := r.statusMap(ctx)
	if isOthers(err) {
		return err
	}
	return nil
}

// isOthers tells that an object is there, and not the experiment's.
func isOthers(err error) bool {
	return errors.As(err, new(*OtherRunError)) || errors.As(err, new(*preflight.ForeignError))
}

func (r *Runs) lastStatus(ctx context.Context) (driver.Status, error) {
	cm, err := r.statusMap(ctx)
	if err != nil {
		return driver.Status{}, err
	}
	s, _, err := driver.DecodeStatus(cm)
	return s, err
}

// Last is the experiment's last run; empty where none is known. Its driver Jobs are gone
// when a target is restored, so whoever of ours holds the lock is over; anybody else's run
// is not touched while it lives.
func (r *Runs) Last(ctx context.Context) (string, error) {
	slots, err := r.Slots(ctx)
	if err != nil {
		return "", err
	}
	over := ""
	if status, err := r.lastStatus(ctx); err == nil {
		over = status.Run
	}
	for _, s := range slots {
		if over == "" {
			over = s.Run
		}
	}
	return over, nil
}
