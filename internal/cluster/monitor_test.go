package cluster

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/result"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

// publish does a pod's part: events, and how it ended.
func publish(t *testing.T, c *Cluster, s *Submitted, finished bool, code int, messages ...string) {
	t.Helper()
	p := c.Publisher(testExperiment(t, ""), selfOf(s))
	for _, m := range messages {
		p.Observe(run.Event{Type: run.RunStarted, Message: m})
	}
	if err := p.Finish(t.Context(), finished, code, ""); err != nil {
		t.Fatal(err)
	}
}

func TestMonitor(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted)
		want Ending
		seen []string
	}{
		{
			name: "two pods, the gate missed",
			do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
				publish(t, c, s, false, 130, "a", "b")
				publish(t, c, s, true, 3, "c")
				endJob(t, client, s.Name, batchv1.JobFailed, "exit code 3")
			},
			want: Ending{Code: 3}, seen: []string{"a", "b", "c"},
		},
		{
			name: "never started",
			do: func(t *testing.T, _ *Cluster, client *fake.Clientset, s *Submitted) {
				endJob(t, client, s.Name, batchv1.JobFailed, "no pod")
			},
			want: Ending{Code: 1, Error: "Because: no pod"},
		},
		{
			name: "killed by the deadline",
			do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
				publish(t, c, s, false, 130, "a")
				endJob(t, client, s.Name, batchv1.JobFailed, "deadline")
			},
			want: Ending{Code: 1, Error: "Because: deadline"}, seen: []string{"a"},
		},
		{
			name: "the TTL took the Job",
			do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
				publish(t, c, s, true, 0, "a")
				if err := client.BatchV1().Jobs("default").Delete(t.Context(), s.Name, metav1.DeleteOptions{}); err != nil {
					t.Fatal(err)
				}
			},
			want: Ending{}, seen: []string{"a"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, client := fakeCluster(t)
			exp := testExperiment(t, "")
			mustDeploy(t, c, exp)
			s := submit(t, c, exp)
			tt.do(t, c, client, s)
			var seen []string
			got, err := c.Monitor(t.Context(), exp, MonitorOptions{Observe: func(e run.Event) { seen = append(seen, e.Message) }})
			if err != nil {
				t.Fatal(err)
			}
			tt.want.Run = s.Run
			if diff := cmp.Diff(tt.want, *got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.seen, seen); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMonitorNothing(t *testing.T) {
	c, _ := fakeCluster(t)
	exp := testExperiment(t, "")
	if _, err := c.Monitor(t.Context(), exp, MonitorOptions{}); err == nil || !strings.Contains(err.Error(), "swarmgrid deploy FILE") {
		t.Errorf("nothing deployed: %v", err)
	}
	mustDeploy(t, c, exp)
	if _, err := c.Monitor(t.Context(), exp, MonitorOptions{}); !errors.Is(err, errNoRun) {
		t.Errorf("nothing submitted: %v", err)
	}
}

func TestMonitorTellsWhatKeepsTheDriver(t *testing.T) {
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: "driver-x", Labels: map[string]string{"batch.kubernetes.io/job-name": s.Name}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{{State: corev1.ContainerState{
			Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff", Message: "no such image"},
		}}}},
	}
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	var notes []string
	_, err := c.Monitor(t.Context(), exp, MonitorOptions{Observe: func(run.Event) {}, Note: func(text string) {
		notes = append(notes, text)
		endJob(t, client, s.Name, batchv1.JobFailed, "gave up")
	}})
	if err != nil || !slices.Equal(notes, []string{"pod driver-x: ImagePullBackOff: no such image"}) {
		t.Errorf("notes %q, %v", notes, err)
	}
}

func TestStreamIsBounded(t *testing.T) {
	var s stream
	rec := &result.Record{Status: result.Success, Measured: &result.Measured{RPS: 1, Endpoints: make([]result.EndpointResult, 1000)}}
	for range 2000 {
		s.add(run.Event{Type: run.Sample, Live: &run.Live{}})
		s.add(run.Event{Type: run.AttemptFinished, Record: rec})
	}
	text, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	if len(text) > maxEvents || len(text) < maxEvents/2 {
		t.Errorf("%d bytes", len(text))
	}
	_, events, err := decodeStatus(&corev1.ConfigMap{Data: map[string]string{eventsKey: text}})
	if err != nil || events[len(events)-1].Seq != 4000 {
		t.Errorf("the newest event is not the last: %v", err)
	}
	samples := 0
	for _, e := range events {
		if e.Event.Type == run.Sample {
			samples++
		}
	}
	if samples != 1 || rec.Measured.Endpoints == nil {
		t.Errorf("%d samples are kept, or the record was changed", samples)
	}
}

func TestPublisherOutlivesAnAbsentServer(t *testing.T) {
	o := newObjects("status")
	away := true
	o.onUpdate = func(int) string {
		if away {
			return "away"
		}
		return ""
	}
	p := NewPublisher(o, "status", Status{Run: "r"})
	p.Observe(run.Event{Type: run.RunStarted, Message: "a"})
	time.AfterFunc(50*time.Millisecond, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		away = false
	})
	if err := p.Finish(t.Context(), true, 0, ""); err != nil {
		t.Fatal(err)
	}
	status, events, err := decodeStatus(o.cms["status"])
	if err != nil || !status.Finished || len(events) != 1 {
		t.Errorf("%+v, %d events, %v", status, len(events), err)
	}
}
