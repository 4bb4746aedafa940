package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/portforward"

	"github.com/swarmgrid/swarmgrid/internal/platform/kube"
)

// forwarder makes Cluster.Forward: a port of this machine's loopback interface
// that leads to a pod by way of the API server, as kubectl port-forward does. The
// namespace is read when it is used: the experiment may name another than the context.
func forwarder(c *Cluster) func(context.Context, string, int) (string, func(), error) {
	return func(ctx context.Context, pod string, port int) (string, func(), error) {
		dialer, err := kube.PortForwardDialer(c.REST, c.Namespace, pod)
		if err != nil {
			return "", nil, fmt.Errorf("forwarding to pod %s: %w", pod, err)
		}
		stop, ready := make(chan struct{}), make(chan struct{})
		f, err := portforward.NewOnAddressesForStreaming(dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, stop, ready, io.Discard, io.Discard)
		if err != nil {
			return "", nil, fmt.Errorf("forwarding to pod %s: %w", pod, err)
		}
		ended := make(chan error, 1)
		go func() { ended <- f.ForwardPorts() }()
		select {
		case <-ready:
		case err := <-ended:
			return "", nil, fmt.Errorf("forwarding to pod %s: %w", pod, errors.Join(refused(err), ctx.Err()))
		case <-ctx.Done():
			close(stop)
			return "", nil, ctx.Err()
		}
		ports, err := f.GetPorts()
		if err != nil {
			close(stop)
			return "", nil, fmt.Errorf("forwarding to pod %s: %w", pod, err)
		}
		return fmt.Sprintf("http://127.0.0.1:%d", ports[0].Local), func() { close(stop) }, nil
	}
}

// refused makes an error of what client-go only passes on as text: that a right is missing.
func refused(err error) error {
	if err == nil || !strings.Contains(err.Error(), " is forbidden: ") {
		return err
	}
	_, message, found := strings.Cut(err.Error(), "unable to upgrade connection: ")
	if !found {
		message = err.Error()
	}
	return &apierrors.StatusError{ErrStatus: metav1.Status{
		Status: metav1.StatusFailure, Code: http.StatusForbidden, Reason: metav1.StatusReasonForbidden, Message: message,
	}}
}
