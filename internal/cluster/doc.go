// Package cluster implements the commands for a cluster: deploy, submit, monitor, results
// and cleanup, with the rights of the person who runs them. The driver, whose rights are
// far smaller, is internal/driver; this package only reads what a driver writes. Nothing
// here prints.
package cluster
