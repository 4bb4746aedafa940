package interval

import (
	"math"

	"gonum.org/v1/gonum/mathext"
)

// student is how many standard errors an interval reaches to either side when the error
// itself was estimated with so many degrees of freedom: a quantile of Student's t.
func student(freedom int, confidence float64) float64 {
	nu := float64(freedom)
	x := mathext.InvRegIncBeta(nu/2, .5, 1-confidence)
	return math.Sqrt(nu * (1 - x) / x)
}
