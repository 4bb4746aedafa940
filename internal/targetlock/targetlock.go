// Package targetlock names the Lease that locks a target and reads its state. Acquiring and
// renewing it, and restoring a target from it, is platform/kube's.
package targetlock

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// The annotations of the Lease.
const (
	// AnnotationRestore is what must be restored, as platform/kube encodes it.
	AnnotationRestore = "swarmgrid.dev/restore"
	// AnnotationHolder is where the holder is: platform.Holder.Detail.
	AnnotationHolder = "swarmgrid.dev/holder"
	// AnnotationSession tells two processes of one run apart.
	AnnotationSession = "swarmgrid.dev/session"
	// AnnotationCreated marks a Lease that a run has created, and so deletes again.
	AnnotationCreated = "swarmgrid.dev/created"
)

// maxName is the longest name of an object.
const maxName = 253

// Name is the name of a target's Lease: one per object or address, however that is spelled
// and whichever experiment loads it. For Deployment inference it is
// "swarmgrid-deployment-inference".
func Name(t v1alpha1.Target) string {
	if ref := t.ScaleTargetRef; ref != nil {
		return Shorten("swarmgrid-" + strings.ToLower(ref.Kind) + "-" + ref.Name)
	}
	host := t.URL
	if u, err := url.Parse(experiment.LoadedURL(t.URL)); err == nil && u.Host != "" {
		host = u.Host
	}
	return Shorten("swarmgrid-url-" + strings.Trim(strings.Map(nameRune, strings.ToLower(host)), "-"))
}

// Shorten cuts a name to the length that an object's name may have and keeps it unique.
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

// Holder is the holder of the Lease; empty if nobody holds it.
func Holder(lease *coordinationv1.Lease) platform.Holder {
	h := platform.Holder{Detail: lease.Annotations[AnnotationHolder]}
	if lease.Spec.HolderIdentity != nil {
		h.Run = *lease.Spec.HolderIdentity
	}
	return h
}

// Expired tells whether a Lease has expired by our clock. Without a duration in its spec it
// lasts for fallback.
func Expired(lease *coordinationv1.Lease, fallback time.Duration) bool {
	return lease.Spec.RenewTime == nil || time.Since(lease.Spec.RenewTime.Time) >= Duration(lease, fallback)
}

// Duration is how long a Lease lasts after its last renewal.
func Duration(lease *coordinationv1.Lease, fallback time.Duration) time.Duration {
	if lease.Spec.LeaseDurationSeconds == nil {
		return fallback
	}
	return time.Duration(*lease.Spec.LeaseDurationSeconds) * time.Second
}
