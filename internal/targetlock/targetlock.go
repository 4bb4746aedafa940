// Package targetlock is what everybody knows of the Lease that locks a target: how it is
// called and what it says. Taking it, renewing it and restoring by it is platform/kube's.
package targetlock

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/platform"
	"github.com/swarmgrid/swarmgrid/internal/spec"
)

// The annotations of the Lease.
const (
	// AnnotationRestore is what must be put back, as platform/kube writes it.
	AnnotationRestore = "swarmgrid.dev/restore"
	// AnnotationHolder is where the holder is: platform.Holder.Detail.
	AnnotationHolder = "swarmgrid.dev/holder"
	// AnnotationSession tells two processes of one run apart.
	AnnotationSession = "swarmgrid.dev/session"
	// AnnotationCreated marks a Lease that a run has made, and so takes away again.
	AnnotationCreated = "swarmgrid.dev/created"
)

// maxName is the longest name of an object.
const maxName = 253

// Name is the Lease of a target, one per object or address, however that is spelled and
// whichever experiment loads it: for Deployment inference, "swarmgrid-deployment-inference".
func Name(t v1alpha1.Target) string {
	if ref := t.ScaleTargetRef; ref != nil {
		return Shorten("swarmgrid-" + strings.ToLower(ref.Kind) + "-" + ref.Name)
	}
	host := t.URL
	if u, err := url.Parse(spec.LoadedURL(t.URL)); err == nil && u.Host != "" {
		host = u.Host
	}
	return Shorten("swarmgrid-url-" + strings.Trim(strings.Map(nameRune, strings.ToLower(host)), "-"))
}

// Shorten makes a name fit for an object, and keeps a long one unique.
func Shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	tail := "-" + hex.EncodeToString(sum[:8])
	return name[:maxName-len(tail)] + tail
}

func nameRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// Holder is who has the target; empty when nobody has.
func Holder(lease *coordinationv1.Lease) platform.Holder {
	h := platform.Holder{Detail: lease.Annotations[AnnotationHolder]}
	if lease.Spec.HolderIdentity != nil {
		h.Run = *lease.Spec.HolderIdentity
	}
	return h
}

// Expired tells whether a Lease has run out by our clock. A Lease without a duration of
// its own lasts for fallback.
func Expired(lease *coordinationv1.Lease, fallback time.Duration) bool {
	return lease.Spec.RenewTime == nil || time.Since(lease.Spec.RenewTime.Time) >= Duration(lease, fallback)
}

// Duration is how long a Lease outlives its last renewal.
func Duration(lease *coordinationv1.Lease, fallback time.Duration) time.Duration {
	if lease.Spec.LeaseDurationSeconds == nil {
		return fallback
	}
	return time.Duration(*lease.Spec.LeaseDurationSeconds) * time.Second
}
