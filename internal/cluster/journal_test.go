package cluster

import (
	"bytes"
	"compress/gzip"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/driver"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"

	"github.com/swarmgrid/swarmgrid/internal/matrix"
	"github.com/swarmgrid/swarmgrid/internal/result"
)

// testHeader begins the journal of a run with one scenario.
func testHeader(run string) result.Header {
	return result.Header{
		Format: result.Format, RunID: run, Created: time.Unix(1_800_000_000, 0).UTC(), Name: "it", Order: []int{0},
		Keys: []matrix.Key{{Scenario: matrix.Scenario{Replicas: 1, Workers: 1, Users: 10}, Round: 1}},
	}
}

// testRecord is the only record of such a run.
func testRecord(h result.Header) result.Record {
	return result.Record{Key: h.Keys[0], Role: result.RoleGrid, Attempt: 1, Terminal: true, Status: result.Invalid, Reasons: []string{"a test"}, Measured: &result.Measured{Duration: 1}}
}

// driverOf is the driver in a pod of a run.
func driverOf(c *Cluster, exp *experiment.Experiment, self driver.Self) *driver.Driver {
	return driver.New(driver.NewAPI(c.Client, c.Namespace), kubeapi.Config{}, exp, self)
}

// packed is a text as a ConfigMap of a journal has it.
func packed(text []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write(text)
	_ = w.Close()
	return b.Bytes()
}
