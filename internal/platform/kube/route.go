package kube

import (
	"time"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// routeGrace is how long the nodes have to learn that a replica left the Service. A
// kube-proxy applies changes once a second by default, and later when it is busy. Until
// then a new connection may be sent to a pod that is gone, where it hangs: a user would
// wait for nothing, and the target would be blamed for it.
const routeGrace = 3 * time.Second

// route notes when the Service stops sending to a replica.
func (w *observer) route(before, after metav1.Object, _ bool) {
	if !anyLeft(before, after) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left = time.Now()
}

// anyLeft tells whether an address that received traffic no longer does.
func anyLeft(before, after metav1.Object) bool {
	still := readyAddresses(after)
	for address := range readyAddresses(before) {
		if !still[address] {
			return true
		}
	}
	return false
}

func readyAddresses(object metav1.Object) map[string]bool {
	slice, ok := object.(*discoveryv1.EndpointSlice)
	if !ok {
		return nil
	}
	found := map[string]bool{}
	for _, e := range slice.Endpoints {
		if !receives(e) {
			continue
		}
		for _, address := range e.Addresses {
			found[address] = true
		}
	}
	return found
}

// receives tells whether the Service sends to an endpoint; one that does not say is ready.
func receives(e discoveryv1.Endpoint) bool {
	return e.Conditions.Ready == nil || *e.Conditions.Ready
}
