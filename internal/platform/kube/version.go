package kube

import "k8s.io/apimachinery/pkg/util/resourceversion"

// older compares two resource versions of one resource. What cannot be compared is not older.
func older(a, b string) bool {
	c, err := resourceversion.CompareResourceVersion(a, b)
	return err == nil && c < 0
}
