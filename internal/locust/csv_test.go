package locust_test

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/swarmgrid/swarmgrid/internal/locust"
)

const (
	requestsHeader = "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%\r\n"
	aggregatedRow  = ",Aggregated,90,6,80.25,120.5,80.1,251.9,10.0,9.96,0.66,80,90,95,100,110,120,130,150,200,250,250\r\n"
	resetRow       = ",Aggregated,0,0,0,0,0,0,0,0.0,0.0,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A,N/A\r\n"
	quotedRow      = "POST,\"/a,\"\"b\"\"\r\n/c\",45,3,80,120.5,80,251,10.0,4.98,0.33,80,90,95,100,110,120,130,150,200,250,250\r\n"
)

func aggregated() locust.Row {
	return locust.Row{
		Name: "Aggregated", Requests: 90, Failures: 6, Mean: 120.5, Min: 80.1, Max: 251.9, RPS: 9.96,
		P50: 80, P95: 120, P99: 150, HasPercentiles: true, P90: new(110.0), P999: new(200.0),
	}
}

// TestRequestsCSV: p95 and p99 come from their own columns, by name (defect 1 of
// the old script), quotes and line breaks in names and N/A cells included.
func TestRequestsCSV(t *testing.T) {
	rows, total, err := locust.ParseRequestsCSV([]byte(requestsHeader + quotedRow + aggregatedRow))
	if err != nil {
		t.Fatal(err)
	}
	want := []locust.Row{{
		Method: "POST", Name: "/a,\"b\"\n/c", Requests: 45, Failures: 3, Mean: 120.5, Min: 80, Max: 251, RPS: 4.98,
		P50: 80, P95: 120, P99: 150, HasPercentiles: true, P90: new(110.0), P999: new(200.0),
	}}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(aggregated(), total); diff != "" {
		t.Errorf("total (-want +got):\n%s", diff)
	}
	_, total, err = locust.ParseRequestsCSV([]byte(requestsHeader + resetRow))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(locust.Row{Name: "Aggregated"}, total); diff != "" {
		t.Errorf("after a reset (-want +got):\n%s", diff)
	}
}

