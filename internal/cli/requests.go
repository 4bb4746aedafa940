package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/look"
)

// plannedRequest is one task of the swarmfile, as plan prints it.
type plannedRequest struct {
	User       string  `json:"user"`
	UserWeight float64 `json:"user_weight"`
	Name       string  `json:"name"`
	Weight     float64 `json:"weight"`
	Method     string  `json:"method"`
	Path       string  `json:"path"`
}

// plannedRequests are what the swarmfile's users can ever send; none for another load.
func plannedRequests(exp *experiment.Experiment) []plannedRequest {
	if exp.Swarmfile == nil {
		return nil
	}
	var all []plannedRequest
	for _, u := range exp.Swarmfile.Spec.Users {
		for _, t := range u.Tasks {
			if *u.Weight > 0 && *t.Weight > 0 {
				all = append(all, plannedRequest{u.Name, *u.Weight, t.Name, *t.Weight, strings.ToUpper(t.Request.Method), t.Request.Path})
			}
		}
	}
	return all
}

// requestLines are the requests with their weights, under their users.
func requestLines(all []plannedRequest) []string {
	var lines []string
	user := ""
	for _, r := range all {
		if r.User != user {
			user = r.User
			lines = append(lines, fmt.Sprintf("requests of %s (weight %g):", user, r.UserWeight))
		}
		lines = append(lines, fmt.Sprintf("  %3g  %s %s (%s)", r.Weight, r.Method, r.Path, r.Name))
	}
	return lines
}

// triedRequest is the outcome of one request, as JSON.
type triedRequest struct {
	User    string  `json:"user"`
	Name    string  `json:"name"`
	Method  string  `json:"method"`
	Path    string  `json:"path"`
	Status  int     `json:"status,omitempty"`
	Seconds float64 `json:"seconds"`
	Bytes   int64   `json:"bytes"`
	Failure string  `json:"failure,omitempty"`
	Answer  string  `json:"answer,omitempty"`
}

func triedRequests(answers look.Answers) []triedRequest {
	var all []triedRequest
	for _, r := range answers {
		all = append(all, triedRequest{
			r.Class, r.Endpoint.Name, r.Endpoint.Method, r.Path, r.Status, r.Took.Seconds(), r.Bytes, r.Failure, r.Answer,
		})
	}
	return all
}

// printTried prints the table of the requests' outcomes.
func printTried(w io.Writer, answers look.Answers) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "REQUEST\tSTATUS\tTIME\tSIZE\tRESULT")
	for _, r := range answers {
		status, result := "-", "ok"
		if r.Status > 0 {
			status = fmt.Sprint(r.Status)
		}
		if r.Redirected != "" {
			result = "ok, redirected"
		}
		if r.Failure != "" {
			result = strings.TrimPrefix(look.Text(r), look.Request(r)+": ")
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%d B\t%s\n", look.Request(r), status, took(r.Took), r.Bytes, result)
	}
	return table.Flush()
}

// took is a duration in milliseconds; less than one shows as such.
func took(d time.Duration) string {
	if d < time.Millisecond {
		return "<1ms"
	}
	return d.Round(time.Millisecond).String()
}
