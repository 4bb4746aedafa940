// Package flow is what can be known of a load by the reports of its workers alone, where a
// master has totals and no one-second slices: when reports come round, where in time a
// window can begin and end without cutting one, how far the totals of a moment reach,
// and which reports came so late that their worker had stood still. It is arithmetic:
// time comes in with the looks.
package flow