// TestRequestsCSVColumns: a locustfile may report other percentiles in another order.
func TestRequestsCSVColumns(t *testing.T) {
	const text = "Name,Type,99%,95%,50%,Requests/s,Max Response Time,Min Response Time,Average Response Time,Failure Count,Request Count\n" +
		"Aggregated,,150,120,80,9.96,251.9,80.1,120.5,6,90\n"
	_, total, err := locust.ParseRequestsCSV([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := aggregated()
	want.P90, want.P999 = nil, nil // they are not available
	if diff := cmp.Diff(want, total); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestRequestsCSVNames: a task may be named as the last row is.
func TestRequestsCSVNames(t *testing.T) {
	rows, total, err := locust.ParseRequestsCSV([]byte(requestsHeader + "GET" + resetRow + aggregatedRow))
	if err != nil || len(rows) != 1 || rows[0].Name != "Aggregated" || total.Requests != 90 {
		t.Errorf("rows %+v, total %+v: %v", rows, total, err)
	}
}

func TestRequestsCSVDamage(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "it is empty"},
		{"missing column", strings.ReplaceAll(requestsHeader, ",95%", "") + aggregatedRow, `no column "95%" among Type, Name`},
		{"missing column, next step", strings.ReplaceAll(requestsHeader, ",99%", ""), "PERCENTILES_TO_REPORT"},
		{"no Aggregated row", requestsHeader + quotedRow, "no Aggregated row"},
		{"cut off", requestsHeader + aggregatedRow[:30], "wrong number of fields"},
		{"open quote", requestsHeader + `GET,"/a`, "quote"},
		{"text for a count", requestsHeader + strings.Replace(aggregatedRow, "90", "many", 1), `row 1: Request Count is "many", want a count`},
		{"negative count", requestsHeader + strings.Replace(aggregatedRow, "90", "-1", 1), "want a count"},
		{"text for a number", requestsHeader + strings.Replace(aggregatedRow, "120.5", "slow", 1), `Average Response Time is "slow", want a number`},
		{"not a number", requestsHeader + strings.Replace(aggregatedRow, "120.5", "nan", 1), "want a number"},
		{"infinite", requestsHeader + strings.Replace(aggregatedRow, "120.5", "inf", 1), "want a number"},
		{"half N/A", requestsHeader + strings.Replace(aggregatedRow, ",120,", ",N/A,", 1), `95% is "N/A"`},
		{"a page", "<!DOCTYPE html>\n<title>Locust</title>", `no column "Type"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := locust.ParseRequestsCSV([]byte(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.HasPrefix(err.Error(), "reading /stats/requests/csv: ") {
				t.Errorf("error = %v, want it to hold %q", err, tt.want)
			}
		})
	}
}

const failuresText = "Method,Name,Error,Occurrences,First Seen,Last Seen\r\n" +
	"POST,/predict,\"HTTPError('503, \"\"busy\"\"')\",6,2026-01-02T03:04:05Z,\r\n" +
	"GET,/,\"line\nbreak\",1,,\r\n"

func TestFailuresCSV(t *testing.T) {
	want := []locust.Failure{
		{Method: "POST", Name: "/predict", Error: `HTTPError('503, "busy"')`, Occurrences: 6},
		{Method: "GET", Name: "/", Error: "line\nbreak", Occurrences: 1},
	}
	got, err := locust.ParseFailuresCSV([]byte(failuresText))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Before 2.44.0 the columns end with Occurrences.
	got, err = locust.ParseFailuresCSV([]byte("Method,Name,Error,Occurrences\r\n"))
	if err != nil || len(got) != 0 {
		t.Errorf("no failures read as %v: %v", got, err)
	}
	for text, want := range map[string]string{
		"":                               "it is empty",
		"Method,Name\r\n":                `no column "Error" among Method, Name`,
		failuresText + "GET,/,x,few,,\n": `row 3: Occurrences is "few"`,
	} {
		if _, err := locust.ParseFailuresCSV([]byte(text)); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "PERCENTILES") {
			t.Errorf("error = %v, want it to hold %q", err, want)
		}
	}
}

func TestCSVMediaType(t *testing.T) {
	c := serve(t, "text/html", "please log in")
	if _, _, err := c.Requests(t.Context()); !locust.Unusable(err) || !strings.Contains(err.Error(), "not CSV: please log in") {
		t.Errorf("error = %v", err)
	}
	if _, err := c.Failures(t.Context()); !locust.Unusable(err) {
		t.Errorf("error = %v", err)
	}
}

func FuzzParseRequestsCSV(f *testing.F) {
	for _, seed := range []string{
		"", requestsHeader, requestsHeader + aggregatedRow, requestsHeader + quotedRow + resetRow, requestsHeader + aggregatedRow[:40],
		requestsHeader + strings.Replace(aggregatedRow, "120.5", "0x1p9", 1), requestsHeader + strings.Replace(aggregatedRow, "90", "99999999999999999999", 1),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		rows, total, err := locust.ParseRequestsCSV(body)
		if err != nil {
			return
		}
		for _, r := range append(rows, total) {
			for _, v := range []float64{r.Mean, r.Min, r.Max, r.RPS, r.P50, r.P95, r.P99} {
				if v < 0 || math.IsNaN(v) || math.IsInf(v, 0) {
					t.Errorf("row %+v", r)
				}
			}
			if r.Requests < 0 || r.Failures < 0 {
				t.Errorf("row %+v", r)
			}
		}
	})
}

func FuzzParseFailuresCSV(f *testing.F) {
	for _, seed := range []string{"", failuresText, failuresText[:70], "Method,Name,Error,Occurrences\na,b,c,-1\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		failures, err := locust.ParseFailuresCSV(body)
		for _, x := range failures {
			if err != nil || x.Occurrences < 0 {
				t.Errorf("failure %+v, error %v", x, err)
			}
		}
	})
}

// TestWriteCSV: a cell's own line breaks stay, as Python's csv module leaves them.
func TestWriteCSV(t *testing.T) {
	var out bytes.Buffer
	if err := locust.WriteCSV(&out, [][]string{{"Name", "Error"}, {"a\nb", "c\rd\r\ne"}, {`q"`, ""}}); err != nil {
		t.Fatal(err)
	}
	if want := "Name,Error\r\n\"a\nb\",\"c\rd\r\ne\"\r\n\"q\"\"\",\r\n"; out.String() != want {
		t.Errorf("%q, want %q", out.String(), want)
	}
}
