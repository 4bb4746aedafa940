package manifests

import (
	"net/url"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/swarmgrid/swarmgrid/internal/experiment"
)

// The driver's exit codes for the Job. A driver exits with ExitTryAgain if the next pod can
// continue; every documented code is final.
const (
	ExitTryAgain = 75 // EX_TEMPFAIL of sysexits.h
	// backoffLimit is how many pods may fail. A node that is drained does not count.
	backoffLimit = 20
)

// NoTry is the option of run that skips trying the target.
const NoTry = "--try=false"

// The variables that identify a driver's pod and Job.
const (
	EnvPod    = "SWARMGRID_POD"
	EnvPodUID = "SWARMGRID_POD_UID"
	EnvJob    = "SWARMGRID_JOB"
	EnvJobUID = "SWARMGRID_JOB_UID"
)

// EnvQuit may name a URL that a driver posts to when it has ended, for a sidecar that
// does not end by itself.
const EnvQuit = "SWARMGRID_QUIT_URL"

const (
	// DriverContainer is the name of the driver's container; others may be injected.
	DriverContainer = "driver"
	experimentDir   = "/experiment"
	// ExperimentFile is the experiment's name in the driver's pod.
	ExperimentFile = "experiment.yaml"
	resultsDir     = "/results"
)

// restoreTime is the driver's termination grace period, in which it stops the load, writes
// the journal and restores the target (run bounds that to 90 s).
const restoreTime = 2 * time.Minute

// deadlineSlack is for what the plan does not include, such as pulling images and new pods.
const deadlineSlack = 30 * time.Minute

// Driven is the experiment as its driver reads it: the original's variables in
// spec.cluster.driver.env override the file.
func Driven(exp *experiment.Experiment) (*experiment.Experiment, error) {
	settings := DriverSettings(exp)
	if len(settings) == 0 {
		return exp, nil
	}
	return exp.With("spec.cluster.driver.env", settings)
}

// DriverSettings are what spec.cluster.driver.env sets.
func DriverSettings(exp *experiment.Experiment) []experiment.Setting {
	env := exp.LoadMatrix.Spec.Cluster.Driver.Env
	return experiment.FromEnvironment(WithoutOwnMaster(exp, func(name string) string {
		if name == "NAMESPACE" {
			return "" // what the driver is told anyway
		}
		return env[name]
	}))
}

// EnvMasterURL is the original's variable for the URL of a running master.
const EnvMasterURL = "LOCUST_MASTER_URL"

// WithoutOwnMaster hides EnvMasterURL if it is the deployed master's URL. The original's
// manifests set it for every driver, which must not be read as spec.load.masterURL then.
func WithoutOwnMaster(exp *experiment.Experiment, getenv func(string) string) func(string) string {
	return func(name string) string {
		value := getenv(name)
		if name == EnvMasterURL && OwnMaster(exp, value) {
			return ""
		}
		return value
	}
}

// OwnMaster tells whether a URL leads to the deployed master, by any name of its Service.
func OwnMaster(exp *experiment.Experiment, text string) bool {
	u, err := url.Parse(experiment.CanonicalURL(text))
	if err != nil || u.Hostname() == "" {
		return err == nil
	}
	service := exp.LoadMatrix.Spec.Cluster.Names.Service
	full := service + "." + exp.LoadMatrix.Namespace
	host := u.Hostname()
	return host == service || host == full || host == full+".svc" || strings.HasPrefix(host, full+".svc.")
}

// Deadline is the Job's activeDeadlineSeconds. Even a run in which every attempt fails at its
// end, after the longest wait for the target, fits in; the slack is for starting the load. A
// driver that is stopped still has restoreTime.
func Deadline(exp *experiment.Experiment) time.Duration {
	plan, n := experiment.NewPlan(exp), time.Duration(scenarios(exp))
	total := plan.Total()
	if exp.Searches() { // any of them may come again
		for _, s := range plan.Scenarios {
			total = max(total, n*s.Time.Total())
		}
	}
	perAttempt := total + n*exp.LoadMatrix.Spec.Target.Ready.Timeout.Duration
	return time.Duration(exp.LoadMatrix.Spec.Measure.Attempts)*perAttempt + deadlineSlack
}

func (b *builder) job() (*batchv1.Job, error) {
	s, err := b.jobSpec()
	return &batchv1.Job{
		TypeMeta:   typeMeta("batch/v1", "Job"),
		ObjectMeta: b.meta(b.names.Job, LabelComponent, ComponentDriver),
		Spec:       s,
	}, err
}

func (b *builder) jobSpec() (batchv1.JobSpec, error) {
	pod, err := b.driverPod()
	deadline := int64(Deadline(b.exp).Seconds())
	ttl := int32(b.cluster.TTL.Seconds())
	return batchv1.JobSpec{
		BackoffLimit: new(int32(backoffLimit)),
		// The next driver must not start while the last one still restores the target.
		PodReplacementPolicy:    new(batchv1.Failed),
		PodFailurePolicy:        failurePolicy(),
		ActiveDeadlineSeconds:   &deadline,
		TTLSecondsAfterFinished: &ttl,
		Template:                corev1.PodTemplateSpec{ObjectMeta: b.podMeta(b.cluster.Driver, b.driverLabels(), nil), Spec: pod},
	}, err
}

