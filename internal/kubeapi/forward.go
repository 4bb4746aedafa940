package kubeapi

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
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/portforward"
	"k8s.io/client-go/transport/spdy"
	"k8s.io/streaming/pkg/httpstream"
)

// Forwarder carries connections from a port of this machine's loopback interface to a
// pod, by way of the API server, as kubectl port-forward does. Its port stays the same
// when the pod is replaced; until a new one is there, connections are closed at once.
type Forwarder struct {
	config    *rest.Config
	namespace string
	port      int
	// choose finds the pod to connect to, given the replica id of the one that is
	// connected; nil where there is none.
	choose   func(connected string) *corev1.Pod
	listener net.Listener

	mu   sync.Mutex
	conn httpstream.Connection // to pod; nil when there is none
	pod  string                // its replica id
	next int                   // request id
}

// NewForwarder listens. Serve begins to carry connections to port of the pod that choose finds.
func NewForwarder(config *rest.Config, namespace string, port int, choose func(connected string) *corev1.Pod) (*Forwarder, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("forwarding a port: %w", err)
	}
	return &Forwarder{config: config, namespace: namespace, port: port, choose: choose, listener: listener}, nil
}

// Forward opens a way to a port of one pod; close ends it. Whether the pod can be reached
// at all is known when it returns.
func Forward(ctx context.Context, config *rest.Config, namespace, pod string, port int) (url string, closeIt func(), err error) {
	there := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: pod}}
	f, err := NewForwarder(config, namespace, port, func(string) *corev1.Pod { return there })
	if err != nil {
		return "", nil, err
	}
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	tried := make(chan error, 1)
	go func() { // dialing knows nothing of ctx
		_, _, err := f.connection()
		tried <- err
		f.Serve(serving)
	}()
	select {
	case err = <-tried:
	case <-ctx.Done():
		err = ctx.Err()
	}
	if err != nil {
		stop()
		return "", nil, err
	}
	return f.URL(), stop, nil
}

// URL is where the pod is reached.
func (f *Forwarder) URL() string { return "http://" + f.listener.Addr().String() }

// Serve accepts connections until ctx ends.
func (f *Forwarder) Serve(ctx context.Context) {
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
func (f *Forwarder) carry(local net.Conn) {
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
func (f *Forwarder) streams() (data httpstream.Stream, remove func(), err error) {
	conn, id, err := f.connection()
	if err != nil {
		return nil, nil, err
	}
	headers := http.Header{}
	headers.Set(corev1.StreamType, corev1.StreamTypeError)
	headers.Set(corev1.PortHeader, strconv.Itoa(f.port))
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
func (f *Forwarder) connection() (httpstream.Connection, int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	pod := f.choose(f.pod)
	if f.conn != nil {
		select {
		case <-f.conn.CloseChan():
			f.dropLocked()
		default:
		}
	}
	if pod != nil && f.conn != nil && f.pod != ReplicaID(pod) {
		f.dropLocked()
	}
	if f.conn != nil {
		return f.conn, f.next, nil
	}
	if pod == nil {
		return nil, 0, errors.New("forwarding a port: no pod is running")
	}
	conn, err := f.dial(pod)
	if err != nil {
		return nil, 0, fmt.Errorf("forwarding to pod %s: %w", pod.Name, err)
	}
	f.conn, f.pod = conn, ReplicaID(pod)
	return conn, f.next, nil
}

// dial connects to a pod.
func (f *Forwarder) dial(pod *corev1.Pod) (httpstream.Connection, error) {
	dialer, err := portForwardDialer(f.config, f.namespace, pod.Name)
	if err != nil {
		return nil, err
	}
	conn, protocol, err := dialer.Dial(portforward.PortForwardProtocolV1Name)
	if err != nil {
		return nil, refused(err)
	}
	if protocol != portforward.PortForwardProtocolV1Name {
		_ = conn.Close()
		return nil, fmt.Errorf("the server speaks %q", protocol)
	}
	return conn, nil
}

// portForwardDialer dials a pod through the API server. It prefers WebSocket, which passes more proxies, to SPDY, which is older.
func portForwardDialer(config *rest.Config, namespace, pod string) (httpstream.Dialer, error) {
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

func (f *Forwarder) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dropLocked()
}

func (f *Forwarder) dropLocked() {
	if f.conn != nil {
		_ = f.conn.Close()
	}
	f.conn, f.pod = nil, ""
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
