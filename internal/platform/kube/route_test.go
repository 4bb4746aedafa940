package kube

import (
	"testing"
	"testing/synctest"
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestRoute: what leaves a Service, by whatever way, is waited for; what joins it is not.
func TestRoute(t *testing.T) {
	slice := func(ready map[string]bool) metav1.Object {
		s := &discoveryv1.EndpointSlice{}
		for address, ok := range ready {
			s.Endpoints = append(s.Endpoints, discoveryv1.Endpoint{Addresses: []string{address}, Conditions: discoveryv1.EndpointConditions{Ready: &ok}})
		}
		return s
	}
	both := slice(map[string]bool{"10.0.0.1": true, "10.0.0.2": true})
	for name, tt := range map[string]struct {
		before, after metav1.Object
		left          bool
	}{
		"the first list":      {after: both},
		"one joins":           {before: slice(map[string]bool{"10.0.0.1": true}), after: both},
		"one gets ready":      {before: slice(map[string]bool{"10.0.0.1": true, "10.0.0.2": false}), after: both},
		"nothing changes":     {before: both, after: both},
		"one is ending":       {before: both, after: slice(map[string]bool{"10.0.0.1": true, "10.0.0.2": false}), left: true},
		"one is gone":         {before: both, after: slice(map[string]bool{"10.0.0.1": true}), left: true},
		"the slice is gone":   {before: both, left: true},
		"one was not ready":   {before: slice(map[string]bool{"10.0.0.1": true, "10.0.0.2": false}), after: slice(map[string]bool{"10.0.0.1": true})},
		"one takes its place": {before: slice(map[string]bool{"10.0.0.1": true}), after: slice(map[string]bool{"10.0.0.2": true}), left: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := &observer{}
				w.route(tt.before, tt.after, false)
				if left := w.left.Equal(time.Now()); left != tt.left {
					t.Errorf("it was noted: %v", left)
				}
			})
		})
	}
}
