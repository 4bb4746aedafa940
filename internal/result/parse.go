package result

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime"
	"sync"
)

// parsed is one line of a journal, taken apart.
type parsed struct {
	kind string
	body json.RawMessage
	// err says why the line cannot be taken apart.
	err error
	// record is that of a record's line, recordErr why it cannot be read.
	record    *Record
	recordErr error
}

// parseAll takes lines apart on all processors: reading records is most of what a report of a
// large run takes. What follows what is the ledger's, and looked at in order.
func parseAll(lines [][]byte) []parsed {
	out := make([]parsed, len(lines))
	parts := min(runtime.GOMAXPROCS(0), len(lines))
	var wait sync.WaitGroup
	for part := range parts {
		wait.Go(func() {
			for i := part; i < len(lines); i += parts {
				out[i] = parse(lines[i])
			}
		})
	}
	wait.Wait()
	return out
}

func parse(text []byte) parsed {
	if body, ok := onlyRecord(text); ok {
		var r Record
		if json.Unmarshal(body, &r) == nil {
			return parsed{kind: kindRecord, record: &r}
		}
	}
	kind, body, err := split(text)
	p := parsed{kind: kind, body: body, err: err}
	if err == nil && kind == kindRecord {
		p.record = &Record{}
		p.recordErr = json.Unmarshal(body, p.record)
	}
	return p
}

// onlyRecord is the body of a line that looks like a record's as EncodeRecord writes it. It is
// one if the body is JSON: then there is no other kind beside it.
func onlyRecord(text []byte) (body []byte, ok bool) {
	body, begins := bytes.CutPrefix(text, []byte(`{"`+kindRecord+`":`))
	body, ends := bytes.CutSuffix(body, []byte("}"))
	return body, begins && ends
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
