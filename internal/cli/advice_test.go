package cli

import (
	"testing"

	"github.com/swarmgrid/swarmgrid/api/v1alpha1"
	"github.com/swarmgrid/swarmgrid/internal/experiment"
	"github.com/swarmgrid/swarmgrid/internal/failure"
	"github.com/swarmgrid/swarmgrid/internal/httpuser"
	"github.com/swarmgrid/swarmgrid/internal/look"
)

// TestAdvice: the next step fits what was met, in the words that the user knows.
func TestAdvice(t *testing.T) {
	file := &experiment.Experiment{LoadMatrix: &v1alpha1.LoadMatrix{}, LoadPath: "load.yaml"}
	file.LoadMatrix.Spec.Target.URL = "https://shop"
	process := &experiment.Experiment{LoadMatrix: &v1alpha1.LoadMatrix{}, LoadPath: "load.yaml"}
	once := *file
	once.LoadPath, once.LoadTitle, once.Drafted = "", "GET /", true
	onceWithLoad := once
	onceWithLoad.LoadPath, onceWithLoad.LoadTitle = "load.yaml", ""
	for _, c := range []struct {
		exp    *experiment.Experiment
		failed look.Answers
		want   string
	}{
		{file, look.Answers{{Failure: failure.Refused}}, "start the target, or fix spec.target.url"},
		{&once, look.Answers{{Failure: failure.Refused}}, "start the target, or fix the URL"},
		{&onceWithLoad, look.Answers{{Failure: failure.Refused}}, "start the target, or fix the URL"},
		{process, look.Answers{{Failure: failure.Reset}}, "fix the target or load.yaml"},
		{file, look.Answers{{Failure: "no route to host"}}, "start the target, or fix spec.target.url"},
		{&once, look.Answers{{Failure: failure.PlainHTTP}}, "fix the scheme of the URL, which is https"},
		{file, look.Answers{{Failure: failure.TLS("certificate signed by an unknown authority")}}, "fix spec.target.url, or have the certificate trusted: SSL_CERT_FILE names a file of trusted certificates"},
		{&once, look.Answers{{Failure: "too many redirects"}}, "fix the target or the request"},
		{file, look.Answers{{Failure: failure.Refused}, {Failure: "401 Unauthorized", Status: 401}}, "fix the target or load.yaml"},
		{file, look.Answers{{Failure: "no answer within 10s", Impatient: true}}, "the look waits no longer, but the load does"},
	} {
		if got := advice(c.failed, c.exp); got != c.want {
			t.Errorf("%+v: %s, want %s", []httpuser.Tried(c.failed), got, c.want)
		}
	}
}
