// Package models says what measured cells of replicas × users suggest about others: bounds
// by the operational laws ([BoundsOf]), a closed queue fitted to them ([FitQueues]), and how
// rates grow with replicas or users ([FitScaling]). It is pure and deterministic. Times are in
// seconds and rates per second.
//
// What a model says is advice and never a measurement: [Adequacy] says how far to trust a
// fitted queue (docs/method.md, "Models").
package models
