package locust

import (
	"bytes"
	"encoding/csv"
	"io"
)

// WriteCSV writes records as Locust's master does: lines end in CR LF, and line breaks
// inside cells stay as they are. csv.Writer's UseCRLF would change those.
func WriteCSV(w io.Writer, records [][]string) error {
	for _, record := range records {
		var line bytes.Buffer
		out := csv.NewWriter(&line)
		_ = out.Write(record) // writing to a buffer cannot fail
		out.Flush()
		text := append(bytes.TrimSuffix(line.Bytes(), []byte("\n")), "\r\n"...)
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	return nil
}
