package kubeapi

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// TestClassesOfErrors holds every answer to its class, whoever asks.
func TestClassesOfErrors(t *testing.T) {
	leases := schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"}
	missing := errors.New(`User "u" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "n"`)
	starting := errors.New(`User "u" cannot get resource "leases": RBAC: role.rbac.authorization.k8s.io "locust-driver-role" not found`)
	const soon, later = time.Second, time.Minute
	for _, tt := range []struct {
		name                        string
		err                         error
		permanent, denied, noAnswer bool
		// soonPermanent and laterPermanent are PermanentSince, shortly and long after the first try.
		soonPermanent, laterPermanent bool
	}{
		{name: "a missing right", err: apierrors.NewForbidden(leases, "x", missing), permanent: true, denied: true, laterPermanent: true},
		{name: "a server that has just started", err: apierrors.NewForbidden(leases, "x", starting), denied: true, noAnswer: true, laterPermanent: true},
		{name: "a token that is not accepted", err: apierrors.NewUnauthorized("no"), denied: true, noAnswer: true, laterPermanent: true},
		{name: "no such object", err: apierrors.NewNotFound(leases, "x"), permanent: true, soonPermanent: true, laterPermanent: true},
		{name: "there already", err: apierrors.NewAlreadyExists(leases, "x"), permanent: true, soonPermanent: true, laterPermanent: true},
		{name: "nonsense", err: apierrors.NewBadRequest("no"), permanent: true, soonPermanent: true, laterPermanent: true},
		{name: "invalid", err: apierrors.NewInvalid(schema.GroupKind{Kind: "Lease"}, "x", nil), permanent: true, soonPermanent: true, laterPermanent: true},
		{name: "too large", err: apierrors.NewRequestEntityTooLargeError("no"), permanent: true, soonPermanent: true, laterPermanent: true},
		{name: "no such verb", err: apierrors.NewMethodNotSupported(leases, "patch"), permanent: true, soonPermanent: true, laterPermanent: true},
		{name: "a conflict", err: apierrors.NewConflict(leases, "x", errors.New("changed")), noAnswer: true},
		{name: "a busy server", err: apierrors.NewTooManyRequests("later", 1), noAnswer: true},
		{name: "a server's own trouble", err: apierrors.NewInternalError(io.EOF), noAnswer: true},
		{name: "a connection that broke", err: io.ErrUnexpectedEOF, noAnswer: true},
		{name: "a deadline", err: context.DeadlineExceeded, noAnswer: true},
		{name: "our own", err: errors.New("no")},
	} {
		got := []bool{Permanent(tt.err), Denied(tt.err), NoAnswer(tt.err), PermanentSince(tt.err, time.Now().Add(-soon)), PermanentSince(tt.err, time.Now().Add(-later))}
		for i, want := range []bool{tt.permanent, tt.denied, tt.noAnswer, tt.soonPermanent, tt.laterPermanent} {
			if got[i] != want {
				t.Errorf("%s: %s is %t", tt.name, []string{"Permanent", "Denied", "NoAnswer", "PermanentSince, soon", "PermanentSince, later"}[i], got[i])
			}
		}
	}
}
