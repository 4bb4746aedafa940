package web

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/swarmgrid/swarmgrid/internal/webconns"
)

// endTime is how long requests under way have when the server ends.
const endTime = 2 * time.Second

// Serve serves until the context ends, and then lets what is under way end.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      time.Minute, // beside the reading of a large journal, sending it over a slow network
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		ConnState:         webconns.New().State,
		ErrorLog:          log.New(io.Discard, "", 0), // clients that went away
	}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() { ended <- end(server) })
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) || stop() {
		return err
	}
	return <-ended
}

// end closes what has not ended in time: nothing is lost by that.
func end(server *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), endTime)
	defer cancel()
	err := server.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		return server.Close()
	}
	return err
}
