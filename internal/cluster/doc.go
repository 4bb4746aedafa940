// Package cluster implements the commands that change something in a cluster: deploy, submit
// and cleanup, with the preflight before them, and with the rights of the person who runs
// them. What is known of runs is internal/cluster/runs. The driver, whose rights are far
// smaller, is internal/driver. Nothing here prints.
package cluster
