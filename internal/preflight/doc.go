// Package preflight finds what would make a run in a cluster fail, before it begins, and
// changes nothing. What it finds is one list: refusals, which would make the run fail,
// and notes, each with the object that it is about and what to do.
//
// Where the API server itself can be asked, it is: what deploy and submit would make, a
// pod of each template and the scaling to the largest scenario go through a server-side
// dry run, so that quotas, LimitRanges, Pod Security, policies and webhooks speak for
// themselves. A dry run judges one object at a time; how many of them fit into quotas
// and onto nodes is arithmetic. The target is looked at from where the load will come,
// and what a stand-in for that says is a refusal only where both ways are the same.
package preflight
