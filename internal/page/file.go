package page

import (
	"io"

	"github.com/swarmgrid/swarmgrid/internal/report"
)

// FileName is the page's in a run's directory.
const FileName = "report.html"

// File is the page beside the other reports. experiment is the text of the run's file, empty
// where there is none.
func File(experiment string) report.File {
	return report.File{Name: FileName, Render: func(w io.Writer, m *report.Model) error { return Write(w, New(m, experiment)) }}
}
