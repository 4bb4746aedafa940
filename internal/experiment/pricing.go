package experiment

import (
	"regexp"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// maxPodHour only tells a price from a slip.
const maxPodHour = 1e6

// currencyCode is what ISO 4217 codes look like.
var currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)

// validatePricing wants both fields: a price without its currency is read as another.
func (d *document) validatePricing(s v1alpha1.LoadMatrixSpec) {
	p := s.Pricing
	if p == nil {
		return
	}
	if !scalable(s.Target) {
		d.addf("spec.pricing", "is about the replicas of the target, and how many are behind target.url is not known; leave it out")
	}
	if !(p.PodHour > 0 && p.PodHour <= maxPodHour) { // nor NaN
		d.addf("spec.pricing.podHour", "is %v, must be what a replica costs in an hour: more than 0, at most %d", p.PodHour, int(maxPodHour))
	}
	if !currencyCode.MatchString(p.Currency) {
		d.addf("spec.pricing.currency", "is %q, must be a code of three capitals, as in EUR", p.Currency)
	}
}
