package validity

import "slices"

// Check is one thing that is watched in every window. Several rules may belong to it.
type Check struct {
	// ID is kept for ever: V for what can make an attempt INVALID, but V11 and V12, which cannot
	// tell how much of a number is theirs; W for what never does.
	ID string
	// Wants is what a sound window keeps, Remedy what to do about one that does not.
	Wants, Remedy string
}

// Checks are all of them, in the order of their ids. Of the numbers of the method that are
// missing here docs/running.md says why.
func Checks() []Check {
	return []Check{
		{
			"V2", "the load was the planned one: so many users, and running; and its rate and times go with what was under way",
			"look for users that ended in the logs of the master and the workers, and leave a load that Swarmgrid drives to it alone; if rate and times do not go together, report it with the run's folder",
		},
		{
			"V3", "the load workers had processor time to spare",
			"use more workers, on more processors, or give each a higher CPU limit",
		},
		{
			"V4", "the load workers ran all the time",
			"give them more processor time, or their machine less to do; more workers, if it is their garbage collector",
		},
		{
			"V6", "the load workers could send every request",
			"use more workers, raise the limit on open files, or see to it that the target's name can be resolved",
		},
		{
			"V7", "every worker took part from beginning to end, and all that it measured arrived",
			"see why in the logs of the master and the workers (memory, evictions, the network between them); --resume measures again",
		},
		{
			"V8", "the users of every load worker made as many requests as those of the others",
			"see whether its machine is slower or busier than the others', or whether its users are on a slower replica",
		},
		{
			"V9", "the target was the planned one, and ready, from beginning to end",
			"see why in the target's log and events; pause whatever else changes it (autoscalers, deployments) for the run",
		},
		{
			"V10", "the load workers' own delay was small against the latency that the SLO bounds",
			"give their machine less to do, or more processors; if it is idle, the bound is too low for it",
		},
		{
			"V11", "the target was in a steady state",
			"where it gets faster, settle for longer; where it gets slower, see what grows in it (queues, memory, data), and measure longer",
		},
		{
			"V12", "no load worker ran on a node with a replica of the target",
			"keep them apart: node selectors or anti-affinity of the workers, or a node for them alone",
		},
		{
			"V13", "what counts as a success is the answer that was asked for, as far as redirects show",
			"see with plan --try where they lead; give the task the address that is meant, or its expect.status (--expect) if the redirect is",
		},
		{
			"V14", "requests completed",
			"see in the target's log whether it answers at all, and in the workers' log whether the users send",
		},
		{
			"V15", "the balancer in front of a local target ran all the time, and could take and pass on every connection",
			"raise the limit on open files, give the machine less to do, or measure with fewer users",
		},
		{
			"V16", "every replica took part",
			"use more users than replicas, turn session affinity off, or have the target close connections now and then",
		},
		{
			"W1", "the replicas had equal shares of the load",
			"use more users, have the target close connections now and then, or balance by the request",
		},
		{
			"W2", "the target was not held up by its CPU limit",
			"raise the target's CPU limit, if it is not what you want to measure",
		},
		{
			"W3", "tasks and kinds of failure were kept apart",
			"give requests that differ by an id only one name in the swarmfile",
		},
		{
			"W4", "every request was sent once",
			"have the target keep idle connections for longer than users think",
		},
		{
			"W5", "percentiles have three digits",
			"use engine swarm, or see docs/locust.md on what Python Locust cannot tell",
		},
		{
			"W6", "the window's edges are exact",
			"measure longer, or use Swarmgrid's own master",
		},
		{
			"W7", "the window was as long as planned",
			"let the run go on until it ends; --resume measures again what was cut short",
		},
	}
}

// Remedy is what to do about a finding of a check; empty for one that this program does not
// know, which a newer one has found.
func Remedy(id string) string {
	all := Checks()
	if i := slices.IndexFunc(all, func(c Check) bool { return c.ID == id }); i >= 0 {
		return all[i].Remedy
	}
	return ""
}
