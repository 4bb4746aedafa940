// Command coredns is CoreDNS with only the plugins that the test cluster's
// Corefile names: the stock binary links the clients of three clouds and takes
// four times as long to build.
package main

import (
	"github.com/coredns/coredns/coremain"

	_ "github.com/coredns/coredns/plugin/bind"        // the address to listen at
	_ "github.com/coredns/coredns/plugin/cache"       // as clusters have it
	_ "github.com/coredns/coredns/plugin/errors"      // say what went wrong
	_ "github.com/coredns/coredns/plugin/health"      // the liveness probe
	_ "github.com/coredns/coredns/plugin/kubernetes"  // names of Services and pods
	_ "github.com/coredns/coredns/plugin/loadbalance" // shuffle the answers
	_ "github.com/coredns/coredns/plugin/ready"       // the readiness probe
)

func main() { coremain.Run() }
