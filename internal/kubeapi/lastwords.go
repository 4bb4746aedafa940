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
	// LogLines is how much of a container's output is shown.
	LogLines = 5
	maxLog   = 4 << 10
	// logTime bounds reading the output of a container: a message waits for it.
	logTime = 2 * time.Second
)

// LastWords returns the last lines of the output that a container left when it ended,
// ready to be appended to a message; nothing when they may not be read.
func LastWords(ctx context.Context, client kubernetes.Interface, namespace, pod, container string) string {
	if text := LogTail(ctx, client, namespace, pod, container, true); text != "" {
		return "; its last output:\n" + text
	}
	return ""
}

// LogTail is the end of a container's output, as far as it may be read: of the container
// that runs or, with previous, of the one before it.
func LogTail(ctx context.Context, client kubernetes.Interface, namespace, pod, container string, previous bool) string {
	ctx, cancel := context.WithTimeout(ctx, logTime)
	defer cancel()
	stream, err := client.CoreV1().Pods(namespace).GetLogs(pod, &corev1.PodLogOptions{
		Container: container, Previous: previous, TailLines: new(int64(LogLines)),
	}).Stream(ctx)
	if err != nil {
		return "" // it is gone, or the right is missing
	}
	defer stream.Close()                                  //nolint:errcheck // it was only read
	data, _ := io.ReadAll(io.LimitReader(stream, maxLog)) // what was read before an error is shown
	return strings.TrimSpace(string(data))
}
