package kube

import (
	"errors"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

func TestHopeless(t *testing.T) {
	leases := schema.GroupResource{Group: "coordination.k8s.io", Resource: "leases"}
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"a missing right", apierrors.NewForbidden(leases, "x", errors.New(`User "u" cannot get resource "leases" in API group "coordination.k8s.io" in the namespace "n"`)), true},
		{"a server that has just started", apierrors.NewForbidden(leases, "x", errors.New(`User "u" cannot get resource "leases": RBAC: role.rbac.authorization.k8s.io "locust-driver-role" not found`)), false},
		{"no such object", apierrors.NewNotFound(leases, "x"), true},
		{"a busy server", apierrors.NewTooManyRequests("later", 1), false},
	}
	for _, tt := range tests {
		if got := hopeless(tt.err); got != tt.want {
			t.Errorf("%s: hopeless = %v", tt.name, got)
		}
	}
}
