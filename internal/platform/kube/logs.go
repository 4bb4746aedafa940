package kube

import (
	"context"
	"io"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

const (
	// lastLines is how much of a crashed container's output is shown.
	lastLines = 5
	logTime   = 2 * time.Second
	maxLog    = 4 << 10
)

// logCache keeps the last words of crashed containers, so that they are asked for once.
type logCache struct {
	mu    sync.Mutex
	words map[logKey]string
}

type logKey struct {
	uid      types.UID
	name     string
	restarts int32
}

// lastWords returns the last lines of a crashed container's output, ready to be
// appended to a message; nothing when they may not be read.
func (l *logCache) lastWords(ctx context.Context, c *clients, crashed container) string {
	key := logKey{crashed.pod.UID, crashed.name, crashed.restarts}
	l.mu.Lock()
	defer l.mu.Unlock()
	if words, ok := l.words[key]; ok {
		return words
	}
	if l.words == nil {
		l.words = map[logKey]string{}
	}
	l.words[key] = readLog(ctx, c, crashed)
	return l.words[key]
}

func readLog(ctx context.Context, c *clients, crashed container) string {
	return LastWords(ctx, c.typed, c.namespace, crashed.pod.Name, crashed.name)
}

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
