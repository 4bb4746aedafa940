package validity

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestDocs: docs/running.md has the table of the checks as they are here.
func TestDocs(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/running.md")
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	table.WriteString("| Check | In a sound window | What to do |\n| --- | --- | --- |\n")
	for _, c := range Checks() {
		fmt.Fprintf(&table, "| %s | %s | %s |\n", c.ID, c.Wants, c.Remedy)
	}
	if !strings.Contains(string(doc), "\n\n"+table.String()+"\n") {
		t.Errorf("docs/running.md does not hold the checks; paste them again:\n%s", table.String())
	}
}
