package cluster

import (
	"context"
	"fmt"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// needFindings tell what the pods of a set need, a person has to bring, and is not there:
// one line for each object, with all fields that name it.
func (c *Cluster) needFindings(ctx context.Context, set *manifests.Set, meta *metadataReader) (found preflight.Findings) {
	for _, need := range set.Needs() {
		f := c.judgeNeed(ctx, need, meta)
		at := slices.IndexFunc(found, func(told preflight.Finding) bool { return told.Text == f.Text })
		switch {
		case f.Text == "":
		case at < 0:
			found = append(found, f)
		case !strings.Contains(found[at].Next, need.Field):
			found[at].Next += ", " + need.Field
		}
	}
	return found
}

// judgeNeed has no text where all is well.
func (c *Cluster) judgeNeed(ctx context.Context, n manifests.Need, meta *metadataReader) preflight.Finding {
	f := preflight.Finding{Object: n.Kind + " " + n.Name, Next: "see " + n.Field}
	labels, keys, err := c.lookAt(ctx, n, meta)
	switch {
	case apierrors.IsNotFound(err):
		f.Refusal, f.Text = true, fmt.Sprintf("there is no %s in namespace %s, and deploy does not create one", f.Object, c.Namespace)
	case err != nil:
		f.Text = fmt.Sprintf("cannot tell whether there is %s: %v", f.Object, kubeapi.Explain(err))
	case n.Kind == "ServiceAccount" && labels[manifests.LabelExperiment] != "":
		f.Refusal = true
		f.Text = fmt.Sprintf("%s was created by a deploy of experiment %s, and is deleted with it", f.Object, labels[manifests.LabelExperiment])
		f.Next = "name an account of your own, or none, in " + n.Field
	case keys != nil && n.Key != "" && !keys[n.Key]:
		f.Refusal, f.Text = true, fmt.Sprintf("%s has no key %s", f.Object, n.Key)
	}
	return f
}

// lookAt asks for the metadata alone, so that no value leaves the API server. For a
// ConfigMap, which holds no secrets, it returns the keys as well.
func (c *Cluster) lookAt(ctx context.Context, n manifests.Need, meta *metadataReader) (labels map[string]string, keys map[string]bool, err error) {
	if n.Kind == "ConfigMap" {
		cm, err := c.Client.CoreV1().ConfigMaps(c.Namespace).Get(ctx, n.Name, metav1.GetOptions{})
		if err != nil {
			return nil, nil, err
		}
		keys = map[string]bool{}
		for key := range cm.Data {
			keys[key] = true
		}
		for key := range cm.BinaryData {
			keys[key] = true
		}
		return cm.Labels, keys, nil
	}
	o, err := meta.get(ctx, n.Kind, n.Name)
	if err != nil {
		return nil, nil, err
	}
	return o.Labels, nil, nil
}
