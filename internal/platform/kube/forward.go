package kube

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"

	"github.com/swarmgrid/swarmgrid/internal/kubeapi"
)

// forwarder carries connections from a port of this machine's loopback interface
// to the master's pod, by way of the API server. Its port stays the same when the pod
// is replaced; until a new one is ready, connections are closed at once.
type forwarder struct {
	cfg      kubeapi.Config
	master   *crew
	listener net.Listener

	mu   sync.Mutex
	conn httpstream.Connection // to pod; nil when there is none
	pod  string                // its replica id
	next int                   // request id
}

func newForwarder(cfg kubeapi.Config, master *crew) (*forwarder, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("forwarding a port to %s: %w", kubeapi.Describe(master.Ref), err)
	}
	return &forwarder{cfg: cfg, master: master, listener: listener}, nil
}

func (f *forwarder) url() string { return "http://" + f.listener.Addr().String() }

// serve accepts connections until ctx ends.
func (f *forwarder) serve(ctx context.Context) {
	var open sync.WaitGroup
	defer open.Wait()
	defer f.drop()
	stop := context.AfterFunc(ctx, func() { _ = f.listener.Close() })
	defer stop()
	for {
		local, err := f.listener.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			continue
		}
		open.Go(func() {
			defer local.Close() //nolint:errcheck // its streams have ended
			done := context.AfterFunc(ctx, func() { _ = local.Close() })
			defer done()
			f.carry(local)
		})
	}
}

// carry copies both ways until either side ends. Whoever used the connection sees
// a failure by its being closed, as with a direct one.
func (f *forwarder) carry(local net.Conn) {
	data, remove, err := f.streams()
	if err != nil {
		return
	}
	defer remove()
	var both sync.WaitGroup
	both.Go(func() {
		_, _ = io.Copy(local, data)
		_ = local.Close()
	})
	_, _ = io.Copy(data, local)
	_ = data.Close()
	both.Wait()
}

// streams opens the pair of streams that one forwarded connection is made of
// (client-go's portforward has the protocol).
func (f *forwarder) streams() (data httpstream.Stream, remove func(), err error) {
	conn, id, err := f.connection()
	if err != nil {
		return nil, nil, err
	}
	headers := http.Header{}
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	headers.Set(corev1.PortHeader, strconv.Itoa(f.cfg.MasterPort))
	headers.Set(corev1.PortForwardRequestIDHeader, strconv.Itoa(id))
	failure, err := conn.CreateStream(headers)
	if err != nil {
		f.drop()
		return nil, nil, err
	}
	_ = failure.Close() // we never write to it
	headers.Set(corev1.StreamType, corev1.StreamTypeData)
	data, err = conn.CreateStream(headers)
	if err != nil {
		conn.RemoveStreams(failure)
		f.drop()
		return nil, nil, err
	}
	go func() {
		// What comes here is why the pod could not be reached.
		if message, err := io.ReadAll(failure); err == nil && len(message) > 0 {
			_ = data.Reset()
		}
	}()
	return data, func() { conn.RemoveStreams(failure, data) }, nil
}

// connection returns one to the present pod, made anew when the pod was replaced.
func (f *forwarder) connection() (httpstream.Connection, int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	pod := f.readyPod()
	if f.conn != nil {
		select {
		case <-f.conn.CloseChan():
			f.dropLocked()
		default:
		}
	}
	if pod != nil && f.conn != nil && f.pod != kubeapi.ReplicaID(pod) {
		f.dropLocked()
	}
	if f.conn != nil {
		return f.conn, f.next, nil
	}
	if pod == nil {
		return nil, 0, fmt.Errorf("forwarding to %s: no pod of it is running", kubeapi.Describe(f.master.Ref))
	}
	conn, err := f.dial(pod)
	if err != nil {
		return nil, 0, fmt.Errorf("forwarding to pod %s: %w", pod.Name, err)
	}
	f.conn, f.pod = conn, kubeapi.ReplicaID(pod)
	return conn, f.next, nil
}

// readyPod prefers a pod that is ready to one that only runs, and among those the
// one that is connected.
func (f *forwarder) readyPod() *corev1.Pod {
	var best *corev1.Pod
	for _, pod := range collect[*corev1.Pod](f.master.pods) {
		if !kubeapi.Alive(pod) || pod.Status.Phase != corev1.PodRunning {
			continue
		}
		better := best != nil && kubeapi.PodReady(pod) == kubeapi.PodReady(best) && kubeapi.ReplicaID(pod) == f.pod
		if best == nil || better || kubeapi.PodReady(pod) && !kubeapi.PodReady(best) {
			best = pod
		}
	}
	return best
}

// dial connects to a pod.
func (f *forwarder) dial(pod *corev1.Pod) (httpstream.Connection, error) {
	dialer, err := PortForwardDialer(f.cfg.REST, f.cfg.Namespace, pod.Name)
	if err != nil {
		return nil, err
	}
	conn, protocol, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, err
	}
	if protocol != portforward.PortForwardProtocolV1Name {
		_ = conn.Close()
		return nil, fmt.Errorf("the server speaks %q", protocol)
	}
	return conn, nil
}

// PortForwardDialer dials a pod through the API server, as kubectl port-forward
// does. It prefers WebSocket, which passes more proxies, to SPDY, which is older.
func PortForwardDialer(config *rest.Config, namespace, pod string) (httpstream.Dialer, error) {
	at, err := forwardURL(config, namespace, pod)
	if err != nil {
		return nil, err
	}
	roundTripper, upgrader, err := spdy.RoundTripperFor(config)
	if err != nil {
		return nil, err
	}
	old := spdy.NewDialerForStreaming(upgrader, &http.Client{Transport: roundTripper}, http.MethodPost, at)
	socket, err := portforward.NewSPDYOverWebsocketDialerForStreaming(at, config)
	if err != nil {
		return nil, err
	}
	return portforward.NewFallbackDialerForStreaming(socket, old, func(err error) bool {
		return httpstream.IsUpgradeFailure(err) || httpstream.IsHTTPSProxyError(err)
	}), nil
}

func forwardURL(config *rest.Config, namespace, pod string) (*url.URL, error) {
	host := config.Host
	if !strings.Contains(host, "://") {
		host = "https://" + host
	}
	base, err := url.Parse(host)
	if err != nil {
		return nil, err
	}
	return base.JoinPath("api/v1/namespaces", namespace, "pods", pod, "portforward"), nil
}

func (f *forwarder) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropLocked()
}

func (f *forwarder) dropLocked() {
	if f.conn != nil {
		_ = f.conn.Close()
	}
	f.conn, f.pod = nil, ""
}
