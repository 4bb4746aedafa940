package manifests

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// DefaultSampleImage runs the simulated inference service.
const DefaultSampleImage = "swarmgrid.dev/inference-sim:dev"

const samplePort = 8000

// Sample is a target to try things on: two replicas of the simulated inference
// service under the name of the original's, and their Service. A replica serves 80
// predictions a second (4 servers, 50 ms each), so that few users show its limit. It carries
// none of the labels that cleanup goes by.
func Sample(image string) []Object {
	labels := map[string]string{LabelApp: "inference"}
	meta := metav1.ObjectMeta{Name: "inference", Labels: labels}
	return []Object{
		&appsv1.Deployment{
			TypeMeta: typeMeta("apps/v1", "Deployment"), ObjectMeta: meta,
			Spec: appsv1.DeploymentSpec{
				Replicas: new(int32(2)),
				Selector: &metav1.LabelSelector{MatchLabels: labels},
				Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: samplePod(image)},
			},
		},
		&corev1.Service{
			TypeMeta: typeMeta("v1", "Service"), ObjectMeta: meta,
			Spec: corev1.ServiceSpec{
				Selector: labels,
				Ports:    []corev1.ServicePort{{Name: "http", Port: samplePort, TargetPort: intstr.FromString("http")}},
			},
		},
	}
}

func samplePod(image string) corev1.PodSpec {
	return corev1.PodSpec{
		EnableServiceLinks: new(false), AutomountServiceAccountToken: new(false), SecurityContext: podSecurity(ownUID),
		Containers: []corev1.Container{{
			Name: "inference", Image: image, ImagePullPolicy: corev1.PullIfNotPresent,
			Args:            []string{"--listen", ":8000", "--servers", "4", "--service", "lognormal", "--mean", "50ms"},
			Ports:           []corev1.ContainerPort{{Name: "http", ContainerPort: samplePort}},
			SecurityContext: containerSecurity(),
			ReadinessProbe: &corev1.Probe{
				ProbeHandler:  corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Path: "/healthz", Port: intstr.FromString("http")}},
				PeriodSeconds: 1, FailureThreshold: 3,
			},
			Resources: amounts("100m", "64Mi", "1", "256Mi"),
		}},
	}
}
