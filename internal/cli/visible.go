package cli

import (
	"bytes"
	"fmt"
	"io"
	"unicode"
	"unicode/utf8"
)

// visible shows control characters instead of sending them: names and texts come from
// workers, servers and clusters, and a terminal would obey them. It writes them as in a JSON
// string, so that JSON stays JSON.
type visible struct{ to io.Writer }

// Write implements io.Writer.
func (v visible) Write(p []byte) (int, error) {
	if _, err := v.to.Write(shown(p)); err != nil {
		return 0, err
	}
	return len(p), nil
}

// obeyed is the writer on which control characters take effect, for what draws on a terminal.
func obeyed(w io.Writer) io.Writer {
	if v, ok := w.(visible); ok {
		return v.to
	}
	return w
}

func shown(p []byte) []byte {
	if bytes.IndexFunc(p, commands) < 0 {
		return p
	}
	var out bytes.Buffer
	for len(p) > 0 {
		r, n := utf8.DecodeRune(p)
		if commands(r) {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.Write(p[:n])
		}
		p = p[n:]
	}
	return out.Bytes()
}

// commands tells whether a terminal acts on a character, or it changes the direction of text.
func commands(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}
