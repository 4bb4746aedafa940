package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
)

//go:embed openapi.json
var openapi string

// shop is the service.
type shop struct {
	options  options
	pool     *pool
	products []product
	orders   atomic.Int64
}

func newShop(o options) *shop {
	return &shop{options: o, pool: newPool(o), products: catalogue()}
}

func (s *shop) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, map[string]string{"status": "ok"})
	})
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, openapi)
	})
	mux.HandleFunc("GET /products", s.list)
	mux.HandleFunc("GET /products/{id}", s.product)
	mux.HandleFunc("GET /search", s.search)
	mux.HandleFunc("POST /login", s.login)
	mux.HandleFunc("POST /orders", s.order)
	return mux
}

func (s *shop) list(w http.ResponseWriter, r *http.Request) {
	if s.query(w, r, 1) {
		answer(w, http.StatusOK, s.products)
	}
}

func (s *shop) product(w http.ResponseWriter, r *http.Request) {
	if !s.query(w, r, 1) {
		return
	}
	id, err := strconv.Atoi(r.PathValue("id"))
	if err != nil || !s.sells(id) {
		refuse(w, http.StatusNotFound, fmt.Sprintf("no product %q; there are 1 to %d", r.PathValue("id"), len(s.products)))
		return
	}
	answer(w, http.StatusOK, s.products[id-1])
}

func (s *shop) sells(id int) bool { return id >= 1 && id <= len(s.products) }

func (s *shop) search(w http.ResponseWriter, r *http.Request) {
	text := r.URL.Query().Get("q")
	if text == "" {
		refuse(w, http.StatusUnprocessableEntity, "q is missing, as in /search?q=lamp")
		return
	}
	if s.query(w, r, 1) {
		answer(w, http.StatusOK, matching(s.products, text))
	}
}

func (s *shop) login(w http.ResponseWriter, r *http.Request) {
	var who struct{ User, Password string }
	if !decode(w, r, &who) || !s.query(w, r, 1) {
		return
	}
	if who.User == "" || who.Password != s.options.password {
		refuse(w, http.StatusUnauthorized, "wrong user or password")
		return
	}
	answer(w, http.StatusOK, map[string]string{"token": tokenFor(s.options.secret, who.User)})
}

func (s *shop) order(w http.ResponseWriter, r *http.Request) {
	user, known := userOf(s.options.secret, r.Header.Get("Authorization"))
	if !known {
		refuse(w, http.StatusUnauthorized, "log in first: POST /login gives the token for Authorization: Bearer TOKEN")
		return
	}
	wanted := struct{ Product, Quantity int }{Quantity: 1}
	if !decode(w, r, &wanted) {
		return
	}
	if !s.sells(wanted.Product) || wanted.Quantity < 1 {
		refuse(w, http.StatusUnprocessableEntity, fmt.Sprintf("want a product from 1 to %d and a quantity of at least 1", len(s.products)))
		return
	}
	// The stock, then the order.
	if s.query(w, r, 2) {
		answer(w, http.StatusCreated, map[string]any{
			"order": s.orders.Add(1), "user": user, "cents": wanted.Quantity * s.products[wanted.Product-1].Cents,
		})
	}
}

// query makes n queries; if it cannot, it has answered the request.
func (s *shop) query(w http.ResponseWriter, r *http.Request, n int) bool {
	err := s.pool.query(r.Context(), n)
	if errors.Is(err, errBusy) {
		refuse(w, http.StatusServiceUnavailable, err.Error())
	}
	return err == nil
}

// maxBody is more than any order or login needs.
const maxBody = 1 << 16

// decode reads a JSON body; if it cannot, it has answered the request.
func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "the body is not the JSON that is wanted: "+err.Error())
		return false
	}
	return true
}

// refuse answers as FastAPI does.
func refuse(w http.ResponseWriter, status int, why string) {
	answer(w, status, map[string]string{"detail": why})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that has left needs no answer
}
