package kube

import (
	"context"
	"sync"

	"k8s.io/apimachinery/pkg/types"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// logCache keeps the last output of crashed containers, so that each is read once.
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
func (l *logCache) lastWords(ctx context.Context, c *kubeapi.Clients, crashed container) string {
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

func readLog(ctx context.Context, c *kubeapi.Clients, crashed container) string {
	return kubeapi.LastWords(ctx, c.Typed, c.Namespace, crashed.pod.Name, crashed.name)
}
