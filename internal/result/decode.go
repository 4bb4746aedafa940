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

func (d *decoder) add(text []byte, number int) error {
	kind, body, err := split(text)
	if err != nil {
		return err
	}
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
		return d.record(body)
	case kindUpgrade, kindSLO, kindScenarios, kindEnd:
		return d.amendment(kind, body)
	}
	return newerError{fmt.Errorf("is of a kind that this program does not know, %q; use the release that wrote it (%s or newer)", kind, d.version)}
}

// split takes a line apart into its kind and its body. A reader may ignore what it does not
// know inside a body, but never an unknown kind.
func split(text []byte) (kind string, body json.RawMessage, err error) {
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(text, &parts); err != nil {
		return "", nil, err
	}
	if len(parts) != 1 {
		return "", nil, fmt.Errorf("has %d kinds, must have one", len(parts))
	}
	for k, b := range parts {
		kind, body = k, b
	}
	return kind, body, nil
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

func (d *decoder) record(body []byte) error {
	var r Record
	if err := json.Unmarshal(body, &r); err != nil {
		return err
	}
	if err := d.ledger.checkRecord(r); err != nil {
		return err
	}
	d.ledger.record(r)
	d.run.Records = append(d.run.Records, r)
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
