package kube

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// hopeless tells whether an answer of the API server will stay the same: a right
// that is missing, an object that does not exist, a request that makes no sense.
func hopeless(err error) bool {
	return apierrors.IsForbidden(err) || apierrors.IsNotFound(err) ||
		apierrors.IsInvalid(err) || apierrors.IsBadRequest(err) || apierrors.IsMethodNotSupported(err)
}

// forbidden tells whether a right is missing.
func forbidden(err error) bool { return apierrors.IsForbidden(err) }
