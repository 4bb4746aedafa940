package runs

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"

	"github.com/swarmgrid/swarmgrid/internal/cluster/runs/runstest"
	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
	"github.com/swarmgrid/swarmgrid/internal/run"
)

var timeOfDay = regexp.MustCompile(`\d\d:\d\d:\d\d`)

func nothing(*fake.Clientset, submitted) {}

func jobThere(t *testing.T, client *fake.Clientset, s submitted) bool {
	t.Helper()
	_, err := client.BatchV1().Jobs("default").Get(t.Context(), s.Name, metav1.GetOptions{})
	if err != nil && !apierrors.IsNotFound(err) {
		t.Fatal(err)
	}
	return err == nil
}

// TestMonitorBelievesTheDriver has a run that is over and a Job that is not, for a
// container beside the driver never ends.
func TestMonitorBelievesTheDriver(t *testing.T) {
	for _, tt := range []struct {
		name  string
		begin func(t *testing.T, client *fake.Clientset, s submitted)
		code  int
		said  string
	}{
		{name: "published", code: 3, begin: func(t *testing.T, client *fake.Clientset, s submitted) {
			runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Terminated(3, 1), runstest.Mesh(runstest.Running()))
			runstest.Publish(t, client, s.self(), true, 3)
		}},
		{name: "published, and the driver itself hangs", begin: func(t *testing.T, client *fake.Clientset, s submitted) {
			runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Running())
			runstest.Publish(t, client, s.self(), true, 0)
		}},
		{name: "not published, but the container's exit code is final", code: 4, said: "publishing why; its last lines:\n    no such key", begin: func(t *testing.T, client *fake.Clientset, s submitted) {
			end := runstest.Terminated(4, 1)
			end.Terminated.Message = "no such key\n"
			runstest.DriverPod(t, client, s.Name, "driver-x", end, runstest.Mesh(runstest.Running()))
		}},
		{name: "not published, and all is well", begin: func(t *testing.T, client *fake.Clientset, s submitted) {
			runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Terminated(0, 1), runstest.Mesh(runstest.Running()))
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var client *fake.Clientset
				var s submitted
				ending, notes, took := watch(t, func(cl *fake.Clientset, started submitted) {
					client, s = cl, started
					tt.begin(t, cl, started)
				}, nothing)
				if ending.Code != tt.code || !strings.Contains(ending.Error, tt.said) {
					t.Errorf("ending %+v, want code %d and %q", ending, tt.code, tt.said)
				}
				if took < endGrace || took > 2*endGrace || jobThere(t, client, s) {
					t.Errorf("after %v the Job is there: %v", took, jobThere(t, client, s))
				}
				if len(notes) != 1 || !strings.HasPrefix(notes[0], "the run has ended, but its Job has not: pod driver-x ") {
					t.Errorf("notes %q", notes)
				}
			})
		})
	}
}

// TestResultsOutliveTheJob reads what was measured after the Job was deleted.
func TestResultsOutliveTheJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		exp := runstest.Experiment(t, "")
		r, client := fakeRuns(t, exp)
		s := submit(t, client, exp, "")
		runstest.Drive(t, client, exp, s.self(), runstest.Record)
		runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Terminated(0, 1), runstest.Mesh(runstest.Running()))
		runstest.Publish(t, client, s.self(), true, 0)
		var notes []string
		ending, err := r.Monitor(t.Context(), MonitorOptions{Observe: func(run.Event) {}, Note: func(text string) { notes = append(notes, text) }})
		if err != nil || ending.Code != 0 || jobThere(t, client, s) {
			t.Fatalf("%+v, %v", ending, err)
		}
		if len(notes) != 1 || !strings.Contains(notes[0], "by container mesh; Job locust-load-test-matrix was deleted, the results are kept") {
			t.Errorf("notes %q", notes)
		}
		if d, err := r.Results(t.Context(), "", t.TempDir()); err != nil || len(d.Journal.Records) != 1 {
			t.Errorf("results: %v", err)
		}
	})
}

// TestMonitorMakesWayForTheNextPod has a driver that leaves the run to the next pod,
// which cannot come while a container beside the first lives.
func TestMonitorMakesWayForTheNextPod(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		pods := 0
		ending, notes, took := watch(t, func(client *fake.Clientset, s submitted) {
			runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Terminated(75, 1), runstest.Mesh(runstest.Running()))
		}, func(client *fake.Clientset, s submitted) {
			list, err := client.CoreV1().Pods("default").List(t.Context(), metav1.ListOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if pods = len(list.Items); pods == 0 {
				runstest.Publish(t, client, s.self(), true, 0) // what the next does
			}
		})
		want := []string{
			"the driver in pod driver-x ended with exit code 75, so that the next pod continues the run; its last lines:\n    fake logs",
			"pod driver-x is kept running by container mesh, and the next pod cannot start before it ends; it was deleted so that the run can continue",
		}
		if len(notes) < 2 || !slices.Equal(notes[:2], want) || pods != 0 || ending.Code != 0 {
			t.Errorf("%+v after notes %q", ending, notes)
		}
		if took < endGrace {
			t.Errorf("it took %v", took)
		}
	})
}

