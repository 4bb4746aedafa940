package kubeapi

import "k8s.io/apimachinery/pkg/util/resourceversion"

// Older compares two resource versions of one resource. What cannot be compared is not Older.
func Older(a, b string) bool {
	c, err := resourceversion.CompareResourceVersion(a, b)
	return err == nil && c < 0
}
