package cli

import (
	"slices"
	"strings"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/look"
)

// advice says what to do about failed requests, going by the first one that the target
// answered, or else by the first.
func advice(failed look.Answers, exp *experiment.Experiment) string {
	i := slices.IndexFunc(failed, func(r httpuser.Tried) bool { return r.Status > 0 })
	r := failed[max(i, 0)]
	switch {
	case r.Impatient:
		return "the look waits no longer, but the load does"
	case exp.LoadMatrix.Spec.Target.URL == "":
	case failure.BadCertificate(r.Failure):
		return "fix " + urlName(exp) + ", or have the certificate trusted: SSL_CERT_FILE names a file of trusted certificates"
	case failure.PlainPort(r.Failure):
		return "fix the scheme of " + urlName(exp) + ", which is https"
	case r.Status == 0 && !strings.Contains(r.Failure, "redirect"):
		return "start the target, or fix " + urlName(exp)
	}
	return "fix the target or " + loadName(exp)
}

// urlName is the target's URL for messages.
func urlName(exp *experiment.Experiment) string {
	if exp.Drafted {
		return "the URL"
	}
	return "spec.target.url"
}

// loadName is the load's file for messages.
func loadName(exp *experiment.Experiment) string {
	if exp.LoadTitle != "" {
		return "the request"
	}
	return orElse(exp.LoadPath, "the load")
}
