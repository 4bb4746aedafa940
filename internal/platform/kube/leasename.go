package kube

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// maxName is the longest name of a Lease.
const maxName = 253

// LeaseName names the Lease that is the lock on a target: for Deployment
// inference, "swarmgrid-deployment-inference".
func LeaseName(target v1alpha1.ScaleTargetRef) string {
	return shorten("swarmgrid-" + strings.ToLower(target.Kind) + "-" + target.Name)
}

// leaseName is LeaseName, or for a target of which only the URL is known, a name from its host.
func (c Config) leaseName() string {
	if c.Target != nil {
		return LeaseName(*c.Target)
	}
	host := c.TargetURL
	if u, err := url.Parse(c.TargetURL); err == nil && u.Host != "" {
		host = u.Host
	}
	return shorten("swarmgrid-url-" + strings.Trim(strings.Map(labelRune, strings.ToLower(host)), "-"))
}

func labelRune(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
		return r
	}
	return '-'
}

// shorten keeps a long name unique.
func shorten(name string) string {
	if len(name) <= maxName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	tail := "-" + hex.EncodeToString(sum[:8])
	return name[:maxName-len(tail)] + tail
}
