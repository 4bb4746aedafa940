package models

import "math"

// jacobian has, for each point, how its standardised residuals change with each parameter.
func (p *problem) jacobian(s solution) [][3]params {
	const step = 1e-5
	out := make([][3]params, len(p.points))
	for j := range s.at {
		up := s.at
		up[j] += step
		for i, r := range p.off(up) {
			for number := range r {
				out[i][number][j] = (r[number] - s.off[i][number]) / step
			}
		}
	}
	return out
}

// moved is at with a step, which is not believed beyond a factor of e.
func (at params) moved(by params) params {
	for i := range at {
		at[i] += min(max(by[i], -1), 1)
	}
	at[2] = min(max(at[2], 0), 1)
	return at
}

// add adds sign·Jᵀr.
func (at *params) add(rows [3]params, off residuals, sign float64) {
	for number, row := range rows {
		for j := range row {
			at[j] += sign * row[j] * off[number]
		}
	}
}

// normal is the matrix of the normal equations, JᵀJ.
type normal [3]params

func (n *normal) add(rows [3]params, sign float64) {
	for _, row := range rows {
		for i := range row {
			for j := range row {
				n[i][j] += sign * row[i] * row[j]
			}
		}
	}
}

// damped has a larger diagonal.
func (n normal) damped(by float64) normal {
	for i := range n {
		n[i][i] *= 1 + by
	}
	return n
}

// solve is x with n·x = right, by Cramer's rule; false if the points do not tell the
// parameters apart.
func (n normal) solve(right params) (params, bool) {
	det := n.det()
	// Rounding alone makes a determinant this large from parameters that cannot be told apart.
	if !(math.Abs(det) > 1e-12*n[0][0]*n[1][1]*n[2][2]) {
		return params{}, false
	}
	var x params
	for j := range x {
		m := n
		for i := range m {
			m[i][j] = right[i]
		}
		if x[j] = m.det() / det; math.IsNaN(x[j]) || math.IsInf(x[j], 0) {
			return params{}, false
		}
	}
	return x, true
}

func (n normal) det() float64 {
	return n[0][0]*(n[1][1]*n[2][2]-n[1][2]*n[2][1]) -
		n[0][1]*(n[1][0]*n[2][2]-n[1][2]*n[2][0]) +
		n[0][2]*(n[1][0]*n[2][1]-n[1][1]*n[2][0])
}

// predictions are how far each cell is off, in rate and p95, when the queue is fitted without
// it. One step of Gauss and Newton from the fit to all takes the place of a new fit.
func (p *problem) predictions(s solution) (rates, p95s []float64) {
	rows := p.jacobian(s)
	var all normal
	for _, r := range rows {
		all.add(r, 1)
	}
	for i := 0; i < len(p.points); {
		first, without, right := i, all, params{}
		for ; i < len(p.points) && p.points[i].cell() == p.points[first].cell(); i++ {
			without.add(rows[i], -1)
			right.add(rows[i], s.off[i], 1)
		}
		// The damping holds what the others do not tell where it is.
		by, ok := without.damped(1e-6).solve(right)
		if !ok {
			continue
		}
		e := p.queue(s.at.moved(by)).At(p.points[first].Replicas, p.points[first].Users)
		r := residualsOf(p.points[first], e)
		rates, p95s = append(rates, math.Abs(r[0])), append(p95s, math.Abs(r[2]))
	}
	return rates, p95s
}