// TestTroubleIsTheDrivers tells trouble by the container that has it.
func TestTroubleIsTheDrivers(t *testing.T) {
	for _, tt := range []struct {
		name           string
		driver, beside corev1.ContainerState
		init           corev1.ContainerState
		want           string
	}{
		{name: "a sidecar's, when the driver runs", driver: runstest.Running(), beside: runstest.Waiting("ImagePullBackOff", "not found")},
		{name: "a sidecar's, when the driver has ended", driver: runstest.Terminated(75, 1), beside: runstest.Waiting("ImagePullBackOff", "not found")},
		{name: "a sidecar's, in its way", driver: runstest.Waiting("PodInitializing", ""), init: runstest.Waiting("ImagePullBackOff", "not found"), want: "pod p: init container mesh-init: ImagePullBackOff: not found"},
		{name: "the driver's", driver: runstest.Waiting("ImagePullBackOff", "not found"), beside: runstest.Running(), want: "pod p: container driver: ImagePullBackOff: not found"},
		{name: "none", driver: runstest.Waiting("PodInitializing", "")},
	} {
		pod := corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: "p"}, Status: corev1.PodStatus{
			InitContainerStatuses: []corev1.ContainerStatus{{Name: "mesh-init", State: tt.init}},
			ContainerStatuses:     []corev1.ContainerStatus{runstest.Mesh(tt.beside), {Name: "driver", State: tt.driver}},
		}}
		if got, stuck := driverTrouble([]corev1.Pod{pod}, &kubeapi.Histories{}); got != tt.want || stuck != (tt.want != "") {
			t.Errorf("%s: %q, %v", tt.name, got, stuck)
		}
	}
}

// TestSilenceCountsFromTheStart has drivers that never say a first word.
func TestSilenceCountsFromTheStart(t *testing.T) {
	for _, tt := range []struct {
		name  string
		begin func(t *testing.T, client *fake.Clientset, s submitted)
		want  string
		after time.Duration
	}{
		{
			name: "it runs", after: firstWord,
			want: "the driver in pod driver-x has not reported anything since it started at TIME; its last lines:\n    fake logs",
			begin: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Running())
			},
		},
		{
			name: "it is being made", after: staleAfter,
			want: "the driver has not reported anything since its Job was created at TIME; pod driver-x is Running (driver: ContainerCreating)",
			begin: func(t *testing.T, client *fake.Clientset, s submitted) {
				runstest.DriverPod(t, client, s.Name, "driver-x", runstest.Waiting("ContainerCreating", ""))
			},
		},
		{
			name: "there is none", after: staleAfter,
			want:  "the driver has not reported anything since its Job was created at TIME; it has no pod yet",
			begin: func(*testing.T, *fake.Clientset, submitted) {},
		},
		{
			name: "it may not be", after: staleAfter,
			want:  "the driver has not reported anything since its Job was created at TIME; Job locust-load-test-matrix is suspended",
			begin: suspend,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, notes, took := watch(t, func(client *fake.Clientset, s submitted) { tt.begin(t, client, s) },
					func(client *fake.Clientset, s submitted) {
						runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "gave up")
					})
				if len(notes) != 1 || timeOfDay.ReplaceAllString(notes[0], "TIME") != tt.want {
					t.Errorf("notes %q, want %q", notes, tt.want)
				}
				if took < tt.after || took > tt.after+3*time.Second {
					t.Errorf("it took %v, want %v", took, tt.after)
				}
			})
		})
	}
}

func suspend(t *testing.T, client *fake.Clientset, s submitted) {
	t.Helper()
	job, err := client.BatchV1().Jobs("default").Get(t.Context(), s.Name, metav1.GetOptions{})
	if err != nil {
		t.Fatal(err)
	}
	job.Spec.Suspend = new(true)
	if _, err := client.BatchV1().Jobs("default").Update(t.Context(), job, metav1.UpdateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestMonitorTellsOfPods has pods that come and go, each with its last lines.
func TestMonitorTellsOfPods(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := runstest.Terminated(75, 1)
		end.Terminated.Message = "1\n2\n3\n4\nno route\ngave up\n"
		deleted := false
		_, notes, _ := watch(t, func(client *fake.Clientset, s submitted) {
			runstest.DriverPod(t, client, s.Name, "driver-a", end)
			runstest.DriverPod(t, client, s.Name, "driver-b", runstest.Running())
		}, func(client *fake.Clientset, s submitted) {
			if deleted {
				runstest.EndJob(t, client, s.Name, batchv1.JobFailed, "gave up")
				return
			}
			deleted = true
			if err := client.CoreV1().Pods("default").Delete(t.Context(), "driver-b", metav1.DeleteOptions{}); err != nil {
				t.Fatal(err)
			}
		})
		want := []string{
			"the driver in pod driver-a ended with exit code 75, so that the next pod continues the run; its last lines:\n    2\n    3\n    4\n    no route\n    gave up",
			"pod driver-b is gone",
		}
		if !slices.Equal(notes, want) {
			t.Errorf("notes %q", notes)
		}
	})
}
