package interval

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mathext"
)

func TestStudent(t *testing.T) {
	const nu = Batches - 1
	x := mathext.InvRegIncBeta(nu/2., .5, 1-confidence)
	if want := math.Sqrt(nu * (1 - x) / x); math.Abs(student-want) > 1e-14 {
		t.Errorf("student is %v, want %v", student, want)
	}
}
