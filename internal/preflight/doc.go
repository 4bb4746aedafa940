// Package preflight finds what would make a run in a cluster fail, before it begins, and
// changes nothing. What it finds is one list: refusals, which would make the run fail,
// and notes, each with the object that it is about and what to do.
//
// Whatever the API server can judge, it judges: the objects of deploy and submit, a pod of
// each template and the scaling to the largest scenario are sent as server-side dry runs, so
// that quotas, LimitRanges, Pod Security, policies and webhooks apply. A dry run covers one
// object at a time; how many fit into quotas and onto nodes is computed here. The target is
// tried from where the load will come from; a failure seen from elsewhere is a refusal only
// if the load would certainly meet it, too.
package preflight
