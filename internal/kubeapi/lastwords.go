package kubeapi

import (
	"context"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
)

const (
	// lastLines is how much of a crashed container's output is shown.
	lastLines = 5
	logTime   = 2 * time.Second
	maxLog    = 4 << 10
)

// LastWords returns the last lines of the output that a container left when it ended,
// ready to be appended to a message; nothing when they may not be read.
func LastWords(ctx context.Context, client kubernetes.Interface, namespace, pod, container string) string {
	ctx, cancel := context.WithTimeout(ctx, logTime)
	defer cancel()
	lines := int64(lastLines)
	stream, err := client.CoreV1().Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{
		Container: container, Previous: true, TailLines: &lines,
	}).Stream(ctx)
	if err != nil {
		return ""
	}
	defer stream.Close() //nolint:errcheck // it was only read
	data, err := io.ReadAll(io.LimitReader(stream, maxLog))
	if text := strings.TrimSpace(string(data)); err == nil && text != "" {
		return "; its last output:\n" + text
	}
	return ""
}
