package cluster

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"

	"k8s.io/apimachinery/pkg/util/httpstream" //nolint:staticcheck // client-go's portforward wants this one
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
)

// forwarder makes Cluster.Forward: a port of this machine's loopback interface
// that leads to a pod by way of the API server, as kubectl port-forward does. The
// namespace is read when it is used: the experiment may name another than the context.
func forwarder(c *Cluster) func(context.Context, string, int) (string, func(), error) {
	return func(ctx context.Context, pod string, port int) (string, func(), error) {
		dialer, err := forwardDialer(c.REST, c.Client, c.Namespace, pod)
		if err != nil {
			return "", nil, fmt.Errorf("forwarding to pod %s: %w", pod, err)
		}
		stop, ready := make(chan struct{}), make(chan struct{})
		f, err := portforward.NewOnAddresses(dialer, []string{"127.0.0.1"}, []string{fmt.Sprintf("0:%d", port)}, stop, ready, io.Discard, io.Discard)
		if err != nil {
			return "", nil, fmt.Errorf("forwarding to pod %s: %w", pod, err)
		}
		ended := make(chan error, 1)
		go func() { ended <- f.ForwardPorts() }()
		select {
		case <-ready:
		case err := <-ended:
			return "", nil, fmt.Errorf("forwarding to pod %s: %w", pod, errors.Join(err, ctx.Err()))
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

// forwardDialer prefers WebSocket, which passes more proxies, to SPDY, which is older.
func forwardDialer(config *rest.Config, client kubernetes.Interface, namespace, pod string) (httpstream.Dialer, error) {
	at := client.CoreV1().RESTClient().Post().Resource("pods").Namespace(namespace).Name(pod).SubResource("portforward").URL()
	transport, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	socket, err := portforward.NewSPDYOverWebsocketDialer(at, config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialer(upgrader, &http.Client{Transport: transport}, http.MethodPost, at)
	return portforward.NewFallbackDialer(socket, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}
