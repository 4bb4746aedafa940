package cluster

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// metadataReader reads the metadata of Secrets and the like, so that no value leaves the API
// server. One of a verb asks once for each object, however many fields name it.
type metadataReader struct {
	cluster *Cluster
	read    map[metadataKey]metadataAnswer
}

type metadataKey struct{ kind, name string }

type metadataAnswer struct {
	object *metav1.PartialObjectMetadata
	err    error
}

func (c *Cluster) metadata() *metadataReader {
	return &metadataReader{cluster: c, read: map[metadataKey]metadataAnswer{}}
}

// resources are the kinds whose metadata are read.
func resources() map[string]string {
	return map[string]string{
		"Secret": "secrets", "ConfigMap": "configmaps", "ServiceAccount": "serviceaccounts", "PersistentVolumeClaim": "persistentvolumeclaims",
	}
}

func (m *metadataReader) get(ctx context.Context, kind, name string) (*metav1.PartialObjectMetadata, error) {
	key := metadataKey{kind, name}
	answer, known := m.read[key]
	if !known {
		gvr := schema.GroupVersionResource{Version: corev1.SchemeGroupVersion.Version, Resource: resources()[kind]}
		answer.object, answer.err = m.cluster.Metadata.Resource(gvr).Namespace(m.cluster.Namespace).Get(ctx, name, metav1.GetOptions{})
		m.read[key] = answer
	}
	return answer.object, answer.err
}