// FinalExitCodes are the exit codes of a failed driver that fail its Job.
func FinalExitCodes() []int32 { return []int32{1, 2, 3, 4, 5} }

// failurePolicy ignores disrupted pods, and fails the Job on a driver's final exit code.
func failurePolicy() *batchv1.PodFailurePolicy {
	return &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
		{
			Action: batchv1.PodFailurePolicyActionIgnore,
			OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
				{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
			},
		},
		{
			Action: batchv1.PodFailurePolicyActionFailJob,
			OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
				ContainerName: new(DriverContainer), Operator: batchv1.PodFailurePolicyOnExitCodesOpIn, Values: FinalExitCodes(),
			},
		},
	}}
}

func (b *builder) driverPod() (corev1.PodSpec, error) {
	p := part{
		field: "spec.cluster.driver", settings: b.cluster.Driver, uid: ownUID, token: true, labels: b.driverLabels(),
		resources: amounts("100m", "128Mi", "1", "512Mi"),
		volumes:   []corev1.Volume{b.experimentVolume(), b.resultsVolume()},
	}
	p.container = corev1.Container{
		Name: DriverContainer, Image: b.cluster.Image,
		// So that whoever may list pods sees its last lines.
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		Args:                     []string{"run", experimentDir + "/" + ExperimentFile, "--in-cluster", "--out", resultsDir},
		Env: []corev1.EnvVar{
			fieldEnv("NAMESPACE", "metadata.namespace"),
			fieldEnv(EnvPod, "metadata.name"), fieldEnv(EnvPodUID, "metadata.uid"),
			fieldEnv(EnvJob, "metadata.labels['batch.kubernetes.io/job-name']"),
			fieldEnv(EnvJobUID, "metadata.labels['batch.kubernetes.io/controller-uid']"),
		},
		VolumeMounts: []corev1.VolumeMount{
			{Name: "experiment", MountPath: experimentDir, ReadOnly: true}, {Name: "results", MountPath: resultsDir},
		},
	}
	pod, err := b.podSpec(p)
	pod.RestartPolicy = corev1.RestartPolicyNever
	pod.ServiceAccountName, pod.DeprecatedServiceAccount = b.driverAccount(), "" // a Job's pods do not change
	pod.TerminationGracePeriodSeconds = new(int64(restoreTime.Seconds()))
	return pod, err
}

// LeaveLookOut keeps the driver from trying the target.
func (s *Set) LeaveLookOut() {
	pods := []*corev1.PodSpec{&s.Job.Spec.Template.Spec}
	if s.CronJob != nil {
		pods = append(pods, &s.CronJob.Spec.JobTemplate.Spec.Template.Spec)
	}
	for _, pod := range pods { // which may share their containers
		c := pod.Containers[0]
		c.Args = append(slices.Clone(c.Args), NoTry)
		pod.Containers = []corev1.Container{c}
	}
}

func fieldEnv(name, path string) corev1.EnvVar {
	return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{FieldRef: &corev1.ObjectFieldSelector{APIVersion: "v1", FieldPath: path}}}
}

// experimentVolume puts the experiment beside the load's file that it names.
func (b *builder) experimentVolume() corev1.Volume {
	sources := []corev1.VolumeProjection{projection(ExperimentName(b.names))}
	if b.lm.Spec.Load.MasterURL == "" {
		sources = append(sources, projection(b.names.Scripts, corev1.KeyToPath{Key: b.file, Path: b.file}))
	}
	return projected("experiment", sources...)
}

func (b *builder) resultsVolume() corev1.Volume {
	if b.cluster.ResultsClaim == "" {
		return emptyDir("results")
	}
	return corev1.Volume{Name: "results", VolumeSource: corev1.VolumeSource{
		PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: b.cluster.ResultsClaim},
	}}
}

// startWithin is how late a scheduled run may start before it is skipped.
const startWithin = 10 * time.Minute

func (b *builder) cronJob(job *batchv1.Job) *batchv1.CronJob {
	s := b.lm.Spec.Schedule
	if s == nil {
		return nil
	}
	history := int32(s.History)
	c := &batchv1.CronJob{
		TypeMeta:   typeMeta("batch/v1", "CronJob"),
		ObjectMeta: b.meta(b.names.Job, LabelComponent, ComponentDriver),
		Spec: batchv1.CronJobSpec{
			Schedule: s.Cron, Suspend: &s.Suspend, ConcurrencyPolicy: batchv1.ForbidConcurrent,
			StartingDeadlineSeconds:    new(int64(startWithin.Seconds())),
			SuccessfulJobsHistoryLimit: &history, FailedJobsHistoryLimit: &history,
			JobTemplate: batchv1.JobTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: job.Labels}, Spec: job.Spec},
		},
	}
	if s.TimeZone != "" {
		c.Spec.TimeZone = &s.TimeZone
	}
	return c
}
