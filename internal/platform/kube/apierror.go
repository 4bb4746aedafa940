package kube

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/swarmgrid/swarmgrid/internal/platform"
)

// hopeless tells whether an answer of the API server will stay the same: a right
// that is missing, an object that does not exist, a request that makes no sense.
func hopeless(err error) bool {
	return forbidden(err) && !warmingUp(err) || apierrors.IsNotFound(err) ||
		apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsMethodNotSupported(err)
}

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

// forbidden tells whether a right is missing.
func forbidden(err error) bool { return apierrors.IsForbidden(err) }

// permanent marks what trying again cannot mend.
func permanent(err error) error {
	var already *platform.PermanentError
	if err == nil || errors.As(err, &already) || !hopeless(err) {
		return err
	}
	return &platform.PermanentError{Err: err}
}

// NoAnswer tells an API server, or a network, that gave no answer from one that
// said no.
func NoAnswer(err error) bool {
	var status apierrors.APIStatus
	return errors.As(err, &status) && !hopeless(err) || Unreachable(err)
}
