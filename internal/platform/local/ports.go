package local

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports are picked below the usual ephemeral ranges (Linux from 32768, macOS from
// 49152), so that the thousands of outgoing connections of a load cannot take one
// between our choosing it and the child's listening.
const (
	firstPort = 20000
	lastPort  = 31999
)

// ports hands out loopback ports that are free now and that we have not given to anybody else.
type ports struct {
	mu    sync.Mutex
	given map[int]bool
}

func newPorts() *ports { return &ports{given: map[int]bool{}} }

// pick returns a free port.
func (p *ports) pick() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort+1)
		if !p.given[port] && portFree(port) {
			p.given[port] = true
			return port, nil
		}
	}
	return 0, fmt.Errorf("picking a port: none is free between %d and %d; lsof -iTCP shows what has them", firstPort, lastPort)
}

// pair returns two free ports.
func (p *ports) pair() ([2]int, error) {
	a, errA := p.pick()
	b, errB := p.pick()
	return [2]int{a, b}, errors.Join(errA, errB)
}

// giveBack makes ports available again.
func (p *ports) giveBack(list [2]int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, port := range list {
		delete(p.given, port)
	}
}

func portFree(port int) bool {
	l, err := net.Listen("tcp4", loopback(port))
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }
