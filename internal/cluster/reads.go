package cluster

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/manifests"
	"github.com/swarmgrid/swarmgrid/internal/preflight"
)

// reader is a part of the load whose pods take variables or certificates from Secrets and
// ConfigMaps.
type reader struct {
	deployment string
	reads      []manifests.Read
	// had are the versions that its pods have started with, as far as known.
	had map[manifests.Read]string
	// there tells whether the Deployment exists.
	there bool
}

// readers finds what the deployed parts of the load have read.
func (c *Cluster) readers(ctx context.Context, exp *experiment.Experiment) ([]reader, error) {
	s := exp.LoadMatrix.Spec
	if s.Load.MasterURL != "" {
		return nil, nil
	}
	readers := []reader{
		{deployment: s.Cluster.Names.Master, reads: manifests.Reads(s.Cluster, s.Cluster.Master)},
		{deployment: s.Cluster.Names.Worker, reads: manifests.Reads(s.Cluster, s.Cluster.Worker)},
	}
	for i := range readers {
		r := &readers[i]
		if len(r.reads) == 0 {
			continue
		}
		d, err := c.Client.AppsV1().Deployments(c.Namespace).Get(ctx, r.deployment, metav1.GetOptions{})
		if err == nil {
			r.there, r.had = true, manifests.ReadVersions(d.Spec.Template.Annotations)
		} else if !apierrors.IsNotFound(err) {
			return nil, fmt.Errorf("reading Deployment %s: %w", r.deployment, kubeapi.Explain(err))
		}
	}
	return readers, nil
}

// version is what the object is now; empty if it does not exist.
func (m *metadataReader) version(ctx context.Context, r manifests.Read) (string, error) {
	o, err := m.get(ctx, r.Kind, r.Name)
	if apierrors.IsNotFound(err) {
		return "", nil // its pods say so
	}
	if err != nil {
		return "", fmt.Errorf("reading the version of %s: %w", r, err)
	}
	return o.ResourceVersion, nil
}

// versions are the versions to put on the pods. An object that may not be read keeps its old
// version, so that no pods restart for it. Notes say so, and which pods restart.
func (c *Cluster) versions(ctx context.Context, exp *experiment.Experiment, meta *metadataReader) (versions map[manifests.Read]string, notes []string, err error) {
	readers, err := c.readers(ctx, exp)
	if err != nil {
		return nil, nil, err
	}
	versions = map[manifests.Read]string{}
	for _, from := range readers {
		for _, r := range from.reads {
			now, err := meta.version(ctx, r)
			had := from.had[r]
			switch {
			case kubeapi.Denied(err):
				now = had
				notes = append(notes, fmt.Sprintf("not checked: whether %s changed since the pods of Deployment %s started, since you may not get it; they are not restarted for it", r, from.deployment))
			case err != nil:
				return nil, nil, err
			case had != "" && had != now:
				notes = append(notes, fmt.Sprintf("Deployment %s restarts its pods: %s changed", from.deployment, r))
			}
			versions[r] = now
		}
	}
	return versions, notes, nil
}

// readFindings tell what has changed since the load's pods have read it.
func (c *Cluster) readFindings(ctx context.Context, exp *experiment.Experiment, meta *metadataReader) (found preflight.Findings) {
	readers, err := c.readers(ctx, exp)
	if err != nil {
		return nil // the Deployments have a finding of their own
	}
	for _, from := range readers {
		if !from.there {
			continue
		}
		for _, r := range from.reads {
			now, err := meta.version(ctx, r)
			if f := from.judge(r, now, err); f.Text != "" {
				found = append(found, f)
			}
		}
	}
	return found
}

// judge compares what pods have read with what there is now.
func (from reader) judge(r manifests.Read, now string, err error) preflight.Finding {
	f := preflight.Finding{Object: r.String()}
	unknown := fmt.Sprintf("cannot tell whether %s changed since the pods of Deployment %s started: ", r, from.deployment)
	switch had := from.had[r]; {
	case err != nil:
		f.Text = unknown + err.Error()
	case had == "":
		f.Text = unknown + "what they read was not recorded"
		f.Next = "`swarmgrid deploy` records it"
	case now == "":
		f.Refusal, f.Text = true, fmt.Sprintf("%s was deleted after the pods of Deployment %s started", r, from.deployment)
	case had != now:
		f.Refusal, f.Text = true, fmt.Sprintf("%s changed since the pods of Deployment %s started; they still have the old content", r, from.deployment)
		f.Next = "run `swarmgrid deploy FILE`, which restarts them"
	}
	return f
}
