package runs

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

func TestMonitor(t *testing.T) {
	for _, tt := range []struct {
		name string
		do   func(t *testing.T, client *fake.Clientset, s submitted)
		want Ending
		seen []string
	}{
		{
			name: "two pods, the gate missed",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.Publish(t, client, s.self(), false, 130, "a", "b")
				runstest.Publish(t, client, s.self(), true, 3, "c")
				runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "exit code 3")
			},
			want: Ending{Code: 3}, seen: []string{"a", "b", "c"},
		},
		{
			name: "never started",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "no pod")
			},
			want: Ending{Code: 1, Error: "Because: no pod"},
		},
		{
			name: "killed by the deadline",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.Publish(t, client, s.self(), false, 130, "a")
				runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "deadline")
			},
			want: Ending{Code: 1, Error: "Because: deadline"}, seen: []string{"a"},
		},
		{
			name: "the TTL took the Job",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.Publish(t, client, s.self(), true, 0, "a")
				remove(t, client, s.Name)
			},
			want: Ending{}, seen: []string{"a"},
		},
		{
			name: "complete, and its last word was lost",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.Publish(t, client, s.self(), false, 130, "a")
				runstest.EndJob(t, client, s.Name, batchv1.JobComplete, "")
			},
			want: Ending{}, seen: []string{"a"},
		},
		{
			name: "the gate missed, and its last word was lost",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.DriverPod(t, client, s.Name, "first", runstest.Terminated(75, 1))
				runstest.DriverPod(t, client, s.Name, "second", runstest.Terminated(3, 2))
				runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "exit code 3")
			},
			want: Ending{Code: 3, Error: "Because: exit code 3; its last lines:\n    fake logs"},
		},
		{
			name: "what ended last was not the driver",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.DriverPod(t, client, s.Name, "first", runstest.Terminated(137, 1), runstest.Mesh(runstest.Terminated(3, 2)))
				runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "BackoffLimitExceeded")
			},
			want: Ending{Code: 1, Error: "Because: BackoffLimitExceeded; its last lines:\n    fake logs"},
		},
		{
			name: "killed until there were enough",
			do: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.DriverPod(t, client, s.Name, "first", runstest.Terminated(3, 1))
				runstest.DriverPod(t, client, s.Name, "second", runstest.Terminated(137, 2))
				runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "BackoffLimitExceeded")
			},
			want: Ending{Code: 1, Error: "Because: BackoffLimitExceeded; its last lines:\n    fake logs"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exp := runstest.Experiment(t, "")
			r, client := fakeRuns(t, exp)
			s := submit(t, client, exp, "")
			tt.do(t, client, s)
			var seen []string
			got, err := r.Monitor(t.Context(), MonitorOptions{Observe: func(e run.Event) { seen = append(seen, e.Message) }})
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
	exp := runstest.Experiment(t, "")
	client := fake.NewClientset()
	r := Of(client, runstest.Namespace, exp)
	if _, err := r.Monitor(t.Context(), MonitorOptions{}); err == nil || !strings.Contains(err.Error(), "swarmgrid deploy FILE") {
		t.Errorf("nothing deployed: %v", err)
	}
	deploy(t, client, exp)
	if _, err := r.Monitor(t.Context(), MonitorOptions{}); !errors.Is(err, errNoRun) {
		t.Errorf("nothing submitted: %v", err)
	}
}

// watch follows a run that was just submitted; what changes does a part of the
// cluster, after each note.
func watch(t *testing.T, begin, noted func(client *fake.Clientset, s submitted)) (ending *Ending, notes []string, took time.Duration) {
	t.Helper()
	exp := runstest.Experiment(t, "")
	r, client := fakeRuns(t, exp)
	s := submit(t, client, exp, "")
	begin(client, s)
	at := time.Now()
	ending, err := r.Monitor(t.Context(), MonitorOptions{Observe: func(run.Event) {}, Note: func(text string) {
		notes = append(notes, text)
		noted(client, s)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ending, notes, time.Since(at)
}

// TestMonitorGivesUpOnADriverThatCannotStart does not wait for the Job's deadline.
func TestMonitorGivesUpOnADriverThatCannotStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ending, notes, took := watch(t, func(client *fake.Clientset, s submitted) {
			runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Waiting("ImagePullBackOff", "no such image"))
		}, func(*fake.Clientset, submitted) {})
		const trouble = "pod driver-x: container driver: ImagePullBackOff: no such image"
		if !slices.Equal(notes, []string{trouble}) || ending.Code != 1 || !strings.Contains(ending.Error, trouble) {
			t.Errorf("%+v after notes %q", ending, notes)
		}
		if took < driverPatience || took > 2*driverPatience {
			t.Errorf("it took %v", took)
		}
	})
}

// TestMonitorTellsWhyThereIsNoPod says the Job's events, once, and does not wait for
// the Job's deadline.
func TestMonitorTellsWhyThereIsNoPod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		event := func(client *fake.Clientset, name, message string) {
			job, err := client.BatchV1().Jobs("default").Get(t.Context(), "locust-load-test-matrix", metav1.GetOptions{})
			if err != nil {
				t.Fatal(err)
			}
			e := &corev1.Event{
				ObjectMeta: metav1.ObjectMeta{Name: name}, Type: corev1.EventTypeWarning, Reason: "FailedCreate", Message: message,
				InvolvedObject: corev1.ObjectReference{UID: job.UID}, LastTimestamp: metav1.Now(),
			}
			if _, err := client.CoreV1().Events("default").Create(t.Context(), e, metav1.CreateOptions{}); err != nil {
				t.Fatal(err)
			}
		}
		ending, notes, took := watch(t, func(client *fake.Clientset, _ submitted) { event(client, "a", "exceeded quota: few") },
			func(client *fake.Clientset, _ submitted) {
				event(client, "b", "exceeded quota: few, again")
			})
		const trouble = "Job locust-load-test-matrix has no pod: FailedCreate: exceeded quota: few"
		if !slices.Equal(notes, []string{trouble}) || ending.Code != 1 || !strings.Contains(ending.Error, trouble) {
			t.Errorf("%+v after notes %q", ending, notes)
		}
		if took < driverPatience || took > 2*driverPatience {
			t.Errorf("it took %v", took)
		}
	})
}

// TestMonitorTellsSilence has a driver that is there and publishes nothing any more.
func TestMonitorTellsSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, notes, took := watch(t, func(client *fake.Clientset, s submitted) {
			runstest.DriverPod(t, client, s.Name, "driver-x", corev1.ContainerState{})
			p := runstest.Driver(client, runstest.Experiment(t, ""), s.self()).Publish()
			time.Sleep(5 * time.Minute) // in silence, but alive
			if err := p.Finish(t.Context(), false, 0, ""); err != nil {
				t.Error(err)
			}
		}, func(client *fake.Clientset, s submitted) {
			runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "gave up")
		})
		if len(notes) != 1 || !strings.HasPrefix(notes[0], "the driver has not reported anything since ") || took < staleAfter || took > 2*staleAfter {
			t.Errorf("notes %q after %v", notes, took)
		}
	})
}
