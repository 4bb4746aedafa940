package kubeapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// Permanent tells whether the API server's answer will stay the same, so that asking again is
// pointless: the object does not exist, or exists already; the request makes no sense, is
// too large, or names a verb that the object does not know; a right is missing. These
// are not permanent:
//   - a conflict, since the object has to be read again and the call then succeeds;
//   - a server that is away, too busy, starting or shutting down (5xx, 429, timeouts);
//   - 401, since the caller's token may be renewed meanwhile, or whoever checks tokens
//     for the server may be away. Denied has it, for callers who wait only so long;
//   - a right that is missing because the server has not read its Roles yet.
func Permanent(err error) bool {
	return apierrors.IsForbidden(err) && !warmingUp(err) || apierrors.IsNotFound(err) || apierrors.IsAlreadyExists(err) ||
		apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsRequestEntityTooLargeError(err) || apierrors.IsMethodNotSupported(err)
}

// Denied tells whether the server does not let the caller do it, which another process
// with the same account could not do either. A server that has just started may say so
// for a moment: whoever acts on it asks twice, or waits (PermanentSince).
func Denied(err error) bool { return apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) }

// warmingUp tells a server that has just started and does not know the Roles yet
// from a right that is missing: its authorizer adds which Roles it did not find.
func warmingUp(err error) bool {
	_, why, has := strings.Cut(err.Error(), "RBAC: ")
	return has && strings.Contains(why, "not found")
}

// Unreachable tells whether an error is the network's: there was no answer at all, or
// a part of one.
func Unreachable(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, context.DeadlineExceeded)
}

// NoAnswer tells whether an API server, or the network, gave no answer to the question,
// neither yes nor no.
func NoAnswer(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && !Permanent(err) || Unreachable(err)
}

// AsPermanent marks an error as platform.PermanentError if it is one.
func AsPermanent(err error) error {
	var already *platform.PermanentError
	if err == nil || errors.As(err, &already) || !Permanent(err) {
		return err
	}
	return &platform.PermanentError{Err: err}
}

// AdmissionNotReady recognizes rejections that only say that admission itself is not ready
// (Kubernetes: plugin/pkg/admission; apiserver/pkg/admission/plugin/resourcequota).
func AdmissionNotReady(rejection string) bool {
	return strings.Contains(rejection, "not yet ready to handle request") || strings.Contains(rejection, "status unknown for quota")
}

// Explain adds the next step for a person where there is one.
func Explain(err error) error {
	switch {
	case apierrors.IsNotFound(err):
		return fmt.Errorf("%w; run `swarmgrid deploy FILE` first", err)
	case Denied(err):
		return fmt.Errorf("%w; docs/kubernetes.md lists the rights that are needed", err)
	}
	return err
}
