package draft

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestLookNotes: what could not be read is mentioned, so that nobody concludes that it does not exist.
func TestLookNotes(t *testing.T) {
	const api = "/openapi.json"
	page, not := Answer{200, []byte("<html>")}, Answer{404, nil}
	for name, c := range map[string]struct {
		other Answer
		at    map[string]Answer
		want  []string
	}{
		"nothing":            {not, nil, nil},
		"pages only":         {page, nil, []string{"every path is answered, so that a health check cannot be told from a page"}},
		"a login everywhere": {Answer{401, nil}, map[string]Answer{api: {401, nil}}, []string{"a path that is not there is answered 401: what needs a login cannot be looked at; give the tasks a header for it"}},
		"redirected":         {Answer{302, nil}, nil, []string{"a path that is not there is redirected (302), perhaps to a login: see with plan --try what the tasks really get"}},
		"a closed document":  {not, map[string]Answer{api: {403, nil}}, []string{"/openapi.json is answered 403, so that what it describes could not be read"}},
		"a broken document":  {not, map[string]Answer{api: {200, []byte(` {"openapi": `)}}, []string{"/openapi.json: reading an OpenAPI document: unexpected end of JSON input"}},
		"another document":   {not, map[string]Answer{api: {200, []byte(`{"a": 1}`)}}, []string{"/openapi.json: reading an OpenAPI document: neither openapi nor swagger says its version"}},
		"a huge document":    {not, map[string]Answer{api: {200, []byte("{" + strings.Repeat(" ", MostDocument))}}, []string{"/openapi.json is more than the 8388608 bytes that are read"}},
		"a page as document": {not, map[string]Answer{api: page}, nil},
	} {
		seen, err := Look(t.Context(), func(_ context.Context, path string) (Answer, error) {
			if a, ok := c.at[path]; ok {
				return a, nil
			}
			return c.other, nil
		})
		if diff := cmp.Diff(c.want, seen.Notes); diff != "" || err != nil || seen.API != nil {
			t.Errorf("%s: %v, %s", name, err, diff)
		}
	}
}
