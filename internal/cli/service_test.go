package cli_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"github.com/rogpeppe/go-internal/testscript"
)

// openAPI is what the service says of itself, as FastAPI does.
const openAPI = `{"openapi": "3.1.0", "paths": {
	"/hello": {"get": {"parameters": [{"name": "q", "in": "query", "required": true, "schema": {"type": "string"}, "example": "a b"}]}},
	"/healthz": {"get": {}},
	"/items/{id}": {"get": {"parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "integer"}}]}},
	"/private": {"get": {"security": [{"bearer": []}]}},
	"/orders": {"post": {}}}}`

// serve gives a script a service of its own, at $SERVICE: /account sends to /login, /private wants an
// Authorization, /orders a body that it knows, as a form or as JSON.
func serve(env *testscript.Env) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /private", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer hush" || r.URL.Query().Get("token") != "hush" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	mux.HandleFunc("POST /orders", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		want := map[string]string{"application/x-www-form-urlencoded": "a=1&b=2\n", "application/json": `{"a": "{{seq}}"}`}
		if want[r.Header.Get("Content-Type")] != string(body) {
			http.Error(w, "another body", http.StatusBadRequest)
			return
		}
		w.WriteHeader(http.StatusCreated)
	})
	mux.HandleFunc("GET /account", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/login?token=hush", http.StatusFound)
	})
	mux.HandleFunc("GET /login", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /healthz", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /openapi.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, openAPI) })
	server := httptest.NewServer(mux)
	env.Defer(server.Close)
	cluster := httptest.NewServer(http.HandlerFunc(serveCluster))
	env.Defer(cluster.Close)
	env.Setenv("CLUSTER", cluster.URL)
	env.Setenv("SERVICE", server.URL)
	env.Setenv("ADDRESS", server.Listener.Addr().String())
}

// serveCluster is as much of an API server as tells of Deployment shop.
func serveCluster(w http.ResponseWriter, r *http.Request) {
	objects := map[string]string{
		"/api/v1/namespaces/default": `{"kind": "Namespace", "apiVersion": "v1", "metadata": {"name": "default"}}`,
		"/apis/apps/v1/namespaces/default/deployments/shop": `{"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "shop"}, "spec": {
			"replicas": 3, "selector": {"matchLabels": {"app": "shop"}}, "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [
			{"name": "shop", "ports": [{"containerPort": 8000}], "readinessProbe": {"httpGet": {"path": "/ready", "port": 8000}}}]}}}}`,
		"/apis/apps/v1/namespaces/bare/deployments/shop": `{"kind": "Deployment", "apiVersion": "apps/v1", "metadata": {"name": "shop"}, "spec": {
			"replicas": 1, "selector": {"matchLabels": {"app": "shop"}}, "template": {"metadata": {"labels": {"app": "shop"}}, "spec": {"containers": [{"name": "shop"}]}}}}`,
		"/api/v1/namespaces/bare/services":                              `{"kind": "ServiceList", "apiVersion": "v1", "items": []}`,
		"/apis/autoscaling/v2/namespaces/bare/horizontalpodautoscalers": `{"kind": "HorizontalPodAutoscalerList", "apiVersion": "autoscaling/v2", "items": []}`,
		"/apis/apps/v1/namespaces/default/deployments":                  `{"kind": "DeploymentList", "apiVersion": "apps/v1", "items": [{"metadata": {"name": "shop"}}]}`,
		"/api/v1/namespaces/default/services": `{"kind": "ServiceList", "apiVersion": "v1", "items": [{"metadata": {"name": "front"}, "spec": {
			"clusterIP": "10.0.0.1", "selector": {"app": "shop"}, "ports": [{"port": 80, "targetPort": 8000}]}}]}`,
		"/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers": `{"kind": "HorizontalPodAutoscalerList", "apiVersion": "autoscaling/v2", "items": [
			{"metadata": {"name": "hpa"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "shop"}, "minReplicas": 2, "maxReplicas": 9}}]}`,
		"/api/v1/namespaces/default/pods": `{"kind": "PodList", "apiVersion": "v1", "items": []}`,
		deployedTo("flags"):               experimentMap("it", `[{"from":"--users","sets":"spec.matrix.users","value":"10"},{"from":"--workers","sets":"spec.matrix.workers","value":"1"}]`),
		deployedTo("other"):               experimentMap("other", `[{"from":"--users","sets":"spec.matrix.users","value":"10"}]`),
		deployedTo("place"):               experimentMap("it", `[{"from":"INFERENCE_DEPLOYMENT","sets":"spec.target.scaleTargetRef.name","value":"blue"},{"from":"--users","sets":"spec.matrix.users","value":"10"}]`),
		deployedTo("moved"):               experimentMap("it", `[{"from":"INFERENCE_DEPLOYMENT","sets":"spec.target.scaleTargetRef.name","value":"blue"},{"from":"--url","sets":"spec.target.url","value":"http://shop.elsewhere:8000"}]`),
		deployedTo("newer"):               experimentMap("it", `[{"from":"--rates","sets":"spec.matrix.rates","value":"10"}]`),
		deployedTo("load"):                experimentMap("it", `[{"from":"--load","sets":"spec.load.file","value":"/etc/passwd"}]`),
	}
	w.Header().Set("Content-Type", "application/json")
	body, ok := objects[r.URL.Path]
	switch {
	case r.URL.Path == deployedTo("denied"):
		w.WriteHeader(http.StatusForbidden)
		body = `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Forbidden", "code": 403}`
	case !ok:
		w.WriteHeader(http.StatusNotFound)
		body = `{"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}`
	}
	_, _ = io.WriteString(w, body)
}

// deployedTo is where an experiment is that was deployed to a namespace.
func deployedTo(namespace string) string {
	return "/api/v1/namespaces/" + namespace + "/configmaps/locust-load-test-matrix-experiment"
}

// experimentMap is what says with which flags it was deployed.
func experimentMap(experiment, overrides string) string {
	return fmt.Sprintf(`{"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "locust-load-test-matrix-experiment",
		"labels": {"swarmgrid.dev/experiment": %q}, "annotations": {"swarmgrid.dev/overrides": %q}}}`, experiment, overrides)
}
