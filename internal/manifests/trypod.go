package manifests

import (
	"fmt"
	"maps"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Program is where our image has the program.
const Program = "/swarmgrid"

// PartTry is the value of LabelPart on a pod that only tries the target.
const PartTry = "try"

// TryPod is an idle pod like a Deployment's workers, for trying the target from where the
// load will come from: it has their variables, labels and node selection, but not the load's
// file. It ends by itself after life.
func TryPod(worker *appsv1.Deployment, life time.Duration) *corev1.Pod {
	template := worker.Spec.Template.DeepCopy()
	seconds := int64(life.Seconds())
	pod := &corev1.Pod{
		TypeMeta: typeMeta("v1", "Pod"),
		ObjectMeta: metav1.ObjectMeta{
			Name: worker.Name + "-try", Namespace: worker.Namespace,
			Labels: merged(template.Labels, map[string]string{LabelPart: PartTry}), Annotations: maps.Clone(template.Annotations),
		},
		Spec: template.Spec,
	}
	pod.Spec.RestartPolicy = corev1.RestartPolicyNever
	pod.Spec.ActiveDeadlineSeconds = &seconds
	pod.Spec.Volumes = slices.DeleteFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == scriptsVolume })
	c := &pod.Spec.Containers[0]
	c.StartupProbe, c.WorkingDir = nil, "" // which is in the volume
	c.VolumeMounts = slices.DeleteFunc(c.VolumeMounts, func(m corev1.VolumeMount) bool { return m.Name == scriptsVolume })
	if c.Args[0] == "--"+RoleWorker { // Python's
		c.Command, c.Args = []string{"python3", "-c", fmt.Sprintf("import time; time.sleep(%d)", seconds)}, nil
	} else {
		c.Args = []string{"try", "--idle", life.String()}
	}
	return pod
}
