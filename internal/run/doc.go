// Package run is the campaign: it measures the scenarios of an experiment one after the
// other and journals each attempt before it goes on. It knows the world only through
// platform.Platform, the Locust web API (internal/locust) and Store, prints nothing and
// never changes a number.
//
// To read it, follow one run from the top:
//
//   - campaign.go takes the target, prepares, and gives the target back; open.go begins
//     or continues the journal;
//   - scenario.go is the loop: ask the strategy for a scenario (strategy.go), cool down,
//     make an attempt, journal its record;
//   - attempt.go is one attempt: take the steps, conclude, stop the load, prove the window;
//   - steps.go is the recipe: the steps in order, with their limits. A step observes, does
//     one thing, and says done, again or failed (step.go);
//   - generator.go owns the load generator, which outlives attempts: its master and its
//     workers (workers.go), and starting and stopping a load (load.go);
//   - measure.go is the window: measureslices.go with our workers, measuretotals.go with
//     Python's.
//
// Whether a window counts is for package validity to say, which is handed what is observed
// here: by measure.go; by balancer.go, of the platform's balancer; by targetusage.go and
// targetshares.go, of the target's replicas. What a failure means for the rest of the run
// is in endsrun.go; what failed requests say of the target is in failures.go and outage.go,
// read by readfailures.go; what user code raised, in exceptions.go.
package run
