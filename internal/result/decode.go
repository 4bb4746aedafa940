package result

import (
	"encoding/json"
	"errors"
	"fmt"
)

// decoder reads a journal line by line.
type decoder struct {
	run    *Run
	ledger Ledger
	// version is the newest program's that is known to have written in it.
	version string
}

// kinds are the lines that this program knows. Which of them a journal may have
// depends on its format; the ledger tells.
const (
	kindHeader    = "header"
	kindRecord    = "record"
	kindUpgrade   = "upgrade"
	kindSLO       = "slo"
	kindScenarios = "scenarios"
	kindEnd       = "end"
)

func (d *decoder) add(p parsed, number int) error {
	if p.err != nil {
		return p.err
	}
	kind, body := p.kind, p.body
	switch {
	case number == 1 && kind != kindHeader:
		return errors.New("is not a header")
	case number > 1 && kind == kindHeader:
		return errors.New("is a second header")
	}
	switch kind {
	case kindHeader:
		return d.header(body)
	case kindRecord:
		return d.record(p)
	case kindUpgrade, kindSLO, kindScenarios, kindEnd:
		return d.amendment(kind, body)
	}
	return newerError{fmt.Errorf("is of a kind that this program does not know, %q; use the release that wrote it (%s or newer)", kind, d.version)}
}

func (d *decoder) header(body []byte) error {
	var h Header
	if err := json.Unmarshal(body, &h); err != nil {
		return err
	}
	if err := checkHeader(h); err != nil {
		return err
	}
	d.run.Header, d.version = h, h.Version
	d.ledger.begin(h)
	return nil
}

func (d *decoder) record(p parsed) error {
	if p.recordErr != nil {
		return p.recordErr
	}
	if err := d.ledger.checkRecord(*p.record); err != nil {
		return err
	}
	d.ledger.record(*p.record)
	d.run.Records = append(d.run.Records, *p.record)
	return nil
}

func (d *decoder) amendment(kind string, body []byte) error {
	a := Amendment{After: len(d.run.Records)}
	var err error
	switch kind {
	case kindUpgrade:
		err = json.Unmarshal(body, &a.Upgrade)
	case kindSLO:
		err = json.Unmarshal(body, &a.SLO)
	case kindScenarios:
		err = json.Unmarshal(body, &a.Scenarios)
	case kindEnd:
		err = json.Unmarshal(body, &a.End)
	}
	if err == nil {
		err = a.check() // null is nothing
	}
	if err == nil {
		err = d.ledger.checkAmendment(a)
	}
	if err != nil {
		return err
	}
	d.ledger.amend(a)
	d.run.Amendments, d.version = append(d.run.Amendments, a), a.version()
	return nil
}
