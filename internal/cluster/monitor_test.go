package cluster

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
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/run"
)

// publish does a pod's part: events, and how it ended.
func publish(t *testing.T, c *Cluster, s *Submitted, finished bool, code int, messages ...string) {
	t.Helper()
	p := driverOf(c, testExperiment(t, ""), selfOf(s)).Publish()
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
		{
			name: "complete, and its last word was lost",
			do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
				publish(t, c, s, false, 130, "a")
				endJob(t, client, s.Name, batchv1.JobComplete, "")
			},
			want: Ending{}, seen: []string{"a"},
		},
		{
			name: "the gate missed, and its last word was lost",
			do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
				driverPod(t, client, s, "first", terminated(75, 1))
				driverPod(t, client, s, "second", terminated(3, 2))
				endJob(t, client, s.Name, batchv1.JobFailed, "exit code 3")
			},
			want: Ending{Code: 3, Error: "Because: exit code 3; its last lines:\n    fake logs"},
		},
		{
			name: "what ended last was not the driver",
			do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
				driverPod(t, client, s, "first", terminated(137, 1), mesh(terminated(3, 2)))
				endJob(t, client, s.Name, batchv1.JobFailed, "BackoffLimitExceeded")
			},
			want: Ending{Code: 1, Error: "Because: BackoffLimitExceeded; its last lines:\n    fake logs"},
		},
		{
			name: "killed until there were enough",
			do: func(t *testing.T, c *Cluster, client *fake.Clientset, s *Submitted) {
				driverPod(t, client, s, "first", terminated(3, 1))
				driverPod(t, client, s, "second", terminated(137, 2))
				endJob(t, client, s.Name, batchv1.JobFailed, "BackoffLimitExceeded")
			},
			want: Ending{Code: 1, Error: "Because: BackoffLimitExceeded; its last lines:\n    fake logs"},
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

func terminated(code int32, at int64) corev1.ContainerState {
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, FinishedAt: metav1.Unix(at, 0)}}
}

func waiting(reason, message string) corev1.ContainerState {
	return corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
}

// driverPod makes a pod whose driver's container is in a state; beside are other
// containers, by name.
func driverPod(t *testing.T, client *fake.Clientset, s *Submitted, name string, state corev1.ContainerState, beside ...corev1.ContainerStatus) {
	t.Helper()
	pod := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{
			Name: name, UID: types.UID(name), CreationTimestamp: metav1.Now(), Labels: map[string]string{"batch.kubernetes.io/job-name": s.Name},
		},
		Status: corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: append(beside, corev1.ContainerStatus{Name: "driver", State: state})},
	}
	if state.Terminated != nil && len(beside) == 0 {
		pod.Status.Phase = corev1.PodFailed
	}
	if _, err := client.CoreV1().Pods("default").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

func running() corev1.ContainerState {
	return corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: metav1.Now()}}
}

// mesh is a container that somebody has put beside the driver.
func mesh(state corev1.ContainerState) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: "mesh", State: state}
}

// watch follows a run that was just submitted; what changes does a part of the
// cluster, after each note.
func watch(t *testing.T, begin, noted func(c *Cluster, client *fake.Clientset, s *Submitted)) (ending *Ending, notes []string, took time.Duration) {
	t.Helper()
	c, client := fakeCluster(t)
	exp := testExperiment(t, "")
	mustDeploy(t, c, exp)
	s := submit(t, c, exp)
	begin(c, client, s)
	at := time.Now()
	ending, err := c.Monitor(t.Context(), exp, MonitorOptions{Observe: func(run.Event) {}, Note: func(text string) {
		notes = append(notes, text)
		noted(c, client, s)
	}})
	if err != nil {
		t.Fatal(err)
	}
	return ending, notes, time.Since(at)
}

// TestMonitorGivesUpOnADriverThatCannotStart does not wait for the Job's deadline.
func TestMonitorGivesUpOnADriverThatCannotStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ending, notes, took := watch(t, func(_ *Cluster, client *fake.Clientset, s *Submitted) {
			driverPod(t, client, s, "driver-x", waiting("ImagePullBackOff", "no such image"))
		}, func(*Cluster, *fake.Clientset, *Submitted) {})
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
		ending, notes, took := watch(t, func(_ *Cluster, client *fake.Clientset, _ *Submitted) { event(client, "a", "exceeded quota: few") },
			func(_ *Cluster, client *fake.Clientset, _ *Submitted) {
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
		_, notes, took := watch(t, func(c *Cluster, client *fake.Clientset, s *Submitted) {
			driverPod(t, client, s, "driver-x", corev1.ContainerState{})
			p := driverOf(c, testExperiment(t, ""), selfOf(s)).Publish()
			time.Sleep(5 * time.Minute) // in silence, but alive
			if err := p.Finish(t.Context(), false, 0, ""); err != nil {
				t.Error(err)
			}
		}, func(_ *Cluster, client *fake.Clientset, s *Submitted) {
			endJob(t, client, s.Name, batchv1.JobFailed, "gave up")
		})
		if len(notes) != 1 || !strings.HasPrefix(notes[0], "the driver has said nothing since ") || took < staleAfter || took > 2*staleAfter {
			t.Errorf("notes %q after %v", notes, took)
		}
	})
}
