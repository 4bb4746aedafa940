package experiment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
)

// cronField is one of the five fields of a schedule.
type cronField struct {
	what      string
	low, high int
	// names may stand for numbers, the first for low.
	names []string
}

func cronFields() []cronField {
	return []cronField{
		{"minute", 0, 59, nil},
		{"hour", 0, 23, nil},
		{"day of the month", 1, 31, nil},
		{"month", 1, 12, strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")},
		{"day of the week", 0, 6, strings.Fields("sun mon tue wed thu fri sat")},
	}
}

// checkCron reads a schedule as the CronJob controller does, which has five fields of
// lists of numbers, ranges and steps: https://pkg.go.dev/github.com/robfig/cron/v3.
func checkCron(text string) error {
	parts, fields := strings.Fields(text), cronFields()
	if len(parts) != len(fields) {
		return errors.New("must have five fields, as in 0 2 * * 0")
	}
	for i, f := range fields {
		for part := range strings.SplitSeq(parts[i], ",") {
			if !f.takes(part) {
				return fmt.Errorf("%q is not valid as the %s, which is %d to %d, as in 7, 1-5, */2 or a list of these", part, f.what, f.low, f.high)
			}
		}
	}
	return nil
}

// takes tells whether a part is allowed: a number, a range or *, perhaps with a step.
func (f cronField) takes(part string) bool {
	span, step, stepped := strings.Cut(part, "/")
	if n, err := strconv.ParseUint(step, 10, 31); stepped && (err != nil || n == 0) {
		return false
	}
	if span == "*" || span == "?" {
		return true
	}
	from, to, ranged := strings.Cut(span, "-")
	low, ok := f.number(from)
	if !ranged {
		return ok
	}
	high, alsoOK := f.number(to)
	return ok && alsoOK && low <= high
}

func (f cronField) number(text string) (int, bool) {
	if i := slices.Index(f.names, strings.ToLower(text)); i >= 0 {
		return f.low + i, true
	}
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err == nil && int(n) >= f.low && int(n) <= f.high
}

// timeZone is the form of an IANA name. Which of them exist is for the cluster to say.
var timeZone = regexp.MustCompile(`^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$`)

func (d *document) validateSchedule(s v1alpha1.LoadMatrixSpec) {
	sch, job := s.Schedule, s.Cluster.Names.Job
	if sch == nil {
		return
	}
	// A CronJob's name plus the time of a run must make a Job's name.
	if len(job) > maxCronJobName {
		d.addf("spec.cluster.names.job", "is %d characters long, at most %d with a schedule", len(job), maxCronJobName)
	}
	if err := checkCron(sch.Cron); err != nil {
		d.addf("spec.schedule.cron", "is %q: %v", sch.Cron, err)
	}
	if sch.TimeZone != "" && (!timeZone.MatchString(sch.TimeZone) || strings.EqualFold(sch.TimeZone, "local")) {
		d.addf("spec.schedule.timeZone", "is %q, must be a name such as Europe/Berlin", sch.TimeZone)
	}
	d.intIn("spec.schedule.history", sch.History, 1, 100)
}
